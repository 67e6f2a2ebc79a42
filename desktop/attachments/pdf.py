"""PDF: begun as one, and ended as one."""

from __future__ import annotations

import re

from desktop.attachments.forms import Damaged, Form

#: Readers look so far for the beginning; mail and scanners put something before it.
_NEAR = 1024
_BEGINNING = b"%PDF-"
_END, _MARK = b"startxref", b"%%EOF"
#: Where the list of all parts lies; readers look for the parts themselves where that is wrong. A
#: file that is made to be read while it arrives has one near its beginning too, which says 0.
_PLACE = re.compile(rb"startxref\s*(\d{1,12})[\s%]")
_PART = re.compile(rb"\d\s+\d+\s+obj\b")


def _begins(data: bytes) -> bool:
    return _BEGINNING in data[:_NEAR]


def _is_one(data: bytes) -> bool:
    """Whether the end is there, which tells where all else lies, and nothing begins behind it but
    what readers pass over."""
    if b"/Root" not in data or _PART.search(data, _end(data)):
        raise Damaged
    return True


def _end(data: bytes) -> int:
    end = data.rfind(_END)
    if end < 0:
        # Written by hand: readers forgive that too.
        end = data.rfind(_MARK)
    else:
        place = _PLACE.match(data, end)
        end = end if place and int(place[1]) else -1
    if end < 0:
        raise Damaged
    return end


PDF = Form(_begins, _is_one)
