"""The editor of one field, chosen by what the field declares."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPlainTextEdit, QWidget

from desktop.pinyin import search_keys
from desktop.widgets import tokens
from desktop.widgets.reference_box import Ask, ReferenceBox
from sync.records import Field, Value
from sync.records.fields import Choice, Day, Money, Number, Reference, Words


class Editor(Protocol):
    """What a form needs of an editor."""

    @property
    def typed(self) -> SignalInstance:
        """Something was typed or chosen by a person."""

    def raw(self) -> str:
        """What stands there, as ``Field.clean`` takes it."""

    def put(self, raw: str) -> None:
        """Show a raw text; emits nothing."""

    def complaint(self) -> str:
        """Why what stands there cannot even be handed to the field; empty when it can."""


class LineEditor(QLineEdit):
    """One line of text, a number or a day."""

    typed = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.setPlaceholderText(_placeholder(field))
        if isinstance(field, Words):
            # Room for what tidying takes away; the field itself says when it is too long.
            self.setMaxLength(field.longest * 2 + 20)
        self.textEdited.connect(lambda _text: self.typed.emit())

    def raw(self) -> str:
        """What stands in the line."""
        return self.text()

    def put(self, raw: str) -> None:
        """Show a raw text."""
        self.setText(raw)
        self.setCursorPosition(0)

    def complaint(self) -> str:
        """Anything typed can be handed to the field."""
        return ""


class ParagraphEditor(QPlainTextEdit):
    """Several lines; Tab goes on."""

    typed = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setPlaceholderText(_placeholder(field))
        self.setFixedHeight(tokens.px(56))
        self.textChanged.connect(self.typed.emit)

    def raw(self) -> str:
        """What stands in the box."""
        return self.toPlainText()

    def put(self, raw: str) -> None:
        """Show a raw text."""
        self.blockSignals(True)
        self.setPlainText(raw)
        self.blockSignals(False)

    def complaint(self) -> str:
        """Anything typed can be handed to the field."""
        return ""


class ChoiceEditor(QComboBox):
    """A short list of words, found by pinyin or initials as one types; a wheel that turns by itself
    never changes it."""

    typed = Signal()

    def __init__(self, field: Choice) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if not field.required or field.default is None:
            self.addItem("请选择" if field.required else "", "")
        for code, word in field.options:
            self.addItem(word, code)
        self.setMaxVisibleItems(12)
        self.activated.connect(lambda _index: self.typed.emit())
        self._sought = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(QApplication.keyboardInputInterval() * 2)
        self._rest.timeout.connect(self._forget)

    def raw(self) -> str:
        """The code of the chosen word."""
        return str(self.currentData() or "")

    def put(self, raw: str) -> None:
        """Choose the word of a code."""
        self.setCurrentIndex(max(self.findData(raw), 0))

    def complaint(self) -> str:
        """Only what is on the list can be chosen."""
        return ""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        before = self.currentIndex()
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if plain and event.text().isalpha() and event.text().isascii():
            self._seek(event.text().lower())
        else:
            super().keyPressEvent(event)
        if self.currentIndex() != before:
            self.typed.emit()

    def _seek(self, letter: str) -> None:
        """Choose the first word whose pinyin or initials begin with what was typed in one go."""
        self._sought += letter
        self._rest.start()
        for index in range(self.count()):
            if any(
                key.startswith(self._sought) for key in search_keys(self.itemText(index)).split()
            ):
                self.setCurrentIndex(index)
                return

    def _forget(self) -> None:
        self._sought = ""


def editor_of(field: Field, ask: Ask) -> QWidget:
    """The editor a field asks for; ``ask`` finds records for references, off this thread."""
    made: QWidget
    if isinstance(field, Choice):
        made = ChoiceEditor(field)
    elif isinstance(field, Reference):
        made = ReferenceBox(lambda text, answer: ask(field, text, answer))
    elif isinstance(field, Words) and field.multiline:
        made = ParagraphEditor(field)
    else:
        made = LineEditor(field)
    made.setObjectName(f"field_{field.name}")
    if not isinstance(made, ParagraphEditor):
        made.setFixedHeight(tokens.px(tokens.CONTROL))
    return made


def raw_of(field: Field, value: Value) -> str:
    """A stored value as its editor takes it."""
    if value is None:
        return ""
    return str(value) if isinstance(field, Choice | Reference) else field.show(value)


def _placeholder(field: Field) -> str:
    if isinstance(field, Day):
        return "如 1985-03-12 或 1985.3" if field.partial else "如 2026-11-25"
    if isinstance(field, Money):
        return "单位：元"
    return field.unit and f"单位：{field.unit}" if isinstance(field, Number) else ""
