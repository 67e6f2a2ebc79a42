"""修改记录: what became of a record, newest first: who, when, which PC, old → new, how it came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, sentence_of
from desktop.register.service import Row
from desktop.register.steps import Step
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.history_words import head_of, how_of, part_of, reason_of
from desktop.widgets.icons import icon
from desktop.widgets.layouts import clear
from desktop.widgets.view import View, value_shown
from sync.records import Value
from sync.records.fields import Reference

#: So many changes are read at first, and so many more each time more are wanted.
_READ = 50
_LABEL = 96
_NOTHING = "（空）"


class Steps(Protocol):
    """Where changes are read: ``desktop.register.history.History``."""

    def of(self, kind: str, record_id: str, limit: int = 100) -> list[Step]:
        """The changes of one record, newest first. Called off the window's thread."""


@dataclass(frozen=True)
class _Read:
    steps: list[Step]
    titles: dict[str, str]
    more: bool


class HistoryPanel(QFrame):
    """Takes the place of the detail panel while the changes of its record are read."""

    left = Signal()

    def __init__(self, view: View, lanes: Lanes, history: Steps) -> None:
        super().__init__()
        self.setObjectName("detail")
        self._view, self._lanes = view, lanes
        #: Where the changes come from.
        self.source = history
        self._row: Row | None = None
        self._read: _Read | None = None
        self._full, self._limit, self._latest = False, _READ, Latest()
        self._title, self._told = QLabel(), QLabel()
        self._title.setObjectName("panelTitle")
        self._title.setWordWrap(True)
        self._told.setObjectName("quiet")
        self._told.setWordWrap(True)
        self._back = button("historyBack", "返回", self.left.emit, icon_name="back", tip="Esc")
        self._eye = button(
            "historyFull",
            "显示完整号码",
            self.show_full,
            weight="quiet",
            icon_name="eye",
            tip="看一次会留一条记录",
        )
        self._more = button("historyMore", "再列出更早的", self._read_more)
        self._steps, self._area = QVBoxLayout(), QScrollArea()
        self._lay_out()

    def show_record(self, row: Row) -> None:
        """Read the changes of a record and show them, personal fields masked."""
        self._row, self._read, self._full, self._limit = row, None, False, _READ
        title = self._view.fields[self._view.register.record.title]
        self._title.setText(f"修改记录：{title.show(row.values[title.name])}")
        self._told.setText("正在读……")
        clear(self._steps)
        self._eye.hide()
        self._more.hide()
        self._ask()

    def show_full(self) -> None:
        """Show personal fields whole; that it was done is noted."""
        if self._row is not None and not self._full:
            self._full = True
            log = self._view.register.log_full_view
            self._lanes.writing.run(log, self._row.id, 1, "看修改记录")
            self._show()
            self._back.setFocus()

    def take_focus(self) -> None:
        """Stand where Enter leads back, and the arrow keys scroll."""
        self._back.setFocus()

    def texts(self) -> list[str]:
        """What is shown, a step a line."""
        if self._read is None:
            return []
        return [
            " | ".join(
                [head_of(step), how_of(step).word, *(f"{a}：{b}" for a, b in self._lines(step))]
            )
            for step in self._read.steps
        ]

    def _ask(self) -> None:
        if self._row is not None:
            work = partial(_read, self._view, self.source, self._row.id, self._limit)
            self._latest.ask(self._lanes.reading.run(work, done=self._take, failed=self._fail))

    def _fail(self, error: Exception) -> None:
        self._told.setText(sentence_of(error) or str(error))

    def _take(self, read: _Read) -> None:
        self._read = read
        self._show()

    def _read_more(self) -> None:
        self._limit += _READ
        self._ask()

    def _show(self) -> None:
        read = self._read
        if read is None:
            return
        clear(self._steps)
        for step in read.steps:
            self._steps.addWidget(self._step(step))
        if not read.steps:
            self._told.setText("还没有修改过")
        else:
            count = f"最近 {len(read.steps)} 次" if read.more else f"共 {len(read.steps)} 次"
            self._told.setText(f"{count}，新的在前")
        self._more.setVisible(read.more)
        masked = any(
            self._view.fields[name].masked and (old or new)
            for step in read.steps
            for name, old, new in (*step.changes, *step.lost, *step.left)
            if name in self._view.fields
        )
        self._eye.setVisible(masked and not self._full)

    def _step(self, step: Step) -> QWidget:
        made = QFrame()
        made.setObjectName("historyStep")
        how = how_of(step)
        picture, size = QLabel(), tokens.px(16)
        picture.setPixmap(icon(how.icon, how.colour).pixmap(QSize(size, size)))
        word = QLabel(how.word)
        word.setStyleSheet(f"color: {how.colour}")
        head = QLabel(head_of(step))
        head.setWordWrap(True)
        came = QHBoxLayout()
        came.setSpacing(tokens.px(tokens.S1))
        came.addWidget(picture)
        came.addWidget(word)
        came.addStretch()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, tokens.px(tokens.S2), 0, tokens.px(tokens.S2))
        column.setSpacing(tokens.px(tokens.S1))
        column.addWidget(head)
        column.addLayout(came)
        if lines := self._lines(step):
            column.addLayout(_table_of(lines))
        return made

    def _lines(self, step: Step) -> list[tuple[str, str]]:
        of_part, reason = part_of(step), reason_of(step)
        lines = [*self._changes(step), *self._left_out(step)]
        return [*([of_part] if of_part else []), *lines, *([reason] if reason else [])]

    def _changes(self, step: Step) -> Iterator[tuple[str, str]]:
        lost = {name for name, _old, _new in step.lost}
        for name, old, new in (*step.changes, *step.lost):
            if (label := self._label(name)) is not None:
                before, after = self._words(name, old), self._words(name, new)
                change = after if step.operation == "create" else f"{before} → {after}"
                yield label, change + ("（没有采用）" if name in lost and step.changes else "")

    def _left_out(self, step: Step) -> Iterator[tuple[str, str]]:
        for name, stands, dropped in step.left:
            if (label := self._label(name)) is not None:
                unused = f"没有采用{self._quoted(name, dropped)}"
                gone = step.operation == "leave_deleted"
                yield label, unused if gone else f"仍是{self._quoted(name, stands)}，{unused}"

    def _label(self, name: str) -> str | None:
        """What a field is called; None for one that is not shown."""
        declared = self._view.fields.get(name)
        return None if declared is None or declared.inner else declared.label

    def _quoted(self, name: str, value: Value) -> str:
        words = self._words(name, value)
        return words if words == _NOTHING else f"“{words}”"

    def _words(self, name: str, value: Value) -> str:
        titles = self._read.titles if self._read else {}
        return value_shown(self._view.fields[name], value, titles, full=self._full) or _NOTHING

    def _lay_out(self) -> None:
        inner = QWidget()
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, tokens.px(tokens.S1), 0)
        inside.addLayout(self._steps)
        inside.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        inside.addStretch()
        self._area.setWidgetResizable(True)
        self._area.setWidget(inner)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._back, 0, Qt.AlignmentFlag.AlignTop)
        foot = QHBoxLayout()
        foot.addWidget(self._eye)
        foot.addStretch()
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S4)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.px(tokens.S2))
        column.addLayout(top)
        column.addWidget(self._told)
        column.addWidget(self._area, 1)
        column.addLayout(foot)


def _read(view: View, history: Steps, record_id: str, limit: int) -> _Read:
    found = history.of(view.kind, record_id, limit + 1)
    steps = found[:limit]
    return _Read(steps, _titles(view, steps), len(found) > limit)


def _titles(view: View, steps: Sequence[Step]) -> dict[str, str]:
    """The names of all that references pointed or point to."""
    titles: dict[str, str] = {}
    wanted: dict[str, set[str]] = {}
    for step in steps:
        for name, *values in (*step.changes, *step.lost, *step.left):
            declared = view.fields.get(name)
            if isinstance(declared, Reference):
                wanted.setdefault(declared.to, set()).update(str(v) for v in values if v)
    for kind, ids in wanted.items():
        titles |= view.register.titles(kind, sorted(ids))
    return titles


def _table_of(lines: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(tokens.px(tokens.S3))
    grid.setVerticalSpacing(tokens.px(tokens.S1))
    grid.setColumnStretch(1, 1)
    for place, (label, words) in enumerate(lines):
        name, value = QLabel(label), QLabel(words)
        name.setObjectName("detailLabel")
        name.setWordWrap(True)
        name.setFixedWidth(tokens.px(_LABEL))
        value.setObjectName("detailValue")
        value.setWordWrap(True)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        grid.addWidget(name, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(value, place, 1)
    return grid
