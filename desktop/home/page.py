"""The first page (工作台): what is due, what is new from the county, how much there is."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest
from desktop.home.cards import Cards
from desktop.home.desk import Desk, News, Today
from desktop.home.lines import Goal, Line, first_steps, lines_of, news_line
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.icons import icon
from desktop.widgets.layouts import clear
from desktop.widgets.pages import Page, PageHead
from desktop.widgets.tab_order import tab_as_one_reads
from desktop.widgets.words import when
from sync.records import Event


class HomePage(Page):
    """What a person sees first; every figure leads to the thing itself."""

    #: What lies on the desk was read: a ``Today``.
    told = Signal(object)

    def __init__(self, desk: Desk, lanes: Lanes) -> None:
        super().__init__("home", "工作台", "home")
        self._desk, self._lanes = desk, lanes
        self._latest = Latest()
        self._status: Any = None
        self._today: Today | None = None
        self.head = PageHead("工作台")
        self.head.add(
            button(
                "homeNewEvent",
                "记一件事",
                self.new,
                weight="primary",
                icon_name="add",
                tip="Ctrl+N",
            )
        )
        self._area, self._inner, self.cards = QScrollArea(), QWidget(), Cards()
        self._todo, self._news = QVBoxLayout(), QVBoxLayout()
        self._news_heading = _heading("县里新来的")
        for column in (self._todo, self._news):
            column.setSpacing(tokens.px(tokens.S2))
        self._lay_out()

    def refresh(self) -> None:
        """Read what lies on the desk."""
        self._latest.ask(self._lanes.reading.run(self._desk.read, done=self._take))

    def new(self) -> None:
        """Note an event: what a cadre comes to the PC for most often."""
        self.begin_wanted.emit(Event.kind)

    def show_status(self, status: Any) -> None:
        self._status = status
        last = when(status.last_sync) if status.last_sync else ""
        told = f"县里最近收到：{last}" if last else "县里还没有收到过本机的记录"
        self.head.say(told if status.enrolled else "还没有接入县里，填的都先存在本机")
        self.cards.show_figures(status.counts)
        if self._today is not None:
            self._show(self._today, status)
        if self.isVisible() or self._today is None:
            self.refresh()

    def _take(self, today: Today) -> None:
        self._today = today
        self.told.emit(today)
        if self._status is not None:
            self._show(today, self._status)

    def _show(self, today: Today, status: Any) -> None:
        focused = QApplication.focusWidget()
        clear(self._todo)
        lines = lines_of(today, status)
        if not any(status.counts.get(kind, 0) for kind in self.cards.of_kind):
            lines = [*first_steps(), *lines]
        for line in lines:
            self._todo.addWidget(self._line(line))
        self._show_news(today.news)
        tab_as_one_reads(self._inner)
        if focused and self.isAncestorOf(focused) and not focused.isVisible():
            # A line that was made anew keeps the place of whoever goes through by keys.
            for again in self.findChildren(QWidget, focused.objectName()):
                again.setFocus()

    def _show_news(self, news: News) -> None:
        clear(self._news)
        self._news_heading.setVisible(bool(news.counts))
        if not news.counts:
            return
        row = self._line(news_line(news))
        layout = row.layout()
        assert layout is not None  # noqa: S101 (it was laid out just now)
        layout.addWidget(
            button("newsSeen", "知道了", partial(self._seen, news.upto), weight="quiet")
        )
        self._news.addWidget(row)

    def _seen(self, upto: int) -> None:
        self._lanes.writing.run(self._desk.seen, upto, done=lambda _none: self.refresh())

    def _line(self, line: Line) -> QFrame:
        made = QFrame()
        made.setObjectName("card")
        row = QHBoxLayout(made)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 8, 12, 8)))
        row.setSpacing(tokens.px(tokens.S3))
        picture, size = QLabel(), tokens.px(20)
        picture.setPixmap(icon(line.icon, line.colour).pixmap(QSize(size, size)))
        told = QLabel(line.words)
        told.setWordWrap(True)
        row.addWidget(picture)
        row.addWidget(told, 1)
        if line.act:
            row.addWidget(button(f"todo_{line.name}", line.act, partial(self._go, line.goal)))
        return made

    def _go(self, goal: Goal) -> None:
        if goal.view:
            self.view_wanted.emit(goal.page, goal.kind, goal.view)
        else:
            self.wanted.emit(goal.page, goal.kind, goal.record)

    def _lay_out(self) -> None:
        self._area.setWidgetResizable(True)
        self._area.setWidget(self._inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._area)
        column = QVBoxLayout(self._inner)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addSpacing(tokens.px(tokens.S2))
        column.addWidget(_heading("现在要做的"))
        column.addLayout(self._todo)
        self._news_heading.hide()
        column.addWidget(self._news_heading)
        column.addLayout(self._news)
        column.addSpacing(tokens.px(tokens.S3))
        column.addWidget(_heading("本村有多少"))
        self.cards.pressed.connect(self._open_kind)
        column.addWidget(self.cards)
        column.addStretch()

    def _open_kind(self, kind: str) -> None:
        self.wanted.emit("", kind, "")


def _heading(words: str) -> QWidget:
    made = QLabel(words)
    made.setObjectName("panelTitle")
    return made
