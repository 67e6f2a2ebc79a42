"""Reminders: on start and through the day, of what is due. They can be switched off, and say how
much waits, never who is behind."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.background import Lane
from desktop.home.desk import Today
from desktop.widgets.view import Note

#: Between two looks, in milliseconds.
EVERY = 60 * 60 * 1000


class Reminder(QObject):
    """Looks at the desk now and then, and says what is due when that has become more."""

    said = Signal(object)
    #: A person wants to see it.
    wanted = Signal()

    def __init__(
        self, read: Callable[[], Today], lane: Lane, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._read, self._lane = read, lane
        self._on = True
        self._told = 0
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.look)

    @property
    def started(self) -> bool:
        """Whether it looks by itself."""
        return self._timer.isActive()

    def start(self) -> None:
        """Look now, and every hour from now on."""
        self._timer.start()
        self.look()

    def switch(self, on: bool) -> None:
        """Switch reminders on or off; what is due stands on the home page all the same."""
        self._on = on

    def look(self) -> None:
        """Look once."""
        if self._on:
            self._lane.run(self._read, done=self._take)

    def _take(self, today: Today) -> None:
        more, self._told = today.urgent > self._told, today.urgent
        if self._on and more:
            self.said.emit(Note(words_of(today), "去看", self.wanted.emit))


def words_of(today: Today) -> str:
    """What is due, in one sentence."""
    told = [
        words
        for count, words in (
            (today.due.overdue, f"{today.due.overdue:,} 件事已超时"),
            (today.due.today, f"{today.due.today:,} 件事今天到期"),
            (today.visits, f"{today.visits:,} 位重点人员到了随访日子"),
        )
        if count
    ]
    return "提醒：" + "，".join(told)
