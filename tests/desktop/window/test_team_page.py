"""Teams through the window: seats are filled, handed over and left by the keyboard, an emergency is
begun and ended with a reason, any day is seen, and the roster is what is printed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMenu, QPushButton

from desktop.storage.errors import Locked
from desktop.storage.store import Store
from desktop.team.service import Postings, Switches, today
from sync.records import Grid, Resident
from sync.records.teams import EMERGENCY, LEADER
from tests.support.window import SIZE, Hands

CTRL = Qt.KeyboardModifier.ControlModifier
WORKER = "grid_seat.worker"


@pytest.fixture
def grids(store: Store) -> list[str]:
    """Two grids, and 王芳 who lives there."""
    with store.write() as writing:
        made = [writing.create(Grid, {"name": name}) for name in ("后山微网格", "河边微网格")]
        writing.create(Resident, {"name": "王芳", "phone": "13800000001"})
    return made


@pytest.fixture
def hands(grids: list[str], folder: Path, open_hands: Callable[..., Hands]) -> Hands:
    """The window with the teams in sight."""
    made = open_hands(folder)
    made.unlock()
    made.go("team")
    made.wait(lambda: len(made.listed("team")) == 2)
    return made


def board(hands: Hands) -> Any:
    return hands.page.teams.board


def on_board(hands: Hands, grid: str) -> None:
    """Stand on a grid by the arrows, and wait for its board."""
    names = hands.listed("team")
    table = hands.see("table_team")
    table.setFocus()
    while not table.currentIndex().isValid() or names[table.currentIndex().row()] != grid:
        hands.press(Qt.Key.Key_Down)
    hands.wait(lambda: board(hands).team is not None and board(hands).team.name == grid)


def seats(hands: Hands) -> dict[str, list[str]]:
    """Who stands where, as the board has it."""
    found = board(hands).team.manned.seats
    return {filled.seat.name: [one.name for one in filled.stands] for filled in found}


def post(store: Store, grid: str, name: str, seat: str = LEADER, **more: object) -> str:
    return Postings(store).add({"grid": grid, "seat": seat, "name": name, **more})


def postings(store: Store) -> list[dict[str, Any]]:
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT * FROM posting ORDER BY id").mappings()
        return [dict(row) for row in found]


def test_an_empty_seat_is_filled_with_a_resident_by_the_keyboard_alone(
    hands: Hands, store: Store
) -> None:
    on_board(hands, "后山微网格")
    assert "空缺" in board(hands).words()
    hands.press(Qt.Key.Key_Return)
    assert hands.focused().objectName() == "fillSeat_leader"
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.sees("field_resident"))
    hands.wait(lambda: hands.see("field_seat").text() == "微网格长")
    assert hands.see("field_grid").text() == "后山微网格"
    assert hands.see("field_started_on").text() == today()
    assert hands.focused().objectName() == "field_resident"
    hands.type("wf")
    hands.press(Qt.Key.Key_Tab)
    hands.wait(lambda: hands.see("field_resident").text() == "王芳")
    hands.press(Qt.Key.Key_S, CTRL)
    hands.wait(lambda: seats(hands)["微网格长"] == ["王芳"] and not hands.sees("field_resident"))
    (row,) = postings(store)
    assert (row["name"], row["phone"]) == ("王芳", None)
    assert row["resident"]
    assert "138******01" in board(hands).words()
    assert hands.focused().objectName() == "table_team"
    hands.wait(lambda: hands.listed("team", 2) == ["", "王芳"])
    hands.wait(lambda: "空缺 5 人" in hands.page.head.facts())


def test_a_seat_is_handed_over_by_the_keyboard_in_one_step(
    hands: Hands, store: Store, grids: list[str]
) -> None:
    before = post(store, grids[0], "李强", started_on="2025-01-01")
    hands.page.refresh()
    on_board(hands, "后山微网格")
    hands.see(f"replacePosting_{before}").setFocus()
    hands.press(Qt.Key.Key_Space)
    hands.wait(lambda: hands.sees("field_name"))
    assert hands.page.teams.form.title() == "换人"
    hands.type("赵敏", "field_name")
    hands.press(Qt.Key.Key_S, CTRL)
    hands.wait(lambda: seats(hands)["微网格长"] == ["赵敏"])
    rows = {row["name"]: (row["started_on"], row["ended_on"]) for row in postings(store)}
    assert rows == {"李强": ("2025-01-01", today()), "赵敏": (today(), None)}
    hands.wait(lambda: f"微网格长 李强　2025-01-01 至 {today()}" in board(hands).words())


def test_who_leaves_is_brought_back_with_ctrl_z(
    hands: Hands, store: Store, grids: list[str]
) -> None:
    posting = post(store, grids[0], "李强")
    hands.page.refresh()
    on_board(hands, "后山微网格")
    hands.see(f"endPosting_{posting}").setFocus()
    hands.press(Qt.Key.Key_Space)
    hands.wait(lambda: seats(hands)["微网格长"] == [])
    assert "李强从今天起离岗" in hands.shell.toast.words()
    assert hands.focused().objectName() == "fillSeat_leader", "the keyboard stays on the board"
    hands.press(Qt.Key.Key_Z, CTRL)
    hands.wait(lambda: seats(hands)["微网格长"] == ["李强"])
    assert postings(store)[0]["ended_on"] is None


def test_an_emergency_is_begun_and_ended_by_the_keyboard_with_a_reason(
    hands: Hands, store: Store
) -> None:
    assert not hands.sees("emergencyStrip")
    on_board(hands, "后山微网格")
    hands.see("teamSwitch").setFocus()
    hands.press(Qt.Key.Key_Space)
    hands.wait(lambda: hands.sees("switchDialog"))
    assert hands.see("switchGrid").isChecked()
    hands.wait(lambda: hands.focused().objectName() == "switchReason")
    hands.press(Qt.Key.Key_Return)
    assert any("事由没有填" in words for words in _words(hands.page.dialog))
    hands.type("山洪预警，转移避险", "switchReason")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.sees("emergencyStrip"))
    assert hands.page.strip.words().startswith("后山微网格在战时：山洪预警，转移避险（今天")
    assert "周桂芳" in hands.page.strip.words()
    hands.wait(lambda: hands.listed("team", 1) == ["平时", "战时"])
    back = next(b for b in _buttons(hands) if b.startswith("backToPeace_"))
    hands.see(back).setFocus()
    hands.press(Qt.Key.Key_Space)
    hands.wait(lambda: hands.sees("switchDialog"))
    hands.wait(lambda: hands.focused().objectName() == "switchReason")
    hands.type("预警解除")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: not hands.sees("emergencyStrip"))
    with store.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT scope, mode, reason, made_by FROM readiness_switch ORDER BY id"
        ).all()
    assert [tuple(row) for row in rows] == [
        ("grid", "emergency", "山洪预警，转移避险", "周桂芳"),
        ("grid", "peacetime", "预警解除", "周桂芳"),
    ]


def test_the_whole_village_goes_over_and_what_stands_so_already_is_told(
    hands: Hands, store: Store
) -> None:
    hands.click("toEmergency")
    hands.wait(lambda: hands.sees("switchDialog"))
    assert not hands.sees("switchGrid"), "no grid is chosen"
    hands.type("地震", "switchReason")
    hands.click("switchGo")
    hands.wait(lambda: hands.sees("emergencyStrip"))
    assert hands.page.strip.words().startswith("全村在战时：地震")
    hands.click("toEmergency")
    hands.type("地震", "switchReason")
    hands.click("switchGo")
    hands.wait(lambda: "已经是战时，不用再转" in _words(hands.page.dialog))
    hands.click("switchLeave")
    assert Switches(store).alerts()[0].where == "全村"


def test_grids_with_empty_seats_are_found_by_a_chip_and_people_by_their_name(
    hands: Hands, store: Store, grids: list[str]
) -> None:
    for code in ("leader", "worker", "backbone"):
        post(store, grids[1], f"李{code}", f"grid_seat.{code}")
    hands.page.refresh()
    hands.click("chip_look")
    menu: QMenu = hands.see("menu_look")
    menu.actions()[0].trigger()
    menu.close()
    hands.wait(lambda: hands.listed("team") == ["后山微网格"])
    hands.click("chip_look")
    hands.wait(lambda: len(hands.listed("team")) == 2)
    hands.press(Qt.Key.Key_F, CTRL)
    hands.type("李")
    hands.wait(lambda: hands.listed("team") == ["河边微网格"])


def test_who_stood_there_on_another_day_is_seen_and_cannot_be_changed_there(
    hands: Hands, store: Store, grids: list[str]
) -> None:
    post(store, grids[0], "李强", started_on="2025-01-01", ended_on="2026-01-01")
    post(store, grids[0], "赵敏", started_on="2026-01-01")
    hands.page.refresh()
    on_board(hands, "后山微网格")
    assert seats(hands)["微网格长"] == ["赵敏"]
    hands.type("2025.6.1", "teamDay")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: seats(hands)["微网格长"] == ["李强"])
    assert hands.see("teamDay").text() == "2025-06-01"
    assert hands.page.head.facts().startswith("2025-06-01")
    assert not [name for name in _buttons(hands) if name.startswith(("fill", "replace", "end"))]
    hands.see("teamDay").clear()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: seats(hands)["微网格长"] == ["赵敏"])
    hands.type("后天", "teamDay")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: "看不懂" in hands.shell.toast.words())


def test_a_double_seat_is_said_on_the_board(hands: Hands, store: Store, grids: list[str]) -> None:
    for name in ("李强", "赵敏"):
        post(store, grids[0], name)
    hands.page.refresh()
    on_board(hands, "后山微网格")
    assert "微网格长有2人，名额1人" in board(hands).words()
    hands.wait(lambda: hands.listed("team", 5) == ["", "微网格长2人"])


def test_telephones_are_shown_in_full_when_asked_and_that_is_noted(
    hands: Hands, store: Store, grids: list[str]
) -> None:
    post(store, grids[0], "李强", phone="13900000002")
    hands.page.refresh()
    on_board(hands, "后山微网格")
    assert "139******02" in board(hands).words()
    hands.click("teamPhones")
    hands.wait(lambda: "13900000002" in board(hands).words())
    with store.read() as connection:
        noted = connection.exec_driver_sql("SELECT purpose FROM view_log").scalars().all()
    assert noted == ["查看队伍电话"]


def test_the_roster_is_printed_as_it_is_seen(
    hands: Hands, store: Store, grids: list[str], tmp_path: Path
) -> None:
    post(store, grids[0], "李强", phone="13900000002", started_on="2025-01-01")
    Switches(store).switch(EMERGENCY, "山洪预警", grids[1])
    hands.press(Qt.Key.Key_P, CTRL)
    hands.wait(lambda: hands.sees("paperPage"))
    words = hands.page.paper.sheets[0].words()
    for wanted in ("网格队伍值班表", "13900000002", "（空缺）", "河边微网格（战时）", "山洪预警"):
        assert wanted in words
    assert "第 1 页 / 共 1 页" in words
    assert "周桂芳" in words
    assert "填表人签字" in words
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.sees("paperPage"))
    on_board(hands, "后山微网格")
    hands.click("teamRoster")
    hands.wait(lambda: hands.sees("paperPage"))
    assert "河边微网格" not in hands.page.paper.sheets[0].words()


def test_leaders_that_only_the_grids_form_names_are_taken_over_at_once(
    store: Store, folder: Path, open_hands: Callable[..., Hands]
) -> None:
    with store.write() as writing:
        writing.create(Grid, {"name": "后山微网格", "leader": "单小芳"})
    hands = open_hands(folder)
    hands.unlock()
    hands.go("team")
    hands.wait(lambda: hands.sees("takeLeaders"))
    hands.click("takeLeaders")
    hands.wait(lambda: hands.listed("team", 2) == ["单小芳"])
    hands.wait(lambda: not hands.sees("takeLeaders"))


def test_a_village_without_grids_is_led_to_them(
    store: Store, folder: Path, open_hands: Callable[..., Hands]
) -> None:
    hands = open_hands(folder)
    hands.unlock()
    hands.go("team")
    hands.wait(lambda: hands.sees("toGrids"))
    hands.click("toGrids")
    hands.wait(lambda: hands.page.name == "grids")


def test_all_postings_of_a_grid_are_one_press_away_and_one_is_handed_over_from_there(
    hands: Hands, store: Store, grids: list[str]
) -> None:
    post(store, grids[0], "李强", started_on="2025-01-01")
    post(store, grids[1], "赵敏")
    hands.page.refresh()
    on_board(hands, "后山微网格")
    hands.click("teamRecords")
    hands.wait(lambda: hands.listed("posting") == ["李强"])
    hands.see("table_posting").selectRow(0)
    hands.wait(lambda: hands.sees("handOverSeat"))
    hands.click("handOverSeat")
    hands.wait(lambda: hands.sees("field_name"))
    assert hands.page.teams.form.title() == "换人"
    hands.wait(lambda: hands.see("field_grid").text() == "后山微网格")
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("table_team"))


def test_a_switch_pressed_twice_is_written_once_and_its_dialog_waits_for_the_answer(
    hands: Hands, store: Store
) -> None:
    hands.click("toEmergency")
    hands.wait(lambda: hands.sees("switchDialog"))
    hands.type("地震", "switchReason")
    held = threading.Event()
    hands.window.lanes.writing.run(held.wait)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape):
        QTest.keyClick(hands.see("switchReason"), key)
    assert hands.sees("switchDialog")
    held.set()
    hands.wait(lambda: not hands.sees("switchDialog"))
    assert "已转入战时" in hands.shell.toast.words()
    with store.read() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM readiness_switch").scalar()
    assert count == 1


def test_a_switch_that_cannot_be_written_is_told_in_the_dialog_and_can_be_pressed_again(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.click("toEmergency")
    hands.wait(lambda: hands.sees("switchDialog"))
    hands.type("地震", "switchReason")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", locked)
        hands.click("switchGo")
        hands.wait(lambda: Locked.sentence in _words(hands.page.dialog))
    hands.click("switchGo")
    hands.wait(lambda: hands.sees("emergencyStrip"))


def test_the_form_of_a_switch_offers_what_a_village_may_switch(hands: Hands) -> None:
    hands.page.new_of("readiness_switch", {})
    hands.wait(lambda: hands.sees("field_scope"))
    box = hands.see("field_scope")
    assert [box.itemText(place) for place in range(box.count())] == ["一个网格", "全村"]


def test_who_follows_on_a_seat_is_kept_apart_from_every_other_half_written_posting(
    hands: Hands, store: Store, grids: list[str]
) -> None:
    first = post(store, grids[0], "李强")
    post(store, grids[1], "周敏")
    hands.page.refresh()
    hands.page.teams.open_grid(grids[1])
    hands.wait(lambda: board(hands).isVisible())
    hands.press(Qt.Key.Key_N, CTRL)
    hands.wait(lambda: hands.sees("field_name"))
    hands.type("没写完的人", "field_name")
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("table_team"))
    hands.page.teams.open_grid(grids[0])
    hands.wait(lambda: board(hands).team.name == "后山微网格")
    hands.click(f"replacePosting_{first}")
    hands.wait(lambda: hands.see("field_grid").text() == "后山微网格")
    assert hands.see("field_name").text() == ""
    hands.type("赵敏", "field_name")
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("table_team"))
    hands.click(f"replacePosting_{first}")
    hands.wait(lambda: hands.see("field_name").text() == "赵敏")
    hands.press(Qt.Key.Key_S, CTRL)
    hands.wait(lambda: seats(hands)["微网格长"] == ["赵敏"])
    hands.press(Qt.Key.Key_N, CTRL)
    hands.wait(lambda: hands.see("field_name").text() == "没写完的人")


@pytest.mark.parametrize("per_cent", [100, 150])
def test_the_board_and_its_form_fit_an_old_screen(
    per_cent: int, store: Store, hands: Hands, grids: list[str]
) -> None:
    with store.write() as writing:
        writing.create(Grid, {"name": "第三微网格", "leader": "单小芳"})
    Switches(store).switch(EMERGENCY, "山洪红色预警，河边院子和后山的群众转移避险", grids[0])
    hands.window.set_scale(per_cent)
    hands.wait(lambda: hands.sees("emergencyStrip"))
    hands.wait(lambda: len(hands.listed("team")) == 3)
    on_board(hands, "后山微网格")
    hands.wait()
    assert (hands.window.width(), hands.window.height()) == SIZE
    hands.press(Qt.Key.Key_N, CTRL)
    hands.wait(lambda: hands.sees("field_name"))
    assert (hands.window.width(), hands.window.height()) == SIZE
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("table_team"))
    assert (hands.window.width(), hands.window.height()) == SIZE
    hands.page.new_of("readiness_switch", {})
    hands.wait(lambda: hands.sees("field_scope"))
    assert (hands.window.width(), hands.window.height()) == SIZE


def locked(*_args: object, **_kwargs: object) -> None:
    raise Locked


def _buttons(hands: Hands) -> list[str]:
    return [w.objectName() for w in hands.page.findChildren(QPushButton) if w.isVisible()]


def _words(widget: Any) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel)]
