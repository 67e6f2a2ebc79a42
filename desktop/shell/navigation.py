"""The pages at the left: icon, word, and a badge where something waits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
)

from desktop.shell.shortcuts import page_key
from desktop.widgets import tokens
from desktop.widgets.icons import icon
from desktop.widgets.pages import Page

_LOWEST = 28


class Navigation(QFrame):
    """One button a page, with its key."""

    chosen = Signal(str)

    def __init__(self, pages: Sequence[Page]) -> None:
        super().__init__()
        self.setObjectName("navigation")
        self.setFixedWidth(tokens.px(tokens.NAVIGATION))
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        self._badges: dict[str, QLabel] = {}
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S3)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.px(2))
        for place, page in enumerate(pages, 1):
            if place == len(pages):
                column.addStretch()
            column.addWidget(self._button(page, place))

    def show_current(self, name: str) -> None:
        """Mark the page in sight."""
        self._buttons[name].setChecked(True)

    def show_badge(self, name: str, count: int, *, waits: bool = False) -> None:
        """Show how much a page has to do; nothing for none. ``waits`` is the quieter colour."""
        badge = self._badges[name]
        badge.setText(str(count) if count < 1000 else "999+")
        badge.setProperty("waits", waits)
        badge.style().unpolish(badge)
        badge.style().polish(badge)
        badge.setVisible(count > 0)

    def _button(self, page: Page, place: int) -> QPushButton:
        made = QPushButton(page.title)
        made.setObjectName(f"nav_{page.name}")
        made.setProperty("nav", True)
        made.setCheckable(True)
        # Where the screen is low, the buttons share what there is.
        made.setMinimumHeight(tokens.px(_LOWEST))
        made.setMaximumHeight(tokens.px(40))
        made.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        made.setIcon(icon(page.icon, tokens.QUIET, chosen=tokens.PRIMARY))
        made.setIconSize(QSize(tokens.px(26), tokens.px(20)))
        made.setToolTip(page_key(place))
        made.clicked.connect(partial(self._press, page.name))
        badge = QLabel()
        badge.setObjectName("navBadge")
        badge.setAlignment(Qt.AlignmentFlag.AlignCenter)
        badge.setFixedHeight(tokens.px(18))
        badge.setMinimumWidth(tokens.px(18))
        badge.hide()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, tokens.px(tokens.S2), 0)
        row.addStretch()
        row.addWidget(badge)
        self._group.addButton(made)
        self._buttons[page.name] = made
        self._badges[page.name] = badge
        return made

    def _press(self, name: str, _checked: bool = False) -> None:
        self.chosen.emit(name)
