"""Events on the screen: what waits, how it is found, and the sheet of one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt

from desktop.attachments.service import Attachments, Incoming
from desktop.events.service import Events
from desktop.events.sheet import sheet_of
from desktop.reports.paper import Facts, Grid, Pictures, Words
from desktop.storage.store import Store
from desktop.widgets.paper_layout import lay_out
from tests.desktop.window.events.at_hand import (
    CTRL,
    DITCH,
    LAMP,
    LATE,
    events_list,
    open_event,
    page,
    panel,
)
from tests.support.photos import photo
from tests.support.window import Hands


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
