"""Visits of family doctors: written once, and what they say of the next one. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from desktop.register.service import Condition, Register
from desktop.storage.listing import areas
from desktop.storage.store import Store
from desktop.storage.writing import now
from sync.records import DoctorTeam, DoctorVisit, Grid, KeyResident, Resident, Value


@dataclass(frozen=True)
class DueVisit:
    """Somebody whom a visit was promised for a day that has come. ``visit`` is the one that said
    so; ``grid`` and ``team`` are names and may be ''."""

    visit: str
    resident: str
    name: str
    next_on: str
    grid: str = ""
    team: str = ""


class DoctorVisits(Register):
    """The visits."""

    conditions: Mapping[str, Condition] = MappingProxyType(
        {"due": lambda _asked: DoctorVisit.table.c.id.in_(_due("id"))}
    )

    def __init__(self, store: Store) -> None:
        super().__init__(store, DoctorVisit)

    @staticmethod
    def today() -> str:
        """The day by this PC's clock, for a form to begin with."""
        return now()[:10]

    def newest(self, residents: Sequence[str]) -> dict[str, Mapping[str, Value]]:
        """The newest visit of each of these residents that was not corrected, by resident."""
        with self.store.read() as connection:
            table = DoctorVisit.table.c
            there = table.area.in_(areas(connection))
            found = _newest(there, table.resident.in_(list(residents)))
            return {str(row["resident"]): dict(row) for row in connection.execute(found).mappings()}

    def due_visits(self, today: str, limit: int = 50) -> list[DueVisit]:
        """Whose next visit is due on ``today`` (YYYY-MM-DD) or was before, longest first.

        A help, and no quota: it asks only what the doctors themselves wrote down. Whoever is no
        key resident any more is not asked for.
        """
        with self.store.read() as connection:
            visit = _newest(_promised(today)).subquery()
            resident, grid, team = Resident.table, Grid.table, DoctorTeam.table
            statement = (
                select(
                    visit.c.id,
                    visit.c.resident,
                    resident.c.name,
                    visit.c.next_on,
                    func.coalesce(grid.c.name, ""),
                    func.coalesce(team.c.name, ""),
                )
                .select_from(visit)
                # Outer, so that SQLite begins with the few visits and not with all residents.
                .outerjoin(
                    resident, (resident.c.area == visit.c.area) & _same(resident, visit.c.resident)
                )
                .outerjoin(grid, (grid.c.area == visit.c.area) & _same(grid, resident.c.grid))
                .outerjoin(team, (team.c.area == visit.c.area) & _same(team, visit.c.team))
                .where(visit.c.area.in_(areas(connection)))
                .where(visit.c.next_on <= today, visit.c.resident.not_in(_no_longer()))
                .order_by(visit.c.next_on, resident.c.name, visit.c.id)
                .limit(limit)
            )
            found = connection.execute(statement).all()
            return [DueVisit(*map(str, row)) for row in found if row.name is not None]

    def corrected(self, visits: Sequence[str]) -> dict[str, str]:
        """The day of the visit that corrects each of these, where one does."""
        table = DoctorVisit.table.c
        with self.store.read() as connection:
            statement = (
                select(table.corrects, func.max(table.visited_on))
                .where(table.area.in_(areas(connection)), table.deleted == 0)
                .where(table.corrects.in_(list(visits)))
                .group_by(table.corrects)
            )
            return {str(one): f"已更正（{day}）" for one, day in connection.execute(statement)}


def due_residents(today: str = "") -> Select[Any]:
    """The ids of all residents whose next visit is due, as ``due_visits`` finds them."""
    return _due("resident", today)


def _due(column: str, today: str = "") -> Select[Any]:
    today = today or now()[:10]
    visit = _newest(_promised(today)).subquery()
    return select(visit.c[column]).where(
        visit.c.next_on <= today, visit.c.resident.not_in(_no_longer())
    )


def _promised(today: str) -> ColumnElement[bool]:
    """Visits of residents to whom any visit was promised by that day: most need no second look."""
    promising = DoctorVisit.table.alias().c
    return DoctorVisit.table.c.resident.in_(
        select(promising.resident).where(promising.next_on <= today, promising.deleted == 0)
    )


def _newest(*conditions: ColumnElement[bool]) -> Select[Any]:
    """The newest visit of each resident that was not corrected, as
    ``sync.records.doctors.next_visits`` finds it."""
    table, other = DoctorVisit.table.c, DoctorVisit.table.alias().c
    corrected = select(other.corrects).where(other.deleted == 0, other.corrects.is_not(None))
    # SQLite takes the other columns from the row that holds the one greatest value.
    last = func.max(table.visited_on + " " + table.made_at + " " + table.id).label("last")
    columns = (table.area, table.id, table.resident, table.team, table.visited_on, table.next_on)
    return (
        select(*columns, last)
        .where(table.deleted == 0, table.id.not_in(corrected), *conditions)
        .group_by(table.area, table.resident)
    )


def _no_longer() -> Select[Any]:
    """Residents who were key residents, and are none any more."""
    key = KeyResident.table.alias().c
    return (
        select(key.resident)
        .where(key.deleted == 0)
        .group_by(key.resident)
        .having(func.count() == func.count(key.until))
    )


def _same(table: Any, column: Any) -> Any:
    return (table.c.id == column) & (table.c.deleted == 0)
