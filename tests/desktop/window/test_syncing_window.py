"""The button, the clock and the sentence say where the village and the county stand."""

from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from desktop.grids.service import Grids
from desktop.residents.service import Residents
from desktop.shell.timer import LONGEST_WAIT
from desktop.storage import searching
from desktop.storage.store import Store
from sync.records import Resident
from tests.desktop.window.counties import County
from tests.support.window import Hands


@pytest.fixture
def enrolled(store: Store, folder: Path, open_hands) -> Hands:
    store.join_area(area="510183105201", area_name="平乐镇花楸村", server="https://x", token="t")
    hands = open_hands(folder, make_syncing=County)
    hands.unlock()
    return hands


def county(hands: Hands) -> County:
    found = hands.shell.parts.syncing
    assert isinstance(found, County)
    return found


def words(hands: Hands) -> str:
    return hands.shell.sync_button.text()


def _says(hands: Hands, words: str) -> bool:
    return words in hands.sentence


def write_one(hands: Hands, name: str) -> None:
    hands.go("grids")
    hands.click("tab_grid")
    hands.click("new_grids")
    hands.type(name, "field_name")
    hands.click("save_grid")
    hands.wait(lambda: name in hands.listed("grid"))


def test_a_pc_that_is_not_enrolled_says_so_and_leads_there(store, folder: Path, open_hands):
    hands = open_hands(folder, make_syncing=County)
    hands.unlock()
    assert words(hands) == "接入县里"
    assert "还没有接入县里" in hands.sentence
    hands.click("syncButton")
    assert hands.shell.page.name == "syncing"
    hands.click("enrolGo")
    assert "都填上" in hands.shell.page.enrol.words()
    hands.type("https://shige.example", "enrolServer")
    hands.press(Qt.Key.Key_Return)
    hands.type("ABCD-1234")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.status.enrolled)
    assert not hands.sees("enrolGo")
    assert "平乐镇花楸村" in hands.shell.page.head.facts()


def test_the_sentence_is_true_after_each_write_and_after_a_sync(enrolled: Hands):
    assert "没有待同步的" in enrolled.sentence
    for count, name in enumerate(("花楸一组", "花楸二组"), 1):
        write_one(enrolled, name)
        told = f"{count} 条待同步"
        enrolled.wait(partial(_says, enrolled, told))
        assert words(enrolled) == f"同步 · {told}"
    enrolled.press(Qt.Key.Key_F5)
    enrolled.wait(lambda: "县里最近收到：今天" in enrolled.sentence)
    assert "没有待同步的" in enrolled.sentence
    assert words(enrolled) == "已同步"
    enrolled.wait(lambda: enrolled.listed("grid", 8) == ["已同步", "已同步"])


def test_two_syncs_never_run_at_once(enrolled: Hands):
    county(enrolled).answers.clear()
    clock = enrolled.shell.parts.clock
    clock.press()
    clock.press()
    assert clock.running
    assert "正在同步" in words(enrolled)
    county(enrolled).answers.set()
    enrolled.wait(lambda: not clock.running)
    assert county(enrolled).runs == 1


def test_without_a_line_the_waits_double_and_a_press_or_the_line_ends_them(enrolled: Hands):
    clock, far = enrolled.shell.parts.clock, county(enrolled)
    far.reachable = False
    waits = []
    for _ in range(5):
        clock.press()
        enrolled.wait(lambda: not clock.running)
        waits.append(clock.wait)
    assert waits == [30, 60, 120, LONGEST_WAIT, LONGEST_WAIT]
    assert words(enrolled) == "没有网络"
    assert "连不上县里" in enrolled.shell.toast.words()

    enrolled.shell.toast.drop()
    clock.press()
    enrolled.wait(lambda: not clock.running)
    assert enrolled.shell.toast.words() == "", "the clock does not repeat itself"
    enrolled.press(Qt.Key.Key_F5)
    enrolled.wait(lambda: not clock.running)
    assert "连不上县里" in enrolled.shell.toast.words()

    far.reachable = True
    clock.line_is_back()
    enrolled.wait(lambda: far.runs == 8 and not clock.running)
    assert clock.wait == 15
    clock.line_is_back()
    enrolled.wait()
    assert far.runs == 8, "a line that was never away starts nothing"


def test_behind_a_sync_the_index_gets_the_words_of_what_others_edited(enrolled: Hands):
    store = county(enrolled).store
    with store.write() as writing:
        record = writing.create(Resident, {"name": "王芳"})
    with store.change() as connection:
        # As a sync leaves one that was edited elsewhere.
        searching.later(connection, Resident, "510183105201", [record])

    def waits() -> bool:
        with store.read() as connection:
            return searching.waits(connection)

    assert waits()
    enrolled.shell.parts.clock.press()
    enrolled.wait(lambda: not waits())
    assert county(enrolled).runs == 1


def test_the_first_sync_comes_soon_after_opening_whatever_the_interval(enrolled: Hands):
    clock = enrolled.shell.parts.clock
    clock.start()
    clock.set_minutes(120)
    assert 0 <= clock.next_in <= 10_000
    clock.press()
    enrolled.wait(lambda: not clock.running)
    assert clock.next_in > 60 * 60_000, "and then it keeps to the interval"


def test_the_interval_is_set_within_five_minutes_and_two_hours(enrolled: Hands):
    enrolled.go("settings")
    enrolled.wait(lambda: enrolled.see("settingOperator").text() == "周桂芳")
    enrolled.see("settingMinutes").setValue(1)
    assert enrolled.see("settingMinutes").value() == 5
    enrolled.click("saveSettings")
    assert enrolled.shell.parts.clock.wait == 5
    enrolled.go("syncing")
    enrolled.wait(lambda: enrolled.sees("changeInterval"))


def test_what_was_sent_back_is_listed_with_its_reason_and_can_be_opened(
    store, folder: Path, open_hands
):
    Residents(store).add({"name": "王建国"})
    with store.change() as connection:
        connection.exec_driver_sql("UPDATE standing SET state = 'refused'")
        connection.exec_driver_sql(
            "UPDATE outbox SET state = 'refused', reason = '身份证号码没有填'"
        )
    hands = open_hands(folder)
    hands.unlock()
    assert "1 条被退回" in hands.sentence
    hands.wait(lambda: hands.sees("todo_refused"))
    hands.click("todo_refused")
    hands.wait(lambda: hands.sees("openRefused"))
    hands.click("openRefused")
    register = hands.shell.pages["residents"].registers["resident"]
    hands.wait(lambda: hands.sees("field_address") and bool(register.form.refusal()))
    assert register.form.refusal() == "县里退回：身份证号码没有填"
    assert register.form.title() == "修改：王建国"
    hands.type("1组5号", "field_address")
    hands.click("save_resident")
    hands.wait(lambda: hands.status.refused == 0 and hands.status.waiting == 1)


def test_the_search_box_finds_anything_by_its_initials(store, folder: Path, open_hands):
    Residents(store).add({"name": "单春梅"})
    Grids(store).add({"name": "山村一组微网格", "level": "micro"})
    hands = open_hands(folder)
    hands.unlock()
    hands.press(Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    hands.type("sc")
    hands.wait(lambda: len(hands.shell.find_box.results()) == 2)
    assert hands.shell.find_box.results() == ["单春梅　居民", "山村一组微网格　网格"]
    hands.press(Qt.Key.Key_Down)
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.shell.page.name == "grids" and hands.sees("editRecord"))
    shown = [label.text() for label in hands.window.findChildren(QLabel) if label.isVisible()]
    assert "山村一组微网格" in shown
