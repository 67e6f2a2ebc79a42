"""The fields of the fast entry (记一件事), in the order in which one thinks of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QMimeData, Qt, Signal
from PySide6.QtGui import QKeyEvent, QTextCursor
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.attachments.strip import incoming_of
from desktop.attachments.tray import PhotoTray
from desktop.widgets import tokens
from desktop.widgets.editors import ParagraphEditor
from desktop.widgets.form import FieldsForm
from desktop.widgets.form_cell import FormCell
from desktop.widgets.keys_box import KeysBox
from desktop.widgets.person_box import PersonBox
from desktop.widgets.reference_box import Ask
from desktop.widgets.view import View
from sync.records import Field
from sync.records.events import SATISFACTION
from sync.records.fields import Reference

#: In the order of Tab. ``reporter`` is one box with ``reported_by``.
FIELDS = ("what", "event_kind", "grid", "place", "level", "reporter", "phone")
#: What stands beside the fields in a draft.
PHOTOS, SETTLED, HOW, PLEASED = "photos", "settled", "how", "pleased"
#: What was done, and what whoever reported it says of that.
OnTheSpot = tuple[str, str]


class EntryForm(FieldsForm):
    """The editors of one entry, with its photos and whether it was settled on the spot."""

    def __init__(self, view: View, tray: PhotoTray, ask: Ask) -> None:
        self.tray = tray
        self.settled = QCheckBox("当场就办好了")
        self.settled.setObjectName("settledHere")
        self.how, self._how_words = QLineEdit(), QLabel()
        self.pleased = KeysBox("settledPleased")
        self.pleased.offer([option for option in SATISFACTION if option[0] != "nobody"])
        self._limits: Mapping[str, str] = {}
        self._photo_row, self._settled_row = _beside("照片", tray), self._make_settled_row()
        super().__init__(view, ask)
        self.setObjectName("entryForm")
        tray.changed.connect(self.rest)
        self.settled.toggled.connect(self._show_how)
        self.how.textEdited.connect(self._type_how)
        self.pleased.typed.connect(self._type_how)
        self.how.installEventFilter(self)
        self.pleased.installEventFilter(self)
        self._show_how(False)

    def raw(self) -> dict[str, str]:
        """What stands in each editor; who reported it as a resident or as a name."""
        person = self._person()
        found = {**super().raw(), "reported_by": person.outsider()}
        if person.raw():
            # A resident's phone stands with the resident.
            found["phone"] = ""
        return found

    def whole(self) -> dict[str, str]:
        """The fields, the photos, and how it was settled."""
        settled = "yes" if self.settled.isChecked() else ""
        beside = {SETTLED: settled, HOW: self.how.text(), PLEASED: self.pleased.raw()}
        return {**self.raw(), PHOTOS: self.tray.raw(), **beside}

    def is_busy(self) -> bool:
        return super().is_busy() or self.tray.is_busy()

    def fill(self, raw: Mapping[str, str], titles: Mapping[str, str], *, editing: bool) -> None:
        """Show raw texts, and what a draft has kept beside them."""
        super().fill(raw, titles, editing=editing)
        if raw.get("reported_by"):
            self._person().put_outsider(raw["reported_by"])
        self.tray.put(raw.get(PHOTOS, ""))
        self.settled.setChecked(raw.get(SETTLED) == "yes")
        self.how.setText(raw.get(HOW, ""))
        self.pleased.put(raw.get(PLEASED, ""))
        self._say_how("")
        self._look_at_person()
        self._tell_limit()
        self.stop_resting()

    def start(self) -> None:
        """Stand in the first field, with the whole form from its beginning in sight."""
        super().start()
        self.verticalScrollBar().setValue(0)

    def offer(self, name: str, options: Sequence[tuple[str, str]]) -> None:
        """Show what one may choose of: the kinds, the levels."""
        box = self.cells[name].editor
        if isinstance(box, KeysBox):
            box.offer(options)

    def tell_limits(self, limits: Mapping[str, str]) -> None:
        """Say under the levels within what time one of the chosen level has to be done."""
        self._limits = limits
        self._tell_limit()

    def check(self) -> bool:
        """Show everything that is wrong and go to the first of it; whether all is well."""
        sound = super().check()
        problem = self._settled_problem()
        self._say_how(problem)
        if problem and sound:
            (self.pleased if self.how.text().strip() else self.how).setFocus()
        return sound and not problem

    def on_the_spot(self) -> OnTheSpot | None:
        """How it was settled on the spot, and what the reporter says; None where it was not."""
        if not self.settled.isChecked():
            return None
        said = self.pleased.raw() if self._is_reported() else "nobody"
        return self.how.text().strip(), said

    def eventFilter(self, watched: object, event: object) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QKeyEvent.Type.KeyPress:
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
                if isinstance(watched, EntryText):
                    self._go_on_from("what")
                    return True
                if watched is self.how and self.pleased.isVisibleTo(self):
                    self.pleased.setFocus(Qt.FocusReason.TabFocusReason)
                    return True
                if watched in (self.how, self.pleased):
                    self.ended.emit()
                    return True
        return super().eventFilter(watched, event)  # type: ignore[arg-type]

    def _editor_of(self, name: str, ask: Ask) -> QWidget:
        field = self._view.fields[name]
        made: QWidget | None = None
        if name == "what":
            text = EntryText(field)
            text.pasted.connect(self.tray.add)
            made = text
        elif name in ("event_kind", "level"):
            keys = KeysBox("", numbered=name == "event_kind")
            if name == "level":
                keys.typed.connect(self._tell_limit)
            made = keys
        elif name == "reporter" and isinstance(field, Reference):
            person = PersonBox(lambda typed, answer: ask(field, typed, answer))
            person.setPlaceholderText("居民打名字或拼音来找")
            person.typed.connect(self._look_at_person)
            person.settled.connect(self._look_at_person)
            person.setFixedHeight(tokens.px(tokens.CONTROL))
            made = person
        if made is None:
            return super()._editor_of(name, ask)
        made.setObjectName(f"field_{name}")
        return made

    def _cell(self, name: str, ask: Ask) -> FormCell:
        made = super()._cell(name, ask)
        if name == "reporter":
            made.rename("谁反映的")
        elif name == "phone":
            made.rename("电话")
        return made

    def _tell_limit(self) -> None:
        box = self.cells["level"].editor
        if isinstance(box, KeysBox):
            self.cells["level"].hint(self._limits.get(box.raw(), ""))

    def _person(self) -> PersonBox:
        box = self.cells["reporter"].editor
        assert isinstance(box, PersonBox)  # noqa: S101 (made above)
        return box

    def _is_reported(self) -> bool:
        person = self._person()
        return bool(person.raw() or person.outsider())

    def _settled_problem(self) -> str:
        if not self.settled.isChecked():
            return ""
        if not self.how.text().strip():
            return "写一句是怎么办的"
        return "选反映人满意不满意" if self._is_reported() and not self.pleased.raw() else ""

    def _look_at_person(self) -> None:
        """A resident's phone is known; of several of one name the right one has to be chosen."""
        if "phone" not in self.cells:
            return
        self._show_pleased()
        known, phone = bool(self._person().raw()), self.cells["phone"].editor
        phone.setEnabled(not known)
        if isinstance(phone, QLineEdit):
            phone.setPlaceholderText("用居民登记的电话" if known else "")
        several = not known and self._person().namesakes() > 1
        self.cells["reporter"].hint("有几位叫这个名字，按 ↓ 从列表里选" if several else "")

    def _type_how(self) -> None:
        self.rest()
        if not self._settled_problem():
            self._say_how("")

    def _say_how(self, sentence: str) -> None:
        self._how_words.setText(sentence)
        told = bool(self.how.text().strip())
        wrong = {self.how: not told, self.pleased: told, self._how_words: True}
        for widget, it_is in wrong.items():
            widget.setProperty("wrong", bool(sentence) and it_is)
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def _show_how(self, settled: bool) -> None:
        self.how.setVisible(settled)
        self._show_pleased()
        self.rest()
        if settled and self.settled.hasFocus():
            self.how.setFocus(Qt.FocusReason.TabFocusReason)

    def _show_pleased(self) -> None:
        """Only whoever reported something can say whether it was done well."""
        self.pleased.setVisible(self.settled.isChecked() and self._is_reported())

    def _lay_out(self, columns: int) -> None:
        """Two fields side by side where they are short; the same places at any width."""
        if columns == self._columns:
            return
        self._columns = columns
        rows: list[Sequence[QWidget]] = [
            [self.cells["what"]],
            [self.cells["event_kind"]],
            [self.cells["grid"], self.cells["place"]],
            [self.cells["level"]],
            [self._photo_row],
            [self.cells["reporter"], self.cells["phone"]],
            [self._settled_row],
        ]
        _place(self._grid, rows, columns)
        self._order_tabs()

    def _order_tabs(self) -> None:
        """Tab goes as one reads, also past what is no field."""
        editors = [cell.editor for cell in self.cells.values()]
        before, after = editors[: FIELDS.index("reporter")], editors[FIELDS.index("reporter") :]
        row = [
            *before,
            self.tray.add_button,
            self.tray.list,
            *after,
            self.settled,
            self.how,
            self.pleased,
        ]
        for one, next_one in pairwise(row):
            QWidget.setTabOrder(one, next_one)

    def _make_settled_row(self) -> QWidget:
        made, row = QWidget(), QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S3))
        self.how.setObjectName("settledHow")
        self.how.setPlaceholderText("怎么办的，一句话")
        self.how.setFixedHeight(tokens.px(tokens.CONTROL))
        self._how_words.setObjectName("fieldWords")
        self.settled.setMinimumHeight(tokens.px(tokens.CONTROL))
        row.addWidget(self.settled)
        row.addWidget(self.how, 1)
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(2))
        column.addLayout(row)
        column.addWidget(self.pleased)
        column.addWidget(self._how_words)
        return _beside("即报即处", made)


class EntryText(ParagraphEditor):
    """What happened: Enter goes on, Shift+Enter begins a new line, a pasted picture is a photo."""

    pasted = Signal(list)

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self.setPlaceholderText("什么事，一两句话。回车到下一项，Shift+回车换行")

    def put(self, raw: str) -> None:
        """Show a raw text, ready to be gone on with behind it."""
        super().put(raw)
        self.moveCursor(QTextCursor.MoveOperation.End)

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return bool(incoming_of(source, look_only=True)) or super().canInsertFromMimeData(source)

    def insertFromMimeData(self, source: QMimeData) -> None:
        incoming = [] if source.hasText() and not source.hasUrls() else incoming_of(source)
        if incoming:
            self.pasted.emit(incoming)
        else:
            super().insertFromMimeData(source)


def _beside(label: str, widget: QWidget) -> QWidget:
    """Something that is no field, its label at the left as a field's is."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(tokens.px(tokens.S2))
    named = QLabel(label)
    named.setObjectName("fieldLabel")
    named.setFixedWidth(tokens.px(FormCell.LABEL))
    named.setMinimumHeight(tokens.px(tokens.CONTROL))
    named.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
    row.addWidget(named, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(widget, 1)
    return made


def _place(grid: QGridLayout, rows: Sequence[Sequence[QWidget]], columns: int) -> None:
    place = 0
    for row in rows:
        for number, widget in enumerate(row):
            grid.removeWidget(widget)
            if columns == 1 or len(row) == 1:
                grid.addWidget(widget, place, 0, 1, columns)
                place += 1
            else:
                grid.addWidget(widget, place, number)
        place += 0 if columns == 1 or len(row) == 1 else 1
    for column in range(2):
        grid.setColumnStretch(column, 1 if column < columns else 0)
