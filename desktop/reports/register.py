"""Reads a register: which rows are records, what they say, and which cannot be taken and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from desktop.reports.cells import shown
from desktop.reports.faults import Stopped, UnreadableFile
from desktop.reports.headers import Header, find_header, recognise_row
from desktop.reports.lines import Lines, filled_columns
from desktop.reports.rows import Column, read_row
from desktop.reports.workbooks import Cell, Sheet, read_workbook
from sync.records import Record, Resident, Value

#: Called with how many lines are done and how many there are.
Progress = Callable[[int, int], None]
#: Asked now and then; true once the cadre wants to stop.
Cancelled = Callable[[], bool]

_STEP = 500


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row stands in its file, with the raw cells under their headers."""

    sheet: str
    line: int
    headers: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """A row that can be kept: its stored values by field name (empty ones left out)."""

    origin: Origin
    values: dict[str, Value]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot be kept, and the Chinese reason."""

    origin: Origin
    reason: str


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to tell about one line, or about a whole sheet where ``line`` is 0."""

    sheet: str
    line: int
    text: str


@dataclass
class Register:
    """All that was found in a file.

    ``unknown_columns`` and ``sheets_passed_over`` are told to the cadre, and ``lines_passed_over``
    (totals, signatures, notes) can be, so that nothing stays behind unnoticed.
    """

    record: type[Record]
    sheets: list[str] = field(default_factory=list)
    rows: list[RegisterRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    unknown_columns: list[Remark] = field(default_factory=list)
    lines_passed_over: list[Remark] = field(default_factory=list)
    sheets_passed_over: list[Remark] = field(default_factory=list)


def read_register(
    path: str | Path,
    record: type[Record] = Resident,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> Register:
    """Read every sheet of a file that has a header of ``record``.

    Raises UnreadableFile when the file is no table or no sheet has such a header, Stopped when
    ``cancelled`` says so.
    """
    path = Path(path)
    sheets = read_workbook(path)
    register = Register(record, [sheet.name for sheet in sheets])
    total, done = sum(len(sheet.rows) for sheet in sheets), 0
    recognised = False
    for sheet in sheets:
        header = find_header(sheet, record)
        if header is None:
            why = _no_header(record) if sheet.rows else "是空表"
            register.sheets_passed_over.append(Remark(sheet.name, 0, why))
            done += len(sheet.rows)
            continue
        recognised = True
        for _ in _SheetReader(sheet, header, register).steps():
            done += 1
            if done % _STEP == 0:
                _pause(done, total, progress, cancelled)
    if not recognised:
        raise UnreadableFile(f"“{path.name}”里{_no_header(record)}。请检查是不是选错了文件。")
    _pause(total, total, progress, cancelled)
    return register


def _pause(done: int, total: int, progress: Progress | None, cancelled: Cancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise Stopped
    if progress is not None:
        progress(done, total)


def _no_header(record: type[Record]) -> str:
    return f"没有找到表头：至少要有“{record.fields[record.title].label}”和另外一列认得的内容"


class _SheetReader:
    """Reads the rows below the header of one sheet into a register."""

    def __init__(self, sheet: Sheet, header: Header, register: Register) -> None:
        self._sheet = sheet
        self._register = register
        self._record = register.record
        self._lines = Lines(sheet, header, register.record)
        self._merged = _merged_down(sheet, header.bottom)
        self._first = header.bottom + 1
        self._told: set[str] = set()
        self._follow(header)

    def steps(self) -> Iterator[None]:
        """Read row by row; yields after each so that the caller can show progress or stop."""
        for index in range(self._first, len(self._sheet.rows)):
            self._read(index, self._sheet.rows[index])
            yield

    def _follow(self, header: Header) -> None:
        fields = self._record.fields
        self._header = header
        self._columns = [Column(fields[name], at) for name, at in header.columns.items()]
        self._untold = set(header.others())
        # Merged over several rows, an address is the whole family's; a name or number is not.
        self._shared = {
            column.at
            for column in self._columns
            if not (column.field.unique or column.field.name == self._record.title)
        }

    def _read(self, index: int, row: Sequence[Cell]) -> None:
        filled = filled_columns(row)
        if filled and (self._lines.is_somebody(row) or not self._passes_over(index, row, filled)):
            self._tell_columns(filled)
            self._take(index, row, filled)

    def _passes_over(self, index: int, row: Sequence[Cell], filled: Sequence[int]) -> bool:
        """Whether a row is no record; what it says is told unless it says nothing new."""
        if self._lines.repeats_top(row) or self._turns_page(index, row):
            return True
        texts = [shown(row[column]) for column in filled]
        if self._header.silent.issuperset(filled) and all(map(str.isdigit, texts)):
            return True
        if self._lines.is_no_record(index, row, filled):
            self._tell(self._register.lines_passed_over, index, " ".join(texts))
            return True
        return False

    def _turns_page(self, index: int, row: Sequence[Cell]) -> bool:
        """Whether the row is a header again, which counts from here on."""
        again = recognise_row(row, index, self._record) if self._lines.may_be_header(row) else None
        if again is not None:
            self._lines.follow(again)
            self._follow(again)
        return again is not None

    def _tell_columns(self, filled: Sequence[int]) -> None:
        for column in sorted(self._untold.intersection(filled)):
            self._untold.discard(column)
            text = self._header.texts[column] or f"{self._sheet.letter(column)}列（没有表头）"
            if text not in self._told:
                self._told.add(text)
                self._tell(self._register.unknown_columns, self._header.bottom, text)

    def _tell(self, where: list[Remark], index: int, text: str) -> None:
        where.append(Remark(self._sheet.name, self._sheet.lines[index], text))

    def _take(self, index: int, row: Sequence[Cell], filled: Sequence[int]) -> None:
        cells = list(row)
        for column, value in self._merged.get(index, ()):
            if column in self._shared and cells[column] == "":
                cells[column] = value
        origin = Origin(
            self._sheet.name, self._sheet.lines[index], self._header.texts, tuple(cells)
        )
        reading = read_row(self._record, self._columns, cells)
        if self._sheet.split and self._header.texts[filled[-1]] == "":
            reading.refusals.append(
                "这一行比表头多出几格，后面的内容可能错了位；多半是某一格里有逗号，请去掉后再导入"
            )
        if reading.refusals:
            self._register.refused.append(RefusedRow(origin, "；".join(reading.refusals)))
        else:
            warnings = tuple(reading.warnings)
            self._register.rows.append(RegisterRow(origin, reading.values, warnings))


def _merged_down(sheet: Sheet, header_bottom: int) -> dict[int, list[tuple[int, Cell]]]:
    """For each row index below the first of a block merged downwards: its columns and values."""
    found: dict[int, list[tuple[int, Cell]]] = {}
    for top, left, bottom, _ in sheet.merged:
        if top > header_bottom:
            for index in range(top + 1, bottom + 1):
                found.setdefault(index, []).append((left, sheet.rows[top][left]))
    return found
