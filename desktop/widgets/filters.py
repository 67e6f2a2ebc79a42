"""One row of filters: a search box and chips for the state and for short or referring fields."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from desktop.background import Lane, Latest
from desktop.widgets import tokens
from desktop.widgets.chip_button import ChipButton
from desktop.widgets.icons import icon
from desktop.widgets.memory import Memory
from desktop.widgets.picker import Picker
from desktop.widgets.search import SearchBox
from desktop.widgets.states import STATES
from desktop.widgets.view import View
from sync.records import Value
from sync.records.fields import Choice, Reference

_STATE = "_state"


class Chip(ChipButton):
    """One filter: 「类型」 when open, 「类型：微网格 ×」 when it holds."""

    cleared = Signal()

    def __init__(self, name: str, label: str, open_list: Callable[[QPoint], None]) -> None:
        super().__init__(f"chip_{name}")
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self._label, self._held = label, False
        self._open_list = open_list
        self.clicked.connect(self._press)
        self.show_word("")

    def show_word(self, word: str) -> None:
        """Show what the chip holds; empty for nothing."""
        self._held = bool(word)
        self.setText(f"{self._label}：{word}" if word else self._label)
        colour = tokens.PRIMARY if word else tokens.QUIET
        self.setIcon(icon("close" if word else "down", colour))
        self.setToolTip("再点一次就不筛了" if word else f"按{self._label}筛选")
        self.hold(self._held)

    def _press(self) -> None:
        if self._held:
            self.cleared.emit()
        else:
            self._open_list(self.mapToGlobal(QPoint(0, self.height() + tokens.px(2))))


class Filters(QWidget):
    """Search and chips of one view; remembered from one day to the next (the words are not)."""

    #: The words, or a chip, have changed.
    changed = Signal()

    def __init__(self, view: View, lane: Lane, memory: Memory) -> None:
        super().__init__()
        self.setObjectName(f"filters_{view.kind}")
        self._view, self._lane, self._memory = view, lane, memory
        self._fields = {**view.fields, **view.asked}
        self._latest = Latest()
        self._held: dict[str, str] = {}
        self.search = SearchBox(f"filter_{view.kind}", _hint(view))
        self.search.setMinimumWidth(tokens.px(150))
        self.search.setMaximumWidth(tokens.px(270))
        self.search.searched.connect(lambda _text: self.changed.emit())
        self._chips: dict[str, Chip] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.px(tokens.S2))
        row.addWidget(self.search, 1)
        named = [(name, self._fields[name].label) for name in (*view.asked, *view.filters)]
        for name, label in [*named, (_STATE, "状态")]:
            chip = Chip(name, label, partial(self._open, name))
            chip.cleared.connect(partial(self.hold, name, "", ""))
            self._chips[name] = chip
            row.addWidget(chip)
        row.addStretch(1)
        self._recall()

    def add(self, widget: QWidget) -> None:
        """Put something more behind the chips."""
        row = self.layout()
        assert isinstance(row, QHBoxLayout)  # noqa: S101 (it was laid out so)
        row.insertWidget(row.count() - 1, widget)

    def text(self) -> str:
        """The words in the search box."""
        return self.search.text().strip()

    def state(self) -> str | None:
        """The state of sync that is asked for."""
        return self._held.get(_STATE)

    def held(self) -> tuple[tuple[str, Value], ...]:
        """What the chips hold, as a ``Listing`` takes it."""
        return tuple((name, code) for name, code in self._held.items() if name != _STATE)

    def is_open(self) -> bool:
        """Whether nothing at all is filtered."""
        return not self._held and not self.text()

    def hold(self, name: str, code: str, word: str) -> None:
        """Let a chip hold a value; an empty one opens it."""
        if code:
            self._held[name] = code
        else:
            self._held.pop(name, None)
        self._chips[name].show_word(word)
        self._remember()
        self.changed.emit()

    def hold_state(self, state: str) -> None:
        """Ask for records that stand so."""
        self.hold(_STATE, state, STATES[state].word)

    def open_all(self) -> None:
        """Take every filter away."""
        self.search.clear()
        for name in list(self._held):
            self.hold(name, "", "")
        self.changed.emit()

    def _open(self, name: str, place: QPoint) -> None:
        field = self._fields.get(name)
        if isinstance(field, Reference):
            picker = Picker(self, field.label, partial(self._find, field))
            picker.picked.connect(partial(self.hold, name))
            picker.open_at(place)
            return
        menu = QMenu(self)
        menu.setObjectName(f"menu_{name}")
        options = field.options if isinstance(field, Choice) else _states()
        for code, word in options:
            action = menu.addAction(word)
            action.triggered.connect(partial(self._hold_plain, name, code, word))
            if name == _STATE:
                action.setIcon(icon(STATES[code].icon, STATES[code].colour))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _hold_plain(self, name: str, code: str, word: str, _checked: bool = False) -> None:
        self.hold(name, code, word)

    def _find(
        self, field: Reference, text: str, answer: Callable[[list[tuple[str, str]]], None]
    ) -> None:
        self._latest.ask(self._lane.run(self._view.register.choices, field, text, done=answer))

    def _remember(self) -> None:
        # Codes only: the name of a household is a person's.
        self._memory.remember(f"chips/{self._view.kind}", json.dumps(self._held))

    def _recall(self) -> None:
        text = self._memory.recall(f"chips/{self._view.kind}")
        for name, code in (json.loads(text) if text else {}).items():
            if name not in self._chips:
                continue
            self._held[name] = code
            field = self._fields.get(name)
            if isinstance(field, Reference):
                self._chips[name].show_word("……")
                titles = partial(self._view.register.titles, field.to, [code])
                self._lane.run(titles, done=partial(self._name, name, code))
            else:
                word = STATES[code].word if field is None else field.show(code)
                self._chips[name].show_word(word)

    def _name(self, name: str, code: str, titles: dict[str, str]) -> None:
        if self._held.get(name) == code:
            self._chips[name].show_word(titles.get(code, "（已删除）"))


def _states() -> tuple[tuple[str, str], ...]:
    return tuple((code, state.word) for code, state in STATES.items())


def _hint(view: View) -> str:
    record = view.register.record
    tails = any(view.fields[name].masked for name in record.searched)
    return f"找{view.fields[record.title].label}、拼音、首字母" + ("、号码尾数" if tails else "")
