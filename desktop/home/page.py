"""The first page (工作台): what waits, what the county answered, how much there is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.icons import icon
from desktop.widgets.layouts import clear
from desktop.widgets.pages import Page, PageHead
from desktop.widgets.words import photos_words, when
from sync.records import KINDS

#: Kinds that are counted, with their page's icon; three in a row.
_COUNTED = (
    ("resident", "resident", "人"),
    ("household", "household", "户"),
    ("grid", "grid", "个"),
    ("points_subject", "points", "个"),
    ("settlement", "settlement", "个"),
    ("project", "project", "个"),
)
_SYNC = "syncing"


class HomePage(Page):
    """What a person sees first; every figure leads to the thing itself."""

    def __init__(self) -> None:
        super().__init__("home", "工作台", "home")
        self.head = PageHead("工作台")
        self._todo = QVBoxLayout()
        self._todo.setSpacing(tokens.px(tokens.S2))
        self._counts = {
            kind: Card(kind, KINDS[kind].label, icon_name, unit)
            for kind, icon_name, unit in _COUNTED
        }
        self._lay_out()

    def show_status(self, status: Any) -> None:
        last = when(status.last_sync) if status.last_sync else ""
        told = f"县里最近收到：{last}" if last else "县里还没有收到过本机的记录"
        self.head.say(told if status.enrolled else "还没有接入县里，填的都先存在本机")
        for kind, card in self._counts.items():
            card.show_figure(status.counts.get(kind, 0))
        clear(self._todo)
        lines = _todo(status)
        if not any(status.counts.get(kind, 0) for kind, _i, _u in _COUNTED):
            lines = [*_first_steps(), *lines]
        for line in lines:
            self._todo.addWidget(self._line(*line))

    def _line(
        self, name: str, icon_name: str, colour: str, words: str, act: str, goal: Sequence[str]
    ) -> QFrame:
        made = QFrame()
        made.setObjectName("card")
        row = QHBoxLayout(made)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 8, 12, 8)))
        row.setSpacing(tokens.px(tokens.S3))
        picture, size = QLabel(), tokens.px(20)
        picture.setPixmap(icon(icon_name, colour).pixmap(QSize(size, size)))
        told = QLabel(words)
        told.setWordWrap(True)
        row.addWidget(picture)
        row.addWidget(told, 1)
        if act:
            page, kind, record_id = goal
            row.addWidget(
                button(f"todo_{name}", act, partial(self.wanted.emit, page, kind, record_id))
            )
        return made

    def _lay_out(self) -> None:
        inner, area = QWidget(), QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        column = QVBoxLayout(inner)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addSpacing(tokens.px(tokens.S2))
        column.addWidget(_heading("现在要做的"))
        column.addLayout(self._todo)
        column.addSpacing(tokens.px(tokens.S3))
        column.addWidget(_heading("本村有多少"))
        grid = QGridLayout()
        grid.setSpacing(tokens.px(tokens.S3))
        for place, card in enumerate(self._counts.values()):
            grid.addWidget(card, place // 3, place % 3)
            card.pressed.connect(partial(self._open_kind, card.kind))
        column.addLayout(grid)
        column.addStretch()

    def _open_kind(self, kind: str) -> None:
        self.wanted.emit("", kind, "")


class Card(QFrame):
    """A figure with its name; a click or Enter leads to the list."""

    pressed = Signal()

    def __init__(self, kind: str, label: str, icon_name: str, unit: str) -> None:
        super().__init__()
        self.kind, self._unit = kind, unit
        self.setObjectName("card")
        self.setProperty("press", True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._figure = QLabel()
        self._figure.setObjectName("figure")
        name, picture, size = QLabel(label), QLabel(), tokens.px(24)
        name.setObjectName("quiet")
        picture.setPixmap(icon(icon_name, tokens.QUIET).pixmap(QSize(size, size)))
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._figure)
        words.addWidget(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(*(tokens.px(n) for n in (16, 12, 16, 12)))
        row.addLayout(words, 1)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)

    def show_figure(self, count: int) -> None:
        """Show how many there are."""
        self._figure.setText(f"{count:,} {self._unit}")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
        else:
            super().keyPressEvent(event)


Line = tuple[str, str, str, str, str, tuple[str, str, str]]


def _todo(status: Any) -> list[Line]:
    sync = (_SYNC, "", "")
    lines: list[Line] = []
    if status.refused:
        words = f"{status.refused} 条被县里退回，要改好再送"
        lines.append(("refused", "return", tokens.ACT, words, "去改", sync))
    if status.conflicts:
        words = f"{status.conflicts} 条有冲突：两台电脑填得不一样"
        lines.append(("conflicts", "sheets", tokens.ACT, words, "去选", sync))
    if not status.enrolled:
        words = "这台电脑还没有接入县里；有了县里给的登记码就能接入"
        lines.append(("enrol", "link", tokens.PRIMARY, words, "接入县里", sync))
    elif status.waiting:
        words = f"{status.waiting:,} 条还没送到县里，有网就会自动送"
        lines.append(("waiting", "clock", tokens.WAIT, words, "看同步", sync))
    elif photos := photos_words(status.photos_waiting):
        words = f"记录都送到县里了，{photos}"
        lines.append(("waiting", "clock", tokens.WAIT, words, "看同步", sync))
    if not lines:
        lines.append(("none", "tick", tokens.GOOD, "都办完了，本机和县里一致", "", ("", "", "")))
    return lines


def _first_steps() -> list[Line]:
    return [
        ("grids", "grid", tokens.PRIMARY, "第一步：写上本村的网格", "去写网格", ("grids", "", "")),
        (
            "residents",
            "resident",
            tokens.PRIMARY,
            "第二步：导入现成的居民名册，或者一个一个添加",
            "去加居民",
            ("residents", "", ""),
        ),
    ]


def _heading(words: str) -> QWidget:
    made = QLabel(words)
    made.setObjectName("panelTitle")
    return made
