"""Boundaries are kept, taken back, exported; and two PCs that draw the same grid meet in one."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from desktop.events.service import Events
from desktop.grids.boundaries_import import lay, shapes_for
from desktop.grids.boundaries_service import Boundaries
from desktop.grids.map_figures import own_figures, steps_of, with_members
from desktop.storage.errors import RecordInvalid
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from sync.client.ports import Tally
from sync.protocol import Outcome
from sync.records import Grid, GridBoundary, Household, Resident, Values
from sync.records.grids import CLOSED
from sync.records.shapes import ShapeError, read_shape
from tests.support.mapped import mapped_village
from tests.support.shapes import square
from tests.support.store import answer, county_rows, outbox_of, receive

_REVISIONS = count(1000, 1000)


@pytest.fixture
def grid(store: Store) -> str:
    with store.write() as writing:
        return writing.create(Grid, {"name": "东门一组"})


def shape(boundaries: Boundaries, grid: str) -> str:
    return next(ground.shape for ground in boundaries.grounds() if ground.grid == grid)


def test_what_is_drawn_is_kept_under_the_grids_name(
    boundaries: Boundaries, store: Store, grid: str
) -> None:
    boundaries.draw(grid, read_shape(square()))
    (ground,) = boundaries.grounds()
    assert (ground.shape, ground.source, ground.state) == (square(), "drawn", "waiting")
    assert 42_000 < ground.area < 43_000
    assert ground.label is not None
    with store.read() as connection:
        row = connection.exec_driver_sql("SELECT name FROM grid_boundary").scalar()
    assert row == "东门一组"


def test_grids_without_a_boundary_are_there_and_closed_ones_are_not(
    boundaries: Boundaries, store: Store, grid: str
) -> None:
    with store.write() as writing:
        closed = writing.create(Grid, {"name": "旧组"})
    boundaries.draw(closed, read_shape(square()))
    with store.write() as writing:
        writing.edit(Grid, closed, {"state": CLOSED})
    (ground,) = boundaries.grounds()
    assert (ground.grid, ground.placed) == (grid, False)


def test_drawing_again_changes_the_same_record(
    boundaries: Boundaries, store: Store, grid: str
) -> None:
    boundaries.draw(grid, read_shape(square()))
    boundaries.draw(grid, read_shape(square(0.001)))
    assert shape(boundaries, grid) == square(0.001)
    of_kind = [e["operation"] for e in outbox_of(store) if e["kind"] == "grid_boundary"]
    assert of_kind == ["create", "edit"]


@pytest.mark.parametrize("sent", [False, True])
def test_each_writing_can_be_taken_back(
    boundaries: Boundaries, store: Store, grid: str, sent: bool
) -> None:
    """Also after the county has it: then by another change."""

    def go() -> None:
        if sent:
            _send(store)

    first = boundaries.draw(grid, read_shape(square()))
    go()
    second = boundaries.draw(grid, read_shape(square(0.001)))
    go()
    third = boundaries.remove(grid)
    go()
    assert not boundaries.grounds()[0].placed
    boundaries.take_back(third)
    go()
    assert shape(boundaries, grid) == square(0.001)
    boundaries.take_back(second)
    go()
    assert shape(boundaries, grid) == square()
    boundaries.take_back(first)
    go()
    assert not boundaries.grounds()[0].placed
    boundaries.draw(grid, read_shape(square(0.003)))
    assert shape(boundaries, grid) == square(0.003)


def test_a_grid_that_is_drawn_anew_after_it_was_taken_away_is_the_same_record(
    boundaries: Boundaries, store: Store, grid: str
) -> None:
    boundaries.draw(grid, read_shape(square()))
    _send(store)
    boundaries.remove(grid)
    _send(store)
    boundaries.draw(grid, read_shape(square(0.001)))
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM grid_boundary").scalar() == 1


def test_crossing_lines_are_refused_with_nothing_written(
    boundaries: Boundaries, store: Store, grid: str
) -> None:
    (a, b, c, d, _) = read_shape(square())[0][0]
    before = len(outbox_of(store))
    with pytest.raises(ShapeError, match="交叉"):
        boundaries.draw(grid, [[[a, c, b, d, a]]])
    assert len(outbox_of(store)) == before


def test_an_import_is_written_whole_or_not_at_all(
    boundaries: Boundaries, store: Store, grid: str
) -> None:
    before = len(outbox_of(store))
    with pytest.raises(RecordInvalid):
        boundaries.keep({grid: square(), "nobody": square(0.01)}, "wgs84")
    assert len(outbox_of(store)) == before


def test_what_is_exported_comes_back_as_it_was(
    boundaries: Boundaries, store: Store, tmp_path: Path
) -> None:
    mapped_village(store, 3, 2)
    before = {ground.grid: ground.shape for ground in boundaries.grounds() if ground.placed}
    path = tmp_path / "边界.geojson"
    assert boundaries.export(path) == len(before) == 8
    whole = json.loads(path.read_text(encoding="utf-8"))
    assert {"网格名称", "网格编号", "类型", "面积（平方米）"} == set(
        whole["features"][0]["properties"]
    )
    for grid in before:
        boundaries.remove(grid)
    plan = boundaries.preview(path)
    made = shapes_for(lay(plan, type(plan.system)("wgs84")), plan.matched)
    assert {grid: one.shape for grid, one in made.items()} == before


def test_a_grid_with_a_boundary_of_a_newer_program_is_shown_without_one(
    boundaries: Boundaries, store: Store, grid: str
) -> None:
    boundaries.draw(grid, read_shape(square()))
    with store.change() as connection:
        connection.exec_driver_sql("""UPDATE grid_boundary SET shape = '{"type":"Circle"}'""")
    assert not boundaries.grounds()[0].placed


def test_the_name_of_a_boundary_follows_the_grids(
    boundaries: Boundaries, store: Store, grid: str
) -> None:
    boundaries.draw(grid, read_shape(square()))
    with store.write() as writing:
        writing.edit(Grid, grid, {"name": "东门新组"})
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT name FROM grid_boundary").scalar() == "东门新组"


def test_figures_are_counted_from_records_and_add_up_under_general_grids(store: Store) -> None:
    with store.write() as writing:
        general = writing.create(Grid, {"name": "东片区", "level": "general"})
        one, other = writing.create_many(
            Grid,
            [{"name": n, "parent": general, "planned_households": 30} for n in ("一组", "二组")],
        )
        (home,) = writing.create_many(Household, [{"head": "王芳", "grid": one}])
        births = ("1950-01", "1960-05-01", "2001-01-01", None)
        writing.create_many(
            Resident, [{"name": "王芳", "grid": one, "birth_date": born} for born in births]
        )
        # Who names no grid counts where the household is, as in the tree.
        writing.create(Resident, {"name": "王婆", "household": home, "birth_date": "1940-01-01"})
        writing.create(Resident, {"name": "过路人", "birth_date": "1940-01-01"})
    events = Events(store)
    told = {"what": "路边有垃圾", "event_kind": "event_kind.sanitation", "grid": other}
    for place in ("村口", "桥头"):
        events.report({**told, "place": place})
    events.settle_at_once({**told, "place": "院坝"}, "已清走")
    figures = {figure.name: dict(figure.load()) for figure in own_figures(store)}
    assert figures == {
        "people": {one: 5},
        "households": {one: 1},
        "planned": {one: 30, other: 30},
        "old": {one: 3},
        "events": {other: 2},
    }
    parents = {one: general, other: general, general: ""}
    assert with_members(figures["planned"], parents)[general] == 60


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([], []),
        ([0, 0], []),
        ([7, 0, 7], ["7"]),
        ([1, 2, 3], ["1", "2", "3"]),
        ([1, 1, 1, 1, 8, 9, 10], ["1", "8–10"]),
        (list(range(1, 10)), ["1–3", "4–6", "7–9"]),
    ],
)
def test_steps_hold_about_as_many_grids_each(values: list[int], words: list[str]) -> None:
    steps = steps_of(values)
    assert [text for _, text in steps.words()] == words
    for value in values:
        least, most = steps.ranges[steps.of(value) - 1] if value else (0, 0)
        assert least <= value <= most


def test_boundaries_go_forty_at_a_time(boundaries: Boundaries, store: Store) -> None:
    """A line that breaks every 200 kB carries that in one piece."""
    with store.write() as writing:
        ids = writing.create_many(Grid, [{"name": f"第{n}组"} for n in range(100)])
    _send(store)
    boundaries.keep({grid: square(n * 0.001) for n, grid in enumerate(ids)}, "wgs84")
    assert _send(store) == [40, 40, 20]


def test_what_another_pc_drew_comes_by_sync(
    boundaries: Boundaries, store: Store, grid: str
) -> None:
    _send(store)
    theirs: Values = {"id": "b1", "revision": 7, "grid": grid, "shape": square(), "source": "drawn"}
    receive(store, county_rows(GridBoundary, {**theirs, "source_crs": "wgs84"}))
    (ground,) = boundaries.grounds()
    assert (ground.shape, ground.state) == (square(), "synced")
    boundaries.draw(grid, read_shape(square(0.001)))
    assert shape(boundaries, grid) == square(0.001)


def _send(store: Store) -> list[int]:
    """Let the county accept all that waits; how many changes each message carried."""
    outbox, sizes = Outbox(store), []
    while (batch := outbox.take(2000)).numbers:
        size = len(batch.numbers)
        taken = Outcome("accepted", 0, size, next(_REVISIONS))
        outbox.settle(batch, answer([taken]), Tally())
        sizes.append(size)
    return sizes
