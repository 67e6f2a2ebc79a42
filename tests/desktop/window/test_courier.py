"""A cadre without a line syncs by a stick, with the keyboard alone, against a real county."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from desktop.residents.service import Residents
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from tests.support.server import County, county_process, running_county
from tests.support.store import VILLAGE, new_store
from tests.support.window import Hands

pytestmark = pytest.mark.promise(12)


def choose(monkeypatch: pytest.MonkeyPatch, stick: Path) -> None:
    """What the system's own dialog answers when a person chooses the stick."""
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args, **_kwargs: str(stick))


def enter(hands: Hands, name: str) -> None:
    """Come to a button by Tab alone and press Enter."""
    for _ in range(80):
        if hands.focused().objectName() == name:
            hands.press(Qt.Key.Key_Return)
            hands.wait()
            return
        hands.press(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab never comes to {name}")


def stands_on(hands: Hands) -> str:
    return hands.focused().objectName()


def test_the_three_steps_are_done_by_the_keyboard_alone(
    store: Store,
    folder: Path,
    tmp_path: Path,
    open_hands: Callable[..., Hands],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    choose(monkeypatch, stick)
    with running_county(tmp_path / "county") as county:
        Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
        Residents(store).add({"name": "张三", "phone": "13800000000"})
        hands = open_hands(folder)
        hands.unlock()
        hands.go("syncing")
        enter(hands, "courierOpen")
        hands.wait(lambda: stands_on(hands) == "courierSave")
        hands.press(Qt.Key.Key_Return)
        hands.wait(lambda: stands_on(hands) == "courierCarry")
        (out,) = stick.iterdir()
        assert out.stem in hands.see("courierSaveTold").text()
        assert "还没有回执" in hands.shell.page.courier.head.facts()  # type: ignore[attr-defined]
        assert hands.status.waiting == 1
        hands.press(Qt.Key.Key_Return)
        hands.wait(lambda: stands_on(hands) == "courierRead")
        assert "带回村里" in hands.see("courierCarryTold").text()
        hands.press(Qt.Key.Key_Return)
        hands.wait(lambda: hands.status.waiting == 0)
    assert "回执读好了" in hands.see("courierReadTold").text()
    receipt = Syncing(store).last_receipt()
    assert receipt is not None
    assert (receipt.sent, receipt.by, receipt.finished) == (1, "courier", True)
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("courierOpen") and stands_on(hands) == "courierOpen")


def test_a_pc_of_another_village_carries_a_file_that_lies_on_the_stick(
    store: Store,
    folder: Path,
    tmp_path: Path,
    open_hands: Callable[..., Hands],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from desktop.syncing.courier import Courier

    stick = tmp_path / "stick"
    stick.mkdir()
    choose(monkeypatch, stick)
    village = new_store(tmp_path / "far")
    with running_county(tmp_path / "county") as county:
        Syncing(village).enrol(county.url, county.enrol_code(VILLAGE))
        Residents(village).add({"name": "李四"})
        exported = Courier(village).export(stick)
        # The carrier's PC was never enrolled: the page asks for the address.
        hands = open_hands(folder)
        hands.unlock()
        hands.go("syncing")
        hands.click("courierOpen")
        enter(hands, "courierFolder")
        hands.wait(lambda: stands_on(hands) == "courierCarry")
        assert not hands.see("courierSave").isEnabled()
        hands.type(county.url, "courierServer")
        hands.press(Qt.Key.Key_Return)
        hands.wait(lambda: hands.sees("courierCarryTold"))
    taken = Courier(village).take_in(exported.path.with_suffix(".shige-back"))
    assert taken.receipt.sent == 1
    village.close()


def test_without_a_line_the_second_step_says_what_to_do_and_nothing_is_lost(
    store: Store,
    folder: Path,
    tmp_path: Path,
    open_hands: Callable[..., Hands],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stick = tmp_path / "stick"
    stick.mkdir()
    choose(monkeypatch, stick)
    county = County(tmp_path / "county")
    with county_process(county):
        Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
    Residents(store).add({"name": "张三"})
    hands = open_hands(folder)
    hands.unlock()
    hands.go("syncing")
    hands.click("courierOpen")
    hands.click("courierSave")
    hands.wait(lambda: stands_on(hands) == "courierCarry")
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: bool(hands.shell.page.courier.fault()))  # type: ignore[attr-defined]
    fault = hands.shell.page.courier.fault()  # type: ignore[attr-defined]
    assert "连不上" in fault
    assert "还在U盘上" in fault
    assert [file.suffix for file in stick.iterdir()] == [".shige-out"]
    assert hands.status.waiting == 1
