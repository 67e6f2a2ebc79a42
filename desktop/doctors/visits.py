"""Visits of family doctors: written once, and what they say of the next one. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from desktop.register.service import Register
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

    def __init__(self, store: Store) -> None:
        super().__init__(store, DoctorVisit)

    @staticmethod
    def today() -> str:
        """The day by this PC's clock, for a form to begin with."""
        return now()[:10]

    def newest(self, residents: Sequence[str]) -> dict[str, Mapping[str, Value]]:
        """The newest visit of each of these residents that was not corrected, by resident."""
        with self.store.read() as connection:
            found = _newest(areas(connection), residents)
            return {str(row["resident"]): dict(row) for row in connection.execute(found).mappings()}

    def due_visits(self, today: str, limit: int = 50) -> list[DueVisit]:
        """Whose next visit is due on ``today`` (YYYY-MM-DD) or was before, longest first.

        A help, and no quota: it asks only what the doctors themselves wrote down. Whoever is no
        key resident any more is not asked for.
        """
        with self.store.read() as connection:
            theirs = areas(connection)
            visit = _newest(theirs).subquery()
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
                .join(
                    resident, (resident.c.area == visit.c.area) & _same(resident, visit.c.resident)
                )
                .outerjoin(grid, (grid.c.area == visit.c.area) & _same(grid, resident.c.grid))
                .outerjoin(team, (team.c.area == visit.c.area) & _same(team, visit.c.team))
                .where(visit.c.next_on <= today, visit.c.resident.not_in(_no_longer(theirs)))
                .order_by(visit.c.next_on, resident.c.name, visit.c.id)
                .limit(limit)
            )
            return [DueVisit(*map(str, row)) for row in connection.execute(statement)]

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


def _newest(theirs: Sequence[str], residents: Sequence[str] | None = None) -> Select[Any]:
    """The newest visit of each resident that was not corrected, as
    ``sync.records.doctors.next_visits`` finds it."""
    table = DoctorVisit.table.c
    there = (table.area.in_(theirs), table.deleted == 0)
    corrected = select(table.corrects).where(*there, table.corrects.is_not(None))
    # SQLite takes the other columns from the row that holds the one greatest value.
    last = func.max(table.visited_on + " " + table.made_at + " " + table.id).label("last")
    columns = (table.area, table.id, table.resident, table.team, table.visited_on, table.next_on)
    found = select(*columns, last).where(*there, table.id.not_in(corrected))
    if residents is not None:
        found = found.where(table.resident.in_(list(residents)))
    return found.group_by(table.resident)


def _no_longer(theirs: Sequence[str]) -> Select[Any]:
    """Residents who were key residents, and are none any more."""
    key = KeyResident.table.c
    return (
        select(key.resident)
        .where(key.area.in_(theirs), key.deleted == 0)
        .group_by(key.resident)
        .having(func.count() == func.count(key.until))
    )


def _same(table: Any, column: Any) -> Any:
    return (table.c.id == column) & (table.c.deleted == 0)
