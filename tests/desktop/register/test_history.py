"""What this PC knows of a record's changes before the county says more."""

from __future__ import annotations

from desktop.register.history import History
from desktop.residents.service import Residents
from desktop.storage.store import Store
from sync.protocol import Outcome
from sync.records import Resident
from tests.support.store import county_rows, receive, send_all


def test_what_waits_and_what_was_refused_stand_above_the_creation(store: Store) -> None:
    store.set(device_name="一号电脑")
    receive(store, county_rows(Resident, {"id": "r1", "revision": 7, "name": "甲"}))
    Residents(store).edit("r1", {"address": "3组"})
    send_all(store, Outcome("rejected", 0, reason="要写门牌"))
    steps = History(store).of("resident", "r1")
    assert [(step.operation, step.how) for step in steps] == [
        ("edit", "refused"),
        ("create", "accepted"),
    ]
    refused, made = steps
    assert refused.changes == (("address", None, "3组"),)
    assert (refused.reason, refused.device) == ("要写门牌", "一号电脑")
    assert (made.by, made.changes) == ("李主任", ())


def test_a_record_that_was_never_sent_has_its_creation_once(store: Store) -> None:
    person = Residents(store).add({"name": "甲", "address": "3组"})
    Residents(store).edit(person, {"address": "4组"})
    edit, create = History(store).of("resident", person)
    assert edit.changes == (("address", "3组", "4组"),)
    assert (create.operation, create.how) == ("create", "waiting")
    assert len(History(store).of("resident", person, limit=1)) == 1
