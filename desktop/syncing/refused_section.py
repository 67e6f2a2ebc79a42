"""What the county sent back, record by record: what was wanted, why not, and the two ways on."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout

from desktop.syncing.refusals import Refusal, Wanted
from desktop.syncing.section import Section, card, line
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.words import when
from sync.records import Attachment

#: More fields of one record than this are counted, not listed, where its form shows them all.
_LISTED = 6
_LABEL = 120
_WORDS = {"create": "要新记的", "edit": "要改的", "delete": "要删除的"}
_GIVE_UP_TIP = "不送了：这条回到县里现有的样子；县里没有的就去掉。可以撤销"
_TOLD = (
    "县里没有收，原因写在下面。改好会再送；放弃就是不送了，回到县里现有的样子，县里没有的就去掉，"
    "可以撤销。"
)
_AGAIN = "这一条不能在这里改：先放弃，再重新做一次"
_ADD_AGAIN = "照片和文件不能在这里改：先放弃，再到原来那一条里重新加"


class RefusedSection(Section):
    """The list of refusals that wait for a person."""

    #: Open the form: kind and record.
    mend_wanted = Signal(str, str)
    #: Let it go: a ``Refusal``.
    give_up_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__("refusedSection")

    def show_refusals(self, refusals: Sequence[Refusal], count: int) -> None:
        """Show the first of ``count`` refusals."""
        if self.is_shown(list(refusals), count):
            return
        self.fill(
            f"被退回的 {count:,} 条",
            _TOLD,
            [self._card(one) for one in refusals],
            left_out=count - len(refusals),
        )

    def _card(self, refusal: Refusal) -> QFrame:
        most = _LISTED if refusal.typed and not refusal.gone else None
        made, column = refusal_card(refusal, self._actions(refusal), most=most)
        if refusal.gone:
            column.addWidget(line("这条记录已经被删了，只能放弃"))
        elif not refusal.typed and refusal.operation != "delete":
            added = refusal.kind == Attachment.kind
            column.addWidget(line(_ADD_AGAIN if added else _AGAIN))
        return made

    def _actions(self, refusal: Refusal) -> list[QPushButton]:
        give_up = partial(self.give_up_wanted.emit, refusal)
        mend = partial(self.mend_wanted.emit, refusal.kind, refusal.record)
        if refusal.stays:
            keep = button("giveUp", "不删了", give_up, icon_name="undo", tip="留着这条记录")
            return [keep]
        found = [button("giveUp", "放弃", give_up, weight="quiet", tip=_GIVE_UP_TIP)]
        if refusal.gone or not refusal.typed:
            return found
        if refusal.written:
            tip = "记下的不能改：照这一笔开一张新的，改好保存，被退回的这一笔就去掉"
            return [
                *found,
                button("openRefused", "改好重记一笔", mend, icon_name="edit", tip=tip),
            ]
        return [*found, button("openRefused", "改好再送", mend, icon_name="edit")]


class GivenUpSection(Section):
    """The list of what was given up: to read, nothing is left to do."""

    def __init__(self) -> None:
        super().__init__("givenUpSection")

    def show_given_up(self, given_up: Sequence[Refusal], count: int) -> None:
        """Show the newest of ``count``; the page's title says what they are."""
        cards = [refusal_card(one, [], reason="quiet")[0] for one in given_up]
        self.fill("", "", cards, left_out=count - len(given_up))


def refusal_card(
    refusal: Refusal,
    actions: Sequence[QPushButton],
    reason: str = "wrongWords",
    most: int | None = None,
) -> tuple[QFrame, QVBoxLayout]:
    """What was wanted, at ``most`` so many fields of it, and why not, with what one may do; and the
    column it stands in."""
    made, column = card()
    made.setAccessibleName(f"{refusal.name}，{refusal.reason}")
    top, words = QHBoxLayout(), QVBoxLayout()
    words.setSpacing(tokens.px(tokens.S1))
    words.addWidget(line(refusal.name, "plain"))
    made_by = " · ".join(n for n in (refusal.by, when(refusal.at)) if n)
    words.addWidget(line(f"{_WORDS[refusal.operation]} · {made_by}"))
    top.addLayout(words, 1)
    for action in actions:
        top.addWidget(action, 0, Qt.AlignmentFlag.AlignTop)
    column.addLayout(top)
    column.addWidget(line(refusal.said, reason))
    if refusal.operation != "delete" and refusal.wanted:
        column.addLayout(_wanted(refusal, most))
    return made, column


def _wanted(refusal: Refusal, most: int | None) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(tokens.px(tokens.S3))
    grid.setVerticalSpacing(tokens.px(tokens.S1))
    grid.setColumnStretch(1, 1)
    shown = refusal.wanted[:most]
    for place, one in enumerate(shown):
        label = line(one.label)
        label.setFixedWidth(tokens.px(_LABEL))
        grid.addWidget(label, place, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(line(_change(refusal, one), "plain"), place, 1)
    if rest := len(refusal.wanted) - len(shown):
        grid.addWidget(line(f"还有 {rest} 项，点开可以看到"), len(shown), 0, 1, 2)
    return grid


def _change(refusal: Refusal, wanted: Wanted) -> str:
    if refusal.operation == "create":
        return wanted.wanted.masked
    return f"{wanted.county.masked} → {wanted.wanted.masked}"
