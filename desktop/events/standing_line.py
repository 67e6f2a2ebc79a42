"""Where one event stands and until when what is due, in one line of its panel."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.events.looks import Look, due_look, state_look
from desktop.events.story import Story
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.icons import icon
from sync.records import event_loop as loop

#: What is due where, to be said behind a moment: 「今天18:00前要办好」.
_TO_DO = {loop.DISPOSED: "要答复反映人"} | dict.fromkeys(loop.BEFORE_DISPOSAL, "要办好")


class StandingLine(QWidget):
    """State and what is due, in one line: icon, word and colour together."""

    def __init__(self, print_sheet: Callable[[], None]) -> None:
        super().__init__()
        self.setObjectName("eventStanding")
        sheet = button(
            "printEvent", "处置单", print_sheet, weight="quiet", icon_name="print", tip="Ctrl+P"
        )
        self._state, self._due, self._more = _Sign(), _Sign(), QLabel()
        self._more.setObjectName("quiet")
        self._more.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S4))
        row.addWidget(self._state)
        row.addWidget(self._due)
        row.addStretch()
        row.addWidget(sheet)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(2))
        column.addLayout(row)
        column.addWidget(self._more)

    def show_story(self, story: Story) -> None:
        """Show where an event stands."""
        stand = story.standing
        self._state.show_look(state_look(stand.state))
        ours = stand.holder == "village"
        self._due.show_look(due_look(stand.due_at, story.now, ours=ours))
        told = []
        if stand.held_by:
            told.append(f"在{stand.held_by}手里")
        if stand.due_at and stand.due_at >= story.now:
            told.append(f"{stand.due_words(story.now)}{_TO_DO.get(stand.state, '')}")
        self._more.setText("，".join(told))
        self._more.setVisible(bool(told))

    def words(self) -> str:
        """What is shown."""
        parts = (self._state.word(), self._due.word(), self._more.text())
        return " · ".join(part for part in parts if part)


class _Sign(QWidget):
    """An icon and a word in one colour."""

    def __init__(self) -> None:
        super().__init__()
        self._icon, self._word = QLabel(), QLabel()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.px(tokens.S1))
        row.addWidget(self._icon)
        row.addWidget(self._word)

    def show_look(self, look: Look) -> None:
        """Show this, or nothing where it has no word."""
        self.setVisible(bool(look.word))
        if look.word:
            size = tokens.px(18)
            self._icon.setPixmap(icon(look.icon, look.colour).pixmap(QSize(size, size)))
        self._word.setText(look.word)
        self._word.setStyleSheet(f"color: {look.colour}")

    def word(self) -> str:
        """The word as shown."""
        return self._word.text()
