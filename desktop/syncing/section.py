"""One part of the sync page: a heading with a line of words, and cards under it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

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

    def fill(self, title: str, told: str, cards: Sequence[QWidget], *, left_out: int = 0) -> None:
        """Show these cards instead of what was there; ``left_out`` are not among them."""
        clear(self.cards)
        self._title.setText(title)
        self._told.setText(told)
        for made in cards:
            self.cards.addWidget(made)
        self._more.setText(f"再列出一些（还有 {left_out:,} 条）")
        self._more.setVisible(left_out > 0)
        self.setVisible(bool(cards))

    def buttons(self, name: str) -> list[QPushButton]:
        """The buttons of this name on the cards, from the top."""
        return [made for made in self.findChildren(QPushButton, name) if not made.isHidden()]


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
