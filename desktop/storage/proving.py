"""Comparing the records of this PC with the county's, and putting right what differs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, select

from desktop.storage.bringing_again import Forgotten, bare_rows, bring_again, drop
from desktop.storage.files import Files
from desktop.storage.receiving import receive
from sync.client.ports import Tally
from sync.proof import bucket_of, contents, print_of
from sync.protocol import Rows
from sync.records import KINDS, SYSTEM_COLUMNS, Record

#: Rows read at a time: a register of 100,000 never stands in memory whole.
_PART = 1000


def fields_of(kinds: Collection[str]) -> dict[str, list[str]]:
    """The fields of each kind that are compared: those this program knows."""
    return {kind: list(KINDS[kind].fields) for kind in kinds if kind in KINDS}


def contents_of(connection: Connection, area: str, kind: str) -> list[int]:
    """The checksum of each bucket of a kind, over what the county gave."""
    names = _names(KINDS[kind])
    rows = _held(connection, area, KINDS[kind])
    return contents([row[name] for name in names] for row in rows)


def mend(
    connection: Connection, theirs: Rows, buckets: Collection[int], files: Files
) -> dict[str, int]:
    """Put right the records of some buckets by the county's ``theirs``; how many by what was done.

    ``taken``: the county's version came here. ``again``: the county had lost or gone back on what
    this PC holds, so it is sent again.
    """
    record = KINDS[theirs.kind]
    names = _names(record)
    there = {
        str(row[0]): dict(zip(theirs.names, row, strict=True))
        for row in zip(*theirs.columns, strict=True)
    }
    here = {
        row["id"]: row
        for row in _held(connection, theirs.area, record)
        if bucket_of(row["id"]) in buckets
    }
    wanted = [i for i, row in there.items() if _differs(row, here.get(i), names)]
    taken = [i for i in wanted if there[i]["revision"] >= here.get(i, {}).get("revision", 0)]
    gone = [row for i, row in here.items() if i not in there and row["deleted"]]
    forgotten: list[Forgotten] = [
        (record, row, there[i]["revision"] if i in there else row["revision"])
        for i, row in here.items()
        if row not in gone and (i not in there or there[i]["revision"] < row["revision"])
    ]
    if taken:
        columns = [[there[i][name] for i in taken] for name in theirs.names]
        rows = Rows(theirs.kind, theirs.area, theirs.names, columns)
        receive(connection, rows, Tally(), files)
    for row in gone:
        drop(connection, record, row)
    again = sum(bring_again(connection, forgotten).values())
    return {"taken": len(taken) + len(gone) + len(forgotten) - again, "again": again}


def _held(connection: Connection, area: str, record: type[Record]) -> Iterator[dict[str, Any]]:
    """What the county gave of a kind, without our layers on it and what it never had."""
    table = record.table
    held = select(table).where(table.c.area == area, table.c.revision > 0)
    streamed = connection.execute(held.execution_options(yield_per=_PART))
    for part in streamed.mappings().partitions():
        yield from bare_rows(connection, list(map(dict, part)))


def _names(record: type[Record]) -> list[str]:
    return [*SYSTEM_COLUMNS[1:], *record.fields]


def _differs(there: dict[str, Any], here: dict[str, Any] | None, names: Sequence[str]) -> bool:
    if here is None:
        return True
    shared = [name for name in names if name in there]
    return print_of([there[n] for n in shared]) != print_of([here[n] for n in shared])
