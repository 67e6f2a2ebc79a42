"""Over the map: what it is coloured by, and what goes out and in."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from desktop.grids.map_figures import Figure
from desktop.grids.map_reading import GENERAL_LAYER, MICRO_LAYER, Seen
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.memory import Memory

_LAYERS = ((MICRO_LAYER, "看微网格"), (GENERAL_LAYER, "看一般网格"))
_FIGURE = "map.figure"


class MapBar(QWidget):
    """The figure is remembered from one day to the next."""

    #: Another figure or layer is wanted.
    chosen = Signal()
    import_wanted = Signal()
    export_wanted = Signal()
    picture_wanted = Signal()

    def __init__(self, figures: Sequence[Figure], memory: Memory) -> None:
        super().__init__()
        self._figures, self._memory = list(figures), memory
        self.figure_box, self.layer_box = QComboBox(), QComboBox()
        self._export = button("mapExport", "导出", self.export_wanted.emit, icon_name="export")
        self._picture = button("mapPicture", "存成图片", self.picture_wanted.emit, icon_name="save")
        self._import = button("mapImport", "导入边界", self.import_wanted.emit, icon_name="import")
        self._lay_out()
        self.add_figures()
        self.figure_box.activated.connect(lambda _: self._choose_figure())
        self.layer_box.activated.connect(lambda _: self.chosen.emit())

    def add_figures(self, *figures: Figure) -> None:
        """Offer more figures; the chosen one stays chosen."""
        chosen = str(self.figure_box.currentData() or self._memory.recall(_FIGURE))
        self._figures += figures
        self.figure_box.clear()
        for figure in self._figures:
            self.figure_box.addItem(figure.label, figure.name)
        self.figure_box.setCurrentIndex(max(self.figure_box.findData(chosen), 0))

    def figure(self) -> Figure:
        """What the map is coloured by."""
        return self._figures[max(self.figure_box.currentIndex(), 0)]

    def layer(self) -> str:
        """Which grids are coloured."""
        return str(self.layer_box.currentData() or MICRO_LAYER)

    def show_seen(self, seen: Seen) -> None:
        """Offer what there is to choose and to save."""
        self.layer_box.clear()
        for name, words in _LAYERS:
            if name in seen.layers:
                self.layer_box.addItem(words, name)
        self.layer_box.setCurrentIndex(self.layer_box.findData(seen.layer))
        self.layer_box.setVisible(len(seen.layers) > 1)
        for made in (self._export, self._picture, self.figure_box):
            made.setEnabled(bool(seen.placed))

    def _choose_figure(self) -> None:
        self._memory.remember(_FIGURE, self.figure().name)
        self.chosen.emit()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.px(tokens.S2))
        row.addWidget(QLabel("颜色深浅按"))
        for box, name in ((self.figure_box, "mapFigure"), (self.layer_box, "mapLayer")):
            box.setObjectName(name)
            box.setMinimumHeight(tokens.px(tokens.CONTROL))
            row.addWidget(box)
        row.addStretch()
        for made in (self._picture, self._export, self._import):
            row.addWidget(made)
        self.layer_box.hide()
