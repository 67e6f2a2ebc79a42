"""The points ledger on this PC: balances derived from entries, and what a new entry may do."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from sync.records import PointsEntry, Values
from sync.records.points import ledger_problem

_entries = PointsEntry.table


def balance_of(connection: Connection, area: str, subject: str) -> int:
    """The sum of a subject's entries, in points."""
    total = select(func.coalesce(func.sum(_entries.c.points), 0)).where(
        _entries.c.area == area, _entries.c.subject == subject, _entries.c.deleted == 0
    )
    return int(connection.execute(total).scalar_one())


def points_problem(connection: Connection, area: str, values: Values) -> dict[str, str]:
    """Check a new entry against the ledger; Chinese sentences by field name."""
    reverses = values.get("reverses")
    here = (_entries.c.area == area, _entries.c.deleted == 0)
    reversed_points = connection.execute(
        select(_entries.c.points).where(
            *here, _entries.c.id == reverses, _entries.c.subject == values.get("subject")
        )
    ).scalar()
    reversed_before = connection.execute(
        select(_entries.c.id).where(*here, _entries.c.reverses == reverses).limit(1)
    ).first()
    return ledger_problem(
        values,
        balance=balance_of(connection, area, str(values.get("subject"))),
        reversed_points=reversed_points,
        reversed_before=reverses is not None and reversed_before is not None,
    )
