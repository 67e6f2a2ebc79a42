"""Promise 3 on the map: two PCs draw the same grid offline; both shapes are kept, one is chosen."""

from __future__ import annotations

import pytest

from desktop.grids.boundaries_service import Boundaries
from desktop.syncing.conflicts import Conflicts
from sync.records import Grid, GridBoundary
from sync.records.shapes import read_shape
from tests.support.shapes import square
from tests.support.village import VillagePc, Write
from tests.sync.agreement import Villages
from tests.sync.scenes import conflicts, known_to_all

pytestmark = pytest.mark.promise(3)


def shapes(pc: VillagePc) -> list[str]:
    return [row["shape"] for row in pc.rows(GridBoundary.kind).values() if not row["deleted"]]


def drawn_twice(village: Villages) -> str:
    """The first two PCs drew the same grid, and everybody knows by now."""
    grid = known_to_all(village, Write("create", Grid.kind, 0, (("name", "东门一组"),)))
    here, there = village.pcs[:2]
    Boundaries(here.store).draw(grid, read_shape(square()))
    Boundaries(there.store).draw(grid, read_shape(square(0.0005)))
    for pc in (here, there, here):
        assert village.sync(pc)
    return grid


def test_two_pcs_that_draw_the_same_grid_meet_in_one_record_and_one_conflict(
    village: Villages,
) -> None:
    drawn_twice(village)
    for pc in village.pcs[:2]:
        assert shapes(pc) == [square()], "who came first stands for now"
        (conflict,) = conflicts(pc)
        assert conflict["fields_in_conflict"] == "shape"
        assert conflict["other_values"]["shape"] == square(0.0005)
        (shown,) = Conflicts(pc.store).open()
        (difference,) = shown.differences
        assert shown.title == "东门一组"
        assert difference.county.full == "4 个角，4.26 公顷（63.9 亩）", "nobody reads coordinates"


@pytest.mark.parametrize(("side", "stands"), [("county", square()), ("other", square(0.0005))])
def test_the_shape_that_is_chosen_stands_on_all_pcs(
    village: Villages, side: str, stands: str
) -> None:
    drawn_twice(village)
    village.choose(village.pcs[0], side)
    village.rest()
    assert [shapes(pc) for pc in village.pcs] == [[stands]] * len(village.pcs)
    assert [conflicts(pc) for pc in village.pcs] == [[]] * len(village.pcs)


def test_the_same_shape_drawn_the_other_way_round_is_no_conflict(village: Villages) -> None:
    grid = known_to_all(village, Write("create", Grid.kind, 0, (("name", "东门一组"),)))
    ring = read_shape(square())[0][0]
    for pc, way in zip(village.pcs, (ring, ring[::-1]), strict=False):
        Boundaries(pc.store).draw(grid, [[way]])
    village.rest()
    assert conflicts(village.pcs[0]) == []
    assert shapes(village.pcs[0]) == [square()]


def test_a_boundary_drawn_anew_after_both_knew_it_gone_is_one_record_again(
    village: Villages,
) -> None:
    grid = known_to_all(village, Write("create", Grid.kind, 0, (("name", "东门一组"),)))
    here, there = village.pcs[:2]
    Boundaries(here.store).draw(grid, read_shape(square()))
    village.rest()
    Boundaries(there.store).remove(grid)
    village.rest()
    assert shapes(here) == []
    Boundaries(here.store).draw(grid, read_shape(square(0.0005)))
    Boundaries(there.store).draw(grid, read_shape(square(0.0005)))
    village.rest()
    assert [shapes(pc) for pc in village.pcs] == [[square(0.0005)]] * len(village.pcs)
    assert len(here.rows(GridBoundary.kind)) == 1
