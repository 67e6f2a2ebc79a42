"""Who and what is in a grid, and to which part each could go when it is divided."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from desktop.storage.constraints import parts_of
from sync.records import KINDS, Grid, Household, Record, Resident, Value
from sync.records.fields import Reference
from sync.records.grids import CLOSED

#: The last words of an address that name a neighbourhood: 3组, 四社, 2栋, 5号楼.
_GROUP = re.compile(r"([0-9〇一二三四五六七八九十]+)\s*(村民小组|小组|组|社|队|院|栋|幢|号楼|单元)")


@dataclass(frozen=True)
class Member:
    """What goes to one part as a whole: a household with its people, one person, or a grid below.

    ``kind`` is ``household``, ``resident`` or ``grid``; ``people`` how many go along.
    """

    id: str
    kind: str
    name: str
    address: str
    people: int

    @property
    def group(self) -> str:
        """The neighbourhood in its address; '' for none."""
        return group_of(self.address)


def group_of(address: str) -> str:
    """The neighbourhood that an address names, its number in figures; '' for none."""
    found = _GROUP.search(address)
    return f"{_number(found.group(1))}{found.group(2)}" if found else ""


def members_of(connection: Connection, area: str, grid: str) -> list[Member]:
    """The grids below one, its households, and the people in it who are of none of these."""
    return [
        *_grids_below(connection, area, grid),
        *_households(connection, area, grid),
        *_alone(connection, area, grid),
    ]


def people_of_households(
    connection: Connection, area: str, grid: str, households: Sequence[str]
) -> dict[str, tuple[str, bool]]:
    """Who goes along with some households of a grid.

    Resident id → household id, and whether their own record names the grid: whose names none is
    where the household is anyway. Who has another one lives elsewhere.
    """
    table = Resident.table.c
    found: dict[str, tuple[str, bool]] = {}
    for part in parts_of(households):
        living = select(table.id, table.household, table.grid).where(
            table.area == area, table.deleted == 0, table.household.in_(part)
        )
        for resident, household, own in connection.execute(living):
            if own in (None, grid):
                found[resident] = (household, own is not None)
    return found


def pointing_at(
    connection: Connection, area: str, grid: str
) -> Iterator[tuple[type[Record], Reference, Mapping[str, Any]]]:
    """Each live record that names a grid, through which field, whole; written ones too."""
    for record in KINDS.values():
        for reference in record.references():
            if reference.to == Grid.kind:
                table = record.table
                statement = select(table).where(
                    table.c.area == area, table.c[reference.name] == grid, table.c.deleted == 0
                )
                for row in connection.execute(statement).mappings().all():
                    yield record, reference, dict(row)


def goes_along(record: type[Record], reference: Reference, row: Mapping[str, Any]) -> bool:
    """Whether a record that names a grid can and should name the one that takes its place.

    What was written for good, or names its grid for good, stays with the old one as its history;
    so does what is over (``Record.goes_along``), and grids that are closed themselves.
    """
    if record.written or reference.fixed or "edit" not in record.villages_may:
        return False
    if record is Grid:
        return row["state"] != CLOSED
    return record.goes_along({name: row[name] for name in record.fields})


def proposal(members: Sequence[Member], parts: int) -> dict[str, int]:
    """Which of ``parts`` each member could go to, by the neighbourhood in its address: those of one
    stay together, neighbourhoods keep their order, and the parts come out about alike.

    Whose address tells nothing is left for a person to place. Member id → part.
    """
    sizes: Counter[str] = Counter()
    for member in members:
        if member.group:
            sizes[member.group] += 1
    if not sizes:
        return {}
    whole, before = sizes.total(), 0
    part_of: dict[str, int] = {}
    for group in sorted(sizes, key=_order_of_group):
        # Where its middle lies in the row of all of them.
        part_of[group] = min((2 * before + sizes[group]) * parts // (2 * whole), parts - 1)
        before += sizes[group]
    return {m.id: part_of[m.group] for m in members if m.group}


_DIGITS = {word: number for number, word in enumerate("〇一二三四五六七八九")}


def _order_of_group(group: str) -> tuple[int, str]:
    digits = re.match(r"[0-9]+", group)
    return (int(digits.group()) if digits else 0), group


def _number(words: str) -> int:
    """A number below a hundred in figures or in words: 12, 十二, 二十."""
    if words.isascii():
        return int(words)
    tens, ten, ones = words.rpartition("十")
    value = _DIGITS.get(ones[-1:], 0)
    return value + 10 * _DIGITS.get(tens[-1:], 1) if ten else value


def _grids_below(connection: Connection, area: str, grid: str) -> list[Member]:
    table = Grid.table.c
    below = select(table.id, table.name, table.state).where(
        table.area == area, table.parent == grid, table.deleted == 0
    )
    found = [row for row in connection.execute(below) if row.state != CLOSED]
    return [
        Member(row.id, Grid.kind, row.name, "", _people_in(connection, area, row.id))
        for row in found
    ]


def _people_in(connection: Connection, area: str, grid: str) -> int:
    homes = _households(connection, area, grid)
    return sum(home.people for home in homes) + len(_alone(connection, area, grid))


def _households(connection: Connection, area: str, grid: str) -> list[Member]:
    table, person = Household.table.c, Resident.table.c
    mine = select(table.id, table.head, table.address).where(
        table.area == area, table.grid == grid, table.deleted == 0
    )
    rows = connection.execute(mine.order_by(table.address, table.number, table.id)).all()
    people: Counter[Value] = Counter()
    for part in parts_of([row.id for row in rows]):
        living = select(person.household, person.grid).where(
            person.area == area, person.deleted == 0, person.household.in_(part)
        )
        people.update(h for h, own in connection.execute(living) if own in (None, grid))
    return [
        Member(row.id, Household.kind, row.head, row.address or "", people[row.id]) for row in rows
    ]


def _alone(connection: Connection, area: str, grid: str) -> list[Member]:
    """People with this grid on their record whose household, if any, is in another."""
    table, home = Resident.table, Household.table
    statement = (
        select(table.c.id, table.c.name, table.c.address)
        .select_from(
            table.outerjoin(
                home,
                (home.c.area == area) & (home.c.id == table.c.household) & (home.c.deleted == 0),
            )
        )
        .where(
            table.c.area == area,
            table.c.grid == grid,
            table.c.deleted == 0,
            (home.c.grid != grid) | home.c.grid.is_(None),
        )
        .order_by(table.c.address, table.c.id)
    )
    return [
        Member(row.id, Resident.kind, row.name, row.address or "", 1)
        for row in connection.execute(statement)
    ]
