"""Events (事件) on the screen: noted fast, worked on in the panel, printed on one page."""

from __future__ import annotations

from functools import partial

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from desktop.attachments.service import Attachments
from desktop.background import Lanes, sentence_of
from desktop.events.entry_form import FIELDS
from desktop.events.fast_entry import FastEntry
from desktop.events.list_view import EMPTY, WORDS, EventsList, derived_of
from desktop.events.service import Events
from desktop.events.sheet import sheet_of
from desktop.reports.paper import Paper
from desktop.widgets.memory import Memory
from desktop.widgets.paper_view import PaperView
from desktop.widgets.register_page import RegisterPage
from desktop.widgets.register_view import RegisterView
from desktop.widgets.tab_order import tab_as_one_reads
from desktop.widgets.view import Note, View
from sync.records import Event

_COLUMNS = ("what", "event_kind", "level", "grid")
#: What one looks for first stands first: the last ones are put away while the panel is open.
_PLACES = ("what", "standing", "due_at", "event_kind", "grid", "level", "reported_at")
_WIDTHS = {"event_kind": 88, "level": 64, "grid": 128}
_FORM = (
    "what",
    "event_kind",
    "level",
    "grid",
    "place",
    "reporter",
    "reported_by",
    "phone",
    "resident",
    "found_at",
    "line",
    "duty",
    "note",
)


class EventsPage(RegisterPage):
    """The list and the panel; the fast entry and the paper cover them."""

    def __init__(
        self, events: Events, attachments: Attachments, lanes: Lanes, memory: Memory
    ) -> None:
        self._events, self._attachments = events, attachments
        self._in_order = False
        view = _list_view(events)
        super().__init__("events", "事件", "event", [view], lanes, memory)
        self.add_actions()
        self.entry = self.keep(FastEntry(_entry_view(view), events, attachments, lanes, memory))
        self.entry.saved.connect(self._saved)
        self.entry.said.connect(self.said)
        self.entry.left.connect(self._uncover)
        self.entry.open_wanted.connect(partial(self.open_record, Event.kind))
        self.paper = self.keep(PaperView(lanes.files))
        self.paper.said.connect(self.said)
        self.paper.left.connect(self._uncover)
        events_list = self.list
        events_list.entry_wanted.connect(self.note_one)
        events_list.panel.print_wanted.connect(self.print)
        events_list.refused_wanted.connect(partial(self.wanted.emit, "syncing", "", ""))

    @property
    def list(self) -> EventsList:
        """The list of events."""
        found = self.registers[Event.kind]
        assert isinstance(found, EventsList)  # noqa: S101 (made below)
        return found

    def note_one(self) -> None:
        """Open the fast entry; whoever is on another page emits ``begin_wanted("event")``."""
        if self._covered() is not self.entry:
            self.cover(self.entry)
            self.entry.start()

    def new(self) -> None:
        self.note_one()

    def refresh(self) -> None:
        if self._covered() is None:
            super().refresh()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._in_order:
            # Not before: what is put into a window loses the order that it had.
            self._in_order = True
            tab_as_one_reads(self._lists)

    def take_focus(self) -> None:
        if self._covered() is self.entry:
            self.entry.form.start()
        elif self._covered() is None:
            super().take_focus()
            if not self.list.table.isVisible():
                self.list.views.take_focus()

    def focus_filter(self) -> None:
        self.uncover()
        super().focus_filter()

    def save(self) -> None:
        covered = self._covered()
        if covered is self.entry:
            self.entry.save()
        elif covered is self.paper:
            self.paper.save()
        else:
            super().save()

    def leave(self) -> None:
        covered = self._covered()
        if covered is self.entry:
            self.entry.leave()
        elif covered is self.paper:
            self.paper.leave()
        else:
            super().leave()

    def forget(self) -> None:
        self.list.panel.step_form.forget()

    def print(self) -> None:
        if self._covered() is self.paper:
            self.paper.print()
            return
        row = self.list.detail.row() or self.list.table.chosen_row()
        if row is None or self._covered() is not None:
            self.said.emit(Note("先在表里选一件事，再打印它的处置单"))
            return
        work = partial(sheet_of, self._events, self._attachments, row.id)
        self.lanes.reading.run(work, done=self._show_paper, failed=self._say_fault)

    def edit_record(self, kind: str, record_id: str) -> None:
        if record_id:
            super().edit_record(kind, record_id)
        else:
            self.note_one()

    def begin(self, kind: str) -> None:
        self.note_one()

    def show_view(self, kind: str, view: str) -> None:
        self.uncover()
        self.show_kind(Event.kind)
        self.list.show_view(view)

    def show_state(self, kind: str, state: str) -> None:
        self.list.show_view("")
        super().show_state(Event.kind, state)

    def _count(self, kind: str, count: int, everything: bool) -> None:
        """The line under the title says what is listed: 「已超时 6 件」."""
        super()._count(kind, count, everything)
        events_list = self.list
        if events_list.scope and events_list.filters.is_open():
            self._say(kind, f"{WORDS[events_list.scope]} {count:,} 件")

    def _make_register(self, view: View, memory: Memory) -> RegisterView:
        return EventsList(view, self._events, self._attachments, self.lanes, memory)

    def _covered(self) -> QWidget | None:
        """What stands in place of the list."""
        shown = self._cover.currentWidget()
        return None if shown is self._lists else shown

    def _saved(self, event_id: str) -> None:
        self.list.refresh(event_id)
        self.changed.emit()

    def _uncover(self) -> None:
        self.uncover()
        self.refresh()
        self.take_focus()

    def _show_paper(self, paper: Paper) -> None:
        self.cover(self.paper)
        self.paper.show_paper(paper)

    def _say_fault(self, error: Exception) -> None:
        self.said.emit(Note(sentence_of(error) or str(error), bad=True))


def _list_view(events: Events) -> View:
    return View(
        register=events,
        icon="event",
        new_word="记一件事",
        counted="件",
        columns=_COLUMNS,
        derived=derived_of(events),
        places=_PLACES,
        widths=_WIDTHS,
        form=_FORM,
        filters=("grid", "event_kind", "level"),
        empty=EMPTY,
    )


def _entry_view(view: View) -> View:
    return View(
        register=view.register,
        icon=view.icon,
        new_word=view.new_word,
        columns=view.columns,
        form=FIELDS,
        filters=(),
        empty=view.empty,
    )
