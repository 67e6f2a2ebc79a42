"""The village's teams on a day, counted in the database: one line of facts, at any size. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import CTE, ColumnElement, Connection, case, func, or_, select

from desktop.storage.readiness import standings_of
from desktop.team.occupancy import PERSON, listed, on_day, own_area, seats_of, values_of
from sync.records import Grid, Posting
from sync.records.teams import BOTH, EMERGENCY, PEACETIME, Seat

_posting, _grid = Posting.table.c, Grid.table.c


@dataclass(frozen=True)
class Tally:
    """Nothing more than facts to look at: how many grids, how many persons ``missing`` on seats, in
    how many grids more stand than there are places or somebody stands twice, how many are in
    emergency."""

    grids: int = 0
    missing: int = 0
    crowded: int = 0
    emergency: int = 0


def tally_of(connection: Connection, day: str) -> Tally:
    """Count the grids that the team page lists, as ``occupancy.manned`` would see them."""
    area = own_area(connection)
    statement = select(_grid.id).where(_grid.area == area, _grid.deleted == 0, listed(day))
    grids = list(connection.execute(statement).scalars())
    standings = standings_of(connection, grids, day)
    alarmed = [grid for grid in grids if standings[grid].mode == EMERGENCY]
    there = _there(area, day, alarmed)
    seats = seats_of(connection)
    needed = {mode: _needed(seats, mode) for mode in (PEACETIME, EMERGENCY)}
    whole = sum(needed[PEACETIME].values()) * (len(grids) - len(alarmed))
    whole += sum(needed[EMERGENCY].values()) * len(alarmed)
    groups = select(there.c.grid, there.c.seat, there.c.alarmed, func.count())
    by_seat = groups.group_by(there.c.grid, there.c.seat, there.c.alarmed)
    filled = 0
    crowded: set[str] = set()
    for grid, seat, in_alarm, number in connection.execute(by_seat):
        needs = needed[EMERGENCY if in_alarm else PEACETIME].get(seat)
        if needs is not None:
            filled += min(number, needs)
            if number > needs:
                crowded.add(grid)
    return Tally(len(grids), whole - filled, len(crowded | _twice(connection, there)), len(alarmed))


def _there(area: str, day: str, alarmed: Sequence[str]) -> CTE:
    """Who stands where on the day, each grid in its mode."""
    in_alarm: ColumnElement[int] = case((_posting.grid.in_(values_of(alarmed)), 1), else_=0)
    mode = case((in_alarm == 1, EMERGENCY), else_=PEACETIME)
    return (
        select(_posting.grid, _posting.seat, PERSON.label("person"), in_alarm.label("alarmed"))
        .where(
            _posting.area == area,
            _posting.deleted == 0,
            on_day(day),
            or_(_posting.mode == BOTH, _posting.mode == mode),
        )
        .cte("there")
    )


def _needed(seats: Sequence[Seat], mode: str) -> dict[str, int]:
    return {
        seat.id: seat.needs for seat in seats if seat.stands_in(mode) and seat.needs is not None
    }


def _twice(connection: Connection, there: CTE) -> set[str]:
    """The grids where somebody stands who stands somewhere else too."""
    several = (
        select(there.c.person)
        .where(there.c.person != "")
        .group_by(there.c.person)
        .having(func.count() > 1)
    )
    statement = select(there.c.grid).where(there.c.person.in_(several)).distinct()
    return set(connection.execute(statement).scalars())
