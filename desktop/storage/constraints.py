"""What no record can know alone: values already taken, references to nothing, an empty ledger."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from desktop.storage.grid_rules import closed_problems, grid_problems
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
from sync.records.fields import Field, Published, Reference

#: SQLite takes some 32,000 parameters; smaller parts keep memory flat.
PART = 500


def first_problem(
    connection: Connection,
    area: str,
    record: type[Record],
    rows: Sequence[Values],
    before: Values | None = None,
) -> dict[str, str]:
    """Check new rows against the records of the area and against each other, or one that stood as
    ``before``. Returns Chinese sentences by field name for the first row that breaks a rule, or
    nothing."""
    if before is None:
        for field in record.fields.values():
            values = [row[field.name] for row in rows if row.get(field.name) is not None]
            if field.unique and len(values) != len(set(values)):
                return {field.name: f"这一批里有重复的{field.label}"}
    befores = [{}] * len(rows) if before is None else [before]
    if problems := problems_here(connection, area, record, rows, befores):
        return problems[min(problems)]
    if record in (PointsEntry, PointsHandover) and before is None:
        return points_problem(connection, area, record, rows[0])
    if record is ReadinessSwitch and rows:
        return readiness_problem(connection, area, rows[0])
    return {}


def problems_here(
    connection: Connection,
    area: str,
    record: type[Record],
    rows: Sequence[Values],
    befores: Sequence[Values],
) -> dict[int, dict[str, str]]:
    """Check each row against the records of the area, and not against the others.

    ``befores`` are the rows as they stand, empty for new ones: what they hold already is theirs.
    Returns, by place, Chinese sentences by field name for the first rule that a row breaks.
    """
    found: dict[int, dict[str, str]] = {}

    def note(name: str, sentences: Mapping[int, str]) -> None:
        for place, sentence in sentences.items():
            found.setdefault(place, {name: sentence})

    for field in record.fields.values():
        if field.unique:
            note(field.name, _taken(connection, area, record, field, rows, befores))
    for reference in record.references():
        note(reference.name, _dangling(connection, area, reference, rows))
    if record is Grid:
        for place, problems in grid_problems(connection, area, rows, befores).items():
            found.setdefault(place, problems)
    for place, problems in closed_problems(connection, area, record, rows, befores).items():
        found.setdefault(place, problems)
    for published in record.published():
        note(published.name, _unpublished(connection, published, rows))
    return found


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
    befores: Sequence[Values],
) -> dict[int, str]:
    """The rows of which another record has the value, by place."""
    table = record.table
    holders: defaultdict[Value, list[tuple[Value, Value]]] = defaultdict(list)
    for part in parts_of([row[field.name] for row in rows if row.get(field.name) is not None]):
        statement = select(table.c[field.name], table.c.id, table.c[record.title]).where(
            table.c.area == area, table.c[field.name].in_(part), table.c.deleted == 0
        )
        for value, holder, title in connection.execute(statement):
            holders[value].append((holder, title))
    found: dict[int, str] = {}
    if not holders:
        # As nearly always: many rows need not be looked through for that.
        return found
    #: What the rows further up are called by then.
    called: dict[Value, Value] = {}
    for place, (row, before) in enumerate(zip(rows, befores, strict=True)):
        own = before.get("id")
        for holder, title in holders.get(row.get(field.name), ()):
            if holder != own:
                name = called.get(holder, title)
                found.setdefault(place, f"{field.label}已登记在“{name}”名下")
        if own is not None:
            called[own] = row[record.title]
    return found


def _dangling(
    connection: Connection, area: str, reference: Reference, rows: Sequence[Values]
) -> dict[int, str]:
    """The rows that point to nothing, by place."""
    wanted = {row[reference.name] for row in rows if row.get(reference.name) is not None}
    table = KINDS[reference.to].table
    known: set[Any] = set()
    for part in parts_of(list(wanted)):
        statement = select(table.c.id).where(
            table.c.area == area, table.c.id.in_(part), table.c.deleted == 0
        )
        known.update(connection.execute(statement).scalars())
    strange = wanted - known
    sentence = f"{reference.label}指向的记录不存在或已删除"
    looked_at = enumerate(rows) if strange else ()
    return {place: sentence for place, row in looked_at if row.get(reference.name) in strange}


def _unpublished(
    connection: Connection, published: Published, rows: Sequence[Values]
) -> dict[int, str]:
    """The rows that hold what is on no list of the county, by place."""
    held = {str(row[published.name]) for row in rows if row.get(published.name) is not None}
    strange = held - names_of_items(connection, held).keys()
    sentence = f"{published.label}不在县里公布的清单里"
    looked_at = enumerate(rows) if strange else ()
    return {place: sentence for place, row in looked_at if str(row.get(published.name)) in strange}


def parts_of(values: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Slices small enough for one statement."""
    for start in range(0, len(values), PART):
        yield values[start : start + PART]
