"""Buttons in their three weights: the page's first action, the usual one, the quiet one; and how
they stand beside each other with all their words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from desktop.widgets import tokens
from desktop.widgets.icons import icon

#: So much of a button's edges may go where room is short, unscaled.
_GIVES_WAY = 4
_COLOURS = {"primary": tokens.SURFACE, "usual": tokens.INK, "quiet": tokens.QUIET}


def button(
    name: str,
    words: str,
    press: Callable[[], Any] | None = None,
    *,
    weight: str = "usual",
    icon_name: str = "",
    tip: str = "",
) -> QPushButton:
    """A button with an object name, words, and what it does."""
    made = QPushButton(words)
    made.setObjectName(name)
    made.setProperty("weight", weight)
    # Enter presses it, as Space does.
    made.setAutoDefault(True)
    made.setToolTip(tip)
    made.setMinimumHeight(tokens.px(tokens.CONTROL))
    if icon_name:
        made.setIcon(icon(icon_name, _COLOURS[weight]))
        # Wider than the picture, so that it does not touch the words.
        made.setIconSize(QSize(tokens.px(22 if words else 16), tokens.px(16)))
    if press is not None:
        made.clicked.connect(lambda: press())
    return made


def fits(buttons: Sequence[QPushButton], room: int) -> bool:
    """Whether buttons stand beside each other with all their words."""
    gaps = tokens.px(tokens.S1) * (len(buttons) - 1)
    # Their edges may give way a little before a word does.
    wanted = sum(made.sizeHint().width() - tokens.px(_GIVES_WAY) for made in buttons)
    return wanted + gaps <= room


def rows_of(buttons: Sequence[QPushButton], room: int) -> list[list[QPushButton]]:
    """Buttons in their order, as many in a row as stand there with all their words."""
    rows: list[list[QPushButton]] = []
    for made in buttons:
        if rows and fits([*rows[-1], made], room):
            rows[-1].append(made)
        else:
            rows.append([made])
    return rows


def row_of(left: Sequence[QPushButton], right: Sequence[QPushButton]) -> QWidget:
    """One row, some of it at the left and some at the right."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(tokens.px(tokens.S1))
    for each in left:
        row.addWidget(each)
    row.addStretch()
    for each in right:
        row.addWidget(each)
    return made
