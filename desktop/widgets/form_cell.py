"""One field of a form: label at the left, editor, and a line of words under it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPlainTextEdit, QWidget

from desktop.widgets import tokens
from sync.records import Field
from sync.records.fields import Words


class FormCell(QWidget):
    """Label, editor, and the hint or what is wrong; complaining does not change its height."""

    #: The width of every label, unscaled.
    LABEL = 92

    def __init__(self, field: Field, editor: QWidget) -> None:
        super().__init__()
        self.setObjectName(f"cell_{field.name}")
        self.editor = editor
        self.wide = isinstance(field, Words) and field.multiline
        self._hint = self._own_hint = field.hint
        self._complaint = ""
        self._label = QLabel(_label(field))
        self._label.setObjectName("fieldLabel")
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setWordWrap(True)
        self._label.setFixedWidth(tokens.px(self.LABEL))
        self._label.setMinimumHeight(tokens.px(tokens.CONTROL))
        self._label.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
        self._label.setBuddy(editor)
        self._words = QLabel(field.hint)
        self._words.setObjectName("fieldWords")
        self._words.setWordWrap(True)
        self._words.setMinimumHeight(tokens.px(18))
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(tokens.px(tokens.S2))
        grid.setVerticalSpacing(tokens.px(1))
        grid.addWidget(self._label, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(editor, 0, 1)
        grid.addWidget(self._words, 1, 1)

    def rename(self, label: str) -> None:
        """Call the field otherwise than it is declared, where one box serves two."""
        self._label.setText(label)

    def complain(self, sentence: str) -> None:
        """Show what is wrong under the field, or its hint again when nothing is."""
        if sentence == self._complaint:
            return
        self._complaint = sentence
        self._words.setText(sentence or self._hint)
        for widget in (self._words, self.editor):
            widget.setProperty("wrong", bool(sentence))
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def hint(self, words: str) -> None:
        """Say something under the field that is not wrong; nothing brings its own hint back."""
        self._hint = words or self._own_hint
        if not self._complaint:
            self._words.setText(self._hint)

    def complaint(self) -> str:
        """What is wrong, as shown."""
        return self._complaint

    def set_fixed(self, fixed: bool) -> None:
        """Show the value only: it never changes after the record was written."""
        if isinstance(self.editor, QPlainTextEdit):
            self.editor.setReadOnly(fixed)
        else:
            self.editor.setEnabled(not fixed)
        policy = Qt.FocusPolicy.NoFocus if fixed else Qt.FocusPolicy.StrongFocus
        self.editor.setFocusPolicy(policy)
        self._words.setText("写下以后不能改" if fixed else self._hint)


def _label(field: Field) -> str:
    star = f"<span style='color:{tokens.PRIMARY}'>* </span>" if field.required else ""
    return f"{star}{field.label}"
