"""Residents (居民) and households (家庭户) on the screen; registers come in and go out."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from desktop.background import Lanes, Task, sentence_of
from desktop.reports.faults import Stopped
from desktop.residents.service import Households, Residents
from desktop.widgets.buttons import button
from desktop.widgets.import_panel import FILES, ImportPanel
from desktop.widgets.memory import Memory
from desktop.widgets.plan_table import PlanColumns
from desktop.widgets.progress import Progress
from desktop.widgets.register_page import RegisterPage
from desktop.widgets.view import EmptyWords, Note, View
from sync.records import Resident

_SHEET = "Excel 表格 (*.xlsx)"
_IMPORTED = PlanColumns(
    Resident,
    (("name", 96), ("id_number", 176), ("phone", 118)),
    "住址",
    lambda row: Resident.fields["address"].mask(row.values.get("address")),
    crowded_out="phone",
)


class ResidentsPage(RegisterPage):
    """The register of the village."""

    def __init__(
        self, residents: Residents, households: Households, lanes: Lanes, memory: Memory
    ) -> None:
        self._residents = residents
        views = [_residents(residents), _households(households)]
        super().__init__("residents", "居民", "resident", views, lanes, memory)
        self.importing = self.keep(ImportPanel(_IMPORTED, lanes.files, residents))
        self.progress = Progress()
        self.add_under_head(self.progress)
        self.add_actions(
            button("exportResidents", "导出", self.choose_export, icon_name="export"),
            button("importResidents", "导入名册", self.choose_import, icon_name="import"),
        )
        self.importing.left.connect(self._leave_import)
        self.importing.imported.connect(self.changed)
        self.importing.said.connect(self.said)

    def choose_import(self) -> None:
        """Ask which file to import."""
        path, _ = QFileDialog.getOpenFileName(self, "选择名册", "", FILES)
        if path:
            self.preview(Path(path))

    def preview(self, path: Path) -> None:
        """Show what importing a file would do; nothing is written yet."""
        self.cover(self.importing)
        self.importing.preview(path)

    def choose_export(self) -> None:
        """Ask where to write the register; numbers stay masked."""
        path, _ = QFileDialog.getSaveFileName(self, "导出居民名册", "居民名册.xlsx", _SHEET)
        if path:
            self.export(Path(path))

    def export(self, path: Path) -> None:
        """Write the register to a workbook, its personal numbers masked."""

        def work(task: Task) -> int:
            return self._residents.export(path, True, task.progress, task.cancelled)

        task = self.lanes.files.run_long(
            work,
            done=partial(self._exported, path),
            failed=self._not_exported,
            progress=self.progress.move_on,
        )
        self.progress.watch(task, "正在导出")

    def leave(self) -> None:
        if self.importing.isVisibleTo(self):
            self.importing.leave()
        else:
            super().leave()

    def _exported(self, path: Path, count: int) -> None:
        self.progress.finish()
        self.said.emit(Note(f"已导出 {count:,} 人到“{path.name}”，号码隐去了中间几位"))

    def _not_exported(self, error: Exception) -> None:
        self.progress.finish()
        if isinstance(error, Stopped):
            self.said.emit(Note("已停下，没有写出文件"))
        else:
            self.said.emit(Note(sentence_of(error) or str(error), bad=True))

    def _leave_import(self) -> None:
        self.uncover()
        self.refresh()


def _residents(residents: Residents) -> View:
    return View(
        register=residents,
        icon="resident",
        new_word="新增居民",
        counted="人",
        columns=("name", "sex", "birth_date", "id_number", "phone", "address", "grid"),
        form=(
            "name",
            "id_number",
            "sex",
            "birth_date",
            "phone",
            "address",
            "household",
            "relation",
            "grid",
            "political_status",
            "note",
        ),
        filters=("grid", "household", "sex"),
        empty=EmptyWords(
            "resident",
            "还没有居民",
            "有现成的名册就点右上角“导入名册”，先看清楚再写入；没有就一个一个添加。",
        ),
    )


def _households(households: Households) -> View:
    return View(
        register=households,
        icon="household",
        new_word="新增家庭户",
        counted="户",
        columns=("head", "number", "address", "grid", "note"),
        form=("head", "number", "address", "grid", "note"),
        filters=("grid",),
        empty=EmptyWords("household", "还没有家庭户", "把户主和住址写上，居民就可以归到户里。"),
    )
