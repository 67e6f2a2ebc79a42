"""The grids of a village with their teams: a list of any length, and one of them whole. No Qt."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal_column, select

from desktop.register.service import RecordMissing, Register
from desktop.storage import listing, tables
from desktop.storage.listing import SYNCED, Listing, Row
from desktop.storage.readiness import standings_of
from desktop.storage.standing import shown_state
from desktop.storage.store import Store
from desktop.team.occupancy import (
    Manned,
    leaders_of,
    listed,
    manned,
    on_day,
    own_area,
    phones_of,
    seats_of,
    stands_of,
    values_of,
)
from desktop.team.service import today
from desktop.team.tally import Tally, tally_of
from sync.records import Grid, Posting, ReadinessSwitch, Resident, Value
from sync.records.grids import is_closed
from sync.records.teams import LEADER, Filled, Seat, Stand

#: How bad a state of sync is, the worst first: the row of a grid shows that of its team.
_WORST = ("conflict", "refused", "sending", "waiting", "merged")

#: Of so many people found by a name their grids are listed.
_FOUND = 500

_posting, _grid, _switch = Posting.table.c, Grid.table.c, ReadinessSwitch.table.c
_mask = Posting.fields["phone"].mask

#: What one may look for in the teams: by code, whether a grid has such a seat among some of its.
EMPTY, CROWDED, TWICE = "empty", "crowded", "twice"
_LOOKS: dict[str, Callable[[Manned, Sequence[Filled]], bool]] = {
    EMPTY: lambda grid, seats: any(filled.missing for filled in seats),
    CROWDED: lambda grid, seats: any(filled.spare for filled in seats),
    TWICE: lambda grid, seats: any(s.person in grid.twice for f in seats for s in f.stands),
}


@dataclass(frozen=True)
class Person:
    """One person on a seat, with what a cadre sees of them. ``phone`` is masked."""

    stand: Stand = field(repr=False)
    phone: str = field(repr=False)
    state: str = "synced"


@dataclass(frozen=True)
class Leader:
    """Who leads a grid, as the team has it; ``phone`` is masked."""

    name: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True)
class Team:
    """All that the panel of one grid shows. ``past`` are all its postings, also those that are over
    or have not begun; ``written`` is the leader that the grid's own form names, where no posting
    has ever said it."""

    grid: str
    name: str
    day: str
    manned: Manned
    people: Mapping[str, Person] = field(repr=False)
    past: tuple[Stand, ...] = field(repr=False)
    notes: tuple[str, ...] = field(repr=False)
    seats: tuple[Seat, ...] = ()
    written: Leader | None = None


class Teams(Register):
    """The grids of the village with their teams, for a list of any length."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Grid)
        self._page: tuple[list[str], dict[str, Manned]] | None = None
        self.day = today()

    def order(self, wanted: Listing) -> array[int]:
        """The numbers of the grids that the team page lists, in order."""
        asked = {name: str(value) for name, value in wanted.filters}
        self.day = day = asked.get("day") or today()
        number: ColumnElement[int] = literal_column(f"{Grid.kind}.rowid")
        with self.store.read() as connection:
            statement = select(number, _grid.id).where(
                _grid.area == own_area(connection), _grid.deleted == 0, listed(day)
            )
            there: dict[int, str] = dict(connection.execute(statement).all())
            if mode := asked.get("mode"):
                standings = standings_of(connection, list(there.values()), day)
                there = {n: i for n, i in there.items() if standings[i].mode == mode}
            if asked.keys() & {"look", "seat"}:
                known = manned(connection, None, day)
                there = {n: i for n, i in there.items() if _wanted(known[i], asked)}
            if wanted.state:
                states = self._states(connection)
                there = {n: i for n, i in there.items() if states.get(i, SYNCED) == wanted.state}
            held = tuple(each for each in wanted.filters if each[0] in Grid.fields)
            plain = replace(wanted, kind=Grid.kind, filters=held, state=None)
            named = self._found_by_person(connection, wanted.search, day)
            if not named:
                return array("q", (n for n in listing.order_of(connection, plain) if n in there))
            named |= set(listing.order_of(connection, plain))
            whole = listing.order_of(connection, replace(plain, search=""))
            return array("q", (n for n in whole if n in there and n in named))

    def rows(self, numbers: Sequence[int]) -> list[Row]:
        """The grids of these numbers; each stands where its team stands."""
        found = super().rows(numbers)
        with self.store.read() as connection:
            states = self._states(connection, [row.id for row in found])
        return [replace(row, state=states.get(row.id, SYNCED)) for row in found]

    def of_page(self, grids: list[str]) -> dict[str, Manned]:
        """How these grids are manned on the day of the list; asked again for the very same page it
        answers what it has read."""
        if self._page is None or self._page[0] is not grids:
            with self.store.read() as connection:
                self._page = (grids, manned(connection, grids, self.day))
        return self._page[1]

    def tally(self, day: str = "") -> Tally:
        """The village's teams on a day, counted."""
        with self.store.read() as connection:
            return tally_of(connection, day or today())

    def leaders(self, grids: Sequence[str] | None = None) -> dict[str, Leader]:
        """Who leads each of these grids, or of all, today in the mode it stands in, by grid id;
        grids on whose leader's seat nobody is posted are left out."""
        with self.store.read() as connection:
            stands = leaders_of(connection, grids, today())
            phones = phones_of(connection, [s.id for there in stands.values() for s in there])
        return {
            grid: Leader(
                "、".join(one.name for one in there),
                "、".join(_mask(phones[one.id]) for one in there if phones.get(one.id)),
            )
            for grid, there in stands.items()
        }

    def leader_names(self, grids: Sequence[str] | None = None) -> dict[str, str]:
        """The names alone of who leads these grids, or all."""
        with self.store.read() as connection:
            stands = leaders_of(connection, grids, today())
        return {grid: "、".join(one.name for one in there) for grid, there in stands.items()}

    def team(self, grid: str, day: str = "") -> Team:
        """One grid's seats with who stands there, and all its postings. Raises RecordMissing."""
        day = day or today()
        with self.store.read() as connection:
            row = listing.row_of(connection, Grid.kind, grid)
            if row is None:
                raise RecordMissing(Grid.label)
            one = manned(connection, [grid], day)[grid]
            past = stands_of(connection, _posting.grid == grid)
            phones = phones_of(connection, [stand.id for stand in past])
            states = self._posting_states(connection, [stand.id for stand in past])
            names = self._grid_names(connection, one)
            seats = seats_of(connection)
        people = {
            s.id: Person(s, _mask(phones.get(s.id, "")), states.get(s.id, "synced")) for s in past
        }
        notes = notes_of(one, names, {seat.id: seat.name for seat in seats})
        if is_closed(row.values) and one.people:
            notes = ("这个网格已经关闭，还有人在岗", *notes)
        led = any(stand.seat == LEADER for stand in past)
        written = None if led else _written_leader(row.values)
        return Team(
            grid,
            str(row.values["name"]),
            day,
            one,
            people,
            tuple(past),
            notes,
            tuple(seats),
            written,
        )

    def phones(self, postings: Sequence[str]) -> dict[str, str]:
        """The telephones of these postings' people in full; that they were shown is noted."""
        with self.store.read() as connection:
            found = phones_of(connection, postings)
        Register(self.store, Posting).log_full_view(None, len(found), "查看队伍电话")
        return found

    def written_leaders(self) -> int:
        """Of how many grids the leader stands only in the grid's own form."""
        with self.store.read() as connection:
            return len(self._written(connection))

    def take_leaders(self, grid: str = "") -> int:
        """Post the leaders that grids name in their own form, of one grid or of all, and let the
        forms name them no more: a thing is written once. Returns how many."""
        with self.store.write() as writing:
            rows = [row for row in self._written(writing.connection) if grid in ("", row["id"])]
            residents = _residents_named(writing.connection, {row["leader"] for row in rows})
            for row in rows:
                values: dict[str, Value] = {
                    "grid": row["id"],
                    "seat": LEADER,
                    "name": row["leader"],
                }
                same = _same_person(residents.get(row["leader"], []), row["leader_phone"])
                values |= {"resident": same} if same else {"phone": row["leader_phone"]}
                writing.create(Posting, values)
                writing.edit(Grid, row["id"], {"leader": None, "leader_phone": None})
        return len(rows)

    @staticmethod
    def _found_by_person(connection: Connection, search: str, day: str) -> set[int]:
        """The numbers of the grids where somebody stands whom the words find."""
        if not search.strip():
            return set()
        numbers = listing.order_of(connection, Listing(Posting.kind, search=search), [on_day(day)])
        people = listing.rows_at(connection, Posting.kind, numbers[:_FOUND])
        number: ColumnElement[int] = literal_column(f"{Grid.kind}.rowid")
        grids = {str(row.values["grid"]) for row in people}
        statement = select(number).where(
            _grid.area == own_area(connection), _grid.id.in_(values_of(grids))
        )
        return set(connection.execute(statement).scalars())

    def _written(self, connection: Connection) -> list[Any]:
        """The grids whose leader only their own form names."""
        area = own_area(connection)
        led = select(_posting.grid).where(
            _posting.area == area, _posting.deleted == 0, _posting.seat == LEADER
        )
        statement = select(_grid.id, _grid.leader, _grid.leader_phone).where(
            _grid.area == area,
            _grid.deleted == 0,
            _grid.leader.is_not(None),
            listed(today()),
            _grid.id.not_in(led),
        )
        return list(connection.execute(statement).mappings())

    @staticmethod
    def _states(connection: Connection, grids: Sequence[str] | None = None) -> dict[str, str]:
        """Where each grid's team stands between this PC and the county, where it is not simply
        there: its worst posting or switch."""
        standing = tables.standing.c
        found: dict[str, str] = {}
        for column in (_posting, _switch):
            statement = select(column.grid, shown_state).distinct()
            statement = statement.where(
                column.area == own_area(connection), column.id == standing.record
            )
            if grids is not None:
                statement = statement.where(column.grid.in_(values_of(grids)))
            for grid, state in connection.execute(statement):
                found[grid] = min(found.get(grid, state), state, key=_badness)
        return found

    @staticmethod
    def _posting_states(connection: Connection, postings: list[str]) -> dict[str, str]:
        standing = tables.standing.c
        statement = select(standing.record, shown_state).where(standing.record.in_(postings))
        return dict(connection.execute(statement).all())

    @staticmethod
    def _grid_names(connection: Connection, one: Manned) -> dict[str, str]:
        grids = {stand.grid for stands in one.twice.values() for stand in stands}
        statement = select(_grid.id, _grid.name).where(
            _grid.area == own_area(connection), _grid.id.in_(grids)
        )
        return dict(connection.execute(statement).all())


def notes_of(one: Manned, grids: Mapping[str, str], seats: Mapping[str, str]) -> tuple[str, ...]:
    """What there is to look at in a grid's team beside its empty seats, in plain words."""
    notes = [
        f"{filled.seat.name}有{len(filled.stands)}人，名额{filled.seat.needs}人"
        for filled in one.crowded
    ]
    for stands in one.twice.values():
        ordered = sorted(stands, key=lambda stand: stand.grid != one.grid)
        places = [
            ("本网格" if s.grid == one.grid else grids.get(s.grid, "")) + seats.get(s.seat, "")
            for s in ordered
        ]
        once = list(dict.fromkeys(places))
        if len(once) == 1:
            notes.append(f"{ordered[0].name}在{once[0]}上记了{len(places)}次")
        else:
            notes.append(f"{ordered[0].name}一人多岗：{'、'.join(once)}")
    return tuple(notes)


def _wanted(grid: Manned, asked: Mapping[str, str]) -> bool:
    """Whether a grid belongs on a list that asks for a seat, or something to look at; with a seat
    alone for those where somebody stands on it."""
    seats = [f for f in grid.seats if asked.get("seat", f.seat.id) == f.seat.id]
    if look := asked.get("look"):
        return _LOOKS[look](grid, seats)
    return "seat" not in asked or any(filled.stands for filled in seats)


def _badness(state: str) -> int:
    return _WORST.index(state) if state in _WORST else len(_WORST)


def _written_leader(values: Mapping[str, Value]) -> Leader | None:
    if not values["leader"]:
        return None
    return Leader(str(values["leader"]), Grid.fields["leader_phone"].mask(values["leader_phone"]))


def _residents_named(connection: Connection, names: set[str]) -> dict[str, list[Any]]:
    table = Resident.table.c
    area = own_area(connection)
    statement = select(table.id, table.name, table.phone).where(
        table.area == area, table.deleted == 0, table.name.in_(names)
    )
    found: dict[str, list[Any]] = {}
    for row in connection.execute(statement).mappings():
        found.setdefault(row["name"], []).append(row)
    return found


def _same_person(residents: list[Any], phone: Value) -> str:
    """The one resident of a name who can be the person with this telephone; '' where nobody can
    tell."""
    found = [row for row in residents if phone is None or row["phone"] == phone]
    return str(found[0]["id"]) if len(found) == 1 else ""
