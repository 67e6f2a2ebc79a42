"""What one may do with the teams of grids: post people, relieve them, switch modes. No Qt."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal_column, select

from desktop.register.service import Draft, RecordInvalid, Register
from desktop.storage import settings
from desktop.storage.listing import Listing
from desktop.storage.readiness import parents_of, standing_of_village, switches_of
from desktop.storage.store import Store
from desktop.storage.writing import Writing, now
from desktop.team.occupancy import on_day, phones_of
from sync.records import Division, Grid, Posting, ReadinessSwitch, Value
from sync.records.grids import OPEN
from sync.records.teams import EMERGENCY, GRID, VILLAGE, Standing, Switch, mode_of, modes_of

#: What a list of postings may be narrowed to by today.
HELD, OVER, COMING = "held", "over", "coming"

_grid, _switch = Grid.table.c, ReadinessSwitch.table.c


def today() -> str:
    """The day on this PC: what a new posting begins with, and the day that is shown at first."""
    return now()[:10]


def _on_post(value: Value) -> ColumnElement[bool]:
    """Postings that hold today, are over, or have not begun."""
    day, table = today(), Posting.table.c
    if value == OVER:
        return table.ended_on <= day
    return table.started_on > day if value == COMING else on_day(day)


class Postings(Register):
    """Who stood where from when to when."""

    conditions = MappingProxyType({"on_post": _on_post})

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

    def _relieve(self, writing: Writing, before: str, day: Value) -> None:
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

    def keep_draft(self, record_id: str, raw: Mapping[str, str]) -> None:
        """A half-written successor is kept by itself: it is of this seat, and ends this posting."""
        super().keep_draft(record_id or self._draft_of, raw)

    def draft(self, record_id: str) -> Draft | None:
        """The half-written successor on this seat, or None."""
        return super().draft(record_id or self._draft_of)

    def drop_draft(self, record_id: str) -> None:
        """Forget the half-written successor on this seat."""
        super().drop_draft(record_id or self._draft_of)

    @property
    def _draft_of(self) -> str:
        return f"follows {self._before}"

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
        number: ColumnElement[int] = literal_column(f"{ReadinessSwitch.kind}.rowid")
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

    def who(self, switches: list[str]) -> dict[str, tuple[str, str]]:
        """Who wrote each of these switches, and when (an ISO time)."""
        statement = select(_switch.id, _switch.made_by, _switch.made_at).where(
            _switch.id.in_(switches)
        )
        with self.store.read() as connection:
            return {i: (by, at) for i, by, at in connection.execute(statement)}

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
            grids = self._open({s.grid for s in switches if s.scope == GRID}, connection)
            standing = modes_of(switches, parents_of(connection, area, grids), grids, area)
            names = self._names(connection, set(grids), set())
        return [
            Alert(names[grid], s.since)
            for grid, s in standing.items()
            # What stands so by a wider switch is named there.
            if s.mode == EMERGENCY and s.since and s.since.grid == grid and grid in names
        ]

    def village(self) -> Standing:
        """In which mode the village as a whole stands."""
        with self.store.read() as connection:
            return standing_of_village(connection)

    @staticmethod
    def _open(grids: set[str], connection: Connection) -> list[str]:
        """Those of the grids that are not closed, in the order of their names."""
        statement = select(_grid.id).where(
            _grid.area == settings.read(connection, settings.AREA),
            _grid.deleted == 0,
            func.coalesce(_grid.state, OPEN) == OPEN,
            _grid.id.in_(grids),
        )
        return list(connection.execute(statement.order_by(_grid.name)).scalars())

    def _where_of(self, connection: Connection, switch: Switch, area: str) -> str:
        names = self._names(connection, set(), {switch.area_code})
        return names.get(switch.area_code, "全村") if switch.by_county else "全村"

    @staticmethod
    def _names(connection: Connection, grids: set[str], codes: set[str]) -> dict[str, str]:
        area = settings.read(connection, settings.AREA)
        of_grids = select(_grid.id, _grid.name).where(_grid.area == area, _grid.id.in_(grids))
        division = Division.table.c
        of_codes = select(division.id, division.name).where(division.id.in_(codes))
        return {
            **dict(connection.execute(of_grids).all()),
            **dict(connection.execute(of_codes).all()),
        }


def _where(row: Any, area: str, names: Mapping[str, str]) -> str:
    if row["scope"] == GRID:
        return names.get(row["grid"], "（已删除的网格）")
    if row["area"] != area:
        return names.get(row["area_code"] or "", "全县市")
    return "全村"
