"""How many households and people each grid has, counted from their records."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection

from sync.records import Household, Resident

# The index by grid alone tells how many there are, and the few that are deleted, which have their
# own index, are taken off: to look at each row of 60,000 people takes seven times as long. A PC
# holds one village's.
_ALL = "SELECT grid, count(*) FROM {} WHERE area = ? AND grid IS NOT NULL GROUP BY grid"
_SOME = (
    "SELECT grid, count(*) FROM {} WHERE area = ? AND grid IN (SELECT value FROM json_each(?))"
    " GROUP BY grid"
)
_NAMING_ONE = "SELECT count(*) FROM resident WHERE area = ? AND grid IS NOT NULL"
_ROWS = "SELECT count(*) FROM {}"
_DELETED = (
    "SELECT coalesce(grid, ''), count(*) FROM {0} INDEXED BY ix_{0}_gone"
    " WHERE deleted <> 0 AND area = ? GROUP BY grid"
)
# A column of a table comes as one text: row by row 30,000 people take three times as long. Those
# without an own grid lie scattered in every index, so the table is read as it lies.
_HOMES = (
    "SELECT json_group_array(id), json_group_array(grid) FROM household"
    " WHERE area = ? AND deleted = 0 AND grid IS NOT NULL"
)
_BY_HOUSEHOLD = (
    "SELECT json_group_array(household) FROM resident NOT INDEXED"
    " WHERE area = ? AND deleted = 0 AND grid IS NULL AND household IS NOT NULL"
)
_texts = msgspec.json.Decoder(list[str]).decode


@dataclass(frozen=True)
class Counted:
    """Households and people by the id of their grid, and all of them, in whatever grid or none."""

    households: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    all_households: int = 0
    all_people: int = 0


def count_by_grid(connection: Connection, area: str) -> Counted:
    """Count all grids of an area in a few queries.

    A person is counted in the grid of their own record, without one in that of their household.
    """
    households, all_households = _own(connection, Household.kind, area)
    people, all_people = _own(connection, Resident.kind, area)
    if people.total() < all_people:
        ids, grids = map(_texts, connection.exec_driver_sql(_HOMES, (area,)).one())
        (told,) = connection.exec_driver_sql(_BY_HOUSEHOLD, (area,)).one()
        grid_of = dict(zip(ids, grids, strict=True))
        people.update(grid_of[home] for home in _texts(told) if home in grid_of)
    return Counted(households, people, all_households, all_people)


def count_some(connection: Connection, area: str, grids: Sequence[str]) -> Counted:
    """Count some grids, those of a page of a list, by looking at no others where that can be."""
    ask = connection.exec_driver_sql
    rows = int(ask(_ROWS.format(Resident.kind)).scalar_one())
    if int(ask(_NAMING_ONE, (area,)).scalar_one()) < rows:
        # Somebody names no grid, and counts where the household is.
        return count_by_grid(connection, area)
    asked = json.dumps(list(grids))
    found: list[Counter[str]] = []
    for kind in (Household.kind, Resident.kind):
        some: Counter[str] = Counter(dict(ask(_SOME.format(kind), (area, asked)).all()))
        deleted: Counter[str] = Counter(dict(ask(_DELETED.format(kind), (area,)).all()))
        found.append(some - deleted)
    return Counted(found[0], found[1])


def _own(connection: Connection, kind: str, area: str) -> tuple[Counter[str], int]:
    """How many live records of a kind name each grid, and how many there are in all."""
    ask = connection.exec_driver_sql
    found: Counter[str] = Counter(dict(ask(_ALL.format(kind), (area,)).all()))
    deleted: Counter[str] = Counter(dict(ask(_DELETED.format(kind), (area,)).all()))
    rows = int(ask(_ROWS.format(kind)).scalar_one())
    return found - deleted, rows - deleted.total()
