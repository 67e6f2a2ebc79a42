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
from desktop.syncing.conflicts import COUNTY, OTHER, Conflicts, Difference, OpenConflict
from desktop.syncing.version_cell import VersionCell, pair
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.layouts import clear
from desktop.widgets.pages import PageHead
from desktop.widgets.view import Note
from desktop.widgets.words import when

_LABEL = 120
_HOW = "两台电脑把下面几项填得不一样。每一行点一下要留的那份，选完点“就这样定”。没选的县里也留底。"
_SAME = "两份现在已经一样了，没有要选的。点“就这样定”，这一条就收起来。"


def other_words(conflict: OpenConflict) -> str:
    """Who wrote the other version, when, and on which PC."""
    return " · ".join(n for n in (conflict.by, when(conflict.at), conflict.device) if n)


class ConflictPanel(QWidget):
    """Covers the sync page while one conflict is chosen."""

    left = Signal()
    #: A choice was written.
    chosen = Signal(str)
    said = Signal(object)

    def __init__(self, conflicts: Conflicts, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("conflictPanel")
        self._conflicts, self._lanes = conflicts, lanes
        self._conflict: OpenConflict | None = None
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
        self._how, self._fault, self._left_over = QLabel(), QLabel(), QLabel()
        self._rows = QVBoxLayout()
        self._reason = QLineEdit()
        self._decide = button("decide", "就这样定", self.decide, weight="primary", tip="Ctrl+S")
        self._lay_out()

    def show_conflict(self, conflict: OpenConflict) -> None:
        """Show both versions, nothing chosen yet."""
        self._conflict, self._full, self._busy = conflict, False, False
        self.head.say(f"{conflict.kind_label}：{conflict.title}")
        self._how.setText(_HOW if conflict.differences else _SAME)
        self._fault.hide()
        self._reason.clear()
        self._build(conflict)
        self._eye.setVisible(conflict.masked)
        self._look()
        cells = [cell for sides in self._cells.values() for cell in sides.values()]
        (cells[0] if cells else self._decide).setFocus()

    def show_full(self) -> None:
        """Show both versions with their numbers whole; that it was done is noted."""
        if self._conflict is not None and not self._full:
            self._full = True
            self._lanes.writing.run(self._conflicts.log_full_view, self._conflict.id)
            for difference in self._conflict.differences:
                self._cells[difference.name][COUNTY].say(difference.county.full)
                self._cells[difference.name][OTHER].say(difference.other.full)
            next(iter(next(iter(self._cells.values())).values())).setFocus()
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

    def _failed(self, conflict: OpenConflict, error: Exception) -> None:
        self._busy = False
        self._fault.setText(f"没有写下：{sentence_of(error) or error}")
        self._fault.show()
        self._look()

        def look_again(found: list[OpenConflict]) -> None:
            now = next((one for one in found if one.id == conflict.id), None)
            if now is None:
                self.said.emit(Note(f"“{conflict.title}”已经选定了"))
                self.left.emit()
            elif now != conflict:
                words = self._fault.text()
                self.show_conflict(now)
                self._fault.setText(words)
                self._fault.show()

        self._latest.ask(self._lanes.reading.run(self._conflicts.open, done=look_again))

    def _look(self) -> None:
        missing = len(self._cells) - len(self.choice())
        self._decide.setEnabled(not missing and not self._busy)
        self._left_over.setText(f"还有 {missing} 行没选" if missing else "")

    def _build(self, conflict: OpenConflict) -> None:
        clear(self._rows)
        self._cells = {}
        if not conflict.differences:
            return
        card = QFrame()
        card.setObjectName("card")
        grid = QGridLayout(card)
        grid.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 16)))
        grid.setHorizontalSpacing(tokens.px(tokens.S3))
        grid.setVerticalSpacing(tokens.px(tokens.S2))
        grid.setColumnMinimumWidth(0, tokens.px(_LABEL))
        for place, side in enumerate((COUNTY, OTHER), 1):
            grid.setColumnStretch(place, 1)
            words = "县里现在的" if side == COUNTY else f"另一份：{other_words(conflict)}"
            grid.addLayout(self._side_head(side, words.rstrip("：")), 0, place)
        for line, difference in enumerate(conflict.differences, 1):
            self._line(grid, line, difference)
        self._rows.addWidget(card)

    def _side_head(self, side: str, words: str) -> QHBoxLayout:
        row = QHBoxLayout()
        title = QLabel(words)
        title.setWordWrap(True)
        name, label = ("allCounty", "全用县里的") if side == COUNTY else ("allOther", "全用另一份")
        row.addWidget(title, 1)
        row.addWidget(button(name, label, partial(self.take_all, side)))
        return row

    def _line(self, grid: QGridLayout, line: int, difference: Difference) -> None:
        label = QLabel(difference.label)
        label.setObjectName("quiet")
        label.setWordWrap(True)
        label.setFixedWidth(tokens.px(_LABEL))
        grid.addWidget(label, line, 0)
        county = VersionCell(f"{COUNTY}_{difference.name}", difference.county.masked)
        other = VersionCell(f"{OTHER}_{difference.name}", difference.other.masked)
        pair(county, other)
        for place, cell in enumerate((county, other), 1):
            cell.toggled.connect(lambda _on: self._look())
            cell.setAccessibleName(f"{difference.label}：{cell.words()}")
            grid.addWidget(cell, line, place)
        self._cells[difference.name] = {COUNTY: county, OTHER: other}

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
        inner, area = QWidget(), QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = QVBoxLayout(inner)
        inside.setContentsMargins(0, 0, tokens.px(tokens.S2), 0)
        inside.setSpacing(tokens.px(tokens.S3))
        inside.addWidget(self._how)
        inside.addLayout(self._rows)
        inside.addWidget(self._fault)
        inside.addLayout(self._foot())
        inside.addStretch()
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(area, 1)

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
