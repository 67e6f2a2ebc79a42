"""A page of registers: title, one line of facts, the first action, and one or more lists.

Beside its lists a page may have panels of another sort (a tree, a map), each under a tab.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.memory import Memory
from desktop.widgets.page_panel import PagePanel
from desktop.widgets.pages import Page, PageHead
from desktop.widgets.register_view import RegisterView, SpeakingStrip
from desktop.widgets.view import View

Covering = TypeVar("Covering", bound=QWidget)


class RegisterPage(Page):
    """What a feature page is made of; the feature only says which views it has."""

    def __init__(
        self,
        name: str,
        title: str,
        icon: str,
        views: Sequence[View],
        lanes: Lanes,
        memory: Memory,
    ) -> None:
        super().__init__(name, title, icon)
        self.lanes = lanes
        self.head = PageHead(title)
        self.registers = {view.kind: self._make_register(view, memory) for view in views}
        self.new_button = button(
            f"new_{name}", "", self.new, weight="primary", icon_name="add", tip="Ctrl+N"
        )
        self.panels: dict[str, PagePanel] = {}
        self._stack, self._tab_row = QStackedWidget(), QWidget()
        self._tab_places = QHBoxLayout(self._tab_row)
        self._tab_group = QButtonGroup(self)
        self._tabs: dict[str, QPushButton] = {}
        self._facts: dict[str, str] = {}
        self._more: dict[str, str] = {}
        self._crowded = False
        self._lists = QWidget()
        self._column = QVBoxLayout(self._lists)
        self._cover = QStackedWidget()
        self._lay_out()
        self.show_kind(views[0].kind)

    def _make_register(self, view: View, memory: Memory) -> RegisterView:
        """The list of a view; a page may have one of its own sort."""
        return RegisterView(view, self.lanes, memory)

    def hang(self, make_strip: Callable[[], SpeakingStrip]) -> None:
        """Hang a strip of its own under the fields of each list's records."""
        for register in self.registers.values():
            register.hang(make_strip())
        for panel in self.panels.values():
            panel.hang(make_strip)

    def add_panel(self, name: str, label: str, panel: PagePanel, *, first: bool = False) -> None:
        """Put something else than a list under a tab of its own, after the others or ``first``;
        what is first is in sight when the page is opened."""
        self.panels[name] = panel
        self._stack.addWidget(panel)
        self._add_tab(name, label, 0 if first else len(self._tabs))
        panel.said.connect(self.said)
        panel.changed.connect(self.changed)
        panel.wanted.connect(self.wanted)
        panel.facts.connect(partial(self._say, name))
        panel.crowded.connect(self._make_room)
        if first:
            self.show_panel(name)

    def name_tab(self, name: str, label: str) -> None:
        """Call a tab something else than its kind."""
        self._tabs[name].setText(label)

    def current(self) -> RegisterView:
        """The list in sight."""
        shown = self._stack.currentWidget()
        assert isinstance(shown, RegisterView)  # noqa: S101 (it is asked where no panel is)
        return shown

    def panel(self) -> PagePanel | None:
        """What else than a list is in sight."""
        shown = self._stack.currentWidget()
        return shown if isinstance(shown, PagePanel) else None

    def show_panel(self, name: str) -> None:
        """Bring a panel in sight."""
        self._show(name, self.panels[name], self.panels[name].new_word)

    def show_kind(self, kind: str) -> None:
        """Bring the list of a kind in sight."""
        register = self.registers[kind]
        self._show(kind, register, register.view.new_word)

    def add_actions(self, *buttons: QPushButton) -> None:
        """Put more actions before the page's first one."""
        self.head.add(*buttons)
        self.head.add(self.new_button)
        self._offer_new()

    def say_more(self, name: str, words: str) -> None:
        """Say something more after the facts of a list or a panel."""
        self._more[name] = words
        self._say(name, self._facts.get(name, ""))

    def keep(self, covering: Covering) -> Covering:
        """Own what is to cover the lists; it stays out of sight until it does.

        What nobody owns is taken away by Python's collector, when it likes and in whatever thread
        it runs just then; a widget may be taken away by the window's thread only.
        """
        covering.setParent(self)
        covering.hide()
        return covering

    def cover(self, widget: QWidget) -> None:
        """Show something else in place of the lists, for as long as it takes."""
        if self._cover.indexOf(widget) < 0:
            self._cover.addWidget(widget)
        self._cover.setCurrentWidget(widget)

    def uncover(self) -> None:
        """Show the lists again."""
        self._cover.setCurrentWidget(self._lists)

    def add_under_head(self, widget: QWidget) -> None:
        """Put something between the title and the lists."""
        self._column.insertWidget(1, widget)

    def new_of(self, kind: str, prefilled: Mapping[str, str]) -> None:
        """Open the form of a kind with some fields already known."""
        self._go(kind)
        self.registers[kind].new(prefilled)

    def refresh(self) -> None:
        self._in_sight().refresh()

    def take_focus(self) -> None:
        if (panel := self.panel()) is not None:
            panel.take_focus()
        elif not self.current().is_writing():
            self.current().table.setFocus()

    def new(self) -> None:
        self.uncover()
        if self.new_button.text():
            self._in_sight().new()

    def focus_filter(self) -> None:
        self._in_sight().focus_filter()

    def save(self) -> None:
        self._in_sight().save()

    def leave(self) -> None:
        self._in_sight().leave()

    def print(self) -> None:
        if (panel := self.panel()) is not None:
            panel.print()
        else:
            super().print()

    def kinds(self) -> tuple[str, ...]:
        return tuple(self.registers)

    def open_record(self, kind: str, record_id: str) -> None:
        self._go(kind)
        if record_id:
            register = self.registers[kind]
            register.open(record_id)
            register.refresh(record_id)
            register.table.setFocus()

    def edit_record(self, kind: str, record_id: str) -> None:
        self._go(kind)
        self.registers[kind].edit_record(record_id)

    def show_history(self) -> None:
        self._in_sight().show_history()

    def begin(self, kind: str) -> None:
        self.new_of(kind, {})

    def show_state(self, kind: str, state: str) -> None:
        self._go(kind)
        self.registers[kind].filters.hold_state(state)

    def _go(self, kind: str) -> None:
        self.uncover()
        self.show_kind(kind)
        self.registers[kind].refresh()

    def _in_sight(self) -> RegisterView | PagePanel:
        return self.panel() or self.current()

    def _show(self, name: str, shown: RegisterView | PagePanel, new_word: str) -> None:
        self._stack.setCurrentWidget(shown)
        self.new_button.setText(new_word)
        self._offer_new()
        self._tabs[name].setChecked(True)
        self._say(name, self._facts.get(name, ""))

    def _offer_new(self) -> None:
        if self.new_button.parentWidget() is not None:
            # Without a parent it would be shown as a window of its own.
            self.new_button.setVisible(bool(self.new_button.text()))

    def _say(self, name: str, facts: str) -> None:
        self._facts[name] = facts
        if self._tabs[name].isChecked():
            more = self._more.get(name, "")
            self.head.say(" · ".join(filter(None, (facts, more))))

    def _count(self, kind: str, count: int, everything: bool) -> None:
        view = self.registers[kind].view
        words = "共" if everything else "筛出"
        self._say(kind, f"{words} {count:,} {view.counted}")

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._cover)
        self._cover.addWidget(self._lists)
        margin = tokens.px(tokens.S5)
        self._column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        self._column.setSpacing(tokens.px(tokens.S3))
        self._column.addWidget(self.head)
        self._tab_places.setContentsMargins(0, 0, 0, 0)
        self._tab_places.setSpacing(tokens.px(tokens.S5))
        self._tab_places.addStretch()
        self._column.addWidget(self._tab_row)
        self._column.addWidget(self._stack, 1)
        for kind, register in self.registers.items():
            self._stack.addWidget(register)
            self._add_tab(kind, register.view.label, len(self._tabs))
            register.said.connect(self.said)
            register.changed.connect(self.changed)
            register.counted.connect(partial(self._count, kind))
            register.choose_wanted.connect(partial(self.wanted.emit, "syncing", "", ""))
            register.crowded.connect(self._make_room)

    def _make_room(self, crowded: bool) -> None:
        """A form that fills the page says itself what it is for; its fields need the height."""
        if self.sender() is self._stack.currentWidget():
            self._crowded = crowded
            self.head.setVisible(not crowded)
            self._show_tabs()

    def _show_tabs(self) -> None:
        self._tab_row.setVisible(not self._crowded and len(self._tabs) > 1)

    def _add_tab(self, name: str, label: str, place: int) -> None:
        tab = QPushButton(label)
        tab.setObjectName(f"tab_{name}")
        tab.setProperty("tab", True)
        tab.setCheckable(True)
        # Enter presses it, as Space does.
        tab.setAutoDefault(True)
        tab.clicked.connect(partial(self._press_tab, name))
        self._tabs[name] = tab
        self._tab_group.addButton(tab)
        self._tab_places.insertWidget(place, tab)
        self._show_tabs()

    def _press_tab(self, name: str, _checked: bool = False) -> None:
        if name in self.registers:
            self._go(name)
        else:
            self.uncover()
            self.show_panel(name)
            self.panels[name].refresh()
