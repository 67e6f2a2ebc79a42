"""What importing boundaries would do, seen on the map before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, Task, sentence_of
from desktop.grids.boundaries_crs import CGCS2000, MERIDIANS, System
from desktop.grids.boundaries_import import ImportPlan, nearest_meridian, shapes_for
from desktop.grids.boundaries_service import Before, Boundaries
from desktop.grids.map_import_placing import Placed, lie, there
from desktop.grids.map_import_table import MapImportTable
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.map_drawing import Legend
from desktop.widgets.map_scene import build
from desktop.widgets.map_view import MapView
from desktop.widgets.pages import PageHead
from desktop.widgets.picker import Picker
from desktop.widgets.progress import Progress
from sync.records import GridBoundary
from sync.records.boundaries import SYSTEMS
from sync.records.shapes import ShapeError

FILES = "边界文件 (*.geojson *.json);;所有文件 (*)"
#: Boundaries that agree less than this are hundreds of metres apart.
_ALIKE = 0.5


class MapImportPanel(QWidget):
    """Preview on the map, choose the grid of each area and the kind of coordinates, write."""

    left = Signal()
    #: How many boundaries were written, and what takes them back.
    imported = Signal(int, object)
    said = Signal(object)

    def __init__(self, boundaries: Boundaries, lanes: Lanes) -> None:
        super().__init__()
        self.setObjectName("mapImportPanel")
        self._boundaries, self._lanes = boundaries, lanes
        self._plan: ImportPlan | None = None
        self._placed: Placed | None = None
        self._chosen: dict[int, str] = {}
        self._task: Task | None = None
        self._latest = Latest()
        self.head = PageHead("导入边界")
        self.progress = Progress()
        self.map = MapView()
        self.map.setObjectName("importMap")
        self._words, self._fault = QLabel(), QLabel()
        self._words.setWordWrap(True)
        self._words.setObjectName("importWords")
        self._fault.setWordWrap(True)
        self._fault.setObjectName("formFault")
        self._systems = QButtonGroup(self)
        self.meridian = QComboBox()
        self.table = MapImportTable()
        self._note = QLabel()
        self._note.setObjectName("importNote")
        self._note.setWordWrap(True)
        self._note.setMargin(tokens.px(tokens.S2))
        self._pick = button("importPick", "选它是哪个网格", self.pick_grid, icon_name="grid")
        self._none = button("importNone", "不导入这一块", self.pass_over, weight="quiet")
        self._back = button("mapImportBack", "不导入了", self.leave, icon_name="back", tip="Esc")
        self._go = button(
            "mapImportGo", "导入", self.carry_out, weight="primary", icon_name="import"
        )
        self.head.add(self._back, self._go)
        self._lay_out()

    def preview(self, path: Path) -> None:
        """Read a file and show where it lies."""
        self._plan = self._placed = None
        self._chosen = {}
        self._body.hide()
        self._go.hide()
        self.head.say(path.name)
        self._words.setText("正在读这个文件……")
        self._fault.hide()
        self._back.setText("不导入了")

        def work(task: Task) -> ImportPlan | None:
            plan = self._boundaries.preview(path)
            return None if task.cancelled() else plan

        self._task = self._lanes.files.run_long(work, self._take_plan, self._unreadable)
        self.progress.watch(self._task, "正在读边界文件")

    def carry_out(self) -> None:
        """Write what is on the map."""
        placed = self._placed
        if placed is None or self._plan is None:
            return
        try:
            shapes = shapes_for(placed.laid, self._chosen)
        except ShapeError as error:
            self._say_fault(str(error))
            return
        self._go.setEnabled(False)
        work = partial(
            self._boundaries.keep, {grid: made.shape for grid, made in shapes.items()}, self._code()
        )

        def done(before: list[Before]) -> None:
            self._body.hide()
            self.imported.emit(len(before), before)

        self._lanes.writing.run(work, done=done, failed=self._not_written)

    def leave(self) -> None:
        """Go back to the map; a file still being read is let go of."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self.progress.finish()
        self._latest.drop()
        self._body.hide()
        self.left.emit()

    def pick_grid(self) -> None:
        """Choose the grid of the area in the table."""
        picker = Picker(self, "网格", self._find)
        picker.picked.connect(self.assign)
        picker.open_at(self._pick.mapToGlobal(QPoint(0, -tokens.px(304))))

    def assign(self, grid: str, _name: str = "") -> None:
        """Let the area in the table be a grid; '' for none."""
        place = self.table.place()
        if place:
            self._chosen[place] = grid
            if not grid:
                del self._chosen[place]
            self._lay_anew()

    def pass_over(self) -> None:
        """Leave the area in the table out."""
        self.assign("")

    def choose_system(self, code: str) -> None:
        """Say what kind of coordinates the file has."""
        self._radio(code).click()

    def words(self) -> str:
        """What is said about the file."""
        return self._words.text()

    def _take_plan(self, plan: ImportPlan | None) -> None:
        self._task = None
        self.progress.finish()
        if plan is None:
            return
        self._plan, self._chosen = plan, dict(plan.matched)
        self._offer_systems(plan)
        self._body.show()
        self._go.show()
        self._fill_table()
        self._lay_anew()
        self._first_step().setFocus()

    def _first_step(self) -> QWidget:
        """What a person does first: say where the coordinates are from, else look at the areas."""
        if self._system().settled:
            return self.table
        return self.meridian if self._code() else self._radios[0]

    def _unreadable(self, error: Exception) -> None:
        self._task = None
        self.progress.finish()
        self._words.setText(sentence_of(error) or str(error))
        self._back.setText("回到地图")
        self._back.setFocus()

    def _not_written(self, error: Exception) -> None:
        self._go.setEnabled(True)
        self._say_fault(sentence_of(error) or str(error))

    def _offer_systems(self, plan: ImportPlan) -> None:
        """What the file says stands chosen; what metres show cannot be chosen away."""
        self._systems.setExclusive(False)
        for code, _ in SYSTEMS:
            radio = self._radio(code)
            radio.setChecked(code == plan.system.code)
            radio.setEnabled(not plan.system.metres or code == CGCS2000)
        self._systems.setExclusive(True)
        self._meridian_row.setVisible(plan.system.metres)
        self.meridian.setCurrentIndex(
            self.meridian.findData(plan.system.meridian or nearest_meridian(plan, MERIDIANS))
        )
        self.meridian.setEnabled(not plan.system.meridian)

    def _system(self) -> System:
        """The system as it is chosen now."""
        assert self._plan is not None  # noqa: S101 (there is a file)
        known = self._plan.system
        meridian = int(self.meridian.currentData() or 0) if known.metres else 0
        return System(self._code(), known.metres, meridian, known.swapped)

    def _code(self) -> str:
        return next((str(r.property("code")) for r in self._radios if r.isChecked()), "")

    def _lay_anew(self) -> None:
        """Put everything where the chosen system has it."""
        plan = self._plan
        if plan is None:
            return
        system, chosen = self._system(), dict(self._chosen)
        if not system.settled:
            self._placed = None
            self._fill_table()
            self.map.show_scene(build(there(plan)), Legend())
            self._tell()
            return
        before = self._placed.laid if self._placed and self._placed.system == system else None
        work = partial(lie, plan, system, chosen, before)
        self._latest.ask(self._lanes.reading.run(work, done=self._take_placed))

    def _take_placed(self, placed: Placed) -> None:
        moved = self._placed is None or self._placed.system != placed.system
        self._placed = placed
        self._fill_table()
        self.map.show_scene(placed.scene, Legend(), fit=moved)
        self._tell()

    def _tell(self) -> None:
        plan, placed = self._plan, self._placed
        assert plan is not None  # noqa: S101 (there is a file)
        self._fault.hide()
        areas, bad = len(plan.usable), len(plan.sheet.features) - len(plan.usable)
        lines = [
            f"还没有写入。文件里有 {areas:,} 块"
            + (f"，另有 {bad:,} 块用不上" if bad else "")
            + "。"
        ]
        if placed is None:
            lines.append(
                "先选中央经线，选错会偏出几百公里。"
                if plan.system.metres
                else "先选这份坐标是哪一种：数字上看不出来，选错会偏出几百米。"
            )
        elif placed.agrees is not None:
            lines.append(f"照现在选的坐标，和地图上已有的边界重合 {placed.agrees:.0%}。")
            if placed.agrees < _ALIKE:
                self._say_fault("和已有的边界对不上，多半是坐标选错了，换一种再看看。")
        if placed is not None and not self._chosen:
            lines.append("没有一块对得上名字或编号，请在表里一块一块选它是哪个网格。")
        self._words.setText("".join(lines))
        ready = self._ready()
        grids = len(set(ready.values()))
        self._go.setText(f"导入 {grids:,} 个网格的边界" if grids else "导入")
        self._go.setEnabled(bool(grids))

    def _ready(self) -> Mapping[int, str]:
        """The features that would be written, and whose they are."""
        if self._placed is None:
            return {}
        sound = {one.feature.place for one in self._placed.laid if not one.problem}
        return {place: grid for place, grid in self._chosen.items() if place in sound}

    def _fill_table(self) -> None:
        if self._plan is not None:
            laid = self._placed.laid if self._placed is not None else []
            self.table.show_plan(self._plan, laid, self._chosen)
            self._show_row()

    def _show_row(self) -> None:
        place = self.table.place()
        self.map.choose(str(place) if place else "")
        features = self._plan.sheet.features if self._plan else []
        usable = any(f.place == place and not f.problem for f in features)
        self._pick.setEnabled(usable)
        self._none.setEnabled(place in self._chosen)
        # Beside a map on a small screen the column has no room for a whole sentence.
        note = self.table.note()
        self._note.setText(note)
        self._note.setVisible(bool(note))

    def _find(self, text: str, answer: object) -> None:
        plan = self._plan
        if plan is None:
            return
        known = plan.targets

        def found(choices: list[tuple[str, str]]) -> None:
            answer([one for one in choices if one[0] in known])  # type: ignore[operator]

        self._lanes.reading.run(self._boundaries.choices, GridBoundary.grid, text, done=found)

    def _radio(self, code: str) -> QRadioButton:
        return next(r for r in self._radios if r.property("code") == code)

    def _say_fault(self, words: str) -> None:
        self._fault.setText(words)
        self._fault.show()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S2))
        for shown in (self.head, self.progress, self._words, self._fault):
            column.addWidget(shown)
        self._body = QWidget()
        # Out of sight it asks for no room.
        self._body.hide()
        inside = QVBoxLayout(self._body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(tokens.px(tokens.S2))
        inside.addLayout(self._system_row())
        inside.addWidget(self._meridian_line())
        middle = QHBoxLayout()
        middle.setSpacing(tokens.px(tokens.S3))
        middle.addWidget(self._framed_table(), 2)
        middle.addWidget(self.map, 3)
        inside.addLayout(middle, 1)
        column.addWidget(self._body, 1)
        column.addStretch()
        self.map.chosen.connect(lambda mark: self.table.stand_on(int(mark or 0)))

    def _system_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S4))
        row.addWidget(QLabel("坐标是从哪里来的"))
        self._radios = []
        for code, words in SYSTEMS:
            radio = QRadioButton(words)
            radio.setObjectName(f"system_{code}")
            radio.setProperty("code", code)
            self._systems.addButton(radio)
            self._radios.append(radio)
            row.addWidget(radio)
        self._systems.buttonClicked.connect(lambda _: self._lay_anew())
        row.addStretch()
        return row

    def _meridian_line(self) -> QWidget:
        self._meridian_row = QWidget()
        row = QHBoxLayout(self._meridian_row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(tokens.px(tokens.S2))
        self.meridian.setObjectName("importMeridian")
        self.meridian.setMinimumHeight(tokens.px(tokens.CONTROL))
        for degrees in MERIDIANS:
            self.meridian.addItem(f"{degrees}°", degrees)
        self.meridian.activated.connect(lambda _: self._lay_anew())
        row.addWidget(QLabel("平面坐标（米），中央经线"))
        row.addWidget(self.meridian)
        hint = QLabel("图的说明里写着；不清楚就问出图的人")
        hint.setObjectName("quiet")
        row.addWidget(hint)
        row.addStretch()
        return self._meridian_row

    def _framed_table(self) -> QFrame:
        frame = QFrame()
        frame.setObjectName("sheet")
        table = self.table
        table.currentCellChanged.connect(lambda *_: self._show_row())
        table.itemActivated.connect(lambda _: self.pick_grid())
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(table, 1)
        inside.addWidget(self._note)
        foot = QHBoxLayout()
        foot.setContentsMargins(*(tokens.px(n) for n in (8, 4, 8, 8)))
        foot.addWidget(self._pick)
        foot.addWidget(self._none)
        foot.addStretch()
        inside.addLayout(foot)
        return frame
