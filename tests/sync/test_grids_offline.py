"""Two PCs of a village change grids without a line: nothing is lost, no code is given twice.

All ends come to one state, in which each person is somewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from desktop.grids.changing import GridChanges, Part
from desktop.register.service import Register
from desktop.storage.errors import RecordInvalid, RecordMissing
from sync.records import Grid, GridChange, Household, Resident
from tests.support.store import VILLAGE
from tests.support.village import VillagePc
from tests.sync.agreement import Villages
from tests.sync.scenes import conflicts

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(3)]


def add(pc: VillagePc, record: type[Grid | Household | Resident], **values: object) -> str:
    with pc.noting(record.kind):
        return Register(pc.store, record).add(values)


def live(
    pc: VillagePc, record: type[Grid | Household | Resident | GridChange]
) -> dict[str, dict[str, Any]]:
    rows = pc.rows(record.kind)
    return {id_: row for (_, id_), row in rows.items() if not row["deleted"]}


def change(pc: VillagePc, what: str, one: int, two: int) -> None:
    """Do something with grids that the PC has, if it may be done."""
    changes, grids = GridChanges(pc.store), sorted(live(pc, Grid))
    first, second = grids[one % len(grids)], grids[two % len(grids)]
    names = [record.kind for record in (Grid, Household, Resident, GridChange)]
    with suppress(RecordInvalid, RecordMissing), pc.noting(*names):
        if what == "divide":
            places = {m.id: (two + n) % 2 for n, m in enumerate(changes.members(first))}
            changes.divide(first, [Part(f"{pc.name}东"), Part(f"{pc.name}西")], places)
        elif what == "merge":
            changes.merge([first], second)
        elif what == "close":
            changes.close(first, second if two % 3 else None)
        elif what == "reopen":
            changes.reopen(first)
        else:
            changes.move_rest(first, second)


def move_in(pc: VillagePc, one: int, two: int) -> None:
    """Somebody new comes to a grid that the PC believes open."""
    grids, homes = sorted(live(pc, Grid)), sorted(live(pc, Household))
    home = homes[two % len(homes)] if homes and two % 2 else ""
    with suppress(RecordInvalid):
        add(pc, Resident, name=f"新人{one}", grid=grids[one % len(grids)], household=home)


def at_rest(villages: Villages, pcs: Sequence[VillagePc]) -> None:
    """What must hold once all have synced."""
    villages.rest()
    county = villages.county.rows()
    grids = {id_: row for (_, id_), row in county[Grid.kind].items()}
    codes = [row["code"] for row in grids.values()]
    assert len(set(codes)) == len(codes)
    assert all(str(code).startswith(VILLAGE) for code in codes)
    asked = {c["record"] for c in conflicts(pcs[0])}
    for (_, id_), row in (*county[Household.kind].items(), *county[Resident.kind].items()):
        if row["grid"] is not None and not row["deleted"]:
            assert row["grid"] in grids, "somebody is in a grid that nobody knows"
            if grids[row["grid"]]["state"] == "closed" and id_ not in asked:
                # Put there by who did not know: the tree shows it, and who is to be moved.
                left = GridChanges(pcs[0].store).left_in(row["grid"])
                assert left.get("居民") or left.get("家庭户"), "nobody is told"
    for change_row in county[GridChange.kind].values():
        named = f"{change_row['sources']} {change_row['results'] or ''}".split()
        assert set(named) <= grids.keys(), "a change names a grid that is not there"


def small_village(villages: Villages) -> tuple[VillagePc, VillagePc, str, list[str]]:
    """Both PCs know a grid of three households with a person each, and another grid."""
    here, there = villages.pcs
    grid = add(here, Grid, name="一组")
    add(here, Grid, name="二组")
    homes = [add(here, Household, head=f"户{n}", grid=grid) for n in range(3)]
    for home in homes:
        add(here, Resident, name="人", household=home, grid=grid)
    for pc in (here, there):
        assert villages.sync(pc)
    return here, there, grid, homes


def test_two_divisions_of_one_grid_are_both_kept_and_who_was_placed_differently_is_asked(
    village: Villages,
) -> None:
    here, there, grid, homes = small_village(village)
    for pc in (here, there):
        with pc.noting(Grid.kind, Household.kind, Resident.kind):
            places = {home: at % 2 for at, home in enumerate(homes)}
            GridChanges(pc.store).divide(grid, [Part("东"), Part("西")], places)
    at_rest(village, village.pcs)
    grids = live(here, Grid)
    assert len([g for g in grids.values() if g["state"] == "open"]) == 5
    assert grids[grid]["state"] == "closed"
    asked = conflicts(there)
    assert {c["fields_in_conflict"] for c in asked} == {"grid"}
    assert len(asked) == 6, "three households and their people, each once"
    assert len(live(there, GridChange)) == 2
    assert len({g["code"] for g in grids.values()}) == 6


def test_who_was_put_into_a_grid_that_another_pc_closed_is_there_to_be_moved(
    village: Villages,
) -> None:
    here, there, grid, _ = small_village(village)
    (other,) = [g for g, row in live(here, Grid).items() if row["name"] == "二组"]
    with here.noting(Grid.kind, Household.kind, Resident.kind):
        GridChanges(here.store).merge([grid], other)
    late = add(there, Resident, name="新来的", grid=grid)
    at_rest(village, village.pcs)
    assert conflicts(here) == []
    assert live(here, Resident)[late]["grid"] == grid
    assert GridChanges(here.store).left_in(grid) == {"居民": 1}
    with here.noting(Resident.kind):
        GridChanges(here.store).move_rest(grid, other)
    at_rest(village, village.pcs)
    assert {row["grid"] for row in live(there, Resident).values()} == {other}


def test_a_division_and_a_merger_of_one_grid_end_the_same_on_all_ends(village: Villages) -> None:
    here, there, grid, homes = small_village(village)
    (other,) = [g for g, row in live(here, Grid).items() if row["name"] == "二组"]
    with here.noting(Grid.kind, Household.kind, Resident.kind):
        places = dict.fromkeys(homes, 0)
        GridChanges(here.store).divide(grid, [Part("东"), Part("西")], places)
    with there.noting(Grid.kind, Household.kind, Resident.kind):
        GridChanges(there.store).merge([grid], other)
    at_rest(village, village.pcs)
    assert len(conflicts(here)) == 6


_what = st.sampled_from(("divide", "divide", "merge", "close", "reopen", "rest"))
_steps = st.lists(
    st.tuples(
        st.integers(0, 1), _what | st.sampled_from(("sync", "person")), *(st.integers(0, 9),) * 2
    ),
    max_size=10,
)


@pytest.mark.slow
@tuned(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(steps=_steps)
def test_whatever_two_pcs_do_with_grids_each_person_is_somewhere_on_all_ends(
    steps: list[tuple[int, str, int, int]],
) -> None:
    villages = Villages((VILLAGE, VILLAGE))
    try:
        small_village(villages)
        for at, what, one, two in steps:
            pc = villages.pcs[at]
            if what == "sync":
                villages.sync(pc)
            elif what == "person":
                move_in(pc, one, two)
            else:
                change(pc, what, one, two)
        at_rest(villages, villages.pcs)
    finally:
        villages.close()
