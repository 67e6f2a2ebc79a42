"""The map of the grids: look, choose, draw, import, by mouse and by keys."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QListWidget, QWidget

from desktop.grids.boundaries_service import Boundaries
from desktop.grids.map_figures import Figure
from desktop.grids.map_panel import MapPanel
from desktop.storage.store import Store
from sync.records import Grid
from sync.records.shapes import area_of, read_shape
from tests.support.mapped import grid_name, mapped_village
from tests.support.shapes import square
from tests.support.window import Hands

DATA = Path(__file__).parents[2] / "data" / "boundaries"
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(folder: Path, open_hands: Callable[..., Hands]) -> Callable[[], Hands]:
    def open_map() -> Hands:
        hands = open_hands(folder)
        hands.unlock()
        hands.go("grids")
        hands.click("tab_map")
        return hands

    return open_map


@pytest.fixture
def grids(store: Store) -> list[str]:
    """Three grids without a boundary."""
    with store.write() as writing:
        return writing.create_many(Grid, [{"name": grid_name(n)} for n in range(3)])


def panel(hands: Hands) -> MapPanel:
    found = hands.page.panels["map"]
    assert isinstance(found, MapPanel)
    return found


def click(hands: Hands, at: QPointF, *, double: bool = False) -> None:
    view = panel(hands).map
    QTest.mouseClick(view, LEFT, pos=at.toPoint())
    if double:
        QTest.mouseDClick(view, LEFT, pos=at.toPoint())
    hands.wait()


def shapes(store: Store) -> dict[str, str]:
    return {g.name: g.shape for g in Boundaries(store).grounds() if g.placed}


def test_a_click_on_the_map_opens_the_grid_beside_it_and_enter_in_its_list(
    store: Store, opened: Callable[[], Hands]
) -> None:
    ids = mapped_village(store)
    hands = opened()
    here = panel(hands)
    click(hands, here.map.pixel_of(ids[7]))
    assert here.map.choice() == ids[7]
    assert hands.see("panelTitle").isVisible()
    assert here.detail.texts()["所属一般网格"] == "东片区"
    assert "公顷" in here.detail.texts()["面积"]
    assert "从文件导入" in here.detail.texts()["边界"]
    here.map.setFocus()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.page.panel() is hands.page.tree)
    hands.wait(lambda: hands.page.tree.register.detail.row() is not None)
    assert hands.page.tree.register.detail.row().id == ids[7]


def test_arrows_walk_from_grid_to_grid(store: Store, opened: Callable[[], Hands]) -> None:
    ids = mapped_village(store)
    hands = opened()
    here = panel(hands)
    click(hands, here.map.pixel_of(ids[6]))
    here.map.setFocus()
    for key, there in (
        (Qt.Key.Key_Right, 7),
        (Qt.Key.Key_Up, 12),
        (Qt.Key.Key_Left, 11),
        (Qt.Key.Key_Down, 6),
    ):
        hands.press(key)
        hands.wait()
        assert here.map.choice() == ids[there]


def test_what_has_no_boundary_is_listed_and_found_by_pinyin(
    store: Store, opened: Callable[[], Hands]
) -> None:
    mapped_village(store, missing=3)
    hands = opened()
    assert hands.page.head.facts().startswith("22 个网格有边界，3 个还没有")
    assert panel(hands).side.names() == ["东门三组", "文脉坊三组", "西街三组"]
    hands.type("zhulin", "mapSearch")
    hands.wait(lambda: panel(hands).side.names() == ["竹林一组", "竹林二组"])


def test_the_map_is_coloured_by_the_figure_that_is_chosen(
    store: Store, opened: Callable[[], Hands]
) -> None:
    ids = mapped_village(store)
    hands = opened()
    here = panel(hands)
    here.add_figures(Figure("visits", "待走访", "户", lambda: {ids[3]: 5, ids[4]: 1}))
    box = here.bar.figure_box
    box.setFocus()
    box.setCurrentIndex(box.findData("visits"))
    box.activated.emit(box.currentIndex())
    hands.wait(lambda: here.map.legend.title == "待走访（户）")
    steps = {area.mark.id: (area.mark.step, area.mark.words) for area in here.map.scene.areas}
    assert steps[ids[3]] == (2, "5 户")
    assert steps[ids[4]] == (1, "1 户")
    assert steps[ids[5]] == (0, "0 户")
    click(hands, here.map.pixel_of(ids[3]))
    assert here.detail.texts()["待走访"] == "5 户"


def test_general_grids_have_what_their_micro_grids_have_together(
    store: Store, opened: Callable[[], Hands]
) -> None:
    mapped_village(store)
    hands = opened()
    here = panel(hands)
    people = sum(here._seen.values.get(g.grid, 0) for g in here._seen.grounds if g.parent)
    box = here.bar.layer_box
    box.setCurrentIndex(1)
    box.activated.emit(1)
    hands.wait(lambda: len(here.map.scene.areas) == 2)
    assert sum(int(a.mark.words.removesuffix(" 人")) for a in here.map.scene.areas) == people


def test_a_boundary_is_drawn_by_clicks_and_taken_back_by_its_note(
    store: Store, grids: list[str], opened: Callable[[], Hands]
) -> None:
    Boundaries(store).draw(grids[0], read_shape(square()))
    hands = opened()
    here = panel(hands)
    assert here.side.names() == [grid_name(2), grid_name(1)]
    here.side.list.setCurrentRow(1)
    hands.click("mapDraw")
    east = here.map.frame.to_screen(here.map.scene.to_ground((103.462, 30.41)))
    north = here.map.frame.to_screen(here.map.scene.to_ground((103.462, 30.412)))
    beyond = north + QPointF(60, 10)
    for at in (east + QPointF(4, 3), beyond, beyond + QPointF(40, 0)):
        click(hands, at)
    here.map.setFocus()
    hands.press(Qt.Key.Key_Backspace)
    click(hands, north - QPointF(3, 4), double=True)
    assert "围好了" in here.banner._words.text()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: grid_name(1) in shapes(store))
    (ring,) = read_shape(shapes(store)[grid_name(1)])[0]
    assert len(ring) == 4
    assert {(103.462, 30.41), (103.462, 30.412)} <= set(ring), "neighbours share corners"
    assert here.map.choice() == grids[1]
    hands.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: set(shapes(store)) == {grid_name(0)})


def test_a_boundary_is_drawn_wholly_by_the_keyboard_on_an_empty_map(
    store: Store, grids: list[str], opened: Callable[[], Hands]
) -> None:
    hands = opened()
    here = panel(hands)
    here.side.list.setFocus()
    here.side.list.setCurrentRow(0)
    hands.press(Qt.Key.Key_Tab)
    hands.press(Qt.Key.Key_Space)
    hands.wait(lambda: isinstance(hands.focused(), QLineEdit))
    hands.type("103.46, 30.41 103.462 30.41")
    hands.press(Qt.Key.Key_Return)
    here.map.setFocus()
    hands.press(Qt.Key.Key_Right)
    for _ in range(6):
        hands.press(Qt.Key.Key_Up)
    hands.press(Qt.Key.Key_Space)
    hands.press(Qt.Key.Key_Return)
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: bool(shapes(store)))
    (shape,) = shapes(store).values()
    assert len(read_shape(shape)[0][0]) == 4


def test_corners_are_moved_added_and_taken_out(
    store: Store, grids: list[str], opened: Callable[[], Hands]
) -> None:
    Boundaries(store).draw(grids[0], read_shape(square()))
    hands = opened()
    here = panel(hands)
    click(hands, here.map.pixel_of(grids[0]))
    hands.click("changeBoundary")
    view = here.map
    assert view.sketch is not None
    corner = view.frame.to_screen(QPointF(*view.sketch.rings[0][2])).toPoint()
    QTest.mousePress(view, LEFT, pos=corner)
    QTest.mouseMove(view, corner + QPoint(20, -10))
    _drag(view, corner + QPoint(40, -20))
    QTest.mouseRelease(view, LEFT, pos=corner + QPoint(40, -20))
    line = [view.frame.to_screen(QPointF(*view.sketch.rings[0][n])) for n in (0, 1)]
    QTest.mouseClick(view, LEFT, pos=QPointF.toPoint((line[0] + line[1]) * 0.5))
    assert len(view.sketch.rings[0]) == 5
    view.setFocus()
    hands.press(Qt.Key.Key_Delete)
    assert len(view.sketch.rings[0]) == 4
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: shapes(store)[grid_name(0)] != square())
    after = read_shape(shapes(store)[grid_name(0)])
    assert area_of(after) > area_of(read_shape(square())) * 1.02


def test_esc_leaves_a_drawing_with_nothing_changed(
    store: Store, grids: list[str], opened: Callable[[], Hands]
) -> None:
    Boundaries(store).draw(grids[0], read_shape(square()))
    hands = opened()
    here = panel(hands)
    here.draw(grids[0])
    assert hands.sees("sketchSave")
    here.map.setFocus()
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.sees("sketchSave"))
    assert shapes(store) == {grid_name(0): square()}
    assert hands.sees("mapImport")


@pytest.mark.parametrize("closed", [True, False])
def test_a_drawing_left_by_esc_goes_on_by_its_note(
    store: Store, grids: list[str], opened: Callable[[], Hands], closed: bool
) -> None:
    Boundaries(store).draw(grids[0], read_shape(square()))
    hands = opened()
    here = panel(hands)
    here.draw(grids[1])
    for position in ((103.46, 30.42), (103.462, 30.42), (103.462, 30.422)):
        here.map.put(position)
    if closed:
        here.map.close_ring()
    assert here.map.sketch is not None
    rings = [[(round(x), round(y)) for x, y in ring] for ring in here.map.sketch.rings]
    here.map.setFocus()
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.sees("sketchSave"))
    hands.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.sees("sketchSave"))
    again = here.map.sketch
    assert again is not None
    assert [[(round(x), round(y)) for x, y in ring] for ring in again.rings] == rings
    assert again.closed == closed
    hands.click("sketchSave")
    hands.wait(lambda: grid_name(1) in shapes(store))


def test_a_boundary_saved_twice_is_still_taken_back(
    store: Store, grids: list[str], opened: Callable[[], Hands]
) -> None:
    hands = opened()
    here = panel(hands)
    here.draw(grids[0])
    for position in ((103.46, 30.41), (103.462, 30.41), (103.462, 30.412)):
        here.map.put(position)
    held = threading.Event()
    hands.window.lanes.writing.run(held.wait)
    for _ in range(2):
        hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    held.set()
    hands.wait(lambda: not hands.sees("sketchSave"))
    assert list(shapes(store)) == [grid_name(0)]
    hands.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: shapes(store) == {})


def test_lines_that_cross_are_told_and_the_drawing_stays(
    store: Store, grids: list[str], opened: Callable[[], Hands]
) -> None:
    hands = opened()
    here = panel(hands)
    here.draw(grids[0])
    for position in ((103.46, 30.41), (103.462, 30.412), (103.462, 30.41), (103.46, 30.412)):
        here.map.put(position)
    hands.click("sketchSave")
    hands.wait(lambda: "交叉" in here.banner.fault())
    assert shapes(store) == {}
    assert here.map.sketch is not None


@pytest.mark.parametrize(
    ("typed", "told"),
    [("103.46", "成对"), ("你好", "成对"), ("3.46, 30.41", "境内"), ("352000, 3366000", "经纬度")],
)
def test_figures_that_are_no_place_are_told(
    grids: list[str], opened: Callable[[], Hands], typed: str, told: str
) -> None:
    hands = opened()
    here = panel(hands)
    here.draw(grids[0])
    hands.type(typed, "sketchFigures")
    hands.press(Qt.Key.Key_Return)
    assert told in here.banner.fault()


def test_an_import_is_seen_on_the_map_before_it_is_written_and_then_opens_by_a_click(
    store: Store, opened: Callable[[], Hands]
) -> None:
    with store.write() as writing:
        ids = writing.create_many(Grid, [{"name": grid_name(n)} for n in range(20)])
    hands = opened()
    here = panel(hands)
    here.preview(DATA / "qgis_crs84.geojson")
    hands.wait(lambda: len(here.importing.map.scene.areas) == 20)
    assert shapes(store) == {}
    assert hands.see("mapImportGo").text() == "导入 20 个网格的边界"
    hands.click("mapImportGo")
    hands.wait(lambda: len(shapes(store)) == 20 and len(here.map.scene.areas) == 20)
    click(hands, here.map.pixel_of(ids[12]))
    assert here.detail.texts()["边界"].startswith("从文件导入")


def test_nothing_is_written_before_the_kind_of_coordinates_is_said(
    store: Store, opened: Callable[[], Hands]
) -> None:
    mapped_village(store)
    hands = opened()
    here = panel(hands)
    here.preview(DATA / "traced_on_amap_gbk.json")
    hands.wait(lambda: hands.sees("mapImportTable"))
    assert not hands.see("mapImportGo").isEnabled()
    assert "偏出几百米" in here.importing.words()
    here.importing.choose_system("wgs84")
    hands.wait(lambda: "重合 1%" in here.importing.words())
    assert "多半是坐标选错了" in here.importing._fault.text()
    here.importing.choose_system("gcj02")
    hands.wait(lambda: "重合 100%" in here.importing.words())
    assert not here.importing._fault.isVisible()
    hands.click("mapImportGo")
    hands.wait(lambda: not hands.sees("mapImportTable"))
    (kept,) = {g.source for g in Boundaries(store).grounds() if g.level == "micro" and g.placed}
    assert kept == "imported"


def test_an_area_without_a_grid_is_given_one_by_hand(
    store: Store, opened: Callable[[], Hands]
) -> None:
    with store.write() as writing:
        (mine,) = writing.create_many(Grid, [{"name": "我们组"}])
    hands = opened()
    here = panel(hands)
    here.preview(DATA / "qgis_crs84.geojson")
    hands.wait(lambda: len(here.importing.map.scene.areas) == 20)
    assert not hands.see("mapImportGo").isEnabled()
    at = here.importing.map.pixel_of("4")
    QTest.mouseClick(here.importing.map, LEFT, pos=at.toPoint())
    hands.click("importPick")
    hands.wait(lambda: hands.see("pickerList", QListWidget).count() == 1)
    QTest.keyClick(hands.see("pickerSearch"), Qt.Key.Key_Return)
    hands.wait(lambda: here.importing.table.texts()[3][1] == "我们组")
    hands.wait(lambda: hands.see("mapImportGo").isEnabled())
    hands.click("mapImportGo")
    hands.wait(lambda: set(shapes(store)) == {"我们组"})
    assert mine


@pytest.mark.parametrize("name", ["cut_off.geojson", "no_map.json", "xian80.geojson"])
def test_a_file_of_no_use_is_told_and_esc_goes_back(
    store: Store, grids: list[str], opened: Callable[[], Hands], name: str
) -> None:
    hands = opened()
    here = panel(hands)
    here.preview(DATA / name)
    hands.wait(lambda: name in here.importing.words())
    assert not hands.sees("mapImportGo")
    assert hands.focused().objectName() == "mapImportBack"
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("mapImport"))


def test_the_map_is_saved_as_a_picture_and_as_a_pdf(
    store: Store, opened: Callable[[], Hands], tmp_path: Path
) -> None:
    mapped_village(store)
    hands = opened()
    here = panel(hands)
    for name in ("地图.png", "地图.pdf"):
        here.save_map(tmp_path / name)
        hands.wait(lambda name=name: (tmp_path / name).exists())  # type: ignore[misc]
    picture = QImage(str(tmp_path / "地图.png"))
    assert (picture.width(), picture.height()) == (1754, 1240)
    assert (tmp_path / "地图.pdf").read_bytes().startswith(b"%PDF")
    here.save_map(tmp_path / "nowhere" / "地图.png")
    hands.wait()


def test_a_village_without_grids_is_told_what_comes_first(
    store: Store, opened: Callable[[], Hands]
) -> None:
    hands = opened()
    assert panel(hands).empty.heading() == "还没有网格"
    hands.wait(lambda: hands.sees("mapToGrids"))
    assert not hands.sees("mapSearch"), "there is nothing to find"
    assert not hands.sees("mapImport"), "nor to import into"
    hands.click("mapToGrids")
    hands.wait(lambda: bool(hands.see("tab_grid").isChecked()))


def _drag(view: QWidget, to: QPoint) -> None:
    """A move with the button held, which QTest leaves out."""
    place = QPointF(to)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        place,
        QPointF(view.mapToGlobal(to)),
        Qt.MouseButton.NoButton,
        LEFT,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(view, event)
