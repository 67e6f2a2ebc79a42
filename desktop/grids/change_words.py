"""The foot of every change of grids: the day, why, on which decision, and the doing of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from desktop.background import Lane, Task, sentence_of
from desktop.grids.service import Done, GridChanges, Words
from desktop.register.service import RecordInvalid
from desktop.reports.faults import Stopped
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.progress import Progress
from sync.records import FieldError, GridChange


class ChangeFoot(QWidget):
    """Asks for what is written down of a change, and carries it out: off the window's thread, in
    sight where it takes long, and to be stopped as long as it is not written."""

    left = Signal()
    #: What is written down of the change is another now.
    typed = Signal()

    def __init__(self, name: str, do: Callable[[], None], lane: Lane) -> None:
        super().__init__()
        self._lane = lane
        self._task: Task | None = None
        self._then: Callable[[Done], None] = lambda _done: None
        self.day, self.reason, self.basis = QLineEdit(), QLineEdit(), QLineEdit()
        self._boxes = {"changed_on": self.day, "reason": self.reason, "basis": self.basis}
        self.progress = Progress()
        self._hint, self._fault = QLabel(), QLabel()
        self._hint.setObjectName("quiet")
        self._fault.setObjectName("formFault")
        for label in (self._hint, self._fault):
            label.setWordWrap(True)
        self.do = button(f"do_{name}", "", do, weight="primary", icon_name="tick", tip="Ctrl+S")
        self._leave = button(f"leave_{name}", "不做了", self.leave, tip="Esc")
        self._lay_out(name)

    def begin(self, words: str) -> None:
        """Begin anew, with today's date; ``words`` stand on the button."""
        self.put({"changed_on": Words().day})
        self.do.setText(words)
        self.do.setEnabled(self._task is None)
        self.say_fault("")

    def keys(self) -> list[QWidget]:
        """What Tab leads through, in its order."""
        return [*self._boxes.values(), self._leave, self.do]

    def raw(self) -> dict[str, str]:
        """What was typed, by the field of a ``GridChange``."""
        return {name: box.text() for name, box in self._boxes.items()}

    def put(self, raw: Mapping[str, str]) -> None:
        """Let this stand in the lines; nothing in those that are missing."""
        for name, box in self._boxes.items():
            box.setText(raw.get(name, ""))

    def words(self) -> Words | None:
        """What was typed; None where it cannot be kept, which is said."""
        try:
            typed = {n: GridChange.fields[n].clean(text) for n, text in self.raw().items()}
        except FieldError as error:
            self.say_fault(str(error))
            return None
        day = str(typed["changed_on"] or Words().day)
        return Words(day, str(typed["reason"] or ""), str(typed["basis"] or ""))

    def carry_out(
        self,
        changes: GridChanges,
        work: Callable[[GridChanges], Done],
        then: Callable[[Done], None],
    ) -> None:
        """Do a change, once however often its button is pressed."""
        if self._task is not None:
            return
        self.say_fault("")
        self.do.setEnabled(False)
        self._then = then

        def stoppable(task: Task) -> Done | None:
            try:
                return work(changes.watched(task.progress, task.cancelled))
            except Stopped:
                return None

        self._task = self._lane.run_long(stoppable, self._over, self._failed, self.progress.move_on)
        self.progress.watch(self._task, f"正在{self.do.text()}")

    def is_busy(self) -> bool:
        """Whether a change is being done."""
        return self._task is not None

    def leave(self) -> None:
        """Stop what is being done, else leave."""
        if self._task is not None:
            self.progress.stop()
        else:
            self.left.emit()

    def say(self, hint: str) -> None:
        """Say what pressing the button will do."""
        self._hint.setText(hint)

    def hint(self) -> str:
        """What it says that the button will do."""
        return self._hint.text()

    def say_fault(self, sentence: str) -> None:
        """Say why it was not done; nothing for ''."""
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))

    def fault(self) -> str:
        """Why it was not done."""
        return self._fault.text()

    def _over(self, done: Done | None) -> None:
        self._rest()
        if done is None:
            self.say_fault("停下了，什么也没有改。")
        else:
            self._then(done)

    def _failed(self, error: Exception) -> None:
        self._rest()
        if isinstance(error, RecordInvalid):
            self.say_fault("；".join(error.problems.values()))
        else:
            self.say_fault(sentence_of(error) or str(error))

    def _rest(self) -> None:
        """Nothing is being done any more; the keys are where they were."""
        self._task = None
        self.progress.finish()
        self.do.setEnabled(True)
        if self.isVisible():
            self.do.setFocus()

    def _lay_out(self, name: str) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(tokens.px(tokens.S3))
        grid.setColumnStretch(3, 1)
        grid.setColumnStretch(5, 1)
        for place, (field, box) in enumerate(self._boxes.items()):
            declared = GridChange.fields[field]
            label = QLabel(declared.label)
            label.setBuddy(box)
            box.setObjectName(f"{name}_{field}")
            box.setMinimumHeight(tokens.px(tokens.CONTROL))
            box.setPlaceholderText(declared.hint)
            box.textEdited.connect(lambda _text: self.typed.emit())
            grid.addWidget(label, 0, 2 * place)
            grid.addWidget(box, 0, 2 * place + 1)
        self.day.setFixedWidth(tokens.px(110))
        last = QHBoxLayout()
        last.addWidget(self._hint, 1)
        last.addWidget(self._leave)
        last.addWidget(self.do)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S2))
        column.addLayout(grid)
        column.addWidget(self._fault)
        column.addWidget(self.progress)
        column.addLayout(last)
