"""The steps of events, and what was half written of them. No Qt."""

from __future__ import annotations

import json

from sqlalchemy import select

from desktop.register.service import Draft, Register
from desktop.storage import tables
from desktop.storage.store import Store
from sync.records import EventStep
from sync.records.event_loop import ACTION_WORDS, NOTE


class EventSteps(Register):
    """The steps of all events; each follows what its event has come to on this PC."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, EventStep)

    def half_written(self, event_id: str) -> dict[str, Draft]:
        """The steps of an event that were half written, by action, the newest first."""
        actions = {draft_of(event_id, action): action for action in ACTION_WORDS}
        table = tables.draft
        mine = (table.c.kind == EventStep.kind, table.c.record.in_(list(actions)))
        with self.store.read() as connection:
            found = connection.execute(select(table).where(*mine).order_by(table.c.at.desc()))
            return {actions[r.record]: Draft(json.loads(r.values_json), r.at) for r in found}

    def turn_into_note(self, event_id: str, action: str) -> None:
        """Let what was half written of a step that cannot be taken any more be a note of what goes
        on (记进展): words and photos stay."""
        draft = self.draft(draft_of(event_id, action))
        if draft is not None:
            self.keep_draft(draft_of(event_id, NOTE), {**draft.values, "action": NOTE})
            self.drop_draft(draft_of(event_id, action))


def draft_of(event_id: str, action: str) -> str:
    """Under what a half-written step of an event is kept: each action has its own."""
    return f"{event_id}/{action}"
