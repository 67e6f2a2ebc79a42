"""A line over the teams: some leaders stand only in their grids' own forms."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from desktop.widgets import tokens
from desktop.widgets.buttons import button


class LeadersBanner(QFrame):
    """Offers to take over all leaders that stand only in the grids' own forms."""

    def __init__(self, take: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("draftBanner")
        self._count, self._in_the_way = 0, False
        self._words = QLabel()
        self._words.setWordWrap(True)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (12, 4, 4, 4)))
        row.addWidget(self._words, 1)
        row.addWidget(
            button("takeLeaders", "都记到岗位上", take, tip="和居民对得上的，直接连到居民")
        )
        self.hide()

    def say(self, count: int) -> None:
        """Tell of how many grids the leader stands only there."""
        self._words.setText(f"有{count:,}个网格的微网格长只写在网格表里，还没有记到岗位上。")
        self._count = count
        self._show()

    def make_room(self, wanted: bool) -> None:
        """Step aside while a board or a form needs the height."""
        self._in_the_way = wanted
        self._show()

    def _show(self) -> None:
        self.setVisible(self._count > 0 and not self._in_the_way)
