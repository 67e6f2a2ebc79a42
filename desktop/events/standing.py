"""Where an event stands, and what may be done with it there. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from desktop.events.words import due_words
from sync.records import EventStep
from sync.records.event_loop import ACTION_WORDS, ASKS, STATE_WORDS


class Act(NamedTuple):
    """Something that may be done now: its action, the Chinese word, the fields it asks for (of
    ``EventStep``, required ones first), and those of them that must be filled."""

    action: str
    word: str
    asks: tuple[str, ...]
    required: tuple[str, ...]


@dataclass(frozen=True)
class Standing:
    """Where an event stands. Moments are in UTC; ``due_at`` is until when the next thing is due, if
    anything is, ``late`` whether a limit was overrun, ``joined_to`` the event whose fate it shares.
    """

    state: str
    holder: str = "village"
    held_by: str | None = None
    due_at: str | None = None
    due_certain: bool = True
    reported_at: str | None = None
    disposed_at: str | None = None
    fed_back_at: str | None = None
    closed_at: str | None = None
    late: bool = False
    steps: int = 0
    without_effect: int = 0
    last_step: str | None = None
    last_at: str | None = None
    joined_to: str | None = None

    @property
    def word(self) -> str:
        """The state in Chinese."""
        return STATE_WORDS[self.state]

    def due_words(self, now: str) -> str:
        """Until when it is due, or by how much it is overdue; '' where nothing is."""
        return due_words(self.due_at, now, certain=self.due_certain)


def act_of(action: str) -> Act:
    """An action as a page offers it."""
    asks = ASKS[action]
    required = tuple(name for name in asks if EventStep.rule({"action": action}).get(name))
    must = required or asks[:1] if action == "join" else required
    return Act(action, ACTION_WORDS[action], asks, must)


def standing_of(row: dict[str, Any]) -> Standing:
    """A row of the table of standings."""
    values = {name: row[name] for name in Standing.__dataclass_fields__}
    return Standing(
        **{**values, "late": bool(row["late"]), "due_certain": bool(row["due_certain"])}
    )
