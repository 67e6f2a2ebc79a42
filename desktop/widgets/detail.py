"""Reading the chosen record: fields masked until asked for, and what one may do with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest
from desktop.register.service import Row
from desktop.widgets import tokens
from desktop.widgets.buttons import button, fits, row_of, rows_of
from desktop.widgets.layouts import clear
from desktop.widgets.states import StatePill
from desktop.widgets.view import View, load, shown
from desktop.widgets.words import when
from sync.records import Privacy

_LABEL = 96
#: On an old screen drawn large there is hardly more; what is below is scrolled to.
_LEAST_BODY = 40


@dataclass(frozen=True)
class _Read:
    """One record with all that the panel shows of it."""

    row: Row
    titles: dict[str, str]
    derived: list[tuple[str, str]]
    facts: list[tuple[str, str]]
    refusal: str


class Strip(Protocol):
    """What a feature hangs under the fields of a record."""

    @property
    def widget(self) -> QWidget:
        """What is shown."""

    def show_record(self, kind: str, record_id: str) -> None:
        """Show what belongs to this record."""


class Detail(QFrame):
    """The panel at the right of a list."""

    edit_wanted = Signal(object)
    delete_wanted = Signal(object)
    history_wanted = Signal()
    #: The record is in conflict, and a person wants to choose.
    choose_wanted = Signal()
    closed = Signal()

    #: Whether the panel has a button to delete; a kind that is ended otherwise has none.
    _offers_deletion = True

    def __init__(
        self, view: View, lanes: Lanes, parent: QWidget | None = None, *, only_read: bool = False
    ) -> None:
        """With ``only_read`` there are the view's own actions and no others."""
        super().__init__(parent)
        self.setObjectName("detail")
        self._view, self._lanes, self._only_read = view, lanes, only_read
        self._read: _Read | None = None
        self._full = False
        self._latest = Latest()
        self._title, self._made = QLabel(), QLabel()
        self._title.setObjectName("panelTitle")
        self._title.setWordWrap(True)
        self._made.setObjectName("quiet")
        self._made.setWordWrap(True)
        self._pill = StatePill()
        self._close = button("closeDetail", "", self.closed.emit, weight="quiet", icon_name="close")
        self._close.setToolTip("收起 Esc")
        self._history = button(
            "showHistory",
            "修改记录",
            self.history_wanted.emit,
            weight="quiet",
            icon_name="history",
            tip="Ctrl+H",
        )
        if only_read:
            self._history.hide()
        self._refusal = _Refusal(lambda: self._emit(self.edit_wanted))
        self._conflict = _Conflict(self.choose_wanted.emit)
        self._body = QScrollArea()
        self._body.setWidgetResizable(True)
        self._body.setFrameShape(QFrame.Shape.NoFrame)
        self._body.setMinimumHeight(tokens.px(_LEAST_BODY))
        self._full_view = button(
            "fullView",
            "显示完整号码",
            self.show_full,
            weight="quiet",
            icon_name="eye",
            tip="看一次会留一条记录",
        )
        inner = QWidget()
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, tokens.px(tokens.S1), 0)
        inside.addWidget(self._refusal)
        inside.addWidget(self._conflict)
        self._lines_box = QVBoxLayout()
        inside.addLayout(self._lines_box, 1)
        # Beside the fields it opens: the foot is for what one does with the record.
        inside.addWidget(self._full_view, 0, Qt.AlignmentFlag.AlignLeft)
        self._inside = inside
        self._strip: Strip | None = None
        self._body.setWidget(inner)
        self._actions = QVBoxLayout()
        self._actions.setSpacing(tokens.px(tokens.S1))
        #: Where it stands and who made it, over the fields; what one may do, under them.
        self._made_row, self._foot = QWidget(), QWidget()
        self._lay_out()

    def hang(self, strip: Strip) -> None:
        """Show something more of each record under its fields."""
        self._strip = strip
        self._inside.addWidget(strip.widget)

    def show_record(self, record_id: str) -> None:
        """Read one record and show it, personal fields masked."""
        self._full = False
        self._ask(record_id)

    def show_full(self) -> None:
        """Show personal fields whole; that it was done is noted."""
        if self._read is not None:
            self._full = True
            work = partial(self._view.register.log_full_view, self._read.row.id, 1, "查看")
            self._lanes.writing.run(work)
            self._show()

    def row(self) -> Row | None:
        """The record that is shown."""
        return self._read.row if self._read else None

    def texts(self) -> dict[str, str]:
        """What is shown, by label."""
        return dict(self._lines()) if self._read else {}

    def _ask(self, record_id: str) -> None:
        work = partial(_read, self._view, record_id)
        self._latest.ask(
            self._lanes.reading.run(work, done=self._take, failed=lambda _e: self.closed.emit())
        )

    def _take(self, read: _Read) -> None:
        self._read = read
        self._show()
        if self._strip is not None:
            self._strip.show_record(self._view.kind, read.row.id)

    def _show(self) -> None:
        read = self._read
        if read is None:
            return
        title = self._view.fields[self._view.register.record.title]
        self._title.setText(shown(title, read.row, read.titles) or self._view.label)
        self._pill.show_state(read.row.state)
        by = f"{read.row.made_by} · " if read.row.made_by else ""
        self._made.setText(f"{by}{when(read.row.made_at)} 记下")
        self._refusal.say(read.refusal, written=self._view.register.record.written)
        self._conflict.setVisible(read.row.state == "conflict")
        clear(self._lines_box)
        self._lines_box.addWidget(_table_of(self._lines()))
        masked = [f for n, f in self._view.fields.items() if f.masked and read.row.values[n]]
        numbers = all(field.privacy is Privacy.PERSONAL for field in masked)
        self._full_view.setText("显示完整号码" if numbers else "显示遮住的内容")
        self._full_view.setVisible(bool(masked) and not self._full)
        self._show_actions(read.row)

    def _lines(self) -> list[tuple[str, str]]:
        read = self._read
        if read is None:
            return []
        lines = []
        for name in self._view.form:
            if name == self._view.register.record.title:
                continue
            field = self._view.fields[name]
            text = shown(field, read.row, read.titles, full=self._full)
            lines.append((field.label, text))
        return [*read.derived, *read.facts, *lines]

    def _show_actions(self, row: Row) -> None:
        """The view's own actions at the left, what any record can have at the right; in as many
        rows as it takes that no word is cut off."""
        clear(self._actions)
        room = tokens.px(tokens.DETAIL - 2 * tokens.S4)
        theirs, ours = rows_of(self._own_actions(row), room), self._usual_actions()
        last = theirs.pop() if theirs and fits([*theirs[-1], *ours], room) else []
        for buttons in theirs:
            self._actions.addWidget(row_of(buttons, []))
        if last or ours:
            self._actions.addWidget(row_of(last, ours))

    def _own_actions(self, row: Row) -> list[QPushButton]:
        return [
            button(action.name, action.label, partial(action.carry_out, row), icon_name=action.icon)
            for action in self._view.actions
            if action.wanted(row)
        ]

    def _usual_actions(self) -> list[QPushButton]:
        record = self._view.register.record
        made: list[QPushButton] = []
        if record.written or self._only_read:
            return made
        if "delete" in record.villages_may and self._offers_deletion:
            delete = button(
                "deleteRecord",
                "删除",
                lambda: self._emit(self.delete_wanted),
                weight="quiet",
                icon_name="delete",
                tip="Delete",
            )
            made.append(delete)
        if "edit" in record.villages_may:
            edit = button(
                "editRecord",
                "修改",
                lambda: self._emit(self.edit_wanted),
                icon_name="edit",
                tip="Enter",
            )
            made.append(edit)
        return made

    def _emit(self, signal: SignalInstance) -> None:
        if self._read is not None:
            signal.emit(self._read.row)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._history, 0, Qt.AlignmentFlag.AlignTop)
        top.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        second = QHBoxLayout(self._made_row)
        second.setContentsMargins(0, 0, 0, 0)
        second.setSpacing(tokens.px(tokens.S2))
        second.addWidget(self._pill)
        second.addWidget(self._made, 1)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S4)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.px(tokens.S2))
        column.addLayout(top)
        column.addWidget(self._made_row)
        column.addWidget(self._body, 1)
        foot = QHBoxLayout(self._foot)
        foot.setContentsMargins(0, 0, 0, 0)
        foot.setSpacing(tokens.px(tokens.S1))
        foot.addLayout(self._actions, 1)
        column.addWidget(self._foot)


class _Refusal(QFrame):
    """Why the county sent a record back, and the way on."""

    def __init__(self, edit: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("refusal")
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._edit = button("editAndSend", "改好再送", edit, icon_name="return")
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.px(n) for n in (12, 8, 12, 8)))
        column.addWidget(self._words)
        column.addWidget(self._edit, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def say(self, reason: str, *, written: bool) -> None:
        """Show the reason; nothing when there is none."""
        self._words.setText(f"县里退回：{reason}")
        self._edit.setText("改好重记一笔" if written else "改好再送")
        self.setVisible(bool(reason))


class _Conflict(QFrame):
    """That two PCs wrote one record, and the way to where one chooses."""

    def __init__(self, choose: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("refusal")
        words = QLabel("两台电脑填得不一样，两份都留着")
        words.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (12, 8, 12, 8)))
        row.addWidget(words, 1)
        row.addWidget(button("goChoose", "去选", choose, icon_name="sheets"))
        self.hide()


def _read(view: View, record_id: str) -> _Read:
    row = view.register.get(record_id)
    loaded = load(view, [row], view.form)
    derived = [(d.label, d.word(loaded.derived[d.name].get(row.id, ""))) for d in view.derived]
    facts = view.facts(row) if view.facts else []
    refusal = view.register.refusal(record_id) if row.state == "refused" else ""
    return _Read(row, loaded.titles, derived, facts, refusal)


def _table_of(lines: list[tuple[str, str]]) -> QWidget:
    body = QWidget()
    body.setObjectName("detailBody")
    grid = QGridLayout(body)
    grid.setContentsMargins(0, tokens.px(tokens.S2), 0, 0)
    grid.setHorizontalSpacing(tokens.px(tokens.S3))
    grid.setVerticalSpacing(tokens.px(6))
    grid.setColumnStretch(1, 1)
    for place, (label, text) in enumerate(lines):
        name, value = QLabel(label), QLabel(text or "—")
        name.setObjectName("detailLabel")
        name.setFixedWidth(tokens.px(_LABEL))
        value.setObjectName("detailValue" if text else "detailNothing")
        value.setWordWrap(True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, place, 1)
    grid.setRowStretch(len(lines), 1)
    return body
