"""A sentence over the page for a few seconds, with one thing to do about it (已删除 · 撤销)."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QWidget

from desktop.widgets import tokens
from desktop.widgets.view import Note

_SECONDS, _SECONDS_WITH_ACTION = 5, 12


class Toast(QFrame):
    """Floats at the foot of its parent; the newest sentence takes the place of the one before."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("toast")
        self._note: Note | None = None
        self._undo: Note | None = None
        self._words = QLabel()
        self._words.setObjectName("toastWords")
        self._words.setWordWrap(False)
        self._action = QPushButton()
        self._action.setObjectName("toastAction")
        self._action.setCursor(Qt.CursorShape.PointingHandCursor)
        self._action.clicked.connect(self.act)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: self.drop())
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 8, 12, 8)))
        row.setSpacing(tokens.px(tokens.S3))
        row.addWidget(self._words)
        row.addWidget(self._action)
        self._parent = parent
        parent.installEventFilter(self)
        self.hide()

    def say(self, note: Note) -> None:
        """Show a sentence; one that offers something stays longer."""
        self._note = note
        if note.undoes:
            self._undo = note
        self._words.setText(note.words)
        self._action.setText(note.action)
        self._action.setVisible(bool(note.action))
        self.setProperty("bad", note.bad)
        self.style().unpolish(self)
        self.style().polish(self)
        seconds = _SECONDS_WITH_ACTION if note.action or note.bad else _SECONDS
        self._timer.start(seconds * 1000)
        self.show()
        self._place()
        self.raise_()

    def act(self) -> None:
        """Do what the sentence offers."""
        self._do(self._note)

    def undo(self) -> None:
        """Take back the last thing that can be taken back, also after its sentence has gone."""
        self._do(self._undo)

    def _do(self, note: Note | None) -> None:
        if note is None or note.carry_out is None:
            return
        if note is self._undo:
            self._undo = None
        self.drop()
        note.carry_out()

    def drop(self, only: Note | None = None) -> None:
        """Take the sentence away; with ``only`` if it is this one."""
        if only is not None and only is not self._note:
            return
        self._note = None
        self._timer.stop()
        self.hide()

    def words(self) -> str:
        """The sentence as shown; empty when there is none."""
        return self._words.text() if self._note else ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        parent = self._parent
        # A long sentence takes a second line rather than stand out of the window.
        self._words.setWordWrap(False)
        self.adjustSize()
        room = parent.width() - 2 * tokens.px(tokens.S5)
        if self.width() > room:
            self._words.setWordWrap(True)
            self.resize(room, self.heightForWidth(room))
        self.move(
            (parent.width() - self.width()) // 2,
            parent.height() - self.height() - tokens.px(tokens.STATUS_BAR + tokens.S4),
        )
