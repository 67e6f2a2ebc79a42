"""What every page of the window is able to do; the shell calls it for menus and shortcuts."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.widgets import tokens
from desktop.widgets.elided import Elided
from desktop.widgets.view import Note


class Page(QWidget):
    """One entry of the navigation. What a page cannot do, it simply does not override."""

    #: A ``Note`` for the person.
    said = Signal(object)
    #: Something was written: the status sentence and the other pages are out of date.
    changed = Signal()
    #: Another page is wanted: its name, a kind and a record id (each may be '').
    wanted = Signal(str, str, str)
    #: The form of a record is wanted: its kind and its id.
    edit_wanted = Signal(str, str)

    #: One of another page's views is wanted: page, kind and the view's name.
    view_wanted = Signal(str, str, str)
    #: Something new of a kind is wanted, on the page that keeps it.
    begin_wanted = Signal(str)

    def __init__(self, name: str, title: str, icon: str) -> None:
        super().__init__()
        self.setObjectName(f"page_{name}")
        self.name, self.title, self.icon = name, title, icon

    def refresh(self) -> None:
        """Read again what the page shows."""

    def take_focus(self) -> None:
        """Stand where the keys are wanted first."""

    def new(self) -> None:
        """Ctrl+N."""

    def focus_filter(self) -> None:
        """Ctrl+F."""

    def save(self) -> None:
        """Ctrl+S."""

    def leave(self) -> None:
        """Esc."""

    def forget(self) -> None:
        """Keep nothing of what is half written: its village is not this PC's any more."""

    def print(self) -> None:
        """Ctrl+P."""
        self.said.emit(Note("这一页没有可打印的"))

    def show_history(self) -> None:
        """Ctrl+H."""
        self.said.emit(Note("修改记录在各页的表里看：先选一条"))

    def kinds(self) -> tuple[str, ...]:
        """The kinds of record this page can open."""
        return ()

    def open_record(self, kind: str, record_id: str) -> None:
        """Show one record; a kind without a record shows its list."""

    def edit_record(self, kind: str, record_id: str) -> None:
        """Open the form of one record."""

    def show_status(self, status: Any) -> None:
        """Where this PC stands has been read anew."""

    def show_state(self, kind: str, state: str) -> None:
        """Show only records that stand so."""

    def show_view(self, kind: str, view: str) -> None:
        """Show one of the page's own views of a kind."""

    def begin(self, kind: str) -> None:
        """Begin something new of a kind."""


class PageHead(QWidget):
    """Title, one line of facts, and the page's actions at the right."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title, self._facts = QLabel(title), Elided()
        self._title.setObjectName("pageTitle")
        self._facts.setObjectName("pageFacts")
        self._facts.hide()
        self.setMinimumHeight(tokens.px(54))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._facts)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(tokens.px(tokens.S2))
        self._row.addLayout(words, 1)

    def say(self, facts: str) -> None:
        """Show the line of facts."""
        self._facts.setText(facts)
        self._facts.setVisible(bool(facts))

    def facts(self) -> str:
        """The line of facts as shown."""
        return self._facts.text()

    def add(self, *buttons: QPushButton) -> None:
        """Put actions at the right; the last one is the page's first action."""
        for made in buttons:
            self._row.addWidget(made)
