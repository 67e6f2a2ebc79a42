"""Records: what a concept declares, and the table that follows from it.

A concept is a class with fields. Defining the class makes its table (the same on both ends) and
enters it in ``KINDS``. Two sorts: ``Kept`` records change field by field; ``Written`` records are
never edited or deleted, only followed by another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar, TypeGuard

from sqlalchemy import BigInteger, Column, Index, MetaData, SmallInteger, Table, Text, text

from sync.records.fields import Field, Published, Reference, Value

Values = Mapping[str, Value]

#: Never more bulky records than this in one message, on either end: thumbnails do not compress, and
#: a line that breaks every 200 kB still carries a message of these in one piece.
BULKY_IN_ONE_MESSAGE = 40

metadata = MetaData(
    naming_convention={"ix": "ix_%(table_name)s_%(column_0_N_name)s", "pk": "pk_%(table_name)s"}
)

#: Every concept by its kind; filled as the record modules are imported.
KINDS: dict[str, type[Record]] = {}

#: What every record carries beside its own fields, in the order of the wire.
#: ``area`` is the 12-digit division code that holds the record and comes first in every key.
#: ``revision`` is the county's number, within the area, of the last change; 0 until it has one.
SYSTEM_COLUMNS = ("area", "id", "revision", "deleted", "made_by", "made_at")


class Record:
    """One concept of the field. Subclass ``Kept`` or ``Written``, never this directly."""

    kind: ClassVar[str]
    label: ClassVar[str]
    fields: ClassVar[dict[str, Field]]
    table: ClassVar[Table]
    written: ClassVar[bool]
    #: The field that names the record in lists and in references.
    title: ClassVar[str]
    #: Fields (beside the title) that the search box looks in; of personal ones only the tail.
    searched: ClassVar[tuple[str, ...]] = ()
    #: The field from which a record's id follows, where two PCs may enter the same thing offline.
    natural_key: ClassVar[str | None] = None
    #: The reference to a person's record whose name this record repeats as its title, so that a
    #: person is entered once; where it is empty, the title is typed.
    named_after: ClassVar[str | None] = None
    #: What a village may do with this kind; the county may do all of it. Of an edit also only what
    #: no ``fixed`` field forbids.
    villages_may: ClassVar[tuple[str, ...]] = ("create", "edit", "delete")
    #: Whether a record that names a resident stands in that resident's grid, and so goes along when
    #: a grid is divided.
    follows_resident: ClassVar[bool] = True
    #: Whether a record is so long that few of them go in one message (``bulky_in_one_message``).
    bulky: ClassVar[bool] = False
    #: Whether all of a village are counted each time a page opens: its deleted records, which are
    #: few, then have an index of their own, and are taken off what an index of all counts.
    counted: ClassVar[bool] = False

    def __init_subclass__(cls, abstract: bool = False) -> None:
        if abstract:
            return
        cls.kind = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        cls.fields = {name: f for name, f in vars(cls).items() if isinstance(f, Field)}
        cls.table = _table(cls)
        KINDS[cls.kind] = cls

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """Check what no single field can: return Chinese sentences by field name."""
        return {}

    @classmethod
    def rule_of_edit(cls, before: Values, after: Values) -> dict[str, str]:
        """Check what may become of a record that stood as ``before``: Chinese sentences by field
        name. Both are whole records."""
        return {}

    @classmethod
    def complete(cls, values: dict[str, Value]) -> dict[str, Value]:
        """Fill what follows from other fields (birth date from an ID number); return ``values``."""
        return values

    @classmethod
    def still_said(cls, values: Values, county: Values) -> Values:
        """What an edit still says beside the county's values, where some fields tell of others."""
        return values

    @classmethod
    def goes_along(cls, values: Values) -> bool:
        """Whether a live record goes to the grid into which its own is merged or closed; what is
        over by then stays with the old one."""
        return True

    @classmethod
    def references(cls) -> list[Reference]:
        """The fields that point to other records of the same area."""
        return [f for f in cls.fields.values() if _points(f)]

    @classmethod
    def published(cls) -> list[Published]:
        """The fields that hold items of the county's lists."""
        return [f for f in cls.fields.values() if isinstance(f, Published)]


class Kept(Record, abstract=True):
    """A record that changes, field by field, under a revision given by the county."""

    written = False


class Written(Record, abstract=True):
    """A record that is never edited and never deleted, only followed (reversed, corrected)."""

    written = True


def bulky_kinds() -> list[str]:
    """The kinds of which few go in one message."""
    return [kind for kind, record in KINDS.items() if record.bulky]


def bulky_in_one_message(page: int) -> int:
    """How many bulky records fit into a message that may carry ``page`` records."""
    return max(1, min(BULKY_IN_ONE_MESSAGE, page // 10))


def _points(field: Field) -> TypeGuard[Reference]:
    return isinstance(field, Reference) and not isinstance(field, Published)


def _table(cls: type[Record]) -> Table:
    columns: list[Column[object] | Index] = [
        Column("area", Text(), primary_key=True),
        Column("id", Text(), primary_key=True),
        Column("revision", BigInteger(), nullable=False, server_default=text("0")),
        Column("deleted", SmallInteger(), nullable=False, server_default=text("0")),
        Column("made_by", Text(), nullable=False, server_default=text("''")),
        Column("made_at", Text(), nullable=False, server_default=text("''")),
    ]
    if cls.counted:
        gone = text("deleted <> 0")
        columns.append(
            Index(f"ix_{cls.kind}_gone", "area", sqlite_where=gone, postgresql_where=gone)
        )
    for field in cls.fields.values():
        columns.append(Column(field.name, field.sql_type))
        if field.unique or field.sought or _points(field):
            # Most references are empty in most registers: those rows cost no index entry.
            filled = text(f"{field.name} IS NOT NULL")
            columns.append(
                Index(None, "area", field.name, sqlite_where=filled, postgresql_where=filled)
            )
    return Table(cls.kind, metadata, *columns)
