"""A figure with its name, which leads to its list."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from desktop.widgets import tokens
from desktop.widgets.icons import icon


class Card(QFrame):
    """A figure with its name; a click or Enter leads to the list."""

    pressed = Signal()

    def __init__(self, kind: str, label: str, icon_name: str, unit: str) -> None:
        super().__init__()
        self.kind, self._unit = kind, unit
        self.setObjectName("card")
        self.setProperty("press", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._figure = QLabel()
        self._figure.setObjectName("figure")
        name, picture, size = QLabel(label), QLabel(), tokens.px(24)
        name.setObjectName("quiet")
        picture.setPixmap(icon(icon_name, tokens.QUIET).pixmap(QSize(size, size)))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._figure)
        words.addWidget(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
        row.addLayout(words, 1)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)

    def show_figure(self, count: int) -> None:
        """Show how many there are."""
        self._figure.setText(f"{count:,} {self._unit}")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)
