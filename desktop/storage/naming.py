"""A person is entered once: records about a person repeat the name of that person's record.

A record says by ``named_after`` which of its references that is. The name is filled in from there,
and follows when it is corrected there, as ordinary edits of this PC.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, select

from desktop.storage.constraints import parts_of
from sync.records import KINDS, Record, Value, Values
from sync.records.checks import forbidden
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


def name_edits(
    connection: Connection,
    area: str,
    record: type[Record],
    edits: Sequence[tuple[Values, dict[str, Value]]],
) -> list[dict[str, str]]:
    """Let edits, given as what they touch and the row after them, give it the name of the person
    they choose. Returns of each, by field, why a name cannot be typed where it repeats a person's;
    nothing where it can."""
    found: list[dict[str, str]] = [{} for _ in edits]
    person = person_of(record)
    if person is None:
        return found
    naming = [after for touched, after in edits if touched.keys() & {person.name, record.title}]
    known = _names(connection, area, person, naming)
    label, where = record.fields[record.title].label, KINDS[person.to].label
    for place, (touched, after) in enumerate(edits):
        name = known.get(after.get(person.name))
        if name is None:
            continue
        if touched.get(record.title, name) != name:
            sentence = f"{label}跟着“{where}”里的那一条走，写错了请到{where}里改"
            found[place] = {record.title: sentence}
        elif person.name in touched:
            after[record.title] = name
    return found


def namesakes(
    connection: Connection, area: str, record: type[Record], names: Mapping[str, Value]
) -> Iterator[tuple[type[Record], list[tuple[str, str]]]]:
    """The live records that repeat a name which some records had, given by their ids: of each kind,
    their ids and those they are named after. What was written for good keeps the name that was true
    then; what an office has called otherwise, of before names were repeated, is its own word."""
    for other in KINDS.values():
        person = person_of(other)
        if person is None or person.to != record.kind:
            continue
        if other.written or forbidden(other, "edit"):
            continue
        table, found = other.table.c, list[tuple[str, str]]()
        named, title = table[person.name], table[other.title]
        for part in parts_of(list(names)):
            statement = select(table.id, named, title).where(
                table.area == area, named.in_(part), table.deleted == 0
            )
            rows = connection.execute(statement).all()
            found += [(own, whose) for own, whose, name in rows if name == names[whose]]
        if found:
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
