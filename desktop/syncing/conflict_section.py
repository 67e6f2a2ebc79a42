"""Open conflicts on the sync page: what differs, whose the other version is, the way to choose."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from desktop.syncing.conflict_words import who_words
from desktop.syncing.conflicts import WHOLE, OpenConflict, Who
from desktop.syncing.section import Section, card, line
from desktop.widgets import tokens
from desktop.widgets.buttons import button

_TOLD = "两台电脑填得不一样；现在用的是县里那份，另一份完整留着"
_TOGETHER = "；同样的可以一起选，点“去选”就看得到"
_NOT_READY = "这条记录本机还没有收到；先同步一次，还不行就要升级程序"


class ConflictSection(Section):
    """The list of conflicts."""

    #: Both versions are wanted: an ``OpenConflict``.
    choose_wanted = Signal(object)

    def __init__(self) -> None:
        super().__init__("conflictSection")

    def show_conflicts(self, conflicts: Sequence[OpenConflict], count: int) -> None:
        """Show the first of ``count`` conflicts."""
        if self.is_shown(list(conflicts), count):
            return
        self.fill(
            f"有冲突的 {count:,} 条",
            _TOLD + (_TOGETHER if count > 1 else ""),
            [self._card(one) for one in conflicts],
            left_out=count - len(conflicts),
        )

    def _card(self, conflict: OpenConflict) -> QFrame:
        made, column = card()
        labels = "、".join(difference.label for difference in conflict.differences)
        if any(difference.name == WHOLE for difference in conflict.differences):
            labels = "一台电脑改了，另一台删了"
        by = who_words(Who(conflict.by, conflict.at, conflict.device))
        told = f"{labels} · 另一份：{by}" if labels else "两份现在已经一样了"
        made.setAccessibleName(f"{conflict.kind_label}：{conflict.title}，{labels}")
        words = QVBoxLayout()
        words.setSpacing(tokens.px(tokens.S1))
        words.addWidget(line(f"{conflict.kind_label}：{conflict.title}", "plain"))
        words.addWidget(line(told.rstrip("：") if conflict.ready else _NOT_READY))
        row = QHBoxLayout()
        row.addLayout(words, 1)
        if conflict.ready:
            choose = partial(self.choose_wanted.emit, conflict)
            row.addWidget(button("chooseConflict", "去选", choose, icon_name="sheets"))
        column.addLayout(row)
        return made
