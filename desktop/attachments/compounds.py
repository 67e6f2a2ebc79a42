"""Documents that are a small file system of their own (OLE): Word, Excel and PowerPoint of before
2007, and what WPS writes in its own forms.

Such a file is cut into sectors. A table (the FAT) tells of each which one follows it, a directory
names the streams. Whatever the table knows must be there.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from functools import partial

from desktop.attachments.forms import Damaged, Form

_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER, _IN_HEADER, _ENTRY = 512, 109, 128
#: Numbers from here on are no sectors: an end, a free one, one of the table's own.
_MARKS = 0xFFFFFFFA
_LITTLE_ENDIAN, _SHIFTS = 0xFFFE, (9, 12)


def _begins(data: bytes) -> bool:
    return data.startswith(_MARK)


def _is_one(streams: tuple[str, ...], data: bytes) -> bool:
    """Whether all sectors are there and, where some are asked for, one of the streams."""
    names = _names(data)
    return not streams or any(name.casefold() in streams for name in names)


def _names(data: bytes) -> list[str]:
    if len(data) <= _HEADER:
        raise Damaged
    order, shift = struct.unpack_from("<HH", data, 28)
    if order != _LITTLE_ENDIAN or shift not in _SHIFTS:
        raise Damaged
    table = _table(data, shift)
    # Some programs fill what they do not use with marks of an end, so these tell of no sector.
    followed = [max(place, after) for place, after in enumerate(table) if after < _MARKS]
    if (max(followed, default=0) + 1) << shift >= len(data):
        raise Damaged
    (first,) = struct.unpack_from("<I", data, 48)
    return [name for sector in _chain(data, shift, table, first) for name in _entries(sector)]


def _table(data: bytes, shift: int) -> array[int]:
    """The FAT, which lies in sectors that the header names, and further ones behind each other."""
    table = array("I")
    for sector in _sectors_of_table(data, shift):
        table.frombytes(_sector(data, shift, sector))
    if not table:
        raise Damaged
    return table


def _sectors_of_table(data: bytes, shift: int) -> Iterator[int]:
    number, following = struct.unpack_from("<I", data, 44)[0], struct.unpack_from("<I", data, 68)[0]
    named = struct.unpack_from(f"<{_IN_HEADER}I", data, 76)
    if number > len(data) >> shift:
        raise Damaged
    while number > 0:
        yield from named[:number]
        number -= len(named)
        if number > 0:
            numbers = array("I", _sector(data, shift, following))
            named, following = tuple(numbers[:-1]), numbers[-1]


def _chain(data: bytes, shift: int, table: array[int], sector: int) -> Iterator[bytes]:
    for _ in range(len(table)):
        if sector >= _MARKS:
            return
        yield _sector(data, shift, sector)
        if sector >= len(table):
            raise Damaged
        sector = table[sector]


def _sector(data: bytes, shift: int, number: int) -> bytes:
    start, size = (number + 1) << shift, 1 << shift
    if start + size > len(data):
        raise Damaged
    return data[start : start + size]


def _entries(sector: bytes) -> Iterator[str]:
    for start in range(0, len(sector), _ENTRY):
        (length,) = struct.unpack_from("<H", sector, start + 64)
        yield sector[start : start + min(length, 64)].decode("utf-16-le", "replace").rstrip("\0")


def _form(*streams: str) -> Form:
    return Form(_begins, partial(_is_one, streams))


WORD = _form("worddocument")
SHEETS = _form("workbook", "book")
SLIDES = _form("powerpoint document", "pp40", "pp97_dualstorage")
ANY = _form()
