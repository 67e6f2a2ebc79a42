"""The party on the screen, with the keyboard: from an organisation to a deed with its photo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.grids.service import Grids
from desktop.party.service import Party
from desktop.residents.service import Residents
from desktop.storage.store import Store
from tests.support.photos import photo_files
from tests.support.window import Hands

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def village(store: Store) -> None:
    general = Grids(store).add({"name": "第一网格", "level": "general"})
    Grids(store).add({"name": "一组", "level": "micro", "parent": general})
    Residents(store).add({"name": "郭忠珍", "phone": "13800001234"})


@pytest.fixture
def hands(village: None, folder: Path, open_hands: Callable[..., Hands]) -> Hands:
    made = open_hands(folder)
    made.unlock()
    made.go("party")
    made.wait()
    return made


def choose(hands: Hands, field: str, text: str) -> None:
    """Type into a box that chooses a record, and go on with Enter."""
    hands.type(text, f"field_{field}")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: bool(hands.see(f"field_{field}").raw()))


def fill(hands: Hands, field: str, text: str) -> None:
    hands.type(text, f"field_{field}")


def saved(hands: Hands, kind: str, title: str) -> None:
    hands.press(Qt.Key.Key_S, CTRL)
    hands.wait(lambda: title in hands.listed(kind))


def stand_on_first(hands: Hands, kind: str) -> None:
    """Stand on the first row of a list."""
    hands.see(f"table_{kind}").setFocus()
    hands.press(Qt.Key.Key_Home)
    hands.wait()


def act(hands: Hands, name: str) -> None:
    """Press a button of the panel by the keyboard."""
    hands.wait(lambda: hands.sees(name))
    hands.see(name).setFocus()
    hands.press(Qt.Key.Key_Space)
    hands.wait()


def test_an_organisation_a_group_a_member_a_commitment_and_a_deed_by_keyboard_alone(
    hands: Hands, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands.wait(lambda: "1 个一般网格还没有党组织" in hands.page.head.facts())
    hands.press(Qt.Key.Key_N, CTRL)
    fill(hands, "name", "第一网格党支部")
    choose(hands, "organisation_type", "党支部")
    choose(hands, "grid", "diyi")
    saved(hands, "party_organisation", "第一网格党支部")
    hands.wait(lambda: "没有党组织" not in hands.page.head.facts())

    act(hands, "addGroup")
    fill(hands, "name", "一组党小组")
    choose(hands, "grid", "yizu")
    saved(hands, "party_group", "一组党小组")

    act(hands, "addMember")
    choose(hands, "resident", "gzz")
    hands.wait(lambda: hands.see("field_name").text() == "郭忠珍")
    choose(hands, "role", "党小组长")
    fill(hands, "shown_on", "2026.7")
    choose(hands, "shown_how", "门牌")
    saved(hands, "party_member", "郭忠珍")

    act(hands, "addCommitment")
    choose(hands, "commitment_kind", "环境卫生")
    fill(hands, "text", "每周打扫一次院坝")
    fill(hands, "made_on", "2026-07-01")
    public = hands.see("field_made_public")
    public.setFocus()
    hands.type("shi")
    saved(hands, "party_commitment", "每周打扫一次院坝")

    act(hands, "addDeed")
    assert hands.see("field_commitment").text() == "每周打扫一次院坝"
    fill(hands, "text", "和邻居打扫了院坝")
    fill(hands, "done_on", "2026-07-08")
    saved(hands, "party_deed", "和邻居打扫了院坝")

    picked = ([str(path) for path in photo_files(tmp_path / "phone", 1)], "")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_a, **_k: picked)
    hands.press(Qt.Key.Key_A, CTRL | Qt.KeyboardModifier.ShiftModifier)
    hands.wait(lambda: hands.shell.toast.words().startswith("加了 1 个"))
    party = Party(store)
    order = party.deeds.order(hands.see("table_party_deed").rows.listing)
    (deed,) = party.deeds.rows(order)
    assert party.deeds.photos([deed.id]) == {deed.id: 1}
    member = party.members.get(str(deed.values["member"]))
    assert [words for _, words in party.members.facts(member)][1:] == [
        "承诺：每周打扫一次院坝（在办）",
        "践诺：和邻居打扫了院坝",
    ]


@pytest.fixture
def branch(store: Store, village: None) -> str:
    """An organisation with one member who showed it and promised two things."""
    party = Party(store)
    branch = party.organisations.add({"name": "第一网格党支部"})
    member = party.members.add(
        {
            "name": "王建国",
            "organisation": branch,
            "status": "full",
            "joined_on": "2010-07",
            "shown_on": "2026-07",
        }
    )
    promised = {"member": member, "text": "每周打扫一次院坝", "made_public": "yes"}
    promise = party.commitments.add(promised)
    party.commitments.add({"member": member, "text": "心里的话"})
    party.deeds.add({"commitment": promise, "text": "记错的一次", "done_on": "2026-07-08"})
    return branch


def panel(hands: Hands, kind: str) -> dict[str, str]:
    return hands.page.registers[kind].detail.texts()


def test_what_tells_more_of_a_member_is_masked_until_it_is_asked_for_and_that_is_noted(
    branch: str, hands: Hands, store: Store
) -> None:
    hands.click("tab_party_member")
    hands.wait(lambda: hands.listed("party_member") == ["王建国"])
    model = hands.see("table_party_member").rows
    shown = {model.index(0, column).data() for column in range(model.columnCount())}
    assert "***" in shown
    assert "正式党员" not in shown
    stand_on_first(hands, "party_member")
    hands.wait(lambda: hands.sees("fullView"))
    assert panel(hands, "party_member")["入党时间"] == "***"
    act(hands, "fullView")
    assert panel(hands, "party_member")["入党时间"] == "2010-07"
    with store.read() as connection:
        seen = connection.exec_driver_sql("SELECT kind, purpose FROM view_log").all()
    assert [tuple(row) for row in seen] == [("party_member", "查看")]


def test_party_members_are_not_found_by_the_box_that_finds_everything(
    branch: str, hands: Hands
) -> None:
    hands.press(Qt.Key.Key_K, CTRL)
    hands.type("wjg")
    hands.wait(lambda: bool(hands.shell.find_box.results()))
    assert hands.shell.find_box.results() == ["没有找到，换个字或拼音再试"]


def test_the_public_sheet_is_shown_as_it_prints_and_esc_leads_back(
    branch: str, hands: Hands
) -> None:
    hands.wait(lambda: hands.listed("party_organisation") == ["第一网格党支部"])
    hands.press(Qt.Key.Key_P, CTRL)
    hands.wait(lambda: "先在" in hands.shell.toast.words())
    stand_on_first(hands, "party_organisation")
    hands.press(Qt.Key.Key_P, CTRL)
    hands.wait(lambda: hands.sees("paperPage"))
    page: QWidget = hands.see("paperPage")
    assert "每周打扫一次院坝" in page.accessibleName()
    assert "心里的话" not in page.accessibleName()
    assert "还有 1 条没有公开" in hands.shell.toast.words()
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("table_party_organisation"))


def test_a_correction_begins_as_the_deed_stands_and_the_old_one_counts_no_more(
    branch: str, hands: Hands
) -> None:
    hands.click("tab_party_deed")
    hands.wait(lambda: hands.listed("party_deed") == ["记错的一次"])
    stand_on_first(hands, "party_deed")
    act(hands, "correctDeed")
    assert hands.see("field_text").toPlainText() == "记错的一次"
    hands.see("field_text").setPlainText("打扫了院坝")
    saved(hands, "party_deed", "打扫了院坝")
    hands.click("tab_party_commitment")
    hands.wait(lambda: "每周打扫一次院坝" in hands.listed("party_commitment"))
    hands.shell.open_record("party_commitment", _promise(hands))
    hands.wait(lambda: panel(hands, "party_commitment").get("做了几次") == "1")
    told = panel(hands, "party_commitment")
    assert told["进展"] == "在办"
    assert told["公示"] == "印在承诺公示表上"


def _promise(hands: Hands) -> str:
    rows = hands.see("table_party_commitment").rows
    place = hands.listed("party_commitment").index("每周打扫一次院坝")
    return str(rows.row(place).id)


def test_an_office_s_register_is_imported_into_the_chosen_organisation(
    branch: str, hands: Hands, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "党员名册.csv"
    path.write_text("姓名,入党时间\n郭忠珍,2001-07\n李外来,2010-07\n", encoding="gb18030")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(path), ""))
    hands.wait(lambda: hands.listed("party_organisation") == ["第一网格党支部"])
    hands.click("importMembers")
    assert "先在表里选一个党组织" in hands.shell.toast.words()
    stand_on_first(hands, "party_organisation")
    act(hands, "importMembers")
    hands.wait(lambda: hands.sees("carryOut"))
    assert "第一网格党支部" in hands.page.importing.head.facts()
    told = hands.page.importing.model
    last = told.columnCount() - 1
    assert [told.index(row, last).data() for row in range(told.rowCount())] == [
        "按姓名对上了居民，请核对",
        "居民里没有这个人，只记姓名",
    ]
    hands.press(Qt.Key.Key_Space)
    hands.wait(lambda: "导入了 2 人" in hands.page.importing.words())
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("table_party_organisation"))
    assert Party(store).organisations.members([branch]) == {branch: 3}
