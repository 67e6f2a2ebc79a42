"""Documents that are a zip of parts: Word, Excel and PowerPoint since 2007, and OFD."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Callable
from functools import partial

from desktop.attachments.forms import Damaged, Form

#: What each part is; some programs write the name small.
_TYPES = "[content_types].xml"
#: Parts are read to their end, which compares their checksums, until so much came out of them.
_MOST_READ = 64 * 1024 * 1024
_PIECE = 1024 * 1024
#: The list of parts lies behind them; one of an office's document takes some kilobytes.
_LIST_END, _LARGEST_LIST = b"PK\x05\x06", 8 * 1024 * 1024
_KNOWN_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def _begins(data: bytes) -> bool:
    return data.startswith(b"PK\x03\x04")


def _office(words: tuple[bytes, ...], data: bytes) -> bool:
    """Whether the list of what the parts are names the sort of document."""
    with _opened(data) as package:
        name = next((one for one in package.namelist() if one.casefold() == _TYPES), None)
        if name is None:
            return False
        _read_through(package)
        with package.open(name) as part:
            # Some programs write it as UTF-16.
            told = part.read(_PIECE).replace(b"\0", b"")
    return any(word in told for word in words)


def _ofd(data: bytes) -> bool:
    with _opened(data) as package:
        _read_through(package)
        return any(name.casefold() == "ofd.xml" for name in package.namelist())


def _any(data: bytes) -> bool:
    with _opened(data) as package:
        _read_through(package)
    return True


def _opened(data: bytes) -> zipfile.ZipFile:
    end = data.rfind(_LIST_END)
    if end < 0 or int.from_bytes(data[end + 12 : end + 16], "little") > _LARGEST_LIST:
        raise Damaged
    return zipfile.ZipFile(io.BytesIO(data))


def _read_through(package: zipfile.ZipFile) -> None:
    left = _MOST_READ
    for info in package.infolist():
        if info.compress_type not in _KNOWN_PACKINGS:
            # Others come out of a small piece in any size, and no office writes them.
            raise Damaged
        with package.open(info) as part:
            while left > 0 and (piece := part.read(_PIECE)):
                left -= len(piece)


def _form(look: Callable[[bytes], bool]) -> Form:
    return Form(_begins, partial(_carefully, look))


def _carefully(look: Callable[[bytes], bool], data: bytes) -> bool:
    try:
        return look(data)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        ValueError,
    ) as error:
        # What zipfile raises for files that are cut short, spoilt, or locked by a password.
        raise Damaged from error


WORD = _form(partial(_office, (b"wordprocessingml", b"ms-word")))
SHEETS = _form(partial(_office, (b"spreadsheetml", b"ms-excel")))
SLIDES = _form(partial(_office, (b"presentationml", b"ms-powerpoint")))
OFD = _form(_ofd)
ANY = _form(_any)
