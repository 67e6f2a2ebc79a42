"""The strip over the page when something is in emergency: what, since when, who, why, and back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.team.service import Alert
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.elided import Elided
from desktop.widgets.icons import icon
from desktop.widgets.layouts import clear
from desktop.widgets.words import when

#: So many are named one by one; the others are counted.
_NAMED = 2


class EmergencyStrip(QFrame):
    """Names what stands in emergency; not there in peacetime."""

    #: Somebody wants an alert's grid (id and name; both '' for the village) to come back.
    back_wanted = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("emergencyStrip")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(*(tokens.px(n) for n in (12, 4, 4, 4)))
        self._column.setSpacing(tokens.px(2))
        self._words: list[str] = []
        self._in_the_way = False
        self.hide()

    def show_alerts(self, alerts: Sequence[Alert]) -> None:
        """Show what stands in emergency now."""
        clear(self._column)
        self._words = [words_of(alert) for alert in alerts[:_NAMED]]
        for alert, words in zip(alerts, self._words, strict=False):
            self._column.addWidget(self._line(alert, words))
        if len(alerts) > _NAMED:
            self._words.append(f"还有{len(alerts) - _NAMED}个网格在战时，在下面按“平战”筛出来看")
            more = QLabel(self._words[-1])
            self._column.addWidget(more)
        self._show()

    def make_room(self, wanted: bool) -> None:
        """Step aside while a form needs all the height there is."""
        self._in_the_way = wanted
        self._show()

    def words(self) -> str:
        """What the strip says; '' where nothing is in emergency."""
        return "\n".join(self._words)

    def _show(self) -> None:
        self.setVisible(bool(self._words) and not self._in_the_way)

    def _line(self, alert: Alert, words: str) -> QWidget:
        made, sign, said = QWidget(), QLabel(), Elided()
        size = tokens.px(18)
        sign.setPixmap(icon("emergency", tokens.WAIT).pixmap(QSize(size, size)))
        said.setObjectName("emergencyWords")
        said.setText(words)
        grid, name = (alert.switch.grid, alert.where) if alert.switch.grid else ("", "")
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.px(tokens.S2))
        row.addWidget(sign)
        row.addWidget(said, 1)
        row.addWidget(
            button(
                f"backToPeace_{grid or 'village'}",
                "转回平时",
                partial(self.back_wanted.emit, grid, name),
                icon_name="undo",
            )
        )
        return made


def words_of(alert: Alert) -> str:
    """One alert in a sentence."""
    switch = alert.switch
    by = f"，{switch.by}" if switch.by else ""
    return f"{alert.where}在战时：{switch.reason}（{when(switch.at)} 起{by}）"
