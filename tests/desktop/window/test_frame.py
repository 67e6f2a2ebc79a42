"""The frame holds still at every size of letters, knows its keys, and tells bugs from faults."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from desktop.grids.service import Grids
from desktop.points.service import PointsLedger, PointsSubjects
from desktop.residents.service import Residents
from desktop.shell.shortcuts import SHORTCUTS, ShortcutList
from desktop.storage.errors import DiskFull
from tests.support.window import SIZE


def test_f1_lists_every_key_and_the_menu_shows_them(hands):
    hands.press(Qt.Key.Key_F1)
    shown = hands.see("shortcutList")
    assert isinstance(shown, ShortcutList)
    lines = "\n".join(shown.lines())
    for keys in ("F5", "Ctrl+N", "Ctrl+F", "Ctrl+S", "Ctrl+K", "Ctrl+Z", "Esc", "Alt+1"):
        assert keys in lines
    shown.accept()
    menu = hands.see("menuButton").menu()
    assert {a.text() for a in menu.actions()} >= {s.words for s in SHORTCUTS}


def test_every_page_is_reached_by_its_number(hands):
    names = [page.name for page in hands.shell.parts.pages]
    for name, key in zip(names, "1234567890", strict=False):
        hands.press(Qt.Key(ord(key)), Qt.KeyboardModifier.AltModifier)
        hands.wait()
        assert hands.shell.page.name == name


@pytest.mark.parametrize("per_cent", [100, 125, 150])
def test_at_every_size_the_window_fits_an_old_screen_and_no_button_is_cut_off(
    per_cent, store, folder: Path, open_hands
):
    grid = Grids(store).add({"name": "花楸一组微网格", "level": "micro"})
    record = Residents(store).add({"name": "王建国", "phone": "13808023451", "grid": grid})
    long = {"area_name": "平乐镇花楸村村民委员会", "server": f"https://{'shige.' * 20}cn"}
    store.join_area(area="510183105201", token="t", **long)
    hands = open_hands(folder)
    hands.unlock()
    hands.window.set_scale(per_cent)
    hands.wait(lambda: hands.shell.status is not None)
    for page in hands.shell.parts.pages:
        hands.shell.show_page(page.name)
        hands.wait()
        _nothing_is_cut_off(hands)
    hands.shell.open_record("resident", record)
    hands.wait(lambda: hands.sees("editRecord"))
    _nothing_is_cut_off(hands)
    hands.click("editRecord")
    hands.wait()
    _nothing_is_cut_off(hands)
    assert (hands.window.width(), hands.window.height()) == SIZE
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("editRecord"))
    _nothing_is_cut_off(hands)
    assert (hands.window.width(), hands.window.height()) == SIZE
    hands.press(Qt.Key.Key_F1)
    keys = hands.see("shortcutList")
    assert (keys.width() <= SIZE[0], keys.height() <= SIZE[1]) == (True, True)
    keys.accept()


def _nothing_is_cut_off(hands) -> None:
    # What was said last is given its room by an event that may still wait.
    QApplication.sendPostedEvents()
    for button in hands.window.findChildren(QPushButton):
        if button.isVisible() and button.text() and button.objectName():
            needed = button.fontMetrics().horizontalAdvance(button.text())
            assert button.width() >= needed, button.text()
    for label in hands.window.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap():
            assert label.width() >= label.minimumSizeHint().width() - 1, label.text()


def test_an_entry_is_written_once_never_edited_and_reversed_by_another(
    store, folder: Path, open_hands
):
    subject = PointsSubjects(store).add({"name": "王建国", "subject_type": "member"})
    hands = open_hands(folder)
    hands.unlock()
    hands.go("points")
    hands.shell.open_record("points_subject", subject)
    hands.wait(lambda: hands.sees("addEntry"))
    hands.click("addEntry")
    hands.wait(lambda: hands.see("field_subject").text() == "王建国")
    hands.type("5", "field_points")
    hands.type("院坝清扫", "field_reason")
    hands.click("save_points_entry")
    hands.wait(lambda: hands.sees("reverse"))
    assert not hands.sees("editRecord")
    assert not hands.sees("deleteRecord")
    hands.click("reverse")
    hands.wait(lambda: len(hands.listed("points_entry")) == 2)
    assert PointsLedger(store).balances([subject]) == {subject: 0}
    hands.click("tab_points_subject")
    hands.wait(lambda: hands.listed("points_subject", 3) == ["0"])


def test_a_grid_is_chosen_by_pinyin_and_nonsense_is_said_so(store, folder: Path, open_hands):
    grid = Grids(store).add({"name": "花楸一组微网格", "level": "micro"})
    hands = open_hands(folder)
    hands.unlock()
    hands.go("residents")
    hands.click("new_residents")
    hands.type("zzz", "field_grid")
    hands.press(Qt.Key.Key_Tab)
    cell = hands.shell.pages["residents"].registers["resident"].form.form.cells["grid"]
    hands.wait(lambda: "请从列表里选" in cell.complaint())
    hands.see("field_grid").clear()
    hands.type("hqyz", "field_grid")
    hands.press(Qt.Key.Key_Tab)
    hands.wait(lambda: cell.editor.raw() == grid)
    assert cell.editor.text() == "花楸一组微网格"
    assert cell.complaint() == ""


def test_a_full_disk_is_a_sentence_and_a_bug_is_a_log_without_personal_data(hands, monkeypatch):
    register = hands.shell.pages["grids"].registers["grid"].view.register

    def full(_raw: object) -> str:
        raise DiskFull("sqlite: database or disk is full")

    def broken(_raw: object) -> str:
        raise KeyError("王建国 510183194602120590")

    hands.go("grids")
    hands.click("new_grids")
    hands.type("花楸一组", "field_name")
    monkeypatch.setattr(register, "add", full)
    hands.click("save_grid")
    hands.wait(lambda: "磁盘满了" in hands.see("formFault").text())

    monkeypatch.setattr(register, "add", broken)
    hands.click("save_grid")
    hands.wait(lambda: hands.sees("bugReport"))
    log = next((hands.window.folder / "log").glob("bug-*.txt")).read_text(encoding="utf-8")
    assert "KeyError" in log
    assert "王建国" not in log
    hands.click("bugClose")
    assert hands.see("field_name").text() == "花楸一组"


def test_nothing_of_a_window_is_left_to_pythons_collector(
    store, folder: Path, open_hands, dressed: QApplication
):
    # It may run in the thread of a lane, and no widget survives being taken away there.
    others = set(dressed.allWidgets())
    hands = open_hands(folder)
    hands.unlock()
    assert _owned_by_nobody(dressed, others) == ["Window"]
    hands.window.set_scale(125)
    hands.wait()
    assert _owned_by_nobody(dressed, others) == ["Window"]


def _owned_by_nobody(app: QApplication, others: set[QWidget]) -> list[str]:
    made = set(app.allWidgets()) - others
    return [type(widget).__name__ for widget in made if widget.parent() is None]
