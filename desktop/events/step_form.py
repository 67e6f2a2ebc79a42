"""One step of an event, written where its event is read: a few words, who, and photos."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.attachments.service import Attachments
from desktop.attachments.tray import PhotoTray
from desktop.background import Lanes, Task
from desktop.events.entry_form import EntryText
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.editors import Editor, LineEditor
from desktop.widgets.form import DRAFT_REST
from desktop.widgets.form_cell import FormCell
from desktop.widgets.keys_box import KeysBox
from desktop.widgets.layouts import clear
from desktop.widgets.reference_box import Choices, ReferenceBox
from sync.records import EventStep, Field, FieldError
from sync.records import event_loop as loop
from sync.records.event_loop import rule_of_step
from sync.records.fields import Choice

#: What each step asks for, first what it cannot be without.
_ASKED: Mapping[str, tuple[str, ...]] = {
    loop.PASS_ON: ("to_whom", "text", "person"),
    loop.EVALUATE: ("satisfaction", "text", "person"),
    loop.JOIN: ("joined_to", "text", "person"),
}
_USUAL = ("text", "person")
#: What is asked, in the words of that step.
_LABELS: Mapping[tuple[str, str], str] = {
    (loop.DISPOSE, "text"): "怎么办的",
    (loop.FEED_BACK, "text"): "怎么答复的",
    (loop.EVALUATE, "text"): "他怎么说",
    (loop.NOTE, "text"): "进展",
    (loop.SEND_BACK, "text"): "为什么退",
    (loop.REOPEN, "text"): "为什么",
    (loop.WITHDRAW, "text"): "为什么",
    (loop.ACCEPT, "person"): "由谁来办",
    (loop.REPORT, "text"): "补充了什么",
}
_HINTS: Mapping[str, str] = {
    loop.ACCEPT: "村里接下来办。",
    loop.PASS_ON: "交给网格员、部门或单位去办，村里接着盯。",
    loop.TO_TOWN: "村里办不了的报给镇街，镇街办完或交回来以前村里不用办。",
    loop.TO_COUNTY: "报给县里，县里办完或交回来以前村里不用办。",
    loop.CLOSE: "办结以后就不再催；要紧的话还可以重新打开。",
    loop.JOIN: "这一件和另一件说的是同一回事，以后只办另一件。",
    loop.WITHDRAW: "记错了或不用办了。记录还在，不删。",
}
#: Steps with nothing to photograph.
_WITHOUT_PHOTOS = (loop.EVALUATE, loop.JOIN, loop.CLOSE, loop.WITHDRAW)

#: Find the events that one might be joined to: (what was typed, who takes the answer).
AskEvents = Callable[[str, Callable[[Choices], None]], Task]


class StepForm(QFrame):
    """Writes nothing itself: it tells what a person wants written."""

    #: Event, action, raw texts by field, and the photos that were taken in (``Taken``).
    wanted = Signal(str, str, dict, list)
    #: Typing has rested: the event, and what a draft is to keep.
    rested = Signal(str, dict)
    left = Signal()
    #: It was opened or put away.
    shown = Signal()

    def __init__(self, attachments: Attachments, lanes: Lanes, ask: AskEvents) -> None:
        super().__init__()
        self.setObjectName("stepForm")
        self._ask = ask
        #: The event and the action that it is about.
        self.about, self.action = "", ""
        self.cells: dict[str, FormCell] = {}
        self._saving = False
        self._title, self._hint, self._fault = QLabel(), QLabel(), QLabel()
        self._title.setObjectName("timelineWord")
        self._hint.setObjectName("quiet")
        self._fault.setObjectName("formFault")
        for label in (self._hint, self._fault):
            label.setWordWrap(True)
        self.tray = PhotoTray(attachments, lanes, "")
        self.save_button = button("saveStep", "", self.save, weight="primary", icon_name="save")
        self._leave = button("leaveStep", "先放着", self.leave, tip="Esc")
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(DRAFT_REST)
        self._rest.timeout.connect(lambda: self.rested.emit(self.about, self.whole()))
        self.tray.changed.connect(self._rest.start)
        for keys in ("Ctrl+Return", "Ctrl+Enter"):
            shortcut = QShortcut(QKeySequence(keys), self, self.save)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self._rows = QVBoxLayout()
        self._lay_out()
        self.hide()

    def begin(self, event: str, action: str, raw: Mapping[str, str]) -> None:
        """Ask for what a step of an event needs; some of it may be known already (a draft)."""
        if (event, action) != (self.about, self.action):
            self.tray.forget()
        self.about, self.action = event, action
        clear(self._rows)
        self.cells = {name: self._cell(name) for name in _ASKED.get(action, _USUAL)}
        for name, cell in self.cells.items():
            self._rows.addWidget(cell)
            cast(Editor, cell.editor).put(raw.get(name, ""))
        self.tray.put(raw.get("photos", ""))
        self.tray.setVisible(action not in _WITHOUT_PHOTOS)
        self._name_it(action)
        self.say_fault("")
        self.set_saving(False)
        self._rest.stop()
        self.show()
        self.shown.emit()
        self.start()

    def _name_it(self, action: str) -> None:
        word = loop.ACTION_WORDS[action]
        self._title.setText(word)
        self._hint.setText(_HINTS.get(action, ""))
        self._hint.setVisible(bool(self._hint.text()))
        self.save_button.setText(word if action != loop.NOTE else "记下")
        self.save_button.setToolTip("回车")

    def start(self) -> None:
        """Stand in the first field."""
        next(iter(self.cells.values())).editor.setFocus(Qt.FocusReason.TabFocusReason)

    def raw(self) -> dict[str, str]:
        """What stands in each field."""
        return {name: cast(Editor, cell.editor).raw() for name, cell in self.cells.items()}

    def whole(self) -> dict[str, str]:
        """All that a draft keeps."""
        return {**self.raw(), "action": self.action, "photos": self.tray.raw()}

    def save(self) -> None:
        """Tell what is to be written, if nothing is wrong with it."""
        if self._saving:
            return
        asking = any(
            isinstance(cell.editor, ReferenceBox) and cell.editor.is_asking()
            for cell in self.cells.values()
        )
        if asking or self.tray.is_busy():
            QTimer.singleShot(30, self, self.save)
            return
        problems = self._problems()
        self.complain(problems)
        if not problems:
            self._rest.stop()
            self.set_saving(True)
            self.wanted.emit(self.about, self.action, self.raw(), self.tray.taken())

    def leave(self) -> None:
        """Put the form away; what was typed is there the next time."""
        self._flush()
        self.left.emit()

    def forget(self) -> None:
        """Keep nothing of what was typed."""
        self._rest.stop()

    def complain(self, problems: Mapping[str, str]) -> None:
        """Show these sentences under their fields, and those of no field over the buttons."""
        for name, cell in self.cells.items():
            cell.complain(problems.get(name, ""))
        first = next((name for name in self.cells if name in problems), None)
        if first:
            self.cells[first].editor.setFocus()
        others = [sentence for name, sentence in problems.items() if name not in self.cells]
        self.say_fault("；".join(others))

    def say_fault(self, sentence: str) -> None:
        """Say what went wrong as a whole."""
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))

    def not_saved(self) -> None:
        """It could not be written, so it is half written still: a draft of it has to be kept."""
        self.set_saving(False)
        self._rest.start()

    def set_saving(self, saving: bool) -> None:
        """Whether it is being written."""
        self._saving = saving
        self.save_button.setEnabled(not saving)

    def hideEvent(self, event: QHideEvent) -> None:
        self._flush()
        super().hideEvent(event)
        self.shown.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        name = watched.objectName().removeprefix("field_")
        if event.type() == QEvent.Type.FocusOut and isinstance(event, QFocusEvent):
            if event.reason() not in _NOT_LEAVING and name in self.cells:
                self._look_at(name)
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            if enter and plain and name in self.cells:
                self._go_on_from(name)
                return True
        return super().eventFilter(watched, event)

    def _go_on_from(self, name: str) -> None:
        """Enter saves, but first goes through what the step cannot be without."""
        if name not in ("text", "person"):
            self.cells["text"].editor.setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.save()

    def _look_at(self, name: str) -> None:
        if (problem := self._problems().get(name)) is None:
            self.cells[name].complain("")
        elif self.isVisible():
            self.cells[name].complain(problem)

    def _problems(self) -> dict[str, str]:
        values, problems = {}, {}
        for name, raw in self.raw().items():
            field = EventStep.fields[name]
            try:
                values[name] = field.clean(raw)
                if values[name] is not None and (sentence := field.problem(values[name])):
                    problems[name] = sentence
            except FieldError as error:
                problems[name] = str(error)
            if complaint := cast(Editor, self.cells[name].editor).complaint():
                problems[name] = complaint
        if self.action == loop.JOIN and not values.get("joined_to"):
            problems.setdefault("joined_to", "要说明并入哪一件")
        return {**rule_of_step({**values, "action": self.action}), **problems}

    def _flush(self) -> None:
        if self._rest.isActive():
            self._rest.stop()
            self.rested.emit(self.about, self.whole())

    def _cell(self, name: str) -> FormCell:
        declared = EventStep.fields[name]
        needed = bool(rule_of_step({"action": self.action}).get(name)) or name == "joined_to"
        label = _LABELS.get((self.action, name), declared.label)
        field = replace(declared, label=label, required=needed)
        editor = self._editor_of(field)
        editor.setObjectName(f"field_{name}")
        editor.installEventFilter(self)
        cast(Editor, editor).typed.connect(partial(self._type, name))
        return FormCell(field, editor)

    def _type(self, name: str) -> None:
        self._rest.start()
        if self.cells[name].complaint() and name not in self._problems():
            self.cells[name].complain("")

    def _editor_of(self, field: Field) -> QWidget:
        if isinstance(field, Choice):
            keys = KeysBox("")
            keys.offer(field.options)
            return keys
        if field.name == "joined_to":
            box = ReferenceBox(self._ask)
            box.setPlaceholderText("打字来找，或按 ↓")
            box.setToolTip("按 ↓ 列出同一网格里没办完的")
            box.setFixedHeight(tokens.px(tokens.CONTROL))
            return box
        if field.name == "text":
            text = EntryText(field)
            text.setPlaceholderText("回车存好，Shift+回车换行")
            text.pasted.connect(self.tray.add)
            return text
        line = LineEditor(field)
        if field.name == "person":
            line.setPlaceholderText("空着就是您自己")
        line.setFixedHeight(tokens.px(tokens.CONTROL))
        return line

    def _lay_out(self) -> None:
        self._rows.setSpacing(tokens.px(tokens.S1))
        foot = QHBoxLayout()
        foot.setSpacing(tokens.px(tokens.S2))
        foot.addStretch()
        foot.addWidget(self._leave)
        foot.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.px(n) for n in (12, 8, 12, 12)))
        column.setSpacing(tokens.px(tokens.S2))
        column.addWidget(self._title)
        column.addWidget(self._hint)
        column.addLayout(self._rows)
        column.addWidget(self.tray)
        column.addWidget(self._fault)
        column.addLayout(foot)


_NOT_LEAVING = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)
