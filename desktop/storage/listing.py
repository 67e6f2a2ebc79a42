"""Lists of any length: an order of row numbers, and pages of rows read when they are looked at."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, and_, func, select

from desktop.storage.searching import needle
from desktop.storage.tables import search_index, standing
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


def order_of(connection: Connection, listing: Listing) -> array[int]:
    """The numbers of all rows in order: 8 bytes a row, so that a scroll bar knows its length."""
    statement = _ordered(listing)
    sql = statement.compile(connection.engine)
    # Straight from the driver: 100,000 numbers would spend their time in wrappers.
    parameters = [sql.params[name] for name in sql.positiontup or ()]
    cursor = connection.exec_driver_sql(str(sql), tuple(parameters)).cursor
    return array("q", [number for (number,) in cursor.fetchall()])


def rows_at(connection: Connection, kind: str, numbers: Sequence[int]) -> list[Row]:
    """The rows of these numbers, in their order; what was deleted meanwhile is left out."""
    record = KINDS[kind]
    statement = _rows(record).where(search_index.c.number.in_(list(numbers)))
    found = {r["_number"]: _row(record, r) for r in connection.execute(statement).mappings()}
    return [found[number] for number in numbers if number in found]


def row_of(connection: Connection, kind: str, record_id: str) -> Row | None:
    """One live record by its id, or None."""
    record = KINDS[kind]
    statement = _rows(record).where(search_index.c.record == record_id)
    found = connection.execute(statement).mappings().first()
    return _row(record, found) if found else None


def counts(connection: Connection) -> dict[str, int]:
    """How many live records there are of each kind; zeros included."""
    statement = select(search_index.c.kind, func.count()).group_by(search_index.c.kind)
    found: dict[str, int] = dict(connection.execute(statement).all())
    return {kind: found.get(kind, 0) for kind in KINDS}


def find_anywhere(connection: Connection, search: str, limit: int = 20) -> list[tuple[str, str]]:
    """(kind, record id) of the records of any kind that the search box finds."""
    statement = (
        select(search_index.c.kind, search_index.c.record)
        .where(func.instr(search_index.c.text, needle(search)) > 0)
        .order_by(search_index.c.kind, search_index.c.sort)
        .limit(limit)
    )
    return [(kind, record) for kind, record in connection.execute(statement)]


def _ordered(listing: Listing) -> Select[tuple[int]]:
    record = KINDS[listing.kind]
    index, table = search_index.c, record.table.c
    source: Any = search_index
    statement = select(index.number).where(index.kind == listing.kind)
    if listing.search.strip():
        statement = statement.where(func.instr(index.text, needle(listing.search)) > 0)
    if listing.filters or listing.sort:
        joined = and_(table.area == index.area, table.id == index.record)
        source = source.join(record.table, joined)
        statement = statement.where(*[table[name] == value for name, value in listing.filters])
    if listing.state:
        source = source.outerjoin(standing, standing.c.record == index.record)
        statement = statement.where(func.coalesce(standing.c.state, SYNCED) == listing.state)
    first = _sort_column(record, listing.sort)
    return statement.select_from(source).order_by(
        first.desc() if listing.descending else first.asc(), index.sort, index.number
    )


def _sort_column(record: type[Record], sort: str | None) -> Any:
    if sort is None or sort == record.title:
        return search_index.c.sort
    if sort in ("made_at", "made_by") or sort in record.fields:
        return record.table.c[sort]
    raise ValueError(f"no column {sort} in {record.kind}")


def _rows(record: type[Record]) -> Select[Any]:
    table = record.table
    number = search_index.c.number.label("_number")
    return (
        # Fields may be called anything but these two.
        select(number, table, func.coalesce(standing.c.state, SYNCED).label("_state"))
        .select_from(search_index)
        .join(
            table,
            and_(table.c.area == search_index.c.area, table.c.id == search_index.c.record),
        )
        .outerjoin(standing, standing.c.record == search_index.c.record)
        .where(search_index.c.kind == record.kind)
    )


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
