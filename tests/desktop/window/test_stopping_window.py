"""A person stops a sync with a county that hangs, and goes on: a real county in a process."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from desktop.storage.store import Store
from desktop.syncing.service import Receipt, Syncing
from sync.client import wire
from sync.client.engine import Progress
from sync.records import Conflict, Resident, Values
from tests.desktop.window.counties import County as FarEnd
from tests.support.server import County, county_process
from tests.support.silent import Silent
from tests.support.store import county_rows, receive
from tests.support.window import Hands

VILLAGE = "510183001002"
#: Usually half a second. Whoever waited for the county would wait for all of ``READ_SECONDS``.
AT_ONCE_S = wire.READ_SECONDS / 4


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows lets no process hang")
def test_stop_and_go_on_are_one_press_each_whatever_the_county_does(
    store: Store, folder: Path, tmp_path: Path, open_hands: Callable[..., Hands]
) -> None:
    county = County(tmp_path / "county")
    with county_process(county) as process:
        Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
        with store.write() as writing:
            writing.create_many(Resident, [{"name": f"村民{place}"} for place in range(200)])
        hands = open_hands(folder)
        hands.unlock()
        hands.go("syncing")
        clock, strip = hands.shell.parts.clock, hands.page.strip
        os.kill(process.pid, signal.SIGSTOP)
        hands.press(Qt.Key.Key_F5)
        assert hands.see("syncGo").text() == "停下"
        hands._wait_until(lambda: Syncing(store).status().sending == 200)
        hands.press(Qt.Key.Key_F5)
        start = time.monotonic()
        assert "正在停下" in hands.shell.sync_button.text(), "at once"
        assert "正在停下" in strip.words()
        hands.wait(lambda: not clock.running)
        assert time.monotonic() - start < AT_ONCE_S
        hands.wait(lambda: "已停下，还有 200 条待同步" in strip.words())
        assert "接着同步" in hands.see("toastAction").text()

        os.kill(process.pid, signal.SIGCONT)
        hands.click("syncGo")
        hands.wait(lambda: not clock.running and hands.status.waiting == 0)
        assert "没有待同步的" in strip.words()
        assert "县里最近收到：今天" in hands.sentence


def test_a_window_closes_at_once_while_the_county_does_not_answer_an_enrolment(
    store: Store, folder: Path, open_hands: Callable[..., Hands]
) -> None:
    silent = Silent()
    hands = open_hands(folder)
    hands.unlock()
    hands.go("syncing")
    hands.see("enrolServer").setText(silent.url)
    hands.see("enrolCode").setText("1234-5678")
    hands.see("enrolGo").click()
    hands._wait_until(silent.asked.is_set)
    start = time.monotonic()
    hands.window.close()
    assert time.monotonic() - start < AT_ONCE_S
    silent.close()


CONFLICT: Values = {
    "id": "c1",
    "revision": 5,
    "state": "open",
    "record_kind": "resident",
    "record": "r1",
    "fields_in_conflict": "name",
}


class Slow(FarEnd):
    """Tells how far it is, and brings a conflict in the middle of the sync."""

    def run(
        self,
        progress: Callable[[Progress], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        thorough: bool = False,
    ) -> Receipt:
        self.runs += 1
        receive(self.store, county_rows(Conflict, CONFLICT, area=VILLAGE))
        progress(Progress(1200, 3000, 1_240_000, 34_000))
        while not self.answers.wait(0.02):
            if cancelled():
                return Receipt(finished=False, sent=1200, waiting=1800)
        return super().run(progress, cancelled)


@pytest.fixture
def slow(store: Store, folder: Path, open_hands: Callable[..., Hands]) -> Hands:
    store.join_area(area=VILLAGE, area_name="文脉坊社区", server="https://x", token="t")
    hands = open_hands(folder, make_syncing=Slow)
    hands.unlock()
    far_end(hands).answers.clear()
    hands.go("syncing")
    return hands


def far_end(hands: Hands) -> Any:
    return hands.shell.parts.syncing


def test_progress_is_told_in_records_and_bytes_and_badges_follow_while_it_runs(slow: Hands):
    clock = slow.shell.parts.clock
    clock.press()
    slow._wait_until(lambda: "1,200 / 3,000 条" in slow.page.strip.words())
    assert "发出 1.2 MB，收进 34 KB" in slow.page.strip.words()
    assert "1,200/3,000" in slow.shell.sync_button.text()
    slow._wait_until(lambda: slow.sees("navBadge") and slow.see("navBadge").text() == "1")
    assert clock.running
    assert "1 条有冲突" in slow.sentence
    assert "1,200/3,000" in slow.shell.sync_button.text(), "a look at the status takes nothing away"
    far_end(slow).answers.set()
    slow.wait(lambda: not clock.running)


def test_pressed_again_while_it_stops_it_begins_anew_by_itself(slow: Hands):
    clock, far = slow.shell.parts.clock, far_end(slow)
    holding = threading.Event()
    far.answers.set()
    far.answers.wait = lambda _seconds=0: holding.wait(20)  # deaf for a while
    clock.press()
    slow._wait_until(lambda: far.runs == 1)
    slow.press(Qt.Key.Key_F5)
    assert clock.is_stopping
    slow.press(Qt.Key.Key_F5)
    assert clock.begins_again
    assert "马上接着同步" in slow.page.strip.words()
    slow.see("syncGo").click()
    assert "没送完的都在本机" in slow.page.strip.words(), "and she may think better of it"
    slow.press(Qt.Key.Key_F5)
    holding.set()
    slow.wait(lambda: not clock.running and far.runs > 2)
