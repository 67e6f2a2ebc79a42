"""Something else than a list that stands on a page of registers, under a tab of its own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.widgets.register_view import SpeakingStrip
from desktop.widgets.view import Note


class PagePanel(QWidget):
    """What a tab of a ``RegisterPage`` shows: ``page.add_panel("map", "地图", panel)``.

    The page calls these as it calls a list; what a panel cannot do, it does not override.
    """

    #: A ``Note`` for the person.
    said = Signal(object)
    #: Something was written: the status sentence and the other pages are out of date.
    changed = Signal()
    #: Another page, or another tab of this one, is wanted: page, kind, record id (each may be '').
    wanted = Signal(str, str, str)
    #: One line of facts for under the page's title.
    facts = Signal(str)
    #: Whether it needs the room of the page's title and tabs too.
    crowded = Signal(bool)

    #: What the page's first action says while the panel is in sight; '' hides it.
    new_word = ""

    def refresh(self) -> None:
        """Read again what is shown; called each time the panel comes in sight."""

    def take_focus(self) -> None:
        """Stand where the keys are wanted first."""
        self.setFocus()

    def new(self) -> None:
        """Ctrl+N, and the page's first action."""

    def focus_filter(self) -> None:
        """Ctrl+F."""

    def save(self) -> None:
        """Ctrl+S."""

    def leave(self) -> None:
        """Esc."""

    def print(self) -> None:
        """Ctrl+P."""
        self.said.emit(Note("这一页没有可打印的"))

    def show_history(self) -> None:
        """Ctrl+H."""
        self.said.emit(Note("修改记录在各页的表里看：先选一条"))

    def hang(self, make_strip: Callable[[], SpeakingStrip]) -> None:
        """Hang a strip of its own under the fields of a record that the panel shows, if any."""
