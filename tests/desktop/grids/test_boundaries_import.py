"""Files of boundaries as offices hand them out: understood, or refused in plain words."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.grids.boundaries_crs import CGCS2000, GCJ02, MERIDIANS, WGS84, System
from desktop.grids.boundaries_geojson import MOST_FEATURES, read_sheet
from desktop.grids.boundaries_import import (
    Target,
    agreement,
    lay,
    nearest_meridian,
    plan_import,
    shapes_for,
)
from desktop.grids.boundaries_shaping import overlap
from desktop.reports.faults import UnreadableFile
from sync.records.shapes import MOST_POINTS, corners, read_shape, shape_problem
from tests.support.mapped import grid_name
from tests.support.shapes import shape_of_ring, square, tiles
from tests.support.store import VILLAGE

DATA = Path(__file__).parents[2] / "data" / "boundaries"
RINGS = tiles(5, 4, points=16)


def targets(*, codes: bool = False, shapes: bool = False) -> list[Target]:
    """The village's twenty grids."""
    return [
        Target(
            f"g{n}",
            grid_name(n),
            f"{VILLAGE}{n + 1:04}" if codes else "",
            shape_of_ring(ring) if shapes else "",
        )
        for n, ring in enumerate(RINGS)
    ]


def same(shape: str, ring: list[tuple[float, float]]) -> bool:
    """Whether a shape is that ring within a few centimetres."""
    return overlap(read_shape(shape), [[ring]]) > 0.999


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("qgis_crs84.geojson", System(WGS84)),
        ("office_cgcs2000_zone35.geojson", System(CGCS2000, True, 105)),
        ("traced_on_amap_gbk.json", System()),
    ],
)
def test_a_real_file_comes_to_lie_where_the_village_is(name: str, system: System) -> None:
    plan = plan_import(read_sheet(DATA / name), targets())
    assert plan.system == system
    assert plan.matched == {n + 1: f"g{n}" for n in range(20)}
    laid = lay(plan, system if system.settled else System(GCJ02))
    assert not any(one.problem for one in laid)
    made = shapes_for(laid, plan.matched)
    assert all(same(made[f"g{n}"].shape, ring) for n, ring in enumerate(RINGS))


def test_grids_are_told_by_code_where_names_differ() -> None:
    renamed = [Target(t.grid, f"{t.name}（新）", t.code) for t in targets(codes=True)]
    for name in ("qgis_crs84.geojson", "office_cgcs2000_zone35.geojson"):
        plan = plan_import(read_sheet(DATA / name), renamed)
        assert plan.matched == {n + 1: f"g{n}" for n in range(20)}


def test_the_wrong_system_is_seen_by_the_boundaries_there_are() -> None:
    plan = plan_import(read_sheet(DATA / "traced_on_amap_gbk.json"), targets(shapes=True))
    right = agreement(plan, lay(plan, System(GCJ02)), plan.matched)
    wrong = agreement(plan, lay(plan, System(WGS84)), plan.matched)
    assert right is not None
    assert wrong is not None
    assert right > 0.99
    assert wrong < 0.5


def test_metres_without_a_zone_ask_for_the_meridian_and_guess_it_from_what_is_there() -> None:
    sheet = read_sheet(DATA / "office_metres_only.geojson")
    alone = plan_import(sheet, targets())
    assert (alone.system.metres, alone.system.settled) == (True, False)
    assert nearest_meridian(alone, MERIDIANS) == 0
    beside = plan_import(sheet, targets(shapes=True))
    assert nearest_meridian(beside, MERIDIANS) == 105
    laid = lay(beside, System(CGCS2000, True, 105))
    made = shapes_for(laid, beside.matched)
    assert all(same(made[f"g{n}"].shape, RINGS[n]) for n in range(6))


def test_a_bad_feature_is_told_in_words_and_stops_no_other() -> None:
    plan = plan_import(read_sheet(DATA / "mixed_faults_bom.geojson"), targets())
    laid = {one.feature.words: one for one in lay(plan, System(WGS84))}
    told = {name: one.problem for name, one in laid.items() if one.problem}
    assert told == {
        "西街一组": "没有坐标",
        "竹林一组": "是一条线，没有围成一块",
        "大同一组": "是一个点，不是一块",
        "桥头一组": "边界的线自己交叉了",
        "黄坝一组": "坐标的写法不对",
        "柏树林一组": "至少要有三个不同的角",
    }
    assert laid["东门一组"].shape, "an open ring is closed"
    assert laid["文脉坊一组"].shape, "a closed line is an area"
    assert laid["第 13 块"].shape
    many = laid["石坝一组"]
    assert corners(read_shape(many.shape)) <= MOST_POINTS
    assert "省去" in many.remark
    assert overlap(read_shape(many.shape), many.polygons) > 0.99


def test_what_is_called_alike_twice_is_left_to_a_person() -> None:
    plan = plan_import(
        read_sheet(DATA / "mixed_faults_bom.geojson"),
        [*targets(), Target("x", "重名", ""), Target("y", "外村的", ""), Target("z", "外村的", "")],
    )
    taken = {plan.sheet.features[place - 1].words for place in plan.matched}
    assert taken == {"东门一组", "文脉坊一组", "桥头一组", "石坝一组"}


def test_features_that_a_person_gives_to_one_grid_become_its_parts() -> None:
    plan = plan_import(read_sheet(DATA / "qgis_crs84.geojson"), targets())
    made = shapes_for(lay(plan, plan.system), {1: "g0", 20: "g0"})
    assert len(read_shape(made["g0"].shape)) == 2


def test_a_crossing_that_hardly_matters_is_mended(tmp_path: Path) -> None:
    ring = [list(p) for p in read_shape(square(side=0.01))[0][0]]
    ring.insert(2, [ring[1][0] - 0.00001, ring[1][1] - 0.00001])
    path = tmp_path / "one.json"
    path.write_text(f'{{"type": "Polygon", "coordinates": [{ring}]}}')
    plan = plan_import(read_sheet(path), targets())
    (one,) = lay(plan, System(WGS84))
    assert one.problem == ""
    assert shape_problem(one.shape) is None
    assert "交叉" in one.remark


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("cut_off.geojson", "没有存完整"),
        ("no_map.json", "一块边界也没有"),
        ("missing.json", "打不开"),
        ("xian80.geojson", "西安"),
    ],
)
def test_a_file_that_is_of_no_use_is_told_in_one_sentence(name: str, told: str) -> None:
    with pytest.raises(UnreadableFile) as raised:
        plan_import(read_sheet(DATA / name), targets())
    assert told in raised.value.sentence
    assert name in raised.value.sentence
    assert "\n" not in raised.value.sentence


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00\xff\xfe\x81",
        b"[1, 2, 3]",
        b'{"type": "FeatureCollection", "features": null}',
        b'{"type": "FeatureCollection", "features": [3, "x", null]}',
        b"{" * 50_000,
        b"[" * 50_000,
        b'{"type": "Topology", "arcs": []}',
        "网格".encode("gb18030"),
    ],
)
def test_whatever_stands_in_a_file_it_is_told_in_one_sentence(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "x.geojson"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=r"x\.geojson"):
        read_sheet(path)


@pytest.mark.parametrize(
    "coordinates",
    [
        "[[[103.46, 30.41, null], [103.47, 30.41], [103.47, 30.42], [103.46, 30.41]]]",
        "[[[1e999, 1], [2, 3], [4, 5]]]",
        f"[[[{10**40}, 30.41], [103.47, 30.41], [103.47, 30.42]]]",
        "[[]]",
        "[]",
        "7",
        "[[[true, false], [103.47, 30.41], [103.47, 30.42]]]",
    ],
)
def test_coordinates_that_are_none_do_not_break_anything(tmp_path: Path, coordinates: str) -> None:
    path = tmp_path / "x.geojson"
    path.write_text(f'{{"type": "Polygon", "coordinates": {coordinates}}}')
    try:
        sheet = read_sheet(path)
    except UnreadableFile:
        return
    (feature,) = sheet.features
    assert feature.problem or feature.polygons


def test_too_many_features_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.geojson"
    one = '{"type": "Feature", "geometry": null}'
    features = ",".join([one] * (MOST_FEATURES + 1))
    path.write_text(f'{{"type": "FeatureCollection", "features": [{features}]}}')
    with pytest.raises(UnreadableFile, match="太多"):
        read_sheet(path)
