"""The list of grids with their teams, and beside it the board of one grid or a form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, sentence_of
from desktop.register.service import Row
from desktop.team.board import Board
from desktop.team.day_box import DayBox
from desktop.team.leaders_banner import LeadersBanner
from desktop.team.service import Postings, Successor, today
from desktop.team.tally import Tally
from desktop.team.teams import Team, Teams
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.empty import Empty
from desktop.widgets.filters import Filters
from desktop.widgets.memory import Memory
from desktop.widgets.page_panel import PagePanel
from desktop.widgets.record_form import RecordForm
from desktop.widgets.table_view import RegisterTable
from desktop.widgets.view import Note, View
from sync.records import Grid
from sync.records.teams import Stand

_LEAST_TABLE = 240
#: As wide as a name, a telephone and what one may do beside each other, unscaled.
_BOARD = 420
#: A window lower than this, unscaled, gives an open board the room of what stands above the list.
_LEAST_WINDOW = 600
_ANY_WIDTH = 16_777_215


class TeamsPanel(PagePanel):
    """For each micro grid its seats in the mode in force, with people."""

    new_word = "安排人"
    #: A mode is wanted for a grid: mode, id and name.
    switch_wanted = Signal(str, str, str)
    #: A roster is wanted: the day, and a grid's id ('' for all).
    roster_wanted = Signal(str, str)
    #: The list of a grid's postings is wanted.
    records_wanted = Signal(str, str)

    def __init__(
        self, view: View, postings: View, teams: Teams, lanes: Lanes, memory: Memory
    ) -> None:
        super().__init__()
        self.setObjectName("teamsPanel")
        self._view, self._postings, self._teams, self._lanes = view, postings, teams, lanes
        self._read, self._counted = Latest(), Latest()
        self.filters = Filters(view, lanes.reading, memory)
        self.filters.search.setPlaceholderText("找网格、在岗的人、拼音")
        self.day = DayBox()
        self.table = RegisterTable(view, lanes.reading)
        self.board = Board()
        self.empty = Empty()
        self.form: RecordForm | None = None
        self._written = LeadersBanner(partial(self._take, ""))
        self._sheet, self._middle, self._panel = QFrame(), QStackedWidget(), QStackedWidget()
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        self._list()
        if self._panel.isVisibleTo(self) and self.board.team is not None:
            self._show_board(self.board.team.grid)
        self._counted.ask(self._lanes.reading.run(self._count, done=self._say_count))

    def take_focus(self) -> None:
        if not self.is_writing():
            self.table.setFocus()

    def new(self) -> None:
        """Open the form of a posting, on the grid that is chosen."""
        if self.is_writing() and self.form is not None:
            self.form.form.start()
            return
        row = self.table.chosen_row()
        self.write({"grid": row.id} if row else {})

    def focus_filter(self) -> None:
        self.filters.search.setFocus()
        self.filters.search.selectAll()

    def save(self) -> None:
        if self.is_writing() and self.form is not None:
            self.form.save()

    def leave(self) -> None:
        if self.is_writing() and self.form is not None:
            self.form.leave()
        elif self._panel.isVisibleTo(self) and not self.table.hasFocus():
            self.table.setFocus()
        else:
            self._close()

    def print(self) -> None:
        self.roster_wanted.emit(self.shown_day(), "")

    def is_writing(self) -> bool:
        """Whether a form is open."""
        return self._panel.isVisibleTo(self) and self._panel.currentWidget() is self.form

    def shown_day(self) -> str:
        """The day that is shown (``YYYY-MM-DD``)."""
        return self.day.day()

    def open_grid(self, grid: str) -> None:
        """Show a grid's board, and stand on it in the list."""
        self._list(grid)
        self._show_board(grid)

    def write(self, known: Mapping[str, str], before: str = "") -> None:
        """Open the form of a new posting; with ``before`` it takes the place of that one."""
        register = self._postings.register
        view = self._postings
        if before:
            view = replace(view, register=Successor(register.store, before), new_word="换人")
        self._open_form(view).start_new({"started_on": today(), **known})
        self._start_writing()

    def edit(self, posting: str) -> None:
        """Open the form of a posting."""

        def read(row: Row) -> None:
            self._open_form(self._postings).start_edit(row)
            self._start_writing()

        self._ask(partial(self._postings.register.get, posting), read)

    def replace(self, stand: Stand) -> None:
        """Open the form of who follows somebody on their seat."""
        self.write({"grid": stand.grid, "seat": stand.seat, "mode": stand.mode}, stand.id)

    def end(self, stand: Stand) -> None:
        """Let somebody leave their seat today; the note offers to take that back."""
        postings = Postings(self._teams.store)

        def done(_day: str) -> None:
            self._written_down(
                Note(
                    f"{stand.name}从今天起离岗",
                    "撤销",
                    lambda: self._write(partial(postings.come_back, stand.id), "已恢复在岗"),
                    undoes=True,
                )
            )

        self._lanes.writing.run(postings.end, stand.id, done=done, failed=self._say_fault)

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._size_panel()

    # What is read

    def _list(self, wanted: str = "") -> None:
        other = self.day.other()
        day = (("day", other),) if other else ()
        self.table.rows.listing = replace(
            self.table.rows.listing,
            search=self.filters.text(),
            filters=(*self.filters.held(), *day),
            state=self.filters.state(),
        )
        self.table.reload(wanted)

    def _count(self) -> tuple[Tally, int]:
        return self._teams.tally(self.shown_day()), self._teams.written_leaders()

    def _say_count(self, counted: tuple[Tally, int]) -> None:
        tally, written = counted
        words = [f"{self.day.other() or '今天'} {tally.grids:,} 个网格"]
        if tally.missing:
            words.append(f"空缺 {tally.missing:,} 人")
        if tally.crowded:
            words.append(f"{tally.crowded:,} 个要看一看")
        if tally.emergency:
            words.append(f"{tally.emergency:,} 个在战时")
        self.facts.emit(" · ".join(words) if tally.grids else "")
        self._written.say(written)

    def _show_board(self, grid: str) -> None:
        self._read.ask(
            self._lanes.reading.run(
                self._teams.team, grid, self.shown_day(), done=self._take_team, failed=self._gone
            )
        )

    def _take_team(self, team: Team) -> None:
        self.board.show_team(team)
        if not self.is_writing():
            self._show_panel(self.board)

    def _gone(self, _error: Exception) -> None:
        self._close()

    def _show_phones(self) -> None:
        if self.board.team is not None:
            ids = [one.id for one in self.board.team.manned.people]
            self._lanes.writing.run(
                self._teams.phones, ids, done=self.board.show_phones, failed=self._say_fault
            )

    # What is written

    def _open_form(self, view: View) -> RecordForm:
        """A form of its own each time: who follows whom is part of it."""
        if self.form is not None:
            self.form.leave()
        self.form = RecordForm(view, self._lanes)
        self.form.saved.connect(self._saved)
        self.form.left.connect(self._left)
        return self.form

    def _start_writing(self) -> None:
        if self.form is not None:
            # What stands in its way goes first: the window must not grow to hold both.
            self._size_panel(writing=True)
            self._panel.addWidget(self.form)
            self._show_panel(self.form)
            self.form.form.start()

    def _close_form(self) -> None:
        """Take the form away before the list comes back: the window must not hold both."""
        if self.form is not None:
            self._panel.removeWidget(self.form)
            self.form.hide()
            self.form.deleteLater()
            self.form = None

    def _saved(self, posting: str, _new: bool) -> None:
        self._close_form()

        def read(row: Row) -> None:
            self._show_panel(self.board)
            self.open_grid(str(row.values["grid"]))
            self.table.setFocus()

        self._ask(partial(self._postings.register.get, posting), read)
        self._written_down(Note("已保存在本机"))

    def _left(self) -> None:
        self._close_form()
        if self.board.team is not None:
            self._show_panel(self.board)
            self._show_board(self.board.team.grid)
        else:
            self._close()
        self.table.setFocus()

    def _take(self, grid: str) -> None:
        """Post the leaders that grids name in their own form."""

        def done(count: int) -> None:
            self._written_down(Note(f"记上了{count}位微网格长，以后在这里改"))

        self._lanes.writing.run(self._teams.take_leaders, grid, done=done, failed=self._say_fault)

    def _write(self, work: Any, words: str) -> None:
        self._lanes.writing.run(
            work, done=lambda _: self._written_down(Note(words)), failed=self._say_fault
        )

    def _written_down(self, note: Note) -> None:
        self.changed.emit()
        self.said.emit(note)
        self.refresh()

    def _ask(self, work: Any, done: Any) -> None:
        self._lanes.reading.run(work, done=done, failed=self._say_fault)

    def _say_fault(self, error: Exception) -> None:
        self.said.emit(Note(sentence_of(error) or str(error), bad=True))

    # How it is seen

    def _say_rows(self, count: int) -> None:
        self._middle.setCurrentWidget(self.table if count else self.empty)
        if count:
            return
        if self.filters.is_open():
            words = self._view.empty
            first = button(
                "toGrids",
                "去写网格",
                partial(self.wanted.emit, "grids", Grid.kind, ""),
                weight="primary",
                icon_name="grid",
            )
            self.empty.say(words.icon, words.heading, words.words, [first])
        else:
            anew = button("clearFilters", "看全部", self.filters.open_all)
            self.empty.say("search", "没有符合条件的网格", "换几个字，或者去掉筛选再看。", [anew])

    def _open(self, row: Row) -> None:
        """Enter on a grid leads to its board."""
        if self.board.team is not None and self.board.team.grid == row.id:
            self.board.take_focus()
        else:
            self.open_grid(row.id)

    def _choose(self, row: Row) -> None:
        if not self.is_writing():
            self._show_board(row.id)

    def _show_panel(self, widget: QWidget) -> None:
        # Before it is shown: the window must not grow to hold both.
        self._written.make_room(True)
        self._panel.setCurrentWidget(widget)
        self._panel.show()
        self._size_panel()

    def _close(self) -> None:
        self._panel.hide()
        self._size_panel()

    def _size_panel(self, *, writing: bool | None = None) -> None:
        writing = self.is_writing() if writing is None else writing
        wanted = tokens.FORM if writing else _BOARD
        width = min(tokens.px(wanted), self.width())
        crowded = writing and self.width() - width < tokens.px(_LEAST_TABLE)
        self._panel.setMinimumWidth(0 if crowded else width)
        self._panel.setMaximumWidth(_ANY_WIDTH if crowded else width)
        self._sheet.setVisible(not crowded)
        self._filter_row.setVisible(not crowded)
        board = self._panel.isVisibleTo(self)
        self._written.make_room(board)
        # Under title, strip and tabs a large letter leaves a board hardly one seat.
        low = self.window().height() < tokens.px(_LEAST_WINDOW)
        self.crowded.emit(crowded or (board and low))

    def _lay_out(self) -> None:
        self._filter_row = QWidget()
        above = QHBoxLayout(self._filter_row)
        above.setContentsMargins(0, 0, 0, 0)
        above.setSpacing(tokens.px(tokens.S2))
        above.addWidget(self.filters, 1)
        above.addWidget(self.day)
        self._middle.addWidget(self.table)
        self._middle.addWidget(self.empty)
        self._sheet.setObjectName("sheet")
        inside = QVBoxLayout(self._sheet)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self._middle)
        self._panel.setObjectName("panel")
        self._panel.addWidget(self.board)
        self._panel.hide()
        middle = QHBoxLayout()
        middle.setSpacing(tokens.px(tokens.S3))
        middle.addWidget(self._sheet, 1)
        middle.addWidget(self._panel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self._filter_row)
        column.addWidget(self._written)
        column.addLayout(middle, 1)

    def _connect(self) -> None:
        self.filters.changed.connect(self._list)
        self.day.chosen.connect(self.refresh)
        self.day.refused.connect(lambda sentence: self.said.emit(Note(sentence, bad=True)))
        self.table.counted.connect(self._say_rows)
        self.table.chosen.connect(self._choose)
        self.table.opened.connect(self._open)
        board = self.board
        board.fill_wanted.connect(self._fill)
        board.replace_wanted.connect(self.replace)
        board.end_wanted.connect(self.end)
        board.edit_wanted.connect(lambda stand: self.edit(stand.id))
        board.take_wanted.connect(lambda: self._take(self._grid()))
        board.switch_wanted.connect(self._want_switch)
        board.roster_wanted.connect(lambda: self.roster_wanted.emit(self.shown_day(), self._grid()))
        board.full_wanted.connect(self._show_phones)
        board.records_wanted.connect(
            lambda: self.records_wanted.emit(self._grid(), self._grid_name())
        )
        board.closed.connect(self._close)

    def _fill(self, seat: str) -> None:
        self.write({"grid": self._grid(), "seat": seat})

    def _want_switch(self, mode: str) -> None:
        self.switch_wanted.emit(mode, self._grid(), self._grid_name())

    def _grid(self) -> str:
        return self.board.team.grid if self.board.team else ""

    def _grid_name(self) -> str:
        return self.board.team.name if self.board.team else ""
