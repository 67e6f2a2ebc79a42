"""Merging grids, closing one, and moving what is left in a closed one: where does it all go?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
)

from desktop.background import Lanes, Latest
from desktop.grids.change_words import ChangeFoot
from desktop.grids.service import Done, GridChanges, Grids, Part, Words
from desktop.register.service import Row
from desktop.widgets import tokens

MERGE, CLOSE, REST = "merge", "close", "rest"
_TITLES = {
    MERGE: "把“{}”和别的网格合并",
    CLOSE: "关闭“{}”",
    REST: "把“{}”里剩下的移走",
}
_BUTTONS = {MERGE: "合并", CLOSE: "关闭", REST: "移走"}
_DONE = {MERGE: "已合并，移走{}", CLOSE: "已关闭，移走{}", REST: "已移走{}"}
_NEW, _NOBODY = "new", ""
_LATER = "关闭以后还可以重新启用。"
#: On an old screen drawn large the list gives way before the window grows.
_LEAST_LIST = 48

Grid = tuple[str, str]
#: The grids that may be chosen, and what still is in this one by label.
Found = tuple[list[Grid], dict[str, int]]


class MovePanel(QFrame):
    """Asks into which grid one or several go."""

    left = Signal()
    #: It was done: the grid to show now, and a sentence.
    moved = Signal(str, str)

    def __init__(self, grids: Grids, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("movePanel")
        self._grids, self._lanes, self._latest = grids, lanes, Latest()
        self._grid: Row | None = None
        self._mode = MERGE
        self._left: dict[str, int] = {}
        self._title, self._inside = QLabel(), QLabel()
        self._title.setObjectName("pageTitle")
        self._inside.setWordWrap(True)
        self._which, self._to = QLabel("一起合并的网格（空格键勾选）"), QLabel("到哪个网格")
        self.others = QListWidget()
        self.others.setObjectName("mergeOthers")
        self.others.setMinimumHeight(tokens.px(_LEAST_LIST))
        self.others.itemChanged.connect(lambda _item: self._tell())
        self.target = QComboBox()
        self.target.setObjectName("moveTarget")
        self.target.setMinimumHeight(tokens.px(tokens.CONTROL))
        self.target.currentIndexChanged.connect(lambda _place: self._tell())
        self.name = QLineEdit()
        self.name.setObjectName("mergeName")
        self.name.setPlaceholderText("新网格的名称")
        self.name.setMinimumHeight(tokens.px(tokens.CONTROL))
        # It is there for a new grid only, and out of sight it asks for no room.
        self.name.hide()
        self.foot = ChangeFoot("move", self.do, lanes.writing)
        self.foot.left.connect(self.left)
        self._lay_out()

    def start(self, grid: Row, mode: str) -> None:
        """Begin to merge, close or empty a grid."""
        self._grid, self._mode = grid, mode
        self._title.setText(_TITLES[mode].format(grid.values["name"]))
        self.foot.begin(_BUTTONS[mode])
        self.name.clear()
        # Until it is read what there is, nothing of another grid can be chosen.
        self._show([], {})
        for widget in (self._which, self.others):
            widget.setVisible(mode == MERGE)
        level = str(grid.values["level"]) if mode == MERGE else ""
        work = partial(_find, self._grids, grid.id, level)
        self._latest.ask(self._lanes.reading.run(work, done=self._take))
        (self.others if mode == MERGE else self.target).setFocus()

    def do(self) -> None:
        """Do it, as it stands here."""
        words, grid = self.foot.words(), self._grid
        into = str(self.target.currentData() or "")
        if words is None or grid is None or self._is_missing(into):
            return
        work = self._work(grid.id, into, words)
        self.foot.carry_out(self._grids.changes, work, partial(self._done, grid.id, self._mode))

    def _work(self, grid: str, into: str, words: Words) -> Callable[[GridChanges], Done]:
        """What is to be done with a grid."""
        going, name = [grid, *self._checked()], self.name.text()
        if self._mode == CLOSE:
            return lambda changes: changes.close(grid, into or None, words)
        if self._mode == REST:
            return lambda changes: changes.move_rest(grid, into)
        if into == _NEW:
            return lambda changes: changes.merge_into_new(going, Part(name), words)
        return lambda changes: changes.merge([g for g in going if g != into], into, words)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.foot.leave()
        else:
            super().keyPressEvent(event)

    def _is_missing(self, into: str) -> bool:
        """Whether something must still be said, and which."""
        words = ""
        if self._mode == MERGE and not self._checked():
            words = "还没有勾选和哪个网格合并"
        elif self._mode == MERGE and into == _NEW and not self.name.text().strip():
            words = "新网格的名称没有填"
        elif self._mode != MERGE and not into and (self._left or self._mode == REST):
            words = "还没有选移到哪个网格"
        self.foot.say_fault(words)
        return bool(words)

    def _take(self, found: Found) -> None:
        self._show(*found)
        told = "、".join(f"{label} {count:,}" for label, count in self._left.items())
        self._inside.setText(f"里面现在有：{told}" if told else "里面没有人，也没有别的记录。")

    def _show(self, others: Sequence[Grid], left: dict[str, int]) -> None:
        """Offer grids; what is still in this one decides whether one must be chosen."""
        self._left = left
        self._inside.setText("")
        self.others.clear()
        for grid, name in others:
            item = QListWidgetItem(name, self.others)
            item.setData(Qt.ItemDataRole.UserRole, grid)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
        if others:
            self.others.setCurrentRow(0)
        self.target.clear()
        for grid, name in self._targets(others):
            self.target.addItem(name, grid)
        self._tell()

    def _targets(self, others: Sequence[Grid]) -> list[Grid]:
        """Where it may go, first what stands chosen: no grid gets anything that nobody chose."""
        if self._mode == MERGE:
            kept = [(self._grid.id, str(self._grid.values["name"]))] if self._grid else []
            return [*kept, *others, (_NEW, "并成一个新网格")]
        must_move = bool(self._left) or self._mode == REST
        return [(_NOBODY, "请选一个网格" if must_move else "不用移"), *others]

    def _checked(self) -> list[str]:
        items = [self.others.item(row) for row in range(self.others.count())]
        checked = [item for item in items if item.checkState() == Qt.CheckState.Checked]
        return [str(item.data(Qt.ItemDataRole.UserRole)) for item in checked]

    def _tell(self) -> None:
        into, name = str(self.target.currentData() or ""), self.target.currentText()
        self.name.setVisible(into == _NEW)
        if self._mode == MERGE:
            kept = "新网格" if into == _NEW else f"“{name}”"
            self.foot.say(f"在用的户、人和别的记录都归到{kept}，别的网格关闭，历史都留着。")
        elif into:
            self.foot.say(f"在用的户、人和别的记录都移到“{name}”。")
        else:
            self.foot.say("先选里面的户、人和别的记录移到哪个网格。" if self._left else _LATER)

    def _done(self, grid: str, mode: str, done: Done) -> None:
        shown = done.grids[0] if done.grids and mode == MERGE else grid
        counted = _DONE[mode].format(f" {done.households} 户 {done.residents} 人")
        self.moved.emit(shown, counted if done.grids else "已关闭")

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        for widget in (self._title, self._inside, self._which):
            column.addWidget(widget)
        column.addWidget(self.others, 1)
        column.addWidget(self._to)
        for box in (self.target, self.name):
            box.setMaximumWidth(tokens.px(420))
            column.addWidget(box)
        column.addStretch()
        column.addWidget(self.foot)


def _find(grids: Grids, grid: str, level: str) -> Found:
    return grids.open_grids(level, grid), grids.changes.left_in(grid)
