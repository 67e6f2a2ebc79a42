"""What is drawn or imported, made into a shape that is kept; and where shapes lie. No Qt.

The geometry is GEOS's, by shapely: validity, mending, simplifying and places for labels are full of
cases that nobody should write anew. It is imported where it is needed, for it takes a sixth of a
second, and most windows show no map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sync.records.shapes import (
    MOST_POINTS,
    Polygon,
    Position,
    ShapeError,
    area_of,
    corners,
    plane_of,
    shape_problem,
    write_shape,
)

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

#: What simplifying may move a line by, in metres, least first.
_TOLERANCES = (0.5, 1.0, 2.0, 5.0, 10.0)
#: How much mending may change an area before it is no longer the same area.
_MENDED = 0.02


@dataclass(frozen=True)
class Made:
    """A shape that is kept, and a remark for the cadre where it is not quite what was given."""

    shape: str
    remark: str = ""


def shape_of(polygons: Sequence[Polygon]) -> Made:
    """The shape of polygons in WGS 84. Lines that cross are mended and corners left out where that
    hardly changes the area. Raises ShapeError where nothing helps."""
    text = write_shape(polygons)
    if shape_problem(text) is None:
        return Made(text)
    remarks = []
    if corners(polygons) > MOST_POINTS:
        polygons, metres = _with_fewer(polygons)
        remarks.append(f"角太多，省去了一些，最多差 {metres:g} 米")
    if shape_problem(text := write_shape(polygons)) is not None:
        polygons = _mended(polygons)
        remarks.append("线有小的交叉，已经理顺")
    if problem := shape_problem(text := write_shape(polygons)):
        raise ShapeError(problem)
    return Made(text, "；".join(remarks))


def label_place(polygons: Sequence[Polygon]) -> Position:
    """A place well inside the largest part, for its name."""
    import shapely

    largest = max(polygons, key=lambda polygon: area_of([polygon]))
    made = shapely.Polygon(largest[0], largest[1:])
    try:
        found = shapely.maximum_inscribed_circle(made, tolerance=_tolerance(made)).coords[0]
    except shapely.errors.GEOSException:
        found = made.representative_point().coords[0]
    return float(found[0]), float(found[1])


def overlap(one: Sequence[Polygon], other: Sequence[Polygon]) -> float:
    """How far two areas are the same: what they share of what they cover together, 0 to 1."""
    first, second = _geometry(one), _geometry(other)
    together = first.union(second).area
    return float(first.intersection(second).area / together) if together else 0.0


def _tolerance(made: Any) -> float:
    west, south, east, north = made.bounds
    return max(east - west, north - south) / 50


def _geometry(polygons: Sequence[Polygon]) -> BaseGeometry:
    import shapely

    return shapely.make_valid(shapely.MultiPolygon([(p[0], p[1:]) for p in polygons]))


def _mended(polygons: Sequence[Polygon]) -> list[list[list[Position]]]:
    """Polygons without crossings. Raises ShapeError where the area would be another one."""
    before = area_of(polygons)
    found = _read(_geometry(polygons))
    after = area_of(found) if found else 0.0
    if not found or abs(after - before) > _MENDED * max(after, before):
        raise ShapeError(shape_problem(write_shape(polygons)) or "边界的线自己交叉了")
    # A sliver that mending leaves behind is no part of a grid.
    return [polygon for polygon in found if area_of([polygon]) > after / 1000]


def _with_fewer(polygons: Sequence[Polygon]) -> tuple[Sequence[Polygon], float]:
    """Polygons with few enough corners, and by how many metres a line may have moved."""
    _, north = plane_of(polygons).per_degree
    whole = _geometry(polygons)
    for metres in _TOLERANCES:
        found = _read(whole.simplify(metres / north, preserve_topology=True))
        if found and corners(found) <= MOST_POINTS:
            return found, metres
    raise ShapeError(
        f"边界最多{MOST_POINTS}个角，现在有{corners(polygons)}个，请出图的人简化以后再给"
    )


def _read(made: BaseGeometry) -> list[list[list[Position]]]:
    """The polygons of a geometry; lines and points that mending leaves behind are none."""
    import shapely

    return [
        [
            [(float(x), float(y)) for x, y in ring.coords]
            for ring in (part.exterior, *part.interiors)
        ]
        for part in shapely.get_parts(shapely.get_parts(made))
        if part.geom_type == "Polygon" and not part.is_empty
    ]
