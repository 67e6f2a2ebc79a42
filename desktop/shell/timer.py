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

    def follow_up(self, cancelled: Any) -> None:
        """Do what a sync left for afterwards."""


class SyncClock(QObject):
    """Runs a sync on the network lane and says how it went."""

    started = Signal()
    #: How far it is: a ``sync.client.engine.Progress``.
    progressed = Signal(object)
    #: A person wants to stop (it ends within about a second), or to begin again after that.
    stopping = Signal()
    #: The receipt.
    finished = Signal(object)
    #: What went wrong; it has a sentence.
    failed = Signal(object)

    def __init__(self, syncing: Runs, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._syncing, self._lane = syncing, lane
        self._task: Task | None = None
        # What is done behind a sync gives way to the next one.
        self._behind: Task | None = None
        self._minutes = USUAL_MINUTES
        self._wait = USUAL_MINUTES
        self._without_line = False
        self._far: Any = None
        self._again = False
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
    def is_stopping(self) -> bool:
        """Whether the sync under way was asked to stop."""
        return self._task is not None and self._task.cancelled()

    @property
    def begins_again(self) -> bool:
        """Whether the next one begins as soon as the one that stops has ended."""
        return self._again

    @property
    def far(self) -> Any:
        """How far the sync under way has come: a ``Progress``, or None before the first answer."""
        return self._far

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
        """Sync now; pressed while one is under way, it changes nothing, and while one stops, it
        begins anew as soon as that has ended."""
        if self.is_stopping:
            self._again = True
            self.stopping.emit()
        if self._task is not None:
            return
        if self._behind is not None:
            self._behind.cancel()
        self._opening, self._far = False, None
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
        self._again = False
        if self._task is not None:
            self._task.cancel()
            self.stopping.emit()

    def _ring(self) -> None:
        self._lane.run(lambda: self._syncing.enrolled, done=self._ring_if_enrolled)

    def _ring_if_enrolled(self, enrolled: bool) -> None:
        if enrolled:
            self.press()
        else:
            self._opening = False
            self._sleep()

    def _work(self, task: Task) -> Any:
        def heard(progress: Any) -> None:
            self._far = progress
            task.progress(progress.done, progress.total)

        return self._syncing.run(progress=heard, cancelled=task.cancelled)

    def _progress(self, _done: int, _total: int, _words: str) -> None:
        if self._task is not None and self._far is not None:
            self.progressed.emit(self._far)

    def _done(self, receipt: Any) -> None:
        self._task = None
        self._without_line = False
        self._wait = self._minutes
        self._sleep()
        self.finished.emit(receipt)
        self._go_on()

    def _fail(self, error: Exception) -> None:
        self._task = None
        self._without_line = isinstance(error, LineFault) and error.again
        self._wait = min(self._wait * 2, LONGEST_WAIT) if self._without_line else self._minutes
        self._sleep()
        self.failed.emit(error)
        self._go_on()

    def _go_on(self) -> None:
        again, self._again = self._again, False
        if again:
            self.press()
            return
        # What cannot be done now is done behind the next one.
        self._behind = self._lane.run_long(
            lambda task: self._syncing.follow_up(task.cancelled), failed=lambda _error: None
        )

    def _sleep(self) -> None:
        self._timer.start(self._wait * 60_000)
