"""Of a record that is here a county tells no more than what others edited: it is laid on that."""

from __future__ import annotations

import json

import msgspec
import pytest

from desktop.storage.checking import check
from desktop.storage.driver import tuples_of
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.syncing.behind import follow_up
from desktop.syncing.service import Syncing
from sync.client.ports import Batch, Tally
from sync.protocol import Era, Move, Outcome, Rows
from sync.records import Resident, Value
from tests.desktop.storage.residents import delete, edit, listed, resident, revision_of, shown
from tests.support.store import VILLAGE, answer, county_rows, outbox_of, receive, send_all

pytestmark = [pytest.mark.promise(5), pytest.mark.promise(8)]


def edited(record_id: str, revision: int, since: int, **values: Value) -> Rows:
    """What a county says of a record that others edited since a revision."""
    names = ["id", "revision", *values]
    return Rows(
        "resident", VILLAGE, names, [[v] for v in (record_id, revision, *values.values())], [since]
    )


def test_what_was_edited_is_laid_on_what_is_here(store: Store) -> None:
    receive(store, resident("p1", 5, name="王芳", address="一组", note="独居"))
    tally = receive(store, edited("p1", 8, 5, address="二组", note=None))
    assert shown(store, "p1") == {"name": "王芳", "address": "二组"}
    assert (revision_of(store, "p1"), tally.received) == (8, 1)
    assert check(store).healed == []


def test_what_was_edited_lies_under_what_waits_here(store: Store) -> None:
    receive(store, resident("p1", 5, name="王芳", address="一组", note="独居"))
    edit(store, "p1", address="三组", relation="户主")
    receive(store, edited("p1", 8, 5, address="二组", note="新"))
    assert shown(store, "p1") == {
        "name": "王芳",
        "address": "三组",
        "relation": "户主",
        "note": "新",
    }
    (entry,) = outbox_of(store)
    assert json.loads(str(entry["previous_json"])) == {"address": "二组", "relation": None}
    send_all(store, Outcome("rejected", 0, reason="不行"))
    Syncing(store).give_up("resident", "p1")
    assert shown(store, "p1") == {"name": "王芳", "address": "二组", "note": "新"}


def test_a_waiting_deletion_stays_one_whatever_was_edited_and_shows_it_when_it_is_refused(
    store: Store,
) -> None:
    receive(store, resident("p1", 5, name="王芳"))
    delete(store, "p1")
    receive(store, edited("p1", 8, 5, note="新"))
    assert (shown(store, "p1"), listed(store)) == (None, [])
    send_all(store, Outcome("rejected", 0, reason="不行"))
    assert (shown(store, "p1"), listed(store)) == ({"name": "王芳", "note": "新"}, ["王芳"])


def test_what_was_edited_of_a_record_that_is_not_here_as_it_was_is_missed_at_the_end(
    store: Store,
) -> None:
    rows = county_rows(
        Resident,
        {"id": "p1", "revision": 5, "name": "王芳"},
        {"id": "p2", "revision": 6, "name": "李强"},
    )
    receive(store, rows, cursor=6)
    receive(store, edited("p1", 9, 7, note="新"), edited("p3", 10, 4, note="新"), cursor=6)
    # Later than the county knows it: it went back to a backup, and this PC has not heard of it.
    receive(store, edited("p1", 9, 4, note="新"), cursor=6)
    assert (shown(store, "p1"), shown(store, "p3")) == ({"name": "王芳"}, None)
    assert revision_of(store, "p1") == 5
    # What is here already is not taken back either.
    receive(store, edited("p2", 4, 3, note="旧"))
    assert shown(store, "p2") == {"name": "李强"}


def test_a_pc_asks_for_no_more_than_what_was_edited_once_it_has_all(store: Store) -> None:
    def settle(cursor: int, remaining: int) -> bool:
        Outbox(store).settle(Batch(), answer((), cursor=cursor, remaining=remaining), Tally())
        return Outbox(store).standpoint().whole

    asks = [settle(3, 5), settle(8, 0), settle(9, 1), settle(10, 0)]
    assert asks == [False, True, False, True]
    # Who leaves a village is told no more of it.
    settle(11, 0)
    leaving = msgspec.structs.replace(answer((), cursor=12), move=Move("510183001003", "东街社区"))
    Outbox(store).settle(Batch(), leaving, Tally())
    assert not Outbox(store).standpoint().whole
    settle(13, 0)
    # An old answer on a stick says nothing of what was read since, unless it goes on from there.
    for cursor, whole in ((13, True), (15, False)):
        by_stick = Outbox(store, by_stick=True)
        by_stick.settle(Batch(), answer([], resident("p", 1), cursor=cursor), Tally())
        assert Outbox(store).standpoint().whole is whole
    settle(16, 0)
    Outbox(store).fall_back({VILLAGE: Era(1, 9)})
    assert not Outbox(store).standpoint().whole


def test_what_is_done_behind_a_sync_stops_where_it_is_told_to_and_goes_on_later(
    store: Store,
) -> None:
    for revision, address in ((1, "一组"), (2, "二组"), (3, "三组")):
        receive(store, resident("p1", revision, name="王芳", address=address))

    def waiting() -> int:
        with store.read() as connection:
            return len(tuples_of(connection, "SELECT 1 FROM reworded"))

    parts = waiting()
    follow_up(store, lambda: waiting() < parts)
    assert (parts, waiting(), listed(store, "三组")) == (2, 1, ["王芳"])
    follow_up(store)
    assert (waiting(), listed(store, "三组"), listed(store, "一组")) == (0, ["王芳"], [])
