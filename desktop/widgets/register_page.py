"""A page of registers: title, one line of facts, the first action, and one or more lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

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
from desktop.widgets.pages import Page, PageHead
from desktop.widgets.register_view import RegisterView, SpeakingStrip
from desktop.widgets.view import View


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
        self.registers = {view.kind: RegisterView(view, lanes, memory) for view in views}
        self.new_button = button(
            f"new_{name}", "", self.new, weight="primary", icon_name="add", tip="Ctrl+N"
        )
        self._stack, self._tab_row = QStackedWidget(), QWidget()
        self._tabs = QButtonGroup(self)
        self._facts: dict[str, str] = {}
        self._more: dict[str, str] = {}
        self._lists = QWidget()
        self._column = QVBoxLayout(self._lists)
        self._cover = QStackedWidget()
        self._lay_out()
        self.show_kind(views[0].kind)

    def hang(self, make_strip: Callable[[], SpeakingStrip]) -> None:
        """Hang a strip of its own under the fields of each list's records."""
        for register in self.registers.values():
            register.hang(make_strip())

    def current(self) -> RegisterView:
        """The list in sight."""
        shown = self._stack.currentWidget()
        assert isinstance(shown, RegisterView)  # noqa: S101 (only these are put in)
        return shown

    def show_kind(self, kind: str) -> None:
        """Bring the list of a kind in sight."""
        register = self.registers[kind]
        self._stack.setCurrentWidget(register)
        self.new_button.setText(register.view.new_word)
        self._say_facts(kind)
        tab = self._tabs.button(list(self.registers).index(kind))
        if tab is not None:
            tab.setChecked(True)

    def add_actions(self, *buttons: QPushButton) -> None:
        """Put more actions before the page's first one."""
        self.head.add(*buttons)
        self.head.add(self.new_button)

    def say_more(self, kind: str, words: str) -> None:
        """Say something more after the count of a kind's list."""
        self._more[kind] = words
        if self.current().view.kind == kind:
            self._say_facts(kind)

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
        self.current().refresh()

    def take_focus(self) -> None:
        if not self.current().is_writing():
            self.current().table.setFocus()

    def new(self) -> None:
        self.uncover()
        self.current().new()

    def focus_filter(self) -> None:
        self.current().focus_filter()

    def save(self) -> None:
        self.current().save()

    def leave(self) -> None:
        self.current().leave()

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
        self.current().show_history()

    def show_state(self, kind: str, state: str) -> None:
        self._go(kind)
        self.registers[kind].filters.hold_state(state)

    def _go(self, kind: str) -> None:
        self.uncover()
        self.show_kind(kind)
        self.registers[kind].refresh()

    def _count(self, kind: str, count: int, everything: bool) -> None:
        view = self.registers[kind].view
        words = "共" if everything else "筛出"
        self._facts[kind] = f"{words} {count:,} {view.counted}"
        if self.current().view.kind == kind:
            self._say_facts(kind)

    def _say_facts(self, kind: str) -> None:
        said = (self._facts.get(kind, ""), self._more.get(kind, ""))
        self.head.say(" · ".join(filter(None, said)))

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._cover)
        self._cover.addWidget(self._lists)
        margin = tokens.px(tokens.S5)
        self._column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        self._column.setSpacing(tokens.px(tokens.S3))
        self._column.addWidget(self.head)
        if len(self.registers) > 1:
            self._tab_row = self._make_tab_row()
            self._column.addWidget(self._tab_row)
        self._column.addWidget(self._stack, 1)
        for kind, register in self.registers.items():
            self._stack.addWidget(register)
            register.said.connect(self.said)
            register.changed.connect(self.changed)
            register.counted.connect(partial(self._count, kind))
            register.choose_wanted.connect(partial(self.wanted.emit, "syncing", "", ""))
            register.crowded.connect(self._make_room)

    def _make_room(self, crowded: bool) -> None:
        """A form that fills the page says itself what it is for; its fields need the height."""
        if self.sender() is self.current():
            self.head.setVisible(not crowded)
            self._tab_row.setVisible(not crowded and len(self.registers) > 1)

    def _make_tab_row(self) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.px(tokens.S5))
        for place, (kind, register) in enumerate(self.registers.items()):
            tab = QPushButton(register.view.label)
            tab.setObjectName(f"tab_{kind}")
            tab.setProperty("tab", True)
            tab.setCheckable(True)
            tab.clicked.connect(partial(self._press_tab, kind))
            self._tabs.addButton(tab, place)
            row.addWidget(tab)
        row.addStretch()
        return made

    def _press_tab(self, kind: str, _checked: bool = False) -> None:
        self._go(kind)
