"""The figures of events in a stretch of days: how many, of what, how long, how many in time.

Worked out by one pure function from what stands of each event, so that a village and its town are
counted by one rule. Nobody's name is in them: they say how events went, not who did what.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from sync.records.moments import CHINA

_HOUR = 3600


class Told(NamedTuple):
    """What stands of one event: its lists' items, when it was reported and closed (UTC), and
    whether it overran a limit on the way."""

    kind: str
    level: str
    reported_at: str | None
    closed_at: str | None
    late: bool


@dataclass(frozen=True)
class Stretch:
    """A week from its Monday, or a month from its first day: how many events were reported in it,
    and how many were closed."""

    begins: str
    reported: int
    closed: int


@dataclass(frozen=True)
class InTime:
    """Of so many closed events so many overran no limit."""

    closed: int
    in_time: int


@dataclass(frozen=True)
class EventFigures:
    """The figures of the days from ``since`` to ``until``, both counted.

    ``reported`` and what is told by kind and level count the events reported in these days;
    ``closed``, ``hours_to_close`` (the median by level) and ``in_time`` those closed in them. Kinds
    and levels are ids of list items. Weeks and months without any event are told too.
    """

    since: str
    until: str
    reported: int = 0
    closed: int = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    by_level: dict[str, int] = field(default_factory=dict)
    by_week: list[Stretch] = field(default_factory=list)
    by_month: list[Stretch] = field(default_factory=list)
    hours_to_close: dict[str, float] = field(default_factory=dict)
    in_time: dict[str, InTime] = field(default_factory=dict)


def figures_of(events: Iterable[Told], since: date, until: date) -> EventFigures:
    """Count events, whichever of them fall into the days."""
    kinds: Counter[str] = Counter()
    levels: Counter[str] = Counter()
    reported: Counter[date] = Counter()
    closed: Counter[date] = Counter()
    hours: defaultdict[str, list[float]] = defaultdict(list)
    well: Counter[str] = Counter()
    for event in events:
        begun, ended = _day(event.reported_at), _day(event.closed_at)
        if begun and since <= begun <= until:
            kinds[event.kind] += 1
            levels[event.level] += 1
            reported[begun] += 1
        if event.closed_at and ended and since <= ended <= until:
            closed[ended] += 1
            well[event.level] += not event.late
            hours[event.level].append(_hours(event, event.closed_at))
    return EventFigures(
        since.isoformat(),
        until.isoformat(),
        sum(kinds.values()),
        sum(closed.values()),
        dict(kinds.most_common()),
        dict(levels),
        _stretches(since, until, reported, closed, _monday),
        _stretches(since, until, reported, closed, _first_of_month),
        {level: round(statistics.median(each), 1) for level, each in hours.items()},
        {level: InTime(len(each), well[level]) for level, each in hours.items()},
    )


def _hours(event: Told, ended: str) -> float:
    taken = datetime.fromisoformat(ended) - datetime.fromisoformat(event.reported_at or ended)
    return max(taken.total_seconds() / _HOUR, 0.0)


def _day(moment: str | None) -> date | None:
    """The day in China of a moment."""
    return datetime.fromisoformat(moment).astimezone(CHINA).date() if moment else None


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _first_of_month(day: date) -> date:
    return day.replace(day=1)


def _stretches(
    since: date,
    until: date,
    reported: Mapping[date, int],
    closed: Mapping[date, int],
    begin: Callable[[date], date],
) -> list[Stretch]:
    """All weeks or months that the days touch, with what fell into them."""
    days = (since + timedelta(days=n) for n in range((until - since).days + 1))
    return [
        Stretch(first.isoformat(), *(sum(n.get(d, 0) for d in each) for n in (reported, closed)))
        for first, group in groupby(days, begin)
        if (each := list(group))
    ]
