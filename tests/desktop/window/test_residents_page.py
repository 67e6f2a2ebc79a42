"""A resident is written, found, masked, deleted and brought back through the window."""

from pathlib import Path

from PySide6.QtCore import Qt
from sqlalchemy import select

from desktop.residents.service import Households, Residents
from desktop.storage import tables
from desktop.storage.store import Store

NUMBER = "510183194602120590"


def add(store: Store, name: str, **values: object) -> str:
    return Residents(store).add({"name": name, **values})


def view(hands):
    return hands.shell.pages["residents"].registers["resident"]


def test_a_resident_written_with_the_keyboard_alone_stands_in_the_list_as_waiting(hands):
    hands.turn_to("residents")
    hands.wait()
    hands.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    hands.wait()
    hands.type("郭 忠 珍")
    hands.press(Qt.Key.Key_Return)
    hands.type("51018319460212059０".replace("０", "0"))
    hands.press(Qt.Key.Key_Return)
    form = view(hands).form.form
    assert form.raw()["birth_date"] == "1946-02-12"
    assert form.raw()["sex"] == "male"
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.listed("resident") == ["郭忠珍"])
    assert hands.listed("resident", 7) == ["待同步"]
    hands.wait(lambda: hands.status.waiting == 1)
    assert "1 条待同步" in hands.sentence


def test_enter_goes_through_every_field_to_the_save_button(hands):
    hands.go("residents")
    hands.click("new_residents")
    hands.type("郭忠珍")
    for _ in range(10):
        hands.press(Qt.Key.Key_Return)
    assert hands.focused().objectName() == "field_note"
    hands.press(Qt.Key.Key_Tab)
    hands.press(Qt.Key.Key_Tab)
    assert hands.focused().objectName() == "save_resident"
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.listed("resident") == ["郭忠珍"])


def test_what_is_wrong_is_said_when_the_field_is_left_and_never_while_typing(hands):
    hands.go("residents")
    hands.click("new_residents")
    cell = view(hands).form.form.cells["id_number"]
    hands.type("51018319460212", "field_id_number")
    assert cell.complaint() == ""
    hands.press(Qt.Key.Key_Tab)
    assert cell.complaint() == "身份证号码应为18位，现在是14位"

    hands.type("0590", "field_id_number")
    assert cell.complaint() == "", "a sentence goes as soon as it is no longer true"


def test_saving_an_unfinished_form_shows_every_sentence_and_goes_to_the_first(hands):
    hands.go("residents")
    hands.click("new_residents")
    hands.type("12", "field_phone")
    hands.click("save_resident")
    cells = view(hands).form.form.cells
    assert cells["name"].complaint() == "姓名没有填"
    assert "不像一个号码" in cells["phone"].complaint()
    assert hands.focused().objectName() == "field_name"
    assert hands.status.counts["resident"] == 0


def test_a_number_that_is_taken_is_said_under_its_field(store, folder: Path, open_hands):
    add(store, "王建国", id_number=NUMBER)
    hands = open_hands(folder)
    hands.unlock()
    hands.go("residents")
    hands.click("new_residents")
    hands.type("李秀英", "field_name")
    hands.type(NUMBER, "field_id_number")
    hands.click("save_resident")
    cell = view(hands).form.form.cells["id_number"]
    hands.wait(lambda: "王建国" in cell.complaint())


def test_what_was_half_written_is_there_after_the_program_was_closed(
    store, folder: Path, open_hands
):
    hands = open_hands(folder)
    hands.unlock()
    hands.go("residents")
    hands.click("new_residents")
    hands.type("郭忠珍", "field_name")
    hands.type("1组50号", "field_address")
    hands.window.close()

    again = open_hands(folder)
    again.unlock()
    again.go("residents")
    again.click("new_residents")
    again.wait(lambda: again.sees("draftBanner"))
    assert view(again).form.form.raw()["name"] == "郭忠珍"
    again.click("draftDrop")
    assert view(again).form.form.raw()["name"] == ""


def test_names_are_found_by_characters_pinyin_initials_and_the_tail_of_a_number(
    store, folder: Path, open_hands
):
    for name in ("单春梅", "王建国", "王秀英"):
        add(store, name, phone="13957803500" if name == "王秀英" else "")
    hands = open_hands(folder)
    hands.unlock()
    hands.go("residents")
    hands.wait(lambda: len(hands.listed("resident")) == 3)
    for typed, found in (
        ("建", "王建国"),
        ("shan", "单春梅"),
        ("wxy", "王秀英"),
        ("3500", "王秀英"),
    ):
        hands.see("filter_resident").clear()
        hands.type(typed, "filter_resident")
        hands.press(Qt.Key.Key_Return)
        hands.wait(lambda found=found: hands.listed("resident") == [found])
    assert "筛出 1 人" in hands.shell.page.head.facts()


def test_numbers_are_masked_until_they_are_asked_for_and_the_look_is_noted(
    store, folder: Path, open_hands
):
    record = add(store, "王建国", id_number=NUMBER)
    hands = open_hands(folder)
    hands.unlock()
    hands.go("residents")
    hands.wait(lambda: hands.listed("resident", 3) == ["510183**********90"])
    hands.shell.open_record("resident", record)
    detail = view(hands).detail
    hands.wait(lambda: detail.texts().get("身份证号码") == "510183**********90")
    hands.click("fullView")
    assert detail.texts()["身份证号码"] == NUMBER
    hands.wait()
    with store.read() as connection:
        looks = connection.execute(select(tables.view_log)).all()
    assert [(look.record, look.purpose) for look in looks] == [(record, "查看")]


def test_what_was_deleted_comes_back_by_the_note_or_by_ctrl_z(store, folder: Path, open_hands):
    record = add(store, "王建国")
    hands = open_hands(folder)
    hands.unlock()
    hands.go("residents")
    hands.shell.open_record("resident", record)
    hands.wait(lambda: hands.sees("deleteRecord"))
    hands.click("deleteRecord")
    hands.wait(lambda: "已删除" in hands.shell.toast.words())
    hands.wait(lambda: hands.status.counts["resident"] == 0)
    hands.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.listed("resident") == ["王建国"])
    assert hands.shell.toast.words() == "已恢复"


def test_chips_filter_and_are_remembered_the_next_day(store, folder: Path, open_hands):
    add(store, "王建国", sex="male")
    add(store, "李秀英", sex="female")
    hands = open_hands(folder)
    hands.unlock()
    hands.go("residents")
    hands.wait(lambda: len(hands.listed("resident")) == 2)
    hands.click("chip_sex")
    menu = hands.see("menu_sex")
    menu.actions()[1].trigger()
    menu.close()
    hands.wait(lambda: hands.listed("resident") == ["李秀英"])
    hands.window.close()

    again = open_hands(folder)
    again.unlock()
    again.go("residents")
    again.wait(lambda: again.listed("resident") == ["李秀英"])
    again.click("chip_sex")
    again.wait(lambda: len(again.listed("resident")) == 2)


def test_a_chip_of_a_household_leaves_no_name_outside_the_encrypted_file(
    store, folder: Path, open_hands
):
    household = Households(store).add({"head": "郭忠珍"})
    add(store, "王建国", household=household)
    add(store, "李秀英")
    hands = open_hands(folder)
    hands.unlock()
    hands.go("residents")
    view(hands).filters.hold("household", household, "郭忠珍")
    hands.wait(lambda: hands.listed("resident") == ["王建国"])
    hands.window.close()
    assert "郭忠珍" not in (folder / "window.ini").read_text(encoding="utf-8")

    again = open_hands(folder)
    again.unlock()
    again.go("residents")
    again.wait(lambda: again.listed("resident") == ["王建国"])
    again.wait(lambda: "郭忠珍" in again.see("chip_household").text())


def test_an_empty_list_says_what_it_is_for_and_offers_the_first_step(hands):
    hands.go("residents")
    hands.wait(lambda: hands.sees("first_resident"))
    assert view(hands).empty.heading() == "还没有居民"
    hands.click("first_resident")
    assert hands.focused().objectName() == "field_name"


def test_a_filter_that_finds_nothing_offers_the_way_back(store, folder: Path, open_hands):
    add(store, "王建国")
    hands = open_hands(folder)
    hands.unlock()
    hands.go("residents")
    hands.type("zzz", "filter_resident")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.sees("clearFilters"))
    hands.click("clearFilters")
    hands.wait(lambda: hands.listed("resident") == ["王建国"])
