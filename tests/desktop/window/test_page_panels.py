"""A page of registers takes in panels of another sort, each under a tab of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton

from desktop.background import Lanes
from desktop.grids.page import GridsPage
from desktop.grids.service import Grids
from desktop.shell.remembered import Remembered
from desktop.storage.store import Store
from desktop.widgets.page_panel import PagePanel
from tests.desktop.window.conftest import PATIENCE


class _Map(PagePanel):
    new_word = ""
    read = 0

    def refresh(self) -> None:
        self.read += 1
        self.facts.emit("3 个网格有边界")


@pytest.fixture
def page(store: Store, folder: Path, dressed: object, qtbot: object):
    lanes = Lanes(None)
    made = GridsPage(Grids(store), lanes, Remembered(folder))
    qtbot.addWidget(made)  # type: ignore[attr-defined]
    yield made
    qtbot.waitUntil(lanes.idle, timeout=PATIENCE)  # type: ignore[attr-defined]
    lanes.close()


def press(page: GridsPage, tab: str) -> None:
    button = page.findChild(QPushButton, f"tab_{tab}")
    assert button is not None
    button.click()


def test_a_panel_stands_under_its_tab_and_is_read_when_it_comes_in_sight(page: GridsPage) -> None:
    drawn = _Map()
    page.add_panel("map", "地图", drawn)
    page.show()
    page.show_kind("grid")
    assert page.panel() is None
    assert page.new_button.isVisible()
    press(page, "map")
    assert (page.panel(), drawn.read) == (drawn, 1)
    assert page.head.facts() == "3 个网格有边界"
    assert not page.new_button.isVisible(), "a map makes no new records"
    press(page, "grid")
    assert page.current().view.kind == "grid"
    assert page.head.facts() != "3 个网格有边界"


def test_what_a_panel_says_and_wants_goes_through_the_page(page: GridsPage) -> None:
    drawn, heard = _Map(), []
    page.add_panel("map", "地图", drawn, first=True)
    assert page.panel() is drawn, "what is first is in sight"
    page.wanted.connect(lambda *wanted: heard.append(wanted))
    page.changed.connect(lambda: heard.append("changed"))
    drawn.wanted.emit("grids", "grid", "g1")
    drawn.changed.emit()
    assert heard == [("grids", "grid", "g1"), "changed"]
