"""The map of the village's grids: coloured by a figure, drawn on, imported into, saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, sentence_of
from desktop.grids.boundaries_service import Before, Boundaries
from desktop.grids.map_banner import MapBanner
from desktop.grids.map_bar import MapBar
from desktop.grids.map_figures import Figure
from desktop.grids.map_import_panel import FILES, MapImportPanel
from desktop.grids.map_reading import Seen, outlines, read
from desktop.grids.map_saving import MapPaper, ask_where, print_map, save_pdf, save_picture
from desktop.grids.map_side import MapSide
from desktop.register.service import Row
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.detail import Detail
from desktop.widgets.empty import Empty
from desktop.widgets.map_drawer import MapDrawer
from desktop.widgets.map_drawing import Legend
from desktop.widgets.map_scene import build
from desktop.widgets.memory import Memory
from desktop.widgets.page_panel import PagePanel
from desktop.widgets.paper_view import ask_for_printer
from desktop.widgets.register_page import RegisterPage
from desktop.widgets.register_view import SpeakingStrip
from desktop.widgets.states import state_of
from desktop.widgets.view import Action, Note, View
from desktop.widgets.words import moment, when
from sync.records import Grid, GridBoundary
from sync.records.shapes import Position, tell_area

#: What was drawn, in degrees, and whether its last ring was closed.
Sketched = tuple[list[list[list[Position]]], bool]
_PICTURES = "图片 (*.png);;PDF (*.pdf)"


class MapPanel(PagePanel):
    """A click on a grid shows it beside the map; grids without a boundary are listed there.

    ``view`` tells which fields of a grid are read. ``figures`` are what the map may be coloured by.
    """

    def __init__(
        self,
        boundaries: Boundaries,
        view: View,
        figures: Sequence[Figure],
        lanes: Lanes,
        memory: Memory,
    ) -> None:
        super().__init__()
        self.setObjectName("mapPanel")
        self._boundaries, self._lanes = boundaries, lanes
        self._seen = Seen()
        self._read_once = False
        self._drawing, self._writing = "", False
        self._latest = Latest()
        self.map, self.side, self.banner = MapDrawer(), MapSide(), MapBanner()
        self.bar = MapBar(figures, memory)
        self.detail = Detail(self._view(view), lanes, only_read=True)
        self.importing = MapImportPanel(boundaries, lanes)
        self.empty = Empty()
        self._whole, self._ground, self._beside = (QStackedWidget() for _ in range(3))
        self._lay_out()
        self._connect()

    def add_figures(self, *figures: Figure) -> None:
        """Offer more figures to colour the map by."""
        self.bar.add_figures(*figures)

    def hang(self, make_strip: Callable[[], SpeakingStrip]) -> None:
        strip = make_strip()
        self.detail.hang(strip)
        strip.said.connect(self.said)
        strip.changed.connect(self.changed)

    def refresh(self) -> None:
        if self._drawing or self._whole.currentWidget() is self.importing:
            # What is under way is not pulled away from under a hand.
            return
        work = partial(read, self._boundaries, self.bar.figure(), self.bar.layer())
        self._latest.ask(self._lanes.reading.run(work, done=self._take, failed=self._say_fault))

    def take_focus(self) -> None:
        (self.map if self._seen.placed else self.side.list).setFocus()

    def focus_filter(self) -> None:
        self.side.search.setFocus()
        self.side.search.selectAll()

    def save(self) -> None:
        if self._drawing:
            self.keep_drawn()

    def leave(self) -> None:
        if self._whole.currentWidget() is self.importing:
            self.importing.leave()
        elif self._drawing and not self._writing:
            self._leave_sketch()
        else:
            self._close_detail()

    def print(self) -> None:
        """Print the map as it is coloured now."""
        if not self._seen.placed:
            self.said.emit(Note("地图上还没有网格，没有可打印的"))
        elif (printer := ask_for_printer(self)) is not None:
            if print_map(self._paper(), printer):
                self.said.emit(Note("地图已送到打印机"))
            else:
                self.said.emit(Note("打印机没有接下地图，请看看它开着没有、有没有纸。", bad=True))

    def open_grid(self, grid: str) -> None:
        """Show a grid beside the map, and where it lies."""
        self.map.choose(grid)
        self.detail.show_record(grid)
        self._beside.setCurrentWidget(self.detail)

    def draw(self, grid: str, left: Sketched | None = None) -> None:
        """Begin to draw or change the boundary of a grid, or go on with what was ``left``."""
        ground = self._seen.ground(grid)
        if ground is None:
            return
        self._drawing = grid
        # A map is drawn on with all the room there is.
        self.crowded.emit(True)
        self._ground.setCurrentWidget(self.map)
        others = [one for one in self._seen.placed if one.grid != grid]
        same = [one for one in others if one.level == ground.level]
        self.map.show_scene(build(outlines(same or others), self._seen.scene.plane), Legend())
        self._beside.hide()
        self.bar.hide()
        self.banner.begin(ground.name, there=ground.placed)
        polygons, closed = left or (ground.polygons, True)
        self.map.begin(polygons, [p for one in others for p in one.polygons], closed=closed)
        if self.map.scene.plane is None:
            # There is nothing yet to draw beside.
            self.banner.ask_for_place()

    def keep_drawn(self) -> None:
        """Keep what is drawn as the grid's boundary."""
        grid, polygons = self._drawing, self.map.drawn()
        if polygons:
            work = partial(self._boundaries.draw, grid, polygons)
            self._write(work, f"“{self._name(grid)}”的边界存好了", partial(self.open_grid, grid))

    def remove(self) -> None:
        """Take away the boundary that is being changed; the note offers to take that back."""
        grid = self._drawing
        work = partial(self._boundaries.remove, grid)
        self._write(work, f"“{self._name(grid)}”的边界去掉了")

    def _write(
        self,
        work: Callable[[], list[Before]],
        words: str,
        then: Callable[[], None] = lambda: None,
    ) -> None:
        """Write what becomes of the boundary in hand, once however often that is asked."""
        if self._writing:
            return
        self._writing = True

        def done(before: list[Before]) -> None:
            self._writing = False
            self._end_drawing()
            then()
            self._written(words, before)

        def failed(error: Exception) -> None:
            self._writing = False
            self.banner.say_fault(sentence_of(error) or str(error))

        self._lanes.writing.run(work, done=done, failed=failed)

    def _leave_sketch(self) -> None:
        """Stop drawing; the note offers to go on with what was drawn."""
        grid, drawn = self._drawing, self.map.drawn()
        closed = self.map.sketch is not None and self.map.sketch.closed
        self._end_drawing()
        if drawn and self._seen.placed:
            go_on = partial(self.draw, grid, (drawn, closed))
            self.said.emit(Note("没有画完，什么也没有改", "接着画", go_on, undoes=True))
        else:
            self.said.emit(Note("没有画完，什么也没有改"))

    def choose_import(self) -> None:
        """Ask which file to import."""
        path, _ = QFileDialog.getOpenFileName(self, "选择边界文件", "", FILES)
        if path:
            self.preview(Path(path))

    def preview(self, path: Path) -> None:
        """Show what importing a file would do; nothing is written yet."""
        self._whole.setCurrentWidget(self.importing)
        self.crowded.emit(True)
        self.importing.preview(path)

    def choose_export(self) -> None:
        """Ask where to write the boundaries."""
        path = ask_where(self, "导出边界", "网格边界.geojson", "GeoJSON (*.geojson)")
        if path is not None:
            self.export(path)

    def export(self, path: Path) -> None:
        """Write the boundaries as GeoJSON in WGS 84."""
        self._lanes.files.run(
            self._boundaries.export,
            path,
            done=lambda count: self.said.emit(
                Note(f"已导出 {count:,} 个网格的边界到“{path.name}”（经纬度，WGS-84）")
            ),
            failed=self._say_fault,
        )

    def choose_picture(self) -> None:
        """Ask where to save the map as a picture or as a PDF."""
        path = ask_where(self, "把地图存成图片或 PDF", f"{self._title()}.png", _PICTURES)
        if path is not None:
            self.save_map(path)

    def save_map(self, path: Path) -> None:
        """Save the map as it is coloured now."""
        how = save_pdf if path.suffix.lower() == ".pdf" else save_picture
        self._lanes.files.run(
            partial(how, self._paper(), path),
            done=lambda _: self.said.emit(Note(f"地图已存为“{path.name}”，在 {path.parent}")),
            failed=self._say_fault,
        )

    def _take(self, seen: Seen) -> None:
        self._seen = seen
        if self._drawing:
            return
        self.side.show_grounds(seen.grounds)
        self.bar.show_seen(seen)
        self.map.show_scene(seen.scene, seen.legend, fit=not self._read_once)
        self._read_once = self._read_once or bool(seen.placed)
        self._ground.setCurrentWidget(self.map if seen.placed else self.empty)
        self._say_empty()
        row = self.detail.row()
        if self._beside.currentWidget() is self.detail and row is not None:
            self.detail.show_record(row.id)
            self.map.choose(row.id)
        placed, missing = len(seen.placed), len(seen.missing)
        self.facts.emit(
            f"{placed:,} 个网格有边界"
            + (f"，{missing:,} 个还没有" if missing else "")
            + ("。点一个网格看它的情况" if placed else "")
        )

    def _say_empty(self) -> None:
        if self._seen.grounds:
            self.empty.say(
                "grid",
                "地图上还没有网格",
                "有现成的边界文件（GeoJSON）就导入，先看清楚再写入；"
                "没有就在右边选一个网格画出来。不用联网。",
                [
                    button("emptyImport", "导入边界", self.choose_import, weight="primary"),
                ],
            )
        else:
            write = button(
                "mapToGrids", "去写网格", partial(self.wanted.emit, "grids", Grid.kind, "")
            )
            self.empty.say("grid", "还没有网格", "先写上本村的网格，再给它们画边界。", [write])
        # Nothing to list, to colour or to import into.
        self._beside.setVisible(bool(self._seen.grounds))
        self.bar.setVisible(bool(self._seen.grounds))

    def _end_drawing(self) -> None:
        self._drawing = ""
        self.map.end()
        self.banner.hide()
        self._beside.show()
        self.bar.show()
        self.crowded.emit(False)
        self.map.show_scene(self._seen.scene, self._seen.legend)
        self._ground.setCurrentWidget(self.map if self._seen.placed else self.empty)
        self.refresh()

    def _written(self, words: str, before: list[Before]) -> None:
        def undo() -> None:
            self._lanes.writing.run(
                self._boundaries.take_back, before, done=self._undone, failed=self._say_fault
            )

        self.refresh()
        self.changed.emit()
        self.said.emit(Note(words, "撤销", undo, undoes=True))

    def _undone(self, _answer: object) -> None:
        self.refresh()
        self.changed.emit()
        self.said.emit(Note("边界回到原来的样子了"))

    def _imported(self, count: int, before: list[Before]) -> None:
        self._leave_import()
        self._read_once = False
        self._written(f"导入了 {count:,} 个网格的边界", before)

    def _leave_import(self) -> None:
        self._whole.setCurrentIndex(0)
        self.crowded.emit(False)
        self.refresh()

    def _picked(self, grid: str) -> None:
        if grid:
            self.open_grid(grid)
        else:
            self._close_detail()

    def _close_detail(self) -> None:
        self._beside.setCurrentWidget(self.side)
        self.map.choose("")

    def _sketched(self) -> None:
        sketch = self.map.sketch
        if sketch is not None:
            self.banner.tell(self.map.drawn(), closed=sketch.closed)

    def _facts_of(self, row: Row) -> list[tuple[str, str]]:
        """What the map knows of a grid; asked for on a lane."""
        ground = self._seen.ground(row.id)
        figure = self.bar.figure()
        value = f"{self._seen.values.get(row.id, 0):,} {figure.unit}"
        lines = [] if figure.written else [(figure.label, value)]
        if ground is None or not ground.placed:
            return [*lines, ("边界", "还没有")]
        source = GridBoundary.fields["source"].show(ground.source)
        told = [source, ground.made_by, when(ground.made_at), state_of(ground.state).word]
        return [
            *lines,
            ("面积", tell_area(ground.area)),
            ("边界", " · ".join(filter(None, told))),
        ]

    def _view(self, view: View) -> View:
        """The grid's own fields, and what one may do with its boundary."""

        def placed(row: Row) -> bool:
            ground = self._seen.ground(row.id)
            return ground is not None and ground.placed

        def act(do: Callable[[str], Any]) -> Callable[[Row], None]:
            return lambda row: do(row.id)

        actions = (
            Action("drawBoundary", "画出边界", "draw", act(self.draw), lambda row: not placed(row)),
            Action("changeBoundary", "改边界", "draw", act(self.draw), placed),
            Action("openGrid", "打开", "forward", act(self._open)),
        )
        return replace(view, actions=actions, facts=self._facts_of)

    def _open(self, grid: str) -> None:
        self.wanted.emit("grids", "grid", grid)

    def _paper(self) -> MapPaper:
        seen, printed = self._seen, self._seen.printed
        at = f"{moment(printed.at)} {printed.by}".strip()
        foot = " · ".join(filter(None, (printed.village, f"{len(seen.placed):,} 个网格", at)))
        return MapPaper(seen.scene, seen.legend, self._title(), foot)

    def _title(self) -> str:
        return f"{self._seen.printed.village}网格地图 {self.bar.figure().label}"

    def _name(self, grid: str) -> str:
        ground = self._seen.ground(grid)
        return ground.name if ground is not None else ""

    def _say_fault(self, error: Exception) -> None:
        self.said.emit(Note(sentence_of(error) or str(error), bad=True))

    def _connect(self) -> None:
        self.bar.chosen.connect(self.refresh)
        self.bar.import_wanted.connect(self.choose_import)
        self.bar.export_wanted.connect(self.choose_export)
        self.bar.picture_wanted.connect(self.choose_picture)
        self.map.chosen.connect(self._picked)
        self.map.opened.connect(self._open)
        self.map.sketched.connect(self._sketched)
        self.map.finished.connect(self.keep_drawn)
        self.side.picked.connect(self.open_grid)
        self.side.draw_wanted.connect(self.draw)
        self.detail.closed.connect(self._close_detail)
        self.banner.saved.connect(self.keep_drawn)
        self.banner.left.connect(self.leave)
        self.banner.back.connect(self.map.back)
        self.banner.removed.connect(self.remove)
        self.banner.placed.connect(self.map.put)
        self.importing.left.connect(self._leave_import)
        self.importing.imported.connect(self._imported)
        self.importing.said.connect(self.said)

    def _lay_out(self) -> None:
        self._ground.addWidget(self.map)
        self._ground.addWidget(self.empty)
        self._beside.addWidget(self.side)
        self._beside.addWidget(self.detail)
        self._beside.setFixedWidth(tokens.px(tokens.DETAIL))
        middle = QHBoxLayout()
        middle.setSpacing(tokens.px(tokens.S3))
        middle.addWidget(self._ground, 1)
        middle.addWidget(self._beside)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.bar)
        column.addWidget(self.banner)
        column.addLayout(middle, 1)
        self._whole.addWidget(body)
        self._whole.addWidget(self.importing)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._whole)


def with_map(
    page: RegisterPage,
    boundaries: Boundaries,
    figures: Sequence[Figure],
    lanes: Lanes,
    memory: Memory,
) -> RegisterPage:
    """The page of grids with a map under a tab of its own; a grid is read there as in the list."""
    view = page.registers[Grid.kind].view
    page.add_panel("map", "地图", MapPanel(boundaries, view, figures, lanes, memory))
    return page
