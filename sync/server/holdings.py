"""What the county holds of each area, by kind: kept with each write, made anew on a doubt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from sync.proof import MODULUS, Step, moved
from sync.protocol import Holding
from sync.records import KINDS
from sync.server.tables import holding

# Built once: each request asks it, most of them for nothing else.
_HELD = select(holding).where(holding.c.area.in_(bindparam("areas", expanding=True)))


def holdings_of(connection: Connection, areas: Sequence[str]) -> list[Holding]:
    """What the county holds of ``areas``."""
    return [Holding(*row) for row in connection.execute(_HELD, {"areas": list(areas)}).all()]


def note(connection: Connection, area: str, steps: Mapping[str, Sequence[Step]]) -> None:
    """Add to what is held of an area, by kind; the caller holds the area's lock."""
    rows = [
        {"area": area, "kind": kind, "records": records, "checksum": checksum}
        for kind, taken in steps.items()
        for records, checksum in [moved(taken)]
    ]
    if not rows:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    new = dialect.insert(holding)
    added = new.on_conflict_do_update(
        index_elements=["area", "kind"],
        set_={
            "records": holding.c.records + new.excluded.records,
            "checksum": (holding.c.checksum + new.excluded.checksum) % MODULUS,
        },
    )
    connection.execute(added, rows)


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
