"""One event in its panel: what may be done next, and how it went."""

from __future__ import annotations

from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.attachments.service import Attachments, Incoming
from desktop.events.service import Events
from desktop.storage.errors import Locked
from desktop.storage.store import Store
from sync.records.event_loop import legal
from tests.desktop.window.events.at_hand import (
    DITCH,
    LAMP,
    LATE,
    locked,
    open_event,
    take,
)
from tests.support.photos import photo
from tests.support.window import Hands


def test_only_what_is_legal_is_offered_and_the_most_likely_first(
    opened: Hands, events: Events, known: dict[str, str]
) -> None:
    for what, first in ((LAMP, "accept"), (DITCH, "dispose")):
        shown = open_event(opened, known[what])
        offered = shown.next.offered()
        assert offered[0] == first
        assert sorted(offered) == sorted(legal(events.standing(known[what]).state))
        opened.wait(partial(opened.sees, f"step_{first}"))
        assert opened.see(f"step_{first}").property("weight") == "primary"
    assert not opened.sees("step_accept"), "what was done already is not there"


def test_an_event_goes_all_the_way_by_the_keyboard(
    opened: Hands, events: Events, known: dict[str, str]
) -> None:
    shown = open_event(opened, known[LAMP])
    opened.see("table_event").setFocus()
    opened.press(Qt.Key.Key_Return)
    assert opened.focused().objectName() == "step_accept"
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: shown.is_writing())
    assert opened.focused().objectName() == "field_text"
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: shown.next.offered()[:1] == ["dispose"])
    take(opened, "dispose", text="换了灯泡")
    take(opened, "feed_back", text="打电话说了")
    take(opened, "evaluate", satisfaction="1", text="谢谢")
    take(opened, "close")
    opened.wait(lambda: events.standing(known[LAMP]).state == "closed")
    told = shown.steps.texts()
    assert told[0].startswith("办结 · 周桂芳")
    assert "满意 · 谢谢" in told[1]
    assert "换了灯泡" in told[3]
    assert told[-1].startswith("发现")
    assert LAMP not in opened.listed("event"), "it is not open any more"


def test_a_step_without_what_it_needs_says_so_and_is_not_written(
    opened: Hands, events: Events, known: dict[str, str]
) -> None:
    shown = open_event(opened, known[LAMP])
    opened.click("step_pass_on")
    opened.wait(lambda: shown.is_writing())
    assert opened.focused().objectName() == "field_to_whom"
    assert shown.step_form.cells["to_whom"].complaint() == "", "nothing is said before it is left"
    opened.press(Qt.Key.Key_Tab)
    assert "转给谁" in shown.step_form.cells["to_whom"].complaint()
    opened.press(Qt.Key.Key_Return)
    opened.wait()
    assert events.standing(known[LAMP]).state == "reported"
    opened.type("供电所", "field_to_whom")
    opened.press(Qt.Key.Key_Return)
    assert opened.focused().objectName() == "field_text", "Enter goes through what is asked"
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: events.standing(known[LAMP]).state == "passed_on")
    assert events.standing(known[LAMP]).held_by == "供电所"


def test_a_photo_goes_with_its_step(
    opened: Hands, store: Store, events: Events, known: dict[str, str]
) -> None:
    shown = open_event(opened, known[DITCH])
    opened.click("step_note")
    opened.wait(lambda: shown.is_writing())
    shown.step_form.tray.add([Incoming("沟.jpg", photo(5))])
    opened.wait(lambda: len(shown.step_form.tray.taken()) == 1)
    opened.type("挖了一半", "field_text")
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: not shown.is_writing() and opened.sees("timelinePhoto"))
    step = events.timeline(known[DITCH])[-1]
    assert [each.name for each in Attachments(store).of("event_step", step.id)] == ["沟.jpg"]


def test_steps_that_cannot_be_read_are_not_passed_over_in_silence(
    opened: Hands, known: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.events.panel.story_of", locked)
    opened.shell.open_record("event", known[LAMP])
    opened.wait(lambda: opened.shell.toast.words() == Locked.sentence)


def test_tab_goes_through_the_panel_and_the_form_of_a_step_as_one_reads(
    opened: Hands, known: dict[str, str]
) -> None:
    def tabbed(start: str, count: int) -> list[str]:
        opened.see(start).setFocus()
        names = []
        for _ in range(count):
            opened.press(Qt.Key.Key_Tab)
            names.append(opened.focused().objectName())
        return names

    shown = open_event(opened, known[LAMP])
    steps = [f"step_{action}" for action in shown.next.offered()]
    assert tabbed("printEvent", len(steps) + 1) == [*steps, "addPhotos"]
    opened.click("step_pass_on")
    opened.wait(lambda: shown.is_writing())
    asked = ["field_text", "field_person", "trayAdd", "leaveStep", "saveStep"]
    assert tabbed("field_to_whom", 5) == asked
    opened.press(Qt.Key.Key_Escape)
    opened.wait(lambda: not shown.is_writing())
    assert tabbed("new_events", 2) == ["view_open", "filter_event"]
    opened.see("view_overdue").setFocus()
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: opened.listed("event") == [LATE])


def test_a_duplicate_is_found_by_its_grid_and_joined(
    opened: Hands, events: Events, known: dict[str, str]
) -> None:
    shown = open_event(opened, known[DITCH])
    opened.click("step_join")
    opened.wait(lambda: shown.is_writing())
    box = opened.see("field_joined_to")
    opened.press(Qt.Key.Key_Down)
    opened.wait(lambda: QApplication.activePopupWidget() is not None)
    popup = QApplication.activePopupWidget()
    assert popup is not None
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    opened.wait(lambda: box.raw() == known[LAMP])
    opened.see("field_text").setFocus()
    opened.press(Qt.Key.Key_Return)
    opened.wait(lambda: events.standing(known[DITCH]).state == "joined")
    opened.wait(lambda: any(f"并入：{LAMP}" in told for told in shown.steps.texts()))


def test_what_came_too_late_stands_greyed_with_why(
    opened: Hands, store: Store, events: Events, known: dict[str, str]
) -> None:
    late = events.step(known[LAMP], "accept")
    with store.change() as connection:
        # Somebody else's step was taken in by the county before this one.
        connection.exec_driver_sql(
            "UPDATE event_step SET revision = 5 WHERE action = 'report' AND event = ?",
            (known[LAMP],),
        )
        connection.exec_driver_sql(
            "INSERT INTO event_step (area, id, revision, deleted, made_by, made_at, event, action,"
            " person, at) SELECT area, 'other', 7, 0, '李主任', made_at, event, 'pass_up_town',"
            " '李主任', at FROM event_step WHERE id = ?",
            (late,),
        )
    shown = open_event(opened, known[LAMP])
    opened.wait(lambda: "（未生效）" in shown.steps.texts()[0])
    assert "事件已经是“镇街在办”" in shown.steps.texts()[0]
    assert shown.steps.texts()[1].startswith("上报镇街 · 李主任")


def test_a_refused_step_says_why_where_it_is_looked_for(
    opened: Hands, store: Store, events: Events, known: dict[str, str]
) -> None:
    step = events.step(known[LAMP], "accept")
    with store.change() as connection:
        connection.exec_driver_sql(
            "UPDATE outbox SET state = 'refused', reason = '这件事已经办结' WHERE record = ?",
            (step,),
        )
        connection.exec_driver_sql(
            "UPDATE standing SET state = 'refused' WHERE record = ?", (step,)
        )
    shown = open_event(opened, known[LAMP])
    opened.wait(lambda: any("这件事已经办结" in told for told in shown.steps.texts()))
    opened.click("toRefused")
    opened.wait(lambda: opened.shell.page.name == "syncing")


def test_the_phone_of_a_resident_is_shown_masked_and_whole_only_when_asked_for(
    opened: Hands, store: Store, known: dict[str, str]
) -> None:
    shown = open_event(opened, known[LAMP])
    opened.wait(lambda: shown.texts().get("电话") == "138******34")
    opened.click("fullView")
    opened.wait(lambda: shown.texts()["电话"] == "13800001234")
    with store.read() as connection:
        noted = connection.exec_driver_sql("SELECT kind FROM view_log").scalars().all()
    assert "resident" in noted
