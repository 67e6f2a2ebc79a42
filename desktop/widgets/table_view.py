"""How the table of a register is seen and touched: keys, mouse, order, column widths."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.background import Lane
from desktop.register.service import Row
from desktop.widgets import tokens
from desktop.widgets.table import RegisterModel
from desktop.widgets.view import Derived, View
from sync.records import Field
from sync.records.fields import Choice, Day, Money, Number, Reference, Words

_STATE_WIDTH = 104
#: A column that takes the room that is left is put away below this.
_LEAST_STRETCHED = 140


class StateColour(QStyledItemDelegate):
    """Keeps the colour of a state where the row is chosen."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        colour = index.data(Qt.ItemDataRole.ForegroundRole)
        if colour is not None:
            palette = option.palette  # type: ignore[attr-defined]
            palette.setColor(QPalette.ColorRole.HighlightedText, colour)
            option.palette = palette  # type: ignore[attr-defined]


class RegisterTable(QTableView):
    """The list of one register. Name first, state last, one row chosen at a time."""

    #: The row a person stands on, or None.
    chosen = Signal(object)
    #: Enter or a double click on a row.
    opened = Signal(object)
    #: The Delete key on a row.
    delete_wanted = Signal(object)
    #: How many rows the list has, each time it was read.
    counted = Signal(int)

    def __init__(self, view: View, lane: Lane, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"table_{view.kind}")
        self.rows = RegisterModel(view, lane, self)
        self._chosen_id = ""
        self._waits_for = -1
        self.setModel(self.rows)
        self._colour_states()
        self._dress()
        self._size_columns()
        self.rows.ordered.connect(self._stand)
        self.rows.filled.connect(self._fill)
        self.selectionModel().currentRowChanged.connect(self._choose)
        self.doubleClicked.connect(lambda index: self._open(index.row()))
        self.horizontalHeader().sectionClicked.connect(self._sort)

    def reload(self, wanted_id: str = "") -> None:
        """Read the list again; stay on the chosen record, or go to the wanted one."""
        near = max(self.rowAt(0), 0)
        self.rows.show_listing(wanted_id or self._chosen_id, near)

    def chosen_row(self) -> Row | None:
        """The row a person stands on."""
        index = self.currentIndex()
        return self.rows.row(index.row()) if index.isValid() else None

    def forget_choice(self) -> None:
        """Stand on no row."""
        self._chosen_id = ""
        self.clearSelection()
        self.setCurrentIndex(QModelIndex())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Qt would choose the first row, and with it open a person's record unasked.
        QAbstractScrollArea.focusInEvent(self, event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex().row())
            return
        if event.key() == Qt.Key.Key_Delete and (row := self.chosen_row()) is not None:
            self.delete_wanted.emit(row)
            return
        super().keyPressEvent(event)

    def _colour_states(self) -> None:
        """In the columns that may hold a state only: each cell costs a step of Python."""
        colour = StateColour(self)
        for section, column in enumerate(self.rows.columns):
            if isinstance(column, Derived):
                self.setItemDelegateForColumn(section, colour)
        self.setItemDelegateForColumn(len(self.rows.columns), colour)

    def _dress(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setIconSize(QSize(tokens.px(16), tokens.px(16)))
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(tokens.px(tokens.ROW))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.setMinimumSectionSize(tokens.px(56))
        header.setFixedHeight(tokens.px(tokens.ROW))

    def _size_columns(self) -> None:
        header = self.horizontalHeader()
        for section, column in enumerate(self.rows.columns):
            header.resizeSection(section, tokens.px(self._width(column)))
        last = len(self.rows.columns)
        header.setStretchLastSection(False)
        header.resizeSection(last, tokens.px(_STATE_WIDTH))
        header.setSectionResizeMode(last, QHeaderView.ResizeMode.Fixed)
        stretched = _longest(self.rows.columns)
        header.setSectionResizeMode(stretched, QHeaderView.ResizeMode.Stretch)
        header.setSortIndicatorShown(False)

    def _width(self, column: Field | Derived) -> int:
        return self.rows.view.widths.get(column.name) or _width(column)

    def _fit(self) -> None:
        """Put columns away from the right until name and state are in sight."""
        room = self.viewport().width() - tokens.px(_STATE_WIDTH)
        stretched = _longest(self.rows.columns)
        title = self.rows.view.register.record.title
        for section, column in enumerate(self.rows.columns):
            least = _LEAST_STRETCHED if section == stretched else self._width(column)
            room -= tokens.px(least)
            self.setColumnHidden(section, room < 0 and column.name != title)
        # The name takes the room when the longest words are put away.
        stretch = 0 if self.isColumnHidden(stretched) else stretched
        header = self.horizontalHeader()
        for section, column in enumerate(self.rows.columns):
            mode = (
                header.ResizeMode.Stretch if section == stretch else header.ResizeMode.Interactive
            )
            if header.sectionResizeMode(section) != mode:
                header.setSectionResizeMode(section, mode)
                header.resizeSection(section, tokens.px(self._width(column)))

    def _sort(self, section: int) -> None:
        if section >= len(self.rows.columns):
            return
        column = self.rows.columns[section]
        worked_out = isinstance(column, Derived)
        if isinstance(column, Reference) or (
            worked_out and column.name not in self.rows.view.register.orders
        ):
            return
        listing = self.rows.listing
        title = self.rows.view.register.record.title
        current = listing.sort or title
        descending = current == column.name and not listing.descending
        header = self.horizontalHeader()
        header.setSortIndicatorShown(True)
        order = Qt.SortOrder.DescendingOrder if descending else Qt.SortOrder.AscendingOrder
        header.setSortIndicator(section, order)
        self.rows.show_listing(self._chosen_id, sort=column.name, descending=descending)

    def _choose(self, current: QModelIndex, _previous: QModelIndex) -> None:
        row = self.rows.row(current.row()) if current.isValid() else None
        self._waits_for = current.row() if current.isValid() and row is None else -1
        if row is not None and row.id != self._chosen_id:
            self._chosen_id = row.id
            self.chosen.emit(row)

    def _stand(self, count: int, place: int) -> None:
        if place >= 0:
            index = self.rows.index(place, 0)
            self.setCurrentIndex(index)
            self.scrollTo(index)
        else:
            self._chosen_id = ""
        self.counted.emit(count)

    def _fill(self, first: int, last: int) -> None:
        """A row chosen before it had been read is told now."""
        if first <= self._waits_for <= last:
            self._choose(self.currentIndex(), QModelIndex())

    def _open(self, number: int) -> None:
        row = self.rows.row(number) if number >= 0 else None
        if row is not None:
            self.opened.emit(row)


def _width(column: Field | Derived) -> int:
    if isinstance(column, Derived):
        return column.width
    if isinstance(column, Day):
        return 108
    if isinstance(column, Choice):
        longest = max(len(word) for _code, word in column.options)
        return max(72, min(134, longest * 15 + 26))
    if isinstance(column, Money):
        return 136
    if isinstance(column, Number):
        return 84
    if isinstance(column, Reference):
        return 140
    return _words_width(column)


def _words_width(column: Field) -> int:
    longest = column.longest if isinstance(column, Words) else 0
    widths = {18: 176, 20: 118, 24: 128, 30: 118, 50: 96, 60: 126}
    return widths.get(longest, 200)


def _longest(columns: list[Field | Derived]) -> int:
    """The column that takes the room that is left: the longest words, else the name."""
    words = {
        section: column.longest
        for section, column in enumerate(columns)
        if isinstance(column, Words) and not column.masked
    }
    return max(words, key=lambda section: words[section]) if words else 0
