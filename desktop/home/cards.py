"""How much there is of each kind: cards side by side, as many as there is room for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.home.card import Card
from desktop.widgets import tokens
from sync.records import KINDS

#: Kinds that are counted, with their page's icon and the unit they are counted in.
_COUNTED = (
    ("event", "event", "件"),
    ("resident", "resident", "人"),
    ("household", "household", "户"),
    ("grid", "grid", "个"),
    ("party_member", "party", "人"),
    ("key_resident", "doctor", "人"),
    ("points_subject", "points", "个"),
    ("settlement", "settlement", "个"),
)
#: So many cards side by side where there is room for them, and where there is not.
_MOST, _LEAST = 4, 2


class Cards(QWidget):
    """The figures of the village; a card that is pressed tells its kind."""

    pressed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._across = 0
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(tokens.px(tokens.S3))
        self.of_kind = {
            kind: Card(kind, KINDS[kind].label, icon_name, unit)
            for kind, icon_name, unit in _COUNTED
        }
        for kind, card in self.of_kind.items():
            card.pressed.connect(partial(self.pressed.emit, kind))
        self._arrange()

    def show_figures(self, counts: Mapping[str, int]) -> None:
        """Show how many there are of each kind; what is not named is none."""
        for kind, card in self.of_kind.items():
            card.show_figure(counts.get(kind, 0))

    def minimumSizeHint(self) -> QSize:
        # The fewest cards side by side are the least width, however many there are just now.
        return QSize(self._width_of(_LEAST), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        # A card tells of a longer figure here, and only after it has laid itself out anew: asked
        # as soon as the figure is set, it would still answer with the width of the old one.
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        across = _MOST if self.width() >= self._width_of(_MOST) else _LEAST
        if across != self._across:
            self._across = across
            for place, card in enumerate(self.of_kind.values()):
                self._grid.addWidget(card, place // across, place % across)

    def _width_of(self, across: int) -> int:
        widest = max(card.sizeHint().width() for card in self.of_kind.values())
        return across * widest + (across - 1) * self._grid.spacing()
