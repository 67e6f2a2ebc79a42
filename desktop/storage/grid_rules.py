"""What no grid can know alone: its place in the tree, a code of this village, that it is closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from sync.records import Grid, GridChange, Record, Values
from sync.records.grids import CLOSED, code_problem, tree_problem


def grid_problem(
    connection: Connection, area: str, rows: Sequence[Values], but: str
) -> dict[str, str]:
    """Check grids against the tree and the village; Chinese sentences by field name.

    ``but`` is the id of the grid that an edit changes: only what it changes is looked at, for what
    stood before may be of a time before the rule.
    """
    before = _grid(connection, area, but) or {}
    for row in rows:
        code = row.get("code")
        is_new = code is not None and code != before.get("code")
        if is_new and (sentence := code_problem(code, area)):
            return {"code": sentence}
        if any(row.get(name) != before.get(name) for name in ("level", "parent")):
            above = _grid(connection, area, str(row.get("parent") or ""))
            members = bool(but) and has_open_members(connection, area, but)
            if problems := tree_problem(row, above, has_members=members):
                return problems
    return {}


def closed_problem(
    connection: Connection, area: str, record: type[Record], rows: Sequence[Values], but: str
) -> dict[str, str]:
    """A closed grid takes nobody and nothing new; Chinese sentences by field name.

    The county does not refuse it: who did not know yet that the grid is closed wrote in good faith,
    and the grid's panel shows what stands there until somebody chooses another one.
    """
    names = [r.name for r in record.references() if r.to == Grid.kind and record is not GridChange]
    if not names:
        return {}
    named = {str(row[name]) for row in rows for name in names if row.get(name) is not None}
    closed = _closed_among(connection, area, named)
    # Seldom is any of them closed, and only then it matters what stood there before.
    stood = (_row(connection, record, area, but) or {}) if closed and but else {}
    for name in names:
        for grid in sorted({str(row.get(name)) for row in rows} & closed.keys()):
            if grid != stood.get(name):
                return {name: f"“{closed[grid]}”已经关闭，请选在用的网格"}
    return {}


def has_open_members(connection: Connection, area: str, grid: str) -> bool:
    """Whether a live grid that is not closed names this one as the one above it."""
    table = Grid.table.c
    members = select(table.id).where(
        table.area == area,
        table.parent == grid,
        table.deleted == 0,
        func.coalesce(table.state, "") != CLOSED,
    )
    return connection.execute(members.limit(1)).first() is not None


def _closed_among(connection: Connection, area: str, grids: Collection[str]) -> dict[str, str]:
    """The names of those of some grids that are closed, by id."""
    table = Grid.table.c
    closed = select(table.id, table.name).where(
        table.area == area, table.id.in_(sorted(grids)), table.state == CLOSED
    )
    return dict(connection.execute(closed).all()) if grids else {}


def _grid(connection: Connection, area: str, grid: str) -> Mapping[str, Any] | None:
    return _row(connection, Grid, area, grid) if grid else None


def _row(
    connection: Connection, record: type[Record], area: str, record_id: str
) -> Mapping[str, Any] | None:
    table = record.table
    found = select(table).where(table.c.area == area, table.c.id == record_id)
    row = connection.execute(found).mappings().first()
    return dict(row) if row else None
