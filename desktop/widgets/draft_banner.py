"""A line over a form: it goes on where it was left."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.words import when


class DraftBanner(QFrame):
    """Tells that the form goes on where it was left, and offers to start over."""

    def __init__(self, start_over: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("draftBanner")
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._again = button("draftDrop", "清空重填", start_over, weight="quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (12, 4, 4, 4)))
        row.addWidget(self._words, 1)
        row.addWidget(self._again)
        self.hide()

    def offer(self, at: str, *, new: bool = True) -> None:
        """Tell when the draft was kept."""
        self._words.setText(f"这是{when(at)} 没填完的，接着填。")
        self._again.setText("清空重填" if new else "用原来的")
        self.show()
