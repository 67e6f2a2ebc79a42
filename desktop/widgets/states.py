"""Where a record stands, always as icon, word and colour together."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.widgets import tokens
from desktop.widgets.icons import icon


@dataclass(frozen=True)
class State:
    """How one state is shown. Red is for what a person must do, nothing else."""

    word: str
    icon: str
    colour: str
    pale: str


STATES = {
    "waiting": State("待同步", "clock", tokens.WAIT, tokens.WAIT_PALE),
    "sending": State("同步中", "arrows", tokens.PRIMARY, tokens.PRIMARY_PALE),
    "synced": State("已同步", "tick", tokens.GOOD, tokens.GOOD_PALE),
    "merged": State("已合并", "merge", tokens.PRIMARY, tokens.PRIMARY_PALE),
    "conflict": State("有冲突", "sheets", tokens.ACT, tokens.ACT_PALE),
    "refused": State("被退回", "return", tokens.ACT, tokens.ACT_PALE),
}


def state_of(name: str) -> State:
    """How a state is shown; one that this version does not know waits."""
    return STATES.get(name, STATES["waiting"])


class StatePill(QWidget):
    """The state of one record beside its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("statePill")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._icon, self._word = QLabel(), QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(tokens.px(8), tokens.px(2), tokens.px(10), tokens.px(2))
        row.setSpacing(tokens.px(4))
        row.addWidget(self._icon)
        row.addWidget(self._word)

    def show_state(self, name: str) -> None:
        """Show where the record stands."""
        state = state_of(name)
        size = tokens.px(16)
        self._icon.setPixmap(icon(state.icon, state.colour).pixmap(QSize(size, size)))
        self._word.setText(state.word)
        self._word.setStyleSheet(f"color: {state.colour}; background: transparent")
        self.setStyleSheet(
            f"#statePill {{ background: {state.pale}; border-radius: {tokens.px(11)}px }}"
        )

    def word(self) -> str:
        """The state in words, as shown."""
        return self._word.text()
