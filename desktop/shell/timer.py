"""When to sync: by the clock, by the button, when the line is back; never two at once."""

from __future__ import annotations

from typing import Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.background import Lane, Task
from desktop.shell.preferences import USUAL_MINUTES, within
from sync.client.faults import LineFault

#: Without a line the waits double up to this, in minutes.
LONGEST_WAIT = 120
#: After opening the window, in milliseconds: first the person, then the county.
_FIRST = 8_000


class Runs(Protocol):
    """What can be synced."""

    @property
    def enrolled(self) -> bool:
        """Whether the county knows this PC."""

    def run(self, progress: Any, cancelled: Any) -> Any:
        """Sync now; returns a receipt, raises LineFault."""


class SyncClock(QObject):
    """Runs a sync on the network lane and says how it went."""

    started = Signal()
    #: Done and total, in changes and records.
    progressed = Signal(int, int)
    #: The receipt.
    finished = Signal(object)
    #: What went wrong; it has a sentence.
    failed = Signal(object)

    def __init__(self, syncing: Runs, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._syncing, self._lane = syncing, lane
        self._task: Task | None = None
        self._minutes = USUAL_MINUTES
        self._wait = USUAL_MINUTES
        self._without_line = False
        # Between opening the window and the first sync, which does not wait for the clock.
        self._opening = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._ring)

    @property
    def running(self) -> bool:
        """Whether a sync is under way."""
        return self._task is not None

    @property
    def without_line(self) -> bool:
        """Whether the last try found no line."""
        return self._without_line

    @property
    def wait(self) -> int:
        """Minutes from the last sync to the next one."""
        return self._wait

    @property
    def next_in(self) -> int:
        """Milliseconds until the clock rings; -1 while it does not run."""
        return self._timer.remainingTime()

    def start(self) -> None:
        """Begin to keep time: an office PC that is on for ten minutes a day syncs too."""
        self._opening = True
        self._timer.start(_FIRST)

    def set_minutes(self, minutes: int) -> None:
        """Change the time between two syncs."""
        self._minutes = within(minutes)
        if not self._without_line:
            self._wait = self._minutes
        if self._timer.isActive() and not self._opening:
            self._sleep()

    @Slot()
    def press(self) -> None:
        """Sync now; pressed while one is under way, it changes nothing."""
        if self._task is not None:
            return
        self._opening = False
        self._timer.stop()
        self._task = self._lane.run_long(
            self._work, done=self._done, failed=self._fail, progress=self._progress
        )
        self.started.emit()

    def line_is_back(self) -> None:
        """The network came back: do not wait for the rest of a long pause."""
        if self._without_line:
            self._ring()

    def cancel(self) -> None:
        """Stop the sync under way; what was not sent waits for the next."""
        if self._task is not None:
            self._task.cancel()

    def _ring(self) -> None:
        self._lane.run(lambda: self._syncing.enrolled, done=self._ring_if_enrolled)

    def _ring_if_enrolled(self, enrolled: bool) -> None:
        if enrolled:
            self.press()
        else:
            self._opening = False
            self._sleep()

    def _work(self, task: Task) -> Any:
        return self._syncing.run(
            progress=lambda p: task.progress(p.done, p.total), cancelled=task.cancelled
        )

    def _progress(self, done: int, total: int, _words: str) -> None:
        self.progressed.emit(done, total)

    def _done(self, receipt: Any) -> None:
        self._task = None
        self._without_line = False
        self._wait = self._minutes
        self._sleep()
        self.finished.emit(receipt)

    def _fail(self, error: Exception) -> None:
        self._task = None
        self._without_line = isinstance(error, LineFault) and error.again
        self._wait = min(self._wait * 2, LONGEST_WAIT) if self._without_line else self._minutes
        self._sleep()
        self.failed.emit(error)

    def _sleep(self) -> None:
        self._timer.start(self._wait * 60_000)
