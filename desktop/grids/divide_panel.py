"""Dividing a grid: which new grids, and who goes to which, by the keyboard or the mouse.

At the left the new grids, at the right who is to be placed. A household goes to a part by choosing
its line (or several) and pressing that part's number; what an address tells is proposed. What is
half done is kept, and goes on where it was left.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout

from desktop.background import Lanes, Latest
from desktop.grids.change_words import ChangeFoot
from desktop.grids.divide_parts import DivideParts
from desktop.grids.divide_table import DivideTable
from desktop.grids.service import (
    Division,
    Done,
    GridChanges,
    Grids,
    KeptDivision,
    Member,
    Part,
    Words,
    proposal,
)
from desktop.register.service import Row, StorageError
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.draft_banner import DraftBanner
from desktop.widgets.form import DRAFT_REST
from desktop.widgets.search import SearchBox

_ENDINGS = ("专属网格", "一般网格", "微网格", "网格")

#: Who is in a grid, and how far its division has come.
Found = tuple[list[Member], KeptDivision | None]


class DividePanel(QFrame):
    """Divides one grid."""

    left = Signal()
    #: The grid was divided: its id, and what was done.
    divided = Signal(str, object)

    def __init__(self, grids: Grids, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("dividePanel")
        self._grids, self._lanes, self._latest = grids, lanes, Latest()
        self._grid: Row | None = None
        self._members: list[Member] = []
        self._places: dict[str, int] = {}
        self._title = QLabel()
        self._title.setObjectName("pageTitle")
        self._banner = DraftBanner(self._start_over)
        self.below = QCheckBox("原网格留着，在下面划微网格")
        self.below.setObjectName("divideBelow")
        self.parts = DivideParts(self.below)
        self.search = SearchBox("divideSearch", "找户主、住址")
        self._propose = button(
            "proposePlaces", "按住址里的组分", self._take_proposal, icon_name="household"
        )
        self.table = DivideTable(self._place)
        self.foot = ChangeFoot("divide", self.do, lanes.writing)
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(DRAFT_REST)
        self._lay_out()
        self._connect()

    def start(self, grid: Row) -> None:
        """Begin to divide a grid, or go on where it was left."""
        self._grid, self._members = grid, []
        self._title.setText(f"划分“{grid.values['name']}”")
        self.foot.begin("划分")
        self.search.clear()
        self.below.setVisible(grid.values["level"] == "general")
        self._banner.hide()
        self._show(_untouched(grid))
        work = partial(_find, self._grids, grid.id)
        self._latest.ask(self._lanes.reading.run(work, done=self._take))
        self.parts.stand_on(0)

    def do(self) -> None:
        """Divide, as it stands here."""
        words, grid = self.foot.words(), self._grid
        if grid is None or words is None or self._lacks_a_name():
            return
        self._keep_now()
        work = partial(_divide, self._grids, grid.id, self._division(), words)
        self.foot.carry_out(self._grids.changes, work, partial(self._divided, grid.id))

    def places(self) -> Mapping[str, int]:
        """Who was placed where so far: the part (from 0) by id."""
        return self._places

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.foot.leave()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._keep_now()
        super().hideEvent(event)

    # What is half done

    def _division(self) -> Division:
        return Division(
            self.parts.parts(), dict(self._places), self.below.isChecked(), self.foot.raw()
        )

    def _show(self, division: Division) -> None:
        """Let a division stand here; nothing of it is new, so nothing is kept."""
        there = {member.id for member in self._members}
        self._places = {i: at for i, at in division.places.items() if i in there}
        self.parts.show_parts(division.parts)
        self.below.setChecked(division.below)
        if division.words:
            self.foot.put(division.words)
        self._list()
        self._rest.stop()

    def _keep_now(self) -> None:
        """Keep at once what would be kept in a moment."""
        if self._rest.isActive():
            self._rest.stop()
            self._keep()

    def _keep(self) -> None:
        # What is being written is kept no more.
        if self._grid is not None and not self.foot.is_busy():
            keep = partial(self._grids.drafts.keep, self._grid.id, self._division())
            self._lanes.writing.run(keep)

    def _start_over(self) -> None:
        if self._grid is not None:
            self._lanes.writing.run(self._grids.drafts.drop, self._grid.id)
            self._banner.hide()
            self.foot.begin("划分")
            self._show(_untouched(self._grid))
            self.parts.stand_on(0)

    def _take(self, found: Found) -> None:
        self._members, kept = found
        if kept is None or self._rest.isActive():
            self._list()
            return
        self._show(kept.division)
        self._banner.offer(kept.at)

    def _divided(self, grid: str, done: Done) -> None:
        self._rest.stop()
        self.divided.emit(grid, done)

    # Who goes where

    def _take_proposal(self) -> None:
        proposed = proposal(self._members, len(self.parts))
        self._places |= proposed
        if not proposed:
            self.foot.say_fault("住址里没有写组、队、栋，请选中以后按数字键归到新网格")
        self._changed()
        self.table.setFocus()

    def _place(self, members: list[str], part: int) -> None:
        """Let members go to a part; -1 takes them out again."""
        if part >= len(self.parts):
            return
        for member in members:
            if part < 0:
                self._places.pop(member, None)
            else:
                self._places[member] = part
        self.foot.say_fault("")
        self._changed()

    def _part_gone(self, part: int) -> None:
        """Who was placed there is nowhere again."""
        self._places = {member: at for member, at in self._places.items() if at != part}

    def _lacks_a_name(self) -> bool:
        """Whether a new grid has no name yet; that one is stood on."""
        for at, part in enumerate(self.parts.parts()):
            if not part.name.strip():
                self.parts.stand_on(at)
                self.foot.say_fault(f"第 {at + 1} 个新网格的名称没有填")
                return True
        return False

    # How it is seen

    def _list(self) -> None:
        text = self.search.text().strip()
        self.table.show_members([m for m in self._members if text in m.name or text in m.address])
        self._tell()

    def _changed(self) -> None:
        self._rest.start()
        self._tell()

    def _tell(self) -> None:
        """Say how many are placed in each part, and who is still nowhere."""
        parts = self.parts.parts()
        self.parts.let_be_least(1 if self.below.isChecked() else 2)
        self.table.tell(self._places, [part.name.strip() for part in parts])
        self.parts.tell([self._counts(at) for at in range(len(parts))])
        nowhere = sum(member.id not in self._places for member in self._members)
        if self.below.isChecked():
            self.foot.say("没有选的户和人留在原网格；原网格不关闭。")
        elif nowhere:
            self.foot.say(f"还有 {nowhere} 个没归。选中几行，按数字键归到那个新网格。")
        else:
            self.foot.say("都归好了。划分以后原网格关闭，它的历史都留着。")

    def _counts(self, part: int) -> tuple[int, int]:
        """How many households and people go to a part."""
        mine = [m for m in self._members if self._places.get(m.id) == part]
        return sum(m.kind == "household" for m in mine), sum(m.people for m in mine)

    def _connect(self) -> None:
        self.parts.go_on_to(self.below, self.search, self._propose, self.table, *self.foot.keys())
        self.parts.removed.connect(self._part_gone)
        self.parts.changed.connect(self._changed)
        self.below.toggled.connect(lambda _on: self._changed())
        self.search.searched.connect(lambda _text: self._list())
        self.foot.typed.connect(self._rest.start)
        self.foot.left.connect(self.left)
        self._rest.timeout.connect(self._keep)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(tokens.px(tokens.S2))
        tools.addWidget(self.search, 1)
        tools.addWidget(self._propose)
        right = QVBoxLayout()
        right.setSpacing(tokens.px(tokens.S2))
        right.addLayout(tools)
        right.addWidget(self.table, 1)
        middle = QHBoxLayout()
        middle.setSpacing(tokens.px(tokens.S4))
        middle.addWidget(self.parts, 3)
        middle.addLayout(right, 5)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self._title)
        column.addWidget(self._banner)
        column.addLayout(middle, 1)
        column.addWidget(self.foot)


def _find(grids: Grids, grid: str) -> Found:
    return grids.changes.members(grid), grids.drafts.find(grid)


def _divide(
    grids: Grids, grid: str, division: Division, words: Words, changes: GridChanges
) -> Done:
    done = changes.divide(grid, division.parts, division.places, words, below=division.below)
    with suppress(StorageError):
        # It is done. Whoever was told otherwise because of the draft would divide once more.
        grids.drafts.drop(grid)
    return done


def _untouched(grid: Row) -> Division:
    """A division to begin with."""
    name = str(grid.values["name"])
    return Division([Part(_named(name, place)) for place in ("东", "西")])


def _named(name: str, place: str) -> str:
    """The name of a part to begin with: 一组微网格 becomes 一组东微网格."""
    ending = next((e for e in _ENDINGS if name.endswith(e) and name != e), "")
    return f"{name.removesuffix(ending)}{place}{ending}"
