"""What lies under a fault of the line: the code for whoever asks, and a text for support."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.background import Lane
from desktop.syncing.service import Syncing
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.view import Note

_COPIED = "已复制，里面没有任何人的资料。到微信里粘贴，发给技术支持。"


class SupportFoot(QWidget):
    """Two buttons: 详情 shows the code, 复制给技术支持 puts a text on the clipboard."""

    said = Signal(object)

    def __init__(self, syncing: Syncing, lane: Lane) -> None:
        super().__init__()
        self._syncing, self._lane = syncing, lane
        self._detail = QLabel()
        self._detail.setObjectName("faultDetail")
        self._detail.setWordWrap(True)
        self._detail.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._detail.hide()
        row = QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S2))
        row.addWidget(button("copySupport", "复制给技术支持", self.copy, icon_name="sheets"))
        row.addWidget(button("faultDetails", "详情", self._toggle, weight="quiet"))
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S1))
        column.addLayout(row)
        column.addWidget(self._detail)

    def show_fault(self, code: str, detail: str) -> None:
        """Stand under another fault; its details stay as they were, shown or not."""
        self._detail.setText(f"代号 {code}" + (f" · {detail}" if detail else ""))
        self.show()

    def copy(self) -> None:
        """Put the text for support on the clipboard."""
        self._lane.run(self._syncing.support_text, done=self._copied)

    def _copied(self, text: str) -> None:
        QApplication.clipboard().setText(text)
        self.said.emit(Note(_COPIED))

    def _toggle(self) -> None:
        self._detail.setVisible(self._detail.isHidden())
