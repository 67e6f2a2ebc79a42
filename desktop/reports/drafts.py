"""Writes a file whole or not at all: the old one stands until the new one is complete."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import XlsxFileError

from desktop.reports.faults import UnwritableFile

_FULL = (errno.ENOSPC, errno.EDQUOT)


@contextlib.contextmanager
def draft(path: Path) -> Iterator[xlsxwriter.Workbook]:
    """A workbook to fill row by row that takes the place of ``path`` when the block ends well.

    Its parts lie in a folder beside ``path``, so that no resident's data strays into the
    system's temporary folder, and are gone afterwards. Raises UnwritableFile.
    """
    try:
        with tempfile.TemporaryDirectory(
            dir=path.parent, prefix=".shige-", ignore_cleanup_errors=True
        ) as folder:
            whole = Path(folder) / "draft.xlsx"
            with whole.open("wb") as handle:
                book = xlsxwriter.Workbook(handle, {"constant_memory": True, "tmpdir": folder})
                try:
                    yield book
                    book.close()
                finally:
                    _let_go(book)
                handle.flush()
                os.fsync(handle.fileno())
            whole.replace(path)
    except (OSError, XlsxFileError) as error:
        raise _fault(path, error) from error


def write_whole(path: Path, content: bytes) -> None:
    """Let a file hold just this content. Raises UnwritableFile."""
    try:
        with tempfile.TemporaryDirectory(
            dir=path.parent, prefix=".shige-", ignore_cleanup_errors=True
        ) as folder:
            whole = Path(folder) / "draft"
            with whole.open("wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            whole.replace(path)
    except OSError as error:
        raise _fault(path, error) from error


def _let_go(book: xlsxwriter.Workbook) -> None:
    """Close what the writer keeps open after a failure, else Windows cannot remove the folder."""
    for sheet in book.worksheets():
        for handle in (sheet.fh, sheet.row_data_fh):
            with contextlib.suppress(OSError):  # a full disk fails once more while closing
                handle.close()


def _fault(path: Path, error: Exception) -> UnwritableFile:
    inner = error.args[0] if error.args and isinstance(error.args[0], OSError) else error
    if isinstance(inner, OSError) and inner.errno in _FULL:
        why = "磁盘满了，没有存上。请清出一些空间，或换一个位置再存"
    elif isinstance(inner, PermissionError):
        why = (
            "没有存上：这个文件正在 WPS 或 Excel 里开着，或者文件夹不能写入。请关掉它或换个位置再存"
        )
    elif isinstance(inner, FileNotFoundError):
        why = "没有存上：这个文件夹不存在，U盘可能拔掉了。请换一个位置再存"
    elif isinstance(inner, IsADirectoryError):
        why = "没有存上：这里已有一个同名的文件夹。请换一个文件名"
    else:
        why = "没有存上，写文件时出了错。请换一个位置再存"
    return UnwritableFile(f"“{path.name}”{why}。原来的文件没有变动。", error)
