"""A shape is kept in one form, and only where it is an area on the ground."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.records import GridBoundary
from sync.records.checks import problems_of
from sync.records.shapes import (
    LONGEST_SHAPE,
    MOST_POINTS,
    ShapeError,
    area_of,
    corners,
    plane_of,
    read_shape,
    shape_problem,
    tell_area,
    write_shape,
)
from tests.support.shapes import SOUTH, WEST, square


def star(turns: list[float], west: float = WEST, south: float = SOUTH) -> list[tuple[float, float]]:
    """A closed ring around a place, with a corner in each direction: never crosses itself."""
    step = 2 * math.pi / len(turns)
    ring = [
        (west + r * math.cos(step * n), south + r * math.sin(step * n)) for n, r in enumerate(turns)
    ]
    return [*ring, ring[0]]


stars = st.lists(st.floats(0.0005, 0.005), min_size=3, max_size=40).map(star)


@given(stars, st.integers(0, 39), st.booleans())
def test_the_same_ring_from_another_corner_or_the_other_way_round_is_the_same_text(
    ring: list[tuple[float, float]], start: int, backwards: bool
) -> None:
    start %= len(ring) - 1
    other = [*ring[start:-1], *ring[: start + 1]]
    if backwards:
        other.reverse()
    assert write_shape([[other]]) == write_shape([[ring]])


@given(stars)
def test_a_shape_that_was_written_is_sound_and_is_written_the_same_again(
    ring: list[tuple[float, float]],
) -> None:
    text = write_shape([[ring]])
    assert shape_problem(text) is None
    assert write_shape(read_shape(text)) == text


def test_parts_and_holes_have_one_order_too() -> None:
    one, other = read_shape(square())[0], read_shape(square(0.01))[0]
    hole = [(x / 2 + WEST / 2 + 0.0005, y / 2 + SOUTH / 2 + 0.0005) for x, y in one[0]]
    assert write_shape([one, other]) == write_shape([other, one])
    text = write_shape([[one[0], hole]])
    assert text == write_shape([[one[0][::-1], hole[::-1]]])
    assert shape_problem(text) is None
    assert area_of(read_shape(text)) == pytest.approx(area_of([one]) * 3 / 4, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "边界的格式不对"),
        ("{}", "边界的格式不对"),
        ('{"type":"Point","coordinates":[103.46,30.41]}', "边界的格式不对"),
        ('{"type":"Polygon","coordinates":[]}', "一个角也没有"),
        ('{"type":"Polygon","coordinates":[[]]}', "三个不同的角"),
        ('{"type":"MultiPolygon","coordinates":[]}', "一个角也没有"),
        ('{"type":"Polygon","coordinates":[[[103.46,30.41],[103.47,30.41],[103.46,30.41]]]}', "角"),
        ('{"type":"Polygon","coordinates":[[[1e400,30.41]]]}', "边界"),
        ("[" * 5000, "边界的格式不对"),
        (square().replace(",", ", ", 1), "写法不规范"),
        (square().replace("103.46,", "103.4600001,"), "写法不规范"),
    ],
)
def test_what_is_no_canonical_area_is_told_in_words(text: str, told: str) -> None:
    assert told in (shape_problem(text) or "")


def test_a_line_that_crosses_itself_is_told() -> None:
    (a, b, c, d, _) = read_shape(square())[0][0]
    assert shape_problem(write_shape([[[a, c, b, d, a]]])) == "边界的线自己交叉了"


def test_parts_that_lie_on_each_other_and_holes_outside_are_told() -> None:
    small, big = read_shape(square())[0], read_shape(square(side=0.01))[0]
    far = read_shape(square(0.1))[0]
    inside = read_shape(square(0.002, 0.002))[0]
    assert shape_problem(write_shape([inside, big])) == "边界的两块叠在一起"
    assert shape_problem(write_shape([[small[0], far[0]]])) == "边界里挖空的一块在边界外面"


def test_latitude_before_longitude_and_a_corner_far_off_are_told() -> None:
    ring = read_shape(square())[0][0]
    turned = write_shape([[[(y, x) for x, y in ring]]])
    assert "弄反" in (shape_problem(turned) or "")
    far = write_shape([[[*ring[:-1], (105.0, 30.0), ring[0]]]])
    assert "比一个县还大" in (shape_problem(far) or "")


def test_the_longest_shape_that_is_allowed_fits_and_one_corner_more_does_not() -> None:
    longest = write_shape([[star([0.003999 + n % 2 * 1e-5 for n in range(MOST_POINTS)])]])
    assert shape_problem(longest) is None
    assert len(longest) <= LONGEST_SHAPE
    assert GridBoundary.fields["shape"].problem(longest) is None
    more = write_shape([[star([0.003999 + n % 2 * 1e-5 for n in range(MOST_POINTS + 1)])]])
    assert f"最多{MOST_POINTS}个角" in (shape_problem(more) or "")


def test_a_hectare_is_a_hectare() -> None:
    polygons = read_shape(square())
    east, north = plane_of(polygons).per_degree
    side_e, side_n = 100 / east, 100 / north
    ring = [(WEST, SOUTH), (WEST + side_e, SOUTH), (WEST + side_e, SOUTH + side_n)]
    made = read_shape(write_shape([[[*ring, (WEST, SOUTH + side_n), ring[0]]]]))
    assert area_of(made) == pytest.approx(10_000, rel=0.002)
    assert corners(made) == 4


def test_a_shape_is_told_by_its_corners_and_its_size() -> None:
    assert GridBoundary.fields["shape"].tell(square()) == "4 个角，4.26 公顷（63.9 亩）"
    assert tell_area(350) == "350 平方米"
    assert tell_area(3_200_000) == "3.20 平方公里"


def test_a_boundary_without_a_shape_or_with_a_broken_one_is_no_boundary() -> None:
    whole = {"grid": "g1", "source": "drawn", "source_crs": "wgs84"}
    assert set(problems_of(GridBoundary, whole)) == {"shape"}
    broken = json.dumps({"type": "Polygon", "coordinates": [[[103.46, 30.41]]]})
    assert set(problems_of(GridBoundary, {**whole, "shape": broken})) == {"shape"}
    assert problems_of(GridBoundary, {**whole, "shape": square()}) == {}


def test_nothing_is_no_shape() -> None:
    with pytest.raises(ShapeError):
        write_shape([])
