"""The rows of an import plan as a table: where they stand in the file, who, and why not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.reports.register import RefusedRow, RegisterRow
from sync.records import Field, Record

Index = QModelIndex | QPersistentModelIndex

_PLACE = (("表", 120), ("行", 56))
_LAST_WIDTH = 300


@dataclass(frozen=True)
class PlanColumns:
    """What is shown of a row: fields of ``record`` with their widths, and words in the last column,
    where a refused row has its reason. ``crowded_out`` makes room for the reason."""

    record: type[Record]
    fields: tuple[tuple[str, int], ...]
    last: str
    words: Callable[[RegisterRow], str]
    crowded_out: str = ""

    def headings(self) -> list[tuple[str, int]]:
        """Label and width of each column; the last one takes the room that is left."""
        named = [(self.record.fields[name].label, width) for name, width in self.fields]
        return [*_PLACE, *named, (self.last, _LAST_WIDTH)]

    def hidden_where_refused(self) -> int | None:
        """The column that makes room for the reason."""
        names = [name for name, _width in self.fields]
        return len(_PLACE) + names.index(self.crowded_out) if self.crowded_out else None


class PlanModel(QAbstractTableModel):
    """One part of a plan; personal numbers masked."""

    def __init__(self, columns: PlanColumns, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns, self._headings = columns, columns.headings()
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
        return 0 if parent.isValid() else len(self._headings)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if section == len(self._headings) - 1:
            return "为什么不能导入" if self._part == "refused" else self._columns.last
        return self._headings[section][0]

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
        if index.column() == len(self._headings) - 1:
            return row.reason if isinstance(row, RefusedRow) else self._columns.words(row)
        name = self._columns.fields[index.column() - len(_PLACE)][0]
        field = self._columns.record.fields[name]
        return _raw(row, field) if isinstance(row, RefusedRow) else field.mask(row.values.get(name))


def _raw(row: RefusedRow, field: Field) -> str:
    """What stands in a refused row under one of the field's headers, masked like any other."""
    labels = (field.label, *field.aliases)
    for header, cell in zip(row.origin.headers, row.origin.cells, strict=False):
        if "".join(header.split()) in labels:
            return field.mask(str(cell))
    return ""
