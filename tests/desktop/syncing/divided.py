"""Two PCs of a village that divided one grid without a line, each in its own way."""

from __future__ import annotations

from desktop.grids.changing import GridChanges, Part
from sync.records import Grid, Resident
from tests.desktop.syncing.two_pcs import Pc


def divide(here: Pc, there: Pc, people: int) -> list[str]:
    """Let both divide a grid with so many residents, ``here`` sync first, and both know of it.
    Return the residents, each of whom the two placed differently."""
    grid = here.add(Grid, name="一组")
    with here.store.write() as writing:
        rows = [{"name": f"村民{place:04}", "grid": grid} for place in range(people)]
        residents = writing.create_many(Resident, rows)
    for pc in (here, there):
        pc.sync()
    for pc, parts in ((here, ("河东", "河西")), (there, ("坡上", "坡下"))):
        places = {one: place % 2 for place, one in enumerate(residents)}
        GridChanges(pc.store).divide(grid, [Part(name) for name in parts], places)
    for pc in (here, there, here):
        pc.sync()
    return residents
