"""Many alike conflicts in one list, and one choice for all that are ticked."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.background import Lanes, Latest, Task, sentence_of
from desktop.syncing.conflict_table import AlikeTable
from desktop.syncing.conflict_words import question_words
from desktop.syncing.conflicts import COUNTY, OTHER, Alike, Conflicts, ManyChosen, OpenConflict
from desktop.syncing.version_cell import VersionCell, pair
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.pages import PageHead
from desktop.widgets.progress import Progress
from desktop.widgets.tab_order import tab_as_one_reads
from desktop.widgets.view import Note

#: So many are read at a time, so that other lists answer in between.
_READ = 100
#: Of those that could not be chosen so many are named.
_NAMED = 3
_HOW = "点一下都用哪一份；再看名单，拿不准的去掉勾（空格），回车看这一条的全部。没选的县里也留底。"


class ManyPanel(QWidget):
    """Covers the sync page while many conflicts are chosen at once."""

    #: Back to the conflict from which one came.
    left = Signal()
    #: Nothing is left to do here.
    finished = Signal()
    #: Something was written.
    changed = Signal()
    #: All there is to know of one is wanted: an ``OpenConflict``.
    one_wanted = Signal(object)
    said = Signal(object)

    def __init__(self, conflicts: Conflicts, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("manyPanel")
        self._conflicts, self._lanes = conflicts, lanes
        self._ids, self._names, self._about = list[str](), set[str](), ""
        self._task: Task | None = None
        self._unread, self._some_chosen, self._latest = list[str](), False, Latest()
        self._told = ""
        self.head = PageHead("同样的冲突，一起选")
        self._back = button("manyBack", "返回", self.leave, icon_name="back", tip="Esc")
        self._how, self._fault, self._count = QLabel(_HOW), QLabel(), QLabel()
        self._sides = {
            COUNTY: VersionCell("manyCounty", "都用县里现在的"),
            OTHER: VersionCell("manyOther", "都用另一份"),
        }
        self._pair = pair(self._sides[COUNTY], self._sides[OTHER])
        self.table = AlikeTable()
        self._turn = button("manyTurn", "", self.turn_all)
        self.progress = Progress()
        self._reason = QLineEdit()
        self._decide = button("manyDecide", "就这样定", self.decide, weight="primary", tip="Ctrl+S")
        self._lay_out()
        self.table.opened.connect(self._open)
        self.table.rows.ticks_changed.connect(self._look)

    def open(self, alike: Alike) -> None:
        """List these conflicts, all of them ticked, no side chosen."""
        self._ids, self._names = list(alike.ids), set(alike.names)
        self._some_chosen, self._told = False, ""
        self._about = f"{alike.kind_label} {{:,}} 条，{question_words(alike)}"
        self.head.say(self._about.format(len(alike.ids)))
        devices = {COUNTY: alike.county_device, OTHER: alike.other_device}
        # One of the two stays chosen for good, once one is.
        self._pair.setExclusive(False)
        for side, cell in self._sides.items():
            cell.setChecked(False)
            cell.say_who(f"{devices[side]}填的" if devices[side] else "")
            cell.setAccessibleName(f"{cell.words()} {devices[side]}")
        self._pair.setExclusive(True)
        self._reason.clear()
        self._fault.hide()
        self.table.rows.clear(alike.kind_label)
        self._read(self._ids)
        self._sides[COUNTY].setFocus()

    def look_again(self) -> None:
        """Read the list anew: something of it may have been chosen; ticks stay."""
        self.table.rows.forget()
        self._read(self._ids)
        self.table.setFocus()

    def turn_all(self) -> None:
        """Tick all, or, where all are ticked, none."""
        self.table.rows.turn(range(self.table.rows.rowCount()))

    def decide(self) -> None:
        """Write the choice for all that is ticked."""
        side, ticked = self._side(), self.table.rows.ticked()
        if self._task is not None or self._unread or not side or not ticked:
            return
        self._fault.hide()
        # What is in focus would lose it to the navigation; Enter stops it from here.
        self._back.setFocus()
        reason = self._reason.text()

        def work(task: Task) -> ManyChosen:
            return self._conflicts.choose_many(ticked, side, reason, task.progress, task.cancelled)

        self._task = self._lanes.files.run_long(
            work, done=self._done, failed=self._failed, progress=self.progress.move_on
        )
        self.progress.watch(self._task, "正在写下选定的")
        self._look()

    def leave(self) -> None:
        """Go back; what is being written is stopped first, and what was is told."""
        if self._task is not None:
            self.progress.stop()
            return
        self._latest.drop()
        (self.finished if self._some_chosen else self.left).emit()

    def _done(self, done: ManyChosen) -> None:
        self._over()
        self._some_chosen |= done.count > 0
        if done.count or done.stopped:
            self.said.emit(Note(_done_words(done)))
            self.changed.emit()
        if not done.left and not done.stopped:
            self.finished.emit()
            return
        if done.left:
            self._say(_left_words(done))
            counted = f"{_done_words(done)}；" if done.count else ""
            self._told = f"{counted}{_left_words(done)}"
        # What changed meanwhile is looked at before it is chosen.
        self.table.rows.untick(left.id for left in done.left)
        self.look_again()

    def _failed(self, error: Exception) -> None:
        self._over()
        self._some_chosen = True
        self._say(f"没有做完：{sentence_of(error) or error}名单里的还没有定。")
        self.changed.emit()
        self.look_again()

    def _over(self) -> None:
        self._task = None
        self.progress.finish()
        self._look()

    def _read(self, ids: list[str]) -> None:
        """List what of these is still open, part by part."""
        part, self._unread = ids[:_READ], ids[_READ:]
        take = partial(self._take, self._unread)
        self._latest.ask(self._lanes.reading.run(self._conflicts.some, part, done=take))

    def _take(self, unread: list[str], found: list[OpenConflict]) -> None:
        # What has come to ask something else waits on the page.
        alike = [one for one in found if {d.name for d in one.differences} == self._names]
        self.table.rows.add(alike)
        if unread:
            self._read(unread)
        elif not self.table.rows.rowCount():
            self.said.emit(Note(self._told or "这些冲突都已经选定了"))
            self.finished.emit()
        else:
            self.head.say(self._about.format(self.table.rows.rowCount()))
            if not self.table.currentIndex().isValid():
                self.table.setCurrentIndex(self.table.rows.index(0, 0, QModelIndex()))

    def _open(self, conflict: OpenConflict) -> None:
        if self._task is None:
            self.one_wanted.emit(conflict)

    def _side(self) -> str:
        return next((side for side, cell in self._sides.items() if cell.isChecked()), "")

    def _say(self, fault: str) -> None:
        self._fault.setText(fault)
        self._fault.show()

    def _look(self) -> None:
        listed, ticked = self.table.rows.rowCount(), len(self.table.rows.ticked())
        reading = "，还在列出……" if self._unread else ""
        missing = "" if self._side() else "，还没选用哪一份"
        self._count.setText(f"勾了 {ticked:,} 条{reading or missing}")
        self._turn.setText("全部不勾" if ticked == listed else "全部勾上")
        idle = self._task is None
        self._decide.setEnabled(idle and bool(ticked and self._side()) and not self._unread)
        for widget in (*self._sides.values(), self.table, self._turn, self._reason):
            widget.setEnabled(idle)

    def _lay_out(self) -> None:
        self.head.add(self._turn, self._back)
        for label, name in ((self._how, ""), (self._fault, "wrongWords"), (self._count, "quiet")):
            label.setObjectName(name)
        for label in (self._how, self._fault):
            label.setWordWrap(True)
        sides = QHBoxLayout()
        sides.setSpacing(tokens.px(tokens.S3))
        for cell in self._sides.values():
            cell.toggled.connect(lambda _on: self._look())
            sides.addWidget(cell, 1)
        self._reason.setObjectName("manyReason")
        self._reason.setPlaceholderText("可以不写，写了每一条都记上，比如：村里开会定的")
        self._reason.setMaxLength(500)
        self._reason.setMinimumHeight(tokens.px(tokens.CONTROL))
        self._reason.returnPressed.connect(self.decide)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(self._how)
        column.addLayout(sides)
        column.addWidget(self.table, 1)
        column.addWidget(self._fault)
        column.addWidget(self.progress)
        column.addLayout(self._foot())
        tab_as_one_reads(self)

    def _foot(self) -> QHBoxLayout:
        label = QLabel("理由")
        label.setObjectName("quiet")
        row = QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S3))
        row.addWidget(label)
        row.addWidget(self._reason, 1)
        row.addWidget(self._count)
        row.addWidget(self._decide)
        return row


def _done_words(done: ManyChosen) -> str:
    """What was written, and where it was stopped."""
    words = f"{done.count:,} 条选定了，已存在本机，下次同步送到县里"
    if not done.stopped:
        return words
    return f"停下了：{words}；名单里的还没有定" if done.count else "停下了，一条也没有定"


def _left_words(done: ManyChosen) -> str:
    """Why some were not chosen: 「2 条这次没有定：“张三”这一条已经选定了」."""
    named = "；".join(f"“{one.title}”{one.sentence}" for one in done.left[:_NAMED])
    more = "，等等" if len(done.left) > _NAMED else ""
    return f"{len(done.left):,} 条这次没有定：{named}{more}。"
