"""Of a sync of many messages, what was answered leaves the outbox at the end, all at once; from its
answer on it is nowhere taken for something that waits."""

from __future__ import annotations

import json

import pytest

from desktop.register.history import History
from desktop.storage import settled
from desktop.storage.bringing_again import fall_back
from desktop.storage.checking import check
from desktop.storage.outbox import Outbox, waiting_in
from desktop.storage.store import Store
from desktop.syncing.refusals import Refusals
from sync.client.ports import Batch, Tally
from sync.protocol import Era, Outcome
from sync.records import Resident
from tests.desktop.storage.residents import delete, edit, people, resident, shown
from tests.support.store import VILLAGE, answer, outbox_of, receive, send_all, standing_of

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(8)]

NAMES = ("甲", "乙", "丙", "丁", "戊", "己")


def sent_first(store: Store, *names: str) -> tuple[Outbox, list[str]]:
    """New residents, two of which the county has taken in in a first message of several."""
    records = people(store, *(names or NAMES))
    outbox = Outbox(store)
    _, batch = outbox.begin(2)
    outbox.settle(batch, answer([Outcome("accepted", 0, 2, 11)], cursor=12), Tally())
    return outbox, records


def finish(store: Store, outbox: Outbox, after: int, revision: int) -> list[str]:
    """Send all that follows a place of the outbox, two a message; the records sent."""
    sent: list[str] = []
    more = True
    while more:
        batch = outbox.take(2, after=after)
        sent += [record for block in batch.blocks for record in block.records]
        count, after, more = len(batch.numbers), batch.last, batch.more
        outcomes = [Outcome("accepted", 0, count, revision)] if count else []
        revision += count
        outbox.settle(batch, answer(outcomes, cursor=revision - 1), Tally())
    outbox.put_back()
    return sent


def waiting(store: Store) -> int:
    with store.read() as connection:
        return waiting_in(connection)


def test_what_was_answered_no_longer_waits_and_leaves_with_the_last_answer(store: Store) -> None:
    outbox, records = sent_first(store)
    assert (waiting(store), check(store).figures["waiting"]) == (4, 4)
    assert finish(store, outbox, 2, 13) == records[2:]
    assert (waiting(store), outbox_of(store)) == (0, [])
    assert {standing_of(store, record) for record in records} == {"synced"}


def test_a_sync_that_broke_off_sends_nothing_again_that_was_answered(store: Store) -> None:
    _, records = sent_first(store)
    # The plug was pulled: nothing was put back.
    again = Outbox(store)
    _, batch = again.begin(10)
    assert [record for block in batch.blocks for record in block.records] == records[2:]
    again.settle(batch, answer([Outcome("accepted", 0, 4, 13)], cursor=16), Tally())
    assert (outbox_of(store), standing_of(store, records[0])) == ([], "synced")


def test_what_another_sync_has_settled_counts_for_nothing_in_this_one(store: Store) -> None:
    records = people(store, *NAMES)
    first, second = Outbox(store), Outbox(store)
    batches = [outbox.begin(2)[1] for outbox in (first, second)]
    tallies = [Tally(), Tally()]
    taken = answer([Outcome("accepted", 0, 2, 11)], cursor=12)
    for outbox, batch, tally in zip((first, second), batches, tallies, strict=True):
        outbox.settle(batch, taken, tally)
    assert [tally.sent for tally in tallies] == [2, 0]
    assert finish(store, first, 2, 13) == records[2:]
    assert outbox_of(store) == []


def test_a_sync_that_was_stopped_puts_back_only_what_was_not_answered(store: Store) -> None:
    outbox, records = sent_first(store)
    outbox.put_back()
    assert [entry["record"] for entry in outbox_of(store)] == records[2:]
    assert [standing_of(store, record) for record in records[1:3]] == ["synced", "waiting"]


def test_what_a_neighbour_edits_of_a_record_just_answered_is_not_covered_by_it(
    store: Store,
) -> None:
    outbox, records = sent_first(store)
    receive(store, resident(records[0], 30, name="甲", address="邻居写的"), cursor=30)
    assert shown(store, records[0]) == {"name": "甲", "address": "邻居写的"}
    receive(store, resident(records[0], 31, name="王甲"), cursor=31)
    assert shown(store, records[0]) == {"name": "王甲"}
    finish(store, outbox, 2, 13)
    assert shown(store, records[0]) == {"name": "王甲"}


def test_an_edit_of_a_record_just_answered_is_made_on_what_the_county_has(store: Store) -> None:
    outbox, records = sent_first(store)
    edit(store, records[1], address="一组")
    entry = outbox_of(store)[-1]
    assert (entry["operation"], entry["base"]) == ("edit", 12)
    assert json.loads(str(entry["after_json"])) == []
    assert standing_of(store, records[1]) == "waiting"
    assert finish(store, outbox, 2, 13) == [*records[2:], records[1]]


def test_an_edit_that_was_answered_stands_and_is_told_once_while_the_sync_goes_on(
    store: Store,
) -> None:
    receive(store, resident("p1", 5, name="王芳", address="一组"))
    edit(store, "p1", address="二组")
    people(store, *NAMES)
    outbox = Outbox(store)
    _, batch = outbox.begin(1)
    outbox.settle(batch, answer([Outcome("accepted", 0, 1, 6)], cursor=6), Tally())
    assert (standing_of(store, "p1"), check(store).problems) == ("synced", [])
    steps = History(store).of("resident", "p1")
    assert [(step.operation, step.how) for step in steps] == [
        ("edit", "accepted"),
        ("create", "accepted"),
    ]


def test_an_edit_that_comes_back_under_an_older_number_still_waits(store: Store) -> None:
    records = people(store, *NAMES)
    edit(store, records[0], address="一组")
    outbox = Outbox(store)
    _, batch = outbox.begin(6)
    refused = [Outcome("rejected", 0, 1, reason="不行"), Outcome("accepted", 1, 5, 11)]
    # The cadre gives up the new record, edit and all, while more is under way, and takes it back.
    outbox.settle(batch, answer(refused, cursor=15), Tally())
    refusals = Refusals(store)
    given_up = refusals.give_up("resident", records[0])
    later = people(store, "庚", "辛", "壬")
    batch = outbox.take(2, after=batch.last)
    outbox.settle(batch, answer([Outcome("accepted", 0, 2, 16)], cursor=17), Tally())
    assert refusals.take_back(given_up)
    assert waiting(store) == 2, "the edit, and what was not sent yet"
    finish(store, outbox, batch.last, 18)
    left = [(entry["operation"], entry["state"]) for entry in outbox_of(store)]
    assert left == [("create", "refused"), ("edit", "waiting")]
    assert [standing_of(store, record) for record in later] == ["synced"] * 3


def test_a_refused_record_stays_when_the_others_leave(store: Store) -> None:
    records = people(store, *NAMES)
    outbox = Outbox(store)
    _, batch = outbox.begin(3)
    told = [Outcome("accepted", 0, 1, 11), Outcome("rejected", 1, reason="不行")]
    outbox.settle(batch, answer([*told, Outcome("accepted", 2, 1, 12)], cursor=12), Tally())
    finish(store, outbox, batch.last, 13)
    (left,) = outbox_of(store)
    assert (left["record"], left["state"]) == (records[1], "refused")
    assert standing_of(store, records[1]) == "refused"


def test_what_the_county_forgot_is_laid_in_although_what_was_answered_has_not_left(
    store: Store,
) -> None:
    outbox, records = sent_first(store)
    with store.change() as connection:
        fall_back(connection, VILLAGE, Era(1, 0))
    assert waiting(store) == 6
    outbox.settle(Batch(), answer(cursor=0), Tally())
    sent = finish(store, Outbox(store), 0, 20)
    assert sorted(sent) == sorted(records)
    assert outbox_of(store) == []


def test_what_is_sent_in_one_message_leaves_with_its_answer(store: Store) -> None:
    people(store, *NAMES)
    send_all(store, Outcome("accepted", 0, 6, 11), cursor=16)
    assert outbox_of(store) == []
    with store.read() as connection:
        kept = connection.exec_driver_sql("SELECT count(*) FROM sqlite_sequence WHERE seq = 6")
        assert kept.scalar() == 1, "no number is given twice"


def test_a_sync_whose_last_message_was_taken_back_ends_as_any_other(store: Store) -> None:
    receive(store, resident("p1", 5, name="王芳"))
    people(store, "甲", "乙")
    delete(store, "p1")
    outbox = Outbox(store)
    _, batch = outbox.begin(2)
    outbox.settle(batch, answer([Outcome("accepted", 0, 2, 11)], cursor=12), Tally())
    with store.write() as writing:
        assert writing.undelete(Resident, "p1")
    assert finish(store, outbox, batch.last, 13) == []
    assert outbox_of(store) == []
    assert [standing_of(store, record) for record in batch.blocks[0].records] == ["synced"] * 2


@pytest.mark.parametrize("few", [0, 1, 100], ids=["laid back", "just so", "left where they are"])
def test_what_is_left_in_the_outbox_stays_as_it_was_when_the_rest_leaves(
    store: Store, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(settled, "_FEW", few)
    records = people(store, *NAMES)
    outbox = Outbox(store)
    _, batch = outbox.begin(6)
    later = people(store, "庚")
    told = [Outcome("accepted", 0, 5, 11), Outcome("rejected", 5, reason="不行")]
    outbox.settle(batch, answer(told, cursor=15), Tally())
    before = [e for e in outbox_of(store) if e["record"] in (records[5], later[0])]
    outbox.put_back()
    assert outbox_of(store) == before
    assert [entry["state"] for entry in before] == ["refused", "waiting"]
