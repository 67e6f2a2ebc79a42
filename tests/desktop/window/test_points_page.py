"""Points on the screen: where they may be spent, before and after one tries, and handing over."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QMenu

from desktop.points.service import PointsLedger, PointsSubjects
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.widgets.register_page import RegisterPage
from sync.client.ports import Batch, Tally
from sync.records import PointsEntry, PointsHandover, PointsRequest, Values
from tests.support.store import VILLAGE, answer, county_rows
from tests.support.window import Hands

OTHER = "pc-other"


@pytest.fixture
def wang(store: Store) -> str:
    """Somebody with 30 points here and 50 on another PC."""
    store.set(device="pc-own", area=VILLAGE, area_name="文脉坊社区")
    subject = PointsSubjects(store).add({"name": "王建国", "subject_type": "member"})
    PointsLedger(store).add({"subject": subject, "points": 30, "reason": "院坝清扫"})
    earned: Values = {"id": "e", "revision": 3, "subject": subject, "points": 50}
    rows = county_rows(PointsEntry, {**earned, "entry_type": "positive", "device": OTHER})
    sent = msgspec.structs.replace(answer((), rows), devices={OTHER: "二号机"})
    Outbox(store).settle(Batch(), sent, Tally())
    return subject


@pytest.fixture
def hands(wang: str, folder: Path, open_hands: Callable[..., Hands]) -> Hands:
    """The window, with the panel of the subject open."""
    made = open_hands(folder)
    made.unlock()
    made.go("points")
    made.shell.open_record("points_subject", wang)
    made.wait(lambda: made.sees("handOver"))
    return made


def page(hands: Hands) -> RegisterPage:
    found = hands.shell.pages["points"]
    assert isinstance(found, RegisterPage)
    return found


def panel(hands: Hands) -> dict[str, str]:
    return page(hands).registers["points_subject"].detail.texts()


def rows(store: Store, kind: str) -> list[dict[str, object]]:
    with store.read() as connection:
        return [dict(r) for r in connection.exec_driver_sql(f"SELECT * FROM {kind}").mappings()]


def choose(hands: Hands, words: str) -> None:
    """Open the menu by the keyboard and go down to the line with these words."""
    hands.see("handOver").setFocus()
    hands.press(Qt.Key.Key_Space)
    hands.wait(lambda: hands.sees("handOverWays"))
    menu: QMenu = hands.see("handOverWays")
    lines = [action.text() for action in menu.actions()]
    (place,) = [i for i, line in enumerate(lines) if words in line]
    for _ in range(place):
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    hands.wait()


def test_the_panel_shows_what_may_be_spent_here_and_what_elsewhere(hands: Hands) -> None:
    shown = panel(hands)
    assert shown["现有积分"] == "80"
    assert shown["本机可用"] == "30分"
    assert shown["别处可用"] == "50分记在“二号机”上"


def test_points_are_handed_over_with_the_keyboard(hands: Hands, store: Store, wang: str) -> None:
    choose(hands, "移交给“二号机”")
    (handover,) = rows(store, PointsHandover.kind)
    assert (handover["from_device"], handover["to_device"]) == ("pc-own", OTHER)
    assert handover["points"] == 30
    hands.wait(lambda: panel(hands)["本机可用"] == "0分")
    assert panel(hands)["别处可用"] == "80分记在“二号机”上"


def test_points_elsewhere_are_asked_for_from_the_panel(hands: Hands, store: Store) -> None:
    choose(hands, "要到本机")
    (request,) = rows(store, PointsRequest.kind)
    assert (request["device"], request["points"]) == ("pc-own", 50)
    hands.wait(lambda: panel(hands).get("正在要") == "50分，两边同步以后就到")


def test_a_redemption_says_what_there_is_here_and_asks_for_the_rest(
    hands: Hands, store: Store
) -> None:
    hands.click("addEntry")
    hands.wait(lambda: hands.see("field_subject").text() == "王建国")
    assert not hands.sees("formAdvice")
    kinds: QComboBox = hands.see("field_entry_type")
    kinds.setFocus()
    QTest.keyClick(kinds, Qt.Key.Key_Down)
    QTest.keyClick(kinds, Qt.Key.Key_Down)
    hands.wait(lambda: hands.sees("formAdvice"))
    assert hands.see("formAdvice").text() == "现有80分，本机能用30分；50分记在“二号机”上。"
    hands.type("-60", "field_points")
    hands.click("save_points_entry")
    hands.wait(lambda: hands.sees("formFault"))
    form = page(hands).registers["points_entry"].form.form
    assert form.cells["points"].complaint() == "这位积分对象在本机只能用30分"
    assert hands.see("formFault").text() == (
        "另外50分记在“二号机”上。连上网同步一次，或请那台电脑移交过来再记。"
        "已替您去要这30分，两台电脑各同步一次就到。"
    )
    assert [request["points"] for request in rows(store, PointsRequest.kind)] == [30]
    # What was typed stays, to be saved when the points are here.
    assert hands.see("field_points").text() == "-60"
