"""Family doctors on the screen, by the keyboard: a team, its grid, both confirmations, a visit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from desktop.doctors.page import DoctorsPage
from desktop.doctors.service import Doctors
from desktop.grids.service import Grids
from desktop.register.service import Listing, Row
from desktop.residents.service import Residents
from desktop.storage.store import Store
from sync.records import DoctorPairing, DoctorTeam, DoctorVisit, KeyResident
from tests.support.window import SIZE, Hands


@pytest.fixture
def doctors(store: Store) -> Doctors:
    return Doctors(store)


@pytest.fixture
def grid(store: Store) -> str:
    return Grids(store).add({"name": "一组", "leader": "王芳"})


@pytest.fixture
def pairing(doctors: Doctors, grid: str) -> str:
    team = doctors.teams.add({"name": "龙潭团队", "phone": "028-88760120"})
    doctors.members.add({"team": team, "name": "李医生", "role": "leader"})
    return doctors.pairings.add({"grid": grid, "team": team, "tier": "micro"})


@pytest.fixture
def key(store: Store, doctors: Doctors, grid: str) -> str:
    wang = Residents(store).add({"name": "王建国", "grid": grid})
    return doctors.keys.add({"resident": wang, "category": "mental", "note": "家属陪同"})


@pytest.fixture
def open_page(store: Store, folder: Path, open_hands: Callable[..., Hands]) -> Callable[[], Hands]:
    def open_it() -> Hands:
        hands = open_hands(folder)
        hands.unlock()
        hands.go("doctors")
        return hands

    return open_it


def page(hands: Hands) -> DoctorsPage:
    found = hands.shell.pages["doctors"]
    assert isinstance(found, DoctorsPage)
    return found


def panel(hands: Hands, kind: str) -> dict[str, str]:
    return page(hands).registers[kind].detail.texts()


def everything(doctors: Doctors, kind: str) -> list[Row]:
    register = {
        DoctorTeam.kind: doctors.teams,
        DoctorPairing.kind: doctors.pairings,
        DoctorVisit.kind: doctors.visits,
    }[kind]
    return register.rows(register.order(Listing(kind)))


def press_button(hands: Hands, name: str) -> None:
    """Go to a button and press it with the space bar."""
    hands.wait(lambda: hands.sees(name))
    hands.see(name).setFocus()
    hands.press(Qt.Key.Key_Space)
    hands.wait()


def ask(hands: Hands, button: str) -> None:
    """Press the button of a step and wait for its dialog."""
    press_button(hands, button)
    hands.wait(lambda: hands.sees("pairingStep"))


def choose(hands: Hands, field: str, letters: str, found: str) -> None:
    """Type into a field that finds records, and go on: the only match is taken."""
    hands.type(letters, f"field_{field}")
    hands.press(Qt.Key.Key_Tab)
    hands.wait(lambda: hands.see(f"field_{field}").text() == found)


def test_an_empty_page_says_what_it_is_for(open_page: Callable[[], Hands]) -> None:
    hands = open_page()
    hands.wait(lambda: hands.sees("first_doctor_team"))
    hands.press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    hands.wait()
    assert not page(hands).paper.isVisible()


def test_a_team_is_written_and_paired_by_the_keyboard(
    open_page: Callable[[], Hands], doctors: Doctors, grid: str
) -> None:
    hands = open_page()
    hands.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.sees("field_name"))
    hands.type("龙潭团队", "field_name")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.listed(DoctorTeam.kind) == ["龙潭团队"])
    press_button(hands, "pairTeam")
    hands.wait(lambda: hands.sees("field_team") and hands.see("field_team").text() == "龙潭团队")
    choose(hands, "grid", "yz", "一组")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: bool(everything(doctors, DoctorPairing.kind)))
    (row,) = everything(doctors, DoctorPairing.kind)
    assert (row.values["grid"], row.values["name"]) == (grid, "龙潭团队")


def test_both_sides_confirm_by_the_keyboard_and_buttons_are_there_only_while_they_may_be_pressed(
    open_page: Callable[[], Hands], doctors: Doctors, pairing: str
) -> None:
    hands = open_page()
    hands.shell.open_record(DoctorPairing.kind, pairing)
    ask(hands, "confirmGrid")
    assert hands.see("stepWho").text() == "王芳"
    # The grid's leader is named already: Return confirms.
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: panel(hands, DoctorPairing.kind).get("结对情况") == "等团队方确认")
    hands.wait(lambda: not hands.sees("confirmGrid"))
    ask(hands, "confirmTeam")
    assert hands.see("stepWho").text() == "李医生"
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: panel(hands, DoctorPairing.kind).get("结对情况") == "已结对")
    assert not hands.sees("confirmTeam")
    assert hands.sees("endPairing")
    assert not hands.sees("deleteRecord")
    assert panel(hands, DoctorPairing.kind)["网格方"].startswith("王芳 · ")
    assert hands.listed(DoctorPairing.kind, 3) == ["已结对"]
    table = page(hands).registers[DoctorPairing.kind].table.rows
    assert table.index(0, 3).data(Qt.ItemDataRole.DecorationRole) is not None


def test_a_step_pressed_twice_is_made_once_and_its_dialog_waits_for_the_answer(
    open_page: Callable[[], Hands], doctors: Doctors, pairing: str
) -> None:
    hands = open_page()
    hands.shell.open_record(DoctorPairing.kind, pairing)
    ask(hands, "confirmGrid")
    held = threading.Event()
    hands.window.lanes.writing.run(held.wait)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Return, Qt.Key.Key_Escape):
        QTest.keyClick(hands.see("stepWho"), key)
    assert hands.sees("pairingStep")
    held.set()
    hands.wait(lambda: not hands.sees("pairingStep"))
    hands.wait(lambda: panel(hands, DoctorPairing.kind).get("结对情况") == "等团队方确认")
    assert hands.shell.toast.words() == "已记下：网格方确认"


@pytest.mark.parametrize("per_cent", [100, 150])
def test_no_word_of_what_one_may_do_with_a_pairing_is_cut_off(
    open_page: Callable[[], Hands], pairing: str, per_cent: int
) -> None:
    hands = open_page()
    hands.window.set_scale(per_cent)
    hands.shell.open_record(DoctorPairing.kind, pairing)
    for name in ("confirmGrid", "confirmTeam", "endPairing", "editRecord"):
        hands.wait(lambda name=name: hands.sees(name))  # type: ignore[misc]
        made: QPushButton = hands.see(name)
        words = made.fontMetrics().horizontalAdvance(made.text()) + made.iconSize().width()
        assert made.width() > words, name
    assert (hands.window.width(), hands.window.height()) == SIZE


def test_an_end_wants_a_reason_and_esc_ends_nothing(
    open_page: Callable[[], Hands], doctors: Doctors, pairing: str
) -> None:
    hands = open_page()
    hands.shell.open_record(DoctorPairing.kind, pairing)
    ask(hands, "endPairing")
    QTest.keyClick(hands.see("stepPress"), Qt.Key.Key_Space)
    assert hands.see("formFault").text() == "结束原因没有填"
    QTest.keyClick(hands.see("pairingStep"), Qt.Key.Key_Escape)
    hands.wait(lambda: not hands.sees("pairingStep"))
    assert doctors.pairings.states([pairing]) == {pairing: "open"}
    ask(hands, "endPairing")
    hands.type("团队撤并", "stepReason")
    QTest.keyClick(hands.see("stepReason"), Qt.Key.Key_Return)
    hands.wait(lambda: panel(hands, DoctorPairing.kind).get("结对情况") == "已结束")
    assert not any(hands.sees(name) for name in ("confirmGrid", "confirmTeam", "endPairing"))


def test_a_step_that_another_pc_made_meanwhile_is_told_in_the_dialog(
    open_page: Callable[[], Hands], doctors: Doctors, pairing: str
) -> None:
    hands = open_page()
    hands.shell.open_record(DoctorPairing.kind, pairing)
    ask(hands, "confirmGrid")
    doctors.pairings.make(pairing, "grid_side", "李强")
    QTest.keyClick(hands.see("stepPress"), Qt.Key.Key_Space)
    hands.wait(lambda: hands.sees("formFault"))
    assert "已经记下，不能改" in hands.see("formFault").text()


def test_doubles_are_shown_in_red_and_found_by_their_chip(
    open_page: Callable[[], Hands], doctors: Doctors, grid: str, pairing: str
) -> None:
    doctors.pairings.add({"grid": grid, "name": "兴隆团队", "tier": "micro"})
    lone = {"grid": grid, "name": "卫生院", "tier": "village"}
    doctors.pairings.add(lone)
    hands = open_page()
    hands.shell.open_record(DoctorPairing.kind, pairing)
    hands.wait()
    register = page(hands).registers[DoctorPairing.kind]
    assert sorted(hands.listed(DoctorPairing.kind, 3)) == [
        "待双方确认", "重复 · 待双方确认", "重复 · 待双方确认",
    ]  # fmt: skip
    register.filters.hold("pairing_state", "double", "重复的")
    hands.wait(lambda: len(hands.listed(DoctorPairing.kind)) == 2)
    assert "兴隆团队" in panel(hands, DoctorPairing.kind)["同层级还有"]


def test_why_somebody_is_looked_after_is_masked_until_a_full_view_that_is_logged(
    open_page: Callable[[], Hands], store: Store, key: str
) -> None:
    hands = open_page()
    hands.shell.open_record(KeyResident.kind, key)
    hands.wait(lambda: panel(hands, KeyResident.kind).get("居民") == "王建国")
    assert panel(hands, KeyResident.kind)["人群类别"] == "***"
    assert panel(hands, KeyResident.kind)["备注"] == "***"
    columns = [hands.listed(KeyResident.kind, column) for column in range(6)]
    assert "严重精神障碍" not in str(columns)
    press_button(hands, "fullView")
    assert panel(hands, KeyResident.kind)["人群类别"] == "严重精神障碍"
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT kind, record, purpose FROM view_log").all()
    assert [tuple(row) for row in found] == [(KeyResident.kind, key, "查看")]


def test_a_visit_is_written_from_the_key_resident_and_corrected_by_another(
    open_page: Callable[[], Hands], doctors: Doctors, key: str
) -> None:
    hands = open_page()
    hands.shell.open_record(KeyResident.kind, key)
    press_button(hands, "writeVisit")
    hands.wait(lambda: hands.sees("field_text") and hands.see("field_resident").text() == "王建国")
    hands.type("血压平稳", "field_text")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: len(everything(doctors, DoctorVisit.kind)) == 1)
    (first,) = everything(doctors, DoctorVisit.kind)
    assert first.values["visited_on"] == doctors.visits.today()
    press_button(hands, "correctVisit")
    hands.wait(lambda: hands.sees("field_text"))
    hands.type("血压偏高，已转诊", "field_text")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: len(everything(doctors, DoctorVisit.kind)) == 2)
    second = next(r for r in everything(doctors, DoctorVisit.kind) if r.id != first.id)
    assert second.values["corrects"] == first.id
    hands.shell.open_record(DoctorVisit.kind, first.id)
    hands.wait(lambda: panel(hands, DoctorVisit.kind).get("更正", "").startswith("已更正"))
    assert panel(hands, DoctorVisit.kind)["随访记录"] == "***"


def test_the_sheet_for_the_village_shows_what_both_sides_have_confirmed(
    open_page: Callable[[], Hands], doctors: Doctors, grid: str, pairing: str
) -> None:
    for step, by in (("grid_side", "王芳"), ("team_side", "李医生")):
        doctors.pairings.make(pairing, step, by)
    doctors.pairings.add({"grid": grid, "name": "兴隆团队"})
    hands = open_page()
    hands.press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: page(hands).paper.isVisible())
    words = "\n".join(sheet.words() for sheet in page(hands).paper.sheets)
    for shown in ("家庭医生结对公示", "一组", "包微网格", "龙潭团队", "李医生", "02888760120"):
        assert shown in words
    assert "兴隆团队" not in words
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: not page(hands).paper.isVisible())
