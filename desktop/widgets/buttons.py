"""Buttons in their three weights: the page's first action, the usual one, the quiet one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QPushButton

from desktop.widgets import tokens
from desktop.widgets.icons import icon

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
