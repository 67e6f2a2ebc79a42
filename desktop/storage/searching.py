"""The search index: what a record sorts by and is found by (name, pinyin, initials, tails)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sqlalchemy import Connection, RowMapping, delete, func, select

from desktop.storage.pinyin import search_keys, sort_key
from desktop.storage.tables import search_index
from sync.records import KINDS, Record, Values

#: Of a personal number only this many last characters are indexed.
TAIL = 6


#: One index row: kind, area, record, what it sorts by, what it is found by.
Entry = tuple[str, str, str, str, str]


def entry_of(record: type[Record], area: str, record_id: str, values: Values) -> Entry:
    """The index row of one record."""
    return next(entries_of(record, area, [(record_id, values)]))


def entries_of(
    record: type[Record], area: str, rows: Iterable[tuple[str, Values]]
) -> Iterator[Entry]:
    """The index rows of (id, values) of many records of a kind."""
    title = record.fields[record.title]
    searched = [(name, record.fields[name].masked) for name in record.searched]
    kind = record.kind
    for record_id, values in rows:
        name = title.show(values.get(title.name))
        words = [search_keys(name)]
        for field, masked in searched:
            value = values.get(field)
            if value is not None:
                text = str(value).lower()
                words.append(text[-TAIL:] if masked else text)
        yield kind, area, record_id, sort_key(name), " ".join(words)


def put(connection: Connection, entries: Sequence[Entry]) -> None:
    """Write index rows, over those that their records had."""
    if entries:
        connection.exec_driver_sql(
            "INSERT INTO search_index (kind, area, record, sort, text) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (record, kind) DO UPDATE SET area = excluded.area,"
            " sort = excluded.sort, text = excluded.text",
            list(entries),
        )


def drop(connection: Connection, kind: str, records: Sequence[str]) -> None:
    """Take records out of the index."""
    if records:
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
            put(connection, [_entry(record, row) for row in part])
    return connection.execute(select(func.count()).select_from(search_index)).scalar_one()


def _entry(record: type[Record], row: RowMapping) -> Entry:
    return entry_of(record, row["area"], row["id"], dict(row))
