"""What one may do with the teams of grids: post people, relieve them, switch modes. No Qt."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import literal_column, select

from desktop.register.service import RecordInvalid, RecordMissing, Register
from desktop.storage import listing, settings, tables
from desktop.storage.listing import Listing, Row
from desktop.storage.readiness import standing_of_village, switches_of
from desktop.storage.store import Store
from desktop.storage.writing import now
from desktop.team.occupancy import (
    Manned,
    leader_of,
    listed,
    manned,
    phones_of,
    seats_of,
    stands_of,
)
from sync.records import Division, Grid, Posting, ReadinessSwitch, Value
from sync.records.teams import (
    EMERGENCY,
    GRID,
    LEADER,
    MODE_WORDS,
    VILLAGE,
    Seat,
    Stand,
    Standing,
    Switch,
    mode_of,
)

#: How bad a state of sync is, the worst first: the row of a grid shows that of its team.
_WORST = ("conflict", "refused", "sending", "waiting", "merged")

_posting, _grid, _switch = Posting.table.c, Grid.table.c, ReadinessSwitch.table.c


def today() -> str:
    """The day on this PC: what a new posting begins with, and the day that is shown at first."""
    return now()[:10]


class Postings(Register):
    """Who stood where from when to when."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Posting)

    def phones(self, postings: Sequence[str]) -> dict[str, str]:
        """The telephone of each posting's person, masked: of a resident the resident's."""
        masked = Posting.fields["phone"].mask
        with self.store.read() as connection:
            return {i: masked(phone) for i, phone in phones_of(connection, postings).items()}

    def end(self, posting: str, day: str = "") -> str:
        """Let somebody leave their seat on a day, today if none is named; return it. Raises
        RecordInvalid, RecordMissing."""
        day = day or today()
        with self.store.write() as writing:
            writing.edit(Posting, posting, {"ended_on": day})
        return day

    def come_back(self, posting: str) -> None:
        """Take back that somebody left. Raises RecordInvalid, RecordMissing."""
        with self.store.write() as writing:
            writing.edit(Posting, posting, {"ended_on": None})

    def replace(self, before: str, raw: Mapping[str, object]) -> str:
        """Hand a seat over: one leaves on the day the other begins, in one step. Returns the new
        posting's id. Raises RecordInvalid, RecordMissing; then neither is written."""
        values, problems = self.clean(raw)
        if problems:
            raise RecordInvalid(problems)
        values["started_on"] = values.get("started_on") or today()
        with self.store.write() as writing:
            self._relieve(writing, before, values["started_on"])
            return writing.create(Posting, values)

    def _relieve(self, writing: Any, before: str, day: Value) -> None:
        try:
            writing.edit(Posting, before, {"ended_on": day})
        except RecordInvalid as error:
            # The form in hand is that of who follows: there the day is called otherwise.
            sentence = error.problems.get("ended_on")
            if sentence is None:
                raise
            sentence = "接替的日期不能早于前一位的到岗日期"
            raise RecordInvalid({"started_on": sentence}) from error


class Successor(Postings):
    """The register of a form in which somebody follows another on their seat."""

    def __init__(self, store: Store, before: str) -> None:
        super().__init__(store)
        self._before = before

    def add(self, raw: Mapping[str, object]) -> str:
        """Write the new posting and end the old one. Raises RecordInvalid, RecordMissing."""
        return self.replace(self._before, raw)


@dataclass(frozen=True)
class Alert:
    """Something that is in emergency: what it is called, and the switch that brought it there."""

    where: str
    switch: Switch


class Switches(Register):
    """Switching to emergency and back: the village's own switches, and the county's for it."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, ReadinessSwitch)

    def order(self, wanted: Listing) -> array[int]:
        """As any register, without the county's switches for others."""
        numbers = super().order(wanted)
        number = literal_column(f"{ReadinessSwitch.kind}.rowid")
        with self.store.read() as connection:
            area = settings.read(connection, settings.AREA)
            known = {switch.id for switch in switches_of(connection, area)}
            county = select(number, _switch.id).where(_switch.area != area)
            hidden = {place for place, i in connection.execute(county) if i not in known}
        return array("q", (n for n in numbers if n not in hidden)) if hidden else numbers

    def switch(self, mode: str, reason: str, grid: str = "") -> str:
        """Switch a grid, or the whole village, to a mode; return the switch's id. Raises
        RecordInvalid where it would change nothing or says no reason."""
        scope = GRID if grid else VILLAGE
        return self.add({"scope": scope, "grid": grid, "mode": mode, "reason": reason})

    def places(self, switches: list[str]) -> dict[str, str]:
        """What each of these switches speaks of, in words."""
        area = self.store.setting(settings.AREA)
        with self.store.read() as connection:
            statement = select(ReadinessSwitch.table).where(_switch.id.in_(switches))
            rows = connection.execute(statement).mappings().all()
            grids = {row["grid"] for row in rows if row["grid"]}
            codes = {row["area_code"] for row in rows if row["area_code"]}
            names = self._names(connection, grids, codes)
        return {row["id"]: _where(row, area, names) for row in rows}

    def alerts(self) -> list[Alert]:
        """What stands in emergency now, the widest first: the village as a whole, else its grids.

        A grid is named where it stands otherwise than the village does.
        """
        with self.store.read() as connection:
            area = settings.read(connection, settings.AREA)
            switches = switches_of(connection, area)
            village = mode_of(switches, (), area)
            if village.mode == EMERGENCY and village.since:
                places = self._where_of(connection, village.since, area)
                return [Alert(places, village.since)]
            grids = list(dict.fromkeys(s.grid for s in switches if s.scope == GRID))
            standing = {grid: mode_of(switches, (grid,), area) for grid in grids}
            names = self._names(connection, set(grids), set())
        return [
            Alert(names[grid], s.since)
            for grid, s in standing.items()
            if s.mode == EMERGENCY and s.since and grid in names
        ]

    def village(self) -> Standing:
        """In which mode the village as a whole stands."""
        with self.store.read() as connection:
            return standing_of_village(connection)

    def _where_of(self, connection: Any, switch: Switch, area: str) -> str:
        names = self._names(connection, set(), {switch.area_code})
        return names.get(switch.area_code, "全村") if switch.by_county else "全村"

    @staticmethod
    def _names(connection: Any, grids: set[str], codes: set[str]) -> dict[str, str]:
        area = settings.read(connection, settings.AREA)
        of_grids = select(_grid.id, _grid.name).where(_grid.area == area, _grid.id.in_(grids))
        division = Division.table.c
        of_codes = select(division.id, division.name).where(division.id.in_(codes))
        return {**dict(connection.execute(of_grids).all()), **dict(connection.execute(of_codes).all())}


def _where(row: Any, area: str, names: Mapping[str, str]) -> str:
    if row["scope"] == GRID:
        return names.get(row["grid"], "（已删除的网格）")
    if row["area"] != area:
        return names.get(row["area_code"] or "", "全县市")
    return "全村"


@dataclass(frozen=True)
class TeamListing(Listing):
    """A list of grids by how they are manned on a ``day``. ``mode``: only those in it; ``empty``
    and ``double``: only those with such a seat; ``seat``: those with somebody on it, or with
    ``empty`` and ``double`` only that seat is looked at."""

    day: str = ""
    mode: str = ""
    empty: bool = False
    double: bool = False
    seat: str = ""

    def wants(self, grid: Manned) -> bool:
        """Whether a grid belongs on the list."""
        if self.mode and grid.standing.mode != self.mode:
            return False
        of_seat = [f for f in grid.seats if self.seat in ("", f.seat.id)]
        if self.empty and not any(filled.missing for filled in of_seat):
            return False
        if self.double and not any(_doubled(filled, grid) for filled in of_seat):
            return False
        narrowed = self.seat and not (self.empty or self.double)
        return not narrowed or any(filled.stands for filled in of_seat)

    @property
    def looks_at_seats(self) -> bool:
        """Whether who stands where must be known to make the list."""
        return bool(self.mode or self.empty or self.double or self.seat)


def _doubled(filled: Any, grid: Manned) -> bool:
    return bool(filled.spare or any(one.person in grid.twice for one in filled.stands))


@dataclass(frozen=True)
class Tally:
    """The village's teams on a day, counted: nothing more than facts to look at."""

    grids: int = 0
    missing: int = 0
    crowded: int = 0
    emergency: int = 0


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
        day = wanted.day if isinstance(wanted, TeamListing) and wanted.day else today()
        self.day = day
        number = literal_column(f"{Grid.kind}.rowid")
        with self.store.read() as connection:
            area = settings.read(connection, settings.AREA)
            statement = select(number, _grid.id).where(
                _grid.area == area, _grid.deleted == 0, listed(day)
            )
            there = dict(connection.execute(statement).all())
            if isinstance(wanted, TeamListing) and wanted.looks_at_seats:
                known = manned(connection, None, day)
                there = {n: i for n, i in there.items() if wanted.wants(known[i])}
            plain = Listing(wanted.kind, wanted.search, (), wanted.state, wanted.sort, wanted.descending)
            return array("q", (n for n in listing.order_of(connection, plain) if n in there))

    def rows(self, numbers: Sequence[int]) -> list[Row]:
        """The grids of these numbers; each stands where its team stands."""
        found = super().rows(numbers)
        states = self._states([row.id for row in found])
        return [replace(row, state=states.get(row.id, "synced")) for row in found]

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
            grids = manned(connection, None, day or today()).values()
        return Tally(
            len(grids),
            sum(filled.missing for grid in grids for filled in grid.seats),
            sum(1 for grid in grids if any(_doubled(filled, grid) for filled in grid.seats)),
            sum(1 for grid in grids if grid.standing.mode == EMERGENCY),
        )

    def leaders(self, grids: Sequence[str]) -> dict[str, Leader]:
        """Who leads each of these grids today in the mode it stands in, by grid id; grids on whose
        leader's seat nobody is posted are left out."""
        with self.store.read() as connection:
            found = manned(connection, list(grids), today())
            stands = {grid: there for grid, one in found.items() if (there := leader_of(one))}
            phones = phones_of(connection, [s.id for there in stands.values() for s in there])
        mask = Posting.fields["phone"].mask
        return {
            grid: Leader(
                "、".join(one.name for one in there),
                "、".join(mask(phones[one.id]) for one in there if phones.get(one.id)),
            )
            for grid, there in stands.items()
        }

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
        mask = Posting.fields["phone"].mask
        people = {
            s.id: Person(s, mask(phones.get(s.id, "")), states.get(s.id, "synced")) for s in past
        }
        notes = notes_of(one, names, {seat.id: seat.name for seat in seats})
        if row.values["state"] == "closed" and one.people:
            notes = ("这个网格已经关闭，还有人在岗", *notes)
        led = any(stand.seat == LEADER for stand in past)
        written = None if led else _written_leader(row.values)
        return Team(
            grid, str(row.values["name"]), day, one, people, tuple(past), notes, tuple(seats), written
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
            rows = [
                row for row in self._written(writing.connection) if grid in ("", row["id"])
            ]
            residents = _residents_named(writing.connection, {row["leader"] for row in rows})
            for row in rows:
                values: dict[str, Value] = {"grid": row["id"], "seat": LEADER, "name": row["leader"]}
                same = _same_person(residents.get(row["leader"], []), row["leader_phone"])
                values |= {"resident": same} if same else {"phone": row["leader_phone"]}
                writing.create(Posting, values)
                writing.edit(Grid, row["id"], {"leader": None, "leader_phone": None})
        return len(rows)

    def _written(self, connection: Any) -> list[Any]:
        """The grids whose leader only their own form names."""
        area = settings.read(connection, settings.AREA)
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

    def _states(self, grids: list[str]) -> dict[str, str]:
        """Where each grid's team stands between this PC and the county: its worst posting."""
        standing = tables.standing.c
        found: dict[str, str] = {}
        with self.store.read() as connection:
            for column in (_posting, _switch):
                statement = select(column.grid, standing.state).where(
                    column.id == standing.record, column.grid.in_(grids)
                )
                for grid, state in connection.execute(statement):
                    found[grid] = min(found.get(grid, "merged"), state, key=_badness)
        return found

    @staticmethod
    def _posting_states(connection: Any, postings: list[str]) -> dict[str, str]:
        standing = tables.standing.c
        statement = select(standing.record, standing.state).where(standing.record.in_(postings))
        return dict(connection.execute(statement).all())

    @staticmethod
    def _grid_names(connection: Any, one: Manned) -> dict[str, str]:
        grids = {stand.grid for stands in one.twice.values() for stand in stands}
        statement = select(_grid.id, _grid.name).where(_grid.id.in_(grids))
        return dict(connection.execute(statement).all())


def notes_of(
    one: Manned, grids: Mapping[str, str], seats: Mapping[str, str]
) -> tuple[str, ...]:
    """What there is to look at in a grid's team, in plain words."""
    notes = [f"{filled.seat.name}空缺{filled.missing}人" for filled in one.empty]
    notes += [
        f"{filled.seat.name}有{len(filled.stands)}人，名额{filled.seat.needs}人"
        for filled in one.crowded
    ]
    for stands in one.twice.values():
        name = stands[0].name
        places = [
            (seats.get(s.seat, "") if s.grid == one.grid else f"{grids.get(s.grid, '')}{seats.get(s.seat, '')}")
            for s in stands
        ]
        if len(set(places)) < len(places):
            notes.append(f"{name}在“{places[0]}”上记了{len(places)}次")
        else:
            notes.append(f"{name}一人多岗：{'、'.join(places)}")
    return tuple(notes)


def mode_words(standing: Standing) -> str:
    """The mode in a word."""
    return MODE_WORDS[standing.mode]


def _badness(state: str) -> int:
    return _WORST.index(state) if state in _WORST else len(_WORST)


def _written_leader(values: Mapping[str, Value]) -> Leader | None:
    if not values["leader"]:
        return None
    return Leader(str(values["leader"]), Grid.fields["leader_phone"].mask(values["leader_phone"]))


def _residents_named(connection: Any, names: set[str]) -> dict[str, list[Any]]:
    from sync.records import Resident

    table = Resident.table.c
    area = settings.read(connection, settings.AREA)
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
    same = [row for row in residents if row["phone"] == phone] if phone else []
    found = same or [row for row in residents if not (row["phone"] and phone)]
    return str(found[0]["id"]) if len(found) == 1 else ""
