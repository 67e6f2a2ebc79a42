"""Which records were made on this PC: the record itself says by whom and when, but not where.

New records have no step in the history, for there may be a hundred thousand of them at once. Eight
bytes each, a message in one row, are enough to know one's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import blake2b

from sqlalchemy import Connection

from desktop.storage.driver import carry_out, tuples_of

_BYTES = 8
_INSERT = "INSERT INTO made_here (area, kind, records) VALUES (?, ?, ?)"
#: What the county forgot and is told again has a base: whoever made that is not known here.
_WAITING = (
    "SELECT record FROM outbox WHERE operation = 'create' AND base = 0"
    " AND record IN (SELECT value FROM json_each(?))"
)


def note(connection: Connection, area: str, made: Mapping[str, Iterable[str]]) -> None:
    """Keep that the county took in, as new, records that were made here: their ids by kind."""
    rows = [(area, kind, b"".join(map(_mark, records))) for kind, records in made.items()]
    carry_out(connection, _INSERT, rows)


def made_here(connection: Connection, kind: str, records: Sequence[str]) -> set[str]:
    """Those of some records of a kind of which this PC knows that they were made here."""
    sql = "SELECT records FROM made_here WHERE kind = ?"
    noted = [marks for (marks,) in tuples_of(connection, sql, (kind,))]
    made = {record for record in records if any(_in(marks, _mark(record)) for marks in noted)}
    return made.union(record for (record,) in tuples_of(connection, _WAITING, _listed(records)))


def _listed(records: Sequence[str]) -> tuple[str]:
    return (json.dumps(list(records)),)


def _mark(record: str) -> bytes:
    return blake2b(record.encode(), digest_size=_BYTES).digest()


def _in(marks: bytes, mark: bytes) -> bool:
    place = marks.find(mark)
    while place % _BYTES and place >= 0:
        place = marks.find(mark, place + 1)
    return place >= 0
