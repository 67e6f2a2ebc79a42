"""The steps of one event, one under the other, newest first: who did what, when, with photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.attachments.service import Attached, Attachments
from desktop.attachments.strip import thumbnail_of
from desktop.attachments.viewer import Viewer
from desktop.background import Lanes
from desktop.events.looks import Look
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.icons import icon
from desktop.widgets.layouts import clear
from desktop.widgets.states import state_of

#: So many steps are shown at first; an event that was noted upon daily must not fill the window.
_AT_FIRST = 30
_THUMBNAIL = (72, 54)


@dataclass(frozen=True)
class ShownStep:
    """One step as it is read. ``idle`` says why it was without effect, ``refusal`` why the county
    sent it back; ``state`` is where it stands between this PC and the county."""

    id: str
    look: Look
    who: str
    at: str
    lines: tuple[str, ...] = ()
    idle: str = ""
    state: str = "synced"
    refusal: str = ""
    photos: tuple[Attached, ...] = ()

    def words(self) -> str:
        """The step in one line, as it is read."""
        head = f"{self.look.word}{'（未生效）' if self.idle else ''}"
        told = [head, self.who, self.at, *self.lines, self.idle, self.refusal]
        return " · ".join(part for part in told if part)


class StepsList(QFrame):
    """Shows steps; writes nothing."""

    #: A refused step is to be seen to, where all that was sent back is.
    refused_wanted = Signal()

    def __init__(self, attachments: Attachments, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("stepsList")
        self._attachments, self._lanes = attachments, lanes
        self._steps: Sequence[ShownStep] = ()
        self._all = False
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        self._more = button("timelineMore", "再看更早的", self._show_all, weight="quiet")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, tokens.px(tokens.S2), 0, 0)
        column.setSpacing(0)
        column.addLayout(self._rows)
        column.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)

    def show_steps(self, steps: Sequence[ShownStep]) -> None:
        """Show these, given oldest first."""
        if list(steps) != list(self._steps):
            self._all = False
        self._steps = steps
        self._show()

    def texts(self) -> list[str]:
        """What is shown, a step a line, newest first."""
        return [step.words() for step in self._in_sight()]

    def _in_sight(self) -> list[ShownStep]:
        newest = list(reversed(self._steps))
        return newest if self._all else newest[:_AT_FIRST]

    def _show(self) -> None:
        clear(self._rows)
        shown = self._in_sight()
        for place, step in enumerate(shown):
            last = place == len(shown) - 1
            self._rows.addWidget(_Row(step, last=last, open_photo=self._open, to=self._to_refused))
        self._more.setVisible(len(shown) < len(self._steps))

    def _show_all(self) -> None:
        self._all = True
        self._show()

    def _to_refused(self) -> None:
        self.refused_wanted.emit()

    def _open(self, step: ShownStep, attached: Attached) -> None:
        Viewer(self._attachments, self._lanes, step.photos, attached, self.window()).open()


class _Row(QWidget):
    """One step: its sign on a line that leads to the one before, and what was done."""

    def __init__(
        self,
        step: ShownStep,
        *,
        last: bool,
        open_photo: Callable[[ShownStep, Attached], None],
        to: Callable[[], None],
    ) -> None:
        super().__init__()
        self.setObjectName("timelineStep")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.px(tokens.S2))
        row.addLayout(_rail(step, last=last))
        words = QVBoxLayout()
        words.setSpacing(tokens.px(2))
        words.setContentsMargins(0, 0, 0, tokens.px(tokens.S3))
        words.addLayout(_head(step))
        if step.who or step.at:
            words.addWidget(_label(" · ".join(p for p in (step.who, step.at) if p), "quiet"))
        for line in step.lines:
            words.addWidget(_label(line, "idleWords" if step.idle else "detailValue"))
        if step.idle:
            words.addWidget(_label(step.idle, "quiet"))
        if step.refusal:
            words.addWidget(_label(f"县里退回：{step.refusal}", "wrongWords"))
            again = button("toRefused", "去处理", to, icon_name="return")
            words.addWidget(again, 0, Qt.AlignmentFlag.AlignLeft)
        if step.photos:
            words.addLayout(_photos(step, open_photo))
        row.addLayout(words, 1)


def _rail(step: ShownStep, *, last: bool) -> QVBoxLayout:
    sign, size = QLabel(), tokens.px(18)
    name, colour = ("without", tokens.QUIET) if step.idle else (step.look.icon, step.look.colour)
    sign.setPixmap(icon(name, colour).pixmap(QSize(size, size)))
    sign.setFixedWidth(size)
    rail = QVBoxLayout()
    rail.setSpacing(tokens.px(2))
    rail.addWidget(sign, 0, Qt.AlignmentFlag.AlignHCenter)
    line = QFrame()
    line.setObjectName("timelineLine" if not last else "timelineEnd")
    line.setFixedWidth(tokens.px(2))
    rail.addWidget(line, 1, Qt.AlignmentFlag.AlignHCenter)
    return rail


def _head(step: ShownStep) -> QHBoxLayout:
    head = QHBoxLayout()
    head.setSpacing(tokens.px(tokens.S1))
    word = _label(f"{step.look.word}{'（未生效）' if step.idle else ''}", "timelineWord")
    word.setProperty("idle", bool(step.idle))
    head.addWidget(word, 1)
    if step.state != "synced":
        state, size = state_of(step.state), tokens.px(14)
        sign, told = QLabel(), QLabel(state.word)
        sign.setPixmap(icon(state.icon, state.colour).pixmap(QSize(size, size)))
        told.setStyleSheet(f"color: {state.colour}")
        head.addWidget(sign)
        head.addWidget(told)
    return head


def _photos(step: ShownStep, open_photo: Callable[[ShownStep, Attached], None]) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(tokens.px(tokens.S1))
    # A fourth would not fit into the panel; the others are an arrow key away.
    for attached in step.photos[:3]:
        row.addWidget(_thumbnail(attached, partial(open_photo, step, attached)))
    if len(step.photos) > 3:
        more = QPushButton(f"共 {len(step.photos)} 张")
        more.setProperty("link", True)
        more.setAutoDefault(True)
        more.clicked.connect(lambda: open_photo(step, step.photos[3]))
        row.addWidget(more)
    row.addStretch()
    return row


def _thumbnail(attached: Attached, press: Callable[[], None]) -> QPushButton:
    made = QPushButton()
    made.setObjectName("timelinePhoto")
    made.setAccessibleName(attached.name)
    made.setToolTip(f"{attached.name}\n回车看大图")
    made.setAutoDefault(True)
    image = thumbnail_of(attached)
    if image.isNull():
        made.setIcon(icon("document", tokens.QUIET))
    else:
        made.setIcon(QIcon(QPixmap.fromImage(image)))
    made.setIconSize(QSize(*_THUMBNAIL) * tokens.scale())
    made.setFixedSize((QSize(*_THUMBNAIL) + QSize(6, 6)) * tokens.scale())
    # The height that buttons have by the style would cut the picture off.
    made.setStyleSheet(f"min-height: {made.height() - 2}px")
    made.clicked.connect(lambda: press())
    return made


def _label(words: str, name: str) -> QLabel:
    made = QLabel(words)
    made.setObjectName(name)
    made.setWordWrap(True)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made
