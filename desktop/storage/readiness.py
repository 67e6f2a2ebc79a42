"""In which mode grids stand, as this PC knows it: switches of the village and of the county."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, func, literal_column, select

from desktop.storage import settings, tables
from sync.records import Grid, ReadinessSwitch, Record, Value, Values
from sync.records.divisions import county_of
from sync.records.teams import (
    GRID,
    VILLAGE,
    Standing,
    Switch,
    in_order,
    is_area_code,
    mode_of,
    modes_of,
    switch_problem,
)


def switches_of(connection: Connection, area: str) -> list[Switch]:
    """The switches that speak of a village or of grids of it, in their order. What the county
    refused is none."""
    table = ReadinessSwitch.table
    refused = exists().where(
        tables.standing.c.record == table.c.id, tables.standing.c.state == "refused"
    )
    # Those that wait lie behind each other as they were written.
    written: ColumnElement[int] = literal_column(f"{ReadinessSwitch.kind}.rowid")
    statement = (
        select(table)
        .where(table.c.area.in_(_areas(area)), table.c.deleted == 0, ~refused)
        .order_by(table.c.revision == 0, table.c.revision, written)
    )
    found = [_switch(row, area) for row in connection.execute(statement).mappings()]
    return in_order(s for s in found if s.scope == GRID or s.covers((), area))


def standings_of(
    connection: Connection, grids: Sequence[str], day: str = ""
) -> dict[str, Standing]:
    """In which mode each of these grids stands; with a ``day``, in which it stood at its end as
    far as the clocks of those who switched it tell."""
    area = settings.read(connection, settings.AREA)
    switches = [s for s in switches_of(connection, area) if not day or s.at[:10] <= day]
    return modes_of(switches, parents_of(connection, area, grids), grids, area)


def standing_of_village(connection: Connection) -> Standing:
    """In which mode the village as a whole stands."""
    area = settings.read(connection, settings.AREA)
    return mode_of(switches_of(connection, area), (), area)


def parents_of(
    connection: Connection, area: str, grids: Sequence[str] | None = None
) -> dict[str, str]:
    """The general grid that each of these grids belongs to, or each of all grids."""
    table = Grid.table.c
    statement = select(table.id, table.parent).where(
        table.area == area, table.deleted == 0, table.parent.is_not(None)
    )
    if grids is not None:
        wanted = select(func.json_each(json.dumps(list(grids))).table_valued("value").c.value)
        statement = statement.where(table.id.in_(wanted))
    return dict(connection.execute(statement).all())


def stamp_switches(
    connection: Connection, area: str, record: type[Record], rows: Iterable[dict[str, Value]]
) -> None:
    """Note in new switches which village they mean, and what of the county's they had seen."""
    if record is not ReadinessSwitch:
        return
    table = ReadinessSwitch.table.c
    statement = select(func.max(table.revision)).where(table.area == county_of(area))
    seen = (connection.execute(statement).scalar() or 0) if is_area_code(area) else 0
    for row in rows:
        row["seen"] = seen
        own = row.get("scope") == VILLAGE and is_area_code(area)
        row["area_code"] = area if own else None


def readiness_problem(connection: Connection, area: str, values: Values) -> dict[str, str]:
    """Check that a new switch changes something; a Chinese sentence by field name."""
    switches, parents = switches_of(connection, area), parents_of(connection, area)
    if values.get("scope") == VILLAGE:
        named = {switch.grid for switch in switches if switch.scope == GRID}
        below = [grid for grid, above in parents.items() if above in named]
        standing = [
            mode_of(switches, (), area),
            *modes_of(switches, parents, {*named, *below}, area).values(),
        ]
    else:
        grid = str(values.get("grid"))
        below = [one for one, above in parents.items() if above == grid]
        standing = list(modes_of(switches, parents, [grid, *below], area).values())
    return switch_problem(str(values.get("mode")), standing)


def _areas(area: str) -> list[str]:
    return [area, county_of(area)] if is_area_code(area) else [area]


def _switch(row: Any, area: str) -> Switch:
    return Switch(
        row["id"],
        row["scope"],
        row["mode"],
        row["grid"] or "",
        row["area_code"] or "",
        row["area"] != area,
        row["revision"],
        row["seen"] or 0,
        row["reason"] or "",
        row["made_by"],
        row["made_at"],
    )
