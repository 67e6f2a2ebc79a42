"""What one may do with teams of family doctors, their members and key residents. No Qt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import ColumnElement, func, select

from desktop.doctors.board import Board, board_of
from desktop.doctors.pairings import DOUBLE, DoctorPairings, Leaders
from desktop.doctors.visits import DoctorVisits, due_residents
from desktop.register.service import Condition, Register, Row
from desktop.storage.listing import areas
from desktop.storage.lists import names_of_items
from desktop.storage.store import Store
from sync.records import (
    DoctorPairing,
    DoctorTeam,
    DoctorTeamMember,
    Grid,
    KeyResident,
    Record,
    Resident,
    Value,
)

# What a page may know of the store comes through its service.
__all__ = [
    "DOUBLE",
    "Board",
    "DoctorPairings",
    "DoctorTeamMembers",
    "DoctorTeams",
    "DoctorVisits",
    "Doctors",
    "KeyResidents",
]

#: Whether somebody is looked after still.
LISTED, LEFT = "listed", "left"


class DoctorTeams(Register):
    """The teams that are at home in this village."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, DoctorTeam)

    def members(self, teams: Sequence[str]) -> dict[str, str]:
        """How many members each of these teams has."""
        return self._counts(DoctorTeamMember, teams)

    def grids(self, teams: Sequence[str]) -> dict[str, str]:
        """How many grids each of these teams is paired with, whatever is still to be confirmed."""
        pairing = DoctorPairing.table.c
        return self._counts(DoctorPairing, teams, pairing.ended_on.is_(None))

    def facts(self, row: Row) -> list[tuple[str, str]]:
        """Who is in the team, which grids it has, and how many residents it looks after."""
        member, pairing, key = DoctorTeamMember.table, DoctorPairing.table.c, KeyResident.table
        with self.store.read() as connection:
            theirs = areas(connection)
            people = connection.execute(
                select(member.c.name, member.c.role)
                .where(member.c.area.in_(theirs), member.c.team == row.id, member.c.deleted == 0)
                .order_by(member.c.made_at, member.c.id)
                .limit(_SHOWN + 1)
            ).all()
            grids = connection.execute(
                select(Grid.table.c.name)
                .join(DoctorPairing.table, pairing.grid == Grid.table.c.id)
                .where(pairing.area.in_(theirs), pairing.team == row.id, pairing.deleted == 0)
                .where(pairing.ended_on.is_(None))
                .order_by(Grid.table.c.name)
                .distinct()
                .limit(_SHOWN + 1)
            ).scalars()
            listed = connection.execute(
                select(func.count(key.c.resident.distinct()))
                .where(key.c.area.in_(theirs), key.c.team == row.id, key.c.deleted == 0)
                .where(key.c.until.is_(None))
            ).scalar_one()
            roles = names_of_items(connection, {str(role) for _, role in people if role})
            named = [f"{n}（{roles[r]}）" if r in roles else str(n) for n, r in people]
            return [
                ("成员", _together(named)),
                ("结对的网格", _together([str(name) for name in grids])),
                ("负责的重点人员", f"{listed:,} 人"),
            ]

    def _counts(
        self, record: type[Record], teams: Sequence[str], *more: ColumnElement[bool]
    ) -> dict[str, str]:
        columns = record.table.c
        with self.store.read() as connection:
            statement = (
                select(columns.team, func.count())
                .where(columns.area.in_(areas(connection)), columns.team.in_(list(teams)))
                .where(columns.deleted == 0, *more)
                .group_by(columns.team)
            )
            found = {str(team): str(count) for team, count in connection.execute(statement)}
        return {team: found.get(team, "0") for team in teams}


class DoctorTeamMembers(Register):
    """The members of teams."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, DoctorTeamMember)

    def phones(self, members: Sequence[str]) -> dict[str, str]:
        """The phone of each of these members, masked: the resident's where the member is one."""
        member, resident = DoctorTeamMember.table, Resident.table
        own, theirs = DoctorTeamMember.fields["phone"], Resident.fields["phone"]
        joined = member.outerjoin(
            resident,
            (resident.c.area == member.c.area)
            & (resident.c.id == member.c.resident)
            & (resident.c.deleted == 0),
        )
        with self.store.read() as connection:
            statement = (
                select(member.c.id, member.c.phone, resident.c.phone)
                .select_from(joined)
                .where(member.c.area.in_(areas(connection)), member.c.id.in_(list(members)))
            )
            return {
                str(one): theirs.mask(shared) or own.mask(phone)
                for one, phone, shared in connection.execute(statement)
            }


class KeyResidents(Register):
    """The residents whom teams look after in particular."""

    def __init__(self, store: Store, visits: DoctorVisits) -> None:
        super().__init__(store, KeyResident)
        self._visits = visits

    conditions: Mapping[str, Condition] = MappingProxyType(
        {
            "due": lambda _asked: KeyResident.table.c.resident.in_(due_residents()),
            "grid": lambda grid: _lives_in(grid),
            "listed": lambda which: _is_listed(which),
        }
    )

    def grids(self, ids: Sequence[str]) -> dict[str, str]:
        """The grid in which each of these lives, by name."""
        key, resident, grid = KeyResident.table.c, Resident.table, Grid.table
        with self.store.read() as connection:
            statement = (
                select(key.id, grid.c.name)
                .join(resident, (resident.c.area == key.area) & (resident.c.id == key.resident))
                .join(grid, (grid.c.area == resident.c.area) & (grid.c.id == resident.c.grid))
                .where(key.area.in_(areas(connection)), key.id.in_(list(ids)))
            )
            return {str(one): str(name) for one, name in connection.execute(statement)}

    def last_visits(self, ids: Sequence[str]) -> dict[str, str]:
        """The day on which each of these was visited last."""
        newest = self._newest(ids)
        return {one: str(visit["visited_on"]) for one, visit in newest.items()}

    def next_visits(self, ids: Sequence[str]) -> dict[str, str]:
        """The day on which each of these is to be visited next, where that was said."""
        newest = self._newest(ids)
        return {one: str(visit["next_on"] or "") for one, visit in newest.items()}

    def by_grid(self) -> list[tuple[str, int]]:
        """How many residents of each grid are looked after: (grid's name, number), by name.

        Those whose grid nobody has entered come last, under ''.
        """
        key, resident, grid = KeyResident.table.c, Resident.table, Grid.table
        with self.store.read() as connection:
            statement = (
                select(grid.c.name, func.count(key.resident.distinct()))
                .select_from(KeyResident.table)
                .join(resident, (resident.c.area == key.area) & (resident.c.id == key.resident))
                .outerjoin(grid, (grid.c.area == resident.c.area) & (grid.c.id == resident.c.grid))
                .where(key.area.in_(areas(connection)), key.deleted == 0, key.until.is_(None))
                .group_by(grid.c.id, grid.c.name)
            )
            found = [(str(name or ""), int(count)) for name, count in connection.execute(statement)]
        return sorted(found, key=lambda one: (not one[0], one[0]))

    def advice(self, raw: Mapping[str, str]) -> str:
        """Say that somebody is entered for the same reason already."""
        wanted = (raw.get("resident"), raw.get("category"))
        if not all(wanted):
            return ""
        key = KeyResident.table.c
        with self.store.read() as connection:
            statement = (
                select(key.since)
                .where(key.area.in_(areas(connection)), key.deleted == 0, key.until.is_(None))
                .where(key.resident == wanted[0], key.category == wanted[1])
            )
            found = connection.execute(statement.limit(1)).first()
        if found is None:
            return ""
        since = f"（{found[0]} 列入）" if found[0] else ""
        return f"这位居民已经登记在这一类里{since}，不用再登记。"

    def _newest(self, ids: Sequence[str]) -> dict[str, Mapping[str, Value]]:
        key = KeyResident.table.c
        with self.store.read() as connection:
            statement = select(key.id, key.resident).where(
                key.area.in_(areas(connection)), key.id.in_(list(ids))
            )
            residents = {str(one): str(r) for one, r in connection.execute(statement)}
        visits = self._visits.newest(list(residents.values()))
        return {one: visits[r] for one, r in residents.items() if r in visits}


class Doctors:
    """All that a village does with family doctors."""

    def __init__(self, store: Store, leaders: Leaders | None = None) -> None:
        """``leaders`` tells who is posted to lead some grids, by grid id."""
        self.teams, self.members = DoctorTeams(store), DoctorTeamMembers(store)
        self.pairings, self.visits = DoctorPairings(store, leaders), DoctorVisits(store)
        self.keys = KeyResidents(store, self.visits)
        self._store = store

    def board(self) -> Board:
        """The sheet of all pairings that both sides have confirmed."""
        return board_of(self._store)


#: So many names stand in a fact; of the rest only the number.
_SHOWN = 30


def _together(names: Sequence[str]) -> str:
    more = "……" if len(names) > _SHOWN else ""
    return "、".join(names[:_SHOWN]) + more


def _lives_in(grid: Value) -> ColumnElement[bool]:
    resident = Resident.table.c
    return KeyResident.table.c.resident.in_(select(resident.id).where(resident.grid == grid))


def _is_listed(which: Value) -> ColumnElement[bool]:
    until = KeyResident.table.c.until
    return until.is_(None) if which == LISTED else until.is_not(None)
