"""Documents as offices have them, one of every sort that is taken, for tests.

By the programs that write such files where there is one at hand; Word's and PowerPoint's are put
together by hand out of the parts that no reader does without.
"""

from __future__ import annotations

import io
import random
import struct
import time
import zipfile
from collections.abc import Mapping

import xlsxwriter
import xlwt
from PIL import Image

_MAIN = "application/vnd.openxmlformats-officedocument.{}.main+xml"
_WORD, _SLIDES = "wordprocessingml.document", "presentationml.presentation"


def pdf(size: tuple[int, int] = (60, 40)) -> bytes:
    """A PDF of one page with a picture, which grows with its size; the same each time."""
    written, made = io.BytesIO(), time.gmtime(0)
    noise = random.Random(size[1]).randbytes(size[0] * size[1])
    picture = Image.frombytes("L", size, noise)
    picture.save(written, "PDF", creationDate=made, modDate=made)
    return written.getvalue()


def package(parts: Mapping[str, str]) -> bytes:
    """A zip of parts, packed as an office packs them."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in parts.items():
            made.writestr(name, text)
    return written.getvalue()


def docx() -> bytes:
    """A Word document of today."""
    return _office("word/document.xml", _WORD)


def xlsx() -> bytes:
    """An Excel workbook of today."""
    written = io.BytesIO()
    with xlsxwriter.Workbook(written, {"in_memory": True}) as book:
        book.add_worksheet("台账").write(0, 0, "郭忠珍")
    return written.getvalue()


def xls(rows: int = 40) -> bytes:
    """An Excel workbook of before 2007."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("台账")
    for row in range(rows):
        sheet.write(row, 0, f"第{row}户")
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def compound(stream: str, sectors: int = 40) -> bytes:
    """A file of before 2007 with one stream, laid as Word lays it: what tells where all lies comes
    first, so that only the stream misses what is cut off."""
    end, table_itself, free = 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
    head = struct.pack("<HHHH", 0x3E, 3, 0xFFFE, 9) + struct.pack("<HHQI", 6, 0, 0, 1)
    head += struct.pack("<IIIIIII", 1, 0, 4096, end, 0, end, 0)
    follows = [table_itself, end, *range(3, sectors + 2), end]
    return b"".join(
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + head,
            struct.pack("<I", 0) + struct.pack("<I", free) * 108,
            struct.pack("<128I", *follows, *[free] * (128 - len(follows))),
            _entry("Root Entry", 5, end, 0) + _entry(stream, 2, 2, sectors * 512) + bytes(256),
            bytes(range(256)) * 2 * sectors,
        )
    )


def samples() -> dict[str, bytes]:
    """A good document for each ending."""
    doc, ppt = compound("WordDocument"), compound("PowerPoint Document")
    return {
        "pdf": pdf(),
        "ofd": package({"OFD.xml": "<ofd:OFD/>", "Doc_0/Document.xml": "<ofd:Document/>"}),
        "doc": doc,
        "docx": docx(),
        "xls": xls(),
        "xlsx": xlsx(),
        "ppt": ppt,
        "pptx": _office("ppt/presentation.xml", _SLIDES),
        "wps": doc,
        "et": xls(),
        "dps": ppt,
        "rtf": rb"{\rtf1\ansi\deff0 {\fonttbl {\f0 SimSun;}}\f0 hello\par}" + b"\r\n\0",
        "txt": "会议记录".encode() + b"\r\n" * 700,
        "csv": "姓名,电话\r\n郭忠珍,13800000000\r\n".encode("gb18030"),
    }


def _office(main: str, kind: str) -> bytes:
    types = (
        '<?xml version="1.0"?><Types><Default Extension="rels" ContentType="application/vnd.'
        'openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/{main}" ContentType="{_MAIN.format(kind)}"/></Types>'
    )
    body = "".join(f"<w:t>第{n}段：会议记录</w:t>" for n in range(200))
    return package({"[Content_Types].xml": types, "_rels/.rels": "<Relationships/>", main: body})


def _entry(name: str, kind: int, start: int, size: int) -> bytes:
    """One line of the directory of such a file."""
    letters = name.encode("utf-16-le")
    begun = letters.ljust(64, b"\0") + struct.pack("<HBB", len(letters) + 2, kind, 1)
    tree = struct.pack("<iii", -1, -1, 1 if kind == 5 else -1)
    return begun + tree + bytes(36) + struct.pack("<IQ", start, size)
