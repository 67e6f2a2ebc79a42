"""The rows of an import plan as a table: where they stand in the file, who, and why not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.reports.register import RefusedRow, RegisterRow
from sync.records import Field, Resident

Index = QModelIndex | QPersistentModelIndex

#: Heading and width of each column; the last one takes the room that is left.
HEADINGS = (
    ("表", 120),
    ("行", 56),
    ("姓名", 96),
    ("身份证号码", 176),
    ("联系电话", 118),
    ("住址或原因", 300),
)
_NAMES = ("name", "id_number", "phone", "address")


class PlanModel(QAbstractTableModel):
    """One part of a plan; personal numbers masked."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Sequence[RegisterRow | RefusedRow] = ()
        self._part = "new"

    def show_rows(self, part: str, rows: Sequence[RegisterRow | RefusedRow]) -> None:
        """Show the rows of one part of the plan."""
        self.beginResetModel()
        self._part, self._rows = part, rows
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if section == len(HEADINGS) - 1:
            return "为什么不能导入" if self._part == "refused" else "住址"
        return HEADINGS[section][0]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return None
        row = self._rows[index.row()]
        if index.column() == 0:
            return row.origin.sheet
        if index.column() == 1:
            return str(row.origin.line)
        return self._cell(row, _NAMES[index.column() - 2])

    def _cell(self, row: RegisterRow | RefusedRow, name: str) -> str:
        field = Resident.fields[name]
        if isinstance(row, RefusedRow):
            return row.reason if name == "address" else _raw(row, field)
        return field.mask(row.values.get(name))


def _raw(row: RefusedRow, field: Field) -> str:
    """What stands in a refused row under one of the field's headers, masked like any other."""
    labels = (field.label, *field.aliases)
    for header, cell in zip(row.origin.headers, row.origin.cells, strict=False):
        if "".join(header.split()) in labels:
            return field.mask(str(cell))
    return ""
