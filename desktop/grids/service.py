"""What one may do with grids. No Qt."""

from __future__ import annotations

from sqlalchemy import func, select

from desktop.register.service import Register
from desktop.storage.store import Store
from sync.records import Grid, Resident


class Grids(Register):
    """The grids of the village."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, Grid)

    def people(self) -> dict[str, int]:
        """How many residents each grid has, counted from the residents, by grid id."""
        residents = Resident.table.c
        statement = (
            select(residents.grid, func.count())
            .where(residents.deleted == 0, residents.grid.is_not(None))
            .group_by(residents.grid)
        )
        with self.store.read() as connection:
            return dict(connection.execute(statement).all())
