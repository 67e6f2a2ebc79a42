"""The areas of a file, one a row: what the file calls each, which grid it is, what is wrong."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem

from desktop.grids.boundaries_import import ImportPlan, Laid
from desktop.widgets import tokens

_HEADINGS = ("文件里叫", "是哪个网格", "说明")
_UNSAID = "——"


class MapImportTable(QTableWidget):
    """Stands on one area at a time; its number in the file is its place."""

    def __init__(self) -> None:
        super().__init__(0, len(_HEADINGS))
        self.setObjectName("mapImportTable")
        self.setHorizontalHeaderLabels(_HEADINGS)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(tokens.px(2 * tokens.ROW))
        self.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.setSelectionMode(QTableWidget.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(tokens.px(tokens.ROW))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setFixedHeight(tokens.px(tokens.ROW))
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)

    def show_plan(self, plan: ImportPlan, laid: list[Laid], chosen: Mapping[int, str]) -> None:
        """Show a file where it lies now; whoever stood on a row stays there."""
        row = max(self.currentRow(), 0)
        known = {one.feature.place: one for one in laid}
        self.blockSignals(True)
        self.setRowCount(len(plan.sheet.features))
        for at, feature in enumerate(plan.sheet.features):
            target = plan.targets.get(chosen.get(feature.place, ""))
            one = known.get(feature.place)
            problem = feature.problem or (one.problem if one else "")
            replaces = "换掉原来的边界" if target is not None and target.shape else ""
            notes = (problem,) if problem else (replaces, one.remark if one else "")
            texts = (
                feature.words,
                target.name if target else _UNSAID,
                "；".join(filter(None, notes)),
            )
            for column, text in enumerate(texts):
                self.setItem(at, column, _item(text, feature.place))
        self.blockSignals(False)
        self.setCurrentCell(min(row, self.rowCount() - 1), 0)

    def place(self) -> int:
        """The number of the area it stands on; 0 for none."""
        item = self.item(self.currentRow(), 0)
        return int(item.data(Qt.ItemDataRole.UserRole)) if item is not None else 0

    def note(self) -> str:
        """What is said of the area it stands on."""
        item = self.item(self.currentRow(), len(_HEADINGS) - 1)
        return item.text() if item is not None else ""

    def stand_on(self, place: int) -> None:
        """Go to the row of an area."""
        for row in range(self.rowCount()):
            item = self.item(row, 0)
            if item is not None and item.data(Qt.ItemDataRole.UserRole) == place:
                self.setCurrentCell(row, 0)

    def texts(self) -> list[tuple[str, ...]]:
        """What stands in each row."""
        found = []
        for row in range(self.rowCount()):
            items = [self.item(row, column) for column in range(len(_HEADINGS))]
            found.append(tuple(item.text() if item is not None else "" for item in items))
        return found


def _item(text: str, place: int) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    item.setData(Qt.ItemDataRole.UserRole, place)
    item.setToolTip(text)
    item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
    return item
