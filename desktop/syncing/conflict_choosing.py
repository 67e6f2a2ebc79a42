"""Choosing on the sync page: one conflict with both versions, or many alike ones in a list."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget

from desktop.background import Lanes
from desktop.syncing.conflict_many_panel import ManyPanel
from desktop.syncing.conflict_panel import ConflictPanel
from desktop.syncing.conflicts import Alike, Conflicts, OpenConflict
from desktop.widgets.view import Note


class Choosing(QStackedWidget):
    """Covers the sync page while something is chosen."""

    left = Signal()
    #: Something was written.
    changed = Signal()
    said = Signal(object)

    def __init__(self, conflicts: Conflicts, lanes: Lanes) -> None:
        super().__init__()
        self.one, self.many = ConflictPanel(conflicts, lanes), ManyPanel(conflicts, lanes)
        #: Whether the one was opened out of the list of many.
        self._out_of_many = False
        for panel in (self.one, self.many):
            self.addWidget(panel)
            panel.said.connect(self.said)
        self.one.left.connect(self._leave_one)
        self.one.chosen.connect(self._chosen)
        self.one.many_wanted.connect(self._open_many)
        self.many.left.connect(self._back_to_one)
        self.many.finished.connect(self.left)
        self.many.changed.connect(self.changed)
        self.many.one_wanted.connect(self._open_out_of_many)

    def open(self, conflict: OpenConflict) -> None:
        """Show both versions of one conflict."""
        self._out_of_many = False
        self.setCurrentWidget(self.one)
        self.one.open(conflict)

    def decide(self) -> None:
        """Write what is chosen, if it is all chosen."""
        (self.many if self.currentWidget() is self.many else self.one).decide()

    def leave(self) -> None:
        """Go back by one step."""
        (self.many if self.currentWidget() is self.many else self.one).leave()

    def _open_many(self, alike: Alike) -> None:
        self.setCurrentWidget(self.many)
        self.many.open(alike)

    def _open_out_of_many(self, conflict: OpenConflict) -> None:
        self._out_of_many = True
        self.setCurrentWidget(self.one)
        self.one.open(conflict, alone=True)

    def _back_to_one(self) -> None:
        self.setCurrentWidget(self.one)
        self.one.take_focus()

    def _chosen(self, title: str) -> None:
        self.said.emit(Note(f"“{title}”选定了，已存在本机，下次同步送到县里"))
        self.changed.emit()
        self._leave_one()

    def _leave_one(self) -> None:
        if not self._out_of_many:
            self.left.emit()
            return
        self._out_of_many = False
        self.setCurrentWidget(self.many)
        self.many.look_again()
