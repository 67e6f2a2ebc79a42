"""Reads tables kept as text (.csv, .txt): which encoding, which separator, which line."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator

from desktop.reports.faults import UnreadableFile

#: Stands for bytes that are no character; a row that holds one is refused, not guessed at.
GARBLED = "\ufffd"

_SEPARATORS = ",\t;"
_SAMPLE = 40
# A quoted cell may hold line breaks; one that never closes must not swallow the rest of the file.
_LONGEST_RECORD = 50
_END = "\0"
_FORMULA_TEXT = re.compile(r'="(.*)"')

# GB18030-2022 gives these fourteen ideographs their real places; Python's codec still puts them
# into the private use area, where no font shows them.
_FROM_PRIVATE_USE = {
    0xE816: 0x20087,
    0xE817: 0x20089,
    0xE818: 0x200CC,
    0xE81E: 0x9FB4,
    0xE826: 0x9FB5,
    0xE82B: 0x9FB6,
    0xE82C: 0x9FB7,
    0xE831: 0x215D7,
    0xE832: 0x9FB8,
    0xE83B: 0x2298F,
    0xE843: 0x9FB9,
    0xE854: 0x9FBA,
    0xE855: 0x241FE,
    0xE864: 0x9FBB,
}


def read_text(data: bytes, name: str) -> tuple[list[int], list[list[str]]]:
    """Split a text table into records.

    Returns the file line on which each record begins, and the records' cells, as many for each.
    Blank lines are left out. Raises UnreadableFile where the bytes are no text.
    """
    text = _decode(data, name)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    separator = _separator(lines)
    numbers, records = [], []
    for number, cells in _records(lines, separator):
        if any(cells):
            numbers.append(number)
            records.append(cells)
    width = max(map(len, records), default=0)
    return numbers, [cells + [""] * (width - len(cells)) for cells in records]


def _decode(data: bytes, name: str) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    data = data.rstrip(b"\x1a")
    if b"\0" not in data:
        text = data.decode("utf-8", "replace")
        if _is_text(text):
            return text
        text = data.decode("gb18030", "replace")
        if _is_text(text):
            return text.translate(_FROM_PRIVATE_USE)
    raise UnreadableFile(
        f"“{name}”不是认得的表格（或者文字编码认不出）。请用 WPS 打开它，另存为 .xlsx 再导入。"
    )


def _is_text(text: str) -> bool:
    """Whether a decoding fits: a stray broken byte is a fault of one row, not of the file."""
    foreign = sum(map(len, re.findall(r"[^\x00-\x7f]+", text)))
    return text.count(GARBLED) * 20 <= foreign


def _separator(lines: list[str]) -> str:
    sample = [line for line in lines if line.strip()][:_SAMPLE]

    def columns(separator: str) -> int:
        return sum(len(cells) - 1 for _, cells in _records(sample, separator))

    return max(_SEPARATORS, key=columns)


def _records(lines: list[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    at = 0
    while at < len(lines):
        cells, taken = _record(lines, at, separator)
        yield at + 1, cells
        at += taken


def _record(lines: list[str], at: int, separator: str) -> tuple[list[str], int]:
    """The record that begins on line ``at``, and how many lines it takes."""
    first = lines[at]
    if '"' not in first:
        return first.split(separator), 1
    chunk = lines[at : at + _LONGEST_RECORD]
    reader = csv.reader([f"{line}\n" for line in chunk] + [_END], delimiter=separator)
    try:
        cells = next(reader)
    except csv.Error:  # a cell beyond the reader's limit
        cells = [_END]
    if reader.line_num > len(chunk) or _END in cells[-1]:
        return first.replace('"', "").split(separator), 1
    return [_FORMULA_TEXT.sub(r"\1", cell) for cell in cells], reader.line_num
