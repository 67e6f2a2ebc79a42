"""Work goes to lanes and comes back; what nobody waits for any more does not."""

import threading
from functools import partial

import pytest
import shiboken6
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop.background import Bug, Lane, Lanes, Latest, Task, log_of
from desktop.storage.errors import Locked
from tests.desktop.window.conftest import PATIENCE


@pytest.fixture
def lane(qapp):
    made = Lane("test")
    yield made
    made.close()


class Taker(QObject):
    """A widget that asks, in short."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[object] = []

    def take(self, answer: object) -> None:
        self.taken.append(answer)


def test_work_is_done_elsewhere_and_answered_here(lane: Lane, qtbot: QtBot):
    threads: list[int] = []
    lane.run(threading.get_ident, done=lambda ident: threads.extend([ident, threading.get_ident()]))
    qtbot.waitUntil(lambda: len(threads) == 2, timeout=PATIENCE)
    assert threads[0] != threading.get_ident()
    assert threads[1] == threading.get_ident()


def test_asking_again_drops_the_answer_to_the_question_before(lane: Lane, qtbot: QtBot):
    taker, latest = Taker(), Latest()
    held = threading.Event()
    latest.ask(lane.run(held.wait, 10, done=taker.take))
    latest.ask(lane.run(lambda: "second", done=taker.take))
    held.set()
    qtbot.waitUntil(lane.idle, timeout=PATIENCE)
    assert taker.taken == ["second"]


def test_an_answer_for_a_window_that_is_gone_is_let_go(lane: Lane, qtbot: QtBot):
    taker = Taker()
    held = threading.Event()
    lane.run(held.wait, 10, done=taker.take)
    lane.run(str, done=partial(taker.take))
    shiboken6.delete(taker)
    held.set()
    qtbot.waitUntil(lane.idle, timeout=PATIENCE)
    assert taker.taken == []


def test_a_fault_of_the_surroundings_reaches_who_asked_else_the_window(lane: Lane, qtbot: QtBot):
    def locked() -> None:
        raise Locked

    taker = Taker()
    lane.run(locked, failed=taker.take)
    qtbot.waitUntil(lane.idle, timeout=PATIENCE)
    assert isinstance(taker.taken[0], Locked)
    with qtbot.waitSignal(lane.troubled) as told:
        lane.run(locked)
    assert told.args == [Locked.sentence]


def test_a_bug_is_told_with_a_log_that_names_places_and_no_people(lane: Lane, qtbot: QtBot):
    def broken() -> None:
        raise ValueError("王建国")

    with qtbot.waitSignal(lane.broken) as told:
        lane.run(broken)
    bug = told.args[0]
    assert isinstance(bug, Bug)
    assert "ValueError" in bug.log
    assert "test_lanes.py" in bug.log
    assert "王建国" not in bug.log


def test_the_causes_of_a_bug_are_in_its_log():
    error = RuntimeError()
    error.__cause__ = KeyError("a")
    assert "KeyError" in log_of(error)


def test_long_work_tells_progress_and_stops_when_asked(lane: Lane, qtbot: QtBot):
    told: list[tuple[int, int, str]] = []
    started = threading.Event()

    def work(task: Task) -> str:
        started.set()
        count = 0
        while not task.cancelled():
            count += 1
            task.progress(count, 0, "行")
        return "stopped"

    taker = Taker()
    task = lane.run_long(work, taker.take, progress=lambda *far: told.append(far))
    qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE)
    task.cancel()
    qtbot.waitUntil(lambda: taker.taken == ["stopped"], timeout=PATIENCE)


def test_closing_finishes_what_is_short_and_stops_what_is_long(qapp):
    lanes = Lanes()
    written: list[str] = []
    held = threading.Event()
    lanes.writing.run(held.wait, 10)
    lanes.writing.run(written.append, "draft")
    lanes.files.run_long(lambda task: task._stopped.wait(10))
    held.set()
    lanes.close()
    assert written == ["draft"]
