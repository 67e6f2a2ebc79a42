"""How many households and people each grid has, counted from their records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import msgspec
from sqlalchemy import Connection

from desktop.storage.listing import counts
from sync.records import Household, Resident

# The index by grid alone tells how many there are, and the few that are deleted are taken off: to
# look at each row of 60,000 people takes seven times as long.
_ALL = "SELECT grid, count(*) FROM {} WHERE area = ? AND grid IS NOT NULL GROUP BY grid"
_DELETED = (
    "SELECT grid, count(*) FROM {} NOT INDEXED"
    " WHERE deleted <> 0 AND area = ? AND grid IS NOT NULL GROUP BY grid"
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
    """Households and people by the id of their grid."""

    households: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)


def count_by_grid(connection: Connection, area: str) -> Counted:
    """Count all grids of an area in a few queries.

    A person is counted in the grid of their own record, without one in that of their household.
    """
    households, people = (_own(connection, kind, area) for kind in (Household.kind, Resident.kind))
    if people.total() < counts(connection, [Resident.kind])[Resident.kind]:
        ids, grids = map(_texts, connection.exec_driver_sql(_HOMES, (area,)).one())
        (told,) = connection.exec_driver_sql(_BY_HOUSEHOLD, (area,)).one()
        grid_of = dict(zip(ids, grids, strict=True))
        people.update(grid_of[home] for home in _texts(told) if home in grid_of)
    return Counted(households, people)


def _own(connection: Connection, kind: str, area: str) -> Counter[str]:
    """How many live records of a kind name each grid."""
    found: Counter[str] = Counter()
    for sql, add in ((_ALL, found.update), (_DELETED, found.subtract)):
        add(dict(connection.exec_driver_sql(sql.format(kind), (area,)).all()))
    return +found
