"""Shapes on the ground: polygons as GeoJSON text (RFC 7946) in WGS 84, in one canonical form.

The same area drawn twice is the same text: six decimals (about 10 cm), outer rings anticlockwise,
holes clockwise, each ring from its smallest position, parts in order. So both ends, and two PCs,
compare shapes as they compare words.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import msgspec

from sync.records.fields import Value, Words

Position = tuple[float, float]
"""Longitude and latitude in degrees, in GeoJSON's order."""
Ring = Sequence[Position]
"""A closed line: the last position is the first."""
Polygon = Sequence[Ring]
"""An outer ring, and holes."""

DECIMALS = 6
_MILLION = 10**DECIMALS
#: Corners of all rings together. What is traced in a village has some hundred.
MOST_POINTS = 1000
MOST_PARTS = 50
#: As long as ``MOST_POINTS`` positions may be written, with brackets.
LONGEST_SHAPE = 26_000
#: Degrees west, south, east, north around China, as GCJ-02 draws them too.
CHINA = (72.0, 0.8, 137.9, 55.9)
#: No grid is as wide as a county: such a shape has a corner that was typed wrongly.
_WIDEST = 1.0
# Semi-major axis and flattening of WGS 84.
_AXIS, _FLATTENING = 6_378_137.0, 1 / 298.257223563


class ShapeError(ValueError):
    """Why a shape cannot be kept: a Chinese ``sentence`` for the cadre."""

    @property
    def sentence(self) -> str:
        """What is wrong with the shape."""
        return str(self)


class _Polygon(msgspec.Struct, tag="Polygon", forbid_unknown_fields=True):
    coordinates: list[list[Position]]


class _MultiPolygon(msgspec.Struct, tag="MultiPolygon", forbid_unknown_fields=True):
    coordinates: list[list[list[Position]]]


_Geometry = _Polygon | _MultiPolygon
_decode = msgspec.json.Decoder(_Geometry).decode


def read_shape(text: str) -> list[list[list[Position]]]:
    """The polygons of a stored shape. Raises ShapeError."""
    try:
        found: Any = _decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ShapeError("边界的格式不对") from error
    return [found.coordinates] if isinstance(found, _Polygon) else list(found.coordinates)


def write_shape(polygons: Iterable[Polygon]) -> str:
    """Polygons in the canonical form. Raises ShapeError where one has no outer ring of three
    corners that differ."""
    parts = sorted(_canonical(polygon) for polygon in polygons)
    if not parts:
        raise ShapeError("边界里一个角也没有")
    made: _Geometry = _Polygon(parts[0]) if len(parts) == 1 else _MultiPolygon(parts)
    return msgspec.json.encode(made).decode()


def shape_problem(text: str) -> str | None:
    """Say in Chinese why a text is no shape that is kept; None for a sound one."""
    try:
        polygons = read_shape(text)
        if write_shape(polygons) != text:
            return "边界的写法不规范"
    except ShapeError as error:
        return str(error)
    return _size_problem(polygons) or _place_problem(polygons) or _crossing_problem(polygons)


def corners(polygons: Iterable[Polygon]) -> int:
    """How many corners there are, each counted once."""
    return sum(max(len(ring) - 1, 0) for polygon in polygons for ring in polygon)


@dataclass(frozen=True)
class Plane:
    """Metres east and north of a place: true to a ten-thousandth within a county."""

    longitude: float
    latitude: float

    @property
    def per_degree(self) -> tuple[float, float]:
        """Metres that a degree of longitude, and one of latitude, is long here."""
        sine = math.sin(math.radians(self.latitude))
        square = _FLATTENING * (2 - _FLATTENING)
        bent = 1 - square * sine * sine
        east = _AXIS / math.sqrt(bent) * math.cos(math.radians(self.latitude))
        north = _AXIS * (1 - square) / bent**1.5
        return math.radians(east), math.radians(north)


def plane_of(polygons: Iterable[Polygon]) -> Plane:
    """The plane around the middle of what there is."""
    west, south, east, north = bounds_of(polygons)
    return Plane((west + east) / 2, (south + north) / 2)


def bounds_of(polygons: Iterable[Polygon]) -> tuple[float, float, float, float]:
    """West, south, east and north in degrees. Raises ShapeError where there are no corners."""
    positions = [p for polygon in polygons for ring in polygon for p in ring]
    if not positions:
        raise ShapeError("边界里一个角也没有")
    xs, ys = zip(*positions, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def area_of(polygons: Sequence[Polygon]) -> float:
    """Square metres, holes taken off."""
    east, north = plane_of(polygons).per_degree
    doubled = sum(_doubled(ring) for polygon in polygons for ring in polygon)
    return abs(doubled) / 2 * east * north


def tell_area(square_metres: float) -> str:
    """An area as a village says it: 「350 平方米」, 「2.41 公顷（36.1 亩）」, 「3.20 平方公里」."""
    if square_metres < 1_000:
        return f"{square_metres:,.0f} 平方米"
    if square_metres < 1_000_000:
        return f"{square_metres / 10_000:,.2f} 公顷（{square_metres * 15 / 10_000:,.1f} 亩）"
    return f"{square_metres / 1_000_000:,.2f} 平方公里"


@dataclass(frozen=True)
class Shape(Words):
    """The shape of an area: GeoJSON text of a Polygon or MultiPolygon in canonical form."""

    longest: int = LONGEST_SHAPE

    def tell(self, value: Value) -> str:
        """Its corners and its size: whoever compares two shapes reads no coordinates."""
        try:
            polygons = read_shape(str(value))
            return f"{corners(polygons)} 个角，{tell_area(area_of(polygons))}"
        except ShapeError:
            return self.show(value)

    def _problem(self, value: str | int) -> str | None:
        return super()._problem(value) or shape_problem(str(value))

    def all_well(self, values: Any) -> bool:
        """As for every field: each shape is looked at by itself."""
        return not any(map(self.problem, values))


def _canonical(polygon: Polygon) -> list[list[Position]]:
    if not polygon:
        raise ShapeError("边界里一个角也没有")
    outer, *holes = [_rounded(ring) for ring in polygon]
    if not outer:
        raise ShapeError("边界至少要有三个不同的角")
    return [_turned(outer, 1), *sorted(_turned(hole, -1) for hole in holes if hole)]


def _rounded(ring: Ring) -> list[Position]:
    """The ring's corners without the closing one and without repetitions; nothing for a line."""
    # The sum turns -0.0 into 0.0.
    near = [(round(x, DECIMALS) + 0.0, round(y, DECIMALS) + 0.0) for x, y in ring]
    found = [p for p, before in zip(near, [None, *near], strict=False) if p != before]
    if len(found) > 1 and found[0] == found[-1]:
        del found[-1]
    return found if len(set(found)) > 2 else []


def _turned(ring: list[Position], way: int) -> list[Position]:
    """Closed, from its smallest corner, anticlockwise for 1 and clockwise for -1."""
    # In whole millionths, so that no rounding turns a sliver now one way and now the other.
    whole = [(round(x * _MILLION), round(y * _MILLION)) for x, y in ring]
    if _doubled([*whole, whole[0]]) * way < 0:
        ring = ring[::-1]
    start = ring.index(min(ring))
    return [*ring[start:], *ring[: start + 1]]


def _doubled(ring: Ring) -> float:
    """Twice the signed area in square degrees; measured from a corner, so that nothing is lost."""
    left, low = ring[0]
    return sum(
        (x - left) * (next_y - low) - (next_x - left) * (y - low)
        for (x, y), (next_x, next_y) in pairwise(ring)
    )


def _size_problem(polygons: Sequence[Polygon]) -> str | None:
    if corners(polygons) > MOST_POINTS:
        return f"边界最多{MOST_POINTS}个角，现在有{corners(polygons)}个"
    if len(polygons) > MOST_PARTS:
        return f"边界最多分成{MOST_PARTS}块，现在有{len(polygons)}块"
    return None


def _place_problem(polygons: Sequence[Polygon]) -> str | None:
    west, south, east, north = bounds_of(polygons)
    if west < CHINA[0] or south < CHINA[1] or east > CHINA[2] or north > CHINA[3]:
        return "边界不在中国境内，坐标可能弄反了"
    if east - west > _WIDEST or north - south > _WIDEST:
        return "边界比一个县还大，有的角可能弄错了"
    return None


def _crossing_problem(polygons: Sequence[Polygon]) -> str | None:
    # Here, because it takes a sixth of a second: only who meets a shape pays for it.
    import shapely

    made = shapely.MultiPolygon([(polygon[0], polygon[1:]) for polygon in polygons])
    if shapely.is_valid(made):
        return None
    return _CROSSINGS.get(str(shapely.is_valid_reason(made)).partition("[")[0], _CROSSED)


_CROSSED = "边界的线自己交叉了"
#: What GEOS says, as a cadre understands it.
_CROSSINGS = {
    "Hole lies outside shell": "边界里挖空的一块在边界外面",
    "Holes are nested": "边界里挖空的两块叠在一起",
    "Nested shells": "边界的两块叠在一起",
    "Interior is disconnected": "边界被挖空的部分断成了几块",
    "Duplicate Rings": "边界里同一圈写了两遍",
}
