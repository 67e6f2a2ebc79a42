"""What no grid can know alone: its place in the tree, a code of this village, that it is closed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from sync.records import Grid, GridChange, Record, Values
from sync.records.grids import CLOSED, code_problem, tree_problem


def grid_problems(
    connection: Connection, area: str, rows: Sequence[Values], befores: Sequence[Values]
) -> dict[int, dict[str, str]]:
    """Check grids against the tree and the village; by place, Chinese sentences by field name.

    ``befores`` are the grids as they stand, empty for new ones: only what changes is looked at, for
    what stood before may be of a time before the rule.
    """
    pairs = list(enumerate(zip(rows, befores, strict=True)))
    moving = [place for place, (row, before) in pairs if _moves(row, before)]
    tops = _grids(
        connection, area, {str(rows[p]["parent"]) for p in moving if rows[p].get("parent")}
    )
    full = _with_open_members(
        connection, area, {str(befores[p]["id"]) for p in moving if befores[p]}
    )
    found: dict[int, dict[str, str]] = {}
    for place, (row, before) in pairs:
        code = row.get("code")
        is_new = code is not None and code != before.get("code")
        if is_new and (sentence := code_problem(code, area)):
            found[place] = {"code": sentence}
        elif _moves(row, before):
            above = tops.get(str(row.get("parent") or ""))
            problems = tree_problem(row, above, has_members=before.get("id") in full)
            if problems:
                found[place] = problems
    return found


def closed_problems(
    connection: Connection,
    area: str,
    record: type[Record],
    rows: Sequence[Values],
    befores: Sequence[Values],
) -> dict[int, dict[str, str]]:
    """A closed grid takes nobody and nothing new; by place, Chinese sentences by field name.

    The county does not refuse it: who did not know yet that the grid is closed wrote in good faith,
    and the grid's panel shows what stands there until somebody chooses another one.
    """
    names = [r.name for r in record.references() if r.to == Grid.kind and record is not GridChange]
    named = {str(row[name]) for row in rows for name in names if row.get(name) is not None}
    closed = _closed_among(connection, area, named)
    found: dict[int, dict[str, str]] = {}
    # Seldom is any of them closed, and only then it matters what stood there before.
    for place, (row, before) in enumerate(zip(rows, befores, strict=True)) if closed else ():
        for name in names:
            grid = str(row.get(name))
            if grid in closed and grid != before.get(name):
                found.setdefault(place, {name: f"“{closed[grid]}”已经关闭，请选在用的网格"})
    return found


def _moves(row: Values, before: Values) -> bool:
    """Whether a grid comes to another place in the tree."""
    return any(row.get(name) != before.get(name) for name in ("level", "parent"))


def _with_open_members(connection: Connection, area: str, grids: Collection[str]) -> set[str]:
    """Those of some grids that a live grid which is not closed names as the one above it."""
    table = Grid.table.c
    members = select(table.parent).where(
        table.area == area,
        table.parent.in_(sorted(grids)),
        table.deleted == 0,
        func.coalesce(table.state, "") != CLOSED,
    )
    return set(connection.execute(members.distinct()).scalars()) if grids else set()


def _closed_among(connection: Connection, area: str, grids: Collection[str]) -> dict[str, str]:
    """The names of those of some grids that are closed, by id."""
    table = Grid.table.c
    closed = select(table.id, table.name).where(
        table.area == area, table.id.in_(sorted(grids)), table.state == CLOSED
    )
    return dict(connection.execute(closed).all()) if grids else {}


def _grids(connection: Connection, area: str, grids: Collection[str]) -> dict[str, Values]:
    """Some grids, whole, by id."""
    table = Grid.table
    found = select(table).where(table.c.area == area, table.c.id.in_(sorted(grids)))
    rows = connection.execute(found).mappings() if grids else ()
    return {row["id"]: dict(row) for row in rows}
