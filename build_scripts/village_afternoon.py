"""A village's afternoon with a line: what the window does beside writing and syncing.

A photo is added and sent, two PCs write one field and a person chooses, the history tells it, a
stick goes to the county and comes back, a receipt goes to paper.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt

from build_scripts import demo
from build_scripts.steps import say
from desktop.attachments.service import Incoming
from desktop.attachments.viewer import Viewer
from desktop.syncing.page import SyncPage
from desktop.widgets.paper_drawing import save_pdf
from sync.records.fields import Reference
from tests.support.photos import photo
from tests.support.window import Hands

Photograph = Callable[[Hands, Path], None]
_CONTROL = Qt.KeyboardModifier.ControlModifier
#: Of whom both PCs write another address.
_WHOM = "覃𬀩䶮"


def live_an_afternoon(hands: Hands, second: Path, folder: Path, photograph: Photograph) -> None:
    """Live it; pictures go to ``folder``, ``second`` is the data of a colleague's PC."""

    def take(name: str) -> None:
        photograph(hands, folder / f"{name}.png")

    add_a_photo(hands, take)
    disagree(hands, second)
    choose(hands, take)
    by_stick(hands, folder / "stick", take)
    to_paper(hands, folder, take)


def add_a_photo(hands: Hands, take: Callable[[str], None]) -> None:
    """Add a photo to the settlement, see it large, and let the next sync send it."""
    hands.shell.open_record("settlement", first_of(hands, "settlement"))
    hands.wait(lambda: hands.sees("addPhotos"))
    # The dialog that picks files belongs to the system; everything behind it is the window's.
    taken = photo(1, (1600, 1200), moment="2026:11:25 09:41:00", noisy=False)
    hands.see("attachmentStrip").add([Incoming("IMG_0941.jpg", taken)])
    hands.wait(lambda: hands.sees("attachments") and hands.status.photos_waiting.number == 1)
    take("photo-added")
    hands.see("attachments").setFocus()
    hands.press(Qt.Key.Key_Return)
    hands.wait(lambda: bool(hands.window.findChildren(Viewer)))
    hands.window.findChildren(Viewer)[0].reject()
    hands.wait(lambda: not hands.window.findChildren(Viewer))
    hands.window.activateWindow()
    hands.wait(hands.window.isActiveWindow)
    sync(hands)
    assert hands.status.photos_waiting.number == 0


def disagree(hands: Hands, second: Path) -> None:
    """Let a colleague and the clerk write different addresses of one resident."""
    demo.pc_verb(second, "sync")
    everybody = json.loads(demo.pc_verb(second, "list", "resident", "--json"))
    (person,) = [one["id"] for one in everybody if one["name"] == _WHOM]
    demo.pc_verb(second, "edit", "resident", person, "--json", '{"address": "4组17号"}')
    demo.pc_verb(second, "sync")
    hands.shell.edit_record("resident", person)
    hands.wait(lambda: hands.sees("field_address"))
    hands.see("field_address").clear()
    hands.type("4组71号", "field_address")
    waiting = hands.status.waiting + 1
    hands.press(Qt.Key.Key_S, _CONTROL)
    hands.wait(lambda: hands.status.waiting == waiting)
    sync(hands)
    assert hands.status.conflicts == 1


def choose(hands: Hands, take: Callable[[str], None]) -> None:
    """Choose between both by the keyboard, and read it in the history."""
    hands.go("syncing")
    hands.wait(lambda: hands.sees("chooseConflict"))
    take("conflict-listed")
    hands.click("chooseConflict")
    hands.wait(lambda: hands.sees("allOther"))
    hands.click("allOther")
    hands.type("打电话问过本人", "conflictReason")
    take("conflict-choosing")
    hands.press(Qt.Key.Key_S, _CONTROL)
    hands.wait(lambda: hands.status.conflicts == 0)
    sync(hands)
    hands.shell.open_record("resident", first_of(hands, "resident", _WHOM))
    hands.wait(lambda: hands.sees("showHistory"))
    hands.press(Qt.Key.Key_H, _CONTROL)
    hands.wait(lambda: hands.sees("historyBack"))
    take("history")
    hands.press(Qt.Key.Key_Escape)
    hands.wait()


def by_stick(hands: Hands, stick: Path, take: Callable[[str], None]) -> None:
    """Write something, carry it to the county on a stick, and read the answer."""
    stick.mkdir()
    hands.go("grids")
    hands.click("new_grids")
    hands.type("第三微网格", "field_name")
    hands.press(Qt.Key.Key_S, _CONTROL)
    hands.wait(lambda: hands.status.waiting == 1)
    # As if it had been chosen in the system's dialog.
    hands.window.remembered.remember("courier/folder", str(stick))
    hands.go("syncing")
    hands.click("courierOpen")
    for step in ("courierSave", "courierCarry", "courierRead"):
        hands.wait(partial(_stands_on, hands, step))
        take(f"stick-{step.removeprefix('courier').lower()}")
        hands.press(Qt.Key.Key_Return)
        hands.wait(partial(hands.sees, f"{step}Told"))
    assert hands.status.waiting == 0
    take("stick-done")
    hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("receipts"))


def _stands_on(hands: Hands, name: str) -> bool:
    return hands.focused().objectName() == name


def to_paper(hands: Hands, folder: Path, take: Callable[[str], None]) -> None:
    """Look the receipts through and put the newest on paper."""
    hands.click("receipts")
    hands.wait(lambda: hands.sees("receiptTable"))
    take("receipts")
    hands.press(Qt.Key.Key_P, _CONTROL)
    hands.wait(lambda: hands.sees("paperPage"))
    take("receipt-preview")
    page = hands.page
    assert isinstance(page, SyncPage)
    save_pdf(page.paper.sheets, "同步回执", folder / "回执.pdf")
    say(f"回执已存成 PDF receipt as PDF: {folder / '回执.pdf'}")
    for _ in range(2):
        hands.press(Qt.Key.Key_Escape)
    hands.wait(lambda: hands.sees("courierOpen"))


def sync(hands: Hands) -> None:
    """Press F5 and wait for its end."""
    hands.press(Qt.Key.Key_F5)
    hands.wait(lambda: not hands.shell.parts.clock.running)


def first_of(hands: Hands, kind: str, name: str = "") -> str:
    """The id of the first record of a kind, or of the first with this name."""
    found = hands.shell.parts.registers[kind].choices(Reference("", to=kind), name, 1)
    return found[0][0]
