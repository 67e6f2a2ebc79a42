"""A list of 100,000 residents: opened, scrolled to its end, searched by two characters.

The real window on a real encrypted store, offscreen. The floor is what it takes to start a program
that shows an empty window; ``start`` is our own start up to the first page with its data.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from desktop.storage.store import Store
from sync.records import Resident
from tests.bench.measurement import Measurement, forget_peak, median_seconds, peak_mb, seconds
from tests.bench.people import people

USUAL = 100_000
_PART = 20_000
_STARTS = 3
_PATIENCE_S = 120
_EMPTY_WINDOW = """
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
window.resize(1366, 768)
window.show()
window.grab()
QTimer.singleShot(0, app.quit)
app.exec()
"""


def measure(count: int | None = None) -> Iterator[Measurement]:
    """Measure the start and the list, each beside the start of an empty window."""
    # Before Qt is imported, here and in the programs that are started.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from tests.support.window import PASSWORD

    os.environ["SHIGE_PASSWORD"] = PASSWORD
    count = count or USUAL
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "village"
        # In a process of its own, so that the peak measured here is the window's.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as filler:
            filler.submit(_fill, data, PASSWORD, count).result()
        floor = median_seconds(lambda: _run("-c", _EMPTY_WINDOW), _STARTS)
        given = ["--data", str(data), "--password-env", "SHIGE_PASSWORD"]
        picture = ["--screenshot", str(Path(folder) / "start.png")]
        start = median_seconds(lambda: _run("-m", "desktop", *given, *picture), _STARTS)
        measured = [Measurement("start", count, ours_s=start), *_in_the_window(data, count)]
        for measurement in measured:
            ours = measurement.ours_s or 0
            yield replace(measurement, floor_s=floor, ratio=ours / floor)


def _in_the_window(data: Path, count: int) -> Iterator[Measurement]:
    from PySide6.QtWidgets import QApplication

    from tests.support.window import Hands, dress, open_window

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    dress(app)
    window = open_window(data)
    hands = Hands(window, _wait_until)
    hands.unlock()
    forget_peak()

    def measured(name: str, work: Callable[[], None]) -> Measurement:
        return Measurement(name, count, ours_s=seconds(work), peak_mb=peak_mb())

    page = hands.shell.pages["residents"]
    view = page.current()  # type: ignore[attr-defined]
    model = view.table.rows

    def open_list() -> None:
        hands.go("residents")
        hands.wait(lambda: model.rowCount() == count and model.row(0) is not None)

    def scroll_to_the_end() -> None:
        view.table.scrollToBottom()
        hands.wait(lambda: model.row(count - 1) is not None)

    def search() -> None:
        hands.type("zw", view.filters.search.objectName())
        hands.wait(lambda: 0 < model.rowCount() < count and model.row(0) is not None)

    try:
        yield measured("list_open", open_list)
        yield measured("list_end", scroll_to_the_end)
        yield measured("list_search", search)
    finally:
        window.close()


def _fill(data: Path, password: str, count: int) -> None:
    store = Store.create(data, password)
    everybody = list(people(count))
    for at in range(0, count, _PART):
        with store.write() as writing:
            writing.create_many(Resident, everybody[at : at + _PART])
    with store.change() as connection:
        # As after a sync: the usual state of a register of this size.
        connection.exec_driver_sql("DELETE FROM outbox")
        connection.exec_driver_sql("DELETE FROM standing")
    store.close()


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def _wait_until(holds: Callable[[], bool]) -> None:
    from PySide6.QtWidgets import QApplication

    until = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError("the list did not answer")
        QApplication.processEvents()
