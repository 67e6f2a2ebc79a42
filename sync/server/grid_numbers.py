"""Grids that have no code yet, of before the county gave codes: all of them at once."""

from __future__ import annotations

from sqlalchemy import Engine, select

from sync.records import Grid
from sync.server.accounts import Device
from sync.server.database import reading, writing
from sync.server.exchange import county_time
from sync.server.moving import Side


def number_grids(engine: Engine) -> int:
    """Give a code to each live grid of the county that has none, village by village; how many.

    It is an edit by the county: every PC of the village reads it. Done at each start of the server,
    where it finds something to do only after an upgrade.
    """
    table = Grid.table.c
    without = (table.code.is_(None), table.deleted == 0)
    with reading(engine) as connection:
        found = select(table.area).where(*without).distinct().order_by(table.area)
        areas = connection.execute(found).scalars().all()
    numbered = 0
    for area in areas:
        with writing(engine) as connection:
            side = Side(connection, Device("", area, ""), county_time())
            # In the order in which they were made, which is that of their ids.
            mine = select(table.id).where(table.area == area, *without).order_by(table.id)
            grids = connection.execute(mine).scalars().all()
            side.find(Grid.kind, grids)
            for grid in grids:
                side.edit(Grid.kind, grid, {})
            side.save()
            numbered += len(grids)
    return numbered
