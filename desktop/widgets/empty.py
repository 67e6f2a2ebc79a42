"""What stands where nothing is: what the list is for, and the first step."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.widgets import tokens
from desktop.widgets.icons import icon
from desktop.widgets.layouts import clear


class Empty(QWidget):
    """An icon, a heading, two lines of words, and buttons for the first step."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("empty")
        self._icon, self._heading, self._words = QLabel(), QLabel(), QLabel()
        self._heading.setObjectName("emptyHeading")
        self._words.setObjectName("emptyWords")
        self._words.setWordWrap(True)
        self._words.setMaximumWidth(tokens.px(440))
        for label in (self._icon, self._heading, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(tokens.px(tokens.S2))
        column = QVBoxLayout(self)
        column.setSpacing(tokens.px(tokens.S2))
        column.addStretch(2)
        column.addWidget(self._icon)
        column.addWidget(self._heading)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._words, 100)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addSpacing(tokens.px(tokens.S2))
        column.addLayout(self._buttons)
        column.addStretch(3)

    def say(
        self, icon_name: str, heading: str, words: str, buttons: Sequence[QPushButton] = ()
    ) -> None:
        """Show these words and buttons instead of what was there."""
        size = tokens.px(44)
        self._icon.setPixmap(icon(icon_name, tokens.LINE_STRONG).pixmap(QSize(size, size)))
        self._heading.setText(heading)
        self._words.setText(words)
        clear(self._buttons)
        self._buttons.addStretch()
        for button in buttons:
            self._buttons.addWidget(button)
            button.show()
        self._buttons.addStretch()

    def heading(self) -> str:
        """The heading as shown."""
        return self._heading.text()
