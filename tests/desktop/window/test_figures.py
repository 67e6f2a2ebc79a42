"""The figures in the window: charts that say what they show, saved as pictures and printed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from desktop.figures.service import Period, Read
from desktop.reports.paper import Bar
from desktop.storage.store import Store
from desktop.widgets.chart import Chart
from sync.client.stopping import Stopped
from tests.desktop.window.conftest import PATIENCE
from tests.support.whole_county.plan import plans
from tests.support.whole_county.village import fill


@pytest.fixture
def full(store: Store) -> Store:
    fill(store, plans(1)[0])
    return store


def test_charts_say_in_words_what_they_draw(full: Store, folder: Path, open_hands) -> None:
    hands = open_hands(folder)
    hands.unlock("mimamima")
    hands.go("figures")
    hands.click("figures_year")
    charts = hands.page.charts
    assert list(charts) == ["kind", "level", "reported", "closed", "hours", "in_time"]
    assert all(chart.isVisible() and chart.bars for chart in charts.values())
    assert "一般" in charts["level"].accessibleName()
    assert charts["reported"].title == "每月上报（件）"
    hands.click("figures_weeks4")
    assert charts["reported"].title == "每周上报（件）"


def test_the_period_is_remembered(full: Store, folder: Path, open_hands) -> None:
    hands = open_hands(folder)
    hands.unlock("mimamima")
    hands.go("figures")
    hands.click("figures_weeks12")
    hands.window.set_scale(100)
    hands.wait(lambda: hands.sees("nav_figures"))
    hands.go("figures")
    assert hands.see("figures_weeks12").isChecked()


def test_a_chart_is_saved_as_a_picture_with_its_title(
    full: Store, folder: Path, tmp_path: Path, open_hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = open_hands(folder)
    hands.unlock("mimamima")
    hands.go("figures")
    hands.click("figures_year")
    chosen = tmp_path / "chart"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(chosen), ""))
    # From the keyboard, and whoever is there stays there.
    hands.see("saveChart_kind").setFocus()
    hands.press(Qt.Key.Key_Return)
    assert hands.focused() is hands.see("saveChart_kind")
    saved = QImage(str(chosen.with_suffix(".png")))
    assert saved.width() == 2 * hands.page.charts["kind"].width()
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "no" / "folder.png"), "")
    )
    hands.click("saveChart_kind")
    assert "没有存成" in " ".join(label.text() for label in hands.window.findChildren(QLabel))


def test_figures_are_looked_at_as_paper_before_they_are_printed(
    full: Store, folder: Path, open_hands
) -> None:
    hands = open_hands(folder)
    hands.unlock("mimamima")
    hands.go("figures")
    hands.click("figures_year")
    hands.click("figuresPrint")
    words = "\n".join(sheet.words() for sheet in hands.page.paper.sheets)
    assert "事件办理情况" in words
    assert "上报的事件，按分级（件）" in words
    assert any(sheet.blocks for sheet in hands.page.paper.sheets)
    hands.press(Qt.Key.Key_Escape)
    assert hands.focused() is hands.see("figures_year")


def test_a_village_without_events_is_told_what_to_do(
    store: Store, folder: Path, open_hands
) -> None:
    hands = open_hands(folder)
    hands.unlock("mimamima")
    hands.go("figures")
    hands.wait()
    assert "先在“事件”里记事" in hands.page.charts["kind"].accessibleName()
    hands.see("figures_town").setFocus()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: hands.page._trouble.isVisible())
    assert "登记" in hands.page._trouble.text()
    assert "点“本村”就能看" in hands.page._trouble.text()
    hands.press(Qt.Key.Key_P, Qt.KeyboardModifier.ControlModifier)
    assert hands.shell.toast.words() == "还没有数可以打印"


def test_who_looks_elsewhere_does_not_wait_for_the_town_nor_hear_of_it(
    full: Store, folder: Path, open_hands, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands = open_hands(folder)
    hands.unlock("mimamima")
    hands.go("figures")
    hands.click("figures_weeks4")
    asked: list[str] = []

    def of_town(period: Period, cancelled: Callable[[], bool]) -> Read:
        asked.append(period.name)
        while not cancelled():
            threading.Event().wait(0.01)
        raise Stopped

    monkeypatch.setattr(hands.page._figures, "of_town", of_town)
    hands.page.choose("scope", "town")
    qtbot.waitUntil(lambda: asked == ["weeks4"], timeout=PATIENCE)
    hands.page.choose("period", "year")
    qtbot.waitUntil(lambda: asked == ["weeks4", "year"], timeout=PATIENCE)
    assert not hands.page._trouble.isVisible(), "nobody wants to know of the first any more"
    hands.page.choose("scope", "village")
    hands.wait()
    assert not hands.page.progress.isVisible()
    assert not hands.page._trouble.isVisible()
    assert hands.page.charts["reported"].title == "每月上报（件）"
    figures = hands.page
    figures.choose("scope", "town")
    qtbot.waitUntil(lambda: len(asked) == 3, timeout=PATIENCE)
    hands.go("home")
    hands.wait()
    assert not figures._trouble.isVisibleTo(figures), "nor does a sync wait behind it"
    hands.shell.show_page("figures")
    qtbot.waitUntil(lambda: figures.progress.isVisible(), timeout=PATIENCE)
    hands.click("progressCancel")
    hands.wait(lambda: figures._trouble.isVisible())
    assert figures._trouble.text().startswith("已停下，没有再等县里。")


def test_a_bar_of_no_length_says_its_words_too(dressed: object) -> None:
    chart = Chart("hours", "办结用了多久", "没有")
    chart.resize(500, 200)
    chart.show_bars([Bar("一般", 0.0, "不到 1 小时")])
    assert chart.accessibleName() == "办结用了多久：一般 不到 1 小时"
    assert chart._plot.isVisibleTo(chart)
    assert not chart._nothing.isVisibleTo(chart)
    chart.show_bars([])
    assert chart.accessibleName() == "办结用了多久：没有"
    assert chart._nothing.isVisibleTo(chart)
