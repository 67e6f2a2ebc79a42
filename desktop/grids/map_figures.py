"""Figures that a map may be coloured by, one number a grid. No Qt.

Whoever has such a number (open events, visits due) makes a ``Figure`` and gives it to the map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, func, select

from desktop.grids.counting import Counted, count_by_grid
from desktop.storage import settings
from desktop.storage.event_steps import county_now
from desktop.storage.listing import areas
from desktop.storage.store import Store
from desktop.storage.tables import event_standing
from sync.records import Event, Grid, Household, Resident
from sync.records.event_loop import OPEN

_OLD = 60
_STEPS = 3


@dataclass(frozen=True)
class Figure:
    """A number a grid: ``load()`` gives it by grid id, off the window's thread; grids that are
    missing have none. ``adds_up``: a general grid has what its micro grids have together. Where it
    is ``written`` on the grid itself it is not told beside the grid once more."""

    name: str
    label: str
    unit: str
    load: Callable[[], Mapping[str, int]]
    adds_up: bool = True
    written: bool = False


def own_figures(store: Store) -> list[Figure]:
    """The figures that are counted from residents, households, events and the grids themselves."""

    def lived_in() -> Counted:
        with store.read() as connection:
            return count_by_grid(connection, settings.read(connection, settings.AREA))

    def old() -> dict[str, int]:
        with store.read() as connection:
            today = datetime.fromisoformat(county_now(connection)).date()
        born = f"{today.year - _OLD:04}-{today:%m-%d}"
        return _by_grid(store, Resident.table, _home_grid(), Resident.table.c.birth_date <= born)

    def planned() -> dict[str, int]:
        grids = Grid.table.c
        with store.read() as connection:
            known = grids.planned_households.is_not(None)
            wanted = select(grids.id, grids.planned_households).where(
                grids.area.in_(areas(connection)), grids.deleted == 0, known
            )
            return dict(connection.execute(wanted).all())

    def events() -> dict[str, int]:
        return _by_grid(store, Event.table, Event.table.c.grid, _is_open())

    return [
        Figure("people", "登记人数", "人", lambda: lived_in().people, written=True),
        Figure("households", "登记户数", "户", lambda: lived_in().households, written=True),
        Figure("planned", "应有户数", "户", planned, written=True),
        Figure("old", f"{_OLD} 岁以上", "人", old),
        Figure("events", "未办结事件", "件", events),
    ]


def _home_grid() -> ColumnElement[str]:
    """Where a resident counts: in the grid of the own record, else in that of the household."""
    person, home = Resident.table.c, Household.table.c
    theirs = select(home.grid).where(
        home.area == person.area, home.id == person.household, home.deleted == 0
    )
    return func.coalesce(person.grid, theirs.scalar_subquery())


def _is_open() -> ColumnElement[bool]:
    """Whether an event waits for somebody yet."""
    ours = event_standing.c
    return Event.table.c.id.in_(select(ours.record).where(ours.state.in_(OPEN)))


def with_members(values: Mapping[str, int], parents: Mapping[str, str]) -> dict[str, int]:
    """Values with those of general grids that hold their members' too; ``parents`` is the general
    grid of each grid ('' for none)."""
    found = dict(values)
    for grid, parent in parents.items():
        if parent and grid in values:
            found[parent] = found.get(parent, 0) + values[grid]
    return found


def _by_grid(
    store: Store, table: Table, grid: ColumnElement[str], *held: ColumnElement[bool]
) -> dict[str, int]:
    """How many live records of the village there are in each grid."""
    columns = table.c
    with store.read() as connection:
        wanted = (
            select(grid, func.count())
            .where(columns.area.in_(areas(connection)), columns.deleted == 0, *held)
            .where(grid.is_not(None))
            .group_by(grid)
        )
        return dict(connection.execute(wanted).all())


@dataclass(frozen=True)
class Steps:
    """At most three steps from little to much, each from its least to its most; nought is white."""

    ranges: tuple[tuple[int, int], ...] = ()

    def of(self, value: int | None) -> int:
        """The step of a value: 1, 2 or 3; 0 for nothing."""
        if not value:
            return 0
        return next((n for n, (_, most) in enumerate(self.ranges, start=1) if value <= most), 3)

    def words(self) -> list[tuple[int, str]]:
        """Each step with its range in words."""
        return [
            (n, f"{least:,}" if least == most else f"{least:,}–{most:,}")
            for n, (least, most) in enumerate(self.ranges, start=1)
        ]


def steps_of(values: Iterable[int]) -> Steps:
    """Steps that hold about as many grids each, so that a large one does not pale all the rest."""
    ordered = sorted(value for value in values if value > 0)
    distinct = sorted(set(ordered))
    if len(distinct) <= _STEPS:
        return Steps(tuple((value, value) for value in distinct))
    ends = sorted({ordered[len(ordered) * n // _STEPS - 1] for n in range(1, _STEPS + 1)})
    ranges, least = [], distinct[0]
    for most in ends:
        ranges.append((least, most))
        least = next((value for value in distinct if value > most), most)
    return Steps(tuple(ranges))
