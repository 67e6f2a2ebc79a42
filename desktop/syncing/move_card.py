"""What this PC's change of village meant, on a card that stays until a person has read it."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from desktop.background import Lanes, Latest
from desktop.syncing.service import Syncing
from desktop.widgets import tokens
from desktop.widgets.buttons import button


class MoveCard(QFrame):
    """In sight as long as there is something unread."""

    def __init__(self, syncing: Syncing, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("card")
        self._syncing, self._lanes, self._latest = syncing, lanes, Latest()
        self._words = QLabel()
        self._words.setObjectName("moveNotice")
        self._words.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
        row.setSpacing(tokens.px(tokens.S3))
        row.addWidget(self._words, 1)
        row.addWidget(button("moveNoticeRead", "知道了", self._read))
        self.hide()

    def refresh(self) -> None:
        """Look whether there is something to read."""
        self._latest.ask(self._lanes.reading.run(self._syncing.notice, done=self._show))

    def _show(self, notice: str) -> None:
        self._words.setText(notice)
        self.setVisible(bool(notice))

    def _read(self) -> None:
        self.hide()
        self._lanes.writing.run(self._syncing.notice_read)
