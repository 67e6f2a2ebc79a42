"""Which feature of a file is which grid, and where it would lie; seen before anything is written.
No Qt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from desktop.grids.boundaries_crs import CGCS2000, System, UnknownSystem, system_of
from desktop.grids.boundaries_geojson import Feature, Sheet
from desktop.grids.boundaries_shaping import Made, overlap, shape_of
from desktop.reports.faults import UnreadableFile
from sync.records import tidy
from sync.records.shapes import Polygon, Position, ShapeError, bounds_of, read_shape


@dataclass(frozen=True)
class Target:
    """A grid that may get a boundary: its id, name, code, and the shape it has ('' for none)."""

    grid: str
    name: str
    code: str
    shape: str = field(default="", repr=False)


@dataclass(frozen=True)
class ImportPlan:
    """What a file holds, which grid each feature seems to be (by its place), and the system."""

    sheet: Sheet
    system: System
    targets: Mapping[str, Target]
    matched: Mapping[int, str]

    @property
    def usable(self) -> list[Feature]:
        """The features that are areas."""
        return [feature for feature in self.sheet.features if not feature.problem]


@dataclass(frozen=True)
class Laid:
    """A feature in its place: polygons in WGS 84 and the shape it makes, or why it makes none."""

    feature: Feature
    polygons: list[list[list[Position]]] = field(repr=False)
    shape: str = field(default="", repr=False)
    remark: str = ""
    problem: str = ""


def plan_import(sheet: Sheet, targets: Sequence[Target]) -> ImportPlan:
    """Tell grids and coordinates of a file. Raises UnreadableFile where the coordinates cannot be
    brought into place."""
    try:
        system = system_of(sheet.named, sheet.positions())
    except UnknownSystem as error:
        raise UnreadableFile(f"“{sheet.name}”没有导入：{error}。") from error
    known = {target.grid: target for target in targets}
    return ImportPlan(sheet, system, known, _matched(sheet.features, targets))


def lay(
    plan: ImportPlan,
    system: System,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Laid]:
    """Every feature of a file where ``system`` puts it, in the order of the file; what a cancel
    leaves out is missing."""
    turn, found = system.to_wgs84(), []
    for done, feature in enumerate(plan.sheet.features):
        if cancelled and cancelled():
            break
        found.append(_laid(feature, turn))
        if progress:
            progress(done + 1, len(plan.sheet.features))
    return found


def shapes_for(laid: Iterable[Laid], chosen: Mapping[int, str]) -> dict[str, Made]:
    """By grid the shape it would get: features (by place) that were chosen for one grid are its
    parts. Raises ShapeError with the grid's features where they do not go together."""
    parts: dict[str, list[Polygon]] = {}
    remarks: dict[str, list[str]] = {}
    for one in laid:
        grid = chosen.get(one.feature.place, "")
        if grid and one.shape:
            parts.setdefault(grid, []).extend(read_shape(one.shape))
            remarks.setdefault(grid, []).append(one.remark)
    return {
        grid: Made(made.shape, "；".join(filter(None, [*remarks[grid], made.remark])))
        for grid, made in ((grid, shape_of(polygons)) for grid, polygons in parts.items())
    }


def agreement(plan: ImportPlan, laid: Iterable[Laid], chosen: Mapping[int, str]) -> float | None:
    """How far features lie on the boundaries that their grids have already, 0 to 1; None where
    none of them has one. The right system agrees best: a wrong one is hundreds of metres off."""
    found = [
        overlap(one.polygons, read_shape(target.shape))
        for one in laid
        if not one.problem
        and (target := plan.targets.get(chosen.get(one.feature.place, ""))) is not None
        and target.shape
    ]
    return sum(found) / len(found) if found else None


def nearest_meridian(plan: ImportPlan, meridians: Iterable[int]) -> int:
    """The central meridian that brings metres nearest to the boundaries there are; 0 where there
    are none to compare with."""
    there = [read_shape(target.shape) for target in plan.targets.values() if target.shape]
    if not there or not plan.usable:
        return 0
    west, _, east, _ = bounds_of([polygon for polygons in there for polygon in polygons])
    corner = plan.usable[0].polygons[0][0][0]

    def off(meridian: int) -> float:
        turned = System(CGCS2000, True, meridian, plan.system.swapped).to_wgs84()(corner)
        return abs(turned[0] - (west + east) / 2)

    return min(meridians, key=off)


def _laid(feature: Feature, turn: Callable[[Position], Position]) -> Laid:
    if feature.problem:
        return Laid(feature, [], problem=feature.problem)
    polygons = [[[turn(p) for p in ring] for ring in polygon] for polygon in feature.polygons]
    try:
        made = shape_of(polygons)
    except ShapeError as error:
        return Laid(feature, polygons, problem=str(error))
    return Laid(feature, polygons, made.shape, made.remark)


def _matched(features: Sequence[Feature], targets: Sequence[Target]) -> dict[int, str]:
    """Features by code, else by name; what is called alike twice, on either side, is left to a
    person."""
    by_code = _once((_plain(target.code), target.grid) for target in targets)
    by_name = _once((_plain(target.name), target.grid) for target in targets)
    codes = Counter(_plain(feature.code) for feature in features)
    names = Counter(_plain(feature.name) for feature in features)
    found: dict[int, str] = {}
    for feature in features:
        code, name = _plain(feature.code), _plain(feature.name)
        grid = by_code.get(code, "") if codes[code] == 1 else ""
        if not grid and names[name] == 1:
            grid = by_name.get(name, "")
        if grid and not feature.problem and grid not in found.values():
            found[feature.place] = grid
    return found


def _once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    listed = [(key, grid) for key, grid in pairs if key]
    counted = Counter(key for key, _ in listed)
    return {key: grid for key, grid in listed if counted[key] == 1}


def _plain(text: str) -> str:
    return "".join(tidy.fold(text).lower().split())
