"""The frame around the pages: navigation, top bar, page stack, status sentence, keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, sentence_of
from desktop.register.service import Register
from desktop.shell.find import Find
from desktop.shell.navigation import Navigation
from desktop.shell.preferences import Chosen, Preferences
from desktop.shell.shortcuts import SHORTCUTS, ShortcutList, page_key
from desktop.shell.status_bar import StatusBar
from desktop.shell.status_bar import sentence_of as status_sentence
from desktop.shell.sync_button import SyncButton, look_of
from desktop.shell.timer import SyncClock
from desktop.syncing.service import Receipt, Status, Syncing
from desktop.widgets import tokens
from desktop.widgets.icons import icon
from desktop.widgets.pages import Page
from desktop.widgets.toast import Toast
from desktop.widgets.view import Note
from sync.client.engine import Progress

#: The page that syncs and enrols.
SYNC_PAGE = "syncing"
#: While a sync runs, the sentence and the badges are looked at this often, in milliseconds.
_BEAT = 1000


@dataclass(frozen=True)
class Parts:
    """What the frame is put together from."""

    pages: Sequence[Page]
    registers: Mapping[str, Register]
    syncing: Syncing
    clock: SyncClock
    preferences: Preferences
    lanes: Lanes


class Shell(QWidget):
    """The window after it was unlocked."""

    #: A status was shown.
    told = Signal(object)
    #: Settings were read or changed: ``Chosen``.
    preferred = Signal(object)
    #: This PC works for another village now; a sentence says so.
    moved = Signal(str)

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.setObjectName("shell")
        self.parts = parts
        self.pages = {page.name: page for page in parts.pages}
        self.status: Status | None = None
        #: The village that the pages show; '' until there is one.
        self._area = ""
        self._latest = Latest()
        self._beat = QTimer(self)
        self._beat.setSingleShot(True)
        self._beat.setInterval(_BEAT)
        self._beat.timeout.connect(self.update_status)
        self._pressed = self._told_no_line = False
        self._leads_there: Note | None = None
        self.find_box = Find(parts.registers, parts.lanes.reading)
        self.sync_button = SyncButton()
        self.status_bar = StatusBar()
        self.navigation = Navigation(parts.pages)
        self._village = QLabel()
        self._village.setObjectName("village")
        self._stack = QStackedWidget()
        self.actions_by_name = {s.name: self._action(s.name, s.keys, s.words) for s in SHORTCUTS}
        self._lay_out()
        self.toast = Toast(self)
        self._connect()
        self.show_page(parts.pages[0].name)
        self.update_status()
        parts.lanes.reading.run(parts.preferences.read, done=self.take_preferences)

    def show_page(self, name: str) -> None:
        """Bring a page in sight and read it anew."""
        page = self.pages[name]
        self._stack.setCurrentWidget(page)
        if name == SYNC_PAGE and self._leads_there is not None:
            self.toast.drop(self._leads_there)
            self._leads_there = None
        self.navigation.show_current(name)
        page.take_focus()
        page.refresh()

    @property
    def page(self) -> Page:
        """The page in sight."""
        return self.pages[self._stack.currentWidget().objectName().removeprefix("page_")]

    def open_record(self, kind: str, record_id: str) -> None:
        """Show a record on the page that keeps its kind."""
        for page in self.parts.pages:
            if kind in page.kinds():
                self.show_page(page.name)
                page.open_record(kind, record_id)
                return

    def edit_record(self, kind: str, record_id: str) -> None:
        """Open the form of a record on the page that keeps its kind."""
        for page in self.parts.pages:
            if kind in page.kinds():
                self.show_page(page.name)
                page.edit_record(kind, record_id)
                return

    def show_view(self, name: str, kind: str, view: str) -> None:
        """Show one of a page's own views."""
        self.show_page(name)
        self.pages[name].show_view(kind, view)

    def begin(self, kind: str) -> None:
        """Begin something new of a kind on the page that keeps it."""
        for page in self.parts.pages:
            if kind in page.kinds():
                self.show_page(page.name)
                page.begin(kind)
                return

    def update_status(self) -> None:
        """Ask where this PC stands; the answer goes to the sentence, the button, the badges."""
        task = self.parts.lanes.reading.run(self.parts.syncing.status, done=self._take_status)
        self._latest.ask(task)

    def say(self, note: Note) -> None:
        """Show a sentence over the page."""
        self.toast.say(note)

    def sync(self) -> None:
        """Sync now, or go where the PC is enrolled."""
        if self.status is not None and not self.status.enrolled:
            self.show_page(SYNC_PAGE)
        elif self.parts.clock.running and not self.parts.clock.is_stopping:
            self.parts.clock.cancel()
        else:
            self._pressed = True
            self.parts.clock.press()

    def help(self) -> None:
        """Show every key."""
        ShortcutList(self).open()

    def _take_status(self, status: Status) -> None:
        self._area = self._area or status.area
        if status.area != self._area and not self.parts.clock.running:
            # It left by a stick, or another program on this PC did: these pages write nothing more.
            self.moved.emit("")
            return
        self.status = status
        self._village.setText(status.area_name or "尚未接入县里")
        self.status_bar.say(status_sentence(status))
        self.navigation.show_badge(SYNC_PAGE, status.conflicts + status.refused)
        self._look()
        for page in self.parts.pages:
            page.show_status(status)
        self.told.emit(status)

    def _look(self) -> None:
        if self.status is not None:
            clock = self.parts.clock
            self.sync_button.show_look(
                look_of(
                    self.status,
                    running=clock.running,
                    stopping=clock.is_stopping,
                    without_line=clock.without_line,
                    wait=clock.wait,
                )
            )
            if clock.running and not clock.is_stopping and clock.far is not None:
                self.sync_button.show_progress(clock.far)

    def take_preferences(self, chosen: Chosen) -> None:
        """Settings were read or changed."""
        self.status_bar.say_operator(chosen.operator)
        self.preferred.emit(chosen)
        self.parts.clock.set_minutes(chosen.minutes)

    def _changed(self) -> None:
        self.update_status()

    def _progress(self, progress: Progress) -> None:
        clock = self.parts.clock
        if clock.is_stopping:
            return
        self.sync_button.show_progress(progress)
        # What has come counts at once: a long sync must not leave the sentence behind.
        if not self._beat.isActive():
            self._beat.start()

    def _synced(self, receipt: Receipt) -> None:
        self._pressed = self._told_no_line = False
        if receipt.notice:
            self.moved.emit(receipt.notice)
            return
        self._look()
        self.update_status()
        self.page.refresh()
        act = receipt.conflicts + receipt.refused
        words = "同步完成：没有新的往来"
        if receipt.sent or receipt.received:
            words = f"同步完成：送出 {receipt.sent:,} 条，收到 {receipt.received:,} 条"
        if not receipt.finished:
            self.say(Note("同步已停下，没送完的下次接着送", "接着同步", self.parts.clock.press))
        elif act:
            words = f"{words}，{act} 条要您处理"
            # On the sync page they lie before one's eyes already.
            away = self.page.name != SYNC_PAGE
            self._leads_there = Note(words, "去看", lambda: self.show_page(SYNC_PAGE), True)
            self.say(self._leads_there if away else Note(words))
        else:
            self.say(Note(words))

    def _sync_failed(self, error: Exception) -> None:
        self._look()
        self.update_status()
        away = self.parts.clock.without_line
        # The clock tells once that the line is gone; the button tells each time it is pressed.
        # The sync page tells it on its card already.
        if self.page.name != SYNC_PAGE and (self._pressed or not (away and self._told_no_line)):
            self.say(Note(sentence_of(error) or str(error), bad=not away))
        self._pressed, self._told_no_line = False, away

    def _go(self, page: str, kind: str, record_id: str) -> None:
        if page:
            self.show_page(page)
            if kind:
                self.pages[page].open_record(kind, record_id)
        elif kind:
            self.open_record(kind, record_id)

    def _action(self, name: str, keys: str, words: str) -> QAction:
        made = QAction(words, self)
        made.setObjectName(f"action_{name}")
        made.setShortcut(QKeySequence(keys))
        run = {
            "new": lambda: self.page.new(),
            "save": lambda: self.page.save(),
            "leave": self._leave,
            "undo": lambda: self.toast.undo(),
            "find": self._to_find,
            "filter": lambda: self.page.focus_filter(),
            "history": lambda: self.page.show_history(),
            "print": lambda: self.page.print(),
            "sync": self.sync,
            "help": self.help,
        }[name]
        made.triggered.connect(lambda: run())
        self.addAction(made)
        return made

    def _leave(self) -> None:
        if self.find_box.hasFocus():
            self.find_box.clear()
            self.page.setFocus()
        else:
            self.page.leave()

    def _to_find(self) -> None:
        self.find_box.setFocus()
        self.find_box.selectAll()

    def _menu(self) -> QToolButton:
        menu = QMenu(self)
        menu.setObjectName("menu")
        for action in self.actions_by_name.values():
            menu.addAction(action)
        menu.addSeparator()
        for place, page in enumerate(self.parts.pages, 1):
            action = QAction(page.title, self)
            action.setShortcut(QKeySequence(page_key(place)))
            action.triggered.connect(lambda _c=False, name=page.name: self.show_page(name))
            self.addAction(action)
            menu.addAction(action)
        opener = QToolButton()
        opener.setObjectName("menuButton")
        opener.setIcon(icon("menu", tokens.INK))
        opener.setIconSize(QSize(tokens.px(20), tokens.px(20)))
        opener.setToolTip("菜单")
        opener.setMenu(menu)
        opener.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return opener

    def _lay_out(self) -> None:
        top = QFrame()
        top.setObjectName("topBar")
        top.setFixedHeight(tokens.px(tokens.TOP_BAR))
        bar = QHBoxLayout(top)
        bar.setContentsMargins(tokens.px(tokens.S5), 0, tokens.px(tokens.S4), 0)
        bar.setSpacing(tokens.px(tokens.S3))
        self.find_box.setMinimumWidth(tokens.px(300))
        self.find_box.setMaximumWidth(tokens.px(460))
        bar.addWidget(self._village)
        bar.addStretch(1)
        bar.addWidget(self.find_box, 4)
        bar.addStretch(1)
        bar.addWidget(self.sync_button)
        bar.addWidget(self._menu())
        for page in self.parts.pages:
            self._stack.addWidget(page)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(top)
        right.addWidget(self._stack, 1)
        middle = QHBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.navigation)
        middle.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(middle, 1)
        column.addWidget(self.status_bar)

    def _connect(self) -> None:
        self.navigation.chosen.connect(self.show_page)
        self.find_box.picked.connect(self.open_record)
        self.sync_button.clicked.connect(self.sync)
        clock = self.parts.clock
        clock.started.connect(self._look)
        clock.stopping.connect(self._look)
        clock.progressed.connect(self._progress)
        clock.finished.connect(self._synced)
        clock.failed.connect(self._sync_failed)
        for page in self.parts.pages:
            page.said.connect(self.say)
            page.changed.connect(self._changed)
            page.wanted.connect(self._go)
            page.edit_wanted.connect(self.edit_record)
            page.view_wanted.connect(self.show_view)
            page.begin_wanted.connect(self.begin)
        for lane in self.parts.lanes.all():
            lane.troubled.connect(lambda words: self.say(Note(words, bad=True)))
