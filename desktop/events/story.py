"""All that the screen and the paper tell of one event, read at once. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from desktop.attachments.service import Attached, Attachments
from desktop.events.service import Act, Entry, Events, Standing
from desktop.register.service import Draft
from sync.records import EventStep


@dataclass(frozen=True)
class Story:
    """Where an event stands, what may be done with it, and how it went, oldest first.

    ``photos`` are the attachments of each step by its id, ``joined`` (id, what) of the events that
    were joined to it, ``drafts`` the steps that were half written, by action, the newest first,
    ``phone`` of the resident who reported it (id and number), ``now`` the county's time in UTC.
    """

    event: str
    standing: Standing
    acts: tuple[Act, ...]
    steps: tuple[Entry, ...]
    photos: Mapping[str, list[Attached]]
    joined: tuple[tuple[str, str], ...]
    now: str
    drafts: Mapping[str, Draft] = field(repr=False, default_factory=dict)
    phone: tuple[str, str] = field(repr=False, default=("", ""))


def story_of(events: Events, attachments: Attachments, event_id: str) -> Story:
    """Read one event. Raises RecordMissing. Called off the window's thread."""
    steps = events.timeline(event_id)
    with_photos = [step.id for step in steps[1:] if step.photos]
    return Story(
        event_id,
        events.standing(event_id),
        tuple(events.may(event_id)),
        tuple(steps),
        attachments.of_many(EventStep.kind, with_photos) if with_photos else {},
        tuple(events.joined_with(event_id)),
        events.now(),
        events.steps.half_written(event_id),
        events.reporter_phone(event_id),
    )
