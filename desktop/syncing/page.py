"""The sync page (同步): what the last sync did, conflicts, what the county sent back, enrolment."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, sentence_of
from desktop.register.service import Row
from desktop.syncing.enrol_panel import EnrolPanel
from desktop.syncing.service import Receipt, Syncing
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.layouts import clear
from desktop.widgets.pages import Page, PageHead
from desktop.widgets.view import Note
from desktop.widgets.words import when
from sync.records import KINDS
from sync.records.fields import Reference

#: More than this of one sort is counted, not listed.
_LISTED = 50


@dataclass(frozen=True)
class _Read:
    """All that the page shows."""

    enrolled: bool
    receipt: Receipt | None
    conflicts: list[Row]
    refused: list[tuple[Row, str]]
    minutes: int


class SyncPage(Page):
    """Where a person sees that the county has it, and what is still to be done."""

    def __init__(self, syncing: Syncing, minutes: Callable[[], int], lanes: Lanes) -> None:
        """``minutes`` reads how often to sync; it is called off the window's thread."""
        super().__init__("syncing", "同步", "sync")
        self._syncing, self._minutes, self._lanes = syncing, minutes, lanes
        self._latest = Latest()
        self.head = PageHead("同步")
        self.enrol = EnrolPanel(syncing, lanes.network)
        self.enrol.enrolled.connect(self._enrolled)
        self._body = QVBoxLayout()
        self._lay_out()

    def refresh(self) -> None:
        self._latest.ask(
            self._lanes.reading.run(_read, self._syncing, self._minutes, done=self._show)
        )

    def show_status(self, status: Any) -> None:
        if not status.enrolled:
            self.head.say("这台电脑还没有接入县里")
            return
        waiting = f"{status.waiting:,} 条待同步" if status.waiting else "没有待同步的"
        last = f" · 县里最近收到：{when(status.last_sync)}" if status.last_sync else ""
        self.head.say(f"{status.area_name} · {status.server} · {waiting}{last}")

    def _enrolled(self, village: str) -> None:
        self.said.emit(Note(f"已接入县里：{village}。按右上角的同步，就开始对账。"))
        self.changed.emit()
        self.refresh()

    def _show(self, read: _Read) -> None:
        clear(self._body)
        self.enrol.setVisible(not read.enrolled)
        if read.refused:
            self._body.addWidget(_heading(f"被退回的 {len(read.refused)} 条", "改好了会再送"))
            for row, reason in read.refused[:_LISTED]:
                self._body.addWidget(self._refused(row, reason))
            if len(read.refused) > _LISTED:
                rest = f"还有 {len(read.refused) - _LISTED} 条没列出，在各页按状态“被退回”筛选"
                self._body.addWidget(_heading("", rest))
        if read.conflicts:
            words = "两台电脑填得不一样；现在用的是县里那份，另一份完整留着"
            self._body.addWidget(_heading(f"有冲突的 {len(read.conflicts)} 条", words))
            for row in read.conflicts[:_LISTED]:
                self._body.addWidget(_conflict(row))
        if read.receipt is not None:
            self._body.addWidget(_heading("最近一次同步", _stamp(read.receipt)))
            self._body.addWidget(_receipt(read.receipt))
        elif read.enrolled:
            self._body.addWidget(_heading("还没有同步过", "按右上角的同步，把本机的记录送到县里"))
        if read.enrolled:
            self._body.addWidget(self._interval(read.minutes))
        self._body.addStretch()

    def _interval(self, minutes: int) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, tokens.px(tokens.S2), 0, 0)
        words = QLabel(
            f"每 {minutes} 分钟自动同步一次；没有网络时隔得久些，最长两小时，网一通马上同步。"
        )
        words.setObjectName("quiet")
        row.addWidget(words)
        change = partial(self.wanted.emit, "settings", "", "")
        row.addWidget(button("changeInterval", "改间隔", change, weight="quiet"))
        row.addStretch()
        return made

    def _refused(self, row: Row, reason: str) -> QFrame:
        card, column = _card()
        record = KINDS[row.kind]
        title = record.fields[record.title].show(row.values[record.title])
        why = QLabel(f"县里说：{reason}")
        why.setObjectName("wrongWords")
        why.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(tokens.px(tokens.S1))
        words.addWidget(QLabel(f"{record.label}：{title}"))
        words.addWidget(why)
        open_it = partial(self.wanted.emit, "", row.kind, row.id)
        tip = "不送了：这条回到县里现有的样子；县里没有的就去掉"
        give_up = partial(self._give_up, row, title)
        line = QHBoxLayout()
        line.addLayout(words, 1)
        line.addWidget(button("giveUp", "放弃这次修改", give_up, weight="quiet", tip=tip))
        line.addWidget(button("openRefused", "去改", open_it, icon_name="edit"))
        column.addLayout(line)
        return card

    def _give_up(self, row: Row, title: str) -> None:
        def done(_answer: object) -> None:
            self.said.emit(Note(f"“{title}”已回到县里的样子"))
            self.changed.emit()
            self.refresh()

        def failed(error: Exception) -> None:
            self.said.emit(Note(sentence_of(error) or str(error), bad=True))

        self._lanes.writing.run(self._syncing.give_up, row.kind, row.id, done=done, failed=failed)

    def _lay_out(self) -> None:
        inner = QWidget()
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, tokens.px(tokens.S2), 0)
        inside.setSpacing(tokens.px(tokens.S3))
        inside.addWidget(self.enrol)
        self._body.setSpacing(tokens.px(tokens.S2))
        inside.addLayout(self._body, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(area, 1)


def _read(syncing: Syncing, minutes: Callable[[], int]) -> _Read:
    return _Read(
        syncing.enrolled,
        syncing.last_receipt(),
        syncing.conflicts(),
        syncing.refused(),
        minutes(),
    )


def _stamp(receipt: Receipt) -> str:
    if not receipt.finished:
        return f"{when(receipt.at)}，中途停下，没送完的下次接着送"
    return f"{when(receipt.county_time)} 县里收到"


def _receipt(receipt: Receipt) -> QFrame:
    card, column = _card()
    grid = QGridLayout()
    grid.setHorizontalSpacing(tokens.px(32))
    grid.setVerticalSpacing(tokens.px(tokens.S2))
    names = ("sent", "received", "merged", "conflicts", "refused")
    for place, word in enumerate(("", "送出", "收到", "合并", "冲突", "退回")):
        _put(grid, 0, place, word, quiet=True)
    _line(grid, 1, "合计", [getattr(receipt, name) for name in names])
    # What only the county makes (the division table) is no news for a village.
    kinds = [k for k in sorted(receipt.by_kind) if k in KINDS and "create" in KINDS[k].villages_may]
    for line, kind in enumerate(kinds, 2):
        counts, label = receipt.by_kind[kind], KINDS[kind].label
        _line(grid, line, label, [counts.get(name, 0) for name in names])
    grid.setColumnStretch(6, 1)
    column.addLayout(grid)
    return card


def _line(grid: QGridLayout, line: int, label: str, figures: list[int]) -> None:
    _put(grid, line, 0, label)
    for place, figure in enumerate(figures, 1):
        _put(grid, line, place, f"{figure:,}" if figure else "—", quiet=not figure)


def _put(grid: QGridLayout, line: int, place: int, words: str, *, quiet: bool = False) -> None:
    label = QLabel(words)
    label.setObjectName("quiet" if quiet else "plain")
    grid.addWidget(label, line, place)


def _conflict(row: Row) -> QFrame:
    """Both values side by side, to be read; choosing comes with the conflict screen."""
    card, column = _card()
    values = row.values
    record = KINDS.get(str(values["record_kind"]))
    label = record.label if record else str(values["record_kind"])
    by = values["other_by"] or "另一台电脑"
    column.addWidget(QLabel(f"{label}：{values['record_title'] or ''}"))
    grid = QGridLayout()
    for place, width in enumerate((96, 200, 200)):
        grid.setColumnMinimumWidth(place, tokens.px(width))
    grid.setHorizontalSpacing(tokens.px(tokens.S5))
    for place, word in enumerate(("", "县里现在的", f"{by} 填的")):
        _put(grid, 0, place, word, quiet=True)
    county, other = _values(values["county_values"]), _values(values["other_values"])
    for line, name in enumerate(_names(values["fields_in_conflict"]), 1):
        field = record.fields.get(name) if record else None
        _put(grid, line, 0, field.label if field else name, quiet=True)
        for place, side in enumerate((county, other), 1):
            value = side.get(name)
            plain = field is None or isinstance(field, Reference)
            shown = str(value or "") if plain or field is None else field.mask(value)
            _put(grid, line, place, shown or "（空）")
    grid.setColumnStretch(3, 1)
    column.addLayout(grid)
    return card


def _values(text: object) -> dict[str, Any]:
    try:
        found = json.loads(str(text or "{}"))
    except json.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _names(text: object) -> list[str]:
    words = str(text or "").replace("[", "").replace("]", "").replace('"', "")
    return [name.strip() for name in words.replace("，", ",").split(",") if name.strip()]


def _heading(words: str, told: str) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, tokens.px(tokens.S2), 0, 0)
    title, rest = QLabel(words), QLabel(told)
    title.setObjectName("panelTitle")
    rest.setObjectName("quiet")
    row.addWidget(title)
    row.addWidget(rest)
    row.addStretch()
    return made


def _card() -> tuple[QFrame, QVBoxLayout]:
    card = QFrame()
    card.setObjectName("card")
    column = QVBoxLayout(card)
    column.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
    column.setSpacing(tokens.px(tokens.S2))
    return card, column
