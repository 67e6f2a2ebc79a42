"""放弃过的: what the county sent back and nobody sends again, kept to be looked up."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.background import Lanes, Latest
from desktop.syncing.refusals import Refusal, Refusals
from desktop.syncing.refused_section import GivenUpSection
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.empty import Empty
from desktop.widgets.pages import PageHead

_LISTED = 50


class GivenUpPanel(QWidget):
    """Covers the sync page while the list is read."""

    left = Signal()

    def __init__(self, refusals: Refusals, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("givenUpPanel")
        self._refusals, self._lanes, self._latest = refusals, lanes, Latest()
        self._limit = _LISTED
        self.head = PageHead("放弃过的")
        self._back = button("givenUpBack", "返回", self.leave, icon_name="back", tip="Esc")
        self.section, self._empty = GivenUpSection(), Empty()
        self._middle = QStackedWidget()
        self._lay_out()
        self.section.more_wanted.connect(self._more)

    def refresh(self) -> None:
        """Read the list anew."""
        self._latest.ask(self._lanes.reading.run(self._read, done=self._show))

    def take_focus(self) -> None:
        """Stand where Enter leads back."""
        self._back.setFocus()

    def leave(self) -> None:
        """Go back to the page."""
        self._latest.drop()
        self.left.emit()

    def _read(self) -> tuple[list[Refusal], int]:
        return self._refusals.given_up(self._limit), self._refusals.given_up_count()

    def _show(self, read: tuple[list[Refusal], int]) -> None:
        given_up, count = read
        self._middle.setCurrentIndex(0 if given_up else 1)
        told = f"共 {count:,} 条，被县里退回、后来不送了的，留在这里备查"
        self.head.say(told if count else "")
        if not self.section.is_shown(given_up, count):
            self.section.show_given_up(given_up, count)

    def _more(self) -> None:
        self._limit += _LISTED
        self.refresh()

    def _lay_out(self) -> None:
        self.head.add(self._back)
        inner, area = QWidget(), QScrollArea()
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, tokens.px(tokens.S2), 0)
        inside.addWidget(self.section)
        inside.addStretch()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        words = "县里退回的修改，您按了“放弃”的，会留在这里备查。"
        self._empty.say("return", "没有放弃过的", words)
        self._middle.addWidget(area)
        self._middle.addWidget(self._empty)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(self._middle, 1)
