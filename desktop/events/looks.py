"""How states, steps and limits of events are shown: icon, word and colour together. No widgets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desktop.events.words import DAY, span_words
from desktop.widgets import tokens
from sync.records import event_loop as loop


@dataclass(frozen=True)
class Look:
    """An icon, a word and a colour. Red is for what a person must do, nothing else."""

    icon: str
    word: str
    colour: str


_STATES = {
    loop.FOUND: ("report", tokens.WAIT),
    loop.REPORTED: ("clock", tokens.WAIT),
    loop.SENT_BACK: ("return", tokens.WAIT),
    loop.ACCEPTED: ("at_work", tokens.PRIMARY),
    loop.PASSED_ON: ("pass_on", tokens.PRIMARY),
    loop.WITH_TOWN: ("up", tokens.PRIMARY),
    loop.WITH_COUNTY: ("up", tokens.PRIMARY),
    loop.DISPOSED: ("feedback", tokens.WAIT),
    loop.FED_BACK: ("evaluate", tokens.WAIT),
    loop.EVALUATED: ("unchosen", tokens.WAIT),
    loop.CLOSED: ("tick", tokens.GOOD),
    loop.JOINED: ("merge", tokens.QUIET),
    loop.WITHDRAWN: ("withdraw", tokens.QUIET),
}

_ACTIONS = {
    loop.REPORT: ("event", tokens.PRIMARY),
    loop.ACCEPT: ("accept", tokens.PRIMARY),
    loop.PASS_ON: ("pass_on", tokens.PRIMARY),
    loop.DISPOSE: ("project", tokens.PRIMARY),
    loop.FEED_BACK: ("feedback", tokens.PRIMARY),
    loop.EVALUATE: ("evaluate", tokens.PRIMARY),
    loop.CLOSE: ("tick", tokens.GOOD),
    loop.SEND_BACK: ("return", tokens.WAIT),
    loop.TO_TOWN: ("up", tokens.PRIMARY),
    loop.TO_COUNTY: ("up", tokens.PRIMARY),
    loop.RETURN_DOWN: ("down_again", tokens.PRIMARY),
    loop.JOIN: ("merge", tokens.QUIET),
    loop.REOPEN: ("undo", tokens.WAIT),
    loop.WITHDRAW: ("withdraw", tokens.QUIET),
    loop.NOTE: ("report", tokens.QUIET),
}


def state_look(state: str) -> Look:
    """Where an event stands."""
    icon, colour = _STATES.get(state, ("clock", tokens.QUIET))
    return Look(icon, loop.STATE_WORDS.get(state, state), colour)


def action_look(action: str) -> Look:
    """What a step does."""
    icon, colour = _ACTIONS.get(action, ("report", tokens.QUIET))
    return Look(icon, loop.ACTION_WORDS.get(action, action), colour)


def due_look(due: str | None, now: str, *, ours: bool = True) -> Look:
    """How much time is left, from two ISO times: 还剩 2 小时, 已超 1 天; nothing where none is due.

    Red only where the village itself is late: what the town or the county holds, nobody here can
    hasten.
    """
    if not due:
        return Look("", "", tokens.QUIET)
    left = datetime.fromisoformat(due) - datetime.fromisoformat(now)
    if left < timedelta():
        return Look("warning", f"已超 {span_words(-left)}", tokens.ACT if ours else tokens.WAIT)
    soon = left < DAY and ours
    return Look("clock", f"还剩 {span_words(left)}", tokens.WAIT if soon else tokens.QUIET)
