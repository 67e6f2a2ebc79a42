"""The search index: what a record sorts by and is found by (name, pinyin, initials, tails)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from sqlalchemy import Connection, delete, select

from desktop.pinyin import search_keys, sort_key
from desktop.storage.tables import search_index
from sync.records import KINDS, Record, Values, tidy

#: Of a personal number only this many last characters are indexed.
TAIL = 6


#: What a record is found by: what it sorts by, the words, its area and its id.
Entry = tuple[str, str, str, str]


def put(
    connection: Connection, record: type[Record], area: str, rows: Iterable[tuple[str, Values]]
) -> None:
    """Index records of a kind, given as (id, values), over what was there of them."""
    entries = list(_entries(record, area, rows))
    if entries:
        # Kinds are our own names.
        connection.exec_driver_sql(
            "INSERT INTO search_index (kind, row, sort, text)"  # noqa: S608
            f" SELECT '{record.kind}', rowid, ?, ? FROM {record.kind} WHERE area = ? AND id = ?"
            " ON CONFLICT (kind, row) DO UPDATE SET sort = excluded.sort, text = excluded.text",
            entries,
        )


def drop(connection: Connection, record: type[Record], area: str, records: Sequence[str]) -> None:
    """Take records out of the index, while they still have their row."""
    if records:
        connection.exec_driver_sql(
            f"DELETE FROM search_index WHERE kind = '{record.kind}' AND row ="  # noqa: S608
            f" (SELECT rowid FROM {record.kind} WHERE area = ? AND id = ?)",
            [(area, r) for r in records],
        )


def needles(search: str) -> list[str]:
    """What the search box looks for, all of which must be found: words in half-width lower case,
    of a long number only its tail."""
    # Pasted text may hold what no database takes.
    sound = search.encode("utf-8", "ignore").decode().replace("\0", "")
    words = tidy.fold(sound).lower().split()
    return [w[-TAIL:] if len(w) > TAIL and w[:-1].isdigit() else w for w in words]


def put_right(connection: Connection) -> bool:
    """Make the index anew where it does not have just the live records; whether that was so."""
    for kind in KINDS:
        live = f"SELECT rowid FROM {kind} WHERE deleted = 0"  # noqa: S608 - our own names
        indexed = f"SELECT row FROM search_index WHERE kind = '{kind}'"  # noqa: S608
        for one, other in ((live, indexed), (indexed, live)):
            if connection.exec_driver_sql(f"{one} EXCEPT {other} LIMIT 1").first():
                rebuild(connection)
                return True
    return False


def rebuild(connection: Connection) -> None:
    """Make the whole index anew from the records."""
    connection.execute(delete(search_index))
    for record in KINDS.values():
        table = record.table
        statement = select(table).where(table.c.deleted == 0)
        for part in connection.execute(statement).mappings().partitions(1000):
            for area, rows in groupby(part, itemgetter("area")):
                put(connection, record, area, [(row["id"], dict(row)) for row in rows])


def _entries(
    record: type[Record], area: str, rows: Iterable[tuple[str, Values]]
) -> Iterator[Entry]:
    title = record.fields[record.title]
    searched = [(name, record.fields[name].masked) for name in record.searched]
    for record_id, values in rows:
        name = title.show(values.get(title.name))
        words = [search_keys(name)]
        for field, masked in searched:
            value = values.get(field)
            if value is not None:
                text = str(value).lower()
                words.append(text[-TAIL:] if masked else text)
        yield sort_key(name), " ".join(words), area, record_id
