"""What was just noted, beside the fast entry: that it is there, and the way to it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.widgets import tokens
from desktop.widgets.elided import Elided
from desktop.widgets.icons import icon
from desktop.widgets.layouts import clear

_WIDTH = 300
#: So many are shown; the others are in the list.
_SHOWN = 7
_KEYS = (
    ("回车", "到下一项"),
    ("1 … 9", "选分类，也可以打拼音"),
    ("Ctrl+V", "贴上复制的照片"),
    ("Ctrl+S", "存好，接着记下一件"),
    ("Esc", "先放着，下次接着填"),
)

#: An event's id, what it is about, and a line under that.
Noted = tuple[str, str, str]


class Recent(QFrame):
    """The newest events, newest first; keys that help where there are none."""

    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("detail")
        self.setFixedWidth(tokens.px(_WIDTH))
        self._noted: list[Noted] = []
        self._fresh: set[str] = set()
        self._rows = QVBoxLayout()
        self._rows.setSpacing(tokens.px(tokens.S1))
        title = QLabel("最近记下的")
        title.setObjectName("panelTitle")
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S4)
        column.setContentsMargins(margin, tokens.px(tokens.S3), margin, margin)
        column.setSpacing(tokens.px(tokens.S2))
        column.addWidget(title)
        column.addLayout(self._rows)
        column.addStretch()
        column.addWidget(_keys())

    def fill(self, noted: Sequence[Noted]) -> None:
        """Show these, newest first."""
        self._noted = list(noted)
        self._show()

    def add(self, event_id: str, what: str, told: str) -> None:
        """Put one that was saved just now above the others."""
        self._fresh.add(event_id)
        self._noted = [(event_id, what, told), *(n for n in self._noted if n[0] != event_id)]
        self._show()

    def texts(self) -> list[str]:
        """What is shown, an event a line."""
        return [" · ".join(part for part in noted[1:] if part) for noted in self._noted[:_SHOWN]]

    def _show(self) -> None:
        clear(self._rows)
        for noted in self._noted[:_SHOWN]:
            row = _Row(noted, fresh=noted[0] in self._fresh)
            row.pressed.connect(self.opened)
            self._rows.addWidget(row)
        if not self._noted:
            nothing = QLabel("存好的事会列在这里。")
            nothing.setObjectName("quiet")
            self._rows.addWidget(nothing)


class _Row(QFrame):
    """One event; a click or Enter opens it."""

    pressed = Signal(str)

    def __init__(self, noted: Noted, *, fresh: bool) -> None:
        super().__init__()
        self._id, what, told = noted
        self.setObjectName("recentEvent")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        sign, size = QLabel(), tokens.px(16)
        name, colour = ("tick", tokens.GOOD) if fresh else ("event", tokens.QUIET)
        sign.setPixmap(icon(name, colour).pixmap(QSize(size, size)))
        first, second = Elided(what), Elided(told)
        second.setObjectName("quiet")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(first)
        words.addWidget(second)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (4, 3, 4, 3)))
        row.setSpacing(tokens.px(tokens.S2))
        sign.setContentsMargins(0, tokens.px(3), 0, 0)
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(self._id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit(self._id)
        else:
            super().keyPressEvent(event)


def _keys() -> QWidget:
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(tokens.px(2))
    for keys, words in _KEYS:
        row = QHBoxLayout()
        key, told = QLabel(keys), QLabel(words)
        key.setFixedWidth(tokens.px(64))
        for label in (key, told):
            label.setObjectName("fieldWords")
        row.addWidget(key)
        row.addWidget(told, 1)
        column.addLayout(row)
    return made
