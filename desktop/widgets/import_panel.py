"""What importing a register would do, seen before anything is written; then the import itself."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from desktop.background import Lane, Task, sentence_of
from desktop.reports.faults import Stopped
from desktop.reports.plan import Importer, ImportPlan, ImportResult
from desktop.widgets import tokens
from desktop.widgets.buttons import button
from desktop.widgets.pages import PageHead
from desktop.widgets.plan_table import PlanColumns, PlanModel
from desktop.widgets.progress import Progress
from desktop.widgets.view import Note

FILES = "名册 (*.xlsx *.xls *.csv);;所有文件 (*)"
#: So many reasons are shown in full.
_WRAPPED = 500
_PARTS = (("new", "新增"), ("already", "已有，不重复加"), ("refused", "不能导入"))


class ImportPanel(QWidget):
    """Preview, carry out, tell; the refused rows can be saved as a sheet to correct."""

    left = Signal()
    #: Something was written.
    imported = Signal()
    said = Signal(object)

    def __init__(self, columns: PlanColumns, lane: Lane, importer: Importer | None = None) -> None:
        """``importer`` may also be given with each file."""
        super().__init__()
        self.setObjectName("importPanel")
        self._importer, self._columns, self._lane = importer, columns, lane
        self._plan: ImportPlan | None = None
        self._result: ImportResult | None = None
        self._task: Task | None = None
        self.head = PageHead("导入名册")
        self.progress = Progress()
        self.model = PlanModel(columns, self)
        self._words = QLabel()
        self._words.setObjectName("importWords")
        self._words.setWordWrap(True)
        self._tabs = QButtonGroup(self)
        self._back = button("importBack", "不导入了", self.leave, icon_name="back")
        self._keep = button("saveRefused", "不能导入的另存成表", self.choose_refused)
        self._go = button("carryOut", "导入", self.carry_out, weight="primary", icon_name="import")
        self.head.add(self._back, self._keep, self._go)
        self._lay_out()

    def preview(self, path: Path, importer: Importer | None = None, into: str = "") -> None:
        """Read a file and show what would be done; ``into`` names where the rows go."""
        self._importer = importer or self._importer
        self._plan = self._result = None
        self.model.show_rows("new", [])
        self._sheet.hide()
        self._keep.hide()
        self._go.hide()
        self._back.setText("不导入了")
        self.head.say(" · ".join(filter(None, (into, path.name))))
        self._words.setText("正在读这个文件……")

        def work(task: Task) -> ImportPlan | None:
            try:
                return self._chosen().preview(path, task.progress, task.cancelled)
            except Stopped:
                return None

        self._watch(
            self._lane.run_long(work, self._take_plan, self._unreadable, self.progress.move_on),
            "正在读名册",
        )

    def carry_out(self) -> None:
        """Write what the preview promised."""
        plan = self._plan
        if plan is None or self._task is not None:
            return
        self._go.setEnabled(False)

        def work(task: Task) -> ImportResult:
            return self._chosen().carry_out(plan, task.progress, task.cancelled)

        self._watch(
            self._lane.run_long(work, self._take_result, self._unreadable, self.progress.move_on),
            "正在写入",
        )

    def leave(self) -> None:
        """Go back to the list; a file still being read is let go of."""
        if self._task is not None:
            self._task.cancel()
        else:
            self.left.emit()

    def choose_refused(self) -> None:
        """Ask where to save the refused rows."""
        path, _ = QFileDialog.getSaveFileName(
            self, "不能导入的行另存为", "不能导入的行.xlsx", "Excel 表格 (*.xlsx)"
        )
        if path:
            self.save_refused(Path(path))

    def save_refused(self, path: Path) -> None:
        """Save the refused rows with their reasons, to be corrected and imported."""
        kept = self._result or self._plan
        if kept is not None:
            self._lane.run(
                self._chosen().save_refused,
                path,
                kept,
                done=lambda _: self.said.emit(Note(f"已存到“{path.name}”，改好后再导入它")),
                failed=lambda e: self.said.emit(Note(sentence_of(e) or str(e), bad=True)),
            )

    def words(self) -> str:
        """What is said about the file."""
        return self._words.text()

    def _chosen(self) -> Importer:
        assert self._importer is not None  # noqa: S101 (a file is shown with one)
        return self._importer

    def _watch(self, task: Task, words: str) -> None:
        self._task = task
        self.progress.watch(task, words)

    def _take_plan(self, plan: ImportPlan | None) -> None:
        self._task = None
        self.progress.finish()
        if plan is None:
            self.left.emit()
            return
        self._plan = plan
        self._words.setText(_remarks(plan))
        for place, (part, label) in enumerate(_PARTS):
            tab = self._tabs.button(place)
            tab.setText(f"{label} {len(getattr(plan, part)):,}")
        first = 2 if plan.refused and not plan.new else 0
        self._tabs.button(first).click()
        self._sheet.show()
        self._keep.setVisible(bool(plan.refused))
        self._go.setText(f"导入 {len(plan.new):,} 人")
        self._go.setVisible(bool(plan.new))
        self._go.setEnabled(True)
        self._go.setFocus()

    def _take_result(self, result: ImportResult) -> None:
        self._task = None
        self.progress.finish()
        self._result = result
        self._words.setText(
            f"导入了 {result.imported:,} 人，已有 {result.already:,} 人没有重复加，"
            f"{len(result.refused):,} 行不能导入。"
            + ("把不能导入的另存成表，照原因改好，再导入那张表就行。" if result.refused else "")
        )
        self._go.hide()
        self._back.setText("看名册")
        self._back.setFocus()
        self.imported.emit()

    def _unreadable(self, error: Exception) -> None:
        self._task = None
        self.progress.finish()
        self._words.setText(sentence_of(error) or str(error))
        self._back.setText("回名册")

    def _show_part(self, place: int) -> None:
        part = _PARTS[place][0]
        rows = getattr(self._plan, part) if self._plan else []
        self.model.show_rows(part, rows)
        refused = part == "refused"
        if (crowded_out := self._columns.hidden_where_refused()) is not None:
            self._table.setColumnHidden(crowded_out, refused)
        self._table.setWordWrap(refused)
        if refused and len(rows) <= _WRAPPED:
            self._table.resizeRowsToContents()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        margin = tokens.px(tokens.S5)
        column.setContentsMargins(margin, tokens.px(tokens.S4), margin, tokens.px(tokens.S4))
        column.setSpacing(tokens.px(tokens.S3))
        column.addWidget(self.head)
        column.addWidget(self.progress)
        column.addWidget(self._words)
        self._sheet = QFrame()
        inner = QVBoxLayout(self._sheet)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(tokens.px(tokens.S3))
        inner.addLayout(self._tab_row())
        inner.addWidget(self._framed_table(), 1)
        column.addWidget(self._sheet, 1)
        column.addStretch()

    def _tab_row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(tokens.px(tokens.S5))
        for place, (part, label) in enumerate(_PARTS):
            tab = QPushButton(label)
            tab.setObjectName(f"part_{part}")
            tab.setProperty("tab", True)
            tab.setCheckable(True)
            self._tabs.addButton(tab, place)
            row.addWidget(tab)
        self._tabs.idClicked.connect(self._show_part)
        row.addStretch()
        return row

    def _framed_table(self) -> QFrame:
        frame = QFrame()
        frame.setObjectName("sheet")
        self._table = table = QTableView()
        table.setObjectName("planTable")
        table.setModel(self.model)
        table.setShowGrid(False)
        table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(tokens.px(tokens.ROW))
        table.verticalHeader().setDefaultSectionSize(tokens.px(tokens.ROW))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(tokens.px(tokens.ROW))
        headings = self._columns.headings()
        for section, (_label, width) in enumerate(headings):
            header.resizeSection(section, tokens.px(width))
        header.setSectionResizeMode(len(headings) - 1, QHeaderView.ResizeMode.Stretch)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(1, 1, 1, 1)
        inside.addWidget(table)
        return frame


def _remarks(plan: ImportPlan) -> str:
    """What else was found in the file, so that nothing stays behind unnoticed."""
    lines = ["还没有写入。看清楚下面三栏，再点右上角的“导入”。"]
    if plan.register.unknown_columns:
        names = "、".join(f"“{remark.text}”" for remark in plan.register.unknown_columns)
        lines.append(f"这些列不认得，不会导入：{names}。")
    if plan.register.sheets_passed_over:
        names = "、".join(f"“{r.sheet}”{r.text}" for r in plan.register.sheets_passed_over)
        lines.append(f"跳过的表：{names}。")
    if plan.warnings:
        lines.append(f"有 {len(plan.warnings)} 行有小毛病，已按能认的部分读进来。")
    return "\n".join(lines)
