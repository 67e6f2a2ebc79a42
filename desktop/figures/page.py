"""The figures (数据) on the screen: charts of how events went, saved as pictures and printed."""

from __future__ import annotations

import importlib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtGui import QHideEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lanes, Latest, Task
from desktop.figures.service import Figures, Period, Read
from desktop.figures.words import charts_of, facts_of, paper_of, trouble_words
from desktop.syncing.receipts import Office
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.chip_button import ChipButton
from desktop.widgets.memory import Memory
from desktop.widgets.pages import Page, PageHead
from desktop.widgets.paper_drawing import NotSaved
from desktop.widgets.paper_view import PaperView
from desktop.widgets.progress import Progress
from desktop.widgets.view import Note
from desktop.widgets.words import moment

if TYPE_CHECKING:
    from desktop.widgets.chart import Chart

_VILLAGE, _TOWN = "village", "town"
_SCOPES = ((_VILLAGE, "本村"), (_TOWN, "本镇街（要联网）"))
_PERIODS = (("weeks4", "近4周"), ("weeks12", "近12周"), ("year", "今年"))
_NOTHING = "这段时间里没有。换一段时间看看，或先在“事件”里记事。"
#: Narrower than this a chart cannot be read; then they stand one under the other.
_NARROWEST = 440


class FiguresPage(Page):
    """Charts of the village or of its town, over a period."""

    def __init__(self, figures: Figures, lanes: Lanes, memory: Memory) -> None:
        super().__init__("figures", "数据", "figures")
        self._figures, self._lanes, self._memory = figures, lanes, memory
        self._latest = Latest()
        #: The question about the town that is under way.
        self._asked: Task | None = None
        self._read: Read | None = None
        self._scope = _VILLAGE
        self._period = memory.recall("figures/period") or _PERIODS[0][0]
        self.charts: dict[str, Chart] = {}
        self.head = PageHead("数据")
        self.head.add(
            button("figuresPrint", "打印", self.print, icon_name="print", tip="Ctrl+P"),
        )
        self._scopes = {name: self._chip("scope", name, words) for name, words in _SCOPES}
        self._periods = {name: self._chip("period", name, words) for name, words in _PERIODS}
        self._trouble = QLabel()
        self._trouble.setObjectName("quiet")
        self._trouble.setWordWrap(True)
        self._trouble.hide()
        self.progress = Progress()
        self.paper = PaperView(lanes.files)
        self._grid, self._area = QGridLayout(), QScrollArea()
        self._lists, self._cover = QWidget(), QStackedWidget()
        self._lay_out()
        self._show_chosen()

    def refresh(self) -> None:
        """Read the figures anew; the town's are asked of the county."""
        self._show_chosen()
        self._trouble.hide()
        self._let_go()
        if self._scope == _VILLAGE:
            work = partial(self._of_village, self._period)
            self._latest.ask(self._lanes.reading.run(work, done=self._show))
            return
        last = self._lanes.reading.run(self._last_of_town, done=self._show_last)
        self._latest.ask(last)

    def hideEvent(self, event: QHideEvent) -> None:
        if not event.spontaneous():
            self._let_go()
        super().hideEvent(event)

    def take_focus(self) -> None:
        self._periods[self._period].setFocus()

    def leave(self) -> None:
        if self._cover.currentWidget() is self.paper:
            self._cover.setCurrentWidget(self._lists)
            self.take_focus()

    def save(self) -> None:
        if self._cover.currentWidget() is self.paper:
            self.paper.save()

    def print(self) -> None:
        """Show how it comes out on paper; pressed again, print."""
        if self._cover.currentWidget() is self.paper:
            self.paper.print()
        elif self._read is None:
            self.said.emit(Note("还没有数可以打印"))
        else:
            self._lanes.reading.run(self._figures.office, done=self._show_paper)

    def choose(self, what: str, name: str) -> None:
        """Look at another scope or another period."""
        if what == "scope":
            self._scope = name
        else:
            self._period = name
            self._memory.remember("figures/period", name)
        self.refresh()

    def _let_go(self) -> None:
        """Nobody wants to know what was asked last any more, and a sync may wait behind it."""
        self._latest.drop()
        if self._asked is not None:
            self._asked.cancel()
            self._asked = None
            self.progress.finish()

    def _of_village(self, name: str) -> tuple[Read, Period]:
        _load_charts()
        period = self._named(name)
        return self._figures.of_village(period), period

    def _last_of_town(self) -> Read | None:
        _load_charts()
        return self._figures.last_of_town()

    def _of_town(self, name: str, task: Task) -> tuple[Read, Period]:
        period = self._named(name)
        return self._figures.of_town(period, task.cancelled), period

    def _named(self, name: str) -> Period:
        periods = self._figures.periods()
        return next((each for each in periods if each.name == name), periods[0])

    def _show_last(self, read: Read | None) -> None:
        """What the county told last stands until it has told anew."""
        self._read = read
        self._draw()
        self.head.say(_told_last(read) if read else "正在向县里要本镇街的数……")
        task = self._lanes.network.run_long(
            partial(self._of_town, self._period),
            done=lambda told: self._show_town(task, told),
            failed=lambda error: self._fail(task, error),
        )
        self._asked = task
        self.progress.watch(task, "正在向县里要本镇街的数")

    def _show_town(self, task: Task, told: tuple[Read, Period]) -> None:
        if task is self._asked:
            self._asked = None
            self.progress.finish()
            self._show(told)

    def _show(self, told: tuple[Read, Period]) -> None:
        self._read, period = told
        self.head.say(facts_of(self._read, period))
        self._draw()

    def _fail(self, task: Task, error: Exception) -> None:
        if task is not self._asked:
            return
        self._asked = None
        self.progress.finish()
        self.head.say(_told_last(self._read) if self._read else "")
        self._trouble.setText(trouble_words(error, stopped=task.cancelled(), read=self._read))
        self._trouble.show()

    def _draw(self) -> None:
        # Not at the top: the window opens without what draws charts.
        from desktop.widgets.chart import Chart

        read = self._read
        for words in charts_of(read) if read else ():
            chart = self.charts.get(words.name)
            if chart is None:
                chart = self.charts[words.name] = Chart(words.name, words.title, _NOTHING)
                chart.save_wanted.connect(partial(self._save_picture, chart))
            chart.show_bars(words.bars, words.title)
        # First into the page: what has no parent is shown as a window of its own.
        self._arrange()
        for chart in self.charts.values():
            chart.setVisible(read is not None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Two charts side by side where there is room for two."""
        across = 2 if self._area.viewport().width() >= 2 * tokens.px(_NARROWEST) else 1
        for place, chart in enumerate(self.charts.values()):
            self._grid.addWidget(chart, place // across, place % across)
        self._grid.setColumnStretch(1, across - 1)

    def _save_picture(self, chart: Chart) -> None:
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        offered = str(Path(folder) / f"{chart.title}.png")
        chosen, _filter = QFileDialog.getSaveFileName(self, "存成图片", offered, "PNG (*.png)")
        if not chosen:
            return
        path = Path(chosen if chosen.lower().endswith(".png") else f"{chosen}.png")
        try:
            chart.save_picture(path)
        except NotSaved as error:
            self.said.emit(Note(error.sentence, bad=True))
            return
        self.said.emit(Note(f"已存为 {path.name}，在 {path.parent}"))

    def _show_paper(self, office: Office) -> None:
        if self._read is not None:
            self._cover.setCurrentWidget(self.paper)
            self.paper.show_paper(paper_of(self._read, office))

    def _show_chosen(self) -> None:
        for chips, held in ((self._scopes, self._scope), (self._periods, self._period)):
            for name, chip in chips.items():
                chip.setChecked(name == held)
                chip.hold(name == held)

    def _chip(self, what: str, name: str, words: str) -> ChipButton:
        made = ChipButton(f"figures_{name}")
        made.setText(words)
        made.setCheckable(True)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        made.clicked.connect(lambda _checked: self.choose(what, name))
        return made

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._lists)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addLayout(self._row_of_chips())
        column.addWidget(self._trouble)
        column.addWidget(self.progress)
        column.addWidget(self._area, 1)
        self._lay_out_charts()
        self._cover.addWidget(self._lists)
        self._cover.addWidget(self.paper)
        self.paper.left.connect(self.leave)
        self.paper.said.connect(self.said)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._cover)

    def _row_of_chips(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S2))
        for chip in self._scopes.values():
            row.addWidget(chip)
        row.addSpacing(tokens.px(tokens.S5))
        for chip in self._periods.values():
            row.addWidget(chip)
        row.addStretch()
        return row

    def _lay_out_charts(self) -> None:
        inner = QWidget()
        self._area.setWidgetResizable(True)
        self._area.setWidget(inner)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(tokens.px(tokens.S4))
        self._grid.setColumnStretch(0, 1)
        rows = QVBoxLayout(inner)
        rows.setContentsMargins(0, 0, tokens.px(tokens.S2), 0)
        rows.addLayout(self._grid)
        rows.addStretch()


def _load_charts() -> None:
    """Load what draws charts while the window goes on: it takes half a second, once."""
    importlib.import_module("pyqtgraph")


def _told_last(read: Read) -> str:
    figures = read.figures
    return (
        f"{read.place} · {figures.since} 至 {figures.until} · 县里 {moment(read.counted_at)} 的数"
    )
