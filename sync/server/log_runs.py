"""Runs: what a PC wrote anew at once and the county numbered one after the other, in one row.

The first sync of a village is ten thousand new records of which the log has nothing to tell but
that they were taken in. One row of the log for each would cost the county more than the records do,
so those that differ in nothing but the last part of their ids lie in one row together. Whoever asks
the log gets them as if each had a row of its own.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.protocol import Block
from sync.records.base import bulky_kinds
from sync.server.asking import ask, ask_each, ask_one
from sync.server.bulk import Row
from sync.server.tables import log_run

#: The columns of a run, in the order of the tuples made here.
COLUMNS = tuple(column.name for column in log_run.columns)
#: Fewer are logged one by one: a row of the log is read with less ado.
LEAST = 16
#: As programs write one; no longer than a database counts.
_PLACE = re.compile(r"0|[1-9][0-9]{0,14}")
_PLACES = re.compile(rf"(?:(?:{_PLACE.pattern})\n)*+")

_AT = (
    'SELECT revision, kind, "transaction", place, "by", at, device, received_at, records'
    " FROM log_run WHERE area = ? AND revision <= ? ORDER BY revision DESC LIMIT 1"
)
# The first that reaches behind the cursor may begin before it; none overlaps another.
_WITHIN = (
    "SELECT revision, kind, records FROM log_run WHERE area = ? AND revision <= ?"
    " AND revision + changes > ? AND revision >= coalesce((SELECT max(revision) FROM log_run"
    " WHERE area = ? AND revision <= ?), 0) ORDER BY revision"
)


class Run(NamedTuple):
    """Some new records of one kind: ``numbers`` are their revisions by id."""

    kind: str
    numbers: dict[str, int]


def run_of(
    area: str, block: Block, part: range, revision: int, device: str, received_at: str
) -> Row | None:
    """The row for the changes at the places ``part`` of a block of plain creates, the first of them
    numbered ``revision``; None where they are to be logged one by one."""
    ids = block.ids[part.start : part.stop]
    by, at = set(block.by[part.start : part.stop]), set(block.at[part.start : part.stop])
    # Bulky records are counted in the log, so that not too many go into one message.
    if len(ids) < LEAST or len(by) > 1 or len(at) > 1 or block.kind in bulky_kinds():
        return None
    transaction, place = _parted(ids[0])
    if ids != [f"{transaction}.{number}" for number in range(place, place + len(ids))]:
        return None
    records = json.dumps(block.records[part.start : part.stop])
    head = (area, revision, len(ids), block.kind, transaction, place)
    return (*head, by.pop(), at.pop(), device, received_at, records)


def numbers_of(
    connection: Connection, area: str, changes: Collection[str]
) -> Iterator[tuple[str, int]]:
    """The revisions of those of ``changes`` that lie in runs, by the change's id."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for change in changes:
        transaction, _, place = change.rpartition(".")
        texts[transaction].append(place)
    texts.pop("", None)
    if not texts:
        return
    wanted, key = '"transaction", place, changes, revision', ('"transaction"', area)
    runs = ask_each(connection, wanted, "log_run", key, texts)
    places = {transaction: _places(texts[transaction]) for transaction, *_ in runs}
    for transaction, first, count, revision in runs:
        asked = places[transaction]
        both = range(max(first, min(asked)), min(first + count, max(asked) + 1)) if asked else ()
        for number in asked.intersection(both):
            yield f"{transaction}.{number}", revision + number - first


def rows_at(
    connection: Connection, area: str, revisions: Collection[int]
) -> Iterator[dict[str, Any]]:
    """The rows that the log would have under some numbers, where these lie in runs."""
    left = sorted(revisions)
    while left:
        found = ask_one(connection, _AT, (area, left[-1]))
        if found is None:
            return
        first, kind, transaction, place, by, at, device, received_at, records = found
        ids = json.loads(records)
        while left and left[-1] >= first:
            number = left.pop()
            if number < first + len(ids):
                yield {
                    "area": area,
                    "change": f"{transaction}.{place + number - first}",
                    "revision": number,
                    "previous": 0,
                    "kind": kind,
                    "record": ids[number - first],
                    "operation": "create",
                    "code": "accepted",
                    "reason": "",
                    "fields": None,
                    "by": by,
                    "at": at,
                    "device": device,
                    "received_at": received_at,
                }


def runs_within(connection: Connection, area: str, after: int, upto: int) -> list[Run]:
    """What lies in runs under the numbers behind ``after`` up to ``upto``, in their order."""
    values = (area, upto, after + 1, area, after + 1)
    found = ask(connection, _WITHIN, values)
    return [
        Run(kind, {i: n for n, i in enumerate(json.loads(records), first) if after < n <= upto})
        for first, kind, records in found
    ]


def _places(texts: Sequence[str]) -> set[int]:
    """The numbers among some last parts of ids."""
    # One match over all of them takes a fifth of the time of one match each.
    lines = "\n".join(texts) + "\n"
    if lines.count("\n") == len(texts) and _PLACES.fullmatch(lines):
        return set(map(int, texts))
    return {int(text) for text in texts if _PLACE.fullmatch(text)}


def _parted(change: str) -> tuple[str, int]:
    """The transaction of a change and its place there; -1 for an id of another form."""
    transaction, _, place = change.rpartition(".")
    known = transaction and _PLACE.fullmatch(place)
    return (transaction, int(place)) if known else (change, -1)
