"""Icons by what they mean, drawn in the colours of the tokens."""

from __future__ import annotations

from functools import lru_cache

import qtawesome
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon

from desktop.widgets import tokens

_NAMES = {
    "home": "ph.house-line",
    "grid": "ph.map-trifold",
    "resident": "ph.users",
    "household": "ph.house",
    "points": "ph.star",
    "settlement": "ph.buildings",
    "doctor": "ph.first-aid-kit",
    "pairing": "ph.handshake",
    "key_resident": "ph.heartbeat",
    "visit": "ph.clipboard-text",
    "project": "ph.wrench",
    "milestone": "ph.flag",
    "report": "ph.note-pencil",
    "team": "ph.users-four",
    "posting": "ph.user-circle-plus",
    "readiness_switch": "ph.swap",
    "emergency": "ph.broadcast",
    "peacetime": "ph.shield-check",
    "leave": "ph.sign-out",
    "party": "ph.flag-banner",
    "party_organisation": "ph.flag-banner",
    "party_group": "ph.users-three",
    "party_member": "ph.identification-card",
    "party_commitment": "ph.handshake",
    "party_deed": "ph.check-square",
    "sync": "ph.arrows-clockwise",
    "figures": "ph.chart-bar-horizontal",
    "settings": "ph.gear-six",
    "search": "ph.magnifying-glass",
    "add": "ph.plus",
    "edit": "ph.pencil-simple",
    "delete": "ph.trash",
    "close": "ph.x",
    "menu": "ph.list",
    "help": "ph.keyboard",
    "eye": "ph.eye",
    "back": "ph.arrow-left",
    "import": "ph.tray",
    "export": "ph.export",
    "save": "ph.floppy-disk",
    "undo": "ph.arrow-counter-clockwise",
    "filter": "ph.funnel",
    "down": "ph.caret-down",
    "warning": "ph.warning",
    "line": "ph.wifi-slash",
    "lock": "ph.lock-key",
    "link": "ph.key",
    "clock": "ph.clock",
    "arrows": "ph.arrows-clockwise",
    "tick": "ph.check-circle",
    "unchosen": "ph.circle",
    "merge": "ph.git-merge",
    "sheets": "ph.copy",
    "return": "ph.arrow-u-up-left",
    "bug": "ph.bug-beetle",
    "person": "ph.user",
    "photo": "ph.camera",
    "document": "ph.file-text",
    "cloud": "ph.cloud-arrow-down",
    "forward": "ph.arrow-right",
    "print": "ph.printer",
    "history": "ph.clock-counter-clockwise",
    "receipt": "ph.receipt",
    "stop": "ph.hand-palm",
    "draw": "ph.polygon",
    "whole": "ph.arrows-out",
    "nearer": "ph.magnifying-glass-plus",
    "farther": "ph.magnifying-glass-minus",
    "event": "ph.megaphone",
    "accept": "ph.hand-grabbing",
    "pass_on": "ph.share",
    "at_work": "ph.hourglass-medium",
    "feedback": "ph.chat-text",
    "evaluate": "ph.smiley",
    "up": "ph.arrow-up",
    "down_again": "ph.arrow-down",
    "send": "ph.paper-plane-tilt",
    "withdraw": "ph.x-circle",
    "without": "ph.prohibit",
    "settled": "ph.lightning",
}


#: Sizes in pixels for which icons of lists are drawn beforehand: a row's at every scale.
_SIDES = (16, 20, 24, 32, 48)


def icon(name: str, colour: str = tokens.QUIET, chosen: str | None = None) -> QIcon:
    """The icon of a meaning; ``chosen`` is its colour when a button is checked."""
    options = {"color": colour, "color_disabled": tokens.LINE_STRONG}
    if chosen:
        options |= {"color_on": chosen, "color_on_active": chosen}
    return qtawesome.icon(_NAMES[name], **options)


@lru_cache(maxsize=256)
def drawn(name: str, colour: str) -> QIcon:
    """The same icon drawn beforehand, for lists: a row that is painted must not draw letters."""
    made, by_letter = QIcon(), icon(name, colour)
    for side in _SIDES:
        made.addPixmap(by_letter.pixmap(QSize(side, side)))
    return made


def names() -> list[str]:
    """Every meaning that has an icon."""
    return list(_NAMES)
