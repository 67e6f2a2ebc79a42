"""Documents that are text: as it stands, in the encodings of Windows, or with RTF's marks."""

from __future__ import annotations

import codecs

from desktop.attachments.forms import Damaged, Form

_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
#: What may stand around an RTF.
_AROUND = b" \t\r\n\0\x1a"


def _is_text(data: bytes) -> bool:
    """Text without a mark never holds a nought; a disk that failed leaves many."""
    if not data.startswith(_WIDE):
        return b"\0" not in data
    try:
        data.decode("utf-16")
    except UnicodeDecodeError as error:
        raise Damaged from error
    return True


def _begins_rtf(data: bytes) -> bool:
    return data[:64].lstrip(_AROUND).startswith(b"{\\rtf")


def _is_rtf(data: bytes) -> bool:
    if not data.rstrip(_AROUND).endswith(b"}"):
        raise Damaged
    return True


TEXT = Form(lambda _data: True, _is_text)
RTF = Form(_begins_rtf, _is_rtf)
