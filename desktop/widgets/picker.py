"""A small list under a chip: type to find, arrows and Enter or a click to choose."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.widgets import tokens
from desktop.widgets.search import SearchBox

Find = Callable[[str, Callable[[list[tuple[str, str]]], None]], None]


class Picker(QFrame):
    """Chooses one record by name, pinyin or initials."""

    #: Record id and name.
    picked = Signal(str, str)

    def __init__(self, parent: QWidget, label: str, find: Find) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("picker")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._find = find
        self._search = SearchBox("pickerSearch", f"找{label}")
        self._search.searched.connect(self._ask)
        self._search.installEventFilter(self)
        self._list = QListWidget()
        self._list.setObjectName("pickerList")
        self._list.itemClicked.connect(self._pick)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S2)
        column.setContentsMargins(margin, margin, margin, margin)
        column.addWidget(self._search)
        column.addWidget(self._list)
        self.setFixedSize(tokens.px(260), tokens.px(300))

    def open_at(self, place: QPoint) -> None:
        """Open with everything listed."""
        self.move(place)
        self.show()
        self._search.setFocus()
        self._ask("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step:
                row = self._list.currentRow() + step
                self._list.setCurrentRow(max(0, min(row, self._list.count() - 1)))
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if (item := self._list.currentItem()) is not None:
                    self._pick(item)
                return True
        return super().eventFilter(watched, event)

    def _ask(self, text: str) -> None:
        self._find(text, self._take)

    def _take(self, found: list[tuple[str, str]]) -> None:
        self._list.clear()
        for record_id, title in found:
            item = QListWidgetItem(title, self._list)
            item.setData(Qt.ItemDataRole.UserRole, record_id)
        if found:
            self._list.setCurrentRow(0)

    def _pick(self, item: QListWidgetItem) -> None:
        record_id, title = str(item.data(Qt.ItemDataRole.UserRole)), item.text()
        self.close()
        self.picked.emit(record_id, title)
