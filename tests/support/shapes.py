"""Shapes of a village near Qionglai (邛崃, 30.41 N 103.46 E), made up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from random import Random

from sync.records.shapes import Position, write_shape

WEST, SOUTH = 103.46, 30.41

Ring = list[Position]


def square(east: float = 0.0, north: float = 0.0, side: float = 0.002) -> str:
    """A square with sides of ``side`` degrees, so many degrees from the village's corner."""
    left, low = WEST + east, SOUTH + north
    right, high = left + side, low + side
    return write_shape([[[(left, low), (right, low), (right, high), (left, high), (left, low)]]])


def tiles(columns: int, rows: int, *, points: int = 12, seed: int = 1) -> list[Ring]:
    """Rings that tile a village as grids do: crooked lines that neighbours share, each of about
    ``points`` corners, row by row from the south-west."""
    random = Random(seed)
    wide, high = 0.0034, 0.0026
    between = max(points // 4 - 1, 0)

    def corner(column: int, row: int) -> Position:
        inner = 0 < column < columns and 0 < row < rows
        shift = 0.28 if inner else 0.12
        turn = 0.25 * math.sin(row * 0.9) * wide
        x = WEST + column * wide + turn + random.uniform(-shift, shift) * wide
        return x, SOUTH + row * high + random.uniform(-shift, shift) * high

    def line(one: Position, other: Position) -> list[Position]:
        """The corners between two, without either."""
        long = math.dist(one, other)
        across = (one[1] - other[1]) / long, (other[0] - one[0]) / long
        bend, waves = random.uniform(-0.06, 0.06) * long, random.choice((1, 2, 3))
        found = []
        for n in range(1, between + 1):
            part = n / (between + 1)
            off = bend * math.sin(math.pi * part * waves)
            found.append(
                (
                    one[0] + part * (other[0] - one[0]) + off * across[0],
                    one[1] + part * (other[1] - one[1]) + off * across[1],
                )
            )
        return found

    corners = {(c, r): corner(c, r) for c in range(columns + 1) for r in range(rows + 1)}
    lines: dict[tuple[tuple[int, int], tuple[int, int]], list[Position]] = {}
    for (c, r), here in corners.items():
        for there in ((c + 1, r), (c, r + 1)):
            if there in corners:
                lines[(c, r), there] = line(here, corners[there])

    def ring(c: int, r: int) -> Ring:
        way = [(c, r), (c + 1, r), (c + 1, r + 1), (c, r + 1), (c, r)]
        found: Ring = [corners[c, r]]
        for one, other in pairwise(way):
            between_them = lines.get((one, other)) or lines.get((other, one), [])[::-1]
            found += [*between_them, corners[other]]
        return found

    return [ring(c, r) for r in range(rows) for c in range(columns)]


def shape_of_ring(ring: Sequence[Position]) -> str:
    """The stored shape of one ring."""
    return write_shape([[list(ring)]])
