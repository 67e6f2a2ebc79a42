"""The sync page (同步): where the sync stands, what needs a person, and what the last one did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, sentence_of
from desktop.syncing.clock import Clock
from desktop.syncing.conflict_choosing import Choosing
from desktop.syncing.conflict_section import ConflictSection
from desktop.syncing.conflicts import Conflicts, OpenConflict
from desktop.syncing.courier_panel import CourierPanel
from desktop.syncing.enrol_panel import EnrolPanel
from desktop.syncing.given_up_panel import GivenUpPanel
from desktop.syncing.move_card import MoveCard
from desktop.syncing.receipt_card import receipt_card
from desktop.syncing.receipt_paper import paper_of
from desktop.syncing.receipt_words import stamp
from desktop.syncing.receipts import KeptReceipt, Office, Receipts
from desktop.syncing.receipts_panel import ReceiptsPanel
from desktop.syncing.refusals import Refusal, Refusals
from desktop.syncing.refused_section import RefusedSection
from desktop.syncing.section import Section, line
from desktop.syncing.service import Syncing
from desktop.syncing.strip import SyncStrip
from desktop.syncing.trouble_card import TroubleCard
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.pages import Page, PageHead
from desktop.widgets.paper_view import PaperView
from desktop.widgets.view import Note

#: So many of one sort are listed at first, and so many more each time more are wanted.
_LISTED = 50


@dataclass(frozen=True)
class Services:
    """What the page asks."""

    syncing: Syncing
    conflicts: Conflicts
    refusals: Refusals
    receipts: Receipts


@dataclass(frozen=True)
class _Read:
    """All that the page shows."""

    enrolled: bool
    newest: KeptReceipt | None
    conflicts: list[OpenConflict]
    conflict_count: int
    refused: list[Refusal]
    refused_count: int
    minutes: int


class SyncPage(Page):
    """Where a person sees that the county has it, and what is still to be done."""

    def __init__(
        self,
        services: Services,
        clock: Clock,
        minutes: Callable[[], int],
        lanes: Lanes,
        courier: CourierPanel,
    ) -> None:
        """``minutes`` reads how often to sync; it is called off the window's thread."""
        super().__init__("syncing", "同步", "sync")
        self._services, self._minutes, self._lanes = services, minutes, lanes
        self._latest = Latest()
        self._shown = {"refused": _LISTED, "conflicts": _LISTED}
        self._to_next, self._to_strip = "", False
        self._newest: KeptReceipt | None = None
        self.head = PageHead("同步")
        self.moved = MoveCard(services.syncing, lanes)
        self._given_up = button(
            "givenUp", "放弃过的", self.show_given_up, weight="quiet", tip="被退回后没有再送的"
        )
        self._records = button("receipts", "同步记录", self.show_receipts, icon_name="receipt")
        self.courier = courier
        self._by_stick = button("courierOpen", "用U盘带", self._open_stick, tip="村里没有网时")
        self.strip = SyncStrip(clock)
        self.enrol = EnrolPanel(services.syncing, lanes.network)
        self.enrol.hide()
        self.trouble = TroubleCard(services.syncing, lanes.reading)
        self.refused, self.conflicts = RefusedSection(), ConflictSection()
        self.newest = Section("newestReceipt")
        self._interval_words = line("")
        self._interval = self._interval_line()
        self.choosing = Choosing(services.conflicts, lanes)
        self.receipts = ReceiptsPanel(services.receipts, lanes)
        self.given_up = GivenUpPanel(services.refusals, lanes)
        self.paper = PaperView(lanes.files)
        self._lists, self._cover, self._area = QWidget(), QStackedWidget(), QScrollArea()
        self._before_paper: QWidget = self._lists
        self._lay_out()
        self._connect()

    def refresh(self) -> None:
        self.moved.refresh()
        read = partial(_read, self._services, self._minutes, dict(self._shown))
        self._latest.ask(self._lanes.reading.run(read, done=self._show))
        if self._cover.currentWidget() is self.receipts:
            self.receipts.refresh()

    def take_focus(self) -> None:
        if not self._covering(self._lists):
            return
        if self.strip.isHidden() and not self.enrol.isHidden():
            self.enrol.take_focus()
        else:
            self.strip.take_focus()

    def show_receipts(self) -> None:
        """Look through all receipts."""
        self._cover.setCurrentWidget(self.receipts)
        self.receipts.refresh()
        self.receipts.take_focus()

    def show_given_up(self) -> None:
        """Look up what was given up."""
        self._cover.setCurrentWidget(self.given_up)
        self.given_up.refresh()
        self.given_up.take_focus()

    def show_paper(self, kept: KeptReceipt) -> None:
        """Show how a receipt comes out on paper."""

        def done(office: Office) -> None:
            if not self._covering(self.paper):
                self._before_paper = self._cover.currentWidget()
            self._cover.setCurrentWidget(self.paper)
            self.paper.show_paper(paper_of(kept, office))

        self._lanes.reading.run(self._services.receipts.office, done=done)

    def save(self) -> None:
        if self._covering(self.choosing):
            self.choosing.decide()
        elif self._covering(self.paper):
            self.paper.save()

    def print(self) -> None:
        if self._covering(self.paper):
            self.paper.print()
        elif self._covering(self.receipts):
            self.receipts.print_chosen()
        elif self._covering(self._lists) and self._newest is not None:
            self.show_paper(self._newest)
        else:
            super().print()

    def leave(self) -> None:
        panels = (self.choosing, self.receipts, self.given_up, self.paper, self.courier)
        for covering in panels:
            if self._covering(covering):
                covering.leave()
                return

    def show_status(self, status: Any) -> None:
        self.strip.show_status(status)
        self.trouble.show_status(status)
        self._records.setVisible(status.enrolled)
        self._given_up.setVisible(status.enrolled)
        if not status.enrolled:
            self.head.say("这台电脑还没有接入县里")
            return
        # What waits and when the county heard last stands in the sentence at the foot.
        self.head.say(f"{status.area_name} · {status.server}")
        if self._to_strip:
            self._to_strip = False
            self.strip.take_focus()

    def _enrolled(self, village: str) -> None:
        self.said.emit(Note(f"已接入县里：{village}。按“现在同步”，就开始对账。"))
        self._to_strip = True
        self.changed.emit()
        self.refresh()

    def _show(self, read: _Read) -> None:
        newly = self.enrol.isHidden() and not read.enrolled
        self.enrol.setVisible(not read.enrolled)
        if newly and self.isVisible() and self._covering(self._lists):
            self.enrol.take_focus()
        self.refused.show_refusals(read.refused, read.refused_count)
        self.conflicts.show_conflicts(read.conflicts, read.conflict_count)
        self._newest = read.newest
        self._show_newest(read)
        self._interval.setVisible(read.enrolled)
        self._interval_words.setText(
            f"每 {read.minutes} 分钟自动同步一次；没有网络时隔得久些，最长两小时，网一通马上同步。"
        )
        self._go_to_next()

    def _show_newest(self, read: _Read) -> None:
        if self.newest.is_shown(read.newest, read.enrolled):
            return
        if read.newest is not None:
            show = partial(self.show_paper, read.newest)
            show_it = button("printNewest", "打印回执", show, icon_name="print", tip="Ctrl+P")
            made = receipt_card(read.newest.receipt, show_it)
            self.newest.fill("最近一次同步", stamp(read.newest.receipt), [made])
        elif read.enrolled:
            words = "按“现在同步”，把本机的记录送到县里；每同步一次有一张回执，列在这里，可以打印。"
            self.newest.fill("回执", "", [line(words)])
        else:
            self.newest.hide()

    def _go_to_next(self) -> None:
        """Whoever works through a list by the keyboard goes on to the next of it."""
        sections = {"chooseConflict": self.conflicts, "giveUp": self.refused}
        name, self._to_next = self._to_next, ""
        if not name or not self._covering(self._lists):
            return
        waiting: list[QPushButton] = sections[name].buttons(name)
        following = waiting[0] if waiting else self._records
        following.setFocus()
        if waiting:
            self._area.ensureWidgetVisible(following)

    def _choose(self, conflict: OpenConflict) -> None:
        self._cover.setCurrentWidget(self.choosing)
        self.choosing.open(conflict)

    def _open_stick(self) -> None:
        self._cover.setCurrentWidget(self.courier)
        self.courier.open()

    def _covering(self, widget: QWidget) -> bool:
        return self._cover.currentWidget() is widget

    def _uncover(self) -> None:
        self._cover.setCurrentWidget(self._lists)
        self.refresh()

    def _leave_choosing(self) -> None:
        self._to_next = "chooseConflict"
        self._uncover()

    def _back_to(self, opener: QPushButton) -> None:
        self._uncover()
        opener.setFocus()

    def _leave_paper(self) -> None:
        self._cover.setCurrentWidget(self._before_paper)
        if self._covering(self.receipts):
            self.receipts.take_focus()

    def _give_up(self, refusal: Refusal) -> None:
        def done(given_up: Any) -> None:
            self._to_next = "giveUp"
            self.changed.emit()
            self.refresh()
            take_back = partial(self._take_back, refusal, given_up)
            words = f"“{refusal.title}”已放弃，留在“放弃过的”里备查"
            if refusal.stays:
                words = f"“{refusal.title}”留着，不删了"
            self.said.emit(Note(words, "撤销", take_back, undoes=True))

        self._lanes.writing.run(
            self._services.refusals.give_up,
            refusal.kind,
            refusal.record,
            done=done,
            failed=self._say_fault,
        )

    def _take_back(self, refusal: Refusal, given_up: Any) -> None:
        def done(possible: bool) -> None:
            words = f"“{refusal.title}”又回到被退回的里面了"
            if not possible:
                words = f"“{refusal.title}”后来又改过，不能撤销了"
            self.said.emit(Note(words, bad=not possible))
            self.changed.emit()
            self.refresh()

        self._lanes.writing.run(
            self._services.refusals.take_back, given_up, done=done, failed=self._say_fault
        )

    def _say_fault(self, error: Exception) -> None:
        self.said.emit(Note(sentence_of(error) or str(error), bad=True))

    def _more(self, name: str) -> None:
        self._shown[name] += _LISTED
        self.refresh()

    def _connect(self) -> None:
        self.enrol.enrolled.connect(self._enrolled)
        for told in (self.trouble, self.enrol.foot):
            told.said.connect(self.said)
        self.refused.mend_wanted.connect(self.edit_wanted)
        self.refused.give_up_wanted.connect(self._give_up)
        self.refused.more_wanted.connect(partial(self._more, "refused"))
        self.conflicts.choose_wanted.connect(self._choose)
        self.conflicts.more_wanted.connect(partial(self._more, "conflicts"))
        self.choosing.left.connect(self._leave_choosing)
        self.choosing.changed.connect(self.changed)
        self.choosing.said.connect(self.said)
        self.receipts.left.connect(partial(self._back_to, self._records))
        self.given_up.left.connect(partial(self._back_to, self._given_up))
        self.courier.left.connect(partial(self._back_to, self._by_stick))
        self.courier.changed.connect(self.changed)
        self.courier.said.connect(self.said)
        self.receipts.print_wanted.connect(self.show_paper)
        self.paper.left.connect(self._leave_paper)
        self.paper.said.connect(self.said)

    def _interval_line(self) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, tokens.px(tokens.S2), 0, 0)
        self._interval_words.setWordWrap(False)
        row.addWidget(self._interval_words)
        change = partial(self.wanted.emit, "settings", "", "")
        row.addWidget(button("changeInterval", "改间隔", change, weight="quiet"))
        row.addStretch()
        made.hide()
        return made

    def _lay_out(self) -> None:
        self.head.add(self._given_up, self._by_stick, self._records)
        inner = QWidget()
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, tokens.px(tokens.S2), 0)
        inside.setSpacing(tokens.px(tokens.S3))
        needs = (self.moved, self.trouble, self.enrol, self.refused, self.conflicts)
        for part in (*needs, self.newest, self._interval):
            inside.addWidget(part)
        inside.addStretch()
        self._area.setWidgetResizable(True)
        self._area.setWidget(inner)
        column = QVBoxLayout(self._lists)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(self.strip)
        column.addWidget(self._area, 1)
        panels = (self.choosing, self.receipts, self.given_up, self.paper, self.courier)
        for covering in (self._lists, *panels):
            self._cover.addWidget(covering)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._cover)


def _read(services: Services, minutes: Callable[[], int], shown: dict[str, int]) -> _Read:
    newest = services.receipts.receipts(1)
    return _Read(
        services.syncing.enrolled,
        newest[0] if newest else None,
        services.conflicts.open(shown["conflicts"]),
        services.conflicts.count(),
        services.refusals.newest(shown["refused"]),
        services.refusals.count(),
        minutes(),
    )
