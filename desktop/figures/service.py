"""The figures of events: a village's from its own records, its town's from the county. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Protocol

import msgspec
from sqlalchemy import Connection, Integer, select
from sqlalchemy.sql import cast

from desktop.storage import settings
from desktop.storage.event_steps import county_now
from desktop.storage.lists import items_of, names_of_items
from desktop.storage.store import Store
from desktop.storage.tables import event_standing
from desktop.storage.writing import now
from desktop.syncing.receipts import Office
from sync.client.faults import FAULTS, LineFault
from sync.client.stopping import until_stopped
from sync.decoding import decode
from sync.protocol import VERSION, FiguresAnswer, FiguresRequest
from sync.records import Event
from sync.records.divisions import town_of
from sync.records.event_figures import EventFigures, Told, figures_of
from sync.records.events import LEVELS
from sync.records.moments import CHINA


class FiguresLine(Protocol):
    """A way to ask the county for figures."""

    def event_figures(self, request: FiguresRequest) -> FiguresAnswer:
        """Ask; raises LineFault."""

    def close(self) -> None:
        """Let go of the connection."""


OpenLine = Callable[[str, str], FiguresLine]


def open_https(server: str, token: str) -> FiguresLine:
    """The usual line to the county."""
    # requests takes a tenth of a second to import: the window opens without it.
    from sync.client.http import HttpLine

    return HttpLine(server, token)


@dataclass(frozen=True)
class Period:
    """A stretch of days that one may look at, both ends counted."""

    name: str
    words: str
    since: date
    until: date


@dataclass(frozen=True)
class Read:
    """Figures of a place, when they were counted ('' for now), and what kinds and levels are
    called: kinds as often as they came, levels in the county's order."""

    place: str
    counted_at: str
    figures: EventFigures
    names: dict[str, str]
    levels: list[str]


class Figures:
    """Reads the figures of events."""

    def __init__(self, store: Store, open_line: OpenLine = open_https) -> None:
        self._store, self._open_line = store, open_line

    def periods(self) -> list[Period]:
        """What one may choose, by the county's clock; the first is usual."""
        with self._store.read() as connection:
            today = _today(connection)
        monday = today - timedelta(days=today.weekday())
        return [
            Period("weeks4", "近4周", monday - timedelta(weeks=3), today),
            Period("weeks12", "近12周", monday - timedelta(weeks=11), today),
            Period("year", "今年", date(today.year, 1, 1), today),
        ]

    def of_village(self, period: Period) -> Read:
        """The village's own figures, from what is on this PC."""
        with self._store.read() as connection:
            figures = figures_of(_told(connection), period.since, period.until)
            place = settings.read(connection, settings.AREA_NAME) or "本村"
            return _named(connection, place, "", figures)

    def of_town(self, period: Period, cancelled: Callable[[], bool] = lambda: False) -> Read:
        """The town's figures, asked of the county; they are kept for when there is no line.

        Raises LineFault; soon after ``cancelled`` holds, Stopped.
        """
        with self._store.read() as connection:
            server, token, area = (
                settings.read(connection, name)
                for name in (settings.SERVER, settings.TOKEN, settings.AREA)
            )
        if not token:
            raise LineFault(FAULTS["not_enrolled"].sentence, code="not_enrolled")
        request = FiguresRequest(
            VERSION, town_of(area), period.since.isoformat(), period.until.isoformat()
        )
        with closing(self._open_line(server, token)) as line, _older_told_apart():
            answer = until_stopped(partial(line.event_figures, request), cancelled, line.close)
        kept = msgspec.json.encode(answer).decode()
        self._store.set(**{settings.TOWN_FIGURES: kept})
        with self._store.read() as connection:
            return _read_of(connection, answer)

    def last_of_town(self) -> Read | None:
        """The town's figures as the county told them last; None where it never did, or told them
        of another town than this PC's."""
        with self._store.read() as connection:
            kept = settings.read(connection, settings.TOWN_FIGURES)
            if not kept:
                return None
            answer = decode(kept, FiguresAnswer)
            own = town_of(settings.read(connection, settings.AREA))
            return _read_of(connection, answer) if answer.area == own else None

    def office(self) -> Office:
        """Who prints, where and when."""
        with self._store.read() as connection:
            return Office(
                settings.read(connection, settings.AREA_NAME),
                settings.read(connection, settings.DEVICE_NAME),
                settings.read(connection, settings.OPERATOR),
                now(),
            )


@contextmanager
def _older_told_apart() -> Iterator[None]:
    """A county of before there were these figures only says that it does not know the request."""
    try:
        yield
    except LineFault as fault:
        if fault.code != "bad_message":
            raise
        told = FAULTS["county_too_old"]
        raise LineFault(told.sentence, fault.detail, "county_too_old") from fault


def _told(connection: Connection) -> Iterator[Told]:
    event, standing = Event.table.c, event_standing.c
    found = connection.execute(
        select(
            event.event_kind,
            event.level,
            standing.reported_at,
            standing.closed_at,
            cast(standing.late, Integer),
        )
        .join_from(event_standing, Event.table, event.id == standing.record)
        .where(event.area == settings.read(connection, settings.AREA), event.deleted == 0)
    )
    for kind, level, reported_at, closed_at, late in found:
        yield Told(kind or "", level or "", reported_at, closed_at, bool(late))


def _read_of(connection: Connection, answer: FiguresAnswer) -> Read:
    return _named(connection, answer.area_name, answer.county_time, answer.figures)


def _named(connection: Connection, place: str, counted_at: str, figures: EventFigures) -> Read:
    found: Iterable[str] = {*figures.by_kind, *figures.by_level, *figures.in_time}
    levels = [item.id for item in items_of(connection, LEVELS, retired=True)]
    return Read(place, counted_at, figures, names_of_items(connection, found), levels)


def _today(connection: Connection) -> date:
    return datetime.fromisoformat(county_now(connection)).astimezone(CHINA).date()
