"""Settings of this PC: who works here, how often to sync, how large, the password."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.attachments.limits import ALWAYS, FILE_MBS, NEVER, NIGHT, PHOTO_SIDES, Limits
from desktop.background import Lane, sentence_of
from desktop.shell.preferences import LEAST_MINUTES, MOST_MINUTES, Chosen, Preferences
from desktop.syncing.line import LIMIT_WORDS
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.pages import Page, PageHead
from desktop.widgets.view import Note

_WIDTH = 560
_PHOTOS = [
    (ALWAYS, "每次同步都送"),
    (NIGHT, "夜里送（22 点到 6 点）"),
    (NEVER, "这条线路上不送"),
]


class SettingsPage(Page):
    """Everything that may be set, on one page."""

    #: The settings as they now stand.
    chosen = Signal(object)
    #: Another scale is wanted, in per cent.
    scaled = Signal(int)

    def __init__(self, preferences: Preferences, lane: Lane, per_cent: int, about: str) -> None:
        super().__init__("settings", "设置", "settings")
        self._preferences, self._lane = preferences, lane
        self._operator, self._device = _line("settingOperator"), _line("settingDevice")
        self._minutes = QSpinBox()
        self._minutes.setObjectName("settingMinutes")
        self._minutes.setRange(LEAST_MINUTES, MOST_MINUTES)
        self._minutes.setSuffix(" 分钟")
        self._line = QComboBox()
        self._line.setObjectName("settingLine")
        for limit, words in LIMIT_WORDS.items():
            self._line.addItem(words, limit)
        self._scale = QComboBox()
        self._scale.setObjectName("settingScale")
        for size in tokens.SCALES:
            self._scale.addItem(f"{size}%", size)
        self._scale.setCurrentIndex(tokens.SCALES.index(per_cent))
        self._scale.activated.connect(lambda _i: self.scaled.emit(int(self._scale.currentData())))
        self._photos = _choices("settingPhotos", _PHOTOS)
        self._side = _choices("settingPhotoSide", [(n, f"长边 {n} 像素") for n in PHOTO_SIDES])
        self._most = _choices("settingFileMb", [(n, f"{n} MB") for n in FILE_MBS])
        self._remind = _choices("settingRemind", [(True, "提醒"), (False, "不提醒")])
        self._old, self._new, self._again = (
            _line(name, secret=True) for name in ("oldPassword", "newPassword", "newPasswordAgain")
        )
        self._wrong = QLabel()
        self._wrong.setObjectName("wrongWords")
        self._wrong.setWordWrap(True)
        self._lay_out(about)

    def refresh(self) -> None:
        self._lane.run(self._preferences.read, done=self._show)

    def save(self) -> None:
        """Keep the settings; the scale has been taken at once."""
        limits = Limits(
            self._side.currentData(), self._most.currentData(), self._photos.currentData()
        )
        chosen = Chosen(
            self._operator.text(),
            self._device.text(),
            self._minutes.value(),
            str(self._line.currentData()),
            limits,
            bool(self._remind.currentData()),
        )
        self._lane.run(self._preferences.write, chosen, done=self._saved)

    def change_password(self) -> None:
        """Wrap the key by another password."""
        wrong = self._what_is_wrong()
        self._wrong.setText(wrong)
        if not wrong:
            work = partial(self._preferences.change_password, self._old.text(), self._new.text())
            self._lane.run(work, done=self._changed_password, failed=self._not_changed)

    def _what_is_wrong(self) -> str:
        if not self._old.text() or not self._new.text():
            return "请填原密码和新密码。"
        return "" if self._new.text() == self._again.text() else "两次输入的新密码不一样。"

    def _changed_password(self, _answer: object) -> None:
        for line in (self._old, self._new, self._again):
            line.clear()
        self.said.emit(Note("密码已改，下次打开时用新密码"))

    def _not_changed(self, error: Exception) -> None:
        self._wrong.setText(sentence_of(error) or str(error))

    def _show(self, chosen: Chosen) -> None:
        self._operator.setText(chosen.operator)
        self._device.setText(chosen.device_name)
        self._minutes.setValue(chosen.minutes)
        self._line.setCurrentIndex(max(self._line.findData(chosen.line), 0))
        limits = chosen.limits
        for box, value in (
            (self._photos, limits.photos),
            (self._side, limits.photo_side),
            (self._most, limits.file_mb),
            (self._remind, chosen.remind),
        ):
            box.setCurrentIndex(box.findData(value))

    def _saved(self, chosen: Chosen) -> None:
        self._show(chosen)
        self.chosen.emit(chosen)
        self.said.emit(Note("设置已保存"))

    def _lay_out(self, about: str) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S4))
        save = button("saveSettings", "保存", self.save, weight="primary", icon_name="save")
        column.addWidget(
            _card(
                "这台电脑",
                [
                    ("经办人", self._operator, "每条记录都写上是谁记的"),
                    ("电脑名称", self._device, "如：村委会前台"),
                    ("每隔多久同步", self._minutes, f"{LEAST_MINUTES} 到 {MOST_MINUTES} 分钟"),
                    ("上网的线路", self._line, "慢的，一次少送一些"),
                    ("到期提醒", self._remind, "打开时和每小时，有新到期的才说一句"),
                    ("字的大小", self._scale, "选了马上就变"),
                ],
                save,
            )
        )
        keep = button("savePhotoSettings", "保存", self.save, icon_name="save")
        sizes: list[tuple[str, QWidget, str]] = [
            ("照片何时送", self._photos, "记录总是先送，不等照片"),
            ("照片缩到", self._side, "加进来的时候就缩小"),
            ("文件最大", self._most, "PDF、Word、Excel、WPS 等"),
        ]
        column.addWidget(_card("照片和文件", sizes, keep))
        change = button("changePassword", "改密码", self.change_password, icon_name="lock")
        rows = [
            ("原密码", self._old, ""),
            ("新密码", self._new, "至少6个字符"),
            ("再输一遍", self._again, ""),
        ]
        column.addWidget(_card("本机密码", rows, change, self._wrong))
        words = QLabel(about)
        words.setObjectName("quiet")
        words.setWordWrap(True)
        words.setFixedWidth(tokens.px(_WIDTH))
        words.setOpenExternalLinks(False)
        column.addWidget(words)
        column.addStretch()
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(body)
        outer = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        outer.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        outer.setSpacing(tokens.px(tokens.S3))
        outer.addWidget(PageHead("设置"))
        outer.addWidget(area, 1)


def _line(name: str, *, secret: bool = False) -> QLineEdit:
    line = QLineEdit()
    line.setObjectName(name)
    if secret:
        line.setEchoMode(QLineEdit.EchoMode.Password)
    return line


def _choices(name: str, options: Sequence[tuple[object, str]]) -> QComboBox:
    box = QComboBox()
    box.setObjectName(name)
    for value, words in options:
        box.addItem(words, value)
    return box


def _card(
    title: str, rows: Sequence[tuple[str, QWidget, str]], act: QWidget, words: QLabel | None = None
) -> QFrame:
    card = QFrame()
    card.setObjectName("card")
    card.setFixedWidth(tokens.px(_WIDTH))
    grid = QGridLayout(card)
    margin = tokens.px(tokens.S4)
    grid.setContentsMargins(margin, margin, margin, margin)
    grid.setHorizontalSpacing(tokens.px(tokens.S3))
    grid.setVerticalSpacing(tokens.px(tokens.S2))
    heading = QLabel(title)
    heading.setObjectName("panelTitle")
    grid.addWidget(heading, 0, 0, 1, 3)
    for place, (label, editor, hint) in enumerate(rows, 1):
        name, told = QLabel(label), QLabel(hint)
        name.setBuddy(editor)
        told.setObjectName("quiet")
        told.setWordWrap(True)
        editor.setFixedHeight(tokens.px(tokens.CONTROL))
        editor.setFixedWidth(tokens.px(200))
        name.setFixedWidth(tokens.px(96))
        grid.addWidget(name, place, 0)
        grid.addWidget(editor, place, 1)
        grid.addWidget(told, place, 2)
    grid.setColumnStretch(2, 1)
    last = len(rows) + 1
    if words is not None:
        grid.addWidget(words, last, 1, 1, 2)
    grid.setRowMinimumHeight(last, tokens.px(tokens.S2))
    grid.addWidget(act, last + 1, 1)
    return card
