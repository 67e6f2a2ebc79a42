"""Coordinates of the three kinds that a village meets come to lie where they belong."""

from __future__ import annotations

import math

import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.grids.boundaries_crs import (
    CGCS2000,
    GCJ02,
    MERIDIANS,
    WGS84,
    System,
    UnknownSystem,
    gcj02_of_wgs84,
    project,
    system_of,
    unproject,
    wgs84_of_gcj02,
)
from sync.records.shapes import Position

QIONGLAI = (103.46, 30.41)
in_china = st.tuples(st.floats(74.0, 134.5), st.floats(18.0, 53.0))


def metres(one: Position, other: Position) -> float:
    return float(pyproj.Geod(ellps="WGS84").inv(*one, *other)[2])


@given(in_china)
def test_gcj02_goes_there_and_back_within_a_millimetre(place: Position) -> None:
    assert metres(wgs84_of_gcj02(gcj02_of_wgs84(place)), place) < 0.001


@given(in_china)
def test_gcj02_lies_hundreds_of_metres_off_but_never_more_than_a_kilometre(
    place: Position,
) -> None:
    assert metres(gcj02_of_wgs84(place), place) < 1000


def test_around_qionglai_an_online_map_is_some_three_hundred_metres_off() -> None:
    assert 200 < metres(gcj02_of_wgs84(QIONGLAI), QIONGLAI) < 600


@given(st.floats(-180, 71.9) | st.floats(138, 180), st.floats(-90, 90))
def test_outside_of_china_gcj02_is_wgs84(x: float, y: float) -> None:
    assert gcj02_of_wgs84((x, y)) == (x, y)
    assert wgs84_of_gcj02((x, y)) == (x, y)


@pytest.mark.parametrize(
    ("gcj02", "wgs84"),
    # What other implementations publish in their documentation (xyconvert, evil_transform).
    [
        ((104.07008157, 30.73199687), (104.06756309, 30.73437796)),
        ((104.06999188, 30.73147758), (104.06747357, 30.73385904)),
        ((114.1251447, 22.59414209), (114.12004399, 22.59682825)),
        ((121.787113, 39.061111), (121.78199886, 39.06008012)),
    ],
)
def test_gcj02_agrees_with_what_others_make_of_it(gcj02: Position, wgs84: Position) -> None:
    assert metres(wgs84_of_gcj02(gcj02), wgs84) < 1


@given(st.sampled_from(MERIDIANS), st.floats(-3.2, 3.2), st.floats(3.0, 54.0))
def test_a_projected_place_is_where_proj_has_it_within_a_millimetre(
    meridian: int, off: float, latitude: float
) -> None:
    place = (meridian + off, latitude)
    epsg = 4534 + (meridian - 75) // 3
    there = pyproj.Transformer.from_crs(4490, epsg, always_xy=True)
    assert math.dist(project(place, meridian), there.transform(*place)) < 0.001
    assert metres(unproject(project(place, meridian), meridian), place) < 0.001


@pytest.mark.parametrize("epsg", [4496, 4507, 4522, 4523, 4543, 4544])
def test_each_of_epsgs_zones_that_a_county_in_sichuan_may_use_is_read_as_proj_reads_it(
    epsg: int,
) -> None:
    east, north = pyproj.Transformer.from_crs(4490, epsg, always_xy=True).transform(*QIONGLAI)
    system = system_of(f"urn:ogc:def:crs:EPSG::{epsg}", [(east, north)])
    assert (system.code, system.metres, system.settled) == (CGCS2000, True, True)
    assert metres(system.to_wgs84()((east, north)), QIONGLAI) < 0.001


@pytest.mark.parametrize(
    ("named", "code"),
    [
        ("urn:ogc:def:crs:OGC:1.3:CRS84", WGS84),
        ("EPSG:4326", WGS84),
        ("urn:ogc:def:crs:EPSG::4490", CGCS2000),
        ("urn:ogc:def:crs:EPSG:6.9:4490", CGCS2000),
        ("CGCS_2000", CGCS2000),
        ("", ""),
        ("本地坐标", ""),
    ],
)
def test_degrees_are_what_the_file_says_and_asked_for_where_it_says_nothing(
    named: str, code: str
) -> None:
    system = system_of(named, [QIONGLAI])
    assert system == System(code)
    assert system.settled == bool(code)


@given(st.sampled_from((35, 34)))
def test_metres_with_a_zones_number_tell_their_meridian(zone: int) -> None:
    east, north = project(QIONGLAI, zone * 3)
    system = system_of("", [(zone * 1_000_000 + east, north)])
    assert system == System(CGCS2000, True, zone * 3)
    assert metres(system.to_wgs84()((zone * 1_000_000 + east, north)), QIONGLAI) < 0.001


def test_the_number_of_a_zone_of_six_degrees_is_told_from_one_of_three() -> None:
    east, north = project(QIONGLAI, 105)
    assert system_of("", [(18_000_000 + east, north)]).meridian == 105


def test_metres_without_a_number_ask_for_the_meridian() -> None:
    position = project(QIONGLAI, 102)
    system = system_of("", [position])
    assert system == System(CGCS2000, True, 0)
    with pytest.raises(UnknownSystem):
        system.to_wgs84()


@pytest.mark.parametrize(
    "position",
    [
        (QIONGLAI[1], QIONGLAI[0]),
        (project(QIONGLAI, 105)[1], 35_000_000 + project(QIONGLAI, 105)[0]),
        (project(QIONGLAI, 105)[1], project(QIONGLAI, 105)[0]),
    ],
)
def test_north_before_east_is_seen(position: Position) -> None:
    assert system_of("", [position]).swapped


def test_swapped_degrees_come_to_lie_where_they_belong() -> None:
    turned = (QIONGLAI[1], QIONGLAI[0])
    assert system_of("EPSG:4490", [turned]).to_wgs84()(turned) == QIONGLAI


@pytest.mark.parametrize(
    ("named", "position", "told"),
    [
        ("EPSG:2333", (18_352_000, 3_366_000), "1980 西安"),
        ("EPSG:4214", QIONGLAI, "1954 北京"),
        ("EPSG:3857", (11_517_000, 3_557_000), "网页地图"),
        ("EPSG:32648", (352_000, 3_366_000), "认不出"),
        ("EPSG:4522", QIONGLAI, "核对"),
        ("", (11_517_000.0, 13_557_000.0), "不像"),
        ("", (250.0, 1e12), "不像"),
    ],
)
def test_what_cannot_be_brought_into_place_is_told_in_words(
    named: str, position: Position, told: str
) -> None:
    with pytest.raises(UnknownSystem, match=told):
        system_of(named, [position])


def test_gcj02_chosen_by_a_person_is_taken_off() -> None:
    shown = gcj02_of_wgs84(QIONGLAI)
    assert metres(System(GCJ02).to_wgs84()(shown), QIONGLAI) < 0.001
