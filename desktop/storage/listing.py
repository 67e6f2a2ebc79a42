"""Lists of any length: an order of row numbers, and pages of rows read when they are looked at."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    RowMapping,
    Select,
    Text,
    and_,
    func,
    literal_column,
    select,
    true,
)

from desktop.storage import settings
from desktop.storage.searching import fresh, needles
from desktop.storage.standing import shown_state
from desktop.storage.tables import cursor, search_index, standing
from sync.records import KINDS, Record, Value

#: Where a record stands when it has no row of its own in ``standing``.
SYNCED = "synced"


@dataclass(frozen=True)
class Listing:
    """What a list shows: a kind, what is searched for, filters, and what it is sorted by.

    ``filters`` are (field name, stored value) pairs, all of which must hold; ``state`` is a state
    of sync; ``sort`` a field name, or None for the name's pinyin.
    """

    kind: str
    search: str = ""
    filters: tuple[tuple[str, Value], ...] = ()
    state: str | None = None
    sort: str | None = None
    descending: bool = False


@dataclass(frozen=True)
class Row:
    """One record as a list or a form reads it: stored values by field name, nothing masked."""

    id: str
    kind: str
    state: str
    revision: int
    made_by: str
    made_at: str
    values: Mapping[str, Value] = field(repr=False)


def order_of(
    connection: Connection,
    listing: Listing,
    more: Sequence[ColumnElement[bool]] = (),
    by: ColumnElement[Any] | None = None,
) -> array[int]:
    """The numbers of all rows in order: 8 bytes a row, so that a scroll bar knows its length.

    ``more`` are conditions on the columns of the kind's table beside the filters; ``by`` is what is
    sorted by where that is no field.
    """
    found = _found_by(connection, listing.search, [listing.kind])
    ordered = _ordered(listing, areas(connection), more, by, found).subquery()
    # One text with all numbers: 100,000 rows of one number each take three times as long.
    together = select(func.json_group_array(ordered.c[0]))
    return array("q", msgspec.json.decode(connection.execute(together).scalar_one()))


def rows_at(connection: Connection, kind: str, numbers: Sequence[int]) -> list[Row]:
    """The rows of these numbers, in their order; what was deleted meanwhile is left out."""
    record = KINDS[kind]
    live = record.table.c.deleted == 0
    statement = _rows(record).where(live, _row_number(record).in_(list(numbers)))
    found = {r["_number"]: _row(record, r) for r in connection.execute(statement).mappings()}
    return [found[number] for number in numbers if number in found]


def row_of(
    connection: Connection, kind: str, record_id: str, *, or_deleted: bool = False
) -> Row | None:
    """One record by its id, or None; deleted ones only where they are asked for."""
    record = KINDS[kind]
    table = record.table.c
    statement = _rows(record).where(table.area.in_(areas(connection)), table.id == record_id)
    if not or_deleted:
        statement = statement.where(table.deleted == 0)
    found = connection.execute(statement).mappings().first()
    return _row(record, found) if found else None


def number_of(connection: Connection, kind: str, record_id: str) -> int | None:
    """The number by which a live record stands in orders, or None."""
    record = KINDS[kind]
    table = record.table.c
    key = (table.area.in_(areas(connection)), table.id == record_id)
    return connection.execute(_numbers(record, *key)).scalar()


def areas(connection: Connection) -> list[str]:
    """The areas whose records this PC holds; the key of a record begins with its area."""
    read = connection.execute(select(cursor.c.area)).scalars()
    return [settings.read(connection, settings.AREA), *read]


def counts(connection: Connection) -> dict[str, int]:
    """How many live records there are of each kind; zeros included."""
    statement = select(search_index.c.kind, func.count()).group_by(search_index.c.kind)
    found: dict[str, int] = dict(connection.execute(statement).all())
    return {kind: found.get(kind, 0) for kind in KINDS}


def find_anywhere(connection: Connection, search: str, limit: int = 20) -> list[tuple[str, str]]:
    """(kind, record id) of the records of any kind that the search box finds."""
    found = _found_by(connection, search, KINDS)
    statement = (
        select(search_index.c.kind, search_index.c.row)
        .where(true() if found is None else found)
        .order_by(search_index.c.kind, search_index.c.sort)
        .limit(limit)
    )
    records = []
    for kind, number in connection.execute(statement):
        records += [(kind, row.id) for row in rows_at(connection, kind, [number])]
    return records


def _ordered(
    listing: Listing,
    areas: Sequence[str],
    more: Sequence[ColumnElement[bool]],
    other: ColumnElement[Any] | None,
    found: ColumnElement[bool] | None,
) -> Select[int]:
    """By the index alone where the list is by name, by the record's own table where it is not; what
    is searched for is ``found`` in the index."""
    record = KINDS[listing.kind]
    index, table = search_index.c, record.table.c
    number = _row_number(record)
    of_kind = index.kind == record.kind
    held = [*(table[name] == value for name, value in listing.filters), *more]
    by: list[Any]
    if other is None and listing.sort in (None, record.title):
        statement = select(index.row).where(of_kind)
        by = [index.sort, index.row]
        if found is not None:
            statement = statement.where(found)
            # The plus keeps SQLite from walking the index by name and looking each row up in turn:
            # a search reads the rows as they lie, and sorts the few it finds.
            by[0] = literal_column("+search_index.sort", Text)
        if held:
            statement = statement.where(index.row.in_(_numbers(record, *held)))
    else:
        statement = _numbers(record, *held)
        by = [_sort_column(record, listing.sort) if other is None else other, number]
        if found is not None:
            statement = statement.where(number.in_(select(index.row).where(of_kind, found)))
    if listing.state:
        statement = statement.where(_stands(record, areas, listing.state, by[1]))
    first = by[0].desc() if listing.descending else by[0].asc()
    return statement.order_by(first, by[1])


def _numbers(record: type[Record], *held: ColumnElement[bool]) -> Select[int]:
    table = record.table
    return (
        select(_row_number(record).label("number"))
        .select_from(table)
        .where(table.c.deleted == 0, *held)
    )


def _stands(
    record: type[Record], areas: Sequence[str], state: str, number: ColumnElement[int]
) -> ColumnElement[bool]:
    """Few records wait or need a person, so those are looked up; the others are the rest."""
    table = record.table.c
    of_kind = standing.c.kind == record.kind
    of_state = of_kind if state == SYNCED else of_kind & (shown_state == state)
    records = select(standing.c.record).where(of_state)
    found = _numbers(record, table.area.in_(areas), table.id.in_(records))
    return number.not_in(found) if state == SYNCED else number.in_(found)


def _found_by(
    connection: Connection, search: str, kinds: Iterable[str]
) -> ColumnElement[bool] | None:
    """What the rows of the index are that a search finds; None where nothing is searched for."""
    words = needles(search)
    if not words:
        return None
    index = search_index.c
    found = and_(*(index.text.contains(word, autoescape=True) for word in words))
    for kind, texts in fresh(connection, kinds).items():
        # The index has these by their older words still.
        those = [row for row, text in texts.items() if all(word in text for word in words)]
        of_kind = index.kind == kind
        found = and_(found, ~(of_kind & _among(texts))) | of_kind & _among(those)
    return found


def _among(rows: Iterable[int]) -> ColumnElement[bool]:
    numbers = func.json_each(json.dumps(list(rows))).table_valued("value")
    return search_index.c.row.in_(select(numbers.c.value))


def _row_number(record: type[Record]) -> ColumnElement[int]:
    """The number of a record's row in its table, which SQLite keeps for every table."""
    return literal_column(f"{record.kind}.rowid", Integer)


def _sort_column(record: type[Record], sort: str | None) -> Any:
    if sort in ("made_at", "made_by") or sort in record.fields:
        return record.table.c[sort]
    raise ValueError(f"no column {sort} in {record.kind}")


def _rows(record: type[Record]) -> Select[Any]:
    table = record.table
    # Fields may be called anything but these two.
    number = _row_number(record).label("_number")
    state = func.coalesce(shown_state, SYNCED).label("_state")
    return select(number, table, state).outerjoin(standing, standing.c.record == table.c.id)


def _row(record: type[Record], found: RowMapping) -> Row:
    return Row(
        found["id"],
        record.kind,
        found["_state"],
        found["revision"],
        found["made_by"],
        found["made_at"],
        {name: found[name] for name in record.fields},
    )
