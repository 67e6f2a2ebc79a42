"""Photos for a record that is still being written: pasted, dropped or chosen, told at once if one
cannot be kept, and named by the draft, so that they are there after a power cut."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QIcon, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
)

from desktop.attachments.faults import NotTaken
from desktop.attachments.service import Attachments, Incoming, Taken
from desktop.attachments.strip import FILES, incoming_of
from desktop.background import Lanes, Task, sentence_of
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.icons import icon

_PICTURE, _CELL = (64, 48), (72, 56)
_HINT = "可以把照片拖到这里，或复制以后按 Ctrl+V"


class PhotoTray(QFrame):
    """What was taken in so far, as small pictures. Writes no record."""

    #: Something was added or taken away.
    changed = Signal()

    def __init__(self, attachments: Attachments, lanes: Lanes, hint: str = _HINT) -> None:
        super().__init__()
        self.setObjectName("photoTray")
        self.setAcceptDrops(True)
        self._attachments, self._lanes = attachments, lanes
        self._taken: list[Taken] = []
        self._busy, self._round = 0, 0
        self.add_button = button(
            "trayAdd", "加照片", self.choose, icon_name="photo", tip="Ctrl+V 贴上复制的照片"
        )
        self.list = _Small()
        self.list.delete_wanted.connect(self.take_away)
        self._hint, self._refused = QLabel(hint), QLabel()
        self._hint.setObjectName("fieldWords")
        self._hint.setWordWrap(True)
        self._refused.setObjectName("wrongWords")
        self._refused.setWordWrap(True)
        self._refused.hide()
        self._lay_out()
        self._show()

    def taken(self) -> list[Taken]:
        """What was taken in, in order."""
        return list(self._taken)

    def raw(self) -> str:
        """What was taken in as a draft keeps it; empty for nothing."""
        return json.dumps([taken.values for taken in self._taken]) if self._taken else ""

    def put(self, raw: str) -> None:
        """Show what a draft has kept; emits nothing."""
        self._taken = [Taken(values) for values in json.loads(raw)] if raw else []
        self._refused.hide()
        self._show()

    def is_busy(self) -> bool:
        """Whether a photo is still being taken in."""
        return bool(self._busy)

    def words(self) -> str:
        """What was refused, as shown; empty for nothing."""
        return "" if self._refused.isHidden() else self._refused.text()

    def choose(self) -> None:
        """Ask which files to add; as many at once as one likes."""
        paths, _ = QFileDialog.getOpenFileNames(self, "选择照片或文件", "", FILES)
        self.add([Incoming(Path(path).name, Path(path)) for path in paths])

    def paste(self) -> bool:
        """Add what was copied: files, or a picture from a chat; whether there was any."""
        incoming = incoming_of(QApplication.clipboard().mimeData())
        self.add(incoming)
        return bool(incoming)

    def add(self, incoming: Sequence[Incoming]) -> None:
        """Take files in; what cannot be kept is told under the pictures."""
        if not incoming:
            return
        self._refused.hide()

        def work(task: Task) -> tuple[list[Taken], list[str]]:
            return _take(self._attachments, incoming, task)

        self._busy += 1
        self._lanes.files.run_long(
            work,
            done=partial(self._add, self._round),
            failed=partial(self._fail, self._round),
        )
        self._show()

    def take_away(self, place: int) -> None:
        """Take one away again."""
        if 0 <= place < len(self._taken):
            taken = self._taken.pop(place)
            if taken.sha256 not in {other.sha256 for other in self._taken}:
                self._lanes.files.run(self._attachments.let_go, taken)
            self._show()
            self.changed.emit()

    def forget(self) -> None:
        """Show nothing: what was taken in belongs to a record now, and what is still on its way in
        to none."""
        self._round += 1
        self._taken = []
        self._refused.hide()
        self._show()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if incoming_of(event.mimeData(), look_only=True):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.add(incoming_of(event.mimeData()))
        event.acceptProposedAction()

    def _add(self, begun: int, came: tuple[list[Taken], list[str]]) -> None:
        self._busy -= 1
        taken, refused = came
        known = {one.sha256 for one in self._taken}
        if begun != self._round:
            for one in taken:
                if one.sha256 not in known:
                    self._lanes.files.run(self._attachments.let_go, one)
            self._show()
            return
        for one in taken:
            if one.sha256 in known:
                refused.append(f"{one.name}：这一份已经加过了。")
            else:
                known.add(one.sha256)
                self._taken.append(one)
        self._refused.setText("\n".join(refused))
        self._refused.setVisible(bool(refused))
        self._show()
        self.changed.emit()

    def _fail(self, begun: int, error: Exception) -> None:
        self._busy -= 1
        if begun == self._round:
            self._refused.setText(sentence_of(error) or str(error))
            self._refused.show()
        self._show()

    def _show(self) -> None:
        self.list.fill(self._taken)
        self.add_button.setText("正在加进来……" if self._busy else "加照片")
        self._hint.setVisible(not self._taken)

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S2))
        row.addWidget(self.add_button, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.list, 1)
        row.addWidget(self._hint, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S1))
        column.addLayout(row)
        column.addWidget(self._refused)


class _Small(QListWidget):
    """Small pictures in one row. Arrows go, Delete takes away."""

    delete_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("trayList")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(*_PICTURE) * tokens.scale())
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(tokens.px(_CELL[1] + 10))
        self.setAcceptDrops(False)

    def fill(self, taken: Sequence[Taken]) -> None:
        """Show these."""
        self.clear()
        for one in taken:
            item = QListWidgetItem(_picture_of(one), "")
            item.setToolTip(f"{one.name}\n按 Delete 拿掉")
            item.setSizeHint(QSize(*_CELL) * tokens.scale())
            self.addItem(item)
        if taken:
            self.setCurrentRow(len(taken) - 1)
        self.setVisible(bool(taken))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_wanted.emit(self.currentRow())
        else:
            super().keyPressEvent(event)


def _picture_of(taken: Taken) -> QIcon:
    text: Any = taken.values.get("thumbnail")
    image = QImage.fromData(base64.b64decode(str(text))) if text else QImage()
    if image.isNull():
        return icon("document", tokens.QUIET)
    made = QIcon(QPixmap.fromImage(image))
    made.addPixmap(QPixmap.fromImage(image), QIcon.Mode.Selected)
    return made


def _take(
    attachments: Attachments, incoming: Sequence[Incoming], task: Task
) -> tuple[list[Taken], list[str]]:
    """Take files in one by one; what is refused does not keep the others out."""
    taken, refused = [], []
    for each in incoming:
        if task.cancelled():
            break
        try:
            taken.append(attachments.take(each))
        except NotTaken as refusal:
            refused.append(f"{each.name}：{refusal.sentence}")
    return taken, refused
