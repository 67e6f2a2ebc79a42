"""What events come to: how many of which kind and level in which week, how soon closed, and how
many in time. Of a village and a time, never of a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection

from desktop.storage.lists import names_of_items
from sync.records.event_loop import CLOSED, JOINED, WITHDRAWN
from sync.records.moments import CHINA, utc

#: Lengths from report to close, each up to so many days; the last has no end.
SPANS = ((1, "1天内"), (3, "1—3天"), (7, "3—7天"), (0, "7天以上"))

# Monday of the week in which it was reported, by the clock in China.
_GROUPED = f"""
SELECT e.event_kind, e.level, date(s.reported_at, '+8 hours', 'weekday 0', '-6 days') AS week,
    count(*), sum(closed), sum(closed AND NOT s.late),
    sum(CASE WHEN closed THEN seconds ELSE 0 END),
    sum(closed AND seconds <= 86400), sum(closed AND seconds > 86400 AND seconds <= 259200),
    sum(closed AND seconds > 259200 AND seconds <= 604800), sum(closed AND seconds > 604800),
    sum(s.state = '{JOINED}')
FROM (SELECT *, state = '{CLOSED}' AS closed,
        max(unixepoch(closed_at) - unixepoch(reported_at), 0) AS seconds
    FROM event_standing WHERE reported_at >= ? AND reported_at < ? AND state <> '{WITHDRAWN}') s
JOIN event e ON e.area = coalesce((SELECT value FROM setting WHERE name = 'area'), '')
    AND e.id = s.record
GROUP BY 1, 2, 3
"""  # noqa: S608 - our own states


@dataclass
class Figures:
    """The events reported in a time, but for withdrawn ones.

    ``by_kind`` and ``by_level`` count by the name of the list's item; ``by_week`` by the Monday
    (``YYYY-MM-DD``), weeks without events too. ``in_time`` are closed ones of which no limit was
    overrun. ``by_span`` counts closed ones by how long they took (``SPANS``).
    """

    first: str
    last: str
    events: int = 0
    closed: int = 0
    in_time: int = 0
    joined: int = 0
    seconds_to_close: float = 0
    by_kind: dict[str, int] = field(default_factory=dict)
    by_level: dict[str, int] = field(default_factory=dict)
    by_week: dict[str, int] = field(default_factory=dict)
    by_span: dict[str, int] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """Those that are not closed and were not joined to another."""
        return self.events - self.closed - self.joined

    @property
    def share_in_time(self) -> float | None:
        """Of closed ones, the share closed in time, from 0 to 1; None where none is closed."""
        return self.in_time / self.closed if self.closed else None

    @property
    def mean_seconds(self) -> float | None:
        """How long from report to close, on average; None where none is closed."""
        return self.seconds_to_close / self.closed if self.closed else None


def figures_of(connection: Connection, first: str, last: str) -> Figures:
    """Figures of the events reported from one day to another, both included."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    within = (_start(begin), _start(end + timedelta(days=1)))
    rows = connection.exec_driver_sql(_GROUPED, within).all()
    items = {item for kind, level, *_ in rows for item in (kind, level) if item}
    names = names_of_items(connection, items)
    found = Figures(first, last)
    kinds, levels, weeks, spans = Counter(), Counter(), Counter(), Counter()  # type: ignore[var-annotated]
    for kind, level, week, count, closed, in_time, seconds, *rest in rows:
        found.events += count
        found.closed += closed
        found.in_time += in_time
        found.seconds_to_close += seconds
        found.joined += rest[-1]
        kinds[names.get(kind, "没有分类")] += count
        levels[names.get(level, "没有分级")] += count
        weeks[week] += count
        for (_days, word), number in zip(SPANS, rest, strict=False):
            spans[word] += number
    found.by_kind = dict(kinds.most_common())
    found.by_level = dict(levels.most_common())
    found.by_week = {week: weeks[week] for week in _weeks(begin, end)}
    found.by_span = {word: spans[word] for _days, word in SPANS}
    return found


def _start(day: date) -> str:
    return utc(datetime.combine(day, time(), CHINA))


def _weeks(first: date, last: date) -> list[str]:
    monday = first - timedelta(days=first.weekday())
    weeks = []
    while monday <= last:
        weeks.append(monday.isoformat())
        monday += timedelta(days=7)
    return weeks
