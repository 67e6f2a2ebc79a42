"""What one may do with grids. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import or_, select

from desktop.grids.changing import Done, GridChanges, Part, Words
from desktop.grids.counting import Counted, count_by_grid, count_some
from desktop.grids.division_drafts import Division, DivisionDrafts, KeptDivision
from desktop.grids.members import Member, proposal
from desktop.grids.tree import Node, Tree, read_tree
from desktop.register.service import Listing, Register
from desktop.storage import settings
from desktop.storage.listing import areas
from desktop.storage.store import Store
from sync.records import Grid, GridChange
from sync.records.grids import OPEN

# What a page may know of grids comes through their service.
__all__ = [
    "Division",
    "Done",
    "GridChangeList",
    "GridChanges",
    "Grids",
    "KeptDivision",
    "Member",
    "Node",
    "Part",
    "Tree",
    "Words",
    "proposal",
]


#: Tells who is posted to lead some grids (None: all), by grid id.
Leaders = Callable[[Sequence[str] | None], Mapping[str, str]]


class Grids(Register):
    """The grids of the village."""

    def __init__(self, store: Store, leaders: Leaders | None = None) -> None:
        """``leaders`` tells who is posted to lead some grids, or all, by grid id."""
        super().__init__(store, Grid)
        self.changes, self.drafts = GridChanges(store), DivisionDrafts(store)
        self._leaders = leaders or (lambda _ids: {})

    def leaders(self, grids: Sequence[str] | None = None) -> dict[str, str]:
        """Who leads each of these grids, or of all: who is posted there, else whom its own form
        names."""
        posted = dict(self._leaders(grids))
        if grids is None:
            return posted
        table = Grid.table.c
        missing = [grid for grid in grids if grid not in posted]
        with self.store.read() as connection:
            statement = select(table.id, table.leader).where(
                table.area.in_(areas(connection)), table.id.in_(missing)
            )
            return posted | {i: name or "" for i, name in connection.execute(statement)}

    def people(self) -> dict[str, int]:
        """How many residents each grid has, counted from the residents, by grid id."""
        return dict(self.counted().people)

    def counted(self) -> Counted:
        """Households and people by grid."""
        with self.store.read() as connection:
            return count_by_grid(connection, settings.read(connection, settings.AREA))

    def counted_of(self, grids: list[str]) -> Counted:
        """Households and people of some grids, those of a page of a list."""
        with self.store.read() as connection:
            return count_some(connection, settings.read(connection, settings.AREA), grids)

    def tree(self, wanted: Listing, *, closed: bool) -> Tree:
        """The tree with its counts; what is sought of it where something is."""
        return read_tree(self.store, wanted, self.leaders(), closed=closed)

    def open_grids(self, level: str, but: str = "") -> list[tuple[str, str]]:
        """(id, name) of the grids in use of a level, of all levels for ''."""
        table = Grid.table.c
        statement = select(table.id, table.name).where(
            table.deleted == 0, table.id != but, or_(table.state == OPEN, table.state.is_(None))
        )
        if level:
            statement = statement.where(table.level == level)
        with self.store.read() as connection:
            statement = statement.where(table.area.in_(areas(connection)))
            return [(i, name) for i, name in connection.execute(statement.order_by(table.code))]

    def descent(self, grid: str) -> list[tuple[str, str]]:
        """What was done to a grid, from which it came and to which it went, newest first: (day and
        what, in words)."""
        table = GridChange.table.c
        named = or_(table.grid == grid, table.sources.contains(grid), table.results.contains(grid))
        statement = select(table.summary, table.changed_on, table.reason).where(
            named, table.deleted == 0
        )
        with self.store.read() as connection:
            found = connection.execute(
                statement.where(table.area.in_(areas(connection))).order_by(
                    table.changed_on.desc(), table.id.desc()
                )
            ).all()
        return [
            (f"{row.changed_on}", "，".join(filter(None, (row.summary, row.reason))))
            for row in found
        ]


class GridChangeList(Register):
    """What was done to the grids of the village: written by dividing, merging and closing."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, GridChange)
