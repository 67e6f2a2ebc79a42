"""Who is to be placed when a grid is divided; a number key places the chosen lines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from desktop.grids.divide_parts import MOST_KEYS
from desktop.grids.service import Member
from desktop.widgets import tokens

_COLUMNS = (("名称", 92), ("", 44), ("人数", 52), ("住址", 0), ("归到", 118))
_KINDS = {"grid": "网格", "household": "户", "resident": "人"}
_NOWHERE = "还没归"


class DivideTable(QTableWidget):
    """One line a household, a single person or a grid below."""

    def __init__(self, place: Callable[[list[str], int], None]) -> None:
        """``place`` is told which members (by id) go to which part; -1: to none."""
        super().__init__(0, len(_COLUMNS))
        self.setObjectName("dividePlaces")
        self._place = place
        self._shown: Sequence[Member] = ()
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

    def show_members(self, members: Sequence[Member]) -> None:
        """List other members; where they go is said by ``tell``."""
        self._shown = members
        self.setRowCount(len(members))
        for row, member in enumerate(members):
            people = f"{member.people}" if member.kind != "resident" else ""
            texts = (member.name, _KINDS[member.kind], people, member.address)
            for column, words in enumerate(texts):
                item = QTableWidgetItem(words)
                item.setToolTip(words)
                self.setItem(row, column, item)

    def tell(self, places: Mapping[str, int], names: Sequence[str]) -> None:
        """Say to which part each goes, by its number and name."""
        for row, member in enumerate(self._shown):
            place = places.get(member.id)
            words = _NOWHERE if place is None else f"{place + 1}　{names[place]}"
            item = QTableWidgetItem(words)
            item.setToolTip(words)
            if place is None:
                item.setForeground(QColor(tokens.WAIT))
            self.setItem(row, len(_COLUMNS) - 1, item)

    def chosen(self) -> list[str]:
        """The members on the chosen lines, by id."""
        rows = sorted({index.row() for index in self.selectedIndexes()})
        return [self._shown[row].id for row in rows]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = event.key() - Qt.Key.Key_0
        if 0 <= number <= MOST_KEYS and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._place(self.chosen(), number - 1)
        else:
            super().keyPressEvent(event)
