"""One photo large: from this PC, or fetched from the county while one looks at its thumbnail."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QPixmap, QResizeEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.attachments.service import Attached, Attachments
from desktop.background import Lanes, Latest, Task, sentence_of
from desktop.storage.errors import FileDamaged
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.progress import Progress
from desktop.widgets.words import place, size
from sync.client.faults import LineFault, what_happened

#: How much of the window it covers.
_SHARE = 0.92
_SAVE = "Ctrl+S"


class Viewer(QDialog):
    """Photos of one record, one at a time. Arrows turn the page, Esc closes."""

    def __init__(
        self,
        attachments: Attachments,
        lanes: Lanes,
        shown: Sequence[Attached],
        first: Attached,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("photoViewer")
        self.setWindowTitle("照片")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._attachments, self._lanes, self._shown = attachments, lanes, list(shown)
        self._place = next(
            (n for n, each in enumerate(self._shown) if each.row.id == first.row.id), 0
        )
        self._latest = Latest()
        self._fetching: Task | None = None
        self._was_fetched = False
        self._image = QImage()
        self._picture, self._title, self._facts, self._words = (QLabel() for _ in range(4))
        self._taken = QLabel()
        self._picture.setObjectName("photo")
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._picture.setMinimumSize(QSize(320, 240) * tokens.scale())
        self._title.setObjectName("panelTitle")
        self._facts.setObjectName("quiet")
        self._taken.setObjectName("quiet")
        self._words.setObjectName("photoWords")
        self._words.setWordWrap(True)
        self.progress = Progress()
        self._before = button("photoBefore", "上一张", partial(self.turn, -1), icon_name="back")
        self._next = button("photoNext", "下一张", partial(self.turn, 1), icon_name="forward")
        self._save = button(
            "photoSave", "另存到…", self.choose_where, icon_name="save", tip="Ctrl+S"
        )
        self._lay_out()
        self.resize(parent.size() * _SHARE)
        self._show()

    @property
    def attached(self) -> Attached:
        """The one in sight."""
        return self._shown[self._place]

    def turn(self, by: int) -> None:
        """Go to a neighbour."""
        place = self._place + by
        if 0 <= place < len(self._shown):
            self._stop_fetching()
            self._place = place
            self._show()

    def choose_where(self) -> None:
        """Ask where to write the original to."""
        path, _ = QFileDialog.getSaveFileName(self, "另存到", self.attached.name)
        if path:
            self.save(Path(path))

    def save(self, path: Path) -> None:
        """Write the original to a file of the cadre's own."""
        self._lanes.files.run(
            self._attachments.save,
            self.attached.row.id,
            path,
            done=lambda _answer: self._words.setText(f"已另存为“{path.name}”"),
            failed=self._failed,
        )

    def words(self) -> str:
        """What is said under the picture."""
        return self._words.text()

    def taken(self) -> str:
        """What is said of when and where it was taken; empty for nothing."""
        return "" if self._taken.isHidden() else self._taken.text()

    def image(self) -> QImage:
        """The picture as shown: the original, or its thumbnail while that is all there is."""
        return self._image

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_PageUp: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_PageDown: 1,
        }
        by = keys.get(Qt.Key(event.key()))
        if by is not None:
            self.turn(by)
        elif event.matches(QKeySequence.StandardKey.Save) and self._save.isEnabled():
            self.choose_where()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._paint()

    def done(self, code: int) -> None:
        self._stop_fetching()
        self._latest.drop()
        super().done(code)

    def _show(self) -> None:
        attached = self.attached
        values = attached.row.values
        facts = [size(int(values["size"] or 0))]
        if values["width"]:
            facts.insert(0, f"{values['width']}×{values['height']}")
        if attached.row.made_by:
            facts.append(f"{attached.row.made_by} 加的")
        self._title.setText(attached.name)
        far = (
            f"第 {self._place + 1} 张，共 {len(self._shown)} 张 · " if len(self._shown) > 1 else ""
        )
        self._facts.setText(far + " · ".join(facts))
        self._tell_when_and_where()
        self._before.setEnabled(self._place > 0)
        self._next.setEnabled(self._place + 1 < len(self._shown))
        self._save.setEnabled(False)
        self._was_fetched = False
        self._words.setText("")
        thumbnail = values["thumbnail"]
        self._image = QImage.fromData(base64.b64decode(str(thumbnail))) if thumbnail else QImage()
        self._paint()
        if attached.here:
            self._load()
        else:
            self._fetch("正在从县里取原件……")

    def _tell_when_and_where(self) -> None:
        values = self.attached.row.values
        facts = []
        if values["taken_at"]:
            facts.append(str(values["taken_at"]).replace("T", " ")[:16])
        if values["latitude"] is not None and values["longitude"] is not None:
            facts.append(place(int(values["latitude"]), int(values["longitude"])))
            # A place is personal: whoever sees it whole is noted, as everywhere.
            self._lanes.writing.run(
                self._attachments.log_full_view, self.attached.row.id, 1, "看照片的位置"
            )
        self._taken.setText(f"拍摄于 {' · '.join(facts)}" if facts else "")
        self._taken.setVisible(bool(facts))

    def _fetch(self, words: str) -> None:
        record_id = self.attached.row.id
        self._was_fetched = True
        self._words.setText(words)

        def work(task: Task) -> bool:
            return self._attachments.fetch(record_id, task.progress, task.cancelled)

        self._fetching = self._lanes.files.run_long(
            work, done=self._fetched, failed=self._not_fetched, progress=self._far
        )
        self.progress.watch(self._fetching, "正在取原件")

    def _far(self, done: int, total: int, _words: str) -> None:
        self.progress.move_on(done // 1024, total // 1024, "正在取原件（KB）")

    def _fetched(self, whole: bool) -> None:
        self._fetching = None
        self.progress.finish()
        if whole:
            self._words.setText("")
            self._load()
        else:
            self._words.setText("已停下。取到的部分留着，下次接着取。")

    def _not_fetched(self, error: Exception) -> None:
        self._fetching = None
        self.progress.finish()
        if isinstance(error, LineFault):
            later = "现在看到的是小图；网通了再打开一次，就取原件。"
            self._words.setText(f"{what_happened(error)}\n{later}")
        else:
            self._words.setText(sentence_of(error) or str(error))

    def _load(self) -> None:
        attached = self.attached
        self._save.setEnabled(True)
        if not attached.is_picture:
            self._words.setText("这是文件，不是照片：点“另存到…”存出来，再用 WPS 打开。")
            return
        self._latest.ask(
            self._lanes.reading.run(
                _image_of,
                self._attachments,
                attached.row.id,
                done=self._take,
                failed=self._failed,
            )
        )

    def _take(self, image: QImage) -> None:
        if not image.isNull():
            self._image = image
            self._paint()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, FileDamaged) and not self._was_fetched:
            self._fetch("本机的原件坏了，正在从县里再取一份……")
            return
        self._words.setText(sentence_of(error) or str(error))

    def _paint(self) -> None:
        if self._image.isNull():
            self._picture.setPixmap(QPixmap())
            return
        ratio = self.devicePixelRatioF()
        scaled = self._image.scaled(
            self._picture.size() * ratio,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        scaled.setDevicePixelRatio(ratio)
        self._picture.setPixmap(QPixmap.fromImage(scaled))

    def _stop_fetching(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None
            self.progress.finish()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addWidget(self._facts)
        head.addStretch()
        foot = QHBoxLayout()
        foot.setSpacing(tokens.px(tokens.S2))
        foot.addWidget(self._before)
        foot.addWidget(self._next)
        foot.addStretch()
        foot.addWidget(self._save)
        close = button("closePhoto", "关上", self.reject, weight="primary", tip="Esc")
        foot.addWidget(close)
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S4)
        column.setContentsMargins(margin, margin, margin, margin)
        column.setSpacing(tokens.px(tokens.S3))
        column.addLayout(head)
        column.addWidget(self._taken)
        column.addWidget(self._picture, 1)
        column.addWidget(self.progress)
        column.addWidget(self._words)
        column.addLayout(foot)


def _image_of(attachments: Attachments, record_id: str) -> QImage:
    """Read the original on a lane; decoding takes its time."""
    with attachments.open(record_id) as file:
        return QImage.fromData(file.read())
