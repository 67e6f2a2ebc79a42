"""The steps of events on this PC: in the order that holds on all ends, and what one more may be."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, select

from desktop.storage import settings
from sync.records import EventStep, Record, Value
from sync.records.event_loop import Loop, Step
from sync.records.moments import utc

# What the county refused never happened; what it has numbered did, whatever this PC remembers.
_STEPS = """
SELECT s.id, s.event, s.action, s.follows, s.at, s.person, s.to_whom, s.joined_to
FROM event_step s
WHERE s.area = ? AND s.event IN (SELECT value FROM json_each(?)) AND s.deleted = 0
    AND (s.revision > 0 OR NOT EXISTS
        (SELECT 1 FROM outbox o WHERE o.record = s.id AND o.state = 'refused'))
ORDER BY s.revision = 0, s.revision, CASE WHEN s.revision = 0 THEN
    (SELECT min(o.number) FROM outbox o WHERE o.record = s.id) END, s.rowid
"""
_JOINED_TO_THESE = """
SELECT DISTINCT event FROM event_step WHERE area = ? AND deleted = 0 AND joined_to IS NOT NULL
    AND joined_to IN (SELECT value FROM json_each(?))
"""


def steps_of(connection: Connection, area: str, events: Iterable[str]) -> list[Step]:
    """The steps of events and of all that joining connects with them, in their order."""
    known: set[str] = set()
    asked = set(events)
    while not asked <= known:
        known |= asked
        these = (area, json.dumps(sorted(known)))
        steps = [Step(*row) for row in connection.exec_driver_sql(_STEPS, these)]
        joining = connection.exec_driver_sql(_JOINED_TO_THESE, these).scalars()
        asked = {*joining, *(step.joined_to for step in steps if step.joined_to)}
    return steps if known else []


def never_taken_in(connection: Connection, area: str, event: str) -> list[str]:
    """The steps of an event that the county does not have."""
    table = EventStep.table.c
    statement = select(table.id).where(
        table.area == area, table.event == event, table.revision == 0, table.deleted == 0
    )
    return list(connection.execute(statement).scalars())


def county_now(connection: Connection) -> str:
    """The time in UTC as the county's clock has it, as far as the last sync tells: by the clock as
    it was off then, and never before that sync, for a clock may go wrong or be put right since."""
    behind = settings.read(connection, settings.CLOCK_BEHIND)
    seconds = int(behind) if behind.removeprefix("-").isdecimal() else 0
    now = utc(datetime.now(UTC) + timedelta(seconds=seconds))
    with suppress(ValueError):
        heard = datetime.fromisoformat(settings.read(connection, settings.LAST_SYNC))
        now = max(now, utc(heard))
    return now


def date(connection: Connection, record: type[Record], rows: Sequence[dict[str, Value]]) -> None:
    """Give new steps their time, where it is not said."""
    if record is EventStep:
        moment = county_now(connection)
        for row in rows:
            row["at"] = row["at"] or moment


def follow(
    connection: Connection,
    area: str,
    record: type[Record],
    ids: Sequence[str],
    rows: Sequence[dict[str, Value]],
) -> dict[str, str]:
    """Let new steps follow what their events came to here, one after the other; what is wrong with
    the first for which there is no place, by field."""
    if record is not EventStep:
        return {}
    loop = Loop(steps_of(connection, area, {str(row["event"]) for row in rows}))
    for step_id, row in zip(ids, rows, strict=True):
        row["follows"] = loop.courses[str(row["event"])].last
        if problem := loop.problem(row):
            return problem
        loop.take(step_of(step_id, row))
    return {}


def step_of(step_id: str, values: dict[str, Value]) -> Step:
    """A new step as the machine sees it."""

    def text(name: str) -> str | None:
        value = values[name]
        return None if value is None else str(value)

    return Step(
        step_id,
        str(values["event"]),
        str(values["action"]),
        text("follows"),
        str(values["at"]),
        text("person"),
        text("to_whom"),
        text("joined_to"),
    )
