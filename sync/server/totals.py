"""The county's numbers, derived from the records alone: how many live ones, and their sums."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, case, func, select

from sync.records import KINDS, Division, Grid, PointsEntry, Record
from sync.records.divisions import prefix_of
from sync.records.fields import Money
from sync.records.grids import CLOSED, MICRO
from sync.records.points import SPENDING
from sync.server.database import reading
from sync.server.errors import ServerError

EARNED, SPENT = "points_earned", "points_spent"
MICRO_GRIDS = "micro_grid"
_MONEY = {f.total for r in KINDS.values() for f in r.fields.values() if isinstance(f, Money)}


def totals(engine: Engine, area: str = "") -> dict[str, int | float]:
    """Count live records by kind, and add up what fields declare in ``total``; money in yuan.

    ``area`` is a county, a town or a village (the whole county when empty); ServerError where the
    county has no such division. ``points_earned`` adds up positive entries, ``points_spent`` what
    was taken off, redeemed and given, as a positive number; ``points_total`` also has reversals.
    ``micro_grid`` are the micro grids that are not closed.
    """
    with reading(engine) as connection:
        if area and not _exists(connection, area):
            raise ServerError(f"区划表里没有代码为“{area}”的地方")
        prefix = prefix_of(area) if area else ""
        found: dict[str, int | float] = {}
        for kind, record in sorted(KINDS.items()):
            sums = _sums_of(record)
            statement = select(func.count(), *sums.values()).where(
                record.table.c.deleted == 0, _within(record, prefix)
            )
            row = connection.execute(statement).one()
            # PostgreSQL sums 64-bit numbers into a Decimal.
            found |= dict(zip((kind, *sums), map(int, row), strict=True))
    for name in _MONEY & found.keys():
        found[name] = found[name] // 100 if found[name] % 100 == 0 else found[name] / 100
    return found


def as_list(numbers: dict[str, int | float]) -> str:
    """The totals as a Chinese list to read."""
    words = {kind: (record.label, "") for kind, record in KINDS.items()}
    words |= {
        MICRO_GRIDS: ("在用的微网格", "个"),
        EARNED: ("加分合计", "分"),
        SPENT: ("扣分、兑换、捐赠合计", "分"),
    }
    for record in KINDS.values():
        for field in record.fields.values():
            if field.total:
                words[field.total] = (f"{field.label}合计", getattr(field, "unit", ""))
    lines = []
    for name, number in numbers.items():
        label, unit = words[name]
        shown = f"{number:,.2f}" if name in _MONEY else f"{number:,}"
        lines.append(f"{label}：{shown}{unit}")
    return "\n".join(lines)


def _sums_of(record: type[Record]) -> dict[str, ColumnElement[Any]]:
    table = record.table
    sums = {f.total: _sum(table.c[f.name]) for f in record.fields.values() if f.total}
    if record is PointsEntry:
        entry, points = table.c.entry_type, table.c.points
        sums[EARNED] = _sum(case((entry == "positive", points), else_=0))
        sums[SPENT] = _sum(case((entry.in_(SPENDING), -points), else_=0))
    if record is Grid:
        is_open = func.coalesce(table.c.state, "") != CLOSED
        sums[MICRO_GRIDS] = _sum(case(((table.c.level == MICRO) & is_open, 1), else_=0))
    return sums


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(func.sum(column), 0)


def _within(record: type[Record], prefix: str) -> ColumnElement[bool]:
    # Divisions all lie in the county's own area: their own code says where they are.
    column = record.table.c.id if record is Division else record.table.c.area
    return column.startswith(prefix, autoescape=True)


def _exists(connection: Connection, area: str) -> bool:
    table = Division.table
    statement = select(table.c.id).where(table.c.id == area, table.c.deleted == 0)
    return connection.execute(statement).first() is not None
