"""How many households and people each grid has, counted from their records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from sync.records import Household, Resident


@dataclass(frozen=True)
class Counted:
    """Households and people by the id of their grid."""

    households: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)


def count_by_grid(connection: Connection, area: str) -> Counted:
    """Count all grids of an area in three grouped queries.

    A person is counted in the grid of their own record, without one in that of their household.
    """
    household, person = Household.table.c, Resident.table.c
    lives, is_there = person.area == area, person.deleted == 0
    homes = (
        select(household.grid, func.count())
        .where(household.area == area, household.deleted == 0, household.grid.is_not(None))
        .group_by(household.grid)
    )
    own = (
        select(person.grid, func.count())
        .where(lives, is_there, person.grid.is_not(None))
        .group_by(person.grid)
    )
    by_household = (
        select(household.grid, func.count())
        .select_from(Household.table.join(Resident.table, person.household == household.id))
        .where(
            household.area == area,
            household.deleted == 0,
            household.grid.is_not(None),
            lives,
            is_there,
            person.grid.is_(None),
        )
        .group_by(household.grid)
    )
    people: Counter[str] = Counter(dict(connection.execute(own).all()))
    people.update(dict(connection.execute(by_household).all()))
    return Counted(Counter(dict(connection.execute(homes).all())), people)
