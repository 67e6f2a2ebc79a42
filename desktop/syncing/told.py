"""One value as a cadre reads it, masked and whole. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from desktop.storage.listing import areas
from desktop.storage.lists import names_of_items
from sync.records import KINDS, Value
from sync.records.fields import Field, Money, Number, Published, Reference

NOTHING, NOT_HERE = "（空）", "（本机没有）"


@dataclass(frozen=True)
class Told:
    """``masked`` at a glance, ``full`` when asked for."""

    masked: str
    full: str = field(repr=False)


def told(connection: Connection, declared: Field, value: Value) -> Told:
    """A value of a field; a reference by the name of what it points to."""
    if value is None:
        return Told(NOTHING, NOTHING)
    if isinstance(declared, Reference):
        text = _name(connection, declared, str(value))
        return Told(declared.mask(text), text)
    unit = declared.unit if isinstance(declared, Number) else ""
    gap = " " if isinstance(declared, Money) else ""
    full = f"{declared.tell(value)}{gap}{unit}"
    return Told(f"{declared.mask(value)}{gap}{unit}" if declared.masked else full, full)


def _name(connection: Connection, declared: Reference, record_id: str) -> str:
    if isinstance(declared, Published):
        return names_of_items(connection, [record_id]).get(record_id, NOT_HERE)
    named = KINDS[declared.to]
    title, table = named.fields[named.title], named.table.c
    wanted = select(table[named.title]).where(
        table.area.in_(areas(connection)), table.id == record_id
    )
    found = connection.execute(wanted).first()
    return NOT_HERE if found is None else title.show(found[0])
