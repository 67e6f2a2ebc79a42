"""What may be done with an event next, as buttons in plain words; the most likely one first."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QPushButton

from desktop.events.looks import action_look
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.layouts import clear
from sync.records import event_loop as loop

_COLUMNS = 3
#: What leads on, by preference: whoever holds an event is expected to take the first that is legal.
_ONWARD = (
    loop.DISPOSE,
    loop.FEED_BACK,
    loop.EVALUATE,
    loop.CLOSE,
    loop.ACCEPT,
    loop.REPORT,
)
_FIRST_OF = {loop.REPORTED: loop.ACCEPT, loop.SENT_BACK: loop.REPORT}


def likely(state: str, legal: Sequence[str]) -> str:
    """What is most likely done next where an event stands; empty where nothing leads on."""
    if state in (loop.WITH_TOWN, loop.WITH_COUNTY):
        # What is next is theirs; here one writes down what they say.
        return ""
    first = _FIRST_OF.get(state, "")
    if first in legal:
        return first
    return next((action for action in _ONWARD if action in legal), "")


class NextSteps(QFrame):
    """The buttons. What is not legal is not there."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("nextSteps")
        self._buttons: dict[str, QPushButton] = {}
        self._first = ""
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(tokens.px(6))
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)

    def offer(self, state: str, legal: Sequence[str]) -> None:
        """Show the legal steps of an event that stands so."""
        first = likely(state, legal)
        row = [first] if first else []
        row += [action for action in legal if action != first]
        if row == self.offered() and self._first == first:
            return
        had_focus = any(made.hasFocus() for made in self._buttons.values())
        clear(self._grid)
        self._first = first
        self._buttons = {}
        for place, action in enumerate(row):
            look = action_look(action)
            made = button(
                f"step_{action}",
                look.word,
                partial(self.wanted.emit, action),
                weight="primary" if action == first else "usual",
                icon_name=look.icon if action == first else "",
            )
            made.setProperty("step", True)
            self._buttons[action] = made
            self._grid.addWidget(made, place // _COLUMNS, place % _COLUMNS)
        if had_focus:
            self.take_focus()

    def offered(self) -> list[str]:
        """The steps that are there, the most likely first."""
        return list(self._buttons)

    def take_focus(self) -> bool:
        """Stand on the most likely one; whether there is any."""
        for made in self._buttons.values():
            made.setFocus()
            return True
        return False
