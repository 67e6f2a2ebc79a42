"""Reads a file of any kind offices send into sheets of raw cells.

The content decides what a file is, never its extension: systems export text, and even web pages,
under the name .xls.
"""

from __future__ import annotations

import datetime
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
)

from desktop.reports.faults import UnreadableFile
from desktop.reports.textfiles import read_text

Cell = str | int | float | bool | datetime.date | datetime.time | datetime.timedelta

#: A merged block: top row, left column, bottom row, right column, as indexes into ``Sheet.rows``.
Span = tuple[int, int, int, int]

_SAVE_AGAIN = "请用 WPS 或 Excel 打开它，另存为 .xlsx 再导入。"
_LARGEST_FILE = 200 << 20
_LARGEST_UNPACKED = 1 << 30
# A sheet is unpacked into a full rectangle. A stray value in the last row or column would ask for
# gigabytes and take the whole program down, not just this file; a million rows of 30 columns pass.
_MOST_CELLS = 32 << 20

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK_BEGINS = b"\x09\x08\x10\x00\x00\x06\x05\x00"  # BIFF8, globals of the workbook
_FILEPASS = 0x2F
_FOREIGN = (
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"%PDF", "PDF 文件"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"{\\rtf", "文字文档"),
)
_WEB_PAGE = re.compile(rb"<(?:!doctype|html|table|meta|head|div|style|\?xml)\b", re.IGNORECASE)
_FILLED_CELL = re.compile(rb'<(?:\w+:)?c [^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*(?<!/)>(?!</)')
# RuntimeError: a part is encrypted; NotImplementedError: a packing method nobody uses.
_PACKAGE_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    NotImplementedError,
)


@dataclass(frozen=True)
class Sheet:
    """One sheet: ``rows`` of equal width, and where each stood in the file.

    ``lines`` holds the row number, as Excel or an editor shows it, of each row. In a sheet that
    was ``split`` from text, a separator within a cell moves all cells after it.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    lines: Sequence[int]
    first_column: int = 0
    merged: tuple[Span, ...] = ()
    split: bool = False

    def letter(self, column: int) -> str:
        """The letter Excel shows above a column."""
        letters, rest = "", self.first_column + column
        while rest >= 0:
            letters = chr(ord("A") + rest % 26) + letters
            rest = rest // 26 - 1
        return letters


def read_workbook(path: Path) -> list[Sheet]:
    """Read every sheet of a file, hidden ones too. Raises UnreadableFile."""
    data = _bytes_of(path)
    if not data.strip():
        raise UnreadableFile(f"“{path.name}”是空的，里面什么也没有。请检查是不是选错了文件。")
    if data.startswith(b"PK\x03\x04"):
        _check_package(path, data)
        return _workbook(path, data)
    if data.startswith(_OLE):
        if _ENCRYPTED in data or _asks_for_password(data):
            raise _locked_by_password(path)
        return _workbook(path, data)
    for magic, what in _FOREIGN:
        if data.startswith(magic):
            raise UnreadableFile(
                f"“{path.name}”其实是{what}，不是表格。请选 .xlsx、.xls 或 .csv 文件。"
            )
    if _WEB_PAGE.search(data[:1000].replace(b"\0", b"")):
        raise UnreadableFile(f"“{path.name}”其实是网页格式，不是真正的表格。{_SAVE_AGAIN}")
    lines, rows = read_text(data, path.name)
    return [Sheet(path.stem, rows, lines, split=True)]


def _bytes_of(path: Path) -> bytes:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UnreadableFile(
                f"“{path.name}”太大（超过200兆），不像登记表。请把要导入的表另存成单独的文件。"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnreadableFile(
            f"找不到文件“{path.name}”，可能已被移走或改名。请重新选择。", error
        ) from error
    except IsADirectoryError as error:
        raise UnreadableFile(f"“{path.name}”是一个文件夹。请选里面的登记表文件。", error) from error
    except PermissionError as error:
        raise UnreadableFile(
            f"“{path.name}”打不开：正被 WPS 或 Excel 占用，或者没有读取权限。请关掉它再试。", error
        ) from error
    except (OSError, ValueError) as error:
        raise UnreadableFile(
            f"“{path.name}”读不出来，U盘或网络盘可能断开了。请先复制到本机再试。", error
        ) from error


def _check_package(path: Path, data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = {part.filename: part.file_size for part in package.infolist()}
            if "word/document.xml" in parts:
                raise UnreadableFile(
                    f"“{path.name}”是 Word 文档，不是表格。请把里面的表格复制到 WPS 表格，"
                    "存为 .xlsx 再导入。"
                )
            if not any(p.startswith("xl/") or p == "content.xml" for p in parts):
                raise UnreadableFile(f"“{path.name}”是压缩包，不是表格。请先解压，再选里面的表格。")
            if sum(parts.values()) > _LARGEST_UNPACKED:
                raise _too_wide(path)
            for part in parts:
                if part.startswith("xl/worksheets/") and part.endswith(".xml"):
                    _check_extent(path, package.read(part))
    except _PACKAGE_FAULTS as error:
        raise _damaged(path, error) from error


def _check_extent(path: Path, xml: bytes) -> None:
    columns: set[bytes] = set()
    last_row = 0
    for column, row in _FILLED_CELL.findall(xml):
        columns.add(column)
        last_row = max(last_row, int(row))
    width = 0
    for letters in columns:
        number = 0
        for letter in letters:
            number = number * 26 + letter - 64
        width = max(width, number)
    if last_row * width > _MOST_CELLS:
        raise _too_wide(path)


def _asks_for_password(data: bytes) -> bool:
    """Whether an old workbook has a FILEPASS record among its first ones.

    The reader says so only of a file it opens by path, and then trusts the extension.
    """
    at = data.find(_WORKBOOK_BEGINS)
    for _ in range(20):
        if at < 0 or at + 4 > len(data):
            return False
        kind, size = struct.unpack_from("<HH", data, at)
        if kind == _FILEPASS:
            return True
        at += 4 + size
    return False


def _workbook(path: Path, data: bytes) -> list[Sheet]:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            return [
                _sheet(book.get_sheet_by_name(about.name))
                for about in book.sheets_metadata
                if about.typ is SheetTypeEnum.WorkSheet
            ]
    except PasswordError as error:
        raise _locked_by_password(path) from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise _damaged(path, error) from error
    except BaseException as error:
        # The reader is Rust: on some damaged files it panics, which is no subclass of Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(path, error) from error


def _sheet(sheet: CalamineSheet) -> Sheet:
    if sheet.start is None:
        return Sheet(sheet.name, [], [])
    top, left = sheet.start
    rows = sheet.to_python(skip_empty_area=True)
    spans = [
        (first - top, start - left, min(last - top, len(rows) - 1), end - left)
        for (first, start), (last, end) in sheet.merged_cell_ranges or []
    ]
    width = len(rows[0]) if rows else 0  # blocks merged beside all content hold nothing
    inside = tuple(s for s in spans if s[0] >= 0 and 0 <= s[1] < width and s[2] >= s[0])
    return Sheet(sheet.name, rows, range(top + 1, top + 1 + len(rows)), left, inside)


def _damaged(path: Path, detail: object) -> UnreadableFile:
    return UnreadableFile(
        f"“{path.name}”损坏或不完整，读不出来。请让发文件的人重发；如果 WPS 还打得开，"
        "另存为 .xlsx 再导入。",
        detail,
    )


def _locked_by_password(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"“{path.name}”设了打开密码。请用 WPS 打开并输入密码，取消密码保存后再导入。"
    )


def _too_wide(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"“{path.name}”里有一张表大得不正常，多半是在最末的行或列误填了内容。"
        "请把登记表那部分复制到新表，存为 .xlsx 再导入。"
    )
