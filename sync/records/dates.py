"""Dates in the shapes that offices type them, read into ISO text."""

from __future__ import annotations

import datetime
import re

from sync.records.tidy import fold

_SEPARATED = re.compile(r"(\d{4}|\d{2})[年./\-\s](\d{1,2})(?:[月./\-\s](\d{1,2}))?[日号月]?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_TIME = re.compile(r"[T\s]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?$")
# A day count as Excel keeps it: the range spans 1900-02-28 to 2100-01-01, and no six or eight digit
# date (199001, 19900115) falls into it.
_SERIAL = re.compile(r"\d{2,5}(\.0+)?")
_SERIAL_ORIGIN = datetime.date(1899, 12, 30)


def parse_date(value: object, *, partial: bool = False) -> str:
    """Read a date as a cell or a form gives it.

    Returns ``YYYY-MM-DD``, or ``YYYY-MM`` where only year and month are given and ``partial`` is
    true. Raises ValueError when no such day can be read.
    """
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    text = _TIME.sub("", fold(str(value))).replace(" ", "").rstrip("生")
    match = _SEPARATED.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        return _assemble(*match.groups(), partial=partial)
    if _SERIAL.fullmatch(text):
        return (_SERIAL_ORIGIN + datetime.timedelta(days=int(float(text)))).isoformat()
    raise ValueError(text)


def _assemble(year: str, month: str, day: str | None, *, partial: bool) -> str:
    full_year = int(year) if len(year) == 4 else _century(int(year))
    if day is not None:
        return datetime.date(full_year, int(month), int(day)).isoformat()
    if not partial:
        raise ValueError("day missing")
    return datetime.date(full_year, int(month), 1).isoformat()[:7]


def _century(two_digits: int) -> int:
    this_year = datetime.datetime.now().astimezone().year % 100
    return 2000 + two_digits if two_digits <= this_year else 1900 + two_digits


def is_iso_date(text: str, *, partial: bool = False) -> bool:
    """Tell whether ``text`` is a day as we keep it (``YYYY-MM-DD``, or ``YYYY-MM`` if partial)."""
    if partial and len(text) == 7:
        text += "-01"
    try:
        return datetime.date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
