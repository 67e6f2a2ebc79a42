"""Grids on the screen: the tree with its counts, and what is done to grids, by the keyboard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from desktop.grids.division_drafts import DivisionDrafts
from desktop.grids.page import GridsPage
from desktop.grids.tree_model import COLUMNS, text_of
from desktop.grids.tree_view import GridTree
from desktop.storage.errors import Locked
from desktop.storage.store import Store
from sync.records import Grid, Household
from tests.desktop.grids.village import Village, add, rows, snapshot
from tests.support.window import Hands


@pytest.fixture
def village(store: Store) -> Village:
    return Village(store)


@pytest.fixture
def hands(village: Village, folder: Path, open_hands: Callable[..., Hands]) -> Hands:
    """The window on the page of grids."""
    made = open_hands(folder)
    made.unlock()
    made.go("grids")
    made.wait(lambda: bool(lines(made)))
    return made


def page(hands: Hands) -> GridsPage:
    found = hands.shell.pages["grids"]
    assert isinstance(found, GridsPage)
    return found


def lines(hands: Hands) -> list[tuple[str, ...]]:
    """Name, level, households, people of each line of the tree that is in sight, indented."""
    tree: GridTree = hands.see("tree_grid")
    found = []
    index = tree.model().index(0, 0)
    while index.isValid():
        node = tree.lines.node(index)
        assert node is not None
        depth, above = 0, index.parent()
        while above.isValid():
            depth, above = depth + 1, above.parent()
        found.append(("  " * depth + text_of(node, 0), *(text_of(node, c) for c in (1, 2, 3))))
        index = tree.indexBelow(index)
    return found


def stand_on(hands: Hands, grid: str) -> None:
    hands.shell.open_record("grid", grid)
    hands.wait(lambda: hands.sees("changeGrid"))


def choose(hands: Hands, place: int) -> None:
    """Open the menu of changes by the keyboard, and take a line of it."""
    hands.see("changeGrid").setFocus()
    hands.press(Qt.Key.Key_Space)
    hands.wait(lambda: hands.sees("gridChanges"))
    menu: QMenu = hands.see("gridChanges")
    for _ in range(place):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    # The offscreen platform does not give the window back what its menu took.
    hands.window.activateWindow()
    hands.wait(hands.window.isActiveWindow)


def divide(hands: Hands, grid: str) -> None:
    """Open the panel that divides a grid, with who is in it."""
    stand_on(hands, grid)
    choose(hands, 0)
    hands.wait(lambda: hands.see("dividePlaces").rowCount() > 0)


def locked(*_args: object, **_kwargs: object) -> None:
    raise Locked


def hold_writing(hands: Hands) -> threading.Event:
    """Let everything that is to be written wait for the event."""
    held = threading.Event()
    hands.window.lanes.writing.run(held.wait)
    return held


def test_the_tree_shows_who_lives_in_each_grid_and_in_all_above_it(hands: Hands) -> None:
    assert lines(hands) == [
        ("本村", "村", "3", "7"),
        ("  第一网格", "一般网格", "3", "7"),
        ("    一组", "微网格", "3", "7"),
        ("    二组", "微网格", "0", "0"),
    ]
    assert page(hands).head.facts() == "在用的微网格 2 个"


def test_a_grid_without_a_code_says_when_it_gets_one(hands: Hands, village: Village) -> None:
    code = [name for name, _ in COLUMNS].index("编号")
    tree: GridTree = hands.see("tree_grid")
    index = tree.lines.index_of(village.micro)
    assert index.siblingAtColumn(code).data() == "同步后由县里编号"
    stand_on(hands, village.micro)
    assert page(hands).tree.register.detail.texts()["网格编号"] == "同步后由县里编号"


def test_arrows_and_enter_open_a_grid_from_the_tree(hands: Hands, village: Village) -> None:
    tree: GridTree = hands.see("tree_grid")
    tree.setFocus()
    tree.setCurrentIndex(tree.model().index(0, 0))
    for _ in range(2):
        hands.press(Qt.Key.Key_Down)
    hands.wait(lambda: hands.sees("changeGrid"))
    row = page(hands).tree.register.detail.row()
    assert row is not None
    assert row.id == village.micro
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.sees("save_grid"))
    assert hands.see("field_name").text() == "一组"


def test_a_grid_is_divided_by_the_keyboard(hands: Hands, village: Village) -> None:
    stand_on(hands, village.micro)
    choose(hands, 0)
    hands.wait(lambda: hands.see("dividePlaces").rowCount() == 4)
    assert hands.see("part_name0").text() == "一组东"
    hands.type("赵组长", "part_leader0")
    places = hands.see("dividePlaces")
    places.setFocus()
    places.selectRow(0)
    hands.press(Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    hands.press(Qt.Key.Key_1)
    assert "还有 2 个没归" in page(hands).dividing.foot.hint()
    hands.press(Qt.Key.Key_Down)
    hands.press(Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    hands.press(Qt.Key.Key_2)
    hands.type("户数太多", "divide_reason")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: not hands.sees("dividePanel"))
    hands.wait(lambda: len(lines(hands)) == 5)
    assert lines(hands)[2:] == [
        ("    二组", "微网格", "0", "0"),
        ("    一组东", "微网格", "2", "4"),
        ("    一组西", "微网格", "1", "3"),
    ]
    (told,) = village.changes()
    assert told["reason"] == "户数太多"
    assert rows(village.store, "grid")[village.micro]["state"] == "closed"


def test_who_is_placed_nowhere_keeps_a_grid_from_being_divided(
    hands: Hands, village: Village
) -> None:
    stand_on(hands, village.micro)
    choose(hands, 0)
    hands.wait(lambda: hands.see("dividePlaces").rowCount() == 4)
    hands.click("do_divide")
    assert "没有归到新网格" in page(hands).dividing.foot.fault()
    hands.click("proposePlaces")
    assert page(hands).dividing.places()[village.homes[2]] == 1
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.sees("dividePanel"))
    assert village.changes() == []


def test_a_new_grid_without_a_name_is_named_and_stood_on(hands: Hands, village: Village) -> None:
    divide(hands, village.micro)
    hands.click("addPart")
    assert hands.focused().objectName() == "part_name2", "its name is what comes next"
    hands.click("proposePlaces")
    hands.click("do_divide")
    assert page(hands).dividing.foot.fault() == "第 3 个新网格的名称没有填"
    assert hands.focused().objectName() == "part_name2"
    hands.wait(lambda: hands.sees("removePart2"))
    hands.click("removePart2")
    assert not hands.sees("removePart1"), "a grid is divided into two at least"
    hands.click("proposePlaces")
    hands.click("do_divide")
    hands.wait(lambda: not hands.sees("dividePanel"))
    assert len(village.changes()) == 1


def test_below_a_general_grid_one_new_grid_is_enough(hands: Hands, village: Village) -> None:
    divide(hands, village.general)
    assert not hands.sees("removePart1")
    hands.click("divideBelow")
    hands.wait(lambda: hands.sees("removePart1"))
    hands.click("removePart1")
    hands.click("do_divide")
    hands.wait(lambda: not hands.sees("dividePanel"))
    assert len(rows(village.store, "grid")) == 4


def test_a_half_made_division_goes_on_where_it_was_left(
    hands: Hands, village: Village, folder: Path, open_hands: Callable[..., Hands]
) -> None:
    divide(hands, village.micro)
    hands.click("proposePlaces")
    hands.type("户数太多", "divide_reason")
    placed = dict(page(hands).dividing.places())
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.sees("dividePanel"))
    hands.window.close()

    again = open_hands(folder)
    again.unlock()
    again.go("grids")
    divide(again, village.micro)
    again.wait(lambda: again.sees("draftBanner"))
    assert page(again).dividing.places() == placed
    assert again.see("divide_reason").text() == "户数太多"
    again.click("do_divide")
    again.wait(lambda: not again.sees("dividePanel"))
    assert DivisionDrafts(village.store).find(village.micro) is None, "it is done"


def test_a_half_made_division_can_be_begun_anew(hands: Hands, village: Village) -> None:
    divide(hands, village.micro)
    hands.click("proposePlaces")
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.sees("dividePanel"))
    divide(hands, village.micro)
    hands.wait(lambda: hands.sees("draftBanner"))
    hands.click("draftDrop")
    assert page(hands).dividing.places() == {}
    assert not hands.sees("draftBanner")
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.sees("dividePanel"))
    assert DivisionDrafts(village.store).find(village.micro) is None


def test_a_division_pressed_twice_is_made_once(hands: Hands, village: Village) -> None:
    divide(hands, village.general)
    hands.click("divideBelow")
    held = hold_writing(hands)
    for _ in range(2):
        hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    held.set()
    hands.wait(lambda: not hands.sees("dividePanel"))
    assert len(village.changes()) == 1


def test_a_division_that_could_not_be_written_stands_as_it_did(
    hands: Hands, village: Village, monkeypatch: pytest.MonkeyPatch
) -> None:
    divide(hands, village.micro)
    hands.click("proposePlaces")
    placed = dict(page(hands).dividing.places())
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", locked)
        hands.click("do_divide")
        hands.wait(lambda: page(hands).dividing.foot.fault() == Locked.sentence)
    assert page(hands).dividing.places() == placed
    assert DivisionDrafts(village.store).find(village.micro) is not None
    hands.click("do_divide")
    hands.wait(lambda: not hands.sees("dividePanel"))
    assert len(village.changes()) == 1


def test_a_long_merger_is_in_sight_and_stops_by_esc_before_it_is_written(
    hands: Hands, village: Village
) -> None:
    stand_on(hands, village.micro)
    choose(hands, 1)
    hands.wait(lambda: hands.see("mergeOthers").count() == 1)
    hands.see("mergeOthers").setFocus()
    hands.press(Qt.Key.Key_Space)
    before = snapshot(village.store)
    held = hold_writing(hands)
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands._wait_until(lambda: hands.sees("progressBar"))
    hands.press(Qt.Key.Key_Escape)
    held.set()
    hands.wait()
    assert page(hands).moving.foot.fault() == "停下了，什么也没有改。"
    assert hands.sees("movePanel"), "what was chosen stands there still"
    assert not hands.sees("progressBar")
    assert snapshot(village.store) == before
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: not hands.sees("movePanel"))
    assert len(village.changes()) == 1


def test_grids_are_merged_and_a_closed_one_stays_behind_its_chip(
    hands: Hands, village: Village
) -> None:
    stand_on(hands, village.micro)
    choose(hands, 1)
    hands.wait(lambda: hands.see("mergeOthers").count() == 1)
    hands.see("mergeOthers").setFocus()
    hands.press(Qt.Key.Key_Space)
    hands.click("do_move")
    hands.wait(lambda: not hands.sees("movePanel"))
    hands.wait(lambda: len(lines(hands)) == 3)
    assert rows(village.store, "grid")[village.other]["state"] == "closed"
    assert page(hands).head.facts() == "在用的微网格 1 个 · 1 个已关闭"
    hands.click("chip_closed")
    hands.wait(lambda: ("    二组（已关闭）", "微网格", "0", "0") in lines(hands))
    hands.click("tab_grid_change")
    hands.wait(lambda: hands.listed("grid_change") == ["“二组”并入“一组”，移走0户0人"])
    assert not hands.sees("new_grids"), "what was done is written by doing it"


def test_a_closed_grid_with_somebody_in_it_is_in_sight_until_they_are_moved(
    hands: Hands, village: Village
) -> None:
    stand_on(hands, village.other)
    choose(hands, 2)
    hands.click("do_move")
    hands.wait(lambda: len(lines(hands)) == 3)
    with village.store.change() as connection:
        # Another PC put somebody there before it knew.
        connection.exec_driver_sql(
            "UPDATE household SET grid = ? WHERE id = ?", (village.other, village.homes[0])
        )
    hands.go("residents")
    hands.go("grids")
    hands.wait(lambda: any("二组（已关闭）" in line[0] for line in lines(hands)))
    stand_on(hands, village.other)
    shown = page(hands).tree.register.detail.texts()
    assert shown["还连着它"].startswith("家庭户 1")
    choose(hands, 0)
    hands.wait(lambda: hands.see("moveTarget").count() == 3)
    hands.click("do_move")
    assert page(hands).moving.foot.fault() == "还没有选移到哪个网格"
    hands.see("moveTarget").setFocus()
    hands.press(Qt.Key.Key_Down)
    hands.press(Qt.Key.Key_Down)
    chosen = hands.see("moveTarget").currentText()
    hands.click("do_move")
    hands.wait(lambda: not hands.sees("movePanel"))
    moved = rows(village.store, "household")[village.homes[0]]["grid"]
    assert village.grid(moved)["name"] == chosen


def test_the_search_leaves_what_is_found_and_what_is_above_it(
    hands: Hands, village: Village
) -> None:
    hands.type("erzu", "filter_grid")
    hands.wait(lambda: [line[0].strip() for line in lines(hands)] == ["本村", "第一网格", "二组"])


def test_a_household_without_a_grid_is_counted_as_such(
    store: Store, folder: Path, open_hands: Callable[..., Hands]
) -> None:
    add(store, Grid, name="一组")
    add(store, Household, head="张三")
    hands = open_hands(folder)
    hands.unlock()
    hands.go("grids")
    hands.wait(lambda: len(lines(hands)) == 3)
    assert lines(hands)[-1] == ("  还没归到网格", "", "1", "0")
