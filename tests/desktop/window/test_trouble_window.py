"""What is wrong with the line is told on the page and the button, and can go to support."""

import socket
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.residents.service import Residents
from desktop.storage.store import Store
from sync.protocol import Fault, pack
from tests.support.store import answer
from tests.support.window import Hands
from tests.sync.client.line import says, serving

VILLAGE = "510183105201"


@pytest.fixture
def nowhere() -> str:
    """Where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        return f"http://127.0.0.1:{nobody.getsockname()[1]}"


def enrolled(store: Store, server: str) -> None:
    store.join_area(area=VILLAGE, area_name="平乐镇花楸村", server=server, device="d1", token="t")


def sync(hands: Hands) -> None:
    hands.press(Qt.Key.Key_F5)
    hands.wait(lambda: not hands.shell.parts.clock.running)


def test_a_county_that_is_not_reached_is_told_with_what_to_do_and_a_text_for_support(
    store: Store, folder: Path, open_hands, nowhere: str
):
    Residents(store).add({"name": "王建国", "phone": "13812345678"})
    enrolled(store, nowhere)
    hands = open_hands(folder)
    hands.unlock()
    sync(hands)
    hands.wait(lambda: "县里没开 · 1 条待同步" in hands.shell.sync_button.text())
    hands.go("syncing")
    assert "县里的服务器没有开" in hands.see("troubleWords").text()
    assert "您填的都在本机" in hands.see("troubleWords").text()
    assert not hands.sees("faultDetail"), "no code before a cadre who did not ask for it"
    hands.click("faultDetails")
    assert "no_server" in hands.see("faultDetail").text()
    hands.click("copySupport")
    text = QApplication.clipboard().text()
    assert "no_server" in text
    assert "待同步：1" in text
    assert "王建国" not in text
    assert "已复制" in hands.shell.toast.words()


def test_once_the_county_is_reached_nothing_is_told_any_more(
    store: Store, folder: Path, open_hands, nowhere: str
):
    enrolled(store, nowhere)
    hands = open_hands(folder)
    hands.unlock()
    hands.go("syncing")
    sync(hands)
    hands.wait(lambda: hands.sees("troubleWords"))
    with serving(says(pack(answer()))) as county:
        store.set(server=county.url)
        sync(hands)
        hands.wait(lambda: not hands.sees("troubleWords"))


def test_a_pc_that_the_county_does_not_know_any_more_asks_a_person(
    store: Store, folder: Path, open_hands
):
    fault = Fault("unknown_device", "县里不认识这台电脑，请向县里要注册码重新登记")
    with serving(says(pack(fault), "401 Unauthorized")) as county:
        enrolled(store, county.url)
        hands = open_hands(folder)
        hands.unlock()
        sync(hands)
        hands.wait(lambda: hands.shell.sync_button.text() == "登记失效")
    assert hands.shell.sync_button.property("look") == "act"
    assert hands.shell.parts.clock.wait == 15, "there is no use in waiting longer"


def test_a_county_that_is_too_old_is_waited_for(store: Store, folder: Path, open_hands):
    fault = Fault("version", "这台电脑上的程序比县里的新，请等县里升级后再同步；您填的都在本机", 1)
    with serving(says(pack(fault), "426 Upgrade Required")) as county:
        enrolled(store, county.url)
        hands = open_hands(folder)
        hands.unlock()
        sync(hands)
        hands.wait(lambda: hands.shell.sync_button.text() == "等县里升级")
    clock = hands.shell.parts.clock
    assert clock.without_line
    assert clock.next_in > 0, "it tries again by itself"


def test_enrolment_that_fails_can_be_handed_to_support_too(
    store: Store, folder: Path, open_hands, nowhere: str
):
    hands = open_hands(folder)
    hands.unlock()
    hands.go("syncing")
    hands.wait(lambda: hands.focused().objectName() == "enrolServer")
    assert not hands.sees("copySupport")
    hands.type(nowhere, "enrolServer")
    hands.type("ABCD-EFGH-JKMN", "enrolCode")
    hands.click("enrolGo")
    hands.wait(lambda: hands.sees("copySupport"))
    words = hands.shell.page.enrol.words()
    assert "县里的服务器没有开" in words
    assert "自动再试" not in words, "nobody enrols again by himself"
    assert "再按“接入县里”" in words
    assert hands.focused().objectName() == "enrolCode"
    hands.click("copySupport")
    assert "no_server" in QApplication.clipboard().text()


def test_a_clock_that_is_off_is_told_and_no_more(store: Store, folder: Path, open_hands):
    enrolled(store, "https://x")
    store.set(clock_behind=str(365 * 86400), last_sync="2026-11-25T01:42:00+00:00")
    hands = open_hands(folder)
    hands.unlock()
    hands.go("syncing")
    assert hands.see("clockWords").text() == "这台电脑的时间慢了1年，请校准；不影响同步。"
    assert not hands.sees("troubleWords")
    assert hands.shell.sync_button.property("look") == "done"


def test_the_line_is_set_where_everything_is_set(store: Store, folder: Path, open_hands):
    hands = open_hands(folder)
    hands.unlock()
    hands.go("settings")
    hands.wait(lambda: hands.see("settingOperator").text() == "周桂芳")
    line = hands.see("settingLine")
    line.setCurrentIndex(line.findData("slow"))
    hands.click("saveSettings")
    hands.wait(lambda: store.setting("line_limit") == "slow")
