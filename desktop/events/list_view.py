"""The list of events: narrowed by what waits, beside the panel of the chosen one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.attachments.service import Attachments
from desktop.background import Lanes, Latest
from desktop.events.looks import due_look, state_look
from desktop.events.panel import EventPanel
from desktop.events.service import VIEWS, Due, Events
from desktop.register.service import Listing, Row
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.detail import Detail
from desktop.widgets.memory import Memory
from desktop.widgets.register_view import RegisterView
from desktop.widgets.states import State
from desktop.widgets.view import Derived, EmptyWords, Note, View, once_a_page
from desktop.widgets.words import when
from sync.records.event_loop import STATE_WORDS

#: A window lower than this, unscaled, gives the form of a step the room above the list.
_LOW = 600
#: The order of the views, the one for all events last.
_ORDER = ("open", "mine", "today", "overdue", "feedback", "above", "ended", "")
WORDS = {**VIEWS, "above": "上级在办", "": "全部"}
_REMEMBERED = "events/view"
#: What an empty view says: nothing to do is good news.
_NOTHING = {
    "open": ("没有要办的事", "眼下都办完了。又发现了什么，就点右上角“记一件事”。"),
    "mine": ("没有您手里的事", "您记下的和转给您的事，没办完的会列在这里。"),
    "today": ("今天没有到期的事", "今天之内该办好或该答复的会列在这里。"),
    "overdue": ("没有超时的事", "过了期限还没办好的会列在这里。"),
    "feedback": ("没有等着答复的事", "处置完了、还没告诉反映人的会列在这里。"),
    "above": ("没有在上级手里的事", "报给镇街或县里、还没办完的会列在这里。"),
    "ended": ("还没有办完的事", "办结的、并入别的、撤销的会列在这里。"),
}


class EventsList(RegisterView):
    """The register of events with its views; a step is taken in the panel."""

    #: A new event is to be noted.
    entry_wanted = Signal()
    refused_wanted = Signal()

    def __init__(
        self,
        view: View,
        events: Events,
        attachments: Attachments,
        lanes: Lanes,
        memory: Memory,
    ) -> None:
        self._events, self._attachments = events, attachments
        self._memory, self._due_latest = memory, Latest()
        #: Whether there are any events at all.
        self._any = True
        remembered = memory.recall(_REMEMBERED) or "open"
        self.scope = remembered if remembered in VIEWS else ""
        super().__init__(view, lanes, memory)
        self.views = _Views(self.scope)
        self.views.chosen.connect(self.show_view)
        self.crowded.connect(self.views.setHidden)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)  # noqa: S101 (so are all lists laid out)
        column.insertWidget(0, self.views)
        self.table.opened.disconnect(self.edit)
        self.table.opened.connect(self._work_on)
        panel = self.panel
        panel.stepped.connect(self._stepped)
        panel.said.connect(self.said)
        panel.writing.connect(self._size_panel)
        panel.refused_wanted.connect(self.refused_wanted)
        self._sort_as_usual()

    @property
    def panel(self) -> EventPanel:
        """The panel of the chosen event."""
        assert isinstance(self.detail, EventPanel)  # noqa: S101 (made below)
        return self.detail

    def show_view(self, scope: str) -> None:
        """Narrow the list to what waits so; remembered from one day to the next."""
        self.scope = scope
        self._memory.remember(_REMEMBERED, scope or "all")
        self.views.show_chosen(scope)
        self._sort_as_usual()
        self.table.horizontalHeader().setSortIndicatorShown(False)
        self._filter()

    def refresh(self, wanted_id: str = "") -> None:
        super().refresh(wanted_id)
        self._count_views()

    def delete(self, row: Row) -> None:
        """Steps are never deleted, so neither is what they are about."""
        self.said.emit(Note("记错了的事不删，用“撤销”：写一句为什么，记录还在"))

    def new(self, prefilled: Mapping[str, str] | None = None) -> None:
        self.entry_wanted.emit()

    def save(self) -> None:
        if self.panel.is_writing():
            self.panel.save()
        else:
            super().save()

    def leave(self) -> None:
        if not self.is_writing() and self.panel.is_writing():
            self.panel.leave_step()
        else:
            super().leave()

    def _wants_height(self) -> bool:
        low = self.window().height() < tokens.px(_LOW)
        return low and self.panel.is_writing()

    def _make_detail(self) -> Detail:
        return EventPanel(self.view, self._events, self._attachments, self._lanes)

    def _listing(self) -> Listing:
        wanted = super()._listing()
        held = (("view", self.scope),) if self.scope else ()
        return replace(wanted, filters=(*wanted.filters, *held))

    def _sort_as_usual(self) -> None:
        usual = self._events.listing(self.scope)
        rows = self.table.rows
        rows.listing = replace(rows.listing, sort=usual.sort, descending=usual.descending)

    def _count_views(self) -> None:
        work = partial(_counts, self._events)
        self._due_latest.ask(self._lanes.reading.run(work, done=self._take_counts))

    def _take_counts(self, counts: tuple[Due, bool]) -> None:
        due, self._any = counts
        self.views.count(due)
        if not self._any and self._middle.currentWidget() is self.empty:
            self._say_empty(self.filters.is_open())

    def _count(self, count: int) -> None:
        stood_here = self.table.hasFocus()
        super()._count(count)
        if stood_here and not count:
            # The table went out of sight; its keys go to the views.
            self.views.take_focus()
        self.counted.emit(count, self.filters.is_open() and not self.scope)

    def _say_empty(self, everything: bool) -> None:
        if not everything and self.scope:
            anew = button("searchAllEvents", "到全部里找", partial(self.show_view, ""))
            words = "换几个字，或者到全部事件里去找：办完的也在那里。"
            self.empty.say("search", f"“{WORDS[self.scope]}”里没有符合条件的", words, [anew])
            return
        if not everything or not self.scope or not self._any:
            super()._say_empty(everything)
            return
        heading, words = _NOTHING[self.scope]
        buttons = [button("showAllEvents", "看全部", partial(self.show_view, ""))]
        if self.scope == "open":
            note = self.view.new_word
            buttons = [button("first_event", note, self.new, weight="primary", icon_name="add")]
            buttons.insert(0, button("showAllEvents", "看全部", partial(self.show_view, "")))
        self.empty.say("tick", heading, words, buttons)

    def _work_on(self, row: Row) -> None:
        """Enter on a row: stand on what is done next with it."""
        if self.panel.story is None or self.panel.story.event != row.id or not self._reading():
            self.open(row.id)
        elif not self.panel.take_focus():
            self.edit(row)

    def _stepped(self) -> None:
        self.table.reload()
        self._count_views()
        self.changed.emit()
        self.table.setFocus()


def _counts(events: Events) -> tuple[Due, bool]:
    return events.due(), bool(events.newest(1))


class _Views(QWidget):
    """One row of views, each with how many there are; arrows go, as in a row of tabs."""

    chosen = Signal(str)

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.setObjectName("eventViews")
        self._group = QButtonGroup(self)
        self._tabs: dict[str, QPushButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.px(tokens.S4))
        for name in _ORDER:
            tab = QPushButton(WORDS[name])
            tab.setObjectName(f"view_{name or 'all'}")
            tab.setProperty("tab", True)
            tab.setCheckable(True)
            # Enter presses it, as Space does.
            tab.setAutoDefault(True)
            tab.clicked.connect(partial(self._press, name))
            self._tabs[name] = tab
            self._group.addButton(tab)
            row.addWidget(tab)
        row.addStretch()
        self.show_chosen(scope)

    def show_chosen(self, scope: str) -> None:
        """Mark the view that is in sight."""
        self._tabs[scope].setChecked(True)

    def take_focus(self) -> None:
        """Stand on the view that is in sight."""
        self._group.checkedButton().setFocus()

    def count(self, due: Due) -> None:
        """Show how many wait for what; nothing where none does."""
        numbers = {
            "open": due.open,
            "mine": due.mine,
            "today": due.today,
            "overdue": due.overdue,
            "feedback": due.waiting_feedback,
            "above": due.above,
        }
        for name, number in numbers.items():
            words = f"{WORDS[name]} {number:,}" if number else WORDS[name]
            if self._tabs[name].text() != words:
                self._tabs[name].setText(words)
        tab = self._tabs["overdue"]
        if tab.property("act") != bool(due.overdue):
            # To dress a tab anew takes longer than to paint it.
            tab.setProperty("act", bool(due.overdue))
            tab.style().unpolish(tab)
            tab.style().polish(tab)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        names = list(self._tabs)
        focused = next((n for n, tab in self._tabs.items() if tab.hasFocus()), None)
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()), 0)
        if focused is None or not by:
            super().keyPressEvent(event)
            return
        self._tabs[names[(names.index(focused) + by) % len(names)]].setFocus()

    def _press(self, name: str, _checked: bool = False) -> None:
        self.chosen.emit(name)


class _DueLooks(Mapping[str, State]):
    """What is due, from ``icon|word|colour`` as the column's texts have it."""

    def __getitem__(self, text: str) -> State:
        parts = text.split("|")
        if len(parts) != 3:
            raise KeyError(text)
        icon_name, word, colour = parts
        return State(word, icon_name, colour, tokens.SURFACE)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def derived_of(events: Events) -> tuple[Derived, ...]:
    """The columns that are worked out: where an event stands, what is due, when it was reported.

    Together they ask once a page of the table.
    """
    standings = once_a_page(events.standings)

    def states(ids: list[str]) -> dict[str, str]:
        return {i: stand.state for i, stand in standings(ids).items()}

    def due(ids: list[str]) -> dict[str, str]:
        now, texts = events.now(), {}
        for event, stand in standings(ids).items():
            look = due_look(stand.due_at, now, ours=stand.holder == "village")
            texts[event] = f"{look.icon}|{look.word}|{look.colour}" if look.word else ""
        return texts

    def reported(ids: list[str]) -> dict[str, str]:
        stands = standings(ids).items()
        return {i: when(s.reported_at) if s.reported_at else "" for i, s in stands}

    looks = {state: state_look(state) for state in STATE_WORDS}
    shown = {
        s: State(look.word, look.icon, look.colour, tokens.SURFACE) for s, look in looks.items()
    }
    return (
        Derived("standing", "办到哪了", states, width=104, number=False, states=shown),
        Derived("due_at", "期限", due, width=120, number=False, states=_DueLooks()),
        Derived("reported_at", "上报时间", reported, width=128, number=False),
    )


EMPTY = EmptyWords(
    "event",
    "还没有记过事",
    "发现了什么、有人来反映什么，就点“记一件事”：一个页面，半分钟记完，照片一起存。",
)
