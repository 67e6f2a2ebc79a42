"""The one sentence at the foot of the window that is always true."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from desktop.syncing.service import Status
from desktop.widgets import tokens
from desktop.widgets.elided import Elided
from desktop.widgets.words import photos_words, when


def sentence_of(status: Status) -> str:
    """「已保存在本机 · 12 条待同步 · 县里最近收到：今天 09:42」"""
    parts = ["已保存在本机"]
    if status.refused:
        parts.append(f"{status.refused} 条被退回")
    if status.conflicts:
        parts.append(f"{status.conflicts} 条有冲突")
    parts.append(f"{status.waiting:,} 条待同步" if status.waiting else "没有待同步的")
    if photos := photos_words(status.photos_waiting):
        parts.append(photos)
    if not status.enrolled:
        parts.append("还没有接入县里")
    elif status.last_sync:
        parts.append(f"县里最近收到：{when(status.last_sync)}")
    else:
        parts.append("县里还没有收到过")
    return " · ".join(parts)


class StatusBar(QFrame):
    """Shows the sentence, and at the right who works here."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("statusBar")
        self.setFixedHeight(tokens.px(tokens.STATUS_BAR))
        self._sentence, self._operator = Elided("正在读取……"), QLabel()
        self._sentence.setObjectName("statusSentence")
        self._operator.setObjectName("quiet")
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.px(tokens.S4), 0, tokens.px(tokens.S4), 0)
        row.addWidget(self._sentence, 1)
        row.addWidget(self._operator)

    def say(self, sentence: str) -> None:
        """Show a sentence."""
        self._sentence.setText(sentence)

    def say_operator(self, name: str) -> None:
        """Show who works here."""
        self._operator.setText(f"经办人：{name}" if name else "还没有填经办人")

    def sentence(self) -> str:
        """The sentence as shown."""
        return self._sentence.text()
