"""Where each event stands on this PC: what its steps come to, and until when what is due."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection

from desktop.storage import settings
from desktop.storage.event_steps import steps_of
from desktop.storage.lists import items_of
from desktop.storage.tables import event_standing
from sync.records.event_limits import LIMITS, Limits, limits_of, moments
from sync.records.event_loop import Loop

_COLUMNS = tuple(column.name for column in event_standing.c)
_INSERT = (
    f"INSERT OR REPLACE INTO event_standing ({', '.join(_COLUMNS)})"  # noqa: S608 - our own names
    f" VALUES ({', '.join('?' for _ in _COLUMNS)})"
)
_DELETE = "DELETE FROM event_standing WHERE record IN (SELECT value FROM json_each(?))"
_LIVE = (
    "SELECT id, level, made_by FROM event WHERE area = ? AND deleted = 0"
    " AND id IN (SELECT value FROM json_each(?))"
)
_NAMED = (
    "SELECT event, joined_to FROM event_step WHERE area = ?"
    " AND id IN (SELECT value FROM json_each(?))"
)
#: Events that are worked out at a time: memory stays flat.
_PART = 1000


def about_events(connection: Connection, events: Collection[str]) -> set[str]:
    """Events are about themselves."""
    return set(events)


def about_steps(connection: Connection, steps: Collection[str]) -> set[str]:
    """The events that steps are about: their own, and those that they join it to."""
    area = settings.read(connection, settings.AREA)
    found = connection.exec_driver_sql(_NAMED, (area, json.dumps(list(steps))))
    return {event for row in found for event in row if event is not None}


def about_lists(connection: Connection, items: Collection[str]) -> set[str]:
    """All events, where limits have changed."""
    if not any(item.startswith(f"{LIMITS}.") for item in items):
        return set()
    return set(connection.exec_driver_sql("SELECT record FROM event_standing").scalars())


def renew(connection: Connection, events: Collection[str]) -> None:
    """Work out anew where some events stand, and all that joining connects with them."""
    if not events:
        return
    area, limits = settings.read(connection, settings.AREA), limits_now(connection)
    every = sorted(events)
    for start in range(0, len(every), _PART):
        part = every[start : start + _PART]
        loop = Loop(steps_of(connection, area, part))
        concerned = json.dumps(sorted({*part, *loop.courses}))
        rows = _rows(connection, area, concerned, loop, limits)
        connection.exec_driver_sql(_DELETE, (concerned,))
        if rows:
            connection.exec_driver_sql(_INSERT, rows)


def rebuild(connection: Connection) -> bool:
    """Work out anew where all events stand; whether any stood otherwise here."""
    before = _all(connection)
    connection.exec_driver_sql("DELETE FROM event_standing")
    area = settings.read(connection, settings.AREA)
    every = connection.exec_driver_sql("SELECT id FROM event WHERE area = ?", (area,)).scalars()
    renew(connection, set(every))
    return before != _all(connection)


def _rows(
    connection: Connection, area: str, events: str, loop: Loop, limits: Limits
) -> list[tuple[Any, ...]]:
    rows = []
    for event, level, made_by in connection.exec_driver_sql(_LIVE, (area, events)).all():
        course = loop.courses[event]
        when = moments(course, level, limits)
        fate = loop.fate(event)
        rows.append(
            (
                event,
                course.state,
                course.holder,
                course.held_by,
                made_by,
                when.due.at if when.due else None,
                int(when.due.certain) if when.due else 1,
                when.reported_at,
                when.disposed_at,
                when.fed_back_at,
                when.closed_at,
                int(when.late),
                len(course.steps),
                len(course.without_effect),
                course.last,
                course.steps[-1].at if course.steps else None,
                fate if fate != event else None,
            )
        )
    return rows


def limits_now(connection: Connection) -> Limits:
    """The limits as the county published them, or the program's own."""
    return limits_of(
        (item.id.partition(".")[2], item.number, item.unit, item.parent)
        for item in items_of(connection, LIMITS)
    )


def _all(connection: Connection) -> Sequence[tuple[Any, ...]]:
    found = connection.exec_driver_sql("SELECT * FROM event_standing ORDER BY record")
    return [tuple(row) for row in found]
