"""Until when an event has to be disposed of and fed back (两快：快处、快返), as pure rules.

The limits are a list that the county edits and publishes: a number of hours or of working days for
each speed and each level. Hours run round the clock. Working days are those of the Chinese calendar
of public holidays; the day on which a limit begins is not counted, and it ends with its last day.

The clock: whoever gets an event has the whole limit from then on. It begins anew when the event is
reported (also once more, after it was sent back), passed up, returned to the village, sent back to
be done again, and reopened. While it lies with its reporter to be made clearer, nothing is due.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

import chinese_calendar

from sync.records.event_loop import (
    ACCEPTED,
    BEFORE_DISPOSAL,
    CLOSED,
    DISPOSE,
    DISPOSED,
    FED_BACK,
    NOTE,
    PASSED_ON,
    REPORTED,
    Course,
)
from sync.records.moments import CHINA, utc

#: The list of limits: codes ``<speed>-<level>``, ``parent`` the level.
LIMITS = "event_limit"
#: The two speeds (两快): from getting it to disposal, from disposal to feedback.
QUICK_DISPOSAL, QUICK_FEEDBACK = "dispose", "feed_back"
HOURS, WORKING_DAYS = "hours", "working_days"

_END_OF_DAY = time(23, 59, 59)
#: A limit of more days than this is a slip of the pen, and must not run into the end of time.
MOST_DAYS, MOST_HOURS = 3_650, 87_600


class Limit(NamedTuple):
    """So many hours or working days."""

    number: int
    unit: str

    @property
    def words(self) -> str:
        """The limit as a cadre reads it."""
        return f"{self.number}{'小时' if self.unit == HOURS else '个工作日'}"


class Due(NamedTuple):
    """A moment in UTC, and whether the calendar of holidays is known up to there."""

    at: str
    certain: bool = True


#: Limits by speed and level (the id of its list item).
Limits = Mapping[tuple[str, str], Limit]


@dataclass(frozen=True)
class Moments:
    """When things happened to an event (UTC), and what is due until when; None: not (any more).

    ``disposed_at`` and ``fed_back_at`` are of the disposal that stands. ``late`` tells whether any
    limit was overrun on the way; what is overrun now and not done yet is a question of the hour.
    """

    reported_at: str | None = None
    disposed_at: str | None = None
    fed_back_at: str | None = None
    closed_at: str | None = None
    due: Due | None = None
    late: bool = False


def is_working_day(day: date) -> bool:
    """Whether offices work on a day; Monday to Friday where no calendar is known."""
    return _known(day)[0]


@lru_cache(maxsize=4096)
def _known(day: date) -> tuple[bool, bool]:
    """Whether it is a working day, and whether the calendar says so."""
    try:
        return bool(chinese_calendar.is_workday(day)), True
    except NotImplementedError:
        return day.weekday() < 5, False


def due(start: str, limit: Limit) -> Due:
    """When a limit that begins at ``start`` (ISO 8601 with its offset) ends."""
    begin = datetime.fromisoformat(start)
    if limit.unit == HOURS:
        return Due(utc(begin + timedelta(hours=min(limit.number, MOST_HOURS))))
    day, left, certain = begin.astimezone(CHINA).date(), min(limit.number, MOST_DAYS), True
    works, known = _known(day)
    certain &= known
    # Of no days at all: the day itself, or the next one on which offices work.
    while left > 0 or not works:
        day += timedelta(days=1)
        works, known = _known(day)
        certain &= known
        left -= works
    return Due(utc(datetime.combine(day, _END_OF_DAY, CHINA)), certain)


def limits_of(items: Iterable[tuple[str, int | None, str | None, str | None]]) -> Limits:
    """The limits that items of the list give: (code, number, unit, parent). What makes no limit is
    passed over."""
    found: dict[tuple[str, str], Limit] = {}
    for code, number, unit, level in items:
        speed, _, named = code.partition("-")
        if isinstance(number, int) and number >= 0 and unit in (HOURS, WORKING_DAYS):
            found[speed, level or f"event_level.{named}"] = Limit(number, unit)
    return found


def moments(course: Course, level: str | None, limits: Limits) -> Moments:
    """When things happened to an event of a level, and what is due."""
    quick = limits.get((QUICK_DISPOSAL, level or ""))
    back = limits.get((QUICK_FEEDBACK, level or ""))
    begun = disposed = fed_back = closed = None
    late = False
    before = ""
    for step, state in course.effective:
        if step.action == NOTE:
            continue
        if state in BEFORE_DISPOSAL and _begins_anew(before, state):
            begun, disposed, fed_back, closed = step.at, None, None, None
        elif step.action == DISPOSE:
            late |= _overrun(begun, step.at, quick)
            disposed = step.at
        elif state == FED_BACK:
            late |= _overrun(disposed, step.at, back)
            fed_back = step.at
        elif state == CLOSED:
            closed = step.at
        before = state
    first = next((step.at for step, state in course.effective if state == REPORTED), None)
    until = None
    if course.state in BEFORE_DISPOSAL and begun and quick:
        until = due(begun, quick)
    elif course.state == DISPOSED and disposed and back:
        until = due(disposed, back)
    return Moments(first, disposed, fed_back, closed, until, late)


def _begins_anew(before: str, state: str) -> bool:
    """Whether a step from one state to another gives whoever has the event the whole limit."""
    in_the_village = (REPORTED, ACCEPTED, PASSED_ON)
    return before not in in_the_village or state not in in_the_village


def _overrun(begun: str | None, at: str, limit: Limit | None) -> bool:
    if begun is None or limit is None:
        return False
    return datetime.fromisoformat(at) > datetime.fromisoformat(due(begun, limit).at)
