"""The names of many alike conflicts with both versions, each ticked or not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from desktop.syncing.conflict_words import version_words
from desktop.syncing.conflicts import COUNTY, OTHER, OpenConflict
from desktop.widgets import tokens

Index = QModelIndex | QPersistentModelIndex

_HEADINGS = ("名称", "县里现在的", "另一份")
_NAME = 200
#: A row is at most so many lines high; all of it is in its tip, and where the row is opened.
_MOST_LINES = 12


class AlikeModel(QAbstractTableModel):
    """A row a conflict: the name with its tick, what the county has, the other version."""

    #: More or fewer are ticked.
    ticks_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[OpenConflict] = []
        self._unticked: set[str] = set()
        self._label = ""

    def clear(self, label: str) -> None:
        """List nothing; ``label`` says of which kind the records are."""
        self.beginResetModel()
        self._rows, self._unticked, self._label = [], set(), label
        self.endResetModel()

    def add(self, conflicts: Sequence[OpenConflict]) -> None:
        """List more at the end, ticked unless they were unticked before."""
        if conflicts:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(conflicts) - 1)
            self._rows.extend(conflicts)
            self.endInsertRows()
        self.ticks_changed.emit()

    def forget(self) -> None:
        """List nothing, to list it anew: what was unticked stays so."""
        self.beginResetModel()
        self._rows = []
        self.endResetModel()

    def untick(self, ids: Iterable[str]) -> None:
        """Leave these out, also when they are listed later."""
        self._unticked.update(ids)
        self._ticked_anew()

    def turn(self, rows: Sequence[int]) -> None:
        """Tick these rows if one of them is not, else untick them all."""
        ids = {self._rows[row].id for row in rows}
        self._unticked = self._unticked - ids if ids & self._unticked else self._unticked | ids
        self._ticked_anew()

    def ticked(self) -> list[OpenConflict]:
        """What is to be chosen, in the order of the list."""
        return [one for one in self._rows if one.id not in self._unticked]

    def row(self, number: int) -> OpenConflict | None:
        """One row, or None where there is none."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(_HEADINGS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        found = super().flags(index)
        return found | Qt.ItemFlag.ItemIsUserCheckable if index.column() == 0 else found

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._label or _HEADINGS[0] if section == 0 else _HEADINGS[section]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        one = self._rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole and index.column() == 0:
            ticked = one.id not in self._unticked
            return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            sides = (COUNTY, OTHER)
            return (
                one.title if index.column() == 0 else version_words(one, sides[index.column() - 1])
            )
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != 0:
            return False
        self.turn([index.row()])
        return True

    def _ticked_anew(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, 0)
            self.dataChanged.emit(self.index(0, 0), last, [Qt.ItemDataRole.CheckStateRole])
        self.ticks_changed.emit()


class AlikeTable(QTableView):
    """The list to go through: Space ticks the chosen rows, Enter opens one."""

    #: All there is to know of one is wanted: an ``OpenConflict``.
    opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("alikeTable")
        self.rows = AlikeModel(self)
        self.setModel(self.rows)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(tokens.px(tokens.ROW))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setFixedHeight(tokens.px(tokens.ROW))
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(0, tokens.px(_NAME))
        self.doubleClicked.connect(lambda index: self._open(index.row()))
        self.rows.rowsInserted.connect(lambda _parent, first, last: self._make_room(first, last))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._make_room(0, self.rows.rowCount() - 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex().row())
        elif event.key() == Qt.Key.Key_Space:
            self.rows.turn(sorted({index.row() for index in self.selectedIndexes()}))
        else:
            super().keyPressEvent(event)

    def _open(self, row: int) -> None:
        if (one := self.rows.row(row)) is not None:
            self.opened.emit(one)

    def _make_room(self, first: int, last: int) -> None:
        """Let no difference hide where a line ends; Qt would measure all rows each time."""
        metrics = QFontMetrics(self.font())
        # Lines end before a mark that may not begin one.
        room = max(self.columnWidth(1) - tokens.px(tokens.S5 + tokens.S3), 1)
        for row in range(first, last + 1):
            tall = max(self._lines(row, column, metrics, room) for column in (1, 2))
            more = (min(tall, _MOST_LINES) - 1) * metrics.lineSpacing()
            height = tokens.px(tokens.ROW) + more
            if self.rowHeight(row) != height:
                self.setRowHeight(row, height)

    def _lines(self, row: int, column: int, metrics: QFontMetrics, room: int) -> int:
        words = str(self.rows.index(row, column).data())
        return sum(metrics.horizontalAdvance(line) // room + 1 for line in words.split("\n"))
