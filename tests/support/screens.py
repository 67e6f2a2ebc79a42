"""Pictures of every page and every list on it, in villages with nothing, with a usual lot and full.

``python -m tests.support.screens [--scale 100|125|150] [--folder DIR]`` leaves a PNG each under
``build/screens``, to look at after a change: the real window, offscreen.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from desktop.storage.store import Store
from desktop.widgets.register_page import RegisterPage
from tests.support.server import ROOT
from tests.support.store import cheap_keys
from tests.support.whole_county.plan import VillagePlan, plans
from tests.support.whole_county.village import fill
from tests.support.window import PASSWORD, Hands, dress, open_window

_PATIENCE_S = 60
_TURNS = 12
_VILLAGE = plans(1)[0]
#: What lies in each village.
STATES: dict[str, VillagePlan | None] = {
    "empty": None,
    "ordinary": _VILLAGE,
    "full": replace(
        _VILLAGE,
        counts={kind: 15 * count for kind, count in _VILLAGE.counts.items()},
        people_a_grid=30,
    ),
}


def main() -> int:
    """Make all pictures."""
    parser = argparse.ArgumentParser(prog="dev.py screens")
    parser.add_argument("--scale", type=int, default=100, choices=(100, 125, 150))
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "screens")
    options = parser.parse_args()
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    dress(app, options.scale)
    for state, plan in STATES.items():
        _village(options.folder / "data" / state, plan)
        _look_around(options.folder / "data" / state, options.folder / state)
    shutil.rmtree(options.folder / "data")
    print(f"{len(list(options.folder.glob('*/*.png')))} 张图在 {options.folder}")
    return 0


def _village(data: Path, plan: VillagePlan | None) -> None:
    with cheap_keys():
        store = Store.create(data, PASSWORD)
    store.set(operator="周桂芳")
    if plan is not None:
        fill(store, plan)
    store.close()


def _look_around(data: Path, pictures: Path) -> None:
    pictures.mkdir()
    window = open_window(data)
    hands = Hands(window, _wait_until)
    hands.unlock()
    for page in hands.shell.parts.pages:
        hands.go(page.name)
        _save(hands, pictures / f"{page.name}.png")
        if isinstance(page, RegisterPage):
            for panel in page.panels:
                page.show_panel(panel)
                page.refresh()
                _save(hands, pictures / f"{page.name}-{panel}.png")
            for kind in page.registers:
                page.show_kind(kind)
                page.refresh()
                hands.wait()
                _open_first(hands, page)
                _save(hands, pictures / f"{page.name}-{kind}.png")
    window.close()


def _open_first(hands: Hands, page: RegisterPage) -> None:
    """Show the first record in the panel beside its list."""
    table = page.current().table
    if table.rows.rowCount():
        table.selectRow(0)
        hands.wait()


def _save(hands: Hands, file: Path) -> None:
    hands.wait()
    # A layout tells the one around it in the next turn, and so on up to the window.
    for _turn in range(_TURNS):
        QApplication.processEvents()
    assert hands.window.grab().save(str(file))


def _wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError("the page did not answer")
        QApplication.processEvents()


if __name__ == "__main__":
    sys.exit(main())
