"""One part of the sync page: a heading with a line of words, and cards under it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.layouts import clear


class Section(QWidget):
    """Hidden while it has nothing to show."""

    #: More of the list is wanted than is shown.
    more_wanted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._shown: tuple[object, ...] = ()
        self._title, self._told = QLabel(), QLabel()
        self._title.setObjectName("panelTitle")
        self._told.setObjectName("quiet")
        self._told.setWordWrap(True)
        self._more = button(f"{name}More", "", self.more_wanted.emit)
        head = QHBoxLayout()
        head.setContentsMargins(0, tokens.px(tokens.S2), 0, 0)
        head.setSpacing(tokens.px(tokens.S3))
        head.addWidget(self._title)
        head.addWidget(self._told, 1)
        self.cards = QVBoxLayout()
        self.cards.setSpacing(tokens.px(tokens.S2))
        foot = QHBoxLayout()
        foot.addWidget(self._more)
        foot.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S2))
        column.addLayout(head)
        column.addLayout(self.cards)
        column.addLayout(foot)
        self.hide()

    def is_shown(self, *what: object) -> bool:
        """Whether just this is shown already, today: then nothing need be made anew, and whoever
        stands on a card by the keyboard stays there. Notes it for the next time."""
        shown, self._shown = self._shown, (datetime.now().astimezone().date(), *what)
        return shown == self._shown

    def fill(self, title: str, told: str, cards: Sequence[QWidget], *, left_out: int = 0) -> None:
        """Show these cards instead of what was there; ``left_out`` are not among them."""
        name, place = self._stands_on()
        clear(self.cards)
        self._title.setText(title)
        self._told.setText(told)
        self._title.setVisible(bool(title))
        self._told.setVisible(bool(told))
        self.setVisible(bool(cards))
        for made in cards:
            self.cards.addWidget(made)
            made.show()
        self._more.setText(f"再列出一些（还有 {left_out:,} 条）")
        self._more.setVisible(left_out > 0)
        if found := self.buttons(name) if name else []:
            found[min(place, len(found) - 1)].setFocus()

    def _stands_on(self) -> tuple[str, int]:
        """The name of the button in focus, and its place among those of its name."""
        focused = QApplication.focusWidget()
        if not isinstance(focused, QPushButton) or not self.isAncestorOf(focused):
            return "", 0
        named = self.buttons(focused.objectName())
        return focused.objectName(), named.index(focused) if focused in named else 0

    def buttons(self, name: str) -> list[QPushButton]:
        """The buttons of this name on the cards, from the top."""
        cards = [self.cards.itemAt(place).widget() for place in range(self.cards.count())]
        return [found for made in cards for found in made.findChildren(QPushButton, name)]


def card(name: str = "card") -> tuple[QFrame, QVBoxLayout]:
    """An empty card and the column to fill."""
    made = QFrame()
    made.setObjectName(name)
    column = QVBoxLayout(made)
    column.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
    column.setSpacing(tokens.px(tokens.S2))
    return made, column


def line(words: str, name: str = "quiet") -> QLabel:
    """Words that wrap; ``quiet``, ``plain`` or ``wrongWords``."""
    made = QLabel(words)
    made.setObjectName(name)
    made.setWordWrap(True)
    return made
