"""The first screen tells a person plainly what it wants and why it did not open."""

from pathlib import Path

from PySide6.QtCore import Qt

from desktop.storage.store import DATABASE, Store
from tests.support.window import PASSWORD


def test_a_wrong_password_is_said_so_and_the_right_one_opens(store, folder: Path, open_hands):
    hands = open_hands(folder)
    hands.type("wrong-one", "password")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: bool(hands.window.unlock.words()))
    assert "密码不对" in hands.window.unlock.words()
    assert hands.window.shell is None

    hands.unlock()
    assert hands.shell.page.name == "home"


def test_a_new_pc_asks_for_a_name_and_a_password_twice(folder: Path, open_hands):
    folder.mkdir()
    hands = open_hands(folder)
    hands.click("openStore")
    assert hands.window.unlock.words() == "请输入密码。"
    hands.type("周桂芳", "operator")
    hands.type(PASSWORD, "password")
    hands.type("something-else", "passwordAgain")
    hands.press(Qt.Key.Key_Return)
    assert "不一样" in hands.window.unlock.words()

    hands.see("passwordAgain").clear()
    hands.type(PASSWORD, "passwordAgain")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.window.shell is not None and hands.shell.status is not None)
    hands.wait(lambda: hands.sees("todo_grids"))
    hands.window.close()
    again = Store.open(folder, PASSWORD)
    assert again.setting("operator") == "周桂芳"
    again.close()


def test_a_short_password_is_refused_before_anything_is_made(folder: Path, open_hands):
    folder.mkdir()
    hands = open_hands(folder)
    hands.type("周桂芳", "operator")
    hands.type("123", "password")
    hands.type("123", "passwordAgain")
    hands.press(Qt.Key.Key_Return)
    assert "太短" in hands.window.unlock.words()
    assert not (folder / DATABASE).exists()


def test_a_damaged_file_is_told_apart_from_a_wrong_password(store, folder: Path, open_hands):
    store.close()
    (folder / DATABASE).write_bytes(b"\0" * 8192)
    for log in folder.glob(f"{DATABASE}-*"):
        log.unlink()
    hands = open_hands(folder)
    hands.type(PASSWORD, "password")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: bool(hands.window.unlock.words()))
    assert "损坏" in hands.window.unlock.words()
