"""A PC knows which records it has made, and claims no others."""

from __future__ import annotations

import pytest

from desktop.storage import making
from desktop.storage.bringing_again import fall_back
from desktop.storage.store import Store
from sync.protocol import Era, Outcome
from sync.records import Resident
from tests.desktop.storage.residents import delete, people, resident
from tests.support.store import VILLAGE, receive, send_all

pytestmark = pytest.mark.promise(3)


def made(store: Store, *records: str) -> set[str]:
    with store.read() as connection:
        return making.made_here(connection, Resident.kind, records)


def test_what_is_new_here_was_made_here_before_and_after_the_county_took_it_in(
    store: Store,
) -> None:
    records = people(store, "甲", "乙", "丙")
    assert made(store, *records) == set(records)
    send_all(store, Outcome("accepted", 0, 3, 11))
    assert made(store, *records) == set(records)
    assert made(store, "another") == set()


def test_what_another_pc_made_or_entered_before_is_not_claimed(store: Store) -> None:
    receive(store, resident("far", 9, name="远"))
    (record,) = people(store, "甲")
    send_all(store, Outcome("conflict", 0, 1, 12))
    assert made(store, "far", record) == set()


def test_what_the_county_forgot_and_is_told_again_is_not_claimed_for_that(store: Store) -> None:
    receive(store, resident("far", 9, name="远"))
    (record,) = people(store, "甲")
    send_all(store, Outcome("accepted", 0, 1, 12))
    with store.change() as connection:
        fall_back(connection, VILLAGE, Era(1, 5))
    assert made(store, "far", record) == {record}
    send_all(store, Outcome("accepted", 0, 2, 21))
    assert made(store, "far", record) == {record}


def test_what_was_made_here_and_deleted_since_was_still_made_here(store: Store) -> None:
    (record,) = people(store, "甲")
    send_all(store, Outcome("accepted", 0, 1, 11))
    delete(store, record)
    send_all(store, Outcome("accepted", 0, 1, 12))
    assert made(store, record) == {record}
