"""Promise 2: a sync is cancelled, and begun again at once."""

from __future__ import annotations

import pytest

from desktop.syncing.service import Syncing
from sync.records import Resident
from tests.support.county_here import PUBLISHED
from tests.support.village import FaultyLine, Plan, VillagePc
from tests.sync.agreement import Villages
from tests.sync.scenes import count

pytestmark = pytest.mark.promise(2)

RECORDS = 60
PAGE = 10


@pytest.mark.parametrize("after", [1, 2, 5])
def test_a_push_cancelled_and_begun_again_at_once_sends_each_record_once(
    village: Villages, after: int
) -> None:
    here, there = village.pcs
    write(here)
    assert not village.sync(here, Plan(page=PAGE, cancel_after=after))
    assert 0 < len(here.outbox()) < RECORDS, "what was settled stays, the rest waits"
    assert village.sync(here, Plan(page=PAGE))
    assert count(village) == RECORDS
    village.rest()
    assert len(there.rows(Resident.kind)) == RECORDS


@pytest.mark.parametrize("after", [1, PUBLISHED // PAGE + 1, PUBLISHED // PAGE + 3])
def test_a_pull_cancelled_and_begun_again_at_once_brings_each_record_once(
    village: Villages, after: int
) -> None:
    here, there = village.pcs
    write(here)
    village.sync(here)
    assert not village.sync(there, Plan(page=PAGE, cancel_after=after))
    came = len(there.rows(Resident.kind))
    assert came == max(0, after * PAGE - PUBLISHED), "the county's lists come first"
    assert village.sync(there, Plan(page=PAGE))
    assert len(there.rows(Resident.kind)) == RECORDS
    village.rest()


def test_cancelled_at_every_turn_it_comes_to_its_end_all_the_same(village: Villages) -> None:
    here, there = village.pcs
    write(here)
    write(there)
    for pc in (here, there, here):
        turns = 0
        while not village.sync(pc, Plan(page=PAGE, cancel_after=1)):
            turns += 1
            assert turns < 40, "each turn gets further"
    village.rest()
    assert count(village) == 2 * RECORDS


def test_a_cancelled_sync_says_so_in_its_receipt_and_the_next_one_says_the_rest(
    village: Villages,
) -> None:
    here, _ = village.pcs
    rows = [{"name": f"{n}"} for n in range(2500)]
    here.write(Resident, "", lambda w: w.create_many(Resident, rows), "")
    syncing = Syncing(here.store, lambda *_: FaultyLine(here.county, here.token))
    stopped: list[object] = []
    first = syncing.run(progress=stopped.append, cancelled=lambda: True)
    assert not first.finished
    assert first.sent + first.waiting == 2500
    second = syncing.run()
    assert second.finished
    assert (second.sent, second.waiting) == (2500 - first.sent, 0)
    assert count(village) == 2500
    village.rest()


def write(pc: VillagePc) -> None:
    rows = [{"name": f"{pc.name}{n}"} for n in range(RECORDS)]
    pc.write(Resident, "", lambda w: w.create_many(Resident, rows), "")
