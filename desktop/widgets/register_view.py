"""One register on a page: filters above, the table, and the panel that reads and writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.background import Lanes, sentence_of
from desktop.register.history import History
from desktop.register.service import Listing, Row
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.detail import Detail, Strip
from desktop.widgets.empty import Empty
from desktop.widgets.filters import Filters
from desktop.widgets.history_panel import HistoryPanel, Steps
from desktop.widgets.memory import Memory
from desktop.widgets.record_form import RecordForm
from desktop.widgets.table_view import RegisterTable
from desktop.widgets.view import Note, View
from sync.records.checks import forbidden

#: The table is put away when the form leaves it less room than this, unscaled.
_LEAST_TABLE = 240
#: As wide as there is room: what Qt takes for no limit.
_ANY_WIDTH = 16_777_215


class SpeakingStrip(Strip, Protocol):
    """A strip that says things and writes."""

    said: Any
    changed: Any


class RegisterView(QWidget):
    """The list of one kind of record, and what one may do with it."""

    said = Signal(object)
    changed = Signal()
    #: How many rows the list shows, and whether that is all of them.
    counted = Signal(int, bool)
    #: A record is in conflict, and a person wants to choose.
    choose_wanted = Signal()
    #: Whether the open form takes all the room there is.
    crowded = Signal(bool)

    def __init__(
        self,
        view: View,
        lanes: Lanes,
        memory: Memory,
        history: Steps | None = None,
        table: RegisterTable | None = None,
    ) -> None:
        """``table`` is another way to show the list than the usual one."""
        super().__init__()
        self.setObjectName(f"register_{view.kind}")
        self.view, self._lanes = view, lanes
        self.filters = Filters(view, lanes.reading, memory)
        self.table = table or RegisterTable(view, lanes.reading)
        self.detail = self._make_detail()
        self.history = HistoryPanel(view, lanes, history or History(view.register.store))
        self.empty = Empty()
        self._sheet = QFrame()
        self._middle = QStackedWidget(self._sheet)
        self._panel = QStackedWidget()
        self._panel.setObjectName("panel")
        self._wanted = ""
        self._lay_out()
        self._connect()

    @cached_property
    def form(self) -> RecordForm:
        """The form, made when it is first wanted: most lists are only read."""
        made = RecordForm(self.view, self._lanes)
        made.saved.connect(self._saved)
        made.left.connect(self._left)
        self._panel.addWidget(made)
        return made

    def _make_detail(self) -> Detail:
        """The panel that reads a record; a list of its own sort may have another."""
        return Detail(self.view, self._lanes)

    def hang(self, strip: SpeakingStrip) -> None:
        """Hang something more under the fields of each record."""
        self.detail.hang(strip)
        strip.said.connect(self.said)
        strip.changed.connect(self.changed)

    def refresh(self, wanted_id: str = "") -> None:
        """Read the list again; stand on the wanted record if it is there."""
        self._wanted = wanted_id
        self.table.rows.listing = self._listing()
        self.table.reload(wanted_id)
        row = self.detail.row()
        if self._reading() and row is not None and not wanted_id:
            self.detail.show_record(row.id)

    def new(self, prefilled: Mapping[str, str] | None = None) -> None:
        """Open the form for a new record; one already begun goes on."""
        if self.is_writing() and self.form.is_new() and not prefilled:
            self.form.form.start()
            return
        self.form.start_new(prefilled)
        self._show_panel(self.form)
        self.form.form.start()

    def edit(self, row: Row) -> None:
        """Open the form on a record; what was written for good is only read, or written once more
        where the county sent it back."""
        if not self.view.register.record.written:
            self.form.start_edit(row)
        elif row.state == "refused":
            self.form.start_rewrite(row)
        else:
            self.read(row)
            return
        self._show_panel(self.form)
        self.form.form.start()

    def edit_record(self, record_id: str) -> None:
        """Open the form on a record by its id, wherever it stands in the list."""
        self.refresh(record_id)
        self._lanes.reading.run(
            self.view.register.get, record_id, done=self.edit, failed=self._say_fault
        )

    def show_history(self) -> None:
        """Show what became of the record that is read, or of the one chosen in the list."""
        if self.is_writing():
            return
        row = self.detail.row() if self._reading() else self.table.chosen_row()
        if row is None:
            self.said.emit(Note("先在表里选一条，再看它的修改记录"))
        else:
            self.history.show_record(row)
            self._show_panel(self.history)
            self.history.take_focus()

    def read(self, row: Row) -> None:
        """Show a record in the panel."""
        self.open(row.id)

    def open(self, record_id: str) -> None:
        """Show a record by its id, wherever it stands in the list."""
        self.detail.show_record(record_id)
        self._show_panel(self.detail)

    def save(self) -> None:
        """Save the form if it is open."""
        if self.is_writing():
            self.form.save()

    def leave(self) -> None:
        """Leave the form (its draft is kept), else put the panel away."""
        if self.is_writing():
            self.form.leave()
        elif self._panel.currentWidget() is self.history:
            self._left()
        else:
            self._close_panel()

    def is_writing(self) -> bool:
        """Whether the form is open."""
        return self._panel.isVisibleTo(self) and self._holds_form()

    def _holds_form(self) -> bool:
        return self._panel.currentWidget() not in (self.detail, self.history)

    def delete(self, row: Row) -> None:
        """Delete a record; the note offers to take that back."""
        record = self.view.register.record
        if record.written:
            self.said.emit(Note(f"{self.view.label}记下以后不能删，只能另记一笔"))
            return
        if words := forbidden(record, "delete"):
            self.said.emit(Note(words))
            return
        title = record.fields[record.title].show(row.values[record.title])

        def done(_answer: Any) -> None:
            self._close_panel()
            self.table.forget_choice()
            self.refresh()
            self.table.setFocus()
            self.changed.emit()
            self.said.emit(
                Note(f"已删除“{title}”", "撤销", lambda: self._undelete(row.id), undoes=True)
            )

        self._lanes.writing.run(
            self.view.register.delete, row.id, done=done, failed=self._say_fault
        )

    def focus_filter(self) -> None:
        """Stand in the search box of the list."""
        self.filters.search.setFocus()
        self.filters.search.selectAll()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._size_panel()

    def _undelete(self, record_id: str) -> None:
        def done(possible: bool) -> None:
            self.changed.emit()
            words = "已恢复" if possible else "这条删除已经送到县里，不能撤销；请重新添加。"
            self.said.emit(Note(words, bad=not possible))
            if possible:
                self.refresh(record_id)

        self._lanes.writing.run(
            self.view.register.undelete, record_id, done=done, failed=self._say_fault
        )

    def _listing(self) -> Listing:
        return replace(
            self.table.rows.listing,
            search=self.filters.text(),
            filters=self.filters.held(),
            state=self.filters.state(),
        )

    def _filter(self) -> None:
        self.table.rows.listing = self._listing()
        self.table.rows.show_listing()

    def _count(self, count: int) -> None:
        everything = self.filters.is_open()
        self.counted.emit(count, everything)
        if count:
            self._middle.setCurrentWidget(self.table)
        else:
            self._say_empty(everything)
            self._middle.setCurrentWidget(self.empty)
        self._wanted = ""

    def _say_empty(self, everything: bool) -> None:
        words = self.view.empty
        if not everything:
            anew = button("clearFilters", "看全部", self.filters.open_all)
            self.empty.say("search", "没有符合条件的记录", "换几个字，或者去掉筛选再看。", [anew])
            return
        if not self.view.new_word:
            self.empty.say(words.icon, words.heading, words.words)
            return
        first = button(
            f"first_{self.view.kind}",
            self.view.new_word,
            self.new,
            weight="primary",
            icon_name="add",
        )
        self.empty.say(words.icon, words.heading, words.words, [first])

    def _saved(self, record_id: str, _new: bool) -> None:
        self.open(record_id)
        self.refresh(record_id)
        self.table.setFocus()
        self.changed.emit()
        self.said.emit(Note("已保存在本机"))

    def _say_fault(self, error: Exception) -> None:
        self.said.emit(Note(sentence_of(error) or str(error), bad=True))

    def _choose(self, row: Row) -> None:
        if not self.is_writing() and row.id != self._wanted:
            self.open(row.id)

    def _left(self) -> None:
        row = self.table.chosen_row()
        if row is not None:
            self.open(row.id)
        else:
            self._close_panel()
        self.table.setFocus()

    def _reading(self) -> bool:
        return self._panel.isVisibleTo(self) and self._panel.currentWidget() is self.detail

    def _show_panel(self, widget: QWidget) -> None:
        self._panel.setCurrentWidget(widget)
        # Before it is shown: the window must not grow to hold it and what stands over the list.
        self._size_panel(writing=self._holds_form())
        self._panel.show()

    def _close_panel(self) -> None:
        self._panel.hide()
        self._size_panel()

    def _wants_height(self) -> bool:
        """Whether the panel needs the room of what stands above the list too."""
        return False

    def _size_panel(self, *, writing: bool | None = None) -> None:
        writing = self.is_writing() if writing is None else writing
        width = min(tokens.px(tokens.FORM if writing else tokens.DETAIL), self.width())
        left = self.width() - width
        crowded = writing and left < tokens.px(_LEAST_TABLE)
        # Before the list comes back: the window must not grow to hold a wide panel and a list.
        self._panel.setMinimumWidth(0 if crowded else width)
        self._panel.setMaximumWidth(_ANY_WIDTH if crowded else width)
        self._sheet.setVisible(not crowded)
        high = crowded or self._wants_height()
        self.filters.setVisible(not high)
        self.crowded.emit(high)

    def _lay_out(self) -> None:
        self._middle.addWidget(self.table)
        self._middle.addWidget(self.empty)
        self._sheet.setObjectName("sheet")
        inside = QVBoxLayout(self._sheet)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self._middle)
        self._panel.addWidget(self.detail)
        self._panel.addWidget(self.history)
        self._panel.hide()
        middle = QHBoxLayout()
        middle.setSpacing(tokens.px(tokens.S3))
        middle.addWidget(self._sheet, 1)
        middle.addWidget(self._panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.filters)
        column.addLayout(middle, 1)

    def _connect(self) -> None:
        self.filters.changed.connect(self._filter)
        self.table.counted.connect(self._count)
        self.table.chosen.connect(self._choose)
        self.table.opened.connect(self.edit)
        self.table.delete_wanted.connect(self.delete)
        self.detail.edit_wanted.connect(self.edit)
        self.detail.delete_wanted.connect(self.delete)
        self.detail.choose_wanted.connect(self.choose_wanted)
        self.detail.history_wanted.connect(self.show_history)
        self.detail.closed.connect(self._close_panel)
        self.history.left.connect(self._left)
