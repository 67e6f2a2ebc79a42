"""Which records were made on this PC: the record itself says by whom and when, but not where.

New records have no step in the history, for there may be a hundred thousand of them at once. The
end of each id, a message in one row, is enough to know one's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection

from desktop.storage.driver import carry_out, tuples_of

#: So many characters at the end of an id are its own: 48 bits by chance, or of a digest.
_END = 12
_INSERT = "INSERT INTO made_here (area, kind, records) VALUES (?, ?, ?)"
#: What the county forgot and is told again has a base: whoever made that is not known here.
_WAITING = (
    "SELECT record FROM outbox WHERE operation = 'create' AND base = 0"
    " AND record IN (SELECT value FROM json_each(?))"
)


def note(connection: Connection, area: str, made: Mapping[str, Iterable[str]]) -> None:
    """Keep that the county took in, as new, records that were made here: their ids by kind."""
    rows = [(area, kind, "\n".join(map(_mark, records))) for kind, records in made.items()]
    carry_out(connection, _INSERT, rows)


def made_here(connection: Connection, kind: str, records: Sequence[str]) -> set[str]:
    """Those of some records of a kind of which this PC knows that they were made here."""
    sql = "SELECT records FROM made_here WHERE kind = ?"
    noted = "\n".join(["", *(marks for (marks,) in tuples_of(connection, sql, (kind,))), ""])
    made = {record for record in records if f"\n{_mark(record)}\n" in noted}
    return made.union(record for (record,) in tuples_of(connection, _WAITING, _listed(records)))


def _listed(records: Sequence[str]) -> tuple[str]:
    return (json.dumps(list(records)),)


def _mark(record: str) -> str:
    return record[-_END:]
