"""The one dialog of the teams: to emergency, or back. It asks what and why, for it is serious."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import tokens
from desktop.widgets.buttons import button
from sync.records import ReadinessSwitch
from sync.records.teams import EMERGENCY

_REASON = ReadinessSwitch.fields["reason"]
_WIDTH = 540


class SwitchDialog(QDialog):
    """Asks whether a grid or the whole village is meant, and why."""

    #: What was chosen: mode, reason, the grid's id ('' for the whole village).
    chosen = Signal(str, str, str)

    def __init__(self, mode: str, grid: str, name: str, parent: QWidget | None = None) -> None:
        """``grid`` is the grid that a person stood on, by id and ``name``; both '' for none."""
        super().__init__(parent)
        to_emergency = mode == EMERGENCY
        word = "转入战时" if to_emergency else "转回平时"
        self.setObjectName("switchDialog")
        self.setWindowTitle(word)
        self.setFixedWidth(tokens.px(_WIDTH))
        self._mode, self._grid = mode, grid
        self._of_grid = QRadioButton(f"只是“{name}”")
        self._of_grid.setObjectName("switchGrid")
        self._of_village = QRadioButton("全村（所有网格）")
        self._of_village.setObjectName("switchVillage")
        self._scopes = QButtonGroup(self)
        for each in (self._of_grid, self._of_village):
            self._scopes.addButton(each)
        (self._of_grid if grid else self._of_village).setChecked(True)
        self._of_grid.setVisible(bool(grid))
        self._reason = QLineEdit()
        self._reason.setObjectName("switchReason")
        self._reason.setPlaceholderText(
            _REASON.hint if to_emergency else "如：预警解除，群众已回家"
        )
        self._reason.setMinimumHeight(tokens.px(tokens.CONTROL))
        self._fault = QLabel()
        self._fault.setObjectName("wrongWords")
        self._fault.setWordWrap(True)
        self._fault.hide()
        self._go = button("switchGo", word, self._choose, weight="primary")
        # Enter in the line does it, and never what happens to stand first.
        self._go.setDefault(True)
        self._lay_out(word, grid)
        self._reason.setFocus()

    def say_fault(self, sentence: str) -> None:
        """Say why it was not done; what was typed stays."""
        self._fault.setText(sentence)
        self._fault.show()
        self._go.setEnabled(True)
        self.adjustSize()

    def reject(self) -> None:
        # What was pressed is being written: its answer comes here.
        if self._go.isEnabled():
            super().reject()

    def _choose(self) -> None:
        if sentence := _REASON.problem(_REASON.clean(self._reason.text())):
            self.say_fault(f"{sentence}，大家都要看得懂为什么")
            self._reason.setFocus()
            return
        grid = self._grid if self._of_grid.isChecked() else ""
        # Once: the second would be refused, for it changes nothing.
        self._go.setEnabled(False)
        self.chosen.emit(self._mode, self._reason.text(), grid)

    def _lay_out(self, word: str, grid: str) -> None:
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.px(tokens.S3))
        heading = QLabel(word)
        heading.setObjectName("panelTitle")
        column.addWidget(heading)
        for each in (self._of_grid, self._of_village):
            column.addWidget(each)
        asked = QLabel("事由（必填）")
        asked.setObjectName("fieldLabel")
        asked.setBuddy(self._reason)
        column.addWidget(asked)
        column.addWidget(self._reason)
        column.addWidget(self._fault)
        note = "谁转的、什么时候、为什么都会记下，村里各台电脑同步后都看得到。转错了再转回来就行。"
        if not grid:
            note += "\n只转一个网格：先在表里选中它。"
        words = QLabel(note)
        words.setObjectName("quiet")
        words.setWordWrap(True)
        words.setFixedWidth(tokens.px(_WIDTH) - 2 * margin)
        column.addWidget(words)
        foot = QHBoxLayout()
        foot.addStretch()
        leave = button("switchLeave", "先不转", self.reject, tip="Esc")
        leave.setAutoDefault(False)
        foot.addWidget(leave)
        foot.addWidget(self._go)
        column.addLayout(foot)
