"""Promise 5: a new PC brings a whole village over a line that breaks."""

from __future__ import annotations

import pytest

from sync.records import Resident
from tests.support.county_here import PUBLISHED
from tests.support.store import COUNTY
from tests.support.village import Fault, Plan, VillagePc
from tests.sync.agreement import Villages

pytestmark = pytest.mark.promise(5)

PAGE = 20
RECORDS = 101
#: What the county publishes to all comes first, then the village's records.
TRIPS = -(-(RECORDS + PUBLISHED) // PAGE)


@pytest.mark.parametrize("fault", [Fault.LOSE_REQUEST, Fault.LOSE_ANSWER, Fault.CUT_ANSWER])
@pytest.mark.parametrize(
    "trip", [0, 1, TRIPS - 3, TRIPS - 1], ids=["first", "second", "later", "last"]
)
def test_a_first_pull_that_is_cut_goes_on_where_it_stood(
    village: Villages, trip: int, fault: Fault
) -> None:
    here, new = full(village)
    assert not village.sync(new, Plan(page=PAGE, faults=(*[Fault.NONE] * trip, fault), place=30))
    came = residents(new)
    assert came == max(0, trip * PAGE - PUBLISHED), (
        "what came in whole pages is there, and nothing of more"
    )
    village.check()
    before = cursor(new)
    assert village.sync(new, Plan(page=PAGE))
    assert before == trip * PAGE - min(PUBLISHED, trip * PAGE) if trip else before == 0
    assert residents(new) == RECORDS
    village.rest()
    assert here.rows(Resident.kind) == new.rows(Resident.kind)


def test_a_first_pull_that_the_power_cuts_off_time_and_again_goes_on_where_it_stood(
    village: Villages,
) -> None:
    here, new = full(village)
    cuts = 0
    while not village.sync(new, Plan(page=PAGE, cut_at=cuts)):
        assert residents(new) == cursor(new), "rows and cursor moved together"
        cuts += 1
    assert cuts > 3, "the power went time and again, each time a little later"
    assert residents(new) == RECORDS
    village.rest()
    assert here.rows(Resident.kind) == new.rows(Resident.kind)


def test_records_that_change_during_a_first_pull_come_as_they_stand_in_the_end(
    village: Villages,
) -> None:
    here, new = full(village)
    ids = [record for _, record in sorted(here.rows(Resident.kind))]

    def meanwhile() -> None:
        for record in (ids[0], ids[-1]):
            move(here, record)
        village.sync(here)

    village.touched.add(new)
    assert new.sync(Plan(page=PAGE, meanwhile_at=2), meanwhile)
    village.rest()
    moved = [r for (_, r), row in new.rows(Resident.kind).items() if row["address"] == "新村"]
    assert sorted(moved) == sorted({ids[0], ids[-1]})


def full(village: Villages) -> tuple[VillagePc, VillagePc]:
    """A PC that brought its records to the county, and one that has never synced."""
    here, new = village.pcs
    rows = [{"name": f"居民{n}"} for n in range(RECORDS)]
    here.write(Resident, "", lambda w: w.create_many(Resident, rows), "")
    assert village.sync(here)
    return here, new


def move(pc: VillagePc, record: str) -> None:
    pc.write(Resident, record, lambda w: w.edit(Resident, record, {"address": "新村"}), "")


def residents(pc: VillagePc) -> int:
    return len(pc.rows(Resident.kind))


def cursor(pc: VillagePc) -> int:
    """How far the PC has read in its own village."""
    with pc.store.read() as connection:
        found = connection.exec_driver_sql(
            "SELECT revision FROM cursor WHERE area <> ?", (COUNTY,)
        ).scalar()
        return int(found or 0)
