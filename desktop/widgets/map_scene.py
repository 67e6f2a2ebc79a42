"""What a map shows, made ready to be painted quickly: may be built on any thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

from sync.records.shapes import Plane, Polygon, Position, plane_of

#: Metres that a line may be off where the picture is small, finest first; 0 keeps every corner.
_LEVELS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
#: Pixels that a simplified line may be off.
_UNSEEN = 1.0
#: What a general grid's outline says: nothing is filled, and a click goes through.
OUTLINE = -1


@dataclass(frozen=True)
class Mark:
    """One area on a map: its name, a second line of words, and how dark it is: 0 for white, 1 to 3
    for a step of colour, ``OUTLINE`` for a bold line without filling. ``polygons`` are degrees in
    WGS 84. A ``dashed`` line is not there for good yet, or of another sort."""

    id: str
    name: str
    words: str
    step: int
    polygons: Sequence[Polygon] = field(repr=False)
    label: Position | None = None
    dashed: bool = False
    #: What stands where there is no room for more.
    brief: str = ""


@dataclass(frozen=True)
class Area:
    """A mark in metres: a shape for each level of detail, what it covers, and room for its name."""

    mark: Mark
    shapes: tuple[Any, ...] = field(repr=False)
    covers: QRectF
    label: QPointF
    #: Metres from the label to the nearest line.
    room: float
    # Made when it is first painted: most levels of most areas never are.
    _paths: dict[int, QPainterPath] = field(default_factory=dict, repr=False)

    def path(self, scale: float) -> QPainterPath:
        """The path that is fine enough for so many pixels a metre."""
        return self._path([n for n, metres in enumerate(_LEVELS) if metres * scale <= _UNSEEN][-1])

    def contains(self, place: QPointF) -> bool:
        """Whether a place in metres lies within."""
        return self.covers.contains(place) and self._path(0).contains(place)

    def _path(self, level: int) -> QPainterPath:
        if level not in self._paths:
            self._paths[level] = _path(self.shapes[level])
        return self._paths[level]


@dataclass(frozen=True)
class Scene:
    """Areas around one place, the largest first, so that what lies on another is on top."""

    plane: Plane | None = None
    areas: tuple[Area, ...] = ()

    @property
    def covers(self) -> QRectF:
        """What all of it covers, in metres."""
        whole = QRectF()
        for area in self.areas:
            whole = whole.united(area.covers)
        return whole

    def at(self, place: QPointF) -> Area | None:
        """The area that lies on top at a place; a bold outline is none."""
        for area in reversed(self.areas):
            if area.mark.step != OUTLINE and area.contains(place):
                return area
        return None

    def area(self, mark_id: str) -> Area | None:
        """The area of this id that can be chosen."""
        found = (a for a in self.areas if a.mark.id == mark_id and a.mark.step != OUTLINE)
        return next(found, None)

    def to_ground(self, position: Position) -> QPointF:
        """Degrees in metres east and south."""
        return to_ground(self.plane or Plane(*position), position)

    def to_degrees(self, place: QPointF) -> Position:
        """Metres east and south in degrees. There must be a plane."""
        assert self.plane is not None  # noqa: S101 (who asks has one)
        east, north = self.plane.per_degree
        return place.x() / east + self.plane.longitude, -place.y() / north + self.plane.latitude


def to_ground(plane: Plane, position: Position) -> QPointF:
    """Degrees in metres east and south of a plane's middle."""
    east, north = plane.per_degree
    return QPointF((position[0] - plane.longitude) * east, -(position[1] - plane.latitude) * north)


def build(marks: Sequence[Mark], plane: Plane | None = None) -> Scene:
    """Make marks ready to be painted, around ``plane`` or around themselves."""
    drawn = [mark for mark in marks if mark.polygons]
    if plane is None and drawn:
        plane = plane_of([polygon for mark in drawn for polygon in mark.polygons])
    if plane is None or not drawn:
        return Scene(plane)
    areas = _areas(drawn, plane)
    size = {id(area): area.covers.width() * area.covers.height() for area in areas}
    # Bold outlines lie over everything else.
    order = sorted(areas, key=lambda a: (a.mark.step == OUTLINE, -size[id(a)]))
    return Scene(plane, tuple(order))


def _areas(marks: Sequence[Mark], plane: Plane) -> list[Area]:
    # Here, because it takes a sixth of a second: only who sees a map pays for it.
    import shapely

    east, north = plane.per_degree
    middle = plane.longitude, plane.latitude
    shapes = [
        shapely.MultiPolygon([(polygon[0], polygon[1:]) for polygon in mark.polygons])
        for mark in marks
    ]
    shapes = list(
        shapely.transform(shapes, lambda at: (at - middle) * (east, -north)) if shapes else ()
    )
    levels = [shapes]
    for metres in _LEVELS[1:]:
        # Each from the one before, which is quick: halves add up to less than the whole.
        levels.append(list(shapely.simplify(levels[-1], metres / 2, preserve_topology=True)))
    rooms = [_room(shape, mark, plane) for shape, mark in zip(shapes, marks, strict=True)]
    found = []
    for place, mark in enumerate(marks):
        label, room = rooms[place]
        left, top, right, bottom = shapes[place].bounds
        covers = QRectF(left, top, right - left, bottom - top)
        found.append(Area(mark, tuple(level[place] for level in levels), covers, label, room))
    return found


def _room(shape: object, mark: Mark, plane: Plane) -> tuple[QPointF, float]:
    import shapely

    largest = max(shapely.get_parts(shape), key=lambda part: part.area)
    if mark.label is not None:
        place = to_ground(plane, mark.label)
    else:
        middle = largest.representative_point()
        place = QPointF(middle.x, middle.y)
    line = largest.exterior
    return place, float(line.distance(shapely.Point(place.x(), place.y())))


def _path(shape: object) -> QPainterPath:
    import shapely

    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for part in shapely.get_parts(shape):
        for ring in (part.exterior, *part.interiors):
            corners = shapely.get_coordinates(ring).tolist()
            path.addPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
    return path
