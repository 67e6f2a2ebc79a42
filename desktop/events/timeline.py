"""How one event went, step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, select

from desktop.storage import settings, tables
from desktop.storage.errors import RecordMissing
from desktop.storage.event_steps import steps_of
from desktop.storage.standing import shown_state
from sync.records import Attachment, Event, EventStep
from sync.records.event_loop import ACTION_WORDS, FOUND, STATE_WORDS, Loop

FOUND_WORD = "发现"


@dataclass(frozen=True)
class Entry:
    """One step of an event, or (``action`` ``found``) that it was found.

    ``at`` is in UTC; ``person`` who did it, ``by`` who wrote it down. ``effect`` is False where it
    came too late to change anything, ``why`` says so; ``refused`` is the county's reason where it
    did not take the step in. ``led_to`` is the state after it, in Chinese. ``photos`` are ids of
    attachments. ``sync_state`` is where the record stands, as in lists.
    """

    id: str
    action: str
    word: str
    at: str
    person: str = ""
    by: str = ""
    text: str = ""
    to_whom: str = ""
    satisfaction: str = ""
    joined_to: str = ""
    joined_to_what: str = ""
    effect: bool = True
    why: str = ""
    refused: str = ""
    led_to: str = ""
    photos: tuple[str, ...] = ()
    sync_state: str = "synced"


def timeline_of(connection: Connection, event_id: str) -> list[Entry]:
    """How an event went, oldest first. What the county refused stands at the end. Raises
    RecordMissing."""
    area = settings.read(connection, settings.AREA)
    event = _event(connection, area, event_id)
    course = Loop(steps_of(connection, area, [event_id])).courses[event_id]
    rows = _step_rows(connection, area, event_id)
    photos = _photos(connection, area, [event_id, *rows])
    states = _states(connection, [event_id, *rows])
    refused = _refusals(connection, list(rows))
    titles = _titles(connection, area, [row["joined_to"] for row in rows.values()])
    led_to = {step.id: state for step, state in course.effective}
    counted = [step.id for step in course.steps]
    entries = [_found(event, photos.get(event_id, ()), states.get(event_id, "synced"))]
    for step_id in [*counted, *(i for i in rows if i not in counted)]:
        step = _step(rows[step_id])
        entries.append(
            replace(
                step,
                joined_to_what=titles.get(step.joined_to, ""),
                effect=step_id in led_to,
                why=course.without_effect.get(step_id, ""),
                refused=refused.get(step_id, ""),
                led_to=STATE_WORDS[led_to[step_id]] if step_id in led_to else "",
                photos=photos.get(step_id, ()),
                sync_state=states.get(step_id, "synced"),
            )
        )
    return entries


def _step(row: dict[str, Any]) -> Entry:
    """What a step says of itself."""
    return Entry(
        row["id"],
        row["action"],
        ACTION_WORDS.get(row["action"], row["action"]),
        row["at"],
        row["person"] or "",
        row["made_by"],
        row["text"] or "",
        row["to_whom"] or "",
        EventStep.fields["satisfaction"].show(row["satisfaction"]),
        row["joined_to"] or "",
    )


def _found(event: dict[str, Any], photos: tuple[str, ...], state: str) -> Entry:
    phone = Event.fields["phone"].mask(event["phone"])
    who = " ".join(part for part in (event["reported_by"] or "", phone) if part)
    return Entry(
        event["id"],
        FOUND,
        FOUND_WORD,
        event["found_at"] or event["made_at"],
        who,
        event["made_by"],
        event["what"],
        led_to=STATE_WORDS[FOUND],
        photos=photos,
        sync_state=state,
    )


def _event(connection: Connection, area: str, event_id: str) -> dict[str, Any]:
    table = Event.table
    here = (table.c.area == area, table.c.id == event_id, table.c.deleted == 0)
    found = connection.execute(select(table).where(*here)).mappings().first()
    if found is None:
        raise RecordMissing(Event.label)
    return dict(found)


def _step_rows(connection: Connection, area: str, event_id: str) -> dict[str, dict[str, Any]]:
    table = EventStep.table
    here = (table.c.area == area, table.c.event == event_id, table.c.deleted == 0)
    # Sorted here: asked for an order, SQLite walks through all steps of the village.
    rows = sorted(connection.execute(select(table).where(*here)).mappings(), key=itemgetter("id"))
    return {row["id"]: dict(row) for row in rows}


def _photos(connection: Connection, area: str, records: list[str]) -> dict[str, tuple[str, ...]]:
    table = Attachment.table.c
    found = connection.execute(
        select(table.record, table.id)
        .where(table.area == area, table.record.in_(records), table.deleted == 0)
        .order_by(table.made_at, table.id)
    )
    photos: dict[str, tuple[str, ...]] = {}
    for record, attachment in found:
        photos[record] = (*photos.get(record, ()), attachment)
    return photos


def _states(connection: Connection, records: list[str]) -> dict[str, str]:
    table = tables.standing.c
    found = connection.execute(select(table.record, shown_state).where(table.record.in_(records)))
    return dict(found.all())


def _refusals(connection: Connection, records: list[str]) -> dict[str, str]:
    table = tables.outbox.c
    found = connection.execute(
        select(table.record, table.reason).where(
            table.record.in_(records), table.state == "refused"
        )
    )
    return dict(found.all())


def _titles(connection: Connection, area: str, events: list[str | None]) -> dict[str, str]:
    table = Event.table.c
    named = [event for event in events if event]
    found = connection.execute(
        select(table.id, table.what).where(table.area == area, table.id.in_(named))
    )
    return dict(found.all())
