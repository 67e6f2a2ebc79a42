"""What a store holds, to be held against what it holds another way, and what it was asked."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event

from desktop.storage.store import Store
from sync.records import KINDS


def left(connection: Connection, kind: str) -> object:
    """All that stands in the tables, apart from numbers that are given by chance and times. Changes
    are called by their place among those of their record; those of one kind are in their order."""
    waiting = all_of(connection, "outbox ORDER BY number")
    called: dict[str, str] = {}
    nth: Counter[str] = Counter()
    for entry in waiting:
        nth[entry["record"]] += 1
        called[entry.pop("change")] = f"{entry['record']} {nth[entry['record']]}"
        del entry["number"], entry["at"]
    for entry in waiting:
        # What is known of others, in the order of knowing.
        entry["after_json"] = [called.get(c, c) for c in json.loads(entry["after_json"])]
    tables = {name: all_of(connection, name) for name in (*KINDS, "standing", "search_index")}
    tables |= {name: all_of(connection, name) for name in ("event_standing", "history", "holding")}
    for rows in tables.values():
        rows.sort(key=str)
        for row in rows:
            row.pop("made_at", None)
    by_record = sorted(waiting, key=lambda entry: str(entry["record"]))
    order = [entry["record"] for entry in waiting if entry["kind"] == kind]
    return tables, by_record, order


def all_of(connection: Connection, table: str) -> list[dict[str, Any]]:
    found = connection.exec_driver_sql(f"SELECT * FROM {table}")
    return [dict(row) for row in found.mappings()]


@contextmanager
def statements(engine: Engine) -> Iterator[list[int]]:
    """How many statements are asked within."""
    counted = [0]

    def count(*_: object) -> None:
        counted[0] += 1

    event.listen(engine, "before_cursor_execute", count)
    try:
        yield counted
    finally:
        event.remove(engine, "before_cursor_execute", count)


@contextmanager
def undone(store: Store) -> Iterator[Connection]:
    """A transaction that is taken back."""
    with store.engine.connect().execution_options(writes=True) as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()
