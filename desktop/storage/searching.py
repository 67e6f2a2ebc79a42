"""The search index: what a record sorts by and is found by (name, pinyin, initials, tails)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from desktop.storage.pinyin import search_keys, sort_key
from desktop.storage.tables import search_index
from sync.records import KINDS, Record, Values

#: Of a personal number only this many last characters are indexed.
TAIL = 6


def entry_of(record: type[Record], area: str, record_id: str, values: Values) -> dict[str, Any]:
    """The index row of one record."""
    title = record.fields[record.title].show(values.get(record.title))
    words = [search_keys(title)]
    for name in record.searched:
        value = values.get(name)
        if value is not None:
            text = str(value).lower()
            words.append(text[-TAIL:] if record.fields[name].masked else text)
    return {
        "kind": record.kind,
        "area": area,
        "record": record_id,
        "sort": sort_key(title),
        "text": " ".join(words),
    }


def put(connection: Connection, entries: Sequence[dict[str, Any]], *, fresh: bool = False) -> None:
    """Write index rows; ``fresh`` when the records are known to be new."""
    if not entries:
        return
    if not fresh:
        drop(connection, entries[0]["kind"], [entry["record"] for entry in entries])
    connection.execute(insert(search_index), list(entries))


def drop(connection: Connection, kind: str, records: Sequence[str]) -> None:
    """Take records out of the index."""
    connection.exec_driver_sql(
        "DELETE FROM search_index WHERE kind = ? AND record = ?", [(kind, r) for r in records]
    )


def needle(search: str) -> str:
    """What the search box looks for: lower case, of a long number only its tail."""
    text = search.strip().lower()
    number = len(text) > TAIL and text[:-1].isdigit()
    return text[-TAIL:] if number else text


def rebuild(connection: Connection) -> int:
    """Make the whole index anew from the records; return the number of rows."""
    connection.execute(delete(search_index))
    for record in KINDS.values():
        table = record.table
        rows = connection.execute(select(table).where(table.c.deleted == 0)).mappings()
        for part in rows.partitions(1000):
            put(connection, list(_entries(record, part)), fresh=True)
    return connection.execute(select(func.count()).select_from(search_index)).scalar_one()


def _entries(record: type[Record], rows: Iterable[Any]) -> Iterable[dict[str, Any]]:
    return (entry_of(record, row["area"], row["id"], row) for row in rows)
