"""Workbooks and people for the tests of reading and writing registers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
from stdnum.cn.ric import calc_check_digit

DATA = Path(__file__).parents[2] / "data" / "registers"
HEADER = ("序号", "姓名", "性别", "出生年月", "身份证号码", "联系电话", "家庭住址", "备注")


def id_number(birth: str = "19880921", sequence: int = 165, place: str = "510183") -> str:
    """A valid ID number for a birth date ``YYYYMMDD``; an odd sequence is a man's."""
    body = f"{place}{birth}{sequence:03d}"
    return body + str(calc_check_digit(body + "0"))


def save_xlsx(
    path: Path, sheets: dict[str, Iterable[Sequence[Any]]], merged: Sequence[str] = ()
) -> Path:
    """Write sheets of rows as they are; ``merged`` ranges are of the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for block in merged:
        book.worksheets[0].merge_cells(block)
    book.save(path)
    return path


def register_xlsx(path: Path, *rows: Sequence[Any], merged: Sequence[str] = ()) -> Path:
    """A register of one sheet under ``HEADER``, which stands in row 1."""
    return save_xlsx(path, {"登记表": [HEADER, *rows]}, merged)
