"""What one may do with boundaries of grids: read them for a map, draw, import, export. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from desktop.grids.boundaries_geojson import Outline, read_sheet, write_sheet
from desktop.grids.boundaries_import import ImportPlan, Target, plan_import
from desktop.grids.boundaries_shaping import label_place, shape_of
from desktop.register.service import Register
from desktop.storage import settings
from desktop.storage.entering import natural_id
from desktop.storage.listing import SYNCED, areas
from desktop.storage.standing import shown_state
from desktop.storage.store import Store
from desktop.storage.tables import standing
from desktop.storage.writing import Writing, now
from sync.records import Grid, GridBoundary, Values
from sync.records.boundaries import SYSTEMS
from sync.records.grids import CLOSED
from sync.records.shapes import Polygon, Position, ShapeError, area_of, read_shape

DRAWN, IMPORTED = "drawn", "imported"


@dataclass(frozen=True)
class Ground:
    """A grid as a map shows it: where it lies (nothing for one without a boundary), where its name
    stands, square metres, and what became of the boundary on its way to the county."""

    grid: str
    name: str
    code: str
    level: str
    parent: str
    polygons: list[list[list[Position]]] = field(default_factory=list, repr=False)
    shape: str = field(default="", repr=False)
    label: Position | None = None
    area: float = 0.0
    source: str = ""
    state: str = SYNCED
    made_by: str = ""
    made_at: str = ""

    @property
    def placed(self) -> bool:
        """Whether it has a boundary."""
        return bool(self.polygons)


@dataclass(frozen=True)
class Printed:
    """Whose map is put on paper, by whom, and when by this PC's clock."""

    village: str = ""
    by: str = ""
    at: str = ""


@dataclass(frozen=True)
class Before:
    """What a boundary was before it was written: what takes the writing back."""

    grid: str
    values: Values | None = field(repr=False)


class Boundaries(Register):
    """The boundaries of the village's grids."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, GridBoundary)

    def grounds(self) -> list[Ground]:
        """Every grid in use, by name, with its boundary where it has one."""
        grids, ours = Grid.table.c, GridBoundary.table.c
        beside = (ours.area == grids.area) & (ours.grid == grids.id) & (ours.deleted == 0)
        columns = (grids.id, grids.name, grids.code, grids.level, grids.parent)
        theirs = (ours.shape, ours.source, ours.made_by, ours.made_at, shown_state)
        statement = (
            select(*columns, *theirs)
            .select_from(
                Grid.table.outerjoin(GridBoundary.table, beside).outerjoin(
                    standing, standing.c.record == ours.id
                )
            )
            .where(grids.deleted == 0, grids.state.is_distinct_from(CLOSED))
            .order_by(grids.name)
        )
        with self.store.read() as connection:
            statement = statement.where(grids.area.in_(areas(connection)))
            rows = connection.execute(statement).all()
        return [_ground(tuple(row)) for row in rows]

    def printed(self) -> Printed:
        """What stands under a map on paper."""
        with self.store.read() as connection:
            village = settings.read(connection, settings.AREA_NAME)
            return Printed(village, settings.read(connection, settings.OPERATOR), now())

    def draw(self, grid: str, polygons: Sequence[Polygon]) -> list[Before]:
        """Keep what was drawn as a grid's boundary. Raises RecordInvalid; ShapeError where it is no
        area."""
        shape = shape_of(polygons).shape
        return self._write({grid: _values(shape, DRAWN, SYSTEMS[0][0])})

    def keep(self, shapes: Mapping[str, str], source_crs: str) -> list[Before]:
        """Keep imported shapes by grid, all or none. Raises RecordInvalid."""
        return self._write(
            {grid: _values(shape, IMPORTED, source_crs) for grid, shape in shapes.items()}
        )

    def remove(self, grid: str) -> list[Before]:
        """Take a grid's boundary away. Raises RecordInvalid."""
        return self._write({grid: None})

    def take_back(self, before: Sequence[Before]) -> None:
        """Let boundaries be what they were before a writing. Raises RecordInvalid."""
        self._write({one.grid: one.values for one in before})

    def preview(self, path: Path) -> ImportPlan:
        """What importing a file would do; nothing is written. Raises UnreadableFile."""
        sheet = read_sheet(path)
        targets = [Target(g.grid, g.name, g.code, g.shape) for g in self.grounds()]
        return plan_import(sheet, targets)

    def export(self, path: Path, progress: Callable[[int, int], None] | None = None) -> int:
        """Write all boundaries as GeoJSON in WGS 84; return how many. Raises UnwritableFile."""
        placed = [ground for ground in self.grounds() if ground.placed]
        names = {"name": Grid.fields["name"].label, "code": Grid.fields["code"].label}
        level = Grid.fields["level"]
        outlines = [
            Outline(
                ground.shape,
                {
                    names["name"]: ground.name,
                    names["code"]: ground.code,
                    level.label: level.show(ground.level),
                    "面积（平方米）": round(ground.area),
                },
            )
            for ground in placed
        ]
        return write_sheet(path, outlines)

    def _write(self, wanted: Mapping[str, Values | None]) -> list[Before]:
        with self.store.write() as writing:
            return [_put(writing, grid, values) for grid, values in wanted.items()]


def _put(writing: Writing, grid: str, values: Values | None) -> Before:
    """Let a grid's boundary hold ``values``, or be gone for None; return what it held."""
    ours = GridBoundary.table
    mine = select(ours).where(ours.c.grid == grid, ours.c.deleted < 2)
    # The live one first, else the one whose id follows from the grid, so that PCs meet in it.
    by_key = natural_id(GridBoundary, grid)
    rows = writing.connection.execute(mine.order_by(ours.c.deleted)).mappings().all()
    live = next((row for row in rows if not row["deleted"]), None)
    before = Before(grid, {n: live[n] for n in _OWN} if live is not None else None)
    if values is None:
        if live is not None:
            writing.delete(GridBoundary, live["id"])
    elif live is not None:
        writing.edit(GridBoundary, live["id"], values)
    elif any(row["id"] == by_key for row in rows):
        if writing.undelete(GridBoundary, by_key):
            writing.edit(GridBoundary, by_key, values)
        else:
            writing.bring_back(GridBoundary, by_key, values)
    else:
        writing.create(GridBoundary, {"grid": grid, **values})
    return before


_OWN = ("shape", "source", "source_crs")


def _values(shape: str, source: str, source_crs: str) -> Values:
    return {"shape": shape, "source": source, "source_crs": source_crs}


def _ground(row: tuple[object, ...]) -> Ground:
    texts = ["" if value is None else str(value) for value in row]
    grid, name, code, level, parent, shape, source, made_by, made_at, state = texts
    known = Ground(grid, name, code, level, parent)
    if not shape:
        return known
    try:
        polygons = read_shape(shape)
    except ShapeError:
        # A newer program may keep what this one cannot read: it is not shown, and not lost.
        return known
    return Ground(
        grid,
        name,
        code,
        level,
        parent,
        polygons,
        shape,
        label_place(polygons),
        area_of(polygons),
        source,
        state or SYNCED,
        made_by,
        made_at,
    )
