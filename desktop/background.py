"""Lanes: work that is not done on the thread that paints.

One lane reads, one writes, one carries files in and out, one talks to the county. A lane is one
thread that takes one piece of work after another, so lists answer while an import writes, and two
writes never race. Answers come back to the thread of the window as Qt signals; answers that nobody
waits for any more are dropped.
"""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Signal, Slot

from desktop.register.service import RecordInvalid, RecordMissing

#: Progress reaches the window at most this often, in seconds: more only costs repaints.
PROGRESS_EVERY = 0.05


class Bug(Exception):
    """An error of the program itself. ``log`` is what can be handed in; no personal data in it."""

    sentence = "程序出了错，这一步没有做成；以前保存的都在。"

    def __init__(self, error: BaseException) -> None:
        super().__init__(self.sentence)
        self.log = log_of(error)


class Task:
    """One piece of work given to a lane: may be cancelled, and tells how far it is."""

    def __init__(
        self, heard: Callable[[int, int, str], None] | None = None, *, long: bool = False
    ) -> None:
        self.long = long
        self._stopped = threading.Event()
        self._heard = heard
        self._told_at = 0.0

    def cancel(self) -> None:
        """Ask the work to stop, and drop its answer if it comes all the same."""
        self._stopped.set()

    def cancelled(self) -> bool:
        """Whether somebody asked to stop; long work looks here between two rows."""
        return self._stopped.is_set()

    def progress(self, done: int, total: int, words: str = "") -> None:
        """Tell how far the work is; may be called for each row."""
        moment = time.monotonic()
        if self._heard and (moment - self._told_at >= PROGRESS_EVERY or done >= total):
            self._told_at = moment
            self._heard(done, total, words)


class Lane(QObject):
    """One worker thread and its queue. Answers arrive on the thread that made the lane."""

    #: An error of the program itself (``Bug``), whoever asked.
    broken = Signal(object)
    #: A fault of the surroundings that no caller takes care of: its sentence.
    troubled = Signal(str)
    _post = Signal(object)

    def __init__(self, name: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._tasks: set[Task] = set()
        self._post.connect(self._deliver)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def run(
        self,
        function: Callable[..., Any],
        *args: Any,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> Task:
        """Do ``function(*args)``; then call ``done(result)`` or ``failed(error)``."""
        return self._put(Task(), partial(function, *args), done, failed)

    def run_long(
        self,
        function: Callable[[Task], Any],
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        progress: Callable[[int, int, str], None] | None = None,
    ) -> Task:
        """As ``run``, for work that looks at its ``Task`` to be cancelled and to tell progress.

        A cancelled long task still answers, because it may have written a part before it stopped.
        """

        def heard(count: int, total: int, words: str) -> None:
            if progress:
                self._send(partial(_call, progress, count, total, words))

        task = Task(heard, long=True)
        return self._put(task, partial(function, task), done, failed)

    def stop_long_work(self) -> None:
        """Ask all long work to stop, also what has not begun."""
        for task in list(self._tasks):
            if task.long:
                task.cancel()

    def close(self) -> None:
        """Stop long work, finish what is short (a draft to keep), and end the thread."""
        self.stop_long_work()
        self._queue.put(None)
        self._thread.join()

    def idle(self) -> bool:
        """Whether nothing is under way and every answer has been delivered."""
        return not self._tasks

    def _put(
        self,
        task: Task,
        work: Callable[[], Any],
        done: Callable[[Any], None] | None,
        failed: Callable[[Exception], None] | None,
    ) -> Task:
        self._tasks.add(task)

        def wanted() -> bool:
            return task.long or not task.cancelled()

        def carry_out() -> None:
            answer: Callable[[], None] = _nothing
            if wanted():
                answer = self._answer(work, done, failed)
            self._send(partial(self._finish, task, answer, wanted))

        self._queue.put(carry_out)
        return task

    def _answer(
        self,
        work: Callable[[], Any],
        done: Callable[[Any], None] | None,
        failed: Callable[[Exception], None] | None,
    ) -> Callable[[], None]:
        """Do the work on this thread; return what the window is to do about it."""
        try:
            return partial(_call, done, work())
        except Exception as error:  # noqa: BLE001 (the one place that tells faults from bugs)
            return partial(self._fail, error, failed)

    def _fail(self, error: Exception, failed: Callable[[Exception], None] | None) -> None:
        known = sentence_of(error) is not None
        told = error if known else Bug(error)
        if not known:
            self.broken.emit(told)
        if failed is not None:
            _call(failed, told)
        elif known:
            self.troubled.emit(sentence_of(error))

    def _finish(self, task: Task, answer: Callable[[], None], wanted: Callable[[], bool]) -> None:
        self._tasks.discard(task)
        if wanted():
            answer()

    def _send(self, answer: Callable[[], None]) -> None:
        if shiboken6.isValid(self):
            self._post.emit(answer)

    @Slot(object)
    def _deliver(self, answer: Callable[[], None]) -> None:
        answer()

    def _work(self) -> None:
        while (carry_out := self._queue.get()) is not None:
            carry_out()


class Lanes:
    """The lanes of the program: reading, writing, files in and out, and the network."""

    def __init__(self, parent: QObject | None = None) -> None:
        self.reading = Lane("reading", parent)
        self.writing = Lane("writing", parent)
        # Files have their own: an import writes part by part and lets a form save in between.
        self.files = Lane("files", parent)
        self.network = Lane("network", parent)

    def all(self) -> tuple[Lane, ...]:
        """Every lane."""
        return (self.reading, self.writing, self.files, self.network)

    def idle(self) -> bool:
        """Whether no lane has anything under way."""
        return all(lane.idle() for lane in self.all())

    def close(self) -> None:
        """End every lane; what was being written is written first."""
        # All at once: none need wait for another to hear of it.
        for lane in self.all():
            lane.stop_long_work()
        for lane in self.all():
            lane.close()


class Latest:
    """Keeps one question of a kind open: asking again drops the answer to the one before."""

    def __init__(self) -> None:
        self._task: Task | None = None

    def ask(self, task: Task) -> None:
        """Note the newest question; the answer of the older one will not be delivered."""
        self.drop()
        self._task = task

    def drop(self) -> None:
        """Nobody waits for the answer any more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None


def sentence_of(error: BaseException) -> str | None:
    """The Chinese sentence of a fault of the surroundings; None for an error of the program."""
    if isinstance(error, RecordInvalid | RecordMissing):
        return str(error)
    sentence = getattr(error, "sentence", None)
    return sentence if isinstance(sentence, str) else None


def log_of(error: BaseException) -> str:
    """Where an error happened: files, lines, type. Its message is left out: it may name people."""
    lines = [
        f"  {frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    cause = error.__cause__ or error.__context__
    before = [log_of(cause)] if cause is not None else []
    return "\n".join([*before, f"{type(error).__module__}.{type(error).__qualname__}", *lines])


def _nothing() -> None:
    pass


def _call(callback: Callable[..., None] | None, *args: Any) -> None:
    """Call back unless nobody asked, or the widget that asked is gone."""
    asked = callback.func if isinstance(callback, partial) else callback
    owner = getattr(asked, "__self__", None)
    if callback is None or (isinstance(owner, QObject) and not shiboken6.isValid(owner)):
        return
    callback(*args)
