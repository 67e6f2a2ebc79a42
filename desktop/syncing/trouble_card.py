"""Why the county was not reached the last time, and a clock that is off, on one card."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from desktop.background import Lane
from desktop.syncing.service import Syncing
from desktop.syncing.support_foot import SupportFoot
from desktop.widgets import tokens
from desktop.widgets.icons import icon
from desktop.widgets.words import when


class TroubleCard(QFrame):
    """Shown while there is something to tell; gone once the county was reached."""

    said = Signal(object)

    def __init__(self, syncing: Syncing, lane: Lane) -> None:
        super().__init__()
        self.setObjectName("card")
        self._icon, self._words, self._when, self._clock = QLabel(), QLabel(), QLabel(), QLabel()
        self._words.setObjectName("troubleWords")
        self._when.setObjectName("quiet")
        self._clock.setObjectName("clockWords")
        for label in (self._words, self._clock):
            label.setWordWrap(True)
        self.foot = SupportFoot(syncing, lane)
        self.foot.said.connect(self.said)
        self._lay_out()
        self.hide()

    def show_status(self, status: Any) -> None:
        """Tell what the status tells; a PC that is not enrolled tells it where it enrols."""
        trouble = status.trouble if status.enrolled else None
        self.setVisible(trouble is not None or bool(status.clock))
        self._clock.setText(status.clock)
        self._clock.setVisible(bool(status.clock))
        for widget in (self._icon, self._words, self._when, self.foot):
            widget.setVisible(trouble is not None)
        if trouble is None:
            return
        # Red is for what a person must do; a line that comes back by itself is not.
        name, colour = ("line", tokens.WAIT_MARK) if trouble.again else ("warning", tokens.ACT)
        pixels = tokens.px(20)
        self._icon.setPixmap(icon(name, colour).pixmap(QSize(pixels, pixels)))
        self._words.setText(trouble.sentence)
        again = "，会自动再试" if trouble.again else ""
        self._when.setText(f"{when(trouble.at)} 没同步成{again}")
        self.foot.show_fault(trouble.code, trouble.detail)

    def words(self) -> str:
        """What is said, as shown."""
        return self._words.text() if not self._words.isHidden() else ""

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(tokens.px(tokens.S2))
        for widget in (self._words, self._when, self._clock, self.foot):
            words.addWidget(widget)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
        row.setSpacing(tokens.px(tokens.S3))
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
