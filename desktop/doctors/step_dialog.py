"""Asks who makes a step of a pairing, which nobody takes back afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.widgets import tokens
from desktop.widgets.buttons import button


@dataclass(frozen=True)
class Asked:
    """What a step asks: ``words`` say what it means; ``reason`` is the label of a second line."""

    title: str
    words: str
    who: str
    press: str
    reason: str = ""


ASKED = {
    "grid_side": Asked(
        "网格方确认",
        "网格方认这个团队：由它负责本网格。两方都确认，才算结对。",
        "网格方确认人",
        "确认",
    ),
    "team_side": Asked(
        "团队方确认",
        "团队方认这个网格：由本团队负责。两方都确认，才算结对。",
        "团队方确认人",
        "确认",
    ),
    "ended": Asked(
        "结束结对",
        "结束以后，这个结对留在台账里，不再算数。还要结对的，另记一个。",
        "由谁结束",
        "结束结对",
        "结束原因",
    ),
}


class StepDialog(QDialog):
    """One step of one pairing."""

    #: Who makes it, and why ('' where that is not asked).
    answered = Signal(str, str)

    def __init__(self, step: str, pairing: str, who: str, parent: QWidget | None = None) -> None:
        """``pairing`` says in words which grid and which team it is about."""
        super().__init__(parent)
        asked = ASKED[step]
        self.setObjectName("pairingStep")
        self.setWindowTitle(asked.title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(tokens.px(520))
        self._asked = asked
        self._who, self._reason = QLineEdit(who), QLineEdit()
        self._who.setObjectName("stepWho")
        self._reason.setObjectName("stepReason")
        self._fault = QLabel()
        self._fault.setObjectName("formFault")
        self._fault.setWordWrap(True)
        self._fault.hide()
        self._press = button("stepPress", asked.press, self._answer, weight="primary")
        self._lay_out(pairing)
        self._press.setDefault(True)
        if who and asked.reason:
            self._reason.setFocus()
        elif who:
            self._press.setFocus()
        else:
            self._who.setFocus()

    def complain(self, words: str) -> None:
        """Say what is wrong with the answer; the dialog stays."""
        self._fault.setText(words)
        self._fault.setVisible(bool(words))
        self._press.setEnabled(True)
        self.adjustSize()

    def reject(self) -> None:
        # What was pressed is being written: its answer comes here.
        if self._press.isEnabled():
            super().reject()

    def _answer(self) -> None:
        lines = [(self._who, self._asked.who)]
        if self._asked.reason:
            lines.append((self._reason, self._asked.reason))
        for line, label in lines:
            if not line.text().strip():
                self.complain(f"{label}没有填")
                line.setFocus()
                return
        self.complain("")
        # Once: what a step says is not taken back.
        self._press.setEnabled(False)
        self.answered.emit(self._who.text(), self._reason.text())

    def _lay_out(self, pairing: str) -> None:
        title, words = QLabel(pairing), QLabel(self._asked.words)
        title.setObjectName("panelTitle")
        note = QLabel("日期填今天。按下去就记下了，不能撤回，请看清楚再按。")
        note.setObjectName("quiet")
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.px(tokens.S3))
        for label in (title, words, note):
            label.setWordWrap(True)
            column.addWidget(label)
        column.addLayout(_line(self._asked.who, self._who))
        if self._asked.reason:
            column.addLayout(_line(self._asked.reason, self._reason))
        column.addWidget(self._fault)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(button("stepLeave", "不了", self.reject, tip="Esc"))
        foot.addWidget(self._press)
        column.addLayout(foot)


def _line(label: str, line: QLineEdit) -> QHBoxLayout:
    name = QLabel(label)
    name.setObjectName("detailLabel")
    name.setFixedWidth(tokens.px(96))
    line.setFixedHeight(tokens.px(tokens.CONTROL))
    line.setAccessibleName(label)
    row = QHBoxLayout()
    row.setSpacing(tokens.px(tokens.S3))
    row.addWidget(name)
    row.addWidget(line, 1)
    return row
