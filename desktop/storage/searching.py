"""The search index: what a record sorts by and is found by (name, pinyin, initials, tails).

A list is always right at once. The words that a sync changes are written behind it (``later``,
``catch_up``): each is a page of the file more, and whoever searches before looks at these records
themselves (``fresh``).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, delete, select

from desktop.pinyin import keys_of
from desktop.storage.driver import carry_out, tuples_of
from desktop.storage.tables import reworded, search_index
from sync.records import KINDS, Record, Values, tidy

#: Of a personal number only this many last characters are indexed.
TAIL = 6


_NONE: Mapping[str, int] = MappingProxyType({})
#: Of a long text only so many first characters are read as pinyin: nobody types more, and the index
#: of events would be five times as long as they are.
READ_ALOUD = 32

#: What a record is found by: its id, what it sorts by, the words.
Entry = tuple[str, str, str]


def put(
    connection: Connection, record: type[Record], area: str, rows: Iterable[tuple[str, Values]]
) -> None:
    """Index records of a kind, given as (id, values), over what was there of them."""
    names = _names(record)
    made = [(record_id, *map(values.get, names[1:])) for record_id, values in rows]
    put_rows(connection, record, area, names, made)


def put_rows(
    connection: Connection,
    record: type[Record],
    area: str,
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    just_made: Mapping[str, int] = _NONE,
) -> None:
    """Index records of a kind, given as rows of the columns ``names``, over what was there of
    them. What is there already and still right is not written again: a page of the file that
    nothing changes needs no encrypting, and most edits leave the order alone. Those ``just_made``,
    by id with the number of their row, need not be looked for."""
    entries = list(_entries(record, names, rows))
    if not entries:
        return
    known = _known(connection, record, area, [e[0] for e in entries if e[0] not in just_made])
    new, moved, changed = [], [], []
    for record_id, sort, text in entries:
        if (number := just_made.get(record_id)) is not None:
            new.append((number, sort, text))
            continue
        row, old_sort, old_text = known[record_id]
        if old_sort is None:
            new.append((row, sort, text))
        elif old_sort != sort:
            moved.append((sort, text, row))
        elif old_text != text:
            changed.append((text, row))
    # Kinds are our own names.
    here = f"kind = '{record.kind}' AND row = ?"
    for sql, changes in (
        (
            "INSERT OR REPLACE INTO search_index (kind, row, sort, text)"  # noqa: S608
            f" VALUES ('{record.kind}', ?, ?, ?)",
            new,
        ),
        (f"UPDATE search_index SET sort = ?, text = ? WHERE {here}", moved),  # noqa: S608
        (f"UPDATE search_index SET text = ? WHERE {here}", changed),  # noqa: S608
    ):
        carry_out(connection, sql, changes)


def later(connection: Connection, record: type[Record], area: str, ids: Sequence[str]) -> None:
    """Note records of a kind whose words have changed, and not what they sort by."""
    if ids:
        sql = "INSERT INTO reworded (area, kind, records) VALUES (?, ?, ?)"
        carry_out(connection, sql, [(area, record.kind, json.dumps(ids))])


def fresh(connection: Connection, kinds: Iterable[str]) -> dict[str, dict[int, str]]:
    """The words of those records whose words in the index are older: the text by the number of
    the row, by kind."""
    found: dict[str, dict[int, str]] = {}
    for _, area, kind, ids in _waiting(connection):
        if kind in kinds:
            rows = _live(connection, KINDS[kind], area, ids)
            entries = _entries(KINDS[kind], _names(KINDS[kind]), rows)
            texts = {row[-1]: text for row, (_, _, text) in zip(rows, entries, strict=True)}
            found.setdefault(kind, {}).update(texts)
    return found


def catch_up(connection: Connection) -> bool:
    """Bring a part of what was left for later into the index; whether there may be more."""
    for number, area, kind, ids in _waiting(connection, 1):
        rows = _live(connection, KINDS[kind], area, ids)
        put_rows(connection, KINDS[kind], area, _names(KINDS[kind]), rows)
        carry_out(connection, "DELETE FROM reworded WHERE number = ?", [(number,)])
        return True
    return False


def waits(connection: Connection) -> bool:
    """Whether something was left for later."""
    return bool(_waiting(connection, 1))


def drop(connection: Connection, record: type[Record], area: str, records: Sequence[str]) -> None:
    """Take records out of the index, while they still have their row."""
    carry_out(
        connection,
        f"DELETE FROM search_index WHERE kind = '{record.kind}' AND row ="  # noqa: S608
        f" (SELECT rowid FROM {record.kind} WHERE area = ? AND id = ?)",
        [(area, record_id) for record_id in records],
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
    connection.execute(delete(reworded))
    for record in KINDS.values():
        table = record.table
        statement = select(table).where(table.c.deleted == 0)
        for part in connection.execute(statement).mappings().partitions(1000):
            for area, rows in groupby(part, itemgetter("area")):
                put(connection, record, area, [(row["id"], dict(row)) for row in rows])


def _waiting(connection: Connection, most: int = -1) -> list[tuple[int, str, str, str]]:
    """The number, the area, the kind and the ids of the ``most`` first parts (-1: of all) that
    were left for later."""
    sql = "SELECT number, area, kind, records FROM reworded ORDER BY number LIMIT ?"
    return tuples_of(connection, sql, (most,))


def _names(record: type[Record]) -> tuple[str, ...]:
    return ("id", record.title, *record.searched)


def _live(
    connection: Connection, record: type[Record], area: str, ids: str
) -> list[tuple[Any, ...]]:
    """Those of some records that are live, by ``_names`` and the number of the row."""
    columns = ", ".join(f'"{name}"' for name in _names(record))
    return tuples_of(
        connection,
        f"SELECT {columns}, rowid FROM {record.kind} WHERE area = ? AND deleted = 0"  # noqa: S608
        " AND id IN (SELECT value FROM json_each(?))",
        (area, ids),
    )


def _known(
    connection: Connection, record: type[Record], area: str, ids: Sequence[str]
) -> dict[str, tuple[int, str | None, str | None]]:
    """The number of each record's row, and what it sorts by and is found by so far."""
    if not ids:
        return {}
    found = tuples_of(
        connection,
        # A record may have fields of the index's names.
        f"SELECT r.id, r.rowid, s.sort, s.text FROM {record.kind} r"  # noqa: S608
        f" LEFT JOIN search_index s ON s.kind = '{record.kind}' AND s.row = r.rowid"
        " WHERE r.area = ? AND r.id IN (SELECT value FROM json_each(?))",
        (area, json.dumps(ids)),
    )
    return {record_id: (row, sort, text) for record_id, row, sort, text in found}


def _entries(
    record: type[Record], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> Iterator[Entry]:
    show = record.fields[record.title].show
    place_of_id, place_of_title = names.index("id"), names.index(record.title)
    searched = [(names.index(n), record.fields[n].masked) for n in record.searched if n in names]
    for row in rows:
        name = show(row[place_of_title])
        sort, keys = keys_of(name[:READ_ALOUD])
        words = [keys] if len(name) <= READ_ALOUD else [name.lower(), keys]
        for place, masked in searched:
            value = row[place]
            if value is not None:
                word = str(value).lower()
                words.append(word[-TAIL:] if masked else word)
        yield row[place_of_id], sort, " ".join(words)
