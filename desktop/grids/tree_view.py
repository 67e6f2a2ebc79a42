"""The tree of grids on the screen, and the page's panel that it stands in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, cast

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractScrollArea,
    QHeaderView,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lane, Lanes, Latest
from desktop.grids.service import Grids, Tree
from desktop.grids.tree_model import COLUMNS, STATE, TreeModel
from desktop.register.service import Listing, Row
from desktop.widgets import tokens
from desktop.widgets.memory import Memory
from desktop.widgets.page_panel import PagePanel
from desktop.widgets.register_view import RegisterView, SpeakingStrip
from desktop.widgets.table_view import RegisterTable, StateColour
from desktop.widgets.view import View

_LEAST_NAME = 190
_REMEMBERED = "grids/closed"


class GridTree(QTreeView):
    """A tree that does for a ``RegisterView`` what its table does: the same signals and calls."""

    chosen = Signal(object)
    opened = Signal(object)
    delete_wanted = Signal(object)
    counted = Signal(int)
    #: The whole tree was read anew.
    read = Signal(object)

    def __init__(self, grids: Grids, lane: Lane) -> None:
        super().__init__()
        self.setObjectName("tree_grid")
        self._grids, self._lane, self._latest = grids, lane, Latest()
        self.listing = Listing(grids.record.kind)
        self.lines = TreeModel(self)
        self.shows_closed = False
        self._chosen_id, self._folded = "", set[str]()
        #: The tree as it is shown, and whether something was sought in it.
        self._shown: tuple[Tree, bool] | None = None
        self.setModel(self.lines)
        self.setItemDelegate(StateColour(self))
        self._dress()
        self.selectionModel().currentRowChanged.connect(self._choose)
        self.doubleClicked.connect(self._open)
        self.collapsed.connect(lambda index: self._fold(index, folded=True))
        self.expanded.connect(lambda index: self._fold(index, folded=False))

    @property
    def rows(self) -> GridTree:
        """What a table calls its rows is the tree itself."""
        return self

    def show_listing(self, wanted_id: str = "", near: int = 0, **changes: Any) -> None:
        """Read the tree anew, with other words if given; stand on the wanted grid."""
        self.listing = replace(self.listing, **changes)
        work = partial(self._grids.tree, self.listing, closed=self.shows_closed)
        done = partial(self._take, wanted_id or self._chosen_id)
        self._latest.ask(self._lane.run(work, done=done))

    def reload(self, wanted_id: str = "") -> None:
        """Read the tree again; stay on the chosen grid, or go to the wanted one."""
        self.show_listing(wanted_id)

    def chosen_row(self) -> Row | None:
        """The grid a person stands on."""
        node = self.lines.node(self.currentIndex())
        return node.row if node else None

    def forget_choice(self) -> None:
        """Stand on no grid."""
        self._chosen_id = ""
        self.clearSelection()
        self.setCurrentIndex(QModelIndex())

    def focusInEvent(self, event: QFocusEvent) -> None:
        # Qt would choose the first line unasked.
        QAbstractScrollArea.focusInEvent(self, event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._open(self.currentIndex())
            return
        if event.key() == Qt.Key.Key_Delete and (row := self.chosen_row()) is not None:
            self.delete_wanted.emit(row)
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _take(self, wanted_id: str, tree: Tree) -> None:
        folded, sought = self._folded, bool(self.listing.search.strip() or self.listing.state)
        if (tree, sought) == self._shown and wanted_id in ("", self._chosen_id):
            # Nothing has changed: who looks at it keeps the place where they stand.
            self.counted.emit(tree.shown)
            self.read.emit(tree)
            return
        self._shown = (tree, sought)
        self.lines.show(tree.roots)
        self.expandAll()
        self._folded = folded
        for grid in () if sought else folded:
            if (index := self.lines.index_of(grid)).isValid() and grid != wanted_id:
                self.setExpanded(index, False)
        index = self.lines.index_of(wanted_id)
        if index.isValid():
            self._chosen_id = wanted_id
            self.setCurrentIndex(index)
            self.scrollTo(index)
        else:
            self._chosen_id = ""
        self.counted.emit(tree.shown)
        self.read.emit(tree)

    def _choose(self, current: QModelIndex, _previous: QModelIndex) -> None:
        node = self.lines.node(current)
        if node is not None and node.row is not None and node.id != self._chosen_id:
            self._chosen_id = node.id
            self.chosen.emit(node.row)

    def _open(self, index: QModelIndex) -> None:
        node = self.lines.node(index)
        if node is not None and node.row is not None:
            self.opened.emit(node.row)
        elif index.isValid():
            self.setExpanded(index, not self.isExpanded(index))

    def _fold(self, index: QModelIndex, *, folded: bool) -> None:
        node = self.lines.node(index)
        if node is not None and node.id:
            (self._folded.add if folded else self._folded.discard)(node.id)

    def _dress(self) -> None:
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformRowHeights(True)
        self.setExpandsOnDoubleClick(False)
        self.setIndentation(tokens.px(18))
        self.setIconSize(QSize(tokens.px(16), tokens.px(16)))
        header = self.header()
        header.setSectionsMovable(False)
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(tokens.px(40))
        header.setFixedHeight(tokens.px(tokens.ROW))
        for section, (_, width) in enumerate(COLUMNS):
            header.resizeSection(section, tokens.px(width))
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def _fit(self) -> None:
        """Put columns away from the right, but for the state, until the names have room."""
        room = self.viewport().width() - tokens.px(_LEAST_NAME + COLUMNS[STATE][1])
        for section, (_, width) in enumerate(COLUMNS[1:STATE], 1):
            room -= tokens.px(width)
            self.setColumnHidden(section, room < 0)


class GridTreePanel(PagePanel):
    """The tree with its search, and the panel that reads and writes a grid."""

    def __init__(self, view: View, grids: Grids, lanes: Lanes, memory: Memory) -> None:
        super().__init__()
        self.setObjectName("gridTreePanel")
        self.new_word = view.new_word
        self._memory = memory
        self.tree = GridTree(grids, lanes.reading)
        self.tree.shows_closed = memory.recall(_REMEMBERED) == "yes"
        table = cast(RegisterTable, self.tree)  # it has all that is asked of one
        self.register = RegisterView(replace(view, filters=()), lanes, memory, table=table)
        self.closed = _chip(self.tree.shows_closed, self._show_closed)
        self.register.filters.add(self.closed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.register)
        self.register.said.connect(self.said)
        self.register.changed.connect(self.changed)
        self.register.crowded.connect(self.crowded)
        self.register.choose_wanted.connect(partial(self.wanted.emit, "syncing", "", ""))
        self.tree.read.connect(self._say)

    def refresh(self) -> None:
        self.register.refresh()

    def take_focus(self) -> None:
        if not self.register.is_writing():
            self.tree.setFocus()

    def new(self) -> None:
        row = self.tree.chosen_row()
        general = row is not None and row.values["level"] == "general"
        self.register.new({"parent": row.id} if row is not None and general else None)

    def focus_filter(self) -> None:
        self.register.focus_filter()

    def save(self) -> None:
        self.register.save()

    def leave(self) -> None:
        self.register.leave()

    def show_history(self) -> None:
        self.register.show_history()

    def hang(self, make_strip: Callable[[], SpeakingStrip]) -> None:
        self.register.hang(make_strip())

    def open_grid(self, grid: str) -> None:
        """Show a grid in the panel, and stand on it in the tree."""
        self.register.open(grid)
        self.register.refresh(grid)
        self.tree.setFocus()

    def _show_closed(self, shown: bool) -> None:
        self.tree.shows_closed = shown
        self._memory.remember(_REMEMBERED, "yes" if shown else "")
        self.tree.show_listing()

    def _say(self, tree: Tree) -> None:
        closed = f" · {tree.closed:,} 个已关闭" if tree.closed else ""
        self.facts.emit(f"在用的微网格 {tree.micro:,} 个{closed}" if tree.shown else "")


def _chip(shown: bool, press: Callable[[bool], None]) -> QWidget:
    made = QToolButton()
    made.setObjectName("chip_closed")
    made.setText("含已关闭的")
    made.setCheckable(True)
    made.setChecked(shown)
    made.setMinimumHeight(tokens.px(30))
    made.setProperty("chip", True)

    def dress(held: bool) -> None:
        made.setProperty("held", held)
        made.style().unpolish(made)
        made.style().polish(made)

    dress(shown)
    made.toggled.connect(dress)
    made.toggled.connect(press)
    return made
