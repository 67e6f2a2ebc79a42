"""A person is entered once: records about a person repeat the name of that person's record.

A record says by ``named_after`` which of its references that is. The name is filled in from there,
and follows when it is corrected there, as ordinary edits of this PC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection, select

from desktop.storage.constraints import parts_of
from sync.records import KINDS, Record, Value, Values
from sync.records.fields import Reference


def person_of(record: type[Record]) -> Reference | None:
    """The reference to the person whose name a record repeats, if it repeats one."""
    named = record.fields.get(record.named_after or "")
    return named if isinstance(named, Reference) else None


def fill_names(
    connection: Connection, area: str, record: type[Record], rows: Sequence[dict[str, Value]]
) -> None:
    """Give each row that points to a person that person's name as its title."""
    person = person_of(record)
    if person is None:
        return
    known = _names(connection, area, person, rows)
    for row in rows:
        if (name := known.get(row.get(person.name))) is not None:
            row[record.title] = name


def name_problem(
    connection: Connection, area: str, record: type[Record], touched: Values, after: Values
) -> dict[str, str]:
    """Say in Chinese why a name cannot be typed where it repeats a person's; nothing if it can."""
    person = person_of(record)
    if person is None or record.title not in touched or after.get(person.name) is None:
        return {}
    name = _names(connection, area, person, [after]).get(after[person.name])
    if name is None or name == touched[record.title]:
        return {}
    label, where = record.fields[record.title].label, KINDS[person.to].label
    return {record.title: f"{label}跟着“{where}”里的那一条走，写错了请到{where}里改"}


def namesakes(
    connection: Connection, area: str, record: type[Record], record_id: str, name: Value
) -> Iterator[tuple[type[Record], str]]:
    """The live records that repeat ``name``, which this one had, by kind and id. What was written
    for good keeps the name that was true then; what an office has called otherwise, of before names
    were repeated, is its own word."""
    for other in KINDS.values():
        person = person_of(other)
        if person is not None and person.to == record.kind and not other.written:
            table = other.table.c
            statement = select(table.id).where(
                table.area == area,
                table[person.name] == record_id,
                table.deleted == 0,
                table[other.title] == name,
            )
            for found in connection.execute(statement).scalars().all():
                yield other, found


def _names(
    connection: Connection, area: str, person: Reference, rows: Sequence[Values]
) -> dict[Value, Value]:
    named = KINDS[person.to]
    table = named.table.c
    wanted = {row[person.name] for row in rows if row.get(person.name) is not None}
    found: dict[Value, Value] = {}
    for part in parts_of(sorted(wanted, key=str)):
        statement = select(table.id, table[named.title]).where(
            table.area == area, table.id.in_(part)
        )
        found.update(connection.execute(statement).all())
    return found
