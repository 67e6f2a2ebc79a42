"""What the county holds of each area, by kind: kept with each write, made anew on a doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from sync.proof import MODULUS, Step, moved
from sync.protocol import Holding
from sync.records import KINDS
from sync.server.asking import ask, write_many
from sync.server.tables import holding

_ADD = (
    "INSERT INTO holding (area, kind, records, checksum) VALUES (?, ?, ?, ?)"  # noqa: S608
    " ON CONFLICT (area, kind) DO UPDATE SET records = holding.records + excluded.records,"
    f" checksum = (holding.checksum + excluded.checksum) % {MODULUS}"
)
_HELD = "SELECT area, kind, records, checksum FROM holding WHERE area"


def holdings_of(connection: Connection, areas: Sequence[str]) -> list[Holding]:
    """What the county holds of ``areas``."""
    sql = f"{_HELD} IN ({', '.join('?' * len(areas))})"
    return [Holding(*row) for row in ask(connection, sql, areas)]


def note(connection: Connection, area: str, steps: Mapping[str, Sequence[Step]]) -> None:
    """Add to what is held of an area, by kind; the caller holds the area's lock."""
    write_many(connection, _ADD, [(area, kind, *moved(taken)) for kind, taken in steps.items()])


def recount(connection: Connection, area: str, kinds: Iterable[str] = KINDS) -> bool:
    """Make the holdings of an area anew from its records; whether they were wrong.

    The caller holds the area's lock.
    """
    wrong = False
    kept = {h.kind: h for h in holdings_of(connection, [area])}
    for kind in kinds:
        table = KINDS[kind].table
        rows = connection.execute(select(table.c.id, table.c.revision).where(table.c.area == area))
        found = Holding(area, kind, *moved((record, revision, 0) for record, revision in rows))
        before = kept.get(kind, Holding(area, kind, 0, 0))
        if found != before:
            wrong = True
            here = (holding.c.area == area, holding.c.kind == kind)
            connection.execute(delete(holding).where(*here))
            values = {"records": found.records, "checksum": found.checksum}
            connection.execute(insert(holding).values(area=area, kind=kind, **values))
    return wrong
