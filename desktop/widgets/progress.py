"""Long work in sight: a bar, how far, and a way to stop it. Shown only after half a second."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from desktop.background import Task
from desktop.widgets import tokens
from desktop.widgets.buttons import button

#: Work that is done before this needs no bar, in milliseconds.
PATIENCE = 500


class Progress(QFrame):
    """The bar of one long piece of work at a time."""

    #: It came in sight.
    appeared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("progress")
        self._task: Task | None = None
        self._words = QLabel()
        self._bar = QProgressBar()
        self._bar.setObjectName("progressBar")
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(tokens.px(6))
        self._stop = button("progressCancel", "停下", self.stop)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self.show)
        column = QVBoxLayout()
        column.setSpacing(tokens.px(tokens.S1))
        column.addWidget(self._words)
        column.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 10, 12, 10)))
        row.setSpacing(tokens.px(tokens.S4))
        row.addLayout(column, 1)
        row.addWidget(self._stop)
        self.hide()

    def watch(self, task: Task, words: str) -> None:
        """Show this work when it takes longer than half a second."""
        self._task = task
        self._title = words
        self._words.setText(words)
        self._bar.setRange(0, 0)
        self._stop.setEnabled(True)
        self._patience.start()

    def move_on(self, done: int, total: int, words: str) -> None:
        """How far the work is."""
        self._bar.setRange(0, max(total, 0))
        self._bar.setValue(done)
        far = f"{done:,} / {total:,}" if total else f"{done:,}" if done else ""
        self._words.setText("　".join(part for part in (words or self._title, far) if part))

    def finish(self) -> None:
        """The work is over."""
        self._task = None
        self._patience.stop()
        self.hide()

    def stop(self) -> None:
        """Ask the work to stop; it answers soon."""
        if self._task is not None:
            self._task.cancel()
            self._stop.setEnabled(False)
            self._words.setText("正在停下……")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.appeared.emit()
