"""A cadre chooses between two versions by the keyboard alone, against a real county."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt

from desktop.residents.service import Residents
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.records import Resident
from tests.support.server import running_county
from tests.support.store import new_store
from tests.support.window import Hands

VILLAGE = "510183001002"
MINE, THEIRS = "13700000000", "13900000000"


def edit(store: Store, person: str, **values: str) -> None:
    with store.write() as writing:
        writing.edit(Resident, person, values)


def test_a_conflict_is_chosen_by_the_keyboard_alone_and_both_pcs_and_the_county_follow(
    store: Store, folder: Path, tmp_path: Path, open_hands: Callable[..., Hands]
) -> None:
    other = new_store(tmp_path / "other")
    other.set(operator="李会计", device_name="二号电脑")
    with running_county(tmp_path / "county") as county:
        for one in (store, other):
            Syncing(one).enrol(county.url, county.enrol_code(VILLAGE))
        person = Residents(store).add({"name": "张三", "phone": "13800000000", "address": "一组"})
        for one in (store, other):
            Syncing(one).run()
        edit(store, person, phone=THEIRS, address="二组5号")
        Syncing(store).run()
        edit(other, person, phone=MINE, address="三组")
        for one in (other, store):
            Syncing(one).run()

        hands = open_hands(folder)
        hands.unlock()
        assert "1 条有冲突" in hands.sentence
        hands.shell.open_record("resident", person)
        hands.wait(lambda: hands.sees("goChoose"))
        hands.click("goChoose")
        hands.wait(lambda: hands.sees("chooseConflict"))
        hands.go("home")
        hands.turn_to("syncing")
        hands.wait(lambda: hands.sees("chooseConflict"))
        tab_to(hands, "chooseConflict")
        hands.press(Qt.Key.Key_Return)
        hands.wait(lambda: hands.sees("county_phone"))
        assert hands.focused().objectName() == "county_phone"
        assert hands.see("county_phone").words() == "139******00"
        assert not hands.see("decide").isEnabled()
        hands.press(Qt.Key.Key_Right)
        hands.press(Qt.Key.Key_Space)
        assert hands.see("other_phone").isChecked()
        assert not hands.see("decide").isEnabled()
        tab_to(hands, "county_address")
        hands.press(Qt.Key.Key_Return)
        assert hands.see("county_address").isChecked()
        tab_to(hands, "conflictReason")
        hands.type("打电话问过本人")
        tab_to(hands, "decide")
        hands.press(Qt.Key.Key_Return)
        hands.wait(lambda: not hands.sees("decide") and hands.status.conflicts == 0)
        assert "张三" in hands.shell.toast.words()
        assert "冲突" not in hands.sentence
        assert not hands.sees("chooseConflict")
        assert not hands.sees("todo_conflicts")
        hands.press(Qt.Key.Key_F5)
        hands.wait(lambda: hands.status.waiting == 0 and not hands.shell.parts.clock.running)
        Syncing(other).run()
    for one in (store, other):
        values = Residents(one).get(person).values
        assert (values["phone"], values["address"]) == (MINE, "二组5号")
        assert Syncing(one).status().conflicts == 0
    other.close()


def test_whole_numbers_are_shown_when_asked_for_and_that_is_noted(
    store: Store, folder: Path, open_hands: Callable[..., Hands]
) -> None:
    person = Residents(store).add({"name": "张三", "phone": THEIRS})
    with store.change() as connection:
        connection.exec_driver_sql(
            "INSERT INTO conflict (area, id, revision, record_kind, record, record_title,"
            " fields_in_conflict, county_values, other_values, other_by, state) VALUES"
            " ('', 'c', 1, 'resident', ?, '张三', 'phone', '{}', ?, '李会计', 'open')",
            (person, f'{{"phone": "{MINE}"}}'),
        )
    hands = open_hands(folder)
    hands.unlock()
    hands.click("todo_conflicts")
    hands.wait(lambda: hands.sees("chooseConflict"))
    hands.click("chooseConflict")
    hands.click("conflictFull")
    assert (hands.see("county_phone").words(), hands.see("other_phone").words()) == (THEIRS, MINE)
    with store.read() as connection:
        noted = connection.exec_driver_sql("SELECT record, purpose FROM view_log").all()
    assert [tuple(row) for row in noted] == [(person, "处理冲突")]
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("chooseConflict"))
    assert hands.status.conflicts == 1
    hands.click("chooseConflict")
    hands.wait(lambda: hands.sees("allOther"))
    hands.click("allOther")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.status.conflicts == 0)
    assert Residents(store).get(person).values["phone"] == MINE


def tab_to(hands: Hands, name: str) -> None:
    """Go on with the Tab key, as far as it takes."""
    for _ in range(60):
        if hands.focused().objectName() == name:
            return
        hands.press(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab never comes to {name}")
