"""What lies on the desk today: events by when they are due, promised visits, news of others. No Qt.

It asks only what cadres themselves wrote down; it counts nobody's work.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, func, select

from desktop.events.service import Due, Events
from desktop.storage import settings, tables
from desktop.storage.store import Store
from sync.decoding import decode
from sync.records import Conflict, Division, PointsHandover, PointsRequest
from sync.records.moments import show_moment

#: So many events are told one by one; the others are a click away.
MOST_TOLD = 5
#: Kinds that say nothing to a cadre as news.
SILENT = (Division.kind, Conflict.kind, PointsHandover.kind, PointsRequest.kind)


@dataclass(frozen=True)
class Pressing:
    """An event that is overdue or due today, and by when in words."""

    event: str
    what: str
    due: str
    overdue: bool


@dataclass(frozen=True)
class News:
    """What the last syncs brought from the county: how many records of which kind, since when the
    cadre said that they were seen, and the number of the newest receipt among them."""

    upto: int = 0
    at: str = ""
    counts: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Today:
    """All of it at one moment."""

    due: Due
    pressing: tuple[Pressing, ...] = ()
    visits: int = 0
    news: News = News()

    @property
    def urgent(self) -> int:
        """How many things are overdue or due today."""
        return self.due.overdue + self.due.today + self.visits


class Desk:
    """Reads what lies on the desk."""

    def __init__(
        self, store: Store, events: Events, due_visits: Callable[[str], Sequence[object]]
    ) -> None:
        """``due_visits`` gives whose promised visit is due by a day (``YYYY-MM-DD``)."""
        self._store, self._events, self._due_visits = store, events, due_visits

    def read(self) -> Today:
        """What lies on the desk now, by the county's clock."""
        now = self._events.now()
        due = self._events.due(now)
        visits = len(self._due_visits(_day_in_china(now)))
        with self._store.read() as connection:
            news = _news(connection)
        return Today(due, self._pressing(due, now), visits, news)

    def seen(self, upto: int) -> None:
        """The news up to a receipt were looked at."""
        self._store.set(**{settings.NEWS_SEEN: str(upto)})

    def _pressing(self, due: Due, now: str) -> tuple[Pressing, ...]:
        found: list[Pressing] = []
        for view, count in (("overdue", due.overdue), ("today", due.today)):
            if not count or len(found) >= MOST_TOLD:
                continue
            order = self._events.order(self._events.listing(view))
            rows = self._events.rows(order[: MOST_TOLD - len(found)])
            standings = self._events.standings([row.id for row in rows])
            found += [
                Pressing(
                    row.id,
                    str(row.values["what"] or ""),
                    standing.due_words(now),
                    view == "overdue",
                )
                for row in rows
                if (standing := standings.get(row.id))
            ]
        return tuple(found)


def _news(connection: Connection) -> News:
    seen = settings.read(connection, settings.NEWS_SEEN)
    table = tables.receipt.c
    newest = connection.execute(select(func.max(table.number))).scalar() or 0
    settled = int(seen or 0)
    # What a PC brings with its first whole sync is everything, and no news; so it is once more
    # when it has gone to another village.
    new_here = not seen
    found = connection.execute(
        select(table.number, table.receipt_json)
        .where(table.number >= settled)
        .order_by(table.number)
    )
    counts: Counter[str] = Counter()
    at = ""
    for number, text in found:
        receipt = decode(text, _Told)
        if receipt.notice:
            counts.clear()
            at, new_here = "", True
        elif new_here:
            new_here = not receipt.finished
        elif number > settled:
            brought = {k: row.get("received", 0) for k, row in receipt.by_kind.items()}
            if any(brought.values()):
                at = receipt.county_time or receipt.at
            counts.update({k: n for k, n in brought.items() if n and k not in SILENT})
    return News(newest, at, tuple(counts.most_common()))


class _Told(msgspec.Struct):
    """What is asked of a receipt."""

    at: str = ""
    county_time: str = ""
    by_kind: dict[str, dict[str, int]] = {}
    finished: bool = True
    #: Where the PC has left its village: what that means.
    notice: str = ""


def _day_in_china(moment: str) -> str:
    return show_moment(moment)[:10]
