"""A boundary while it is drawn: corners in metres, added, taken back, moved. No painting."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

Point = tuple[float, float]
#: Fewer corners enclose nothing.
FEWEST = 3


@dataclass(frozen=True)
class Handle:
    """A corner: of which ring, and which one."""

    ring: int
    corner: int


@dataclass
class Sketch:
    """Rings without their closing corner. ``sizes`` tells how many rings each polygon has; while
    it is not ``closed``, the last ring goes on with every click."""

    rings: list[list[Point]] = field(default_factory=lambda: [[]])
    sizes: list[int] = field(default_factory=lambda: [1])
    closed: bool = False

    def add(self, point: Point) -> None:
        """One more corner; the same place twice is one."""
        ring = self.rings[-1]
        if not self.closed and (not ring or ring[-1] != point):
            ring.append(point)

    def back(self) -> bool:
        """Open what was closed, else take the last corner back; whether there was any."""
        if self.closed and len(self.rings) == 1:
            self.closed = False
            return True
        if self.closed or not self.rings[-1]:
            return False
        self.rings[-1].pop()
        return True

    def close(self) -> bool:
        """End the ring; whether it encloses anything."""
        if len(self.rings[-1]) >= FEWEST:
            self.closed = True
        return self.closed

    def near(self, point: Point, reach: float) -> Handle | None:
        """The corner within ``reach`` that is nearest."""
        found = [
            (math.dist(corner, point), Handle(r, c))
            for r, ring in enumerate(self.rings)
            for c, corner in enumerate(ring)
        ]
        nearest = min(found, key=lambda one: one[0], default=None)
        return nearest[1] if nearest is not None and nearest[0] <= reach else None

    def break_line(self, point: Point, reach: float) -> Handle | None:
        """A new corner in the line within ``reach`` that is nearest, to be moved."""
        best: tuple[float, Handle] | None = None
        for r, ring in enumerate(self.rings):
            line = [*ring, ring[0]] if self.closed and ring else ring
            for c, (one, other) in enumerate(pairwise(line)):
                off = _off(point, one, other)
                if off <= reach and (best is None or off < best[0]):
                    best = off, Handle(r, c + 1)
        if best is None:
            return None
        self.rings[best[1].ring].insert(best[1].corner, point)
        return best[1]

    def move(self, handle: Handle, point: Point) -> None:
        """Put a corner elsewhere."""
        self.rings[handle.ring][handle.corner] = point

    def remove(self, handle: Handle) -> bool:
        """Take a corner out, unless nothing would be enclosed without it."""
        ring = self.rings[handle.ring]
        if self.closed and len(ring) <= FEWEST:
            return False
        del ring[handle.corner]
        return True

    def polygons(self) -> list[list[list[Point]]]:
        """Polygons of closed rings."""
        rings = iter([*ring, ring[0]] if ring else [] for ring in self.rings)
        return [[next(rings) for _ in range(size)] for size in self.sizes]


def sketch_of(polygons: Sequence[Sequence[Sequence[Point]]]) -> Sketch:
    """What is there, to be changed; nothing begins a new ring."""
    if not polygons:
        return Sketch()
    rings = [list(ring[:-1]) for polygon in polygons for ring in polygon]
    return Sketch(rings, [len(polygon) for polygon in polygons], closed=True)


def snapped(point: Point, corners: Iterable[Point], reach: float) -> Point:
    """The neighbour's corner within ``reach`` that is nearest, else the point itself."""
    nearest = min(corners, key=lambda corner: math.dist(corner, point), default=None)
    return nearest if nearest is not None and math.dist(nearest, point) <= reach else point


def _off(point: Point, one: Point, other: Point) -> float:
    """How far a point is from a line between two others."""
    dx, dy = other[0] - one[0], other[1] - one[1]
    long = dx * dx + dy * dy
    along = ((point[0] - one[0]) * dx + (point[1] - one[1]) * dy) / long if long else 0.0
    along = min(max(along, 0.0), 1.0)
    return math.dist(point, (one[0] + along * dx, one[1] + along * dy))
