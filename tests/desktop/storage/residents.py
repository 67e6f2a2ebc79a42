"""Residents of a store as tests write, receive and see them."""

from __future__ import annotations

from desktop.storage.listing import Listing, order_of, row_of, rows_at
from desktop.storage.store import Store
from sync.protocol import Rows
from sync.records import Resident, Value
from tests.support.store import county_rows


def people(store: Store, *names: str) -> list[str]:
    with store.write() as writing:
        return writing.create_many(Resident, [{"name": name} for name in names])


def edit(store: Store, record_id: str, **values: Value) -> None:
    with store.write() as writing:
        writing.edit(Resident, record_id, values)


def delete(store: Store, record_id: str) -> None:
    with store.write() as writing:
        writing.delete(Resident, record_id)


def resident(record_id: str, revision: int, **values: Value) -> Rows:
    return county_rows(Resident, {"id": record_id, "revision": revision, **values})


def shown(store: Store, record_id: str) -> dict[str, Value] | None:
    with store.read() as connection:
        row = row_of(connection, "resident", record_id)
    return None if row is None else {n: v for n, v in row.values.items() if v is not None}


def listed(store: Store, search: str = "") -> list[Value]:
    with store.read() as connection:
        order = order_of(connection, Listing("resident", search=search))
        return [row.values["name"] for row in rows_at(connection, "resident", order)]


def revision_of(store: Store, record_id: str) -> int:
    with store.read() as connection:
        row = row_of(connection, "resident", record_id)
    assert row is not None
    return row.revision
