"""The first page: what waits, in the order in which one reads, and every line leads somewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel
from sqlalchemy import insert

from desktop.events.service import Events
from desktop.home.desk import SILENT, News
from desktop.home.lines import news_line
from desktop.storage import tables
from desktop.storage.store import Store
from sync.records import KINDS
from tests.support.window import Hands

TAB = Qt.Key.Key_Tab


def report(store: Store, what: str = "路灯不亮") -> str:
    return Events(store).report({"what": what, "event_kind": "facility"})


def tabbed(hands: Hands, start: str, count: int) -> list[str]:
    """Where Tab leads from a widget."""
    hands.see(start).setFocus()
    names = []
    for _ in range(count):
        hands.press(TAB)
        names.append(hands.focused().objectName())
    return names


def test_tab_goes_as_one_reads_also_after_the_lines_were_made_anew(
    hands: Hands, store: Store
) -> None:
    expected = ["todo_grids", "todo_residents", "todo_enrol", "card"]
    hands.wait(lambda: hands.sees("todo_enrol"))
    assert tabbed(hands, "homeNewEvent", 4) == expected
    report(store)
    hands.shell.update_status()
    hands.wait(lambda: hands.sees("todo_open"))
    assert tabbed(hands, "homeNewEvent", 3) == ["todo_open", "todo_enrol", "card"]


def test_who_stands_on_a_line_or_a_figure_stays_there_when_the_page_is_read_anew(
    hands: Hands, store: Store
) -> None:
    report(store)
    hands.shell.update_status()
    hands.wait(lambda: hands.sees("todo_open"))
    hands.see("todo_open").setFocus()
    one_more(hands, store)
    assert hands.focused() is hands.see("todo_open")
    figure = hands.page.cards.of_kind["household"]
    figure.setFocus()
    one_more(hands, store)
    assert hands.focused() is figure


def one_more(hands: Hands, store: Store) -> None:
    report(store)
    hands.shell.update_status()
    told = f"{Events(store).due().open} 件在办，还没到期"
    hands.wait(lambda: any(label.text() == told for label in hands.page.findChildren(QLabel)))
    hands.wait(lambda: hands.sees("todo_open"))


def test_no_figure_is_so_long_that_the_page_goes_sideways(
    store: Store, folder: Path, open_hands: Callable[..., Hands]
) -> None:
    hands = open_hands(folder)
    hands.unlock()
    hands.window.set_scale(150)
    hands.wait(lambda: hands.sees("todo_enrol"))
    for width, count, across in (
        (1366, 1_234_567, 2),
        (1366, 0, 4),
        (1920, 1_234_567, 4),
        (1366, 1_234_567, 2),
    ):
        hands.window.resize(width, 768)
        hands.page.cards.show_figures(dict.fromkeys(hands.page.cards.of_kind, count))
        hands.wait(partial(stand_whole, hands, across))
        for _turn in range(20):
            QApplication.processEvents()
            assert stand_whole(hands, across), "the page does not come to rest"


def stand_whole(hands: Hands, across: int) -> bool:
    """Whether so many figures stand in one line, each whole, all within the window."""
    heights = [card.y() for card in hands.page.cards.of_kind.values()]
    figures = hands.page.findChildren(QLabel, "figure")
    return (
        heights.count(heights[0]) == across
        and all(figure.width() >= figure.sizeHint().width() for figure in figures)
        and hands.page._area.horizontalScrollBar().maximum() == 0
    )


def test_news_of_any_kind_lead_to_a_list_or_offer_no_way(hands: Hands) -> None:
    led_to = {known for page in hands.shell.parts.pages for known in page.kinds()}
    for kind in ("unknown to this version", *sorted(set(KINDS) - set(SILENT))):
        line = news_line(News(1, "2026-11-24T09:00:00+08:00", ((kind, 3),)))
        assert bool(line.act) == (line.goal.kind in led_to), kind


def test_news_are_looked_at_and_put_away_by_the_keyboard(hands: Hands, store: Store) -> None:
    told = {"at": "2026-11-24T09:00:00+08:00", "by_kind": {"event_step": {"received": 2}}}
    with store.change() as connection:
        for number, receipt in enumerate(({"at": told["at"]}, told), 1):
            row = {"number": number, "at": told["at"], "county_time": ""}
            text = json.dumps(receipt)
            connection.execute(insert(tables.receipt).values(**row, receipt_json=text))
    hands.page.refresh()
    hands.wait(lambda: hands.sees("todo_news"))
    hands.see("newsSeen").setFocus()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: not hands.sees("todo_news"))
