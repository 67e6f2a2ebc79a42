"""Moments as offices type them, kept in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta, timezone

from sync.records.dates import parse_date
from sync.records.tidy import line

#: China keeps one time all the year; a fixed offset needs no table of zones on any system.
CHINA = timezone(timedelta(hours=8))

_CLOCK = re.compile(r"(?P<day>.*?\S)\s*[T\s日号]\s*(?P<hour>\d{1,2})[:点时](?P<rest>.*)")
_REST = re.compile(r"(?:(\d{1,2})(?:[:分](\d{1,2})?秒?)?)?")


def parse_moment(value: object) -> str:
    """Read a moment as a cell, a form or a program gives it; without an offset it is China's clock.

    Returns UTC, ``YYYY-MM-DDTHH:MM:SS+00:00``. Raises ValueError when none can be read.
    """
    if isinstance(value, datetime):
        return utc(value)
    text = line(str(value))
    try:
        return utc(datetime.fromisoformat(text))
    except ValueError:
        pass
    if match := _CLOCK.fullmatch(text):
        rest = _REST.fullmatch(match["rest"].strip())
        if rest is None:
            raise ValueError(text)
        clock = time(int(match["hour"]), int(rest[1] or 0), int(rest[2] or 0))
    else:
        clock = time()
    day = parse_date(match["day"] if match else value)
    return utc(datetime.combine(datetime.fromisoformat(day), clock))


def utc(moment: datetime) -> str:
    """A moment as it is kept, to the second; without an offset it is China's clock."""
    placed = moment if moment.tzinfo else moment.replace(tzinfo=CHINA)
    return placed.astimezone(UTC).isoformat(timespec="seconds")


def is_utc_moment(text: str) -> bool:
    """Tell whether ``text`` is a moment as we keep it."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return False
    return moment.utcoffset() == timedelta() and moment.isoformat(timespec="seconds") == text


def show_moment(text: str) -> str:
    """A kept moment by the clock in China: 2026-11-25 14:30, and seconds if there are any."""
    moment = datetime.fromisoformat(text).astimezone(CHINA).replace(tzinfo=None)
    return moment.isoformat(sep=" ", timespec="seconds" if moment.second else "minutes")


def end_of_day(text: str) -> str:
    """The last second, in UTC, of the day in China in which a kept moment lies."""
    day = datetime.fromisoformat(text).astimezone(CHINA).date()
    return utc(datetime.combine(day, time(23, 59, 59), CHINA))
