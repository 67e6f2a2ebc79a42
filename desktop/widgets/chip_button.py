"""A round button that holds or does not: a filter, a period, a scope."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QToolButton

from desktop.widgets import tokens


class ChipButton(QToolButton):
    """Enter presses it, as Space does."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("chip", True)
        self.setMinimumHeight(tokens.px(30))

    def hold(self, held: bool) -> None:
        """Show whether it holds."""
        self.setProperty("held", held)
        self.style().unpolish(self)
        self.style().polish(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)
