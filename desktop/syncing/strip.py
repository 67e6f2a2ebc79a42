"""Where the sync stands, in one strip: what waits, how far it is, and the button to go or stop."""

from __future__ import annotations

from enum import Enum
from typing import Any

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout

from desktop.syncing.clock import Clock
from desktop.syncing.receipt_words import traffic_words
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.icons import icon
from desktop.widgets.words import photos_words
from sync.client.engine import Progress


class _Stands(Enum):
    IDLE = "idle"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"


class SyncStrip(QFrame):
    """Follows the clock; its one button always does what its words say."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.setObjectName("syncStrip")
        self._clock = clock
        self._stopped = False
        self._waiting, self._never, self._photos = 0, True, ""
        self._icon, self._words, self._bar = QLabel(), QLabel(), QProgressBar()
        self._words.setObjectName("syncWords")
        self._words.setWordWrap(True)
        self._bar.setObjectName("syncBar")
        self._bar.setTextVisible(False)
        self._bar.setFixedHeight(tokens.px(6))
        self._go = button("syncGo", "", self._press)
        self._lay_out()
        clock.started.connect(self._start)
        clock.progressed.connect(self._show_progress)
        clock.stopping.connect(self._show)
        clock.finished.connect(self._finish)
        clock.failed.connect(self._fail)
        self._show()

    def show_status(self, status: Any) -> None:
        """What waits has been counted anew."""
        self._waiting, self._never = status.waiting, not status.last_sync
        self._photos = photos_words(status.photos_waiting)
        self.setVisible(status.enrolled)
        if self._stands() in (_Stands.IDLE, _Stands.STOPPED):
            self._show()

    def take_focus(self) -> None:
        """Stand on the button, where it is in sight."""
        if not self.isHidden():
            self._go.setFocus()

    def words(self) -> str:
        """What is said, as shown."""
        return self._words.text()

    def _stands(self) -> _Stands:
        if self._clock.is_stopping:
            return _Stands.STOPPING
        if self._clock.running:
            return _Stands.RUNNING
        return _Stands.STOPPED if self._stopped and self._waiting else _Stands.IDLE

    def _press(self) -> None:
        if self._stands() is _Stands.RUNNING or self._clock.begins_again:
            self._clock.cancel()
        else:
            self._clock.press()

    def _start(self) -> None:
        self._stopped = False
        self._show()

    def _finish(self, receipt: Any) -> None:
        self._stopped = not receipt.finished
        self._waiting = receipt.waiting
        self._show()

    def _fail(self, _error: Exception) -> None:
        self._show()

    def _show_progress(self, progress: Progress) -> None:
        if self._stands() is not _Stands.RUNNING:
            return
        self._bar.setRange(0, max(progress.total, 1))
        self._bar.setValue(progress.done)
        self._words.setText(far_words(progress))

    def _show(self) -> None:
        stands = self._stands()
        picture, colour, words, act = self._look(stands)
        pixels = tokens.px(20)
        self._icon.setPixmap(icon(picture, colour).pixmap(QSize(pixels, pixels)))
        self._words.setText(words)
        self._go.setText(act)
        self._go.setToolTip("停下也不会丢东西" if stands is _Stands.RUNNING else "F5")
        self._bar.setVisible(stands in (_Stands.RUNNING, _Stands.STOPPING))
        if stands is _Stands.RUNNING:
            self._bar.setRange(0, 0)
            if self._clock.far is not None:
                self._show_progress(self._clock.far)

    def _look(self, stands: _Stands) -> tuple[str, str, str, str]:
        waiting = f"{self._waiting:,} 条待同步"
        if stands is _Stands.RUNNING:
            return "arrows", tokens.PRIMARY, "正在连接县里……", "停下"
        if stands is _Stands.STOPPING:
            if self._clock.begins_again:
                return "arrows", tokens.PRIMARY, "正在停下……停好了马上接着同步", "不接着了"
            return "arrows", tokens.PRIMARY, "正在停下……没送完的都在本机", "接着同步"
        if stands is _Stands.STOPPED:
            return "stop", tokens.WAIT_MARK, f"已停下，还有 {waiting}；什么都没丢", "接着同步"
        if self._waiting:
            return "clock", tokens.WAIT_MARK, f"{waiting}，有网就会自动送", "现在同步"
        if self._photos:
            return "clock", tokens.WAIT_MARK, f"记录都送到了，{self._photos}", "现在同步"
        if self._never:
            return "clock", tokens.WAIT_MARK, "还没有和县里同步过", "现在同步"
        return "tick", tokens.GOOD, "没有待同步的", "再同步一次"

    def _lay_out(self) -> None:
        column = QVBoxLayout()
        column.setSpacing(tokens.px(tokens.S1))
        column.addWidget(self._words)
        column.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 10, 12, 10)))
        row.setSpacing(tokens.px(tokens.S3))
        row.addWidget(self._icon)
        row.addLayout(column, 1)
        row.addWidget(self._go)
        self.hide()


def far_words(progress: Progress) -> str:
    """How far a sync is: 「正在同步：1,200 / 3,000 条 · 发出 1.2 MB，收进 34 KB」."""
    if progress.words:
        # Records are done: these are photos.
        return f"记录送完了，正在送{progress.words}"
    words = f"正在同步：{progress.done:,} / {progress.total:,} 条"
    if progress.bytes_sent or progress.bytes_received:
        words += f" · {traffic_words(progress.bytes_sent, progress.bytes_received)}"
    return words
