"""Writing one record: a form, its draft, and saving through the register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout

from desktop.background import Lanes, Latest
from desktop.register.service import Draft, Register, Row
from desktop.widgets import tokens
from desktop.widgets.drafted_form import DraftedForm, words_over_the_buttons
from desktop.widgets.editors import raw_of
from desktop.widgets.form import FieldsForm
from desktop.widgets.view import View
from sync.records.fields import Reference


@dataclass(frozen=True)
class _Start:
    """What a form starts with: the stored texts, the draft if any, names of references, and why
    the county sent the record back."""

    stored: Mapping[str, str]
    draft: Draft | None
    titles: dict[str, str]
    refusal: str


class RecordForm(DraftedForm):
    """The form of one view, for a new record or an edit."""

    #: A record was written: its id, and whether it is new.
    saved = Signal(str, bool)

    def __init__(self, view: View, lanes: Lanes) -> None:
        super().__init__(view, lanes, partial(FieldsForm, view), view.kind, "保存")
        self.setObjectName("recordForm")
        self._editing = False
        self.form.rested.connect(self._advise)
        self._title = QLabel()
        self._title.setObjectName("panelTitle")
        self._refusal = words_over_the_buttons("refusal")
        self._refusal.setMargin(tokens.px(tokens.S2))
        self._advice = words_over_the_buttons("formAdvice")
        self._advised = Latest()
        self._lay_out()

    def start_new(self, prefilled: Mapping[str, str] | None = None) -> None:
        """Begin a new record; fields may already be known."""
        fields = self._view.fields
        stored = {n: raw_of(fields[n], fields[n].default) for n in self._view.form}
        self._begin("", {**stored, **(prefilled or {})}, self._view.new_word)

    def start_edit(self, row: Row) -> None:
        """Change a record. Its personal fields are shown whole, and that is noted."""
        self._log_whole(row)
        self._begin(row.id, self._raw_of(row), f"修改：{self._title_of(row)}")

    def start_rewrite(self, row: Row) -> None:
        """Write a record once more that was sent back and is never edited; the new one takes its
        place when it is saved."""
        self._log_whole(row)
        self._begin(row.id, self._raw_of(row), f"重记：{self._title_of(row)}", editing=False)

    def leave(self) -> None:
        self._advised.drop()
        super().leave()

    def is_new(self) -> bool:
        """Whether it writes a new record."""
        return not self._record_id

    def title(self) -> str:
        """The heading as shown."""
        return self._title.text()

    def refusal(self) -> str:
        """Why the record was sent back, as shown; '' where nothing is."""
        return self._refusal.text() if self._refusal.isVisibleTo(self) else ""

    def _log_whole(self, row: Row) -> None:
        if any(self._view.fields[n].masked and row.values[n] for n in self._view.form):
            self._lanes.writing.run(self._view.register.log_full_view, row.id, 1, "修改")

    def _raw_of(self, row: Row) -> dict[str, str]:
        return {n: raw_of(self._view.fields[n], row.values[n]) for n in self._view.form}

    def _title_of(self, row: Row) -> str:
        title = self._view.fields[self._view.register.record.title]
        return title.show(row.values[title.name])

    def _begin(
        self, record_id: str, stored: dict[str, str], title: str, *, editing: bool | None = None
    ) -> None:
        self._record_id, self._stored = record_id, stored
        self._editing = bool(record_id) if editing is None else editing
        self._title.setText(title)
        self._say_fault("")
        self._say_advice("")
        self.banner.hide()
        self._refusal.hide()
        self._set_saving(False)
        self.form.fill(stored, {}, editing=self._editing)
        work = partial(_start, self._view, record_id, stored)
        self._latest.ask(self._lanes.reading.run(work, done=self._take_start))
        self._advise(stored)
        self.form.start()

    def _take_start(self, start: _Start) -> None:
        self._refusal.setText(f"县里退回：{start.refusal}")
        self._refusal.setVisible(bool(start.refusal))
        typed_already = self.form.is_resting()
        if start.draft is None or typed_already:
            self.form.name_references(start.titles)
            return
        raw = {**start.stored, **start.draft.values}
        self.form.fill(raw, start.titles, editing=self._editing)
        self._advise(raw)
        self.banner.offer(start.draft.at, new=not self._record_id)
        self.form.start()

    def _begin_anew(self) -> None:
        self.form.fill(self._stored, {}, editing=self._editing)
        work = partial(_start, self._view, self._record_id, self._stored)
        self._lanes.reading.run(work, done=lambda s: self.form.name_references(s.titles))
        self.form.start()

    def _advise(self, raw: Mapping[str, str]) -> None:
        """Ask what there is to say about what stands in the form."""
        if self._view.advice is not None:
            work = partial(self._view.advice, dict(raw))
            self._advised.ask(self._lanes.reading.run(work, done=self._say_advice))

    def _say_advice(self, sentence: str) -> None:
        self._advice.setText(sentence)
        self._advice.setVisible(bool(sentence))

    def _work(self, raw: dict[str, str]) -> Callable[[], str]:
        register = self._view.register
        if not self._record_id:
            return partial(register.add, raw)
        if not self._editing:
            return partial(register.rewrite, self._record_id, raw)
        touched = {n: text for n, text in raw.items() if text != self._stored.get(n, "")}
        return partial(_edit, register, self._record_id, touched)

    def _done(self, _raw: Mapping[str, str], record_id: str) -> None:
        self._set_saving(False)
        self.saved.emit(record_id, not self._editing)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S4)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self._title)
        column.addWidget(self._refusal)
        column.addWidget(self.banner)
        column.addWidget(self._advice)
        column.addWidget(self.form, 1)
        column.addWidget(self._fault)
        column.addLayout(self._foot(QLabel("带 * 的必填")))


def _start(view: View, record_id: str, stored: Mapping[str, str]) -> _Start:
    draft = view.register.draft(record_id)
    raw = {**stored, **(draft.values if draft else {})}
    titles: dict[str, str] = {}
    for name in view.form:
        field = view.fields[name]
        if isinstance(field, Reference) and raw.get(name):
            titles |= view.register.titles(field.to, [raw[name]])
    refusal = view.register.refusal(record_id) if record_id else ""
    return _Start(stored, draft, titles, refusal)


def _edit(register: Register, record_id: str, touched: dict[str, str]) -> str:
    register.edit(record_id, touched)
    return record_id
