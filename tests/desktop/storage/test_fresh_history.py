"""What a sync tells of changes is part of the history at once, and laid into it behind the sync."""

from __future__ import annotations

import json

import pytest

from desktop.register.history import History
from desktop.storage import histories
from desktop.storage.checking import check
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.syncing.behind import follow_up
from desktop.syncing.refusals import Refusals
from sync.client.ports import Batch, Tally
from sync.protocol import ExchangeAnswer, Histories, Outcome
from tests.desktop.storage.residents import edit, resident
from tests.support.store import COUNTY_TIME, VILLAGE, answer, receive, send_all

pytestmark = pytest.mark.promise(3)

Told = tuple[int, str, str, str]


def told(store: Store, *steps: Told) -> None:
    """An answer of the county that tells of edits by others: revision, record, address before and
    after."""
    count = len(steps)
    columns = Histories(
        VILLAGE,
        [revision for revision, _, _, _ in steps],
        ["resident"] * count,
        [record for _, record, _, _ in steps],
        ["edit"] * count,
        ["accepted"] * count,
        ["李主任"] * count,
        ["2026-11-24T09:00:00+08:00"] * count,
        ["二号机"] * count,
        [{"address": (old, new)} for _, _, old, new in steps],
    )
    cursor = {VILLAGE: max(revision for revision, _, _, _ in steps)}
    said = ExchangeAnswer(1, [], [], cursor, 0, COUNTY_TIME, [columns])
    Outbox(store).settle(Batch(), said, Tally())


def addresses(store: Store, record: str = "p1") -> list[object]:
    """What the history says the address came to be, newest first."""
    return [new for step in History(store).of("resident", record) for _, _, new in step.changes]


def moves(store: Store) -> list[tuple[str, ...]]:
    """From what to what the address of the resident came, newest first."""
    with store.read() as connection:
        steps = histories.steps_of(connection, ["p1"])
    return [tuple(json.loads(step.fields).get("address", ())) for step in steps]


def laid_in(store: Store) -> int:
    with store.read() as connection:
        return len(connection.exec_driver_sql("SELECT 1 FROM history").all())


@pytest.fixture
def known(store: Store) -> Store:
    """A store with one resident that the county has."""
    receive(store, resident("p1", 5, name="王芳", address="一组"))
    return store


def test_what_was_just_told_stands_in_the_history_before_and_after_it_is_laid_in(
    known: Store,
) -> None:
    told(known, (6, "p1", "一组", "二组"), (7, "p2", "甲", "乙"), (8, "p1", "二组", "三组"))
    told(known, (9, "p1", "三组", "四组"))
    assert laid_in(known) == 0
    before = History(known).of("resident", "p1")
    assert addresses(known) == ["四组", "三组", "二组"]
    follow_up(known)
    assert laid_in(known) == 4
    assert History(known).of("resident", "p1") == before
    assert check(known).problems == []


def test_the_newest_steps_are_shown_wherever_they_lie(known: Store) -> None:
    for turn in range(5):
        told(known, (6 + turn, "p1", f"{turn}组", f"{turn + 1}组"))
        if turn == 2:
            follow_up(known)
    assert addresses(known) == ["5组", "4组", "3组", "2组", "1组"]
    with known.read() as connection:
        newest = [histories.steps_of(connection, ["p1"], limit) for limit in (1, 3)]
    assert [[step.revision for step in steps] for steps in newest] == [[10], [10, 9, 8]]


def test_what_is_told_twice_stands_once(known: Store) -> None:
    told(known, (6, "p1", "一组", "二组"))
    follow_up(known)
    told(known, (6, "p1", "一组", "二组"), (7, "p1", "二组", "三组"))
    # As by a stick, and after an upgrade.
    told(known, (7, "p1", "二组", "三组"), (8, "p1", "三组", "四组"))
    told(known, (6, "p1", "一组", "二组"))
    assert addresses(known) == ["四组", "三组", "二组"]
    follow_up(known)
    assert addresses(known) == ["四组", "三组", "二组"]


def test_what_is_given_up_stands_above_what_was_told_before(known: Store) -> None:
    told(known, (6, "p1", "一组", "二组"))
    edit(known, "p1", address="九组")
    send_all(known, Outcome("rejected", 0, reason="不行"))
    given_up = Refusals(known).give_up("resident", "p1")
    assert addresses(known) == ["九组", "二组"]
    follow_up(known)
    assert addresses(known) == ["九组", "二组"]
    Refusals(known).take_back(given_up)
    assert [step.how for step in History(known).of("resident", "p1")] == [
        "refused",
        "accepted",
        "accepted",
    ]


def test_what_this_pc_did_and_what_others_did_come_in_the_order_of_the_messages(
    known: Store,
) -> None:
    told(known, (6, "p1", "一组", "二组"))
    edit(known, "p1", address="三组")
    send_all(known, Outcome("accepted", 0, 1, 7), cursor=7)
    told(known, (8, "p1", "三组", "四组"))
    assert addresses(known) == ["四组", "三组", "二组"]
    follow_up(known)
    assert addresses(known) == ["四组", "三组", "二组"]


def test_a_long_history_is_laid_in_at_once_and_behind_what_came_before(known: Store) -> None:
    told(known, (6, "p1", "一组", "二组"))
    told(known, (7, "p1", "二组", "三组"), *((n, f"q{n}", "甲", "乙") for n in range(8, 600)))
    assert laid_in(known) == 594
    assert addresses(known) == ["三组", "二组"]


def test_a_long_row_of_short_messages_does_not_pile_up(known: Store) -> None:
    for turn in range(100):
        told(known, (6 + turn, "p1", f"{turn}组", f"{turn + 1}组"))
    with known.read() as connection:
        waits = connection.exec_driver_sql("SELECT count(*) FROM fresh_history").scalar_one()
    assert waits <= 10
    assert addresses(known) == [f"{turn}组" for turn in range(100, 0, -1)]


def test_the_history_of_what_is_forgotten_goes_wherever_it_lies(known: Store) -> None:
    told(known, (6, "p1", "一组", "二组"))
    follow_up(known)
    told(known, (7, "p1", "二组", "三组"), (8, "p2", "甲", "乙"))
    with known.change() as connection:
        histories.forget(connection, "resident", ["p1"])
        left = histories.steps_of(connection, ["p1", "p2"])
    assert [step.record for step in left] == ["p2"]


def test_an_own_edit_that_the_county_showed_before_it_answered_tells_what_its_writer_saw(
    known: Store,
) -> None:
    for turn in range(1, 5):
        edit(known, "p1", address=f"{turn}组")
    outbox = Outbox(known)
    # All four are at the county, and no answer came; now they go one by one.
    for place in range(4):
        rows = [resident("p1", 9, name="王芳", address="4组")] if place == 0 else []
        outcome = Outcome("accepted", 0, 1, 6 + place, again=True)
        outbox.settle(outbox.take(1), answer([outcome], *rows, cursor=9), Tally())
    expected = [("3组", "4组"), ("2组", "3组"), ("1组", "2组"), ("一组", "1组")]
    assert moves(known) == expected
    follow_up(known)
    assert moves(known) == expected


def test_own_edits_that_are_answered_twice_together_tell_each_what_its_writer_saw(
    known: Store,
) -> None:
    for address in ("二组", "三组", "四组"):
        edit(known, "p1", address=address)
    outbox = Outbox(known)
    first = Outcome("accepted", 0, 1, 6, again=True)
    shown = resident("p1", 8, name="王芳", address="四组")
    outbox.settle(outbox.take(1), answer([first], shown, cursor=8), Tally())
    outbox.settle(outbox.take(2), answer([Outcome("accepted", 0, 2, 7, again=True)]), Tally())
    assert moves(known) == [("三组", "四组"), ("二组", "三组"), ("一组", "二组")]
