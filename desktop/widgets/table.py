"""The table of a register: any length, reading only the pages that are looked at."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor

from desktop.background import Lane, Latest, Task
from desktop.register.service import Listing, Row
from desktop.widgets.icons import drawn
from desktop.widgets.states import State, state_of
from desktop.widgets.view import Derived, Loaded, View, is_number, load, shown
from sync.records import Field

#: Rows read at once, and how many such pages are kept.
PAGE = 100
PAGES_KEPT = 12

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class Ordered:
    """The answer to a list: its rows' numbers, a wanted record's place (or -1), a first page."""

    numbers: array[int]
    place: int
    page: int
    loaded: Loaded


class RegisterModel(QAbstractTableModel):
    """Rows of one register under a ``Listing``. Holds 8 bytes a row and a few pages of rows."""

    #: The list was read anew: how many rows, and where the wanted record stands (-1: nowhere).
    ordered = Signal(int, int)
    #: A page of rows has come: first and last row.
    filled = Signal(int, int)

    def __init__(self, view: View, lane: Lane, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.view = view
        self._lane = lane
        self._latest = Latest()
        self.listing = Listing(view.kind, sort=view.sort, descending=view.descending)
        self.columns: list[Field | Derived] = [
            *(view.fields[name] for name in view.columns),
            *view.derived,
        ]
        if view.places:
            self.columns.sort(key=lambda column: view.places.index(column.name))
        self._numbers: array[int] = array("q")
        self._pages: OrderedDict[int, Loaded] = OrderedDict()
        self._asked: dict[int, Task] = {}

    def show_listing(self, wanted_id: str = "", near: int = 0, **changes: Any) -> None:
        """Read the list anew, with other words, filters or order if given.

        The answer brings the page that holds the wanted record, or the row ``near``, so that a list
        read again does not blink.
        """
        self.listing = replace(self.listing, **changes)
        work = partial(_order, self.view, self.listing, wanted_id, near)
        self._latest.ask(self._lane.run(work, done=self._take_order))

    def row(self, number: int) -> Row | None:
        """The row at a place of the list if it has been read."""
        page = self._pages.get(number // PAGE)
        offset = number % PAGE
        return page.rows[offset] if page and offset < len(page.rows) else None

    def place_of(self, record_id: str) -> int:
        """Where a record stands among the rows that have been read; -1 if not there."""
        for page, loaded in self._pages.items():
            for offset, row in enumerate(loaded.rows):
                if row.id == record_id:
                    return page * PAGE + offset
        return -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._numbers)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns) + 1

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        last = section == len(self.columns)
        if role == Qt.ItemDataRole.DisplayRole:
            return "状态" if last else self.columns[section].label
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(None if last else self.columns[section])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            last = index.column() == len(self.columns)
            return _aligned(None if last else self.columns[index.column()])
        if role not in _SHOWN:
            return None
        page = self._page(index.row() // PAGE)
        offset = index.row() % PAGE
        if page is None or offset >= len(page.rows):
            return None
        row = page.rows[offset]
        if index.column() == len(self.columns):
            return _shown_as(state_of(row.state), role)
        return self._cell(self.columns[index.column()], row, page, role)

    def _cell(self, column: Field | Derived, row: Row, page: Loaded, role: int) -> Any:
        derived = page.derived.get(column.name, {}).get(row.id, "")
        if isinstance(column, Derived) and derived in column.states:
            return _shown_as(column.states[derived], role)
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        if isinstance(column, Derived):
            return derived
        text = shown(column, row, page.titles)
        return text.replace("\n", " ") if role == Qt.ItemDataRole.DisplayRole else text

    def _page(self, page: int) -> Loaded | None:
        found = self._pages.get(page)
        if found is not None:
            self._pages.move_to_end(page)
        elif page not in self._asked:
            numbers = self._numbers[page * PAGE : (page + 1) * PAGE]
            self._asked[page] = self._lane.run(
                partial(_read, self.view, numbers),
                done=partial(self._take_page, page, len(numbers)),
                failed=partial(self._lost_page, page),
            )
            self._forget_far_questions(page)
        return found

    def _forget_far_questions(self, page: int) -> None:
        """A scroll bar pulled through the list asks for pages that are gone before they come."""
        for other in [p for p in self._asked if abs(p - page) > PAGES_KEPT // 2]:
            self._asked.pop(other).cancel()

    def _take_order(self, answer: Ordered) -> None:
        waited_for = list(self._asked)
        for task in self._asked.values():
            task.cancel()
        self._asked.clear()
        if answer.numbers == self._numbers and self._pages.get(answer.page) == answer.loaded:
            # Nothing is other than it was: to paint it all once more takes as long as to open it.
            self._look_again({*self._pages, *waited_for} - {answer.page})
        else:
            self.beginResetModel()
            self._pages.clear()
            self._numbers = answer.numbers
            self._pages[answer.page] = answer.loaded
            self.endResetModel()
        self.ordered.emit(len(answer.numbers), answer.place)

    def _look_again(self, pages: Collection[int]) -> None:
        """Read pages anew as soon as somebody looks at them."""
        for page in pages:
            self._pages.pop(page, None)
            self._tell_changed(page)

    def _tell_changed(self, page: int) -> None:
        first, last = page * PAGE, min((page + 1) * PAGE, len(self._numbers)) - 1
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns)))

    def _take_page(self, page: int, expected: int, loaded: Loaded) -> None:
        self._asked.pop(page, None)
        if len(loaded.rows) != expected:
            # Something was deleted since the list was ordered: order it again.
            self.show_listing()
            return
        self._pages[page] = loaded
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        self._tell_changed(page)
        self.filled.emit(page * PAGE, page * PAGE + expected - 1)

    def _lost_page(self, page: int, error: Exception) -> None:
        # Kept as asked for, or every repaint would ask again; the next reload clears it.
        self._lane.troubled.emit(getattr(error, "sentence", str(error)))


_SHOWN = frozenset(
    {
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.DecorationRole,
        Qt.ItemDataRole.ForegroundRole,
    }
)


def _aligned(column: Field | Derived | None) -> int:
    number = column is not None and (
        column.number if isinstance(column, Derived) else is_number(column)
    )
    side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


def _shown_as(state: State, role: int) -> Any:
    if role == Qt.ItemDataRole.DecorationRole:
        return drawn(state.icon, state.colour)
    if role == Qt.ItemDataRole.ForegroundRole:
        return QColor(state.colour)
    return state.word


def _order(view: View, listing: Listing, wanted_id: str, near: int) -> Ordered:
    numbers = view.register.order(listing)
    place = _place(view, numbers, wanted_id) if wanted_id else -1
    first = place if place >= 0 else min(near, max(len(numbers) - 1, 0))
    page = first // PAGE
    return Ordered(numbers, place, page, _read(view, numbers[page * PAGE : (page + 1) * PAGE]))


def _place(view: View, numbers: array[int], wanted_id: str) -> int:
    """Where a record stands in a list of any length, without reading the list; -1: nowhere."""
    number = view.register.number_of(wanted_id)
    return numbers.index(number) if number is not None and number in numbers else -1


def _read(view: View, numbers: array[int]) -> Loaded:
    return load(view, view.register.rows(numbers), view.columns)
