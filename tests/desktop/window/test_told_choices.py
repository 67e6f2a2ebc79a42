"""What two PCs wrote differently is shown with who, when and where, and once a person has chosen
her reason stands in the record's history: in the window, after real syncs with a real county."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel

from desktop.storage.store import Store
from desktop.syncing.conflicts import COUNTY
from desktop.syncing.service import Syncing
from desktop.widgets.words import when
from sync.records import Resident
from tests.support.server import running_county
from tests.support.store import id_number, new_store
from tests.support.window import Hands

pytestmark = pytest.mark.promise(3)

VILLAGE = "510183001002"
WHY = "打电话问过本人"


@pytest.fixture
def person(store: Store, tmp_path: Path) -> str:
    """A resident whom two PCs of one village entered, each with another address; both know."""
    other = new_store(tmp_path / "other")
    store.set(device_name="一号电脑")
    other.set(operator="李会计", device_name="二号电脑")
    with running_county(tmp_path / "county") as county:
        for one in (store, other):
            Syncing(one).enrol(county.url, county.enrol_code(VILLAGE))
        person = ""
        for one, address in ((store, "一组5号"), (other, "三组12号")):
            with one.write() as writing:
                values = {"name": "张三", "id_number": id_number(), "address": address}
                person = writing.create(Resident, values)
        for one in (store, other, store):
            Syncing(one).run()
    other.close()
    return person


@pytest.fixture
def opened(folder: Path, person: str, open_hands: Callable[..., Hands]) -> Hands:
    hands = open_hands(folder)
    hands.unlock()
    return hands


def said(hands: Hands, name: str) -> list[str]:
    """All words that are in sight in a widget."""
    return [label.text() for label in hands.see(name).findChildren(QLabel) if label.isVisible()]


def test_the_head_of_each_column_says_who_wrote_it_when_and_on_which_pc(
    opened: Hands, store: Store
) -> None:
    opened.go("syncing")
    opened.click("chooseConflict")
    opened.wait(lambda: opened.sees("county_address"))
    heads = said(opened, "conflictPanel")
    with store.read() as connection:
        (county,) = connection.exec_driver_sql("SELECT made_at FROM resident").scalars()
        (other,) = connection.exec_driver_sql("SELECT other_at FROM conflict").scalars()
    assert when(county)
    assert when(other)
    assert heads[heads.index("县里现在的") + 1] == f"周桂芳 · {when(county)} · 一号电脑"
    assert heads[heads.index("另一份") + 1] == f"李会计 · {when(other)} · 二号电脑"


def test_the_reason_of_a_choice_is_read_in_the_history_of_the_record(
    opened: Hands, person: str
) -> None:
    opened.go("syncing")
    opened.click("chooseConflict")
    opened.wait(lambda: opened.sees(f"{COUNTY}_address"))
    opened.click("allCounty")
    opened.type(WHY)
    opened.click("decide")
    opened.wait(lambda: opened.status.conflicts == 0)
    opened.shell.open_record("resident", person)
    opened.wait(lambda: opened.sees("showHistory"))
    opened.click("showHistory")
    opened.wait(lambda: len(opened.page.current().history.texts()) == 3)
    chosen, lost, made = opened.page.current().history.texts()
    assert chosen.startswith("选定 · 周桂芳 · 今天")
    assert chosen.endswith(
        f"一号电脑 | 待同步，从冲突里选定的 | 住址：仍是“一组5号”，没有采用“三组12号” | 理由：{WHY}"
    )
    assert "李会计" in lost
    assert "二号电脑 | 冲突，没有采用" in lost
    assert made.startswith("新记 · 周桂芳 · ")
    assert "一号电脑" in made


def test_where_several_wrote_what_stands_each_line_says_who(
    store: Store, folder: Path, tmp_path: Path, open_hands: Callable[..., Hands]
) -> None:
    others = [new_store(tmp_path / name) for name in ("two", "three")]
    pcs = list(zip((store, *others), ("周桂芳", "李会计", "王主任"), "一二三", strict=True))
    with running_county(tmp_path / "county") as county:
        for one, operator, number in pcs:
            one.set(operator=operator, device_name=f"{number}号电脑")
            Syncing(one).enrol(county.url, county.enrol_code(VILLAGE))
        with store.write() as writing:
            person = writing.create(Resident, {"name": "张三"})
        for one, *_ in pcs:
            Syncing(one).run()
        written = ({"phone": "13700000000"}, {"address": "一组"})
        for (one, *_), values in zip(pcs, (*written, written[0] | written[1]), strict=True):
            with one.write() as writing:
                different = {name: f"{value[:-1]}9" for name, value in values.items()}
                writing.edit(Resident, person, values if one is not others[1] else different)
            Syncing(one).run()
        Syncing(store).run()
    for one in others:
        one.close()
    hands = open_hands(folder)
    hands.unlock()
    hands.go("syncing")
    hands.click("chooseConflict")
    hands.wait(lambda: hands.sees("county_address"))
    for name, who in (("phone", "周桂芳 · 今天"), ("address", "李会计 · 今天")):
        (told,) = [words for words in said(hands, f"county_{name}") if " · " in words]
        assert told.startswith(who)
        assert told.endswith("一号电脑" if name == "phone" else "二号电脑")
    heads = said(hands, "conflictPanel")
    assert heads[heads.index("另一份") + 1].startswith("王主任 · 今天")
