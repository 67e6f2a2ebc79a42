"""The tree of grids as Qt's views read it: small enough to be held whole."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from desktop.grids.service import Node
from desktop.widgets import tokens
from desktop.widgets.icons import drawn
from desktop.widgets.states import state_of
from sync.records import Grid

Index = QModelIndex | QPersistentModelIndex
#: Header and unscaled width of each column; the first takes the room that is left.
COLUMNS = (
    ("名称", 0),
    ("类型", 84),
    ("户", 64),
    ("人", 64),
    ("场景", 60),
    ("地形", 60),
    ("网格长", 84),
    ("编号", 152),
    ("状态", 104),
)
_NAME, _LEVEL, _HOMES, _PEOPLE, _SCENE, _TERRAIN, _LEADER, _CODE, STATE = range(len(COLUMNS))
_NUMBERS = (_HOMES, _PEOPLE)


class TreeModel(QAbstractItemModel):
    """The lines of a tree that was read whole."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._roots: list[Node] = []
        # What Qt holds of a line is a number: its place in these.
        self._nodes: list[Node] = []
        self._above: dict[int, tuple[int, int]] = {}
        self._number: dict[int, int] = {}

    def show(self, roots: list[Node]) -> None:
        """Show a tree in the place of what was shown."""
        self.beginResetModel()
        self._roots, self._nodes, self._above, self._number = roots, [], {}, {}
        self._take(roots, -1)
        self.endResetModel()

    def node(self, index: Index) -> Node | None:
        """The line at an index."""
        return self._nodes[index.internalId()] if index.isValid() else None

    def index_of(self, grid: str) -> QModelIndex:
        """Where a grid stands; an invalid index where it does not."""
        for number, node in enumerate(self._nodes):
            if node.id == grid and grid:
                return self._index(number)
        return QModelIndex()

    def first_grid(self) -> QModelIndex:
        """Where the first grid stands."""
        return next(
            (self._index(n) for n, node in enumerate(self._nodes) if node.id), QModelIndex()
        )

    def index(self, row: int, column: int, parent: Index = QModelIndex()) -> QModelIndex:  # noqa: B008
        nodes = self._below(parent)
        if not (0 <= row < len(nodes) and 0 <= column < len(COLUMNS)):
            return QModelIndex()
        return self.createIndex(row, column, self._number[id(nodes[row])])

    def parent(self, child: Index = QModelIndex()) -> Any:  # noqa: B008
        above, _ = self._above[child.internalId()] if child.isValid() else (-1, 0)
        return self._index(above) if above >= 0 else QModelIndex()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() and parent.column() else len(self._below(parent))

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section][0]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        node = self.node(index)
        if node is None:
            return None
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole or role == Qt.ItemDataRole.ToolTipRole:
            return text_of(node, column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _aligned(column)
        if column == STATE and node.row is not None:
            state = state_of(node.row.state)
            if role == Qt.ItemDataRole.DecorationRole:
                return drawn(state.icon, state.colour)
            if role == Qt.ItemDataRole.ForegroundRole:
                return QColor(state.colour)
        if role == Qt.ItemDataRole.ForegroundRole and (node.closed or not node.level):
            return QColor(tokens.QUIET)
        return None

    def _below(self, parent: Index) -> list[Node]:
        node = self.node(parent)
        return node.children if node else self._roots

    def _index(self, number: int) -> QModelIndex:
        return self.createIndex(self._above[number][1], 0, number)

    def _take(self, nodes: list[Node], above: int) -> None:
        for row, node in enumerate(nodes):
            number = len(self._nodes)
            self._nodes.append(node)
            self._above[number], self._number[id(node)] = (above, row), number
            self._take(node.children, number)


def text_of(node: Node, column: int) -> str:
    """What stands in one column of a line."""
    if column == _NAME:
        return f"{node.name}（已关闭）" if node.closed else node.name
    if column == _LEVEL:
        return node.level
    if column in _NUMBERS:
        return f"{node.households if column == _HOMES else node.people:,}"
    if node.row is None:
        return ""
    if column == STATE:
        return state_of(node.row.state).word
    if column == _CODE:
        return str(node.row.values["code"] or Grid.fields["code"].absent)
    if column == _LEADER:
        return node.leader
    name = {_SCENE: "scene", _TERRAIN: "terrain"}[column]
    return Grid.fields[name].show(node.row.values[name])


def _aligned(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
