"""Dates in the shapes that offices type them, read into ISO text."""

from __future__ import annotations

import datetime
import re

from sync.records.tidy import line

_SEPARATED = re.compile(r"(\d{4}|\d{2})[年./\-\s](\d{1,2})(?:[月./\-\s](\d{1,2}))?[日号月]?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})?")
_TIME = re.compile(r"[T\s]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?$")
_AROUND_SEPARATORS = re.compile(r"\s*([年月日号./\-])\s*")
# A day count as Excel keeps it, 1927-05-18 to 2099-12-31: no year (1990), month (199001) or day
# (19900115) written as a number falls into it.
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
_SERIAL_ORIGIN = datetime.date(1899, 12, 30)
_SERIAL_END = datetime.date(2100, 1, 1)


def parse_date(value: object, *, partial: bool = False) -> str:
    """Read a date as a cell or a form gives it.

    Returns ``YYYY-MM-DD``, or ``YYYY-MM`` where only year and month are given and ``partial`` is
    true. Raises ValueError when no such day can be read.
    """
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a sheet knows no whole numbers: 19900115 comes as 19900115.0
    text = _TIME.sub("", line(str(value))).rstrip("生 ")
    text = _AROUND_SEPARATORS.sub(r"\1", text)
    match = _SEPARATED.fullmatch(text) or _COMPACT.fullmatch(text)
    if match:
        return _assemble(*match.groups(), partial=partial)
    if serial := _SERIAL.fullmatch(text):
        day = _SERIAL_ORIGIN + datetime.timedelta(days=int(serial[1]))
        if day < _SERIAL_END:
            return day.isoformat()
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
        # Python also reads days without dashes, and weeks (2026-W48-3).
        return text[4:5] == text[7:8] == "-" and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False
