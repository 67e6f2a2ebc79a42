"""A step that is half written, or could not be saved: nothing of it is lost."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.attachments.service import Incoming
from desktop.events.panel import EventPanel
from desktop.events.service import Events
from desktop.storage.errors import Locked
from desktop.storage.store import Store
from tests.desktop.window.conftest import PATIENCE
from tests.desktop.window.events.at_hand import (
    DITCH,
    LAMP,
    locked,
    open_event,
    take,
)
from tests.support.photos import photo
from tests.support.window import Hands


def test_a_half_written_step_is_there_after_a_power_cut(
    opened: Hands, events: Events, known: dict[str, str]
) -> None:
    shown = open_event(opened, known[DITCH])
    opened.click("step_dispose")
    opened.wait(lambda: shown.is_writing())
    opened.type("请了挖机", "field_text")
    opened.press(Qt.Key.Key_Escape)
    opened.wait(lambda: "dispose" in events.steps.half_written(known[DITCH]))
    opened.wait(lambda: opened.sees("halfStep"))
    assert "处置" in opened.see("halfStep").text()
    open_event(opened, known[LAMP])
    open_event(opened, known[DITCH])
    opened.wait(lambda: opened.sees("halfStep"))
    opened.click("halfStep")
    opened.wait(lambda: shown.is_writing())
    assert shown.step_form.raw()["text"] == "请了挖机"
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: events.standing(known[DITCH]).state == "disposed")
    opened.wait(lambda: events.steps.half_written(known[DITCH]) == {})


def test_another_step_leaves_the_half_written_one_as_it_was(
    opened: Hands, events: Events, known: dict[str, str]
) -> None:
    shown = open_event(opened, known[DITCH])
    opened.click("step_dispose")
    opened.type("请了挖机", "field_text")
    opened.press(Qt.Key.Key_Escape)
    opened.wait(lambda: opened.sees("halfStep"))
    take(opened, "note", text="挖机明天到")
    opened.wait(lambda: opened.sees("halfStep"))
    opened.see("halfStep").setFocus()
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: shown.is_writing())
    assert shown.step_form.raw()["text"] == "请了挖机"


def test_what_was_written_of_a_step_that_somebody_else_took_becomes_a_note(
    opened: Hands, events: Events, known: dict[str, str]
) -> None:
    shown = open_event(opened, known[DITCH])
    opened.click("step_dispose")
    opened.type("请了挖机", "field_text")
    events.step(known[DITCH], "dispose", {"text": "村民自己挖开了"})
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: opened.sees("halfStep") and "改成记进展" in opened.see("halfStep").text())
    assert "有人先往下办了" in opened.shell.toast.words()
    opened.click("halfStep")
    opened.wait(lambda: shown.is_writing())
    assert (shown.step_form.action, shown.step_form.raw()["text"]) == ("note", "请了挖机")
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: events.timeline(known[DITCH])[-1].text == "请了挖机")
    opened.wait(lambda: events.steps.half_written(known[DITCH]) == {})


def test_a_step_that_could_not_be_saved_is_half_written_still(
    opened: Hands, events: Events, known: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = open_event(opened, known[DITCH])
    opened.click("step_dispose")
    opened.type("请了挖机", "field_text")
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", locked)
        opened.press(Qt.Key.Key_Return)
        opened.wait(lambda: shown.step_form._fault.text() == Locked.sentence)
    opened.press(Qt.Key.Key_Escape)
    opened.wait(lambda: "dispose" in events.steps.half_written(known[DITCH]))


def test_at_150_the_fault_and_the_button_to_try_again_are_in_sight(
    opened: Hands,
    known: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened.window.set_scale(150)
    opened.wait(lambda: opened.sees("table_event"))
    shown = open_event(opened, known[DITCH])
    opened.click("step_dispose")
    opened.type("请了挖机", "field_text")
    monkeypatch.setattr(Store, "write", locked)
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: shown.step_form._fault.text() == Locked.sentence)
    save = shown.step_form.save_button
    opened.wait(lambda: save.visibleRegion().boundingRect().height() == save.height())


def test_a_photo_that_comes_late_belongs_to_the_event_it_was_added_to(
    opened: Hands, events: Events, known: dict[str, str], qtbot: QtBot
) -> None:
    shown = open_event(opened, known[DITCH])
    opened.click("step_note")
    opened.wait(lambda: shown.is_writing())
    begun = threading.Event()
    opened.window.lanes.files.run(begun.wait)
    try:
        shown.step_form.tray.add([Incoming("沟.jpg", photo(5))])
        opened.shell.open_record("event", known[LAMP])
        qtbot.waitUntil(lambda: _is_shown(shown, known[LAMP]), timeout=PATIENCE)
    finally:
        begun.set()
    opened.wait(lambda: "note" in events.steps.half_written(known[DITCH]))
    assert events.steps.half_written(known[LAMP]) == {}
    shown.begin("note")
    opened.wait(lambda: shown.is_writing())
    assert shown.step_form.tray.taken() == []


def _is_shown(shown: EventPanel, event: str) -> bool:
    return shown.story is not None and shown.story.event == event
