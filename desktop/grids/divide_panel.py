"""Dividing a grid: which new grids, and who goes to which, by the keyboard or the mouse.

At the left the new grids, at the right who is to be placed. A household goes to a part by choosing
its line (or several) and pressing that part's number; what an address tells is proposed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, sentence_of
from desktop.grids.change_words import ChangeFoot
from desktop.grids.service import Done, GridChanges, Member, Part, proposal
from desktop.register.service import RecordInvalid, Row
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.search import SearchBox

#: Parts that have a number key.
_MOST = 9
_KINDS = {"grid": "网格", "household": "户", "resident": "人"}
_NOWHERE = "还没归"
_ENDINGS = ("专属网格", "一般网格", "微网格", "网格")


class DividePanel(QFrame):
    """Divides one grid."""

    left = Signal()
    #: The grid was divided: its id, and what was done.
    divided = Signal(str, object)

    def __init__(self, changes: GridChanges, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("dividePanel")
        self._changes, self._lanes, self._latest = changes, lanes, Latest()
        self._grid: Row | None = None
        self._members: list[Member] = []
        self._shown: list[Member] = []
        self._places: dict[str, int] = {}
        self._title = QLabel()
        self._title.setObjectName("pageTitle")
        self._parts: list[_PartLine] = []
        self._parts_box = QVBoxLayout()
        self._add = button("addPart", "再加一个", self._add_part, icon_name="add", weight="quiet")
        self.below = QCheckBox("在它下面划出微网格，原网格留着")
        self.below.setObjectName("divideBelow")
        self.below.toggled.connect(self._tell)
        self.search = SearchBox("divideSearch", "找户主、住址")
        self.search.searched.connect(lambda _text: self._list())
        self._propose = button(
            "proposePlaces", "按住址里的组分", self._take_proposal, icon_name="household"
        )
        self.table = _Places(self._place_chosen)
        self.foot = ChangeFoot("divide", self.do)
        self.foot.left.connect(self.left)
        self._lay_out()

    def start(self, grid: Row) -> None:
        """Begin to divide a grid."""
        self._grid, self._places = grid, {}
        name = str(grid.values["name"])
        self._title.setText(f"划分“{name}”")
        self.foot.begin("划分")
        self.search.clear()
        self.below.setVisible(grid.values["level"] == "general")
        self.below.setChecked(False)
        for line in self._parts:
            line.hide()
            line.deleteLater()
        self._parts = []
        for place in ("东", "西"):
            self._add_part(_named(name, place))
        self._latest.ask(self._lanes.reading.run(self._changes.members, grid.id, done=self._take))
        self._parts[0].name.setFocus()
        self._parts[0].name.selectAll()

    def do(self) -> None:
        """Divide, as it stands here."""
        words = self.foot.words()
        if self._grid is None or words is None:
            return
        parts = [line.part() for line in self._parts]
        work = partial(
            self._changes.divide,
            self._grid.id,
            parts,
            dict(self._places),
            words,
            below=self.below.isChecked(),
        )
        self.foot.do.setEnabled(False)
        self._lanes.writing.run(work, done=self._done, failed=self._failed)

    def places(self) -> Mapping[str, int]:
        """Who was placed where so far: the part (from 0) by id."""
        return self._places

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def _take(self, members: list[Member]) -> None:
        self._members = members
        self._list()

    def _take_proposal(self) -> None:
        proposed = proposal(self._members, len(self._parts))
        self._places |= proposed
        if not proposed:
            self.foot.say_fault("住址里没有写组、队、栋，请选中以后按数字键归到新网格")
        self._list()
        self.table.setFocus()

    def _place_chosen(self, part: int) -> None:
        """Let the chosen lines go to a part; -1 takes them out again."""
        if part >= len(self._parts):
            return
        for row in self.table.chosen():
            member = self._shown[row].id
            if part < 0:
                self._places.pop(member, None)
            else:
                self._places[member] = part
        self.foot.say_fault("")
        self._fill()

    def _list(self) -> None:
        text = self.search.text().strip()
        self._shown = [m for m in self._members if text in m.name or text in m.address]
        self.table.setRowCount(len(self._shown))
        for row, member in enumerate(self._shown):
            people = f"{member.people}" if member.kind != "resident" else ""
            texts = (member.name, _KINDS[member.kind], people, member.address)
            for column, words in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(words))
        self._fill()

    def _fill(self) -> None:
        names = [line.name.text().strip() for line in self._parts]
        for row, member in enumerate(self._shown):
            place = self._places.get(member.id)
            words = _NOWHERE if place is None else f"{place + 1} {names[place]}"
            item = QTableWidgetItem(words)
            if place is None:
                item.setForeground(QColor(tokens.WAIT))
            self.table.setItem(row, len(_COLUMNS) - 1, item)
        self._tell()

    def _tell(self) -> None:
        """Say how many are placed in each part, and who is still nowhere."""
        for at, line in enumerate(self._parts):
            mine = [m for m in self._members if self._places.get(m.id) == at]
            line.count(sum(m.kind == "household" for m in mine), sum(m.people for m in mine))
        nowhere = [m for m in self._members if m.id not in self._places]
        if self.below.isChecked():
            self.foot.say("没有选的户和人留在原网格；原网格不关闭。")
        elif nowhere:
            self.foot.say(f"还有 {len(nowhere)} 个没归。选中几行，按数字键归到那个新网格。")
        else:
            self.foot.say("都归好了。划分以后原网格关闭，它的历史都留着。")

    def _add_part(self, name: str = "") -> None:
        if len(self._parts) < _MOST:
            line = _PartLine(len(self._parts), name, self._remove_part)
            line.name.textChanged.connect(self._fill)
            self._parts.append(line)
            self._parts_box.insertWidget(len(self._parts) - 1, line)
            self._show_parts()

    def _remove_part(self) -> None:
        """Take the last part away; who was placed there is nowhere again."""
        gone = len(self._parts) - 1
        line = self._parts.pop()
        line.hide()
        line.deleteLater()
        self._places = {member: at for member, at in self._places.items() if at != gone}
        self._show_parts()
        self._fill()

    def _show_parts(self) -> None:
        least = 1 if self.below.isChecked() else 2
        for at, line in enumerate(self._parts):
            line.remove.setVisible(at == len(self._parts) - 1 and at >= least)
        self._add.setVisible(len(self._parts) < _MOST)

    def _done(self, done: Done) -> None:
        self.foot.do.setEnabled(True)
        if self._grid is not None:
            self.divided.emit(self._grid.id, done)

    def _failed(self, error: Exception) -> None:
        self.foot.do.setEnabled(True)
        if isinstance(error, RecordInvalid):
            self.foot.say_fault("；".join(error.problems.values()))
        else:
            self.foot.say_fault(sentence_of(error) or str(error))

    def _lay_out(self) -> None:
        inside = QWidget()
        left = QVBoxLayout(inside)
        left.setContentsMargins(0, 0, tokens.px(tokens.S1), 0)
        left.setSpacing(tokens.px(tokens.S2))
        left.addWidget(QLabel("划分成"))
        left.addLayout(self._parts_box)
        left.addWidget(self._add, 0, Qt.AlignmentFlag.AlignLeft)
        left.addWidget(self.below)
        left.addStretch()
        tools = QHBoxLayout()
        tools.setSpacing(tokens.px(tokens.S2))
        tools.addWidget(self.search, 1)
        tools.addWidget(self._propose)
        right = QVBoxLayout()
        right.setSpacing(tokens.px(tokens.S2))
        right.addLayout(tools)
        right.addWidget(self.table, 1)
        middle = QHBoxLayout()
        middle.setSpacing(tokens.px(tokens.S4))
        # Nine new grids do not fit on an old screen, and two hardly at its largest letters.
        parts = QScrollArea()
        parts.setWidget(inside)
        parts.setWidgetResizable(True)
        parts.setFrameShape(QFrame.Shape.NoFrame)
        middle.addWidget(parts, 2)
        middle.addLayout(right, 3)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self._title)
        column.addLayout(middle, 1)
        column.addWidget(self.foot)


def _named(name: str, place: str) -> str:
    """The name of a part to begin with: 一组微网格 becomes 一组东微网格."""
    ending = next((e for e in _ENDINGS if name.endswith(e) and name != e), "")
    return f"{name.removesuffix(ending)}{place}{ending}"


class _PartLine(QFrame):
    """One of the new grids: its number, name, leader, and how many are placed there."""

    def __init__(self, at: int, name: str, remove: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("card")
        self.name, self.leader, self.phone = QLineEdit(name), QLineEdit(), QLineEdit()
        self._count = QLabel()
        self._count.setObjectName("quiet")
        number = QLabel(str(at + 1))
        number.setObjectName("panelTitle")
        self.remove = button(f"removePart{at}", "", remove, weight="quiet", icon_name="close")
        self.remove.setToolTip("不要这一个")
        boxes = (
            ("part_name", self.name, "名称"),
            ("part_leader", self.leader, "网格长"),
            ("part_phone", self.phone, "电话"),
        )
        for key, box, hint in boxes:
            box.setObjectName(f"{key}{at}")
            box.setPlaceholderText(hint)
            box.setMinimumHeight(tokens.px(tokens.CONTROL))
        grid = QGridLayout(self)
        grid.setContentsMargins(*(tokens.px(n) for n in (12, 8, 8, 8)))
        grid.setHorizontalSpacing(tokens.px(tokens.S2))
        grid.addWidget(number, 0, 0)
        grid.addWidget(self.name, 0, 1, 1, 2)
        grid.addWidget(self.remove, 0, 3)
        grid.addWidget(self.leader, 1, 1)
        grid.addWidget(self.phone, 1, 2)
        grid.addWidget(self._count, 2, 1, 1, 2)

    def part(self) -> Part:
        """The new grid as it was typed."""
        return Part(self.name.text(), self.leader.text(), self.phone.text())

    def count(self, households: int, people: int) -> None:
        """Show how many are placed here."""
        self._count.setText(f"已归 {households} 户 {people} 人")


_COLUMNS = (("名称", 92), ("", 44), ("人数", 52), ("住址", 0), ("归到", 118))


class _Places(QTableWidget):
    """Who is to be placed; a number key places the chosen lines."""

    def __init__(self, place: Callable[[int], None]) -> None:
        super().__init__(0, len(_COLUMNS))
        self.setObjectName("dividePlaces")
        self._place = place
        self.setHorizontalHeaderLabels([name for name, _ in _COLUMNS])
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(tokens.px(tokens.ROW))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setFixedHeight(tokens.px(tokens.ROW))
        for section, (_, width) in enumerate(_COLUMNS):
            header.resizeSection(section, tokens.px(width))
            mode = QHeaderView.ResizeMode.Interactive if width else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(section, mode)

    def chosen(self) -> list[int]:
        """The places of the chosen lines."""
        return sorted({index.row() for index in self.selectedIndexes()})

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = event.key() - Qt.Key.Key_0
        if 0 <= number <= _MOST and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._place(number - 1)
        else:
            super().keyPressEvent(event)
