"""Many alike conflicts are chosen at once on the screen: nothing unseen, nothing unasked."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from desktop.grids.changing import GridChanges, Part
from desktop.residents.service import Residents
from desktop.storage.store import Store
from desktop.syncing import conflict_writing
from desktop.syncing import conflicts as module
from desktop.syncing.conflict_table import AlikeTable
from desktop.syncing.conflicts import Conflicts
from desktop.syncing.service import Syncing
from sync.records import Grid, Resident
from tests.desktop.window.test_choosing import tab_to
from tests.support.server import running_county
from tests.support.store import new_store
from tests.support.window import Hands

pytestmark = pytest.mark.promise(3)

VILLAGE = "510183001002"
OTHER_PHONE = "13700000000"


def differ(store: Store, people: int) -> list[str]:
    """So many residents whose phone another PC wrote differently."""
    with store.write() as writing:
        rows = [{"name": f"村民{n:03}", "phone": "13900000000"} for n in range(people)]
        residents = writing.create_many(Resident, rows)
    with store.change() as connection:
        for number, resident in enumerate(residents):
            connection.exec_driver_sql(
                "INSERT INTO conflict (area, id, revision, record_kind, record, record_title,"
                " fields_in_conflict, county_values, other_values, other_by, other_device, state)"
                " VALUES ('', ?, 1, 'resident', ?, '村民', 'phone', '{}', ?, '李会计',"
                " '二号电脑', 'open')",
                (f"c{number:03}", resident, json.dumps({"phone": OTHER_PHONE})),
            )
    return residents


@pytest.fixture
def listed(store: Store, folder: Path, open_hands: Callable[..., Hands]) -> Callable[[], Hands]:
    """The window on the list of all that are alike."""

    def open_list() -> Hands:
        hands = open_hands(folder)
        hands.unlock()
        hands.go("syncing")
        hands.wait(lambda: hands.sees("chooseConflict"))
        hands.click("chooseConflict")
        hands.wait(lambda: hands.sees("chooseMany"))
        hands.click("chooseMany")
        hands.wait(lambda: table(hands).rows.rowCount() > 0)
        return hands

    return open_list


def table(hands: Hands) -> AlikeTable:
    found: AlikeTable = hands.see("alikeTable")
    return found


def row(hands: Hands, number: int) -> tuple[str, ...]:
    """What stands in a row of the list."""
    return tuple(table(hands).rows.index(number, column).data() for column in range(3))


def words(hands: Hands, name: str) -> str:
    return " ".join(label.text() for label in hands.see(name).findChildren(QLabel))


def phones(store: Store, residents: Sequence[str]) -> list[object]:
    return [Residents(store).get(one).values["phone"] for one in residents]


def test_two_divisions_of_one_grid_are_chosen_at_once_by_the_keyboard_and_all_ends_agree(
    store: Store, folder: Path, tmp_path: Path, open_hands: Callable[..., Hands]
) -> None:
    other = new_store(tmp_path / "other")
    store.set(device_name="一号电脑")
    other.set(operator="李会计", device_name="二号电脑")
    with running_county(tmp_path / "county") as county:
        for one in (store, other):
            Syncing(one).enrol(county.url, county.enrol_code(VILLAGE))
        with store.write() as writing:
            grid = writing.create(Grid, {"name": "一组"})
            rows = [{"name": f"村民{n:02}", "grid": grid} for n in range(60)]
            residents = writing.create_many(Resident, rows)
        for one in (store, other):
            Syncing(one).run()
        for one, parts in ((store, ("河东", "河西")), (other, ("坡上", "坡下"))):
            places = {resident: n % 2 for n, resident in enumerate(residents)}
            GridChanges(one).divide(grid, [Part(name) for name in parts], places)
        for one in (store, other, store):
            Syncing(one).run()

        hands = open_hands(folder)
        hands.unlock()
        hands.go("home")
        hands.turn_to("syncing")
        hands.wait(lambda: hands.sees("chooseConflict"))
        tab_to(hands, "chooseConflict")
        hands.press(Qt.Key.Key_Return)
        hands.wait(lambda: hands.sees("chooseMany"))
        told = words(hands, "moreAlike")
        assert "还有 59 条同样的冲突" in told
        assert "也是这两台电脑" in told
        assert "所在网格" in told
        tab_to(hands, "chooseMany")
        hands.press(Qt.Key.Key_Return)
        hands.wait(lambda: hands.sees("alikeTable") and table(hands).rows.rowCount() == 60)
        assert hands.focused().objectName() == "manyCounty"
        assert row(hands, 1) == ("村民01", "河西", "坡下")
        assert not hands.see("manyDecide").isEnabled(), "nobody has said which"
        hands.press(Qt.Key.Key_Right)
        hands.press(Qt.Key.Key_Space)
        assert hands.see("manyOther").isChecked()
        tab_to(hands, "alikeTable")
        hands.press(Qt.Key.Key_Down)
        hands.press(Qt.Key.Key_Space)
        tab_to(hands, "manyReason")
        hands.type("村里开会定的")
        tab_to(hands, "manyDecide")
        hands.press(Qt.Key.Key_Return)
        hands.wait(lambda: not hands.sees("manyDecide") and hands.status.conflicts == 1)
        assert hands.shell.toast.words().startswith("59 条选定了")
        hands.press(Qt.Key.Key_F5)
        hands.wait(lambda: hands.status.waiting == 0 and not hands.shell.parts.clock.running)
        Syncing(other).run()
        (left,) = Conflicts(other).open()
        assert left.title == "村民01", "who was unticked is asked still"
        names = [where(one, residents) for one in (store, other)]
        names.append(at_county(county.folder / "county.sqlite3", residents))
    assert names == [["坡上", "河西", *["坡上", "坡下"] * 29]] * 3
    with other.read() as connection:
        reasons = connection.exec_driver_sql(
            "SELECT DISTINCT state, chosen_by, reason FROM conflict ORDER BY state"
        ).all()
    assert [tuple(one) for one in reasons] == [
        ("chosen", "周桂芳", "村里开会定的"),
        ("open", None, None),
    ]
    other.close()


def where(store: Store, residents: Sequence[str]) -> list[object]:
    """In which grid each resident is on a PC, by its name."""
    with store.read() as connection:
        return _names(connection.exec_driver_sql(_WHERE).all(), residents)


def at_county(database: Path, residents: Sequence[str]) -> list[object]:
    """The same at the county."""
    connection = sqlite3.connect(database)
    found = connection.execute(_WHERE).fetchall()
    connection.close()
    return _names(found, residents)


_WHERE = "SELECT resident.id, grid.name FROM resident JOIN grid ON grid.id = resident.grid"


def _names(found: Sequence[Sequence[object]], residents: Sequence[str]) -> list[object]:
    names = {str(row[0]): row[1] for row in found}
    return [names[resident] for resident in residents]


def test_an_only_conflict_speaks_of_no_others(
    store: Store, folder: Path, open_hands: Callable[..., Hands]
) -> None:
    differ(store, 1)
    hands = open_hands(folder)
    hands.unlock()
    hands.go("syncing")
    hands.wait(lambda: hands.sees("chooseConflict"))
    hands.click("chooseConflict")
    hands.wait(lambda: hands.sees("county_phone"))
    assert not hands.sees("chooseMany")


def test_the_list_masks_what_is_personal_and_ticks_all_at_first(
    store: Store, listed: Callable[[], Hands]
) -> None:
    differ(store, 3)
    hands = listed()
    assert row(hands, 0) == ("村民000", "139******00", "137******00")
    assert words(hands, "manyOther").split() == ["都用另一份", "二号电脑填的"]
    assert [one.title for one in table(hands).rows.ticked()] == ["村民000", "村民001", "村民002"]
    hands.click("manyTurn")
    assert table(hands).rows.ticked() == []
    hands.click("manyCounty")
    assert not hands.see("manyDecide").isEnabled()
    hands.click("manyTurn")
    assert len(table(hands).rows.ticked()) == 3
    assert hands.see("manyDecide").isEnabled()


def test_a_click_on_the_tick_leaves_one_out_and_esc_leaves_all_as_it_is(
    store: Store, listed: Callable[[], Hands]
) -> None:
    residents = differ(store, 3)
    hands = listed()
    place = table(hands).visualRect(table(hands).rows.index(1, 0))
    tick = QPoint(place.left() + 16, place.center().y())
    QTest.mouseClick(table(hands).viewport(), Qt.MouseButton.LeftButton, pos=tick)
    assert [one.title for one in table(hands).rows.ticked()] == ["村民000", "村民002"]
    hands.click("manyOther")
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("county_phone"))
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("chooseConflict"))
    assert hands.status.conflicts == 3
    assert phones(store, residents) == ["13900000000"] * 3


def test_one_of_the_list_is_looked_at_whole_and_chosen_alone_and_the_ticks_stay(
    store: Store, listed: Callable[[], Hands]
) -> None:
    residents = differ(store, 4)
    hands = listed()
    table(hands).setFocus()
    hands.press(Qt.Key.Key_Space)
    hands.press(Qt.Key.Key_Down)
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.sees("county_phone"))
    assert "村民001" in hands.page.choosing.one.head.facts()
    assert not hands.sees("chooseMany")
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("alikeTable") and table(hands).rows.rowCount() == 4)
    assert [one.title for one in table(hands).rows.ticked()] == ["村民001", "村民002", "村民003"]
    table(hands).selectRow(2)
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.sees("allCounty"))
    hands.click("allCounty")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.sees("alikeTable") and table(hands).rows.rowCount() == 3)
    hands.click("manyOther")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: not hands.sees("alikeTable") and hands.status.conflicts == 1)
    old, new = "13900000000", OTHER_PHONE
    assert phones(store, residents) == [old, new, old, new]


def test_what_was_chosen_or_changed_meanwhile_is_left_told_and_shown_anew(
    store: Store, listed: Callable[[], Hands]
) -> None:
    residents = differ(store, 4)
    hands = listed()
    with store.change() as connection:
        connection.exec_driver_sql("UPDATE conflict SET state = 'chosen' WHERE id = 'c000'")
    Residents(store).edit(residents[2], {"phone": "13600000000"})
    hands.click("manyOther")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.status.conflicts == 1 and table(hands).rows.rowCount() == 1)
    fault = words(hands, "manyPanel")
    assert "2 条这次没有定：“村民000”这一条已经选定了；“村民002”刚收到了新的内容" in fault
    assert hands.shell.toast.words().startswith("2 条选定了")
    assert row(hands, 0) == ("村民002", "136******00", "137******00")
    assert table(hands).rows.ticked() == [], "it is looked at before it is chosen"
    assert not hands.see("manyDecide").isEnabled()
    old, new = "13900000000", OTHER_PHONE
    assert phones(store, residents) == [old, new, "13600000000", new]


def test_where_all_were_chosen_meanwhile_nothing_is_written_and_that_is_told(
    store: Store, listed: Callable[[], Hands]
) -> None:
    residents = differ(store, 2)
    hands = listed()
    with store.change() as connection:
        connection.exec_driver_sql("UPDATE conflict SET state = 'chosen'")
    hands.click("manyOther")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: not hands.sees("alikeTable"))
    assert hands.shell.toast.words().startswith("2 条这次没有定")
    assert phones(store, residents) == ["13900000000"] * 2


def test_writing_is_seen_and_stopped_and_what_is_written_stays(
    store: Store, listed: Callable[[], Hands], monkeypatch: pytest.MonkeyPatch
) -> None:
    differ(store, 6)
    monkeypatch.setattr(module, "PART", 2)
    go_on, choose, parts = threading.Event(), conflict_writing.choose_whole, list[str]()

    def slowly(writing: object, seen: object, side: str, reason: str) -> dict[str, str]:
        parts.append(side)
        assert len(parts) < 2 or go_on.wait(60)
        return choose(writing, seen, side, reason)  # type: ignore[arg-type]

    monkeypatch.setattr(conflict_writing, "choose_whole", slowly)
    hands = listed()
    hands.click("manyOther")
    hands.see("manyDecide").click()
    hands._wait_until(lambda: hands.sees("progress") and "2 / 6" in words(hands, "progress"))
    hands.press(Qt.Key.Key_Escape)
    assert "正在停下" in words(hands, "progress")
    go_on.set()
    hands.wait(lambda: hands.status.conflicts == 2 and table(hands).rows.rowCount() == 2)
    assert hands.shell.toast.words().startswith("停下了：4 条选定了")
    assert len(table(hands).rows.ticked()) == 2
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: not hands.sees("alikeTable") and hands.status.conflicts == 0)


def test_more_than_are_read_at_a_time_are_all_listed_before_one_may_choose(
    store: Store, listed: Callable[[], Hands]
) -> None:
    differ(store, 230)
    hands = listed()
    hands.click("manyOther")
    hands.wait(lambda: table(hands).rows.rowCount() == 230)
    assert "勾了 230 条" in words(hands, "manyPanel")
    assert hands.see("manyDecide").isEnabled()
