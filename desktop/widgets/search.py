"""A box to find by name, pinyin, initials or the tail of a number; tells when typing rests."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.widgets import tokens
from desktop.widgets.icons import icon

#: How long typing rests before the list is asked, in milliseconds.
REST = 40


class SearchBox(QLineEdit):
    """A line with a magnifying glass and a cross to clear it."""

    searched = Signal(str)

    def __init__(self, name: str, placeholder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("search", True)
        self.setPlaceholderText(placeholder)
        self.setToolTip(placeholder)
        self.setClearButtonEnabled(True)
        self.setMinimumHeight(tokens.px(tokens.CONTROL))
        self.addAction(icon("search"), QLineEdit.ActionPosition.LeadingPosition)
        self._told = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._tell)
        self.textChanged.connect(lambda: self._rest.start())
        self.returnPressed.connect(self._tell)

    def _tell(self) -> None:
        self._rest.stop()
        text = self.text().strip()
        if text != self._told:
            self._told = text
            self.searched.emit(text)
