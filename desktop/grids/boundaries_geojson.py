"""Boundaries as GeoJSON (RFC 7946, and the ``crs`` member of 2008): files in and out. No Qt.

What offices hand out is seldom by the book: GBK or a byte order mark, open rings, lines
instead of areas, heights, thousands of corners, names under headers of their own. What can be
understood is; what cannot is told feature by feature, and one bad feature stops no other.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from desktop.reports.drafts import write_whole
from desktop.reports.faults import UnreadableFile
from sync.records import Grid
from sync.records.fields import FieldError
from sync.records.shapes import Position

#: More is no list of grids: a whole county has some four thousand, of a hundred corners each.
LARGEST_FILE = 60_000_000
MOST_FEATURES = 10_000
_RING_OF_LINE = 4
#: Beyond all coordinates, and near enough that whole numbers fit.
_FAR = 1e12

_CODES = (
    "code",
    "gridcode",
    "grid_code",
    "wgbh",
    "wgdm",
    "bh",
    "dm",
    "id",
    "编码",
    "代码",
    "网格代码",
)
_NAMES = ("name", "gridname", "grid_name", "wgmc", "mc", "title", "网格", "微网格")


@dataclass(frozen=True)
class Feature:
    """One area of a file, in the file's own coordinates, or why it is none.

    ``place`` counts from 1 as in the file; ``polygons`` are closed rings.
    """

    place: int
    name: str
    code: str
    polygons: list[list[list[Position]]] = field(repr=False)
    problem: str = ""

    @property
    def words(self) -> str:
        """What the file calls it."""
        return self.name or self.code or f"第 {self.place} 块"


@dataclass(frozen=True)
class Sheet:
    """What a file holds; ``named`` is the name it gives its coordinates, empty for none."""

    name: str
    named: str
    features: list[Feature] = field(repr=False)

    def positions(self) -> list[Position]:
        """All corners."""
        return [
            position
            for feature in self.features
            for polygon in feature.polygons
            for ring in polygon
            for position in ring
        ]


def read_sheet(path: Path) -> Sheet:
    """Read a GeoJSON file. Raises UnreadableFile with one sentence for the cadre."""
    whole = _parsed(path)
    if not isinstance(whole, dict):
        raise UnreadableFile(f"“{path.name}”不是 GeoJSON 边界文件。{_ASK}")
    found = list(_features(whole))
    if not found:
        raise UnreadableFile(f"“{path.name}”里一块边界也没有。{_ASK}")
    if len(found) > MOST_FEATURES:
        raise UnreadableFile(f"“{path.name}”里有 {len(found):,} 块，太多了，请只导出本村的")
    features = [_feature(place, one) for place, one in enumerate(found, start=1)]
    return Sheet(path.name, _crs_name(whole), features)


@dataclass(frozen=True)
class Outline:
    """One boundary on its way out."""

    shape: str = field(repr=False)
    facts: Mapping[str, str | int]


def write_sheet(path: Path, outlines: Iterable[Outline]) -> int:
    """Write boundaries as a FeatureCollection in WGS 84; return how many. Raises UnwritableFile."""
    features = [
        {
            "type": "Feature",
            "properties": dict(outline.facts),
            "geometry": msgspec.Raw(outline.shape.encode()),
        }
        for outline in outlines
    ]
    whole = {"type": "FeatureCollection", "features": features}
    write_whole(path, msgspec.json.encode(whole))
    return len(features)


_ASK = "请向出图的人要 .geojson（经纬度）格式的文件。"


def _parsed(path: Path) -> Any:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableFile(f"“{path.name}”太大（超过 60 MB），请只导出本村的网格")
        data = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(
            f"打不开“{path.name}”：文件不在了，或者正被别的程序占着", error
        ) from error
    try:
        return msgspec.json.decode(_decoded(data))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(
            f"“{path.name}”不是 GeoJSON 文件，或者没有存完整。{_ASK}", error
        ) from error


def _decoded(data: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark, or GB 18030. Raises ValueError."""
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("gb18030")


def _crs_name(whole: dict[str, Any]) -> str:
    crs = whole.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    named = properties.get("name") if isinstance(properties, dict) else None
    return named if isinstance(named, str) else ""


def _features(whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Each feature of a collection; a feature or a bare geometry stands for itself."""
    kind = whole.get("type")
    if kind == "FeatureCollection":
        listed = whole.get("features")
        yield from (f for f in listed if isinstance(f, dict)) if isinstance(listed, list) else ()
    elif kind == "Feature":
        yield whole
    elif "coordinates" in whole or "geometries" in whole:
        yield {"geometry": whole}


def _feature(place: int, one: dict[str, Any]) -> Feature:
    properties = one.get("properties")
    known = properties if isinstance(properties, dict) else {}
    name, code = _sought(known, "name", _NAMES), _sought(known, "code", _CODES)
    try:
        polygons = list(_polygons(one.get("geometry")))
        if not polygons:
            raise _NoArea("没有坐标")
        return Feature(place, name, code, polygons)
    except _NoArea as error:
        return Feature(place, name, code, [], str(error))


class _NoArea(ValueError):
    """Why a feature is no area."""


def _polygons(geometry: Any, deep: int = 0) -> Iterator[list[list[Position]]]:
    if not isinstance(geometry, dict) or deep > _RING_OF_LINE:
        raise _NoArea("没有坐标")
    kind, found = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon":
        yield _rings(found)
    elif kind == "MultiPolygon":
        yield from (_rings(polygon) for polygon in _list(found))
    elif kind == "GeometryCollection":
        for inner in _list(geometry.get("geometries")):
            yield from _polygons(inner, deep + 1)
    elif kind == "LineString":
        ring = [_position(position) for position in _list(found)]
        if len(ring) < _RING_OF_LINE or ring[0] != ring[-1]:
            raise _NoArea("是一条线，没有围成一块")
        yield [ring]
    elif kind in ("Point", "MultiPoint"):
        raise _NoArea("是一个点，不是一块")
    else:
        raise _NoArea("是一条线，不是一块")


def _rings(found: Any) -> list[list[Position]]:
    rings = [[_position(position) for position in _list(ring)] for ring in _list(found)]
    for ring in rings:
        if ring and ring[0] != ring[-1]:
            ring.append(ring[0])
    if not rings or not all(len(set(ring)) > 2 for ring in rings):
        raise _NoArea("至少要有三个不同的角")
    return rings


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise _NoArea("坐标的写法不对")
    return found


def _position(found: Any) -> Position:
    """Longitude and latitude, or east and north; a height is passed over."""
    if isinstance(found, list) and len(found) > 1:
        x, y = found[0], found[1]
        if type(x) in (int, float) and type(y) in (int, float) and abs(x) < _FAR > abs(y):
            return float(x), float(y)
    raise _NoArea("坐标的写法不对")


def _sought(properties: Mapping[str, Any], name: str, known: tuple[str, ...]) -> str:
    """The grid's name or code under any of the headers that offices use."""
    declared = Grid.fields[name]
    headers = [*known[:3], declared.label, *declared.aliases, *known[3:]]
    by_header = {str(header).strip().lower(): value for header, value in properties.items()}
    for header in headers:
        value = by_header.get(header.lower())
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            try:
                cleaned = declared.clean(value)
            except FieldError:
                continue
            if cleaned:
                return str(cleaned)[:60]
    return ""
