"""What writes a record keeps what is half written, saves, and says what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from desktop.background import Lanes, Latest, Task, sentence_of
from desktop.register.service import RecordInvalid, Register, StorageError
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.draft_banner import DraftBanner
from desktop.widgets.form import FieldsForm
from desktop.widgets.reference_box import Ask, Choices
from desktop.widgets.view import View
from sync.records.fields import Reference


class DraftedForm(QFrame):
    """A form with its draft and its way to be saved. Whoever builds on it says what is written
    (``_work``), what follows (``_done``), how it begins anew (``_begin_anew``), and lays it out."""

    #: The person leaves; what was typed is kept as a draft.
    left = Signal()

    def __init__(
        self,
        view: View,
        lanes: Lanes,
        make_form: Callable[[Ask], FieldsForm],
        name: str,
        save_word: str,
    ) -> None:
        """``name`` tells its buttons from those of other forms."""
        super().__init__()
        self._view, self._lanes = view, lanes
        self.form = make_form(self._ask)
        #: Whose draft it is ('' for a new record), and what stood there before anybody typed.
        self._record_id = ""
        self._stored: Mapping[str, str] = {}
        self._saving, self._save_word = False, save_word
        self._latest = Latest()
        self.form.rested.connect(self._keep_draft)
        self.form.ended.connect(self._to_save)
        self.banner = DraftBanner(self._start_over)
        self._fault = words_over_the_buttons("formFault")
        self._save = button(
            f"save_{name}", save_word, self.save, weight="primary", icon_name="save", tip="Ctrl+S"
        )
        self._leave = button(
            f"leave_{name}", "先放着", self.leave, tip="Esc：没填完的留着，下次接着填"
        )

    def save(self) -> None:
        """Write what stands in the form."""
        if self._saving:
            return
        if self.form.is_busy():
            # What was typed or added a moment ago is still being looked at.
            QTimer.singleShot(30, self, self.save)
            return
        if not self.form.check():
            return
        self.form.stop_resting()
        self._set_saving(True)
        raw = self.form.raw()
        self._lanes.writing.run(
            write_and_drop_draft,
            self._work(raw),
            self._view.register,
            self._record_id,
            done=partial(self._done, raw),
            failed=self._failed,
        )

    def leave(self) -> None:
        """Stop writing; what was typed is there the next time."""
        self._flush()
        self._latest.drop()
        self.left.emit()

    def forget(self) -> None:
        """Keep nothing of what was typed: its record is not on this PC any more."""
        self.form.stop_resting()

    def hideEvent(self, event: QHideEvent) -> None:
        self._flush()
        super().hideEvent(event)

    def _work(self, raw: dict[str, str]) -> Callable[[], str]:
        """What writes the record and gives its id, on the writing lane."""
        raise NotImplementedError

    def _done(self, raw: Mapping[str, str], record_id: str) -> None:
        """It was written."""
        raise NotImplementedError

    def _begin_anew(self) -> None:
        """The draft was given up: show what was there before it."""
        raise NotImplementedError

    def _start_over(self) -> None:
        self.banner.hide()
        self.form.stop_resting()
        self._lanes.writing.run(self._view.register.drop_draft, self._record_id)
        self._begin_anew()

    def _keep_draft(self, whole: Mapping[str, str]) -> None:
        changed = {n: text for n, text in whole.items() if text != self._stored.get(n, "")}
        if changed and not self._saving:
            self._lanes.writing.run(self._view.register.keep_draft, self._record_id, changed)

    def _flush(self) -> None:
        """Keep now what would be kept in a moment."""
        if self.form.is_resting():
            self.form.stop_resting()
            self._keep_draft(self.form.whole())

    def _failed(self, error: Exception) -> None:
        self._set_saving(False)
        # It was not saved, so it is half written still: a draft of it has to be kept.
        self.form.rest()
        if isinstance(error, RecordInvalid):
            self._say_fault("；".join(self.form.complain(error.problems)))
        else:
            self._say_fault(sentence_of(error) or str(error))

    def _ask(self, field: Reference, text: str, answer: Callable[[Choices], None]) -> Task:
        return self._lanes.reading.run(self._view.register.choices, field, text, done=answer)

    def _to_save(self) -> None:
        self._save.setFocus(Qt.FocusReason.TabFocusReason)

    def _set_saving(self, saving: bool) -> None:
        self._saving = saving
        self._save.setEnabled(not saving)
        self._save.setText("正在保存……" if saving else self._save_word)

    def _say_fault(self, sentence: str) -> None:
        self._fault.setText(sentence)
        self._fault.setVisible(bool(sentence))

    def _foot(self, hint: QWidget) -> QHBoxLayout:
        """A hint at the left, the buttons at the right."""
        hint.setObjectName("quiet")
        foot = QHBoxLayout()
        foot.setSpacing(tokens.px(tokens.S2))
        foot.addWidget(hint, 1)
        foot.addWidget(self._leave)
        foot.addWidget(self._save)
        return foot


def words_over_the_buttons(name: str) -> QLabel:
    """A sentence about the form as a whole, hidden until there is one."""
    made = QLabel()
    made.setObjectName(name)
    made.setWordWrap(True)
    made.hide()
    return made


def write_and_drop_draft(work: Callable[[], str], register: Register, draft_of: str) -> str:
    """Write a record by ``work``, which gives its id, and forget its draft. On the writing lane."""
    record_id = work()
    with suppress(StorageError):
        # It is written. Whoever was told otherwise because of the draft would write it again.
        register.drop_draft(draft_of)
    return record_id
