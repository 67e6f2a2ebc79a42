"""A form built from fields: two columns, errors in words when a field is left, drafts kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import tokens
from desktop.widgets.editors import Editor, editor_of, raw_of
from desktop.widgets.form_cell import FormCell
from desktop.widgets.reference_box import Ask, ReferenceBox
from desktop.widgets.view import View
from sync.records import FieldError, Value

#: How long typing rests before the draft is kept, in milliseconds.
DRAFT_REST = 600
#: Below this width, unscaled, the form has one column.
_TWO_COLUMNS = 600


class FieldsForm(QScrollArea):
    """The editors of a view's fields. Knows what was typed and what is wrong; writes nothing."""

    #: Typing has rested: the ``whole`` of what stands in the form.
    rested = Signal(dict)
    #: Enter on the last field.
    ended = Signal()

    def __init__(self, view: View, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"form_{view.kind}")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._view = view
        self._columns = 0
        self._touched: set[str] = set()
        self._body = QWidget()
        self._body.setObjectName("formBody")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(tokens.px(tokens.S4))
        self._grid.setVerticalSpacing(tokens.px(tokens.S1))
        outer = QVBoxLayout(self._body)
        outer.setContentsMargins(0, 0, tokens.px(tokens.S2), 0)
        outer.addLayout(self._grid)
        outer.addStretch()
        self.cells = {name: self._cell(name, ask) for name in view.form}
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(DRAFT_REST)
        self._rest.timeout.connect(lambda: self.rested.emit(self.whole()))
        self._lay_out(2)
        self.setWidget(self._body)

    def raw(self) -> dict[str, str]:
        """What stands in each editor."""
        return {name: self.editor(name).raw() for name in self.cells}

    def whole(self) -> dict[str, str]:
        """All that a draft keeps: raw texts by field name, and what may stand beside them."""
        return self.raw()

    def fill(self, raw: Mapping[str, str], titles: Mapping[str, str], *, editing: bool) -> None:
        """Show raw texts; fields that never change are read-only in an edit."""
        for name, cell in self.cells.items():
            self.editor(name).put(raw.get(name, ""))
            if isinstance(cell.editor, ReferenceBox):
                cell.editor.name(titles)
            cell.set_fixed(editing and self._view.fields[name].fixed)
            cell.complain("")
        self._touched.clear()
        self.stop_resting()

    def name_references(self, titles: Mapping[str, str]) -> None:
        """Show the names of the records that references point to."""
        for cell in self.cells.values():
            if isinstance(cell.editor, ReferenceBox) and cell.editor.raw() in titles:
                cell.editor.name(titles)

    def editor(self, name: str) -> Editor:
        """The editor of a field."""
        return cast(Editor, self.cells[name].editor)

    def is_asking(self) -> bool:
        """Whether a reference is still being looked for."""
        return any(
            isinstance(cell.editor, ReferenceBox) and cell.editor.is_asking()
            for cell in self.cells.values()
        )

    def is_busy(self) -> bool:
        """Whether anything is still being looked at, so that it cannot be saved yet."""
        return self.is_asking()

    def check(self) -> bool:
        """Show everything that is wrong and go to the first of it; whether all is well."""
        problems = self._view.register.check(self.raw())
        for name in self.cells:
            if complaint := self.editor(name).complaint():
                problems[name] = complaint
        self.complain(problems)
        return not problems

    def complain(self, problems: Mapping[str, str]) -> list[str]:
        """Show these sentences under their fields; return those whose field is not in the form."""
        for name, cell in self.cells.items():
            cell.complain(problems.get(name, ""))
        first = next((name for name in self.cells if name in problems), None)
        if first:
            self.cells[first].editor.setFocus()
            self.ensureWidgetVisible(self.cells[first])
        return [sentence for name, sentence in problems.items() if name not in self.cells]

    def start(self) -> None:
        """Stand in the first field that can be written."""
        for cell in self.cells.values():
            if cell.editor.focusPolicy() != Qt.FocusPolicy.NoFocus:
                cell.editor.setFocus()
                return

    def rest(self) -> None:
        """Something is to be told in a moment: it was typed, or could not be saved."""
        self._rest.start()

    def stop_resting(self) -> None:
        """Keep no draft of what was typed last: it was saved or given up."""
        self._rest.stop()

    def is_resting(self) -> bool:
        """Whether something typed has not been told yet."""
        return self._rest.isActive()

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        self._lay_out(2 if self.width() >= tokens.px(_TWO_COLUMNS) else 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if event.reason() not in _NOT_LEAVING:
                self._leave(watched.objectName().removeprefix("field_"))
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            return self._go_on(watched, event)
        return super().eventFilter(watched, event)

    def _cell(self, name: str, ask: Ask) -> FormCell:
        editor = self._editor_of(name, ask)
        editor.installEventFilter(self)
        cell = FormCell(self._view.fields[name], editor)
        cast(Editor, editor).typed.connect(lambda: self._type(name))
        if isinstance(editor, ReferenceBox):
            editor.settled.connect(lambda: self._leave(name))
        return cell

    def _editor_of(self, name: str, ask: Ask) -> QWidget:
        """The editor of a field; a form of its own sort may have others."""
        return editor_of(self._view.asked_for(name), ask)

    def _type(self, name: str) -> None:
        self._touched.add(name)
        self.rest()
        cell = self.cells[name]
        if cell.complaint() and not self._problem(name):
            cell.complain("")

    def _leave(self, name: str) -> None:
        """Say what is wrong with a field now that it is left, and fill what follows from it."""
        if name not in self.cells:
            return
        problem = self._problem(name)
        self.cells[name].complain(problem)
        if not problem and name in self._touched:
            self._touched.discard(name)
            self._tidy(name)
            self._fill_in(name)
            self._name_after(name)

    def _name_after(self, changed: str) -> None:
        """Show the name of the person that was just chosen, so that it is not typed again."""
        record, box = self._view.register.record, self.cells[changed].editor
        if changed != record.named_after or record.title not in self.cells:
            return
        if isinstance(box, ReferenceBox) and box.raw():
            self.editor(record.title).put(box.text())
            self.cells[record.title].complain("")

    def _problem(self, name: str) -> str:
        field, editor = self._view.fields[name], self.editor(name)
        if complaint := editor.complaint():
            return complaint
        if isinstance(self.cells[name].editor, ReferenceBox) and self.is_asking():
            return ""
        try:
            return field.problem(field.clean(editor.raw())) or ""
        except FieldError as error:
            return str(error)

    def _tidy(self, name: str) -> None:
        """Show a line as it will be kept: 1985.3.12 becomes 1985-03-12."""
        field, editor = self._view.fields[name], self.cells[name].editor
        if not isinstance(editor, QComboBox | QPlainTextEdit | ReferenceBox):
            self.editor(name).put(field.show(field.clean(self.editor(name).raw())))

    def _fill_in(self, changed: str) -> None:
        """Fill what follows from the field that was just left (birth date from an ID number)."""
        values, _problems = self._view.register.clean(self.raw())
        whole: dict[str, Value] = {n: values.get(n) for n in self._view.fields}
        complete = self._view.register.record.complete
        without = complete({**whole, changed: None})
        for name, value in complete(dict(whole)).items():
            # What was typed over is not filled in again because another field was left.
            follows = value not in (whole[name], without[name])
            if name in self.cells and name != changed and follows:
                field = self._view.fields[name]
                self.editor(name).put(raw_of(field, value))
                self.cells[name].complain("")

    def _go_on(self, watched: QObject, event: QKeyEvent) -> bool:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        if not enter or not plain or isinstance(watched, QPlainTextEdit):
            return False
        self._go_on_from(watched.objectName().removeprefix("field_"))
        return True

    def _go_on_from(self, name: str) -> None:
        """Stand in the next field that can be written."""
        names = [
            n for n, c in self.cells.items() if c.editor.focusPolicy() != Qt.FocusPolicy.NoFocus
        ]
        place = names.index(name) + 1
        if place < len(names):
            self.cells[names[place]].editor.setFocus(Qt.FocusReason.TabFocusReason)
            self.ensureWidgetVisible(self.cells[names[place]])
        else:
            self.ended.emit()

    def _lay_out(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        place = 0
        for cell in self.cells.values():
            self._grid.removeWidget(cell)
            if cell.wide and place % columns:
                place += 1
            span = columns if cell.wide else 1
            self._grid.addWidget(cell, place // columns, place % columns, 1, span)
            place += span
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)


_NOT_LEAVING = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
