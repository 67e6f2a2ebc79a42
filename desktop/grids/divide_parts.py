"""The new grids of a division, one under the other: names, leaders, and how many go to each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.grids.service import Part
from desktop.widgets import tokens
from desktop.widgets.buttons import button

#: Parts that have a number key.
MOST_KEYS = 9


class DivideParts(QScrollArea):
    """From one to nine new grids; nine do not fit on an old screen, so they are scrolled."""

    #: Something was typed, or a part came or went.
    changed = Signal()
    #: The last part is gone: its place.
    removed = Signal(int)

    def __init__(self, below: QWidget) -> None:
        """``below`` stands under the parts."""
        super().__init__()
        self._least = 2
        self._beyond: Sequence[QWidget] = ()
        self._lines: list[_PartLine] = []
        self._box = QVBoxLayout()
        self._more = button("addPart", "再加一个", self._add_one, icon_name="add", weight="quiet")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, tokens.px(tokens.S1), 0)
        column.setSpacing(tokens.px(tokens.S2))
        column.addWidget(QLabel("划分成"))
        column.addLayout(self._box)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(below)
        column.addStretch()
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.verticalScrollBar().rangeChanged.connect(self._keep_in_sight)

    def minimumSizeHint(self) -> QSize:
        """Nothing of a part is cut off at its side."""
        wide = self.widget().minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(wide, super().minimumSizeHint().height())

    def __len__(self) -> int:
        return len(self._lines)

    def show_parts(self, parts: Sequence[Part]) -> None:
        """Show other parts in the place of those that are there."""
        while self._lines:
            _take_out(self._lines.pop())
        for part in parts:
            self._add(part)
        self._offer()

    def go_on_to(self, *widgets: QWidget) -> None:
        """Tell what Tab leads to beyond the parts, in its order."""
        self._beyond = widgets

    def parts(self) -> list[Part]:
        """The new grids as they were typed."""
        return [line.part() for line in self._lines]

    def tell(self, counts: Sequence[tuple[int, int]]) -> None:
        """Show how many households and people go to each part."""
        for line, (households, people) in zip(self._lines, counts, strict=True):
            line.count(households, people)

    def let_be_least(self, number: int) -> None:
        """How few parts there may be."""
        self._least = number
        self._offer()

    def stand_on(self, part: int) -> None:
        """Put the keys into the name of a part."""
        line = self._lines[part]
        line.name.setFocus()
        line.name.selectAll()
        self.ensureWidgetVisible(line)

    def _keep_in_sight(self) -> None:
        """A part that has just come has its place only now."""
        for line in self._lines:
            if line.name.hasFocus():
                self.ensureWidgetVisible(line)

    def _add_one(self) -> None:
        self._add(Part(""))
        self._offer()
        self.changed.emit()
        self.stand_on(len(self._lines) - 1)

    def _add(self, part: Part) -> None:
        line = _PartLine(len(self._lines), part, self._remove_last)
        line.typed.connect(self.changed)
        self._lines.append(line)
        self._box.addWidget(line)

    def _remove_last(self) -> None:
        _take_out(self._lines.pop())
        self._offer()
        self.removed.emit(len(self._lines))
        self.changed.emit()
        self._more.setFocus()

    def _offer(self) -> None:
        """Only the last part can go, so that the numbers of the others stay."""
        for at, line in enumerate(self._lines):
            line.remove.setVisible(at == len(self._lines) - 1 and at >= self._least)
        self._more.setVisible(len(self._lines) < MOST_KEYS)
        self.updateGeometry()
        # Tab goes down the parts, whenever they came, and on from there.
        keys = [box for line in self._lines for box in line.keys]
        for before, after in pairwise([*keys, self._more, *self._beyond]):
            self.setTabOrder(before, after)


class _PartLine(QFrame):
    """One of the new grids: its number, name, leader, and how many are placed there."""

    typed = Signal()

    def __init__(self, at: int, part: Part, remove: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("card")
        self.name, self.leader = QLineEdit(part.name), QLineEdit(part.leader)
        self.phone = QLineEdit(part.leader_phone)
        self._count = QLabel()
        self._count.setObjectName("quiet")
        number = QLabel(str(at + 1))
        number.setObjectName("panelTitle")
        self.remove = button(f"removePart{at}", "", remove, weight="quiet", icon_name="close")
        self.remove.setToolTip("不要这一个")
        #: What Tab leads through, in its order.
        self.keys = (self.name, self.leader, self.phone, self.remove)
        boxes = (
            ("part_name", self.name, "名称"),
            ("part_leader", self.leader, "网格长"),
            ("part_phone", self.phone, "电话"),
        )
        for key, box, hint in boxes:
            box.setObjectName(f"{key}{at}")
            box.setPlaceholderText(hint)
            box.setAccessibleName(f"第{at + 1}个新网格的{hint}")
            box.setMinimumHeight(tokens.px(tokens.CONTROL))
            box.textChanged.connect(lambda _text: self.typed.emit())
        grid = QGridLayout(self)
        grid.setContentsMargins(*(tokens.px(n) for n in (12, 8, 8, 8)))
        grid.setHorizontalSpacing(tokens.px(tokens.S2))
        grid.addWidget(number, 0, 0)
        grid.addWidget(self.name, 0, 1, 1, 2)
        grid.addWidget(self.leader, 1, 1)
        grid.addWidget(self.phone, 1, 2)
        grid.addWidget(self.remove, 0, 3)
        grid.addWidget(self._count, 2, 1, 1, 2)

    def part(self) -> Part:
        """The new grid as it was typed."""
        return Part(self.name.text(), self.leader.text(), self.phone.text())

    def count(self, households: int, people: int) -> None:
        """Show how many are placed here."""
        self._count.setText(f"已归 {households} 户 {people} 人")


def _take_out(line: QWidget) -> None:
    line.hide()
    line.deleteLater()
