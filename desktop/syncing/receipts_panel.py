"""同步记录: every receipt that is kept, newest first; the chosen one whole, to read and print."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest
from desktop.syncing.receipt_card import facts_of, figures_of
from desktop.syncing.receipt_words import gist, outcome, way
from desktop.syncing.receipts import KEPT, QUIET_KEPT, KeptReceipt, Receipts
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.empty import Empty
from desktop.widgets.layouts import clear
from desktop.widgets.pages import PageHead
from desktop.widgets.words import when

#: Receipts read at once.
PAGE = 100
_WIDTHS = (132, 0, 64, 108)
#: Columns that the whole receipt tells too are put away below these widths, unscaled.
_PUT_AWAY = {2: 560, 3: 420}
_WHOLE = 400

Index = QModelIndex | QPersistentModelIndex


class ReceiptModel(QAbstractTableModel):
    """The receipts that have been read so far; more are read as the list is scrolled."""

    more_wanted = Signal()
    _HEADS = ("什么时候", "做了什么", "走法", "结果")

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.receipts: list[KeptReceipt] = []
        self._all_read = True

    def begin(self, receipts: list[KeptReceipt]) -> None:
        """Show the newest receipts instead of what was there."""
        self.beginResetModel()
        self.receipts = list(receipts)
        self._all_read = len(receipts) < PAGE
        self.endResetModel()

    def add(self, receipts: list[KeptReceipt]) -> None:
        """Add older receipts at the end."""
        self._all_read = len(receipts) < PAGE
        if receipts:
            first = len(self.receipts)
            self.beginInsertRows(QModelIndex(), first, first + len(receipts) - 1)
            self.receipts += receipts
            self.endInsertRows()

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and not self._all_read

    def fetchMore(self, parent: Index) -> None:
        # Asked for once; the answer says whether there are more behind it.
        self._all_read = True
        self.more_wanted.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.receipts)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._HEADS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return self._HEADS[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return None
        receipt = self.receipts[index.row()].receipt
        told = (when(receipt.at), gist(receipt), way(receipt), outcome(receipt))
        return told[index.column()]


class ReceiptTable(QTableView):
    """The list of receipts; Enter goes to the chosen one."""

    opened = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("receiptTable")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(tokens.px(tokens.ROW))
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setFixedHeight(tokens.px(tokens.ROW))
        self.doubleClicked.connect(lambda _index: self.opened.emit())

    def size_columns(self) -> None:
        """The words take the room that is left."""
        header = self.horizontalHeader()
        for section, width in enumerate(_WIDTHS):
            mode = header.ResizeMode.Fixed if width else header.ResizeMode.Stretch
            header.setSectionResizeMode(section, mode)
            if width:
                header.resizeSection(section, tokens.px(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        for section, least in _PUT_AWAY.items():
            self.setColumnHidden(section, self.width() < tokens.px(least))
        super().resizeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit()
            return
        super().keyPressEvent(event)


class ReceiptsPanel(QWidget):
    """Covers the sync page while receipts are looked through."""

    left = Signal()
    #: A receipt is to be printed: a ``KeptReceipt``.
    print_wanted = Signal(object)

    def __init__(self, receipts: Receipts, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("receiptsPanel")
        self._receipts, self._lanes, self._latest = receipts, lanes, Latest()
        self._chosen: KeptReceipt | None = None
        self.rows = ReceiptModel(self)
        self.table = ReceiptTable()
        self.table.setModel(self.rows)
        self.table.size_columns()
        self.head = PageHead("同步记录")
        self._back = button("receiptsBack", "返回", self.leave, icon_name="back", tip="Esc")
        self._print = button(
            "receiptPrint", "打印这一次", self.print_chosen, icon_name="print", tip="Ctrl+P"
        )
        self._title, self._whole = QLabel(), QVBoxLayout()
        self._middle, self._empty = QStackedWidget(), Empty()
        self._lay_out()
        self.rows.more_wanted.connect(self._read_more)
        self.table.selectionModel().currentRowChanged.connect(self._choose)
        self.table.opened.connect(self._print.setFocus)

    def refresh(self) -> None:
        """Read the newest receipts anew; stay on the chosen one if it is among them."""
        self._latest.ask(self._lanes.reading.run(self._read, done=self._take))

    def print_chosen(self) -> None:
        """Show how the chosen receipt comes out on paper."""
        if self._chosen is not None:
            self.print_wanted.emit(self._chosen)

    def leave(self) -> None:
        """Go back to the page."""
        self._latest.drop()
        self.left.emit()

    def take_focus(self) -> None:
        """Stand in the list."""
        self.table.setFocus()

    def chosen(self) -> KeptReceipt | None:
        """The receipt that is shown whole."""
        return self._chosen

    def _read(self) -> tuple[list[KeptReceipt], int]:
        return self._receipts.receipts(PAGE), self._receipts.count()

    def _take(self, read: tuple[list[KeptReceipt], int]) -> None:
        found, count = read
        number = self._chosen.number if self._chosen else 0
        self.rows.begin(found)
        kept = f"最近 {KEPT:,} 次都留着，没有往来的只留 {QUIET_KEPT} 次"
        self.head.say(f"共 {count:,} 次，新的在前；{kept}" if count else "")
        self._middle.setCurrentIndex(0 if found else 1)
        if found:
            place = next((i for i, one in enumerate(found) if one.number == number), 0)
            self.table.setCurrentIndex(self.rows.index(place, 0))
            self.table.scrollTo(self.rows.index(place, 0))
        else:
            self._back.setFocus()

    def _read_more(self) -> None:
        before = self.rows.receipts[-1].number
        self._latest.ask(
            self._lanes.reading.run(self._receipts.receipts, PAGE, before, done=self.rows.add)
        )

    def _choose(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if not current.isValid():
            return
        self._chosen = kept = self.rows.receipts[current.row()]
        self._title.setText(f"{when(kept.receipt.at)} · 第 {kept.number:,} 次")
        clear(self._whole)
        for made in (figures_of(kept.receipt), facts_of(kept.receipt)):
            holder = QWidget()
            holder.setLayout(made)
            made.setContentsMargins(0, 0, 0, tokens.px(tokens.S4))
            self._whole.addWidget(holder)
        self._whole.addStretch()

    def _lay_out(self) -> None:
        self.head.add(self._back)
        sheet = QFrame()
        sheet.setObjectName("sheet")
        inside = QVBoxLayout(sheet)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(self.table)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.px(tokens.S3))
        row.addWidget(sheet, 1)
        row.addWidget(self._detail())
        both = QWidget()
        both.setLayout(row)
        self._empty.say(
            "receipt", "还没有同步过", "每同步一次就留一张回执，以后在这里看、在这里打印。"
        )
        self._middle.addWidget(both)
        self._middle.addWidget(self._empty)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(self._middle, 1)

    def _detail(self) -> QFrame:
        made = QFrame()
        made.setObjectName("detail")
        made.setFixedWidth(tokens.px(_WHOLE))
        self._title.setObjectName("panelTitle")
        inner, area = QWidget(), QScrollArea()
        inner.setLayout(self._whole)
        self._whole.setContentsMargins(0, 0, tokens.px(tokens.S1), 0)
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        top = QHBoxLayout()
        top.addWidget(self._title, 1)
        top.addWidget(self._print)
        column = QVBoxLayout(made)
        margin = tokens.px(tokens.S4)
        column.setContentsMargins(margin, tokens.px(tokens.S3), margin, margin)
        column.setSpacing(tokens.px(tokens.S3))
        column.addLayout(top)
        column.addWidget(area, 1)
        return made
