"""The day whose teams are shown: empty for today."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from desktop.team.service import today
from desktop.widgets import tokens
from sync.records import FieldError, Posting

_DAY = Posting.fields["started_on"]


class DayBox(QLineEdit):
    """Takes a day in any of the ways in which a day may be typed."""

    #: Another day is wanted.
    chosen = Signal()
    #: Why what was typed is no day: a sentence.
    refused = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._other = ""
        self.setObjectName("teamDay")
        self.setPlaceholderText("哪一天（今天）")
        self.setToolTip("看哪一天谁在岗，如 2026-06-01；空着是今天")
        self.setAccessibleName("看哪一天")
        self.setFixedWidth(tokens.px(136))
        self.setMinimumHeight(tokens.px(tokens.CONTROL))
        self.editingFinished.connect(self._take)

    def day(self) -> str:
        """The day that is wanted (``YYYY-MM-DD``)."""
        return self._other or today()

    def other(self) -> str:
        """The day that is wanted; '' for today."""
        return self._other

    def _take(self) -> None:
        try:
            day = str(_DAY.clean(self.text()) or "")
        except FieldError as error:
            self.refused.emit(str(error))
            return
        self.setText(day)
        if day != self._other:
            self._other = "" if day == today() else day
            self.chosen.emit()
