"""A village's day, lived by the real window offscreen, from a morning without a line on.

The clerk imports the register, writes a household, grids, points and a settlement while the county
cannot be reached, sees that the line is down, syncs when it is back. What follows with a line is in
``village_afternoon``. At the end a colleague's PC and the county hold the same.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMessageLogContext, Qt, QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from build_scripts import demo
from build_scripts.county import County, county, first_village
from build_scripts.steps import say
from build_scripts.village_afternoon import live_an_afternoon
from desktop.residents.page import ResidentsPage
from desktop.verbs import receipt_in_words
from desktop.window import Window
from sync.records import KINDS
from tests.support.window import Hands, dress, open_window

PATIENCE_S = 60
#: What the clerk types, page by page: the kind, and the fields of its form.
WRITTEN: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("grids", "grid", {"name": "第一微网格", "leader": "单小芳", "planned_households": "46"}),
    ("grids", "grid", {"name": "第二微网格", "leader": "曾国强", "planned_households": "52"}),
    ("residents", "household", {"head": "郭忠珍", "number": "0012", "address": "1组50号"}),
    ("residents", "resident", {"name": "覃𬀩䶮", "id_number": "510183199003071232"}),
    ("points", "points_subject", {"name": "郭忠珍"}),
    ("renovation", "settlement", {"name": "花溪苑", "address": "3组", "households": "86"}),
)


def live_a_day(folder: Path) -> int:
    """Live the day in ``folder``; print the receipt and the totals; 0 if all ends agree."""
    first, second = folder / "first", folder / "second"
    with county(folder / "county") as server:
        demo.village_pc(first, server)
        demo.village_pc(second, server, "李会计", "二楼办公室")
        port = int(server.url.rpartition(":")[2])
    qInstallMessageHandler(_print_but_size_hints)
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    dress(app)
    with at_the_window(first) as hands:
        photograph(hands, folder / "unlock.png")
        hands.unlock(demo.PASSWORD)
        photograph(hands, folder / "home-empty.png")
        import_register(hands, folder)
        write(hands)
        note_an_event(hands, folder)
        hands.click("syncButton")
        hands.wait(lambda: not hands.shell.parts.clock.running)
        photograph(hands, folder / "no-line.png")
        with county(folder / "county", port=port) as server:
            hands.click("syncButton")
            hands.wait(lambda: not hands.shell.parts.clock.running)
            for place, page in enumerate(hands.shell.pages, 1):
                hands.go(page)
                photograph(hands, folder / f"{place:02}-{page}.png")
            live_an_afternoon(hands, second, folder, photograph)
            receipt = hands.shell.parts.syncing.last_receipt()
            assert receipt is not None
            say(f"第一台电脑 first PC: {receipt_in_words(receipt)}")
            say(f"第二台电脑 second PC: {demo.pc_verb(second, 'sync').strip()}")
            return compare(server, first, second)


def _print_but_size_hints(_kind: QtMsgType, _context: QMessageLogContext, words: str) -> None:
    """Qt's offscreen screen repeats at each window that it takes no hints of size."""
    if "propagateSizeHints" not in words:
        print(words, file=sys.stderr)


@contextmanager
def at_the_window(data: Path) -> Any:
    """The program's window on a PC's data, and hands on it."""
    window: Window = open_window(data)
    try:
        yield Hands(window, wait_until)
    finally:
        window.close()


def import_register(hands: Hands, folder: Path) -> None:
    """Preview the sample register, then import it."""
    hands.go("residents")
    page = hands.shell.pages["residents"]
    assert isinstance(page, ResidentsPage)
    # The file dialog belongs to the system; everything behind it is the window's.
    page.preview(demo.REGISTER)
    hands.wait(lambda: hands.sees("carryOut"))
    photograph(hands, folder / "import-preview.png")
    hands.click("carryOut")
    hands.wait(lambda: not hands.sees("carryOut"))
    photograph(hands, folder / "import-done.png")
    hands.click("importBack")


def write(hands: Hands) -> None:
    """Type new records into their forms and save them with Ctrl+S."""
    for page, kind, typed in WRITTEN:
        hands.go(page)
        if hands.sees(f"tab_{kind}"):
            hands.click(f"tab_{kind}")
        hands.click(f"new_{page}")
        for field, text in typed.items():
            hands.type(text, f"field_{field}")
        hands.wait()
        waiting = hands.status.waiting + 1
        hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
        hands.wait(partial(_waits, hands, waiting))


def note_an_event(hands: Hands, folder: Path) -> None:
    """Note from the home page what was found on the way: what, of which kind, saved."""
    hands.go("home")
    hands.click("homeNewEvent")
    hands.type("一组水渠被树枝堵了，水漫到路上", "field_what")
    hands.press(Qt.Key.Key_Return)
    hands.press(Qt.Key.Key_2)
    photograph(hands, folder / "event.png")
    # The event and its first step.
    waiting = hands.status.waiting + 2
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(partial(_waits, hands, waiting))
    hands.press(Qt.Key.Key_Escape)


def _waits(hands: Hands, number: int) -> bool:
    return hands.status.waiting == number


def photograph(hands: Hands, file: Path) -> None:
    """Save what is in sight."""
    hands.wait()
    QApplication.processEvents()
    assert hands.window.grab().save(str(file))


def compare(server: County, *pcs: Path) -> int:
    """Print the county's totals and say whether both PCs hold the same records as it."""
    say(f"县里的合计 totals of the county: {server.verb('totals', '--json')}")
    totals = json.loads(server.verb("totals", "--json", "--area", first_village()))
    kinds = [kind for kind, record in KINDS.items() if "create" in record.villages_may]
    here, there = ({kind: records(data, kind) for kind in kinds} for data in pcs)
    agree = here == there and all(len(here[kind]) == totals[kind] for kind in kinds)
    statuses = [json.loads(demo.pc_verb(data, "status", "--json")) for data in pcs]
    settled = not any(s["waiting"] + s["conflicts"] + s["refused"] for s in statuses)
    say("两台电脑和县里一致 all ends agree" if agree and settled else "不一致 the ends differ")
    return 0 if agree and settled else 1


def records(data: Path, kind: str) -> dict[str, dict[str, Any]]:
    """All records of a kind on a PC, by id, without where they stand."""
    listed = json.loads(demo.pc_verb(data, "list", kind, "--json", "--unmask"))
    return {record["id"]: record | {"sync_state": ""} for record in listed}


def wait_until(holds: Callable[[], bool]) -> None:
    """Let the window work until something holds; it must within a minute."""
    until = time.monotonic() + PATIENCE_S
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError("the window did not come to rest")
        QApplication.processEvents()
