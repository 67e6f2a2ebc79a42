"""The strip of photos and documents under a record: add, look, delete, by mouse and by keyboard."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QIcon,
    QImage,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPixmap,
)
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListView,
    QListWidget,
    QListWidgetItem,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.attachments.service import Added, Attached, Attachments, Incoming
from desktop.attachments.viewer import Viewer
from desktop.background import Lanes, Latest, Task, sentence_of
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.icons import icon
from desktop.widgets.progress import Progress
from desktop.widgets.states import state_of
from desktop.widgets.view import Note

FILES = (
    "照片和文件 (*.jpg *.jpeg *.png *.webp *.bmp *.gif *.tif *.tiff *.pdf *.ofd *.doc *.docx"
    " *.xls *.xlsx *.ppt *.pptx *.wps *.et *.dps *.rtf *.txt *.csv);;所有文件 (*)"
)
#: A picture's room, and the line under it that says where it stands; unscaled pixels.
_PICTURE, _STATE_LINE, _CELL = (90, 68), 20, (98, 114)
_ACROSS, _ROWS = 3, 6
#: So many refusals are told one by one.
_TOLD = 4


class AttachmentStrip(QFrame):
    """What belongs to one record. Nothing is sent from here: it is kept, and goes by itself."""

    said = Signal(object)
    #: Something was written.
    changed = Signal()

    def __init__(self, attachments: Attachments, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("attachmentStrip")
        self.setAcceptDrops(True)
        self._attachments, self._lanes = attachments, lanes
        self._kind = self._record = ""
        self._latest = Latest()
        self._shown: list[Attached] = []
        self._title, self._hint, self._refused = QLabel("附件"), QLabel(), QLabel()
        self._title.setObjectName("detailLabel")
        self._hint.setObjectName("quiet")
        self._hint.setWordWrap(True)
        self._refused.setObjectName("wrongWords")
        self._refused.setWordWrap(True)
        self._refused.hide()
        self.add_button = button(
            "addPhotos", "加照片", self.choose, icon_name="photo", tip="照片、文件都行 Ctrl+Shift+A"
        )
        self.add_button.setShortcut(QKeySequence("Ctrl+Shift+A"))
        self.list = _Pictures()
        self.list.open_wanted.connect(self.open)
        self.list.delete_wanted.connect(self.delete)
        self.list.pasted.connect(self.paste)
        self.progress = Progress()
        self.progress.appeared.connect(partial(self._soon_into_sight, self.progress))
        self._lay_out()

    @property
    def widget(self) -> QWidget:
        """What is shown: itself."""
        return self

    def show_record(self, kind: str, record_id: str) -> None:
        """Show what belongs to a record."""
        if (kind, record_id) != (self._kind, self._record):
            self._refused.hide()
        self._kind, self._record = kind, record_id
        work = partial(self._attachments.of, kind, record_id)
        self._latest.ask(self._lanes.reading.run(work, done=self._show))

    def choose(self) -> None:
        """Ask which files to add; as many at once as one likes."""
        paths, _ = QFileDialog.getOpenFileNames(self, "选择照片或文件", "", FILES)
        self.add([Incoming(Path(path).name, Path(path)) for path in paths])

    def paste(self) -> None:
        """Add what was copied: files, or a picture from a chat or a screenshot."""
        incoming = incoming_of(QApplication.clipboard().mimeData())
        if incoming:
            self.add(incoming)
        else:
            self.said.emit(Note("剪贴板里没有照片或文件。先复制一张照片，再按 Ctrl+V。"))

    def add(self, incoming: Sequence[Incoming]) -> None:
        """Add files to the record that is shown."""
        if not incoming or not self._record:
            return
        self._refused.hide()
        kind, record_id = self._kind, self._record

        def work(task: Task) -> Added:
            return self._attachments.attach_many(
                kind, record_id, incoming, task.progress, task.cancelled
            )

        task = self._lanes.files.run_long(
            work, done=self._added, failed=self._not_added, progress=self.progress.move_on
        )
        self.progress.watch(task, "正在加进来")

    def open(self, attached: Attached) -> None:
        """Show one large; its neighbours are an arrow key away."""
        viewer = Viewer(self._attachments, self._lanes, self._shown, attached, self.window())
        viewer.finished.connect(lambda _code: self._read_again())
        viewer.open()

    def delete(self, attached: Attached) -> None:
        """Delete one; the note offers to take that back."""
        record_id = attached.row.id

        def done(_answer: Any) -> None:
            self._written()
            undo = partial(self._undelete, record_id)
            self.said.emit(Note(f"已删除“{attached.name}”", "撤销", undo, undoes=True))

        self._lanes.writing.run(
            self._attachments.delete, record_id, done=done, failed=self._say_fault
        )

    def words(self) -> str:
        """What was refused, as shown; empty for nothing."""
        return "" if self._refused.isHidden() else self._refused.text()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if incoming_of(event.mimeData(), look_only=True):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.add(incoming_of(event.mimeData()))
        event.acceptProposedAction()

    def _show(self, found: list[Attached]) -> None:
        chosen = self.list.chosen_id()
        self._shown = found
        self._title.setText(f"附件 {len(found)}" if found else "附件")
        self._hint.setText("" if found else "还没有照片。点“加照片”，或者把照片拖到这里。")
        self._hint.setVisible(not found)
        self.list.fill(found, chosen)

    def _undelete(self, record_id: str) -> None:
        def done(possible: bool) -> None:
            self._written()
            words = "已恢复" if possible else "这条删除已经送到县里，不能撤销；请重新添加。"
            self.said.emit(Note(words, bad=not possible))

        self._lanes.writing.run(
            self._attachments.undelete, record_id, done=done, failed=self._say_fault
        )

    def _added(self, added: Added) -> None:
        self.progress.finish()
        self._written()
        number = len(added.ids)
        if added.refused:
            told = [f"{name}：{sentence}" for name, sentence in added.refused[:_TOLD]]
            if len(added.refused) > _TOLD:
                told.append(f"还有 {len(added.refused) - _TOLD} 个也没有加进来。")
            self._refused.setText("\n".join(told))
            self._refused.show()
            self._soon_into_sight(self._refused)
        words = f"加了 {number} 个，已存在本机" if number else ""
        if added.stopped:
            words = f"已停下，加了 {number} 个"
        if added.refused:
            words = "，".join(
                part for part in (words, f"{len(added.refused)} 个没有加进来") if part
            )
        self.said.emit(Note(words, bad=bool(added.refused)))

    def _not_added(self, error: Exception) -> None:
        self.progress.finish()
        self._written()
        self._say_fault(error)

    def _say_fault(self, error: Exception) -> None:
        self.said.emit(Note(sentence_of(error) or str(error), bad=True))

    def _written(self) -> None:
        self._read_again()
        self.changed.emit()

    def _read_again(self) -> None:
        if self._record:
            self.show_record(self._kind, self._record)

    def _soon_into_sight(self, widget: QWidget) -> None:
        """Let something be seen, however far down it stands, once it has its room."""
        QTimer.singleShot(0, self, partial(self._into_sight, widget))

    def _into_sight(self, widget: QWidget) -> None:
        above: QWidget | None = self.parentWidget()
        while above is not None and not isinstance(above, QScrollArea):
            above = above.parentWidget()
        if above is not None:
            above.ensureWidgetVisible(widget)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch()
        head.addWidget(self.add_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, tokens.px(tokens.S3), 0, 0)
        column.setSpacing(tokens.px(tokens.S2))
        column.addLayout(head)
        column.addWidget(self.progress)
        column.addWidget(self._hint)
        column.addWidget(self._refused)
        column.addWidget(self.list)


class _Pictures(QListWidget):
    """Thumbnails side by side. Arrows go, Enter opens, Delete deletes, Ctrl+V pastes."""

    open_wanted = Signal(object)
    delete_wanted = Signal(object)
    pasted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("attachments")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(_PICTURE[0], _PICTURE[1] + _STATE_LINE) * tokens.scale())
        self.setGridSize(QSize(*_CELL) * tokens.scale())
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setWordWrap(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAcceptDrops(False)
        self.itemDoubleClicked.connect(self._open)
        self.hide()

    def fill(self, found: Sequence[Attached], chosen: str) -> None:
        """Show these; stand on the chosen one if it is still there."""
        self.clear()
        for attached in found:
            item = QListWidgetItem(_as_it_is(_picture_of(attached)), _caption(attached))
            item.setData(Qt.ItemDataRole.UserRole, attached)
            item.setToolTip(tip_of(attached))
            item.setSizeHint(QSize(*_CELL) * tokens.scale())
            self.addItem(item)
            if attached.row.id == chosen:
                self.setCurrentItem(item)
        if self.currentRow() < 0 and found:
            self.setCurrentRow(0)
        rows = -(-len(found) // _ACROSS)
        height = round(_CELL[1] * tokens.scale()) * max(1, min(rows, _ROWS))
        self.setFixedHeight(height + tokens.px(tokens.S2))
        scrolls = Qt.ScrollBarPolicy.ScrollBarAsNeeded
        never = Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        self.setVerticalScrollBarPolicy(scrolls if rows > _ROWS else never)
        self.setVisible(bool(found))

    def chosen_id(self) -> str:
        """The id of the one that a person stands on; empty for none."""
        attached = self._chosen()
        return attached.row.id if attached else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        attached = self._chosen()
        if event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and attached:
            self.open_wanted.emit(attached)
        elif event.key() == Qt.Key.Key_Delete and attached:
            self.delete_wanted.emit(attached)
        else:
            super().keyPressEvent(event)

    def _open(self, item: QListWidgetItem) -> None:
        self.open_wanted.emit(item.data(Qt.ItemDataRole.UserRole))

    def _chosen(self) -> Attached | None:
        if self.currentRow() < 0:
            return None
        return self.currentItem().data(Qt.ItemDataRole.UserRole)


def _caption(attached: Attached) -> str:
    """A camera's file names say nothing: a photo is called by when it was taken."""
    taken_at = str(attached.row.values["taken_at"] or "")
    return f"{taken_at[5:10]} {taken_at[11:16]}" if taken_at else attached.name


def _as_it_is(pixmap: QPixmap) -> QIcon:
    """An icon that is not tinted where it is chosen: colours of a photo are what it shows."""
    made = QIcon(pixmap)
    made.addPixmap(pixmap, QIcon.Mode.Selected)
    return made


def incoming_of(data: QMimeData, *, look_only: bool = False) -> list[Incoming]:
    """The files or the picture that were copied or dragged here; with ``look_only`` whether any."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if paths:
        return [Incoming(path.name, path) for path in paths]
    if not data.hasImage():
        return []
    return [Incoming("粘贴的照片.png", b"" if look_only else _png_of(QImage(data.imageData())))]


def tip_of(attached: Attached) -> str:
    """What the mouse is told of one: name, when it was taken, what keeps it."""
    values = attached.row.values
    lines = [attached.name]
    if values["taken_at"]:
        lines.append(f"拍摄：{str(values['taken_at']).replace('T', ' ')}")
    if values["latitude"] is not None:
        lines.append("照片带有位置")
    lines.append(where_of(attached)[1])
    if attached.trouble:
        lines.append(attached.trouble)
    return "\n".join(lines)


def where_of(attached: Attached) -> tuple[str, str, str]:
    """Icon, words and colour that say where an attachment stands."""
    if attached.state == "synced" and not attached.here:
        return "cloud", "原件在县里", tokens.QUIET
    state = state_of(attached.state)
    return state.icon, state.word, state.colour


def _picture_of(attached: Attached) -> QPixmap:
    """The thumbnail, or the sign of a document, with where it stands under it."""
    ratio = QApplication.primaryScreen().devicePixelRatio()
    width, height, line = (tokens.px(n) for n in (*_PICTURE, _STATE_LINE))
    pixmap = QPixmap(QSize(width, height + line) * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    image = thumbnail_of(attached)
    if image.isNull():
        side = tokens.px(40)
        sign = icon("document" if not attached.is_picture else "photo", tokens.QUIET)
        painter.drawPixmap((width - side) // 2, (height - side) // 2, sign.pixmap(side, side))
    else:
        scaled = image.scaled(
            QSize(width, height) * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        scaled.setDevicePixelRatio(ratio)
        size = scaled.deviceIndependentSize()
        painter.drawImage(
            round((width - size.width()) / 2), round((height - size.height()) / 2), scaled
        )
    name, words, colour = where_of(attached)
    _draw_state(painter, name, words, colour, width, height, line)
    painter.end()
    return pixmap


def _draw_state(
    painter: QPainter, name: str, words: str, colour: str, width: int, top: int, line: int
) -> None:
    font = QApplication.font()
    font.setPointSizeF(font.pointSizeF() * 0.86)
    painter.setFont(font)
    side, gap = tokens.px(13), tokens.px(3)
    text = painter.fontMetrics().horizontalAdvance(words)
    left = max(0, (width - side - gap - text) // 2)
    painter.drawPixmap(left, top + (line - side) // 2, icon(name, colour).pixmap(side, side))
    painter.setPen(colour)
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    painter.drawText(left + side + gap, top, width, line, int(flags), words)


def thumbnail_of(attached: Attached) -> QImage:
    """The thumbnail that came with the record; a null image where it has none."""
    text = attached.row.values["thumbnail"]
    return QImage.fromData(base64.b64decode(str(text))) if text else QImage()


def _png_of(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())
