"""Beside the map: the grids that have no boundary yet, to be drawn one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QListWidget, QListWidgetItem, QVBoxLayout

from desktop.grids.boundaries_service import Ground
from desktop.pinyin import search_keys, sort_key
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.elided import Elided
from desktop.widgets.search import SearchBox

#: The list gives way before the window grows beyond a small screen.
_LEAST_LIST = 48


class MapSide(QFrame):
    """Lists grids; those without a boundary until something is searched for."""

    #: A grid is to be shown.
    picked = Signal(str)
    #: A boundary is to be drawn for a grid.
    draw_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sheet")
        self._grounds: Sequence[Ground] = ()
        self._heading, self._words = QLabel(), Elided("没有边界的照样能用，只是地图上看不见。")
        self._heading.setObjectName("panelTitle")
        self._words.setObjectName("quiet")
        self.search = SearchBox("mapSearch", "找网格")
        self.search.searched.connect(lambda _: self._list())
        self.list = QListWidget()
        self.list.setObjectName("mapList")
        self.list.setUniformItemSizes(True)
        self.list.setMinimumHeight(tokens.px(_LEAST_LIST))
        self.list.itemClicked.connect(lambda item: self.picked.emit(_id(item)))
        self.list.itemActivated.connect(lambda item: self.picked.emit(_id(item)))
        self.list.currentRowChanged.connect(lambda _: self._look())
        self._draw = button("mapDraw", "画出边界", self._want, icon_name="draw")
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
        column.setSpacing(tokens.px(tokens.S2))
        column.addWidget(self._heading)
        column.addWidget(self._words)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self._draw)

    def show_grounds(self, grounds: Sequence[Ground]) -> None:
        """Show other grids; the chosen one stays chosen."""
        self._grounds = sorted(grounds, key=lambda ground: sort_key(ground.name))
        self._list()

    def names(self) -> list[str]:
        """What is listed."""
        return [self.list.item(row).text() for row in range(self.list.count())]

    def _list(self) -> None:
        sought = self.search.text().strip().lower()
        missing = [ground for ground in self._grounds if not ground.placed]
        if sought:
            listed = [
                g for g in self._grounds if sought in f"{search_keys(g.name)} {g.code}".lower()
            ]
            self._heading.setText(f"找到 {len(listed):,} 个网格")
        else:
            listed = missing
            self._heading.setText(f"还没有边界 {len(missing):,} 个" if missing else "边界都有了")
        self._words.setVisible(bool(missing) and not sought)
        chosen = _id(self.list.currentItem())
        self.list.clear()
        for ground in listed:
            item = QListWidgetItem(ground.name, self.list)
            item.setData(Qt.ItemDataRole.UserRole, ground.grid)
            if ground.grid == chosen:
                self.list.setCurrentItem(item)
        if self.list.currentRow() < 0 and listed:
            self.list.setCurrentRow(0)
        self._look()

    def _look(self) -> None:
        grid = _id(self.list.currentItem())
        placed = any(g.placed for g in self._grounds if g.grid == grid)
        self._draw.setText("改边界" if placed else "画出边界")
        self._draw.setEnabled(bool(grid))

    def _want(self) -> None:
        if grid := _id(self.list.currentItem()):
            self.draw_wanted.emit(grid)


def _id(item: QListWidgetItem | None) -> str:
    return str(item.data(Qt.ItemDataRole.UserRole)) if item is not None else ""
