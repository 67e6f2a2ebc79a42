"""A bar chart that reads by itself: words on the bars, the unit in the title, no legend.

Drawn by pyqtgraph. It can be saved as a picture, and goes on paper as ``paper.Bars``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QFont, QPixmap, QWheelEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QLabel, QVBoxLayout

from desktop.reports.paper import Bar
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.paper_drawing import NotSaved

#: A bar and the room to the next one, in pixels at 100 %.
_BAR, _PITCH = 20, 34
_PICTURE_SCALE = 2


class Chart(QFrame):
    """One chart with its title, and a button that saves it as a picture."""

    save_wanted = Signal()

    def __init__(self, name: str, title: str, nothing: str) -> None:
        """``nothing`` is said where there is nothing to draw."""
        super().__init__()
        self.setObjectName("card")
        self.name, self.title = name, title
        self.bars: tuple[Bar, ...] = ()
        self._drawn = False
        self._nothing = QLabel(nothing)
        self._nothing.setObjectName("quiet")
        self._nothing.setWordWrap(True)
        self._save = button(
            f"saveChart_{name}", "存图片", self.save_wanted.emit, icon_name="save", weight="quiet"
        )
        self._plot, self._title = _Plot(), QLabel()
        self._lay_out()
        self.show_bars(())

    def show_bars(self, bars: Sequence[Bar], title: str = "") -> None:
        """Draw bars from above to below, in the order given; under another title if it has one."""
        shown = (title or self.title, tuple(bars))
        if shown == (self.title, self.bars) and self._drawn:
            return
        self._drawn = True
        self.title, self.bars = shown
        self._title.setText(self.title)
        drawn = bool(bars)
        self._plot.setVisible(drawn)
        self._save.setVisible(drawn)
        self._nothing.setVisible(not drawn)
        self._plot.draw(self.bars)
        read = "；".join(f"{bar.label} {bar.words}" for bar in bars)
        self.setAccessibleName(f"{self.title}：{read or self._nothing.text()}")

    def save_picture(self, path: Path) -> None:
        """Save the chart with its title as a PNG. Raises NotSaved."""
        if not self.picture().save(str(path), "PNG"):
            raise NotSaved(path.name)

    def picture(self) -> QPixmap:
        """The chart with its title, without the button, twice as fine as the screen."""
        stood_here = self._save.hasFocus()
        self._save.setVisible(False)
        picture = QPixmap(self.size() * _PICTURE_SCALE)
        picture.setDevicePixelRatio(_PICTURE_SCALE)
        picture.fill(QColor(tokens.SURFACE))
        self.render(picture)
        self._save.setVisible(True)
        if stood_here:
            self._save.setFocus()
        return picture

    def _lay_out(self) -> None:
        self._title.setObjectName("panelTitle")
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
        column.setSpacing(tokens.px(tokens.S2))
        column.addLayout(head)
        column.addWidget(self._plot)
        column.addWidget(self._nothing)
        column.addStretch()


class _Plot(pg.PlotWidget):
    """Horizontal bars; nothing of it moves or zooms, and the wheel scrolls the page."""

    def __init__(self) -> None:
        super().__init__(background=tokens.SURFACE)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMenuEnabled(False)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        self.hideAxis("bottom")
        axis = self.getAxis("left")
        axis.setStyle(tickLength=0, tickTextOffset=tokens.px(tokens.S2), tickFont=_font())
        axis.setTextPen(tokens.INK)
        axis.setPen(tokens.LINE_STRONG)

    def draw(self, bars: Sequence[Bar]) -> None:
        """Draw bars, the first one on top."""
        self.clear()
        if not bars:
            return
        places = list(range(len(bars) - 1, -1, -1))
        lengths = [bar.value for bar in bars]
        self.addItem(
            pg.BarGraphItem(
                x0=0,
                y=places,
                width=lengths,
                height=_BAR / _PITCH,
                brush=tokens.PRIMARY,
                # A line around it would give length to a bar that has none.
                pen=pg.mkPen(None),
            )
        )
        for place, bar in zip(places, bars, strict=True):
            words = pg.TextItem(bar.words, color=tokens.INK, anchor=(0, 0.5))
            words.setFont(_font())
            words.setPos(bar.value, place)
            self.addItem(words)
        self.getAxis("left").setTicks([[(p, b.label) for p, b in zip(places, bars, strict=True)]])
        # Words stand behind the longest bar and need their room.
        longest = max(len(bar.words) for bar in bars)
        self.setXRange(0, (max(lengths) or 1) * (1.06 + 0.035 * longest), padding=0)
        self.setYRange(-0.6, len(bars) - 0.4, padding=0)
        self.setFixedHeight(tokens.px(_PITCH * len(bars) + tokens.S2))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def _font() -> QFont:
    made = QFont(QApplication.font())
    made.setFeature(QFont.Tag("tnum"), 1)
    return made
