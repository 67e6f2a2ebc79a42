"""What no grid can know alone: its place in the tree, a code of this village, that it is closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    table = record.table
    stood: Mapping[str, Any] = {}
    if but:
        found = select(table).where(table.c.area == area, table.c.id == but)
        stood = dict(connection.execute(found).mappings().first() or {})
    for name in names:
        asked = {row.get(name) for row in rows} - {None, stood.get(name)}
        grid = Grid.table.c
        closed = select(grid.name).where(
            grid.area == area, grid.id.in_(sorted(map(str, asked))), grid.state == CLOSED
        )
        if asked and (title := connection.execute(closed.limit(1)).scalar()) is not None:
            return {name: f"“{title}”已经关闭，请选在用的网格"}
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


def _grid(connection: Connection, area: str, grid: str) -> Mapping[str, Any] | None:
    if not grid:
        return None
    table = Grid.table
    found = select(table).where(table.c.area == area, table.c.id == grid)
    row = connection.execute(found).mappings().first()
    return dict(row) if row else None
