"""Writing one record: a form, its draft, and saving through the register."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.background import Lanes, Latest, Task, sentence_of
from desktop.register.service import Draft, RecordInvalid, Row
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.draft_banner import DraftBanner
from desktop.widgets.editors import raw_of
from desktop.widgets.form import FieldsForm
from desktop.widgets.reference_box import Choices
from desktop.widgets.view import View
from sync.records.fields import Reference


@dataclass(frozen=True)
class _Start:
    """What a form starts with: the stored texts, the draft if any, names of references, and why
    the county sent the record back."""

    stored: dict[str, str]
    draft: Draft | None
    titles: dict[str, str]
    refusal: str


class RecordForm(QFrame):
    """The form of one view, for a new record or an edit."""

    #: A record was written: its id, and whether it is new.
    saved = Signal(str, bool)
    #: The person leaves; what was typed is kept as a draft.
    left = Signal()

    def __init__(self, view: View, lanes: Lanes, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("recordForm")
        self._view, self._lanes = view, lanes
        self._record_id = ""
        self._stored: dict[str, str] = {}
        self._saving, self._editing = False, False
        self._latest = Latest()
        self._title = QLabel()
        self._title.setObjectName("panelTitle")
        self.form = FieldsForm(view, self._ask)
        self.form.rested.connect(self._keep_draft)
        self.form.rested.connect(self._advise)
        self.form.ended.connect(self._to_save)
        self._banner = DraftBanner(self._start_over)
        self._refusal = QLabel()
        self._refusal.setObjectName("refusal")
        self._refusal.setMargin(tokens.px(tokens.S2))
        self._refusal.setWordWrap(True)
        self._refusal.hide()
        self._advice = QLabel()
        self._advice.setObjectName("formAdvice")
        self._advice.setWordWrap(True)
        self._advice.hide()
        self._advised = Latest()
        self._fault = QLabel()
        self._fault.setObjectName("formFault")
        self._fault.setWordWrap(True)
        self._fault.hide()
        self._save = button(
            f"save_{view.kind}", "保存", self.save, weight="primary", icon_name="save", tip="Ctrl+S"
        )
        self._leave = button(
            f"leave_{view.kind}", "先放着", self.leave, tip="Esc：没填完的留着，下次接着填"
        )
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
        self._begin(row.id, self._raw_of(row), f"重写：{self._title_of(row)}", editing=False)

    def save(self) -> None:
        """Write what stands in the form."""
        if self._saving:
            return
        if self.form.is_asking():
            # A name typed a moment ago is still being looked for.
            QTimer.singleShot(30, self, self.save)
            return
        if not self.form.check():
            return
        self.form.stop_resting()
        self._set_saving(True)
        raw = self.form.raw()
        if not self._editing and self._record_id:
            work: Callable[[], str] = partial(_rewrite, self._view, self._record_id, raw)
        elif self._record_id:
            touched = {n: text for n, text in raw.items() if text != self._stored.get(n, "")}
            work = partial(_edit, self._view, self._record_id, touched)
        else:
            work = partial(_add, self._view, raw)
        self._lanes.writing.run(work, done=self._done, failed=self._failed)

    def leave(self) -> None:
        """Stop writing; the draft stays for the next time."""
        self._flush()
        self._latest.drop()
        self._advised.drop()
        self.left.emit()

    def forget(self) -> None:
        """Keep nothing of what was typed: its record is not on this PC any more."""
        self.form.stop_resting()

    def hideEvent(self, event: QHideEvent) -> None:
        self._flush()
        super().hideEvent(event)

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
        self._banner.hide()
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
        self._banner.offer(start.draft.at, new=not self._record_id)
        self.form.start()

    def _start_over(self) -> None:
        """Give up the draft and show what was there before it."""
        self._banner.hide()
        self.form.stop_resting()
        self._lanes.writing.run(self._view.register.drop_draft, self._record_id)
        self.form.fill(self._stored, {}, editing=self._editing)
        work = partial(_start, self._view, self._record_id, self._stored)
        self._lanes.reading.run(work, done=lambda s: self.form.name_references(s.titles))
        self.form.start()

    def _keep_draft(self, raw: dict[str, str]) -> None:
        changed = {n: text for n, text in raw.items() if text != self._stored.get(n, "")}
        if changed and not self._saving:
            self._lanes.writing.run(self._view.register.keep_draft, self._record_id, changed)

    def _advise(self, raw: Mapping[str, str]) -> None:
        """Ask what there is to say about what stands in the form."""
        if self._view.advice is not None:
            work = partial(self._view.advice, dict(raw))
            self._advised.ask(self._lanes.reading.run(work, done=self._say_advice))

    def _say_advice(self, sentence: str) -> None:
        self._advice.setText(sentence)
        self._advice.setVisible(bool(sentence))

    def _flush(self) -> None:
        """Keep now what would be kept in a moment."""
        if self.form.is_resting():
            self.form.stop_resting()
            self._keep_draft(self.form.raw())

    def _ask(self, field: Reference, text: str, answer: Callable[[Choices], None]) -> Task:
        return self._lanes.reading.run(self._view.register.choices, field, text, done=answer)

    def _done(self, record_id: str) -> None:
        self._set_saving(False)
        self.saved.emit(record_id, not self._editing)

    def _failed(self, error: Exception) -> None:
        self._set_saving(False)
        if isinstance(error, RecordInvalid):
            self._say_fault("；".join(self.form.complain(error.problems)))
        else:
            self._say_fault(sentence_of(error) or str(error))

    def _to_save(self) -> None:
        self._save.setFocus(Qt.FocusReason.TabFocusReason)

    def _set_saving(self, saving: bool) -> None:
        self._saving = saving
        self._save.setEnabled(not saving)
        self._save.setText("正在保存……" if saving else "保存")

    def _say_fault(self, sentence: str) -> None:
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(tokens.px(tokens.S2))
        hint = QLabel("带 * 的必填")
        hint.setObjectName("quiet")
        foot.addWidget(hint)
        foot.addStretch()
        foot.addWidget(self._leave)
        foot.addWidget(self._save)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S4)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self._title)
        column.addWidget(self._refusal)
        column.addWidget(self._banner)
        column.addWidget(self._advice)
        column.addWidget(self.form, 1)
        column.addWidget(self._fault)
        column.addLayout(foot)


def _start(view: View, record_id: str, stored: dict[str, str]) -> _Start:
    draft = view.register.draft(record_id)
    raw = {**stored, **(draft.values if draft else {})}
    titles: dict[str, str] = {}
    for name in view.form:
        field = view.fields[name]
        if isinstance(field, Reference) and raw.get(name):
            titles |= view.register.titles(field.to, [raw[name]])
    refusal = view.register.refusal(record_id) if record_id else ""
    return _Start(stored, draft, titles, refusal)


def _add(view: View, raw: dict[str, str]) -> str:
    record_id = view.register.add(raw)
    view.register.drop_draft("")
    return record_id


def _edit(view: View, record_id: str, touched: dict[str, str]) -> str:
    view.register.edit(record_id, touched)
    view.register.drop_draft(record_id)
    return record_id


def _rewrite(view: View, record_id: str, raw: dict[str, str]) -> str:
    new_id = view.register.rewrite(record_id, raw)
    view.register.drop_draft(record_id)
    return new_id
