"""The county switches one of its areas to emergency or back (平战转换); its villages receive it.

Such a switch is a record of the county's own area, which every village of the county reads; each
shows those that cover it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select
from uuid_utils import uuid7

from sync.protocol import Change
from sync.records import Division, Grid, ReadinessSwitch, Value
from sync.records.checks import problems_of
from sync.records.divisions import county_of, prefix_of
from sync.records.teams import COUNTY, GRID, TOWN, VILLAGE, Switch, in_order, mode_of, modes_of
from sync.records.teams import switch_problem as problem_of
from sync.server.accounts import Device
from sync.server.database import writing
from sync.server.errors import ServerError
from sync.server.exchange import county_time
from sync.server.forms import LONGEST_BY, keepable
from sync.server.intake import Intake

_SCOPES = {"county": COUNTY, "town": TOWN, "village": VILLAGE, "community": VILLAGE}
_table = ReadinessSwitch.table.c


@dataclass(frozen=True)
class Switched:
    """What a switch of the county did: the area's name, and in how many villages it changed
    something."""

    name: str
    villages: int


def switch_area(engine: Engine, area: str, mode: str, reason: str, by: str) -> Switched:
    """Switch a county, town or village to a mode. Raises ServerError where there is no such area,
    where nothing would change, or where the words cannot be kept."""
    if by != keepable(by, LONGEST_BY):
        raise ServerError(f"经办人的名字最多{LONGEST_BY}个字，不能有特殊字符")
    with writing(engine) as connection:
        division, county = _division(connection, area), county_of(area)
        intake = Intake(connection, Device("", county, ""), county_time())
        values: dict[str, Value] = {
            "scope": _SCOPES[str(division["level"])],
            "area_code": area,
            "mode": mode,
            "reason": ReadinessSwitch.fields["reason"].clean(reason),
        }
        _check(values)
        changed = _changed_villages(connection, county, area, mode)
        if not changed:
            problem = problem_of(mode, ())["mode"]
            raise ServerError(f"{division['name']}{problem}")
        record = str(uuid7())
        at = county_time()
        intake.add(Change(record, ReadinessSwitch.kind, record, "create", 0, values, by, at))
        intake.save()
    return Switched(str(division["name"]), len(changed))


def _check(values: dict[str, Value]) -> None:
    """As any record, but for the scope: what a village must not say the county may."""
    narrow = {**values, "scope": VILLAGE}
    if problems := problems_of(ReadinessSwitch, narrow):
        raise ServerError(next(iter(problems.values())))


def _division(connection: Connection, area: str) -> Any:
    table = Division.table.c
    statement = select(table.name, table.level).where(
        table.area == county_of(area), table.id == area, table.deleted == 0
    )
    found = connection.execute(statement).mappings().first()
    if found is None:
        raise ServerError(f"区划表里没有“{area}”")
    return found


def _changed_villages(connection: Connection, county: str, area: str, mode: str) -> list[str]:
    """The villages in an area in which something stands otherwise than in this mode."""
    table = Division.table.c
    statement = select(table.id).where(
        table.area == county,
        table.deleted == 0,
        table.level.in_(("village", "community")),
        table.id.startswith(prefix_of(area), autoescape=True),
    )
    villages = connection.execute(statement).scalars().all()
    by_area = _switches(connection, county, area)
    return [
        village
        for village in villages
        if not _stands(connection, by_area[county] + by_area[village], village, mode)
    ]


def _stands(connection: Connection, switches: list[Switch], village: str, mode: str) -> bool:
    """Whether a village stands in a mode with all its grids."""
    if mode_of(in_order(switches), (), village).mode != mode:
        return False
    if not (named := {switch.grid for switch in switches if switch.scope == GRID}):
        return True
    table = Grid.table.c
    statement = select(table.id, table.parent).where(table.area == village, table.deleted == 0)
    parents = dict(connection.execute(statement).all())
    concerned = {*named, *(grid for grid, above in parents.items() if above in named)}
    standing = modes_of(switches, parents, concerned & parents.keys(), village)
    return all(each.mode == mode for each in standing.values())


def _switches(connection: Connection, county: str, area: str) -> defaultdict[str, list[Switch]]:
    """The county's switches and those of the villages in an area, by where they lie."""
    statement = select(ReadinessSwitch.table).where(
        (_table.area == county) | _table.area.startswith(prefix_of(area), autoescape=True),
        _table.deleted == 0,
    )
    found: defaultdict[str, list[Switch]] = defaultdict(list)
    for row in connection.execute(statement).mappings():
        found[row["area"]].append(
            Switch(
                row["id"],
                row["scope"],
                row["mode"],
                row["grid"] or "",
                row["area_code"] or "",
                row["area"] == county,
                row["revision"],
                row["seen"] or 0,
            )
        )
    return found
