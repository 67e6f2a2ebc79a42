"""The map as a picture: where places lie on it, what a sketch does, and how long it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, QRectF

from desktop.widgets.map_frame import Frame, fitted
from desktop.widgets.map_scene import OUTLINE, Mark, build
from desktop.widgets.map_sketch import Handle, Sketch, sketch_of, snapped
from sync.records.shapes import read_shape
from tests.support.shapes import square, tiles

metres = st.floats(-5000, 5000)
frames = st.builds(
    Frame, metres, metres, st.floats(0.01, 10), st.floats(50, 3000), st.floats(50, 3000)
)
pixels = st.builds(QPointF, st.floats(0, 2000), st.floats(0, 2000))


@given(frames, pixels)
def test_a_pixel_is_the_same_place_there_and_back(frame: Frame, pixel: QPointF) -> None:
    assert (frame.to_screen(frame.to_ground(pixel)) - pixel).manhattanLength() < 1e-3
    assert (frame.transform.map(frame.to_ground(pixel)) - pixel).manhattanLength() < 1e-3


@given(frames, pixels, st.floats(0.2, 5))
def test_zooming_leaves_the_ground_under_the_pointer_where_it_is(
    frame: Frame, pixel: QPointF, factor: float
) -> None:
    fixed = frame.to_ground(pixel)
    assert (frame.zoomed(factor, pixel).to_screen(fixed) - pixel).manhattanLength() < 1e-2


@given(st.floats(1, 9000), st.floats(1, 9000), metres, metres)
def test_what_is_fitted_lies_within_its_room(
    wide: float, high: float, left: float, top: float
) -> None:
    ground, room = QRectF(left, top, wide, high), QRectF(20, 10, 600, 400)
    frame = fitted(ground, 700, 500, room)
    shown = frame.transform.mapRect(ground)
    assert room.adjusted(-1e-3, -1e-3, 1e-3, 1e-3).contains(shown)


@given(frames, st.floats(40, 400))
def test_the_scale_bar_is_a_round_number_that_fits(frame: Frame, longest: float) -> None:
    metres, long = frame.bar(longest)
    assert long <= longest * (1 + 1e-9)
    assert long > longest / 2.6
    assert f"{metres:.0e}"[0] in "125"


def test_what_lies_on_top_is_found_and_a_bold_outline_is_passed_through() -> None:
    whole, school = read_shape(square(side=0.01)), read_shape(square(0.004, 0.004))
    scene = build(
        [
            Mark("school", "学校", "", 1, school),
            Mark("grid", "一组", "", 1, whole),
            Mark("general", "东片区", "", OUTLINE, whole),
        ]
    )
    found = [scene.at(scene.to_ground(at)) for at in ((103.465, 30.415), (103.461, 30.411))]
    assert [area.mark.id for area in found if area] == ["school", "grid"]
    assert scene.at(scene.to_ground((103.5, 30.5))) is None


def test_degrees_and_metres_are_the_same_place() -> None:
    scene = build([Mark("g", "一组", "", 1, read_shape(square()))])
    x, y = scene.to_degrees(scene.to_ground((103.4612, 30.4117)))
    assert x == pytest.approx(103.4612, abs=1e-9)
    assert y == pytest.approx(30.4117, abs=1e-9)


points = st.tuples(st.integers(-50, 50), st.integers(-50, 50))


@given(st.lists(points, max_size=12))
def test_taking_back_undoes_each_corner(corners: list[tuple[int, int]]) -> None:
    sketch = Sketch()
    for corner in corners:
        sketch.add(corner)
    count = len(sketch.rings[0])
    assert sketch.close() == (count >= 3)
    steps = 0
    while sketch.back():
        steps += 1
    assert steps == count + (count >= 3)
    assert sketch.rings == [[]]


def test_a_closed_ring_takes_no_more_corners_and_keeps_three() -> None:
    sketch = sketch_of([[[(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]]])
    sketch.add((5, 5))
    assert sketch.polygons() == [[[(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]]]
    assert sketch.break_line((5, 0.5), 1) == Handle(0, 1)
    assert sketch.near((10.5, 0), 1) == Handle(0, 2)
    for _ in range(2):
        assert sketch.remove(Handle(0, 0))
    assert not sketch.remove(Handle(0, 0))


def test_holes_and_parts_stay_what_they_are() -> None:
    polygons = [
        [[(0, 0), (9, 0), (9, 9), (0, 0)], [(2, 1), (3, 1), (3, 2), (2, 1)]],
        [[(20, 0), (29, 0), (29, 9), (20, 0)]],
    ]
    assert sketch_of(polygons).polygons() == polygons


def test_the_nearest_corner_within_reach_is_taken_over() -> None:
    assert snapped((1, 1), [(0, 0), (2, 1)], 5) == (2, 1)
    assert snapped((1, 1), [(9, 9)], 5) == (1, 1)


def test_of_two_hundred_corners_a_grid_only_those_are_painted_that_the_screen_can_show() -> None:
    """How long it takes is told by ``dev.py bench map``."""
    rings = tiles(20, 20, points=200)
    scene = build([Mark(str(n), f"第{n}组", "", 0, [[ring]]) for n, ring in enumerate(rings)])
    every = sum(map(len, rings))

    def painted(scale: float) -> int:
        return sum(area.path(scale).elementCount() for area in scene.areas)

    whole_village = 750 / scene.covers.width()
    assert painted(whole_village) < every / 10
    assert painted(100 * whole_village) >= every - len(rings), "close by, every bend is there"
