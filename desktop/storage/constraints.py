"""What no record can know alone: values already taken, references to nothing, an empty ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, select

from desktop.storage.grid_rules import closed_problem, grid_problem
from desktop.storage.ledger import points_problem
from desktop.storage.lists import names_of_items
from desktop.storage.readiness import readiness_problem
from sync.records import (
    KINDS,
    Grid,
    PointsEntry,
    PointsHandover,
    ReadinessSwitch,
    Record,
    Value,
    Values,
)
from sync.records.fields import Field, Reference

#: SQLite takes some 32,000 parameters; smaller parts keep memory flat.
_PART = 500


def first_problem(
    connection: Connection,
    area: str,
    record: type[Record],
    rows: Sequence[Values],
    but: str = "",
) -> dict[str, str]:
    """Check rows against the records of the area and against each other.

    ``but`` is the id of the record that an edit changes. Returns Chinese sentences by field name
    for the first row that breaks a rule, or nothing.
    """
    for field in record.fields.values():
        if field.unique:
            sentence = _taken(connection, area, record, field, rows, but)
            if sentence:
                return {field.name: sentence}
    for reference in record.references():
        if _dangling(connection, area, reference, rows):
            return {reference.name: f"{reference.label}指向的记录不存在或已删除"}
    if record is Grid and (problems := grid_problem(connection, area, rows, but)):
        return problems
    if problems := closed_problem(connection, area, record, rows, but):
        return problems
    for published in record.published():
        held = {str(row[published.name]) for row in rows if row.get(published.name) is not None}
        if held - names_of_items(connection, held).keys():
            return {published.name: f"{published.label}不在县里公布的清单里"}
    if record in (PointsEntry, PointsHandover) and not but:
        return points_problem(connection, area, record, rows[0])
    if record is ReadinessSwitch and rows:
        return readiness_problem(connection, area, rows[0])
    return {}


def referrer(
    connection: Connection, area: str, record: type[Record], record_id: str
) -> Reference | None:
    """A reference of a live record that points to this one: (it must not be deleted), or None."""
    for other in KINDS.values():
        for reference in other.references():
            if reference.to == record.kind:
                table = other.table
                statement = select(table.c.id).where(
                    table.c.area == area,
                    table.c[reference.name] == record_id,
                    table.c.deleted == 0,
                )
                if connection.execute(statement.limit(1)).first():
                    return reference
    return None


def _taken(
    connection: Connection,
    area: str,
    record: type[Record],
    field: Field,
    rows: Sequence[Values],
    but: str,
) -> str | None:
    values = [row[field.name] for row in rows if row.get(field.name) is not None]
    if len(values) != len(set(values)):
        return f"这一批里有重复的{field.label}"
    table = record.table
    for part in parts_of(values):
        statement = select(table.c[record.title]).where(
            table.c.area == area,
            table.c[field.name].in_(part),
            table.c.deleted == 0,
            table.c.id != but,
        )
        title = connection.execute(statement.limit(1)).scalar()
        if title is not None:
            return f"{field.label}已登记在“{title}”名下"
    return None


def _dangling(
    connection: Connection, area: str, reference: Reference, rows: Sequence[Values]
) -> bool:
    wanted = {row[reference.name] for row in rows if row.get(reference.name) is not None}
    table = KINDS[reference.to].table
    found: set[Any] = set()
    for part in parts_of(list(wanted)):
        statement = select(table.c.id).where(
            table.c.area == area, table.c.id.in_(part), table.c.deleted == 0
        )
        found.update(connection.execute(statement).scalars())
    return wanted != found


def parts_of(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Slices small enough for one statement."""
    for start in range(0, len(values), _PART):
        yield values[start : start + _PART]
