"""Finds the header of a register: under titles, over one to three rows, by any name offices use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from desktop.reports.workbooks import Cell, Sheet
from sync.records import Record, tidy
from sync.records.fields import Reference

#: Headers that ``write_refused`` adds; they say something about a row and are no part of it.
REASON, PLACE = "退回原因", "原来位置"

#: Header → the field it names, and how far down the field's aliases it stands.
Names = dict[str, tuple[str, int]]

_WITHIN = 30
_DEEPEST = 3
_BRACKETED = re.compile(r"[(\[【〔{<《].*?(?:[)\]】〕}>》]|$)")
_DECORATION = re.compile(r"^[*※★#]*(?:\d{1,2}[.、])?[*※★#]*|[*※★#:]+$")
_SPACE = re.compile(r"\s+")
_SEVERAL = re.compile(r"[/或及、]")
#: Headers of running numbers, which say nothing about anybody.
SERIAL = frozenset(("序号", "序", "顺序号", "行号", "编号", "no", "no.", "№"))
_OURS = frozenset((REASON, PLACE))
# A group header that names somebody else: “户主 | 姓名” is not the resident's own name.
_SOMEBODY_ELSE = re.compile(r"户主|配偶|监护人|联系人|负责人|帮扶|代理人|父亲|母亲")


@dataclass(frozen=True)
class Header:
    """Where the header stands and what its columns mean.

    ``top`` and ``bottom`` are row indexes; ``columns`` maps field names to column indexes;
    ``texts`` names every column so that a copy of the sheet reads the same; ``silent`` columns
    (serial numbers, our own remarks) carry no facts; ``grouped``: a row above tells the resident's
    own columns from somebody else's.
    """

    top: int
    bottom: int
    columns: dict[str, int]
    texts: tuple[str, ...]
    silent: frozenset[int]
    grouped: bool = False

    def others(self) -> list[int]:
        """Columns whose header, if any, names no field of the record."""
        known = self.silent.union(self.columns.values())
        return [column for column in range(len(self.texts)) if column not in known]


@dataclass(frozen=True)
class _Match:
    """How well a column's header fits a field; the smaller the better."""

    strangeness: int
    alias: int
    column: int

    @property
    def order(self) -> tuple[int, int, int]:
        return self.strangeness, self.alias, self.column


def find_header(sheet: Sheet, record: type[Record]) -> Header | None:
    """The first header of a sheet, in as many rows as make it name the most; None without one.

    It must name the record's title (姓名) and one more field.
    """
    grid, names = _texts(sheet), names_of(record)
    found: list[Header] = []
    for top in range(len(grid)):
        for depth in range(1, min(_DEEPEST, len(grid) - top) + 1):
            header = _recognise(grid[top : top + depth], top, record, names)
            if header is not None:
                found.append(header)
    first = min((header.bottom for header in found), default=0)
    return min((header for header in found if header.top <= first), key=_order, default=None)


def recognise_row(row: Sequence[Cell], at: int, record: type[Record]) -> Header | None:
    """The header that one row is by itself, or None: printed pages repeat it in the middle."""
    return _recognise([[plain(cell) for cell in row]], at, record, names_of(record))


def plain(cell: Cell) -> str:
    """A cell's text without any white space; empty for everything that is not text."""
    return _SPACE.sub("", tidy.fold(cell)) if isinstance(cell, str) else ""


def essence(text: str) -> str:
    """A header without stars, numbering, and notes or units in brackets, in lower case."""
    bare = _BRACKETED.sub("", text)
    return _DECORATION.sub("", bare or text.strip("()[]【】")).lower()


def names_of(record: type[Record]) -> Names:
    """Every header that names a field of the record.

    References are left out: a cell holds the name of what is referred to, never its id.
    """
    names: Names = {}
    for declared in record.fields.values():
        if not isinstance(declared, Reference):
            for rank, name in enumerate((declared.label, *declared.aliases)):
                names.setdefault(essence(plain(name)), (declared.name, rank))
    return names


def _order(header: Header) -> tuple[int, bool, int]:
    return -len(header.columns), not header.grouped, header.bottom - header.top


def _texts(sheet: Sheet) -> list[list[str]]:
    rows = sheet.rows[: _WITHIN + _DEEPEST]
    grid = [[plain(cell) for cell in row] for row in rows]
    for top, left, _, right in sheet.merged:
        if top < len(grid):  # a group's header is written once over all its columns
            for column in range(left + 1, min(right + 1, len(grid[top]))):
                grid[top][column] = grid[top][left]
    return grid


def _recognise(
    grid: Sequence[Sequence[str]], top: int, record: type[Record], names: Names
) -> Header | None:
    width = max(map(len, grid), default=0)
    best: dict[str, _Match] = {}
    stacks: list[list[str]] = []
    for column in range(width):
        stack = [row[column] for row in grid if column < len(row) and row[column]]
        stacks.append(list(dict.fromkeys(stack)))
        named = _match(stacks[-1], column, names)
        if named and named[0] == record.title and len(stacks[-1]) < len(stack):
            return None  # two headers, with somebody between them
        if named and (named[0] not in best or named[1].order < best[named[0]].order):
            best[named[0]] = named[1]
    if record.title not in best or len(best) < 2:
        return None
    columns = {name: match.column for name, match in best.items()}
    return Header(
        top,
        top + len(grid) - 1,
        columns,
        _column_texts(stacks, columns, record),
        _silent(stacks).difference(columns.values()),
        any(_is_somebody_elses(stack) for stack in stacks),
    )


def _match(stack: list[str], column: int, names: Names) -> tuple[str, _Match] | None:
    if not stack:
        return None
    for strangeness, text in enumerate(("".join(stack), "".join(stack[-2:]), stack[-1])):
        named = _field_named(text, names)
        if named:
            far = strangeness + (strangeness == 2 and _is_somebody_elses(stack))
            return named[0], _Match(far, named[1], column)
    return None


def _is_somebody_elses(stack: list[str]) -> bool:
    return _SOMEBODY_ELSE.search("".join(stack[:-1])) is not None


def _field_named(text: str, names: Names) -> tuple[str, int] | None:
    bare = essence(text)
    if bare in names:
        return names[bare]
    parts = [names.get(part) for part in _SEVERAL.split(bare)]  # 手机/电话
    if len(parts) > 1 and parts[0] and all(part and part[0] == parts[0][0] for part in parts):
        return parts[0]
    return None


def _silent(stacks: list[list[str]]) -> frozenset[int]:
    return frozenset(
        column
        for column, stack in enumerate(stacks)
        if stack and (stack[-1] in _OURS or essence(stack[-1]) in SERIAL)
    )


def _column_texts(
    stacks: list[list[str]], columns: dict[str, int], record: type[Record]
) -> tuple[str, ...]:
    texts = ["".join(stack) for stack in stacks]
    for name, column in columns.items():
        if len(stacks[column]) > 1:  # “基本情况姓名” in one row would no longer be recognised
            texts[column] = record.fields[name].label
    return tuple(texts)
