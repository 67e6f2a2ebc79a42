"""Promise 4: what a fault of the program itself left in the outbox, and no message can carry, is
refused on this PC, and all the rest goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.register.history import History
from desktop.storage.checking import check
from desktop.storage.unreadable import SENTENCE
from desktop.syncing.courier import Courier
from desktop.syncing.refusals import Refusals
from desktop.syncing.service import Syncing
from sync.records import Resident
from tests.support.faulty_line import FaultyLine
from tests.support.village import Plan, VillagePc
from tests.sync.agreement import Villages
from tests.sync.scenes import count, known_to_all, resident, someone

pytestmark = pytest.mark.promise(4)

MANY, PLACE = 20, 7
SPOILT = {
    "a float": '{"name": 7.5}',
    "a bool": '{"name": true}',
    "a list": '{"name": ["王芳"]}',
    "an object": '{"name": {"family": "王"}}',
    "half of it": '{"name": "王',
    "nothing": "",
    "a list of it": '[{"name": "王芳"}]',
    "two of it": '{"name": "王芳"}, {"name": "李强"}',
}


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("place", [0, PLACE, MANY - 1])
def test_one_unreadable_entry_is_refused_here_in_words_and_all_others_go(
    village: Villages, spoilt: str, place: int
) -> None:
    here, there = village.pcs
    village.county.truth.honest = False
    ids = new_people(here)
    spoil(here, ids[place], SPOILT[spoilt])
    receipt = Syncing(here.store, lambda *_: FaultyLine(here.county, here.token)).run()
    assert receipt.finished
    assert (receipt.sent, receipt.refused, receipt.waiting) == (MANY - 1, 1, 0)
    assert count(village) == MANY - 1
    (refused,) = Refusals(here.store).newest()
    assert (refused.record, refused.reason) == (ids[place], SENTENCE)
    assert "县里说" not in refused.said
    assert f"居民{place}" in [wanted.wanted.full for wanted in refused.wanted]
    assert resident(here, ids[place])["name"] == f"居民{place}", "nothing is lost"
    assert not check(here.store).problems
    village.sync(there)
    assert len(there.rows(Resident.kind)) == MANY - 1
    (step, *_) = History(here.store).of(Resident.kind, ids[place])
    assert (step.how, step.county_says) == ("refused", False)


def test_it_is_looked_at_and_sent_again_as_whatever_was_sent_back(village: Villages) -> None:
    here, there = village.pcs
    village.county.truth.honest = False
    ids = new_people(here)
    spoil(here, ids[PLACE], '{"name": "王')
    village.sync(here)
    here.write(Resident, ids[PLACE], lambda w: w.edit(Resident, ids[PLACE], {"note": "核对过"}), "")
    village.sync(here)
    village.sync(there)
    assert resident(there, ids[PLACE])["name"] == f"居民{PLACE}"
    assert resident(there, ids[PLACE])["note"] == "核对过"
    assert here.outbox() == []


def test_an_edit_that_cannot_be_read_keeps_what_was_typed_and_may_be_given_up(
    village: Villages,
) -> None:
    here, _ = village.pcs
    village.county.truth.honest = False
    record = known_to_all(village, someone(name="王芳", note="低保"))
    here.write(Resident, record, lambda w: w.edit(Resident, record, {"name": "王方"}), "")
    spoil(here, record, "{")
    village.sync(here)
    (refused,) = Refusals(here.store).newest()
    ((wanted),) = refused.wanted
    assert (wanted.county.full, wanted.wanted.full) == ("王芳", "王方")
    Syncing(here.store).give_up(Resident.kind, record)
    assert resident(here, record)["name"] == "王芳"


def test_a_deletion_that_cannot_be_read_shows_the_record_again(village: Villages) -> None:
    here, _ = village.pcs
    village.county.truth.honest = False
    record = known_to_all(village, someone(name="王芳"))
    here.write(Resident, record, lambda w: w.delete(Resident, record), "")
    spoil(here, record, "{")
    village.sync(here)
    (refused,) = Refusals(here.store).newest()
    assert (refused.operation, refused.gone) == ("delete", False)
    assert not resident(here, record)["deleted"]


def test_many_of_them_in_many_messages_hold_up_nothing(village: Villages) -> None:
    here, _ = village.pcs
    village.county.truth.honest = False
    ids = new_people(here)
    bad = [*ids[:5], ids[9], *ids[-5:]]
    for record in bad:
        spoil(here, record, '{"name": 7.5}')
    village.sync(here, Plan(page=5))
    assert count(village) == MANY - len(bad)
    assert Refusals(here.store).count() == len(bad)
    assert Syncing(here.store).status().waiting == 0


def test_a_mark_of_what_it_follows_that_cannot_be_read_is_as_little_in_the_way(
    village: Villages,
) -> None:
    here, _ = village.pcs
    village.county.truth.honest = False
    ids = new_people(here)
    with here.store.change() as connection:
        sql = "UPDATE outbox SET after_json = '[\"' WHERE record = ?"
        connection.exec_driver_sql(sql, (ids[PLACE],))
    village.sync(here)
    assert count(village) == MANY - 1
    assert Refusals(here.store).count() == 1


def test_a_file_for_the_stick_takes_all_others_along_too(village: Villages, tmp_path: Path) -> None:
    here, _ = village.pcs
    village.county.truth.honest = False
    ids = new_people(here)
    village.sync(here)
    more = new_people(here)
    spoil(here, more[-1], '{"name": 7.5}')
    exported = Courier(here.store).export(tmp_path)
    assert (exported.changes, exported.left) == (MANY - 1, 0)
    (refused,) = Refusals(here.store).newest()
    assert (refused.record, refused.reason) == (more[-1], SENTENCE)
    here.courier_in(here.courier_carry(exported.path.read_bytes()))
    assert count(village) == len(ids) + MANY - 1


def new_people(pc: VillagePc) -> list[str]:
    rows = [{"name": f"居民{n}"} for n in range(MANY)]
    ids: list[str] = pc.write(Resident, "", lambda w: w.create_many(Resident, rows), "")
    return ids


def spoil(pc: VillagePc, record: str, text: str) -> None:
    """Change what waits behind the program's back, as a fault of the program might."""
    with pc.store.change() as connection:
        sql = "UPDATE outbox SET values_json = ? WHERE record = ?"
        connection.exec_driver_sql(sql, (text, record))
