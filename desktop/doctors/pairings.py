"""What one may do with pairings of grids and teams: confirm for a side, end. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, select

from desktop.register.service import Condition, Register, Row
from desktop.storage import settings
from desktop.storage.listing import areas
from desktop.storage.store import Store
from desktop.storage.writing import now
from sync.records import DoctorPairing, DoctorTeam, DoctorTeamMember, Grid, Value
from sync.records.doctors import (
    ENDED,
    GRID_SIDE,
    PAIRING_STATES,
    TEAM_SIDE,
    doubles_of,
    pairing_state,
)

#: What a chip may ask for beside the states: pairings that share grid and tier with another.
DOUBLE = "double"
_STEPS = {"grid_side": GRID_SIDE, "team_side": TEAM_SIDE, "ended": ENDED}
#: The member who speaks for a team.
_LEADER = "doctor_role.leader"


#: Tells who is posted to lead some grids (None: all), by grid id.
Leaders = Callable[[Sequence[str] | None], Mapping[str, str]]


class DoctorPairings(Register):
    """The pairings, and where each stands."""

    def __init__(self, store: Store, leaders: Leaders | None = None) -> None:
        """``leaders`` tells who is posted to lead some grids, by grid id."""
        super().__init__(store, DoctorPairing)
        self._leaders = leaders or (lambda _grids: {})

    conditions: Mapping[str, Condition] = MappingProxyType({"pairing_state": lambda s: _stands(s)})

    def states(self, pairings: Sequence[str]) -> dict[str, str]:
        """Where each of these stands: a code of ``PAIRING_STATES``, with `` double`` behind it
        where another lives beside it."""
        with self.store.read() as connection:
            theirs = _theirs(connection, DoctorPairing.table.c.id.in_(list(pairings)))
            grids = {values["grid"] for values in theirs.values()}
            there = _theirs(connection, DoctorPairing.table.c.grid.in_(list(grids)))
        doubles = doubles_of(there)
        return {
            one: pairing_state(values) + (f" {DOUBLE}" if one in doubles else "")
            for one, values in theirs.items()
        }

    def phones(self, pairings: Sequence[str]) -> dict[str, str]:
        """The phone that each of these is reached by: the team's where it is entered here."""
        pairing, team = DoctorPairing.table, DoctorTeam.table
        joined = pairing.outerjoin(
            team, (team.c.area == pairing.c.area) & (team.c.id == pairing.c.team)
        )
        with self.store.read() as connection:
            statement = (
                select(pairing.c.id, team.c.phone, pairing.c.phone)
                .select_from(joined)
                .where(pairing.c.area.in_(areas(connection)), pairing.c.id.in_(list(pairings)))
            )
            return {
                str(one): str(theirs or own or "")
                for one, theirs, own in connection.execute(statement)
            }

    def facts(self, row: Row) -> list[tuple[str, str]]:
        """What each side said and when, how it ended, and what else the grid has on that tier."""
        told = [
            ("网格方", _said(row.values, GRID_SIDE, "确认")),
            ("团队方", _said(row.values, TEAM_SIDE, "确认")),
        ]
        if row.values["ended_on"]:
            told.append(("结束", _said(row.values, ENDED, "结束")))
            told.append(("结束原因", str(row.values["end_reason"] or "")))
        elif others := self._beside(row.id, row.values):
            words = "、".join(f"{name}（{state}）" for name, state in others)
            told.append(("同层级还有", f"{words}。一个网格一层只留一个，请结束多的那个。"))
        return told

    def advice(self, raw: Mapping[str, str]) -> str:
        """Say that the grid has a pairing on that tier already."""
        if not raw.get("grid"):
            return ""
        values: Mapping[str, Value] = {"grid": raw["grid"], "tier": raw.get("tier") or None}
        others = self._beside("", values)
        if not others:
            return ""
        words = "、".join(f"“{name}”（{state}）" for name, state in others)
        return f"这个网格在这一层已经有{words}。再加就重复了，最好先结束原来的。"

    def words(self, row: Row) -> str:
        """Which grid and which team a pairing is about."""
        grid = Grid.table.c
        with self.store.read() as connection:
            statement = select(grid.name).where(
                grid.area.in_(areas(connection)), grid.id == row.values["grid"]
            )
            return f"{connection.execute(statement).scalar() or ''}　{row.values['name']}"

    def who_confirms(self, row: Row, step: str) -> str:
        """Who probably makes a step: the grid's head for the grid, the team's leader for the team,
        else whoever works here."""
        with self.store.read() as connection:
            if step == "team_side":
                member = DoctorTeamMember.table.c
                statement = (
                    select(member.name)
                    .where(member.area.in_(areas(connection)), member.deleted == 0)
                    .where(member.team == row.values["team"], member.role == _LEADER)
                )
                return str(connection.execute(statement.limit(1)).scalar() or "")
            if step == "grid_side":
                own = str(row.values["grid"])
                if posted := self._leaders([own]).get(own):
                    return posted
                grid = Grid.table.c
                statement = select(grid.leader).where(
                    grid.area.in_(areas(connection)), grid.id == row.values["grid"]
                )
                if leader := connection.execute(statement).scalar():
                    return str(leader)
            return settings.read(connection, settings.OPERATOR)

    def make(self, pairing: str, step: str, by: str, reason: str = "") -> None:
        """Confirm for the ``grid_side`` or the ``team_side`` or let it be ``ended``, today.

        Raises RecordInvalid where the step was made or is no more to be made, or where nobody or
        no reason is named.
        """
        names = _STEPS[step]
        typed = dict(zip(names, (now()[:10], by, reason), strict=False))
        self.edit(pairing, typed)

    def _beside(self, pairing: str, values: Mapping[str, Value]) -> list[tuple[str, str]]:
        """Name and state of what else lives on the same grid and tier."""
        table = DoctorPairing.table.c
        words = dict(PAIRING_STATES)
        with self.store.read() as connection:
            there = _theirs(
                connection,
                table.grid == values["grid"],
                table.tier.is_not_distinct_from(values["tier"]),
            )
        return [
            (str(other["name"]), words[state])
            for one, other in there.items()
            if one != pairing and (state := pairing_state(other)) != "ended"
        ]


def _theirs(connection: Connection, *conditions: ColumnElement[bool]) -> dict[str, dict[str, Any]]:
    table = DoctorPairing.table
    statement = select(table).where(
        table.c.area.in_(areas(connection)), table.c.deleted == 0, *conditions
    )
    return {row["id"]: dict(row) for row in connection.execute(statement).mappings()}


def _said(values: Mapping[str, Value], step: tuple[str, ...], word: str) -> str:
    day, by = values[step[0]], values[step[1]]
    return f"{by} · {day} {word}" if day else f"还没有{word}"


def _stands(state: Value) -> ColumnElement[bool]:
    """``pairing_state`` and ``doubles_of`` as a condition."""
    table = DoctorPairing.table.c
    grid, team, ended = (table[step[0]].is_not(None) for step in (GRID_SIDE, TEAM_SIDE, ENDED))
    if state == "ended":
        return ended
    if state == DOUBLE:
        other = DoctorPairing.table.alias()
        same = (
            (other.c.area == table.area)
            & (other.c.grid == table.grid)
            & other.c.tier.is_not_distinct_from(table.tier)
        )
        lives = (other.c.deleted == 0) & other.c.ended_on.is_(None) & (other.c.id != table.id)
        return ~ended & exists().where(same & lives)
    said = {"open": (0, 0), "grid_side": (1, 0), "team_side": (0, 1), "paired": (1, 1)}[str(state)]
    sides = [side if wanted else ~side for side, wanted in zip((grid, team), said, strict=True)]
    return ~ended & sides[0] & sides[1]
