"""Shapes of a village near Qionglai (邛崃, 30.41 N 103.46 E), made up."""

from __future__ import annotations

from sync.records.shapes import write_shape

WEST, SOUTH = 103.46, 30.41


def square(east: float = 0.0, north: float = 0.0, side: float = 0.002) -> str:
    """A square with sides of ``side`` degrees, so many degrees from the village's corner."""
    left, low = WEST + east, SOUTH + north
    right, high = left + side, low + side
    return write_shape([[[(left, low), (right, low), (right, high), (left, high), (left, low)]]])
