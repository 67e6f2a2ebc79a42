"""The foot of every change of grids: the day, why, on which decision, and its button."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.grids.service import Words
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from sync.records import FieldError, GridChange


class ChangeFoot(QWidget):
    """Asks for what is written down of a change."""

    left = Signal()

    def __init__(self, name: str, do: Callable[[], None]) -> None:
        super().__init__()
        self.day, self.reason, self.basis = QLineEdit(), QLineEdit(), QLineEdit()
        self._hint, self._fault = QLabel(), QLabel()
        self._hint.setObjectName("quiet")
        self._fault.setObjectName("formFault")
        for label in (self._hint, self._fault):
            label.setWordWrap(True)
        self.do = button(f"do_{name}", "", do, weight="primary", icon_name="tick", tip="Ctrl+S")
        leave = button(f"leave_{name}", "不做了", self.left.emit, tip="Esc")
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.px(tokens.S3))
        grid.setColumnStretch(3, 1)
        grid.setColumnStretch(5, 1)
        fields = (("changed_on", self.day), ("reason", self.reason), ("basis", self.basis))
        for place, (field, box) in enumerate(fields):
            declared = GridChange.fields[field]
            label = QLabel(declared.label)
            label.setBuddy(box)
            box.setObjectName(f"{name}_{field}")
            box.setMinimumHeight(tokens.px(tokens.CONTROL))
            box.setPlaceholderText(declared.hint)
            grid.addWidget(label, 0, 2 * place)
            grid.addWidget(box, 0, 2 * place + 1)
        self.day.setFixedWidth(tokens.px(110))
        last = QHBoxLayout()
        last.addWidget(self._hint, 1)
        last.addWidget(leave)
        last.addWidget(self.do)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S2))
        column.addLayout(grid)
        column.addWidget(self._fault)
        column.addLayout(last)

    def begin(self, words: str) -> None:
        """Begin anew, with today's date; ``words`` stand on the button."""
        self.day.setText(Words().day)
        self.reason.clear()
        self.basis.clear()
        self.do.setText(words)
        self.say_fault("")

    def words(self) -> Words | None:
        """What was typed; None where it cannot be kept, which is said."""
        boxes = {"changed_on": self.day, "reason": self.reason, "basis": self.basis}
        try:
            typed = {n: GridChange.fields[n].clean(box.text()) for n, box in boxes.items()}
        except FieldError as error:
            self.say_fault(str(error))
            return None
        day = str(typed["changed_on"] or Words().day)
        return Words(day, str(typed["reason"] or ""), str(typed["basis"] or ""))

    def say(self, hint: str) -> None:
        """Say what pressing the button will do."""
        self._hint.setText(hint)

    def hint(self) -> str:
        """What it says that the button will do."""
        return self._hint.text()

    def say_fault(self, sentence: str) -> None:
        """Say why it was not done; nothing for ''."""
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))

    def fault(self) -> str:
        """Why it was not done."""
        return self._fault.text()
