"""The fast entry (记一件事): one screen for an ordinary event, then the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.attachments.service import Attachments, Taken
from desktop.attachments.tray import PhotoTray
from desktop.background import Lanes, Latest, Task, sentence_of
from desktop.events.entry_form import FIELDS, EntryForm, OnTheSpot
from desktop.events.recent import Recent
from desktop.events.service import Events
from desktop.register.service import Draft, RecordInvalid
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.draft_banner import DraftBanner
from desktop.widgets.elided import Elided
from desktop.widgets.memory import Memory
from desktop.widgets.reference_box import Choices
from desktop.widgets.view import Note, View
from sync.records.fields import Published, Reference

#: Below this width, unscaled, what was just noted is put away.
_WITH_RECENT = 1000
#: Where the grid of the last entry is remembered; a name of a grid is nobody's.
_LAST_GRID = "entry/grid"


@dataclass(frozen=True)
class _Start:
    """What an entry begins with: the lists, the draft if any, the names of what it points to."""

    kinds: Choices
    levels: Choices
    draft: Draft | None
    titles: dict[str, str]
    recent: Sequence[tuple[str, str, str]]
    limits: Mapping[str, str]


class FastEntry(QWidget):
    """Covers the page while events are noted, one after the other."""

    #: An event was written: its id.
    saved = Signal(str)
    said = Signal(object)
    #: An event that was just noted is to be seen: its id.
    open_wanted = Signal(str)
    left = Signal()

    def __init__(
        self, view: View, events: Events, attachments: Attachments, lanes: Lanes, memory: Memory
    ) -> None:
        super().__init__()
        self.setObjectName("fastEntry")
        self._view, self._events, self._lanes, self._memory = view, events, lanes, memory
        self._attachments = attachments
        self._latest = Latest()
        self._saving = False
        self._levels: Choices = []
        self._fresh: dict[str, str] = {}
        self.form = EntryForm(view, self._ask, PhotoTray(attachments, lanes))
        self.form.rested.connect(lambda _raw: self._keep_draft())
        self.form.ended.connect(self._to_save)
        self.banner = DraftBanner(self._start_over)
        self.recent = Recent()
        self.recent.opened.connect(self.open_wanted)
        self._fault = QLabel()
        self._fault.setObjectName("formFault")
        self._fault.setWordWrap(True)
        self._fault.hide()
        self._hint = Elided("带 * 的必填，其余可以空着")
        self._hint.setObjectName("quiet")
        self._save = button(
            "save_entry", "存好", self.save, weight="primary", icon_name="save", tip="Ctrl+S"
        )
        self._leave = button(
            "leave_entry", "先放着", self.leave, tip="Esc：没填完的留着，下次接着填"
        )
        QShortcut(QKeySequence("Ctrl+Return"), self, self.save)
        QShortcut(QKeySequence("Ctrl+Enter"), self, self.save)
        self._lay_out()

    def start(self) -> None:
        """Begin an entry, or go on with the one that was left."""
        self._fill({})
        self.banner.hide()
        self._latest.ask(self._lanes.reading.run(self._read, done=self._take_start))
        self.form.start()

    def save(self) -> None:
        """Write what stands there, its photos with it; then everything is empty for the next."""
        if self._saving:
            return
        if self.form.is_asking() or self.form.tray.is_busy():
            # A name typed or a photo pasted a moment ago is still being looked at.
            QTimer.singleShot(30, self, self.save)
            return
        if not self.form.check():
            return
        self.form.stop_resting()
        self._set_saving(True)
        raw = self.form.raw()
        work = partial(_write, self._events, raw, self.form.on_the_spot(), self.form.tray.taken())
        self._lanes.writing.run(work, done=partial(self._done, raw), failed=self._failed)

    def leave(self) -> None:
        """Stop; what was typed is there the next time."""
        self._flush()
        self._latest.drop()
        self.left.emit()

    def forget(self) -> None:
        """Keep nothing of what was typed: the PC works for another village now."""
        self.form.stop_resting()

    def hideEvent(self, event: QHideEvent) -> None:
        self._flush()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.recent.setVisible(self.width() >= tokens.px(_WITH_RECENT))

    def _read(self) -> _Start:
        kinds, levels = (
            self._events.choices(_published(self._view, name), "", limit=40)
            for name in ("event_kind", "level")
        )
        draft = self._events.draft("")
        raw = {"grid": self._memory.recall(_LAST_GRID), **(draft.values if draft else {})}
        titles: dict[str, str] = {}
        for name in FIELDS:
            field = self._view.fields[name]
            if isinstance(field, Reference) and raw.get(name):
                titles |= self._events.titles(field.to, [raw[name]])
        return _Start(
            kinds, levels, draft, titles, self._events.newest(8), self._events.limit_words()
        )

    def _take_start(self, start: _Start) -> None:
        self.form.offer("event_kind", start.kinds)
        self.form.offer("level", start.levels)
        self.form.tell_limits(start.limits)
        self._levels = start.levels
        self.recent.fill(start.recent)
        if self.form.is_resting():
            # Whoever types already is not interrupted.
            return
        draft = start.draft.values if start.draft else {}
        raw = {**self._blank(start.titles), **draft}
        self._fill(raw, start.titles)
        if start.draft is not None:
            self.banner.offer(start.draft.at)
        self.form.start()

    def _blank(self, titles: Mapping[str, str]) -> dict[str, str]:
        """What an empty entry holds: the grid of the last one, and the usual level."""
        grid = self._memory.recall(_LAST_GRID)
        usual = str(self._view.fields["level"].default or "")
        codes = [code for code, _word in self._levels]
        level = usual if usual in codes or not codes else codes[0]
        return {"grid": grid if grid in titles else "", "level": level}

    def _fill(self, raw: Mapping[str, str], titles: Mapping[str, str] | None = None) -> None:
        self._say_fault("")
        self._set_saving(False)
        self.form.fill(raw, titles or {}, editing=False)
        if not raw.get("what"):
            self._fresh = self.form.whole()

    def _start_over(self) -> None:
        """Give up what was left, photos too, and begin anew."""
        self.banner.hide()
        self.form.stop_resting()
        for taken in self.form.tray.taken():
            self._lanes.files.run(self._attachments.let_go, taken)
        self._lanes.writing.run(self._events.drop_draft, "")
        self._next()

    def _next(self) -> None:
        """Everything empty for the next event, but for the grid."""
        grid = self.form.cells["grid"].editor
        word = grid.text() if hasattr(grid, "text") else ""
        known = self._memory.recall(_LAST_GRID)
        titles = {known: word} if self.form.raw()["grid"] == known and word else {}
        self._fill(self._blank(titles), titles)
        self.form.start()
        if not titles and known:
            self._latest.ask(self._lanes.reading.run(self._read, done=self._take_start))

    def _keep_draft(self) -> None:
        whole = self.form.whole()
        changed = {n: text for n, text in whole.items() if text != self._fresh.get(n, "")}
        if changed and not self._saving:
            self._lanes.writing.run(self._events.keep_draft, "", changed)

    def _flush(self) -> None:
        if self.form.is_resting():
            self.form.stop_resting()
            self._keep_draft()

    def _done(self, raw: Mapping[str, str], event_id: str) -> None:
        self._memory.remember(_LAST_GRID, raw["grid"])
        kind = self.form.cells["event_kind"].editor
        told = " · ".join(p for p in (kind.word(), _grid_word(self.form)) if p)  # type: ignore[attr-defined]
        what = " ".join(raw["what"].split())
        self.recent.add(event_id, what, told)
        self.banner.hide()
        self.form.tray.forget()
        self._next()
        self.saved.emit(event_id)
        short = what if len(what) <= 16 else f"{what[:16]}……"
        open_it = partial(self.open_wanted.emit, event_id)
        self.said.emit(Note(f"已记下，存在本机：{short}", "打开", open_it))

    def _failed(self, error: Exception) -> None:
        self._set_saving(False)
        if isinstance(error, RecordInvalid):
            self._say_fault("；".join(self.form.complain(error.problems)))
        else:
            self._say_fault(sentence_of(error) or str(error))

    def _ask(self, field: Reference, text: str, answer: Callable[[Choices], None]) -> Task:
        return self._lanes.reading.run(self._events.choices, field, text, done=answer)

    def _to_save(self) -> None:
        self._save.setFocus(Qt.FocusReason.TabFocusReason)

    def _set_saving(self, saving: bool) -> None:
        self._saving = saving
        self._save.setEnabled(not saving)
        self._save.setText("正在存……" if saving else "存好")

    def _say_fault(self, sentence: str) -> None:
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))

    def _lay_out(self) -> None:
        title = QLabel("记一件事")
        title.setObjectName("panelTitle")
        foot = QHBoxLayout()
        foot.setSpacing(tokens.px(tokens.S2))
        foot.addWidget(self._hint, 1)
        foot.addWidget(self._leave)
        foot.addWidget(self._save)
        sheet = QFrame()
        sheet.setObjectName("recordForm")
        inside = QVBoxLayout(sheet)
        inside.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
        inside.setSpacing(tokens.px(tokens.S2))
        inside.addWidget(title)
        inside.addWidget(self.banner)
        inside.addWidget(self.form, 1)
        inside.addWidget(self._fault)
        inside.addLayout(foot)
        row = QHBoxLayout(self)
        margin = tokens.px(tokens.S5)
        row.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        row.setSpacing(tokens.px(tokens.S3))
        row.addWidget(sheet, 1)
        row.addWidget(self.recent)


def _published(view: View, name: str) -> Published:
    field = view.fields[name]
    assert isinstance(field, Published)  # noqa: S101 (both are declared so)
    return field


def _grid_word(form: EntryForm) -> str:
    grid = form.cells["grid"].editor
    return str(grid.text()) if form.raw()["grid"] and hasattr(grid, "text") else ""


def _write(
    events: Events, raw: dict[str, str], settled: OnTheSpot | None, photos: Sequence[Taken]
) -> str:
    if settled is None:
        event_id = events.report(raw, photos=photos)
    else:
        event_id = events.settle_at_once(raw, *settled, photos)
    events.drop_draft("")
    return event_id
