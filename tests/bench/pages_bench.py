"""Every page and every list on it, opened in a village ten times the size of the biggest one.

The real window on a real encrypted store, offscreen. The floor is the same page of a village that
has nothing yet; what is beyond it may be two frames of the screen.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tests.bench.measurement import Measurement, seconds
from tests.support.whole_county.plan import VillagePlan, plans

#: How many times the biggest village.
USUAL = 10
_OPENINGS = 9
#: A micro grid is 30 to 100 households.
_PEOPLE_A_GRID = 200
_PATIENCE_S, _BEAT_MS = 60, 2


def measure(times: int | None = None) -> Iterator[Measurement]:
    """Measure each page of the full village beside the empty one."""
    # Before Qt is imported, here and in the programs that are started.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    times = times or USUAL
    with tempfile.TemporaryDirectory() as folder:
        empty, full = Path(folder) / "empty", Path(folder) / "full"
        found = []
        for data, plan in ((empty, None), (full, biggest(times))):
            # Each in a process of its own: neither warms the other's caches.
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
                worker.submit(_fill, data, plan).result()
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
                found.append(worker.submit(_open_all, data).result())
        for name, ours in found[1].items():
            floor = found[0][name]
            yield Measurement(name, times, ours_s=ours, floor_s=floor, ratio=ours / floor)


def biggest(times: int) -> VillagePlan:
    """The village with the most of all, so many times over."""
    largest = max(plans(), key=lambda plan: plan.residents + plan.counts["event"])
    counts = {kind: times * count for kind, count in largest.counts.items()}
    counts |= {"doctor_team": times, "doctor_team_member": 8 * times}
    return replace(largest, counts=counts, people_a_grid=_PEOPLE_A_GRID)


def _fill(data: Path, plan: VillagePlan | None) -> None:
    from desktop.storage.store import Store
    from tests.support.store import cheap_keys
    from tests.support.whole_county.village import fill
    from tests.support.window import PASSWORD

    with cheap_keys():
        store = Store.create(data, PASSWORD)
    if plan is not None:
        fill(store, plan)
        with store.change() as connection:
            # As after a sync: the usual state of a village's records.
            connection.exec_driver_sql("DELETE FROM outbox")
            connection.exec_driver_sql("DELETE FROM standing")
    store.close()


def _open_all(data: Path) -> dict[str, float]:
    """Seconds from the key to the painted page, by page and list."""
    from PySide6.QtWidgets import QApplication

    from desktop.widgets.register_page import RegisterPage
    from tests.support.window import Hands, dress, open_window

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    dress(app)
    window = open_window(data)
    hands = Hands(window, _wait_until)
    hands.unlock()
    taken: dict[str, float] = {}
    for name, page in hands.shell.pages.items():
        if not isinstance(page, RegisterPage):
            taken[name] = _opening(hands, name, lambda: None)
            continue
        for kind in page.registers:
            taken[f"{name}.{kind}"] = _opening(hands, name, partial(page.show_kind, kind))
        for panel in page.panels:
            taken[f"{name}.{panel}"] = _opening(hands, name, partial(page.show_panel, panel))
    window.close()
    return taken


def _opening(hands: Any, name: str, turn: Callable[[], None]) -> float:
    from PySide6.QtWidgets import QApplication

    def away() -> None:
        hands.go("settings" if name != "settings" else "home")
        hands.wait()

    def there() -> None:
        turn()
        hands.go(name)
        hands.wait()
        # What came last is painted by an event that may still wait.
        QApplication.processEvents()

    found = []
    for _turn in range(_OPENINGS):
        away()
        found.append(seconds(there))
    return statistics.median(found)


def _wait_until(holds: Callable[[], bool]) -> None:
    """Wait as the running program does, asleep between two events: who looks all the time takes
    the interpreter from the lane that reads."""
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    wake = QTimer()
    wake.start(_BEAT_MS)
    until = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError("the page did not answer")
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
