"""The search box for everything (Ctrl+K): people, households, grids, settlements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from desktop.background import Lane, Latest
from desktop.register.service import Listing, Register, Row
from desktop.widgets import tokens
from desktop.widgets.icons import icon, names
from desktop.widgets.search import SearchBox

#: How many of one kind are listed; the rest is found by typing more.
_OF_A_KIND = 6


@dataclass(frozen=True)
class Found:
    """One record the box has found."""

    kind: str
    record_id: str
    title: str
    where: str


class Find(SearchBox):
    """Lists what it finds under itself; Enter or a click opens the record."""

    #: Kind and record id.
    picked = Signal(str, str)

    def __init__(self, registers: Mapping[str, Register], lane: Lane) -> None:
        super().__init__("find", "找人、网格、居住区：姓名、拼音、首字母、号码尾数（Ctrl+K）")
        self._registers, self._lane = registers, lane
        self._latest = Latest()
        self._panel = QFrame(self)
        self._list = QListWidget()
        self._lay_out()
        self.searched.connect(self._search)
        self.installEventFilter(self)

    def results(self) -> list[str]:
        """What is listed, in words."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._key(event)
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            self._panel.hide()
        return super().eventFilter(watched, event)

    def _key(self, event: QKeyEvent) -> bool:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step and self._panel.isVisible():
            row = self._list.currentRow() + step
            self._list.setCurrentRow(max(0, min(row, self._list.count() - 1)))
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._panel.isVisible():
            self._pick(self._list.currentItem())
            return True
        if event.key() == Qt.Key.Key_Escape and (self.text() or self._panel.isVisible()):
            self._close()
            return True
        return False

    def _search(self, text: str) -> None:
        if not text:
            self._latest.drop()
            self._panel.hide()
            return
        work = partial(_find, self._registers, text)
        self._latest.ask(self._lane.run(work, done=self._take))

    def _take(self, found: list[Found]) -> None:
        self._list.clear()
        for one in found:
            known = one.kind if one.kind in names() else "points"
            item = QListWidgetItem(icon(known), "　".join(filter(None, (one.title, one.where))))
            item.setData(Qt.ItemDataRole.UserRole, (one.kind, one.record_id))
            self._list.addItem(item)
        if not found:
            nothing = QListWidgetItem("没有找到，换个字或拼音再试")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self._list.addItem(nothing)
        else:
            self._list.setCurrentRow(0)
        if self.hasFocus():
            self._open()

    def _open(self) -> None:
        window = self.window()
        self._panel.setParent(window)
        place = self.mapTo(window, QPoint(0, self.height() + tokens.px(tokens.S1)))
        rows = min(self._list.count(), 12)
        self._panel.setGeometry(
            place.x(), place.y(), self.width(), rows * tokens.px(tokens.ROW) + tokens.px(14)
        )
        self._panel.show()
        self._panel.raise_()

    def _pick(self, item: QListWidgetItem | None) -> None:
        data = item.data(Qt.ItemDataRole.UserRole) if item is not None else None
        if data:
            kind, record_id = data
            self._close()
            self.picked.emit(str(kind), str(record_id))

    def _close(self) -> None:
        self._panel.hide()
        self.clear()

    def _lay_out(self) -> None:
        self._panel.setObjectName("found")
        self._list.setObjectName("foundList")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setIconSize(QSize(tokens.px(16), tokens.px(16)))
        self._list.itemClicked.connect(self._pick)
        column = QVBoxLayout(self._panel)
        column.setContentsMargins(*(tokens.px(4),) * 4)
        column.addWidget(self._list)
        self._panel.hide()
        # It lies in the window once it was opened, and goes with the box all the same.
        self.destroyed.connect(self._panel.deleteLater)

    def panel(self) -> QWidget:
        """The list under the box."""
        return self._panel


def _find(registers: Mapping[str, Register], text: str) -> list[Found]:
    found: list[Found] = []
    for kind, register in registers.items():
        numbers = register.order(Listing(kind, search=text))[:_OF_A_KIND]
        found += [_told(register, row) for row in register.rows(numbers)]
    return found


def _told(register: Register, row: Row) -> Found:
    record = register.record
    title = record.fields[record.title].show(row.values[record.title])
    open_words = (
        record.fields[name].show(row.values[name])
        for name in record.searched
        if not record.fields[name].masked
    )
    where = next((words for words in open_words if words), "")
    return Found(row.kind, row.id, title, " · ".join(filter(None, (record.label, where))))
