"""Events on the screen: what waits, what may be done next, how it went, and the sheet of one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.attachments.service import Attachments, Incoming
from desktop.events.list_view import EventsList
from desktop.events.page import EventsPage
from desktop.events.panel import EventPanel
from desktop.events.service import Events
from desktop.events.sheet import sheet_of
from desktop.grids.service import Grids
from desktop.reports.paper import Facts, Grid, Pictures, Words
from desktop.residents.service import Residents
from desktop.storage.errors import Locked
from desktop.storage.store import Store
from desktop.widgets.paper_layout import lay_out
from sync.records.event_loop import legal
from tests.desktop.window.conftest import PATIENCE
from tests.support.photos import photo
from tests.support.window import Hands, dress

CTRL = Qt.KeyboardModifier.ControlModifier
LAMP, DITCH, LATE = "村口路灯不亮", "水沟堵了", "老房子要塌"
LONG_AGO = "2026-01-05T02:00:00+00:00"


@pytest.fixture
def events(store: Store) -> Events:
    return Events(store)


@pytest.fixture
def known(store: Store, events: Events) -> dict[str, str]:
    """Three events by what they are about: reported, at work, and long overdue."""
    grid = Grids(store).add({"name": "黄葛树微网格"})
    wang = Residents(store).add({"name": "王桂花", "phone": "13800001234"})
    usual = {"grid": grid, "reporter": wang}
    urgent = {"level": "event_level.urgent", "event_kind": "event_kind.hazard"}
    made = {
        LAMP: events.report({"what": LAMP, "event_kind": "event_kind.facility", **usual}),
        DITCH: events.report({"what": DITCH, "event_kind": "event_kind.sanitation", "grid": grid}),
        LATE: events.report({"what": LATE, **urgent}),
    }
    events.step(made[DITCH], "accept")
    with store.change() as connection:
        connection.exec_driver_sql(
            "UPDATE event_standing SET due_at = ? WHERE record = ?", (LONG_AGO, made[LATE])
        )
    return made


@pytest.fixture
def opened(
    store: Store, folder: Path, known: dict[str, str], open_hands: Callable[..., Hands]
) -> Hands:
    hands = open_hands(folder)
    hands.unlock()
    hands.go("events")
    hands.wait(lambda: hands.sees("table_event") and len(hands.listed("event")) == 3)
    return hands


def page(hands: Hands) -> EventsPage:
    found = hands.shell.pages["events"]
    assert isinstance(found, EventsPage)
    return found


def events_list(hands: Hands) -> EventsList:
    return page(hands).list


def panel(hands: Hands) -> EventPanel:
    return events_list(hands).panel


def open_event(hands: Hands, event: str) -> EventPanel:
    hands.shell.open_record("event", event)
    hands.wait(lambda: (s := panel(hands).story) is not None and s.event == event)
    # Qt shows buttons that were put into a layout in the next turn of its loop.
    shown = panel(hands)
    hands.wait(lambda: shown.is_writing() or all(map(hands.sees, _buttons(shown))))
    return shown


def _buttons(shown: EventPanel) -> list[str]:
    return [f"step_{action}" for action in shown.next.offered()]


def take(hands: Hands, action: str, **typed: str) -> None:
    """Press the button of a step, type into its fields, and save it by Enter."""
    hands.wait(lambda: hands.sees(f"step_{action}"))
    before = len(panel(hands).steps.texts())
    hands.click(f"step_{action}")
    hands.wait(lambda: panel(hands).is_writing())
    for name, text in typed.items():
        if name == "satisfaction":
            hands.see("field_satisfaction").setFocus()
            hands.press(Qt.Key(ord(text)))
        else:
            hands.type(text, f"field_{name}")
    hands.see("field_text").setFocus()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: len(panel(hands).steps.texts()) == before + 1)


def test_the_most_pressing_stands_first_and_says_so_with_icon_and_word(opened: Hands) -> None:
    assert opened.listed("event")[0] == LATE
    assert sorted(opened.listed("event", 1)) == ["办理中", "待受理", "待受理"]
    column = opened.listed("event", 2)
    assert column[0].startswith("已超")
    assert all(words.startswith("还剩") for words in column[1:])


def test_where_nothing_is_yet_enter_notes_the_first_event(hands: Hands) -> None:
    hands.go("events")
    hands.wait(lambda: hands.sees("first_event"))
    assert hands.see("emptyHeading").text() == "还没有记过事"
    hands.see("first_event").setFocus()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.sees("fastEntry"))


def test_views_narrow_the_list_tell_how_many_and_are_remembered(
    opened: Hands, folder: Path, open_hands: Callable[..., Hands]
) -> None:
    assert opened.see("view_open").text() == "没办完的 3"
    assert opened.see("view_overdue").text() == "已超时 1"
    opened.click("view_overdue")
    opened.wait(lambda: opened.listed("event") == [LATE])
    assert page(opened).head.facts() == "已超时 1 件"
    opened.click("view_ended")
    opened.wait(lambda: opened.sees("emptyHeading"))
    assert opened.see("emptyHeading").text() == "还没有办完的事"
    opened.click("view_overdue")
    opened.wait(lambda: opened.sees("table_event"))
    again = open_hands(folder)
    again.unlock()
    again.go("events")
    again.wait(lambda: again.sees("table_event") and again.listed("event") == [LATE])


def test_chips_narrow_by_grid_and_kind(opened: Hands, known: dict[str, str]) -> None:
    grid = str(Events(opened.window.store).get(known[LAMP]).values["grid"])  # type: ignore[arg-type]
    events_list(opened).filters.hold("grid", grid, "黄葛树微网格")
    opened.wait(lambda: sorted(opened.listed("event")) == sorted([LAMP, DITCH]))
    events_list(opened).filters.hold("event_kind", "event_kind.facility", "公共设施")
    opened.wait(lambda: opened.listed("event") == [LAMP])


def test_what_is_not_in_a_view_is_looked_for_among_all_with_one_key(opened: Hands) -> None:
    opened.click("view_ended")
    opened.press(Qt.Key.Key_F, CTRL)
    opened.type("路灯")
    opened.wait(lambda: opened.sees("searchAllEvents"))
    opened.click("searchAllEvents")
    opened.wait(lambda: opened.sees("table_event") and opened.listed("event") == [LAMP])


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
    dressed: QApplication,
    opened: Hands,
    known: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    try:
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
    finally:
        dress(dressed)


def test_steps_that_cannot_be_read_are_not_passed_over_in_silence(
    opened: Hands, known: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.events.panel.story_of", locked)
    opened.shell.open_record("event", known[LAMP])
    opened.wait(lambda: opened.shell.toast.words() == Locked.sentence)


def locked(*_args: object) -> None:
    raise Locked


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


def test_the_sheet_has_facts_steps_small_photos_and_places_to_sign(
    store: Store, events: Events, known: dict[str, str]
) -> None:
    attachments = Attachments(store)
    attachments.attach("event", known[LAMP], Incoming("灯.jpg", photo(1)))
    events.step(known[LAMP], "accept")
    events.step(known[LAMP], "dispose", {"text": "换了灯泡"})
    paper = sheet_of(events, attachments, known[LAMP])
    (pairs,) = [part.pairs for part in paper.parts if isinstance(part, Facts)]
    facts = dict(pairs)
    assert facts["什么事"] == LAMP
    assert facts["所在网格"] == "黄葛树微网格"
    assert facts["分类"] == "公共设施　一般"
    assert facts["反映人"].startswith("王桂花")
    assert "1234" not in "".join(facts.values()), "phones are not printed whole"
    (grid,) = [part for part in paper.parts if isinstance(part, Grid)]
    assert [row[1] for row in grid.rows] == ["上报", "受理", "处置"]
    (pictures,) = [part for part in paper.parts if isinstance(part, Pictures)]
    assert len(pictures.pictures) == 1
    assert "反映人签字" in paper.signatures


def test_an_event_with_long_words_all_its_steps_and_many_photos_is_one_page(
    dressed: object, store: Store, events: Events
) -> None:
    attachments = Attachments(store)
    taken = [attachments.take(Incoming(f"{n}.jpg", photo(n, noisy=False))) for n in range(6)]
    long = "老公路靠山那一侧有碎石头不断往下滚，最大的有脸盆那么大，大家担心放学的娃娃。" * 4
    words = {"text": "请了挖机来清，立了警示牌，安排人守着，下周做挡墙。" * 2}
    raw = {"what": long, "event_kind": "event_kind.hazard"}
    event = events.report(raw, [("accept", {}), ("note", words), ("dispose", words)], taken)
    events.step(event, "feed_back", words)
    events.step(event, "evaluate", {"satisfaction": "satisfied"})
    events.step(event, "close")
    paper = sheet_of(events, attachments, event)
    assert len(lay_out(paper)) == 1
    told = "".join(part.text for part in paper.parts if isinstance(part, Words))
    assert "共 6 张，这里印 4 张" in told


def test_the_preview_is_opened_and_left_by_the_keyboard(
    opened: Hands, known: dict[str, str]
) -> None:
    open_event(opened, known[LAMP])
    opened.press(Qt.Key.Key_P, CTRL)
    opened.wait(lambda: opened.sees("paperPrint"))
    assert "事件处置单" in page(opened).paper.sheets[0].words()
    assert LAMP in page(opened).paper.sheets[0].words()
    assert len(page(opened).paper.sheets) == 1
    opened.press(Qt.Key.Key_Escape)
    opened.wait(lambda: opened.sees("table_event"))


def test_another_page_leads_to_a_view_to_an_event_and_to_the_entry(
    opened: Hands, known: dict[str, str]
) -> None:
    opened.go("home")
    opened.page.view_wanted.emit("events", "event", "overdue")
    opened.wait(lambda: opened.sees("table_event") and opened.listed("event") == [LATE])
    opened.go("home")
    opened.page.wanted.emit("events", "event", known[DITCH])
    opened.wait(lambda: (s := panel(opened).story) is not None and s.event == known[DITCH])
    opened.go("home")
    opened.page.begin_wanted.emit("event")
    opened.wait(lambda: opened.sees("fastEntry"))
    assert opened.focused().objectName() == "field_what"


def test_an_event_is_not_deleted_but_withdrawn(opened: Hands, known: dict[str, str]) -> None:
    open_event(opened, known[LAMP])
    opened.wait(lambda: not opened.sees("deleteRecord"))
    opened.see("table_event").setFocus()
    opened.press(Qt.Key.Key_Delete)
    opened.wait()
    assert "用“撤销”" in opened.shell.toast.words()
