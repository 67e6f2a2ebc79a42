"""Who stands where on a day, read for some grids or for all. No Qt."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from desktop.storage import settings
from desktop.storage.lists import items_of
from desktop.storage.readiness import standings_of
from sync.records import Grid, Posting, Resident
from sync.records.teams import (
    LEADER,
    Filled,
    Seat,
    Stand,
    Standing,
    board_of,
    twice_there,
)

SEATS, MODES = "grid_seat", "readiness_mode"
#: The mode of a seat that the county has taken off its list: it is there in none.
_RETIRED = "retired"
#: How many columns of a row make a ``Stand``.
_OF_A_STAND = 8

_posting, _resident, _grid = Posting.table.c, Resident.table.c, Grid.table.c
#: Tells people apart: a resident by id, others by name and telephone, who has neither not at all.
PERSON = case(
    (_posting.resident.is_not(None), _posting.resident),
    (_posting.phone.is_not(None), _posting.name + " " + _posting.phone),
    else_="",
)


@dataclass(frozen=True)
class Manned:
    """One grid on one day: its mode, its seats, and who of them stands elsewhere too, by person."""

    grid: str
    standing: Standing
    seats: tuple[Filled, ...]
    twice: dict[str, tuple[Stand, ...]] = field(repr=False)

    @property
    def people(self) -> tuple[Stand, ...]:
        """Everybody who stands there."""
        return tuple(one for filled in self.seats for one in filled.stands)

    @property
    def empty(self) -> tuple[Filled, ...]:
        """The seats that still need somebody."""
        return tuple(filled for filled in self.seats if filled.missing)

    @property
    def crowded(self) -> tuple[Filled, ...]:
        """The seats on which more stand than there are places."""
        return tuple(filled for filled in self.seats if filled.spare)


def seats_of(connection: Connection) -> list[Seat]:
    """The county's seats in their order; retired ones, which only old postings hold, at the end."""
    items = items_of(connection, SEATS, retired=True)
    return [
        Seat(
            item.id,
            item.name,
            item.number,
            _RETIRED if item.retired else item.parent.removeprefix(f"{MODES}."),
        )
        for item in sorted(items, key=lambda item: item.retired)
    ]


def stands_of(connection: Connection, *held: ColumnElement[bool]) -> list[Stand]:
    """Postings of the village, in the order in which people came, as ``board_of`` takes them."""
    return [Stand(*row[:_OF_A_STAND]) for row in _rows(connection, *held)]


def manned(connection: Connection, grids: Sequence[str] | None, day: str) -> dict[str, Manned]:
    """Some grids, or all that are listed (``None``), as they are manned on a day."""
    there = stands_of(connection, on_day(day)) if grids is None else _around(connection, grids, day)
    wanted = list(grids if grids is not None else _listed(connection, day))
    asked = sorted({*wanted, *(one.grid for one in there)})
    standings = standings_of(connection, asked, day)
    seats = seats_of(connection)
    there = [one for one in there if one.on(day, standings[one.grid].mode)]
    twice = twice_there(there)
    by_grid: defaultdict[str, list[Stand]] = defaultdict(list)
    for one in there:
        by_grid[one.grid].append(one)
    return {
        grid: Manned(
            grid,
            standings[grid],
            board_of(seats, by_grid[grid], day, standings[grid].mode),
            {one.person: twice[one.person] for one in by_grid[grid] if one.person in twice},
        )
        for grid in wanted
    }


def on_day(day: str) -> ColumnElement[bool]:
    """Postings that hold on a day, in whatever mode."""
    return and_(
        or_(_posting.started_on.is_(None), _posting.started_on <= day),
        or_(_posting.ended_on.is_(None), _posting.ended_on > day),
    )


def listed(day: str) -> ColumnElement[bool]:
    """The grids that the team page lists: open ones that people live in, and any where somebody
    is posted (a general grid, or one that was closed and not left)."""
    # No look at the grid's area: ids are of one village, and so it is asked once, not for each.
    posted = select(_posting.grid).where(_posting.deleted == 0, on_day(day))
    lived_in = and_(_grid.level != "general", func.coalesce(_grid.state, "open") == "open")
    return or_(lived_in, _grid.id.in_(posted))


def phones_of(connection: Connection, postings: Iterable[str]) -> dict[str, str]:
    """The telephone of each posting's person: of a resident the resident's, of others their own."""
    number = case((_posting.resident.is_not(None), _resident.phone), else_=_posting.phone)
    statement = (
        select(_posting.id, number)
        .select_from(
            Posting.table.outerjoin(
                Resident.table,
                and_(_resident.area == _posting.area, _resident.id == _posting.resident),
            )
        )
        .where(_posting.area == own_area(connection), _posting.id.in_(values_of(postings)))
    )
    return {posting: phone or "" for posting, phone in connection.execute(statement)}


def leaders_of(
    connection: Connection, grids: Sequence[str] | None, day: str
) -> dict[str, list[Stand]]:
    """Who leads each of some grids, or of all, on a day in the mode it stands in; grids on whose
    leader's seat nobody stands are left out."""
    some = [] if grids is None else [_posting.grid.in_(values_of(grids))]
    there = stands_of(connection, on_day(day), _posting.seat == LEADER, *some)
    standings = standings_of(connection, sorted({one.grid for one in there}), day)
    found: defaultdict[str, list[Stand]] = defaultdict(list)
    for one in there:
        if one.on(day, standings[one.grid].mode):
            found[one.grid].append(one)
    return dict(found)


def leader_of(grid: Manned) -> tuple[Stand, ...]:
    """Who leads a grid."""
    return next((f.stands for f in grid.seats if f.seat.id == LEADER), ())


def _listed(connection: Connection, day: str) -> list[str]:
    statement = select(_grid.id).where(
        _grid.area == own_area(connection), _grid.deleted == 0, listed(day)
    )
    return list(connection.execute(statement).scalars())


def _around(connection: Connection, grids: Sequence[str], day: str) -> list[Stand]:
    """Who stands in these grids, and where else the same people stand; each step by an index."""
    rows = _rows(connection, on_day(day), _posting.grid.in_(values_of(grids)))
    residents = {row.resident for row in rows if row.resident is not None}
    strangers = {row.phone for row in rows if row.resident is None and row.phone is not None}
    elsewhere = _posting.grid.not_in(values_of(grids))
    if residents:
        rows += _rows(
            connection, on_day(day), elsewhere, _posting.resident.in_(values_of(residents))
        )
    if strangers:
        # Whoever has the telephone by another name is told apart by the name.
        same = and_(_posting.resident.is_(None), _posting.phone.in_(values_of(strangers)))
        rows += _rows(connection, on_day(day), elsewhere, same)
    return [Stand(*row[:_OF_A_STAND]) for row in rows]


def _rows(connection: Connection, *held: ColumnElement[bool]) -> list[Any]:
    """Live postings of the village, with what makes a ``Stand`` in its order."""
    statement = select(
        _posting.id,
        _posting.grid,
        _posting.seat,
        _posting.name,
        _posting.mode,
        PERSON,
        func.coalesce(_posting.started_on, ""),
        func.coalesce(_posting.ended_on, ""),
        _posting.resident,
        _posting.phone,
    ).where(_posting.area == own_area(connection), _posting.deleted == 0, *held)
    came = func.coalesce(_posting.started_on, "")
    return list(connection.execute(statement.order_by(came, _posting.id)))


def own_area(connection: Connection) -> str:
    """The village's area, with which every index begins."""
    return settings.read(connection, settings.AREA)


def values_of(ids: Iterable[str]) -> Any:
    """Ids as a table to look into, however many they are."""
    found = func.json_each(json.dumps(list(ids))).table_valued("value")
    return select(found.c.value)
