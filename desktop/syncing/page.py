"""The sync page (同步): what the last sync did, conflicts, what the county sent back, enrolment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, sentence_of
from desktop.register.service import Row
from desktop.syncing.conflict_panel import ConflictPanel, other_words
from desktop.syncing.conflicts import Conflicts, OpenConflict
from desktop.syncing.courier_panel import CourierPanel
from desktop.syncing.enrol_panel import EnrolPanel
from desktop.syncing.receipt_card import card, receipt_card, stamp
from desktop.syncing.service import Receipt, Syncing
from desktop.syncing.trouble_card import TroubleCard
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.layouts import clear
from desktop.widgets.pages import Page, PageHead
from desktop.widgets.view import Note
from desktop.widgets.words import when
from sync.records import KINDS

#: More than this of one sort is counted, not listed.
_LISTED = 50


@dataclass(frozen=True)
class _Read:
    """All that the page shows."""

    enrolled: bool
    receipt: Receipt | None
    conflicts: list[OpenConflict]
    refused: list[tuple[Row, str]]
    minutes: int


class SyncPage(Page):
    """Where a person sees that the county has it, and what is still to be done."""

    def __init__(
        self,
        syncing: Syncing,
        conflicts: Conflicts,
        minutes: Callable[[], int],
        lanes: Lanes,
        courier: CourierPanel,
    ) -> None:
        """``minutes`` reads how often to sync; it is called off the window's thread."""
        super().__init__("syncing", "同步", "sync")
        self._syncing, self._minutes, self._lanes = syncing, minutes, lanes
        self._conflicts, self._latest = conflicts, Latest()
        self.head = PageHead("同步")
        self.enrol = EnrolPanel(syncing, lanes.network)
        self.enrol.enrolled.connect(self._enrolled)
        self.trouble = TroubleCard(syncing, lanes.reading)
        for told in (self.trouble, self.enrol.foot):
            told.said.connect(self.said)
        self.choosing = ConflictPanel(conflicts, lanes)
        self.choosing.left.connect(self._leave_choosing)
        self.choosing.chosen.connect(self._chosen)
        self.choosing.said.connect(self.said)
        self.courier = courier
        courier.left.connect(self._leave_stick)
        courier.changed.connect(self.changed)
        courier.said.connect(self.said)
        self._by_stick = button("courierOpen", "用U盘带", self._open_stick, tip="村里没有网时")
        self.head.add(self._by_stick)
        self._body = QVBoxLayout()
        self._cover, self._lists = QStackedWidget(), QWidget()
        self._to_next = False
        self._lay_out()

    def refresh(self) -> None:
        self._latest.ask(
            self._lanes.reading.run(
                _read, self._syncing, self._conflicts, self._minutes, done=self._show
            )
        )

    def save(self) -> None:
        if self._choosing():
            self.choosing.decide()

    def leave(self) -> None:
        if self._choosing():
            self.choosing.leave()
        elif self._cover.currentWidget() is self.courier:
            self.courier.leave()

    def show_status(self, status: Any) -> None:
        self.trouble.show_status(status)
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
            for conflict in read.conflicts:
                self._body.addWidget(self._conflict(conflict))
            if len(read.conflicts) == _LISTED:
                self._body.addWidget(_heading("", "先列出这些，选完还有的再列出来"))
        if read.receipt is not None:
            self._body.addWidget(_heading("最近一次同步", stamp(read.receipt)))
            self._body.addWidget(receipt_card(read.receipt))
        elif read.enrolled:
            self._body.addWidget(_heading("还没有同步过", "按右上角的同步，把本机的记录送到县里"))
        if read.enrolled:
            self._body.addWidget(self._interval(read.minutes))
        self._body.addStretch()
        if self._to_next:
            # Whoever chooses by the keyboard goes on to the next one.
            self._to_next = False
            following = self._lists.findChildren(QPushButton, "chooseConflict")
            if waiting := [one for one in following if not one.isHidden()]:
                waiting[0].setFocus()

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
        made, column = card()
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
        return made

    def _conflict(self, conflict: OpenConflict) -> QFrame:
        made, column = card()
        labels = "、".join(difference.label for difference in conflict.differences)
        told = f"{labels} · 另一份：{other_words(conflict)}" if labels else "两份现在已经一样了"
        if not conflict.ready:
            told = "这条记录本机还没有收到；先同步一次，还不行就要升级程序"
        quiet = QLabel(told)
        quiet.setObjectName("quiet")
        quiet.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(tokens.px(tokens.S1))
        words.addWidget(QLabel(f"{conflict.kind_label}：{conflict.title}"))
        words.addWidget(quiet)
        choose = partial(self._choose, conflict)
        line = QHBoxLayout()
        line.addLayout(words, 1)
        if conflict.ready:
            line.addWidget(button("chooseConflict", "去选", choose, icon_name="sheets"))
        column.addLayout(line)
        return made

    def _choose(self, conflict: OpenConflict) -> None:
        self._cover.setCurrentWidget(self.choosing)
        self.choosing.show_conflict(conflict)

    def _open_stick(self) -> None:
        self._cover.setCurrentWidget(self.courier)
        self.courier.open()

    def _leave_stick(self) -> None:
        self._cover.setCurrentWidget(self._lists)
        self._by_stick.setFocus()
        self.refresh()

    def _choosing(self) -> bool:
        return self._cover.currentWidget() is self.choosing

    def _leave_choosing(self) -> None:
        self._cover.setCurrentWidget(self._lists)
        self._to_next = True
        self.refresh()

    def _chosen(self, title: str) -> None:
        self.said.emit(Note(f"“{title}”选定了，已存在本机，下次同步送到县里"))
        self.changed.emit()
        self._leave_choosing()

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
        inside.addWidget(self.trouble)
        inside.addWidget(self.enrol)
        self._body.setSpacing(tokens.px(tokens.S2))
        inside.addLayout(self._body, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        column = QVBoxLayout(self._lists)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(area, 1)
        self._cover.addWidget(self._lists)
        self._cover.addWidget(self.choosing)
        self._cover.addWidget(self.courier)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._cover)


def _read(syncing: Syncing, conflicts: Conflicts, minutes: Callable[[], int]) -> _Read:
    return _Read(
        syncing.enrolled,
        syncing.last_receipt(),
        conflicts.open(_LISTED),
        syncing.refused(),
        minutes(),
    )


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
