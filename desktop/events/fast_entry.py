"""The fast entry (记一件事): one screen for an ordinary event, then the next one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from desktop.attachments.service import Attachments
from desktop.attachments.tray import PhotoTray
from desktop.background import Lanes
from desktop.events.entry_form import FIELDS, EntryForm
from desktop.events.recent import Recent
from desktop.events.service import Events
from desktop.register.service import Draft
from desktop.widgets import tokens
from desktop.widgets.drafted_form import DraftedForm
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


class FastEntry(DraftedForm):
    """Covers the page while events are noted, one after the other."""

    form: EntryForm

    #: An event was written: its id.
    saved = Signal(str)
    said = Signal(object)
    #: An event that was just noted is to be seen: its id.
    open_wanted = Signal(str)

    def __init__(
        self, view: View, events: Events, attachments: Attachments, lanes: Lanes, memory: Memory
    ) -> None:
        tray = PhotoTray(attachments, lanes)
        super().__init__(view, lanes, partial(EntryForm, view, tray), "entry", "存好")
        self.setObjectName("fastEntry")
        self._events, self._attachments, self._memory = events, attachments, memory
        self._levels: Choices = []
        self.recent = Recent()
        self.recent.opened.connect(self.open_wanted)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.save)
        QShortcut(QKeySequence("Ctrl+Enter"), self, self.save)
        self._lay_out()

    def start(self) -> None:
        """Begin an entry, or go on with the one that was left."""
        self._fill({}, {})
        self.banner.hide()
        self._latest.ask(self._lanes.reading.run(self._read, done=self._take_start))
        self.form.start()

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
        blank = self._blank(start.titles)
        self._fill(blank, start.titles)
        if start.draft is not None:
            raw = {**blank, **start.draft.values}
            self.form.fill(raw, start.titles, editing=False)
            self.banner.offer(start.draft.at)
        self.form.start()

    def _blank(self, titles: Mapping[str, str]) -> dict[str, str]:
        """What an empty entry holds: the grid of the last one, and the usual level."""
        grid = self._memory.recall(_LAST_GRID)
        usual = str(self._view.fields["level"].default or "")
        codes = [code for code, _word in self._levels]
        level = usual if usual in codes or not codes else codes[0]
        return {"grid": grid if grid in titles else "", "level": level}

    def _fill(self, raw: Mapping[str, str], titles: Mapping[str, str]) -> None:
        """Show what an entry begins with."""
        self._say_fault("")
        self._set_saving(False)
        self.form.fill(raw, titles, editing=False)
        self._stored = self.form.whole()

    def _begin_anew(self) -> None:
        for taken in self.form.tray.taken():
            self._lanes.files.run(self._attachments.let_go, taken)
        self.form.tray.forget()
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

    def _work(self, raw: dict[str, str]) -> Callable[[], str]:
        photos, settled = self.form.tray.taken(), self.form.on_the_spot()
        if settled is None:
            return partial(self._events.report, raw, photos=photos)
        return partial(self._events.settle_at_once, raw, *settled, photos)

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

    def _lay_out(self) -> None:
        title = QLabel("记一件事")
        title.setObjectName("panelTitle")
        sheet = QFrame()
        sheet.setObjectName("recordForm")
        inside = QVBoxLayout(sheet)
        inside.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
        inside.setSpacing(tokens.px(tokens.S2))
        inside.addWidget(title)
        inside.addWidget(self.banner)
        inside.addWidget(self.form, 1)
        inside.addWidget(self._fault)
        inside.addLayout(self._foot(Elided("带 * 的必填，其余可以空着")))
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
