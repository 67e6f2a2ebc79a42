"""In whatever order PCs and the county switch and sync, at rest all come to the same modes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.storage.errors import RecordInvalid
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from desktop.team.service import Postings, Switches
from desktop.team.teams import Teams
from sync.records import Grid
from sync.records.teams import EMERGENCY, LEADER, PEACETIME
from sync.server.errors import ServerError
from sync.server.readiness import switch_area
from tests.support.server import County, running_county
from tests.support.store import COUNTY, VILLAGE, new_store
from tests.support.village import TOWN, CountyHere, VillagePc

OTHER_TOWN_VILLAGE = "510183002001"


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with running_county(tmp_path_factory.mktemp("readiness") / "county") as served:
        yield served


def village(folder: Path, county: County, area: str) -> Store:
    store = new_store(folder, area=area)
    Syncing(store).enrol(county.url, county.enrol_code(area))
    return store


def grid(store: Store, name: str = "第一微网格") -> str:
    with store.write() as writing:
        return writing.create(Grid, {"name": name})


def mode(store: Store, grid: str) -> str:
    return Teams(store).team(grid).manned.standing.mode


def test_the_towns_switch_reaches_its_villages_by_sync_and_no_other(
    county: County, tmp_path: Path
) -> None:
    here = village(tmp_path / "here", county, VILLAGE)
    elsewhere = village(tmp_path / "elsewhere", county, OTHER_TOWN_VILLAGE)
    grids = {store: grid(store) for store in (here, elsewhere)}
    for store in grids:
        Syncing(store).run()
    said = ("--area", TOWN, "--reason", "暴雨红色预警，转移避险", "--by", "应急局")
    county.verb("readiness", "--to", EMERGENCY, *said)
    for store in grids:
        Syncing(store).run()
    assert mode(here, grids[here]) == EMERGENCY
    assert mode(elsewhere, grids[elsewhere]) == PEACETIME
    (alert,) = Switches(here).alerts()
    assert (alert.where, alert.switch.by) == ("文君街道", "应急局")
    assert alert.switch.reason == "暴雨红色预警，转移避险"
    assert Switches(elsewhere).alerts() == []
    # The village knows of it and lets one grid come back; the county hears of that.
    Switches(here).switch(PEACETIME, "本格无灾情", grids[here])
    assert mode(here, grids[here]) == PEACETIME
    second = village(tmp_path / "second", county, VILLAGE)
    for store in (here, second):
        Syncing(store).run()
    assert mode(second, grids[here]) == PEACETIME
    county.verb("readiness", "--to", PEACETIME, *said)
    for store in (here, second):
        Syncing(store).run()
        assert Switches(store).alerts() == []
        store.close()
    elsewhere.close()


_modes = st.sampled_from((PEACETIME, EMERGENCY))
_places = st.integers(0, 1)
_steps = st.lists(
    st.tuples(st.just("grid"), _places, _modes, st.integers(0, 1))
    | st.tuples(st.just("village"), _places, _modes, st.just(0))
    | st.tuples(st.just("county"), st.just(0), _modes, st.integers(0, 2))
    | st.tuples(st.just("sync"), _places, _modes, st.just(0)),
    max_size=14,
)


@pytest.fixture(scope="module")
def two() -> Iterator[tuple[CountyHere, list[VillagePc], list[str]]]:
    """A county and two PCs of one village that know two grids, in and out of emergencies for as
    long as the tests go on."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="shige-mode-", dir=memory if memory.is_dir() else None))
    county = CountyHere(folder)
    pcs = [VillagePc(f"电脑{n}", folder / f"pc{n}", VILLAGE, county) for n in range(2)]
    grids = [grid(pcs[0].store, name) for name in ("一", "二")]
    for pc in pcs:
        assert pc.sync()
    yield county, pcs, grids
    for pc in pcs:
        pc.close()
    county.close()
    shutil.rmtree(folder, ignore_errors=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_steps)
def test_two_pcs_and_the_county_come_to_the_same_however_they_switch_and_sync(
    two: tuple[CountyHere, list[VillagePc], list[str]],
    steps: list[tuple[str, int, str, int]],
) -> None:
    county, pcs, grids = two
    for what, place, to, which in steps:
        with suppress(RecordInvalid, ServerError):
            if what == "sync":
                assert pcs[place].sync()
            elif what == "county":
                area = (VILLAGE, TOWN, COUNTY)[which]
                switch_area(county.engine, area, to, "预警", "县里")
            else:
                Switches(pcs[place].store).switch(
                    to, "预警", grids[which] if what == "grid" else ""
                )
    for pc in (*pcs, *pcs):
        assert pc.sync()
    here, there = ([mode(pc.store, grid) for grid in grids] for pc in pcs)
    assert here == there
    for one, other in zip(*(Switches(pc.store).alerts() for pc in pcs), strict=True):
        assert (one.where, one.switch.id) == (other.where, other.switch.id)
    with suppress(ServerError):
        switch_area(county.engine, COUNTY, PEACETIME, "解除", "县里")
    for pc in pcs:
        assert pc.sync()
        assert {mode(pc.store, grid) for grid in grids} == {PEACETIME}
        assert Switches(pc.store).alerts() == []


def test_two_pcs_that_fill_one_seat_offline_keep_both(
    two: tuple[CountyHere, list[VillagePc], list[str]],
) -> None:
    _, pcs, (first, _) = two
    for pc, name in zip(pcs, ("王芳", "李强"), strict=True):
        Postings(pc.store).add({"grid": first, "seat": LEADER, "name": name})
    for pc in (*pcs, *pcs):
        assert pc.sync()
    for pc in pcs:
        team = Teams(pc.store).team(first)
        assert sorted(one.name for one in team.manned.seats[0].stands) == ["李强", "王芳"]
        assert "微网格长有2人，名额1人" in team.notes
