"""Over the map while a boundary is drawn: what to do next, corners by figures, and the end."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from desktop.grids.boundaries_crs import System, UnknownSystem, system_of
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.elided import Elided
from sync.records.boundaries import SYSTEMS
from sync.records.shapes import CHINA, Position, area_of, corners, tell_area

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_NEW = "点一下放一个角，双击或回车围起来；退格去掉上一个，Esc 不画了"
_NOWHERE = "地图上还空着：先贴一个角的坐标（手机地图里长按能看到），回车，再接着点"
_CLOSED = "围好了。拖角可以挪，点在线上加一个角；回车保存"


class MapBanner(QFrame):
    """Words and buttons of the sketch; figures that are typed become corners."""

    saved = Signal()
    left = Signal()
    back = Signal()
    #: The boundary that is there is to go.
    removed = Signal()
    #: A corner, in degrees of WGS 84.
    placed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("progress")
        self._title, self._words = QLabel(), Elided()
        self._title.setObjectName("panelTitle")
        self._words.setObjectName("quiet")
        self._fault = QLabel()
        self._fault.setObjectName("formFault")
        self._fault.hide()
        self.figures = QLineEdit()
        self.figures.setObjectName("sketchFigures")
        self.figures.setPlaceholderText("也可以贴坐标：103.460100, 30.410200；一次可以贴很多个")
        self.figures.setMinimumHeight(tokens.px(tokens.CONTROL))
        self.figures.returnPressed.connect(self._take)
        self.system = QComboBox()
        self.system.setObjectName("sketchSystem")
        self.system.setMinimumHeight(tokens.px(tokens.CONTROL))
        for code, words in SYSTEMS[:2]:
            self.system.addItem(words, code)
        self._back = button("sketchBack", "去掉上一个角", self.back.emit, icon_name="undo")
        self._remove = button("sketchRemove", "去掉边界", self.removed.emit, icon_name="delete")
        self._leave = button("sketchLeave", "不画了", self.left.emit, tip="Esc")
        self._save = button(
            "sketchSave", "保存边界", self.saved.emit, weight="primary", icon_name="save"
        )
        self._lay_out()
        self.hide()

    def begin(self, name: str, *, there: bool) -> None:
        """Begin on a grid; whether it has a boundary that can be taken away."""
        self._title.setText(f"改边界：{name}" if there else f"画边界：{name}")
        self._remove.setVisible(there)
        self.figures.clear()
        self.say_fault("")
        self.show()

    def tell(self, polygons: Sequence[Sequence[Sequence[Position]]], *, closed: bool) -> None:
        """What is drawn so far."""
        drawn = [polygon for polygon in polygons if polygon and len(polygon[0]) > 3]
        size = f"{corners(polygons)} 个角"
        if drawn:
            size += f"，约 {tell_area(area_of(drawn))}"
        self._words.setText(f"{size} · {_CLOSED if closed else _NEW}" if polygons else _NEW)
        self._save.setEnabled(bool(drawn))
        self._back.setEnabled(bool(polygons))
        self.say_fault("")

    def ask_for_place(self) -> None:
        """The map is empty: before anything can be clicked a place must be known."""
        self._words.setText(_NOWHERE)
        self.figures.setFocus()

    def say_fault(self, words: str) -> None:
        """Say why something cannot be kept; empty for nothing."""
        self._fault.setText(words)
        self._fault.setVisible(bool(words))

    def fault(self) -> str:
        """What is wrong, as shown."""
        return self._fault.text()

    def _take(self) -> None:
        """Corners out of what was typed or pasted: pairs of figures, in either order."""
        try:
            found = positions_in(self.figures.text(), str(self.system.currentData()))
        except UnknownSystem as error:
            self.say_fault(str(error))
            return
        self.figures.clear()
        for position in found:
            self.placed.emit(position)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(tokens.px(tokens.S2))
        top.addWidget(self._title, 1)
        for made in (self._remove, self._back, self._leave, self._save):
            top.addWidget(made)
        second = QHBoxLayout()
        second.setSpacing(tokens.px(tokens.S2))
        second.addWidget(self.figures, 1)
        second.addWidget(self.system)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(tokens.px(n) for n in (16, 10, 12, 10)))
        column.setSpacing(tokens.px(tokens.S2))
        column.addLayout(top)
        column.addWidget(self._words)
        column.addLayout(second)
        column.addWidget(self._fault)


def positions_in(text: str, code: str) -> list[Position]:
    """Corners in WGS 84 out of figures as a person pastes them. Raises UnknownSystem with a
    sentence."""
    numbers = [float(found) for found in _NUMBER.findall(text)]
    if not numbers or len(numbers) % 2:
        raise UnknownSystem("坐标要成对写：经度在前、纬度在后，例如 103.460100, 30.410200")
    pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
    system = system_of("", pairs)
    if system.metres:
        raise UnknownSystem(
            "这里要写经纬度（度），例如 103.460100, 30.410200；平面坐标请从文件导入"
        )
    turn = System(code, swapped=system.swapped).to_wgs84()
    found = [turn(pair) for pair in pairs]
    west, south, east, north = CHINA
    if not all(west < x < east and south < y < north for x, y in found):
        raise UnknownSystem("坐标不在中国境内，请看看是不是写错了一位")
    return found
