"""Both versions of a record side by side, and the choice between them, line by line or whole."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, sentence_of
from desktop.syncing.conflict_words import more_words, who_words
from desktop.syncing.conflicts import (
    COUNTY,
    OTHER,
    WHOLE,
    Alike,
    Conflicts,
    Difference,
    OpenConflict,
    Who,
)
from desktop.syncing.section import card, line
from desktop.syncing.version_cell import VersionCell, pair
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.layouts import clear
from desktop.widgets.pages import PageHead
from desktop.widgets.view import Note

_LABEL = 120
_HOW = "下面几项两台电脑填得不一样。每一行点一下要留的那份，选完点“就这样定”。没选的县里也留底。"
_WHOLE = "一台电脑改了这条，另一台把它删了。点一下要留的那份，再点“就这样定”。没选的县里也留底。"
_SAME_IN_BOTH = "这条记录的其他各项，没有要选的："
_SAME = "两份现在已经一样了，没有要选的。点“就这样定”，这一条就收起来。"


class ConflictPanel(QWidget):
    """Covers the sync page while one conflict is chosen."""

    left = Signal()
    #: A choice was written.
    chosen = Signal(str)
    #: The list of all that are like this one is wanted: an ``Alike``.
    many_wanted = Signal(object)
    said = Signal(object)

    def __init__(self, conflicts: Conflicts, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("conflictPanel")
        self._conflicts, self._lanes = conflicts, lanes
        self._conflict: OpenConflict | None = None
        self._alike: Alike | None = None
        self._cells: dict[str, dict[str, VersionCell]] = {}
        self._full, self._busy, self._latest = False, False, Latest()
        self.head = PageHead("选哪一份")
        self._back = button("conflictBack", "先不选", self.leave, icon_name="back", tip="Esc")
        self._eye = button(
            "conflictFull",
            "显示完整号码",
            self.show_full,
            weight="quiet",
            icon_name="eye",
            tip="看一次会留一条记录",
        )
        self._more_words = line("", "plain")
        self._more = self._more_strip()
        self._how, self._fault, self._left_over = QLabel(), QLabel(), QLabel()
        self._rows, self._same_grid, self._area = QVBoxLayout(), QGridLayout(), QScrollArea()
        self._reason = QLineEdit()
        self._decide = button("decide", "就这样定", self.decide, weight="primary", tip="Ctrl+S")
        self._lay_out()

    def open(self, conflict: OpenConflict, *, alone: bool = False) -> None:
        """Show a conflict as it stands now, with all there is to tell of it, and unless it is to be
        chosen ``alone``, whether there are others like it."""
        self._more.hide()
        self.show_conflict(conflict)

        def read() -> tuple[OpenConflict | None, Alike | None]:
            alike = None if alone else self._conflicts.alike(conflict.id)
            return self._conflicts.one(conflict.id), alike

        def show(read: tuple[OpenConflict | None, Alike | None]) -> None:
            now, alike = read
            if now is None:
                self._gone(conflict)
                return
            self._show_more(alike)
            if not self.choice() and not self._full:
                self.show_conflict(now)

        self._latest.ask(self._lanes.reading.run(read, done=show))

    def take_focus(self) -> None:
        """Stand on the first of what is to be chosen."""
        self._to_first()

    def show_conflict(self, conflict: OpenConflict) -> None:
        """Show both versions, nothing chosen yet."""
        self._conflict, self._full, self._busy = conflict, False, False
        self.head.say(f"{conflict.kind_label}：{conflict.title}")
        self._how.setText(_how(conflict))
        self._fault.hide()
        self._reason.clear()
        self._build(conflict)
        self._eye.setVisible(conflict.masked)
        self._look()
        self._area.verticalScrollBar().setValue(0)
        self._to_first()

    def show_full(self) -> None:
        """Show both versions with their numbers whole; that it was done is noted."""
        if self._conflict is not None and not self._full:
            self._full = True
            self._lanes.writing.run(self._conflicts.log_full_view, self._conflict.id)
            for difference in self._conflict.differences:
                self._cells[difference.name][COUNTY].say(difference.county.full)
                self._cells[difference.name][OTHER].say(difference.other.full)
            self._show_same(self._conflict, full=True)
            self._to_first()
            self._eye.hide()

    def take_all(self, side: str) -> None:
        """Choose one version whole; it can still be changed line by line."""
        for sides in self._cells.values():
            sides[side].setChecked(True)
        self._look()
        self._reason.setFocus()

    def choice(self) -> dict[str, str]:
        """What is chosen so far, by field name."""
        return {
            name: side
            for name, sides in self._cells.items()
            for side, cell in sides.items()
            if cell.isChecked()
        }

    def decide(self) -> None:
        """Write the choice, when every line has one."""
        conflict = self._conflict
        if conflict is None or self._busy or len(self.choice()) < len(self._cells):
            return
        self._busy = True
        self._look()
        self._lanes.writing.run(
            self._conflicts.choose,
            conflict.id,
            self.choice(),
            self._reason.text(),
            conflict,
            done=lambda _: self.chosen.emit(conflict.title),
            failed=partial(self._failed, conflict),
        )

    def leave(self) -> None:
        """Go back to the page; nothing is written."""
        self._latest.drop()
        self.left.emit()

    def _show_more(self, alike: Alike | None) -> None:
        self._alike, words = alike, more_words(alike) if alike else ""
        self._more_words.setText(words)
        self._more.setVisible(bool(words))

    def _want_many(self) -> None:
        if self._alike is not None and not self._busy:
            self.many_wanted.emit(self._alike)

    def _failed(self, conflict: OpenConflict, error: Exception) -> None:
        self._busy = False
        self._fault.setText(f"没有写下：{sentence_of(error) or error}")
        self._fault.show()
        self._look()

        def look_again(now: OpenConflict | None) -> None:
            if now is None:
                self._gone(conflict)
            elif now != conflict:
                words = self._fault.text()
                self.show_conflict(now)
                self._fault.setText(words)
                self._fault.show()

        again = self._lanes.reading.run(self._conflicts.one, conflict.id, done=look_again)
        self._latest.ask(again)

    def _gone(self, conflict: OpenConflict) -> None:
        self.said.emit(Note(f"“{conflict.title}”已经选定了"))
        self.left.emit()

    def _to_first(self) -> None:
        cells = [cell for sides in self._cells.values() for cell in sides.values()]
        (cells[0] if cells else self._decide).setFocus()

    def _look(self) -> None:
        missing = len(self._cells) - len(self.choice())
        self._decide.setEnabled(not missing and not self._busy)
        self._left_over.setText(f"还有 {missing} 行没选" if missing else "")

    def _build(self, conflict: OpenConflict) -> None:
        clear(self._rows)
        self._cells = {}
        if conflict.differences:
            self._rows.addWidget(self._choices(conflict))
        self._same_grid = QGridLayout()
        if conflict.same:
            made, column = card("sameCard")
            column.addWidget(line(_SAME_IN_BOTH))
            column.addLayout(self._same_grid)
            self._rows.addWidget(made)
            self._show_same(conflict, full=False)

    def _choices(self, conflict: OpenConflict) -> QFrame:
        made = QFrame()
        made.setObjectName("card")
        grid = QGridLayout(made)
        grid.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 16)))
        grid.setHorizontalSpacing(tokens.px(tokens.S3))
        grid.setVerticalSpacing(tokens.px(tokens.S2))
        grid.setColumnMinimumWidth(0, tokens.px(_LABEL))
        other = Who(conflict.by, conflict.at, conflict.device)
        sides = {COUNTY: ("县里现在的", conflict.county or Who()), OTHER: ("另一份", other)}
        for place, (side, (words, who)) in enumerate(sides.items(), 1):
            grid.setColumnStretch(place, 1)
            grid.addLayout(self._side_head(side, words, who_words(who)), 0, place)
        for place, difference in enumerate(conflict.differences, 1):
            who = Who() if conflict.county else difference.who
            self._line(grid, place, difference, who_words(who))
        return made

    def _side_head(self, side: str, words: str, who: str) -> QHBoxLayout:
        row = QHBoxLayout()
        titles = QVBoxLayout()
        titles.setSpacing(0)
        titles.addWidget(line(words, "plain"))
        if who:
            titles.addWidget(line(who))
        name, label = ("allCounty", "全用县里的") if side == COUNTY else ("allOther", "全用另一份")
        row.addLayout(titles, 1)
        row.addWidget(button(name, label, partial(self.take_all, side)))
        return row

    def _line(self, grid: QGridLayout, place: int, difference: Difference, who: str) -> None:
        label = line(difference.label)
        label.setFixedWidth(tokens.px(_LABEL))
        grid.addWidget(label, place, 0)
        county = VersionCell(f"{COUNTY}_{difference.name}", difference.county.masked)
        other = VersionCell(f"{OTHER}_{difference.name}", difference.other.masked)
        county.say_who(who)
        pair(county, other)
        for column, (side, cell) in enumerate((("县里现在的", county), ("另一份", other)), 1):
            cell.toggled.connect(lambda _on: self._look())
            cell.setAccessibleName(f"{difference.label}，{side}：{cell.words()}")
            grid.addWidget(cell, place, column)
        self._cells[difference.name] = {COUNTY: county, OTHER: other}

    def _show_same(self, conflict: OpenConflict, *, full: bool) -> None:
        """What else the record says, two to a line."""
        grid = self._same_grid
        clear(grid)
        grid.setHorizontalSpacing(tokens.px(tokens.S3))
        grid.setVerticalSpacing(tokens.px(tokens.S1))
        for number, (label, told) in enumerate(conflict.same):
            place, column = number // 2, number % 2 * 2
            name = line(label)
            name.setFixedWidth(tokens.px(_LABEL))
            grid.addWidget(name, place, column, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(line(told.full if full else told.masked, "plain"), place, column + 1)
            grid.setColumnStretch(column + 1, 1)

    def _lay_out(self) -> None:
        self.head.add(self._eye, self._back)
        self._how.setWordWrap(True)
        self._fault.setObjectName("wrongWords")
        self._fault.setWordWrap(True)
        self._left_over.setObjectName("quiet")
        self._reason.setObjectName("conflictReason")
        self._reason.setPlaceholderText("可以不写，比如：打电话问过本人")
        self._reason.setMaxLength(500)
        self._reason.setMinimumHeight(tokens.px(tokens.CONTROL))
        self._reason.returnPressed.connect(self.decide)
        inner = QWidget()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inner)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._rows.setSpacing(tokens.px(tokens.S3))
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, tokens.px(tokens.S2), 0)
        inside.addLayout(self._rows)
        inside.addStretch()
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(self._more)
        column.addWidget(self._how)
        column.addWidget(self._area, 1)
        # In sight however many lines there are.
        column.addWidget(self._fault)
        column.addLayout(self._foot())

    def _more_strip(self) -> QFrame:
        made = QFrame()
        made.setObjectName("moreAlike")
        row = QHBoxLayout(made)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 8, 8, 8)))
        row.setSpacing(tokens.px(tokens.S3))
        row.addWidget(self._more_words, 1)
        row.addWidget(button("chooseMany", "看名单，一起选", self._want_many, icon_name="sheets"))
        made.hide()
        return made

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S3))
        label = QLabel("理由")
        label.setObjectName("quiet")
        row.addWidget(label)
        row.addWidget(self._reason, 1)
        row.addWidget(self._left_over)
        row.addWidget(self._decide)
        return row


def _how(conflict: OpenConflict) -> str:
    if not conflict.differences:
        return _SAME
    return _WHOLE if conflict.differences[0].name == WHOLE else _HOW
