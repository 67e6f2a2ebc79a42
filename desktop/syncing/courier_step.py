"""One step of the way by stick, as a card: what it is, its button, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.widgets import tokens
from desktop.widgets.buttons import button


class CourierStep(QFrame):
    """A card. The step that comes next has the blue frame, the words, and the first button."""

    def __init__(self, name: str, title: str, words: str, press: Callable[[], Any]) -> None:
        super().__init__()
        self.setObjectName("card")
        self._title, self._next = QLabel(title), QLabel("← 现在做这一步")
        self._title.setObjectName("panelTitle")
        self._next.setObjectName("nextStep")
        self._how, self._told = QLabel(), QLabel()
        self._how.setObjectName("quiet")
        self._told.setObjectName(f"{name}Told")
        for label in (self._how, self._told):
            label.setWordWrap(True)
        self._told.hide()
        self.button = button(name, words, press)
        self.button.setMinimumWidth(tokens.px(132))
        head = QHBoxLayout()
        head.setSpacing(tokens.px(tokens.S3))
        head.addWidget(self._title)
        head.addWidget(self._next)
        head.addStretch()
        self._column = QVBoxLayout()
        self._column.setSpacing(tokens.px(tokens.S1))
        self._column.addLayout(head)
        self._column.addWidget(self._how)
        self._column.addWidget(self._told)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
        row.setSpacing(tokens.px(tokens.S4))
        row.addLayout(self._column, 1)
        row.addWidget(self.button)

    def add(self, widget: QWidget) -> None:
        """Put something under the words."""
        self._column.addWidget(widget)

    def explain(self, words: str) -> None:
        """What the step is for, as things stand."""
        self._how.setText(words)

    def tell(self, words: str) -> None:
        """What came of it; '' for nothing yet."""
        self._told.setText(words)
        self._told.setVisible(bool(words))

    def told(self) -> str:
        """What was told last."""
        return self._told.text()

    def be_next(self, is_next: bool) -> None:
        """Whether this is the step to do now."""
        self._next.setVisible(is_next)
        for widget, name, value in (
            (self, "next", is_next),
            (self.button, "weight", "primary" if is_next else "usual"),
        ):
            widget.setProperty(name, value)
            widget.style().unpolish(widget)
            widget.style().polish(widget)
