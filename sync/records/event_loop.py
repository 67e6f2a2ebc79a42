"""The loop of an event (闭环) as a pure machine: which step may follow, and what a row of steps
comes to.

Two PCs may go on with one event while neither has a line. All ends come to the same because all
fold the same steps in the same order: first those that the county has numbered, by number, then
those that wait on the own PC, as they were written. A step that was right where it was made, and
comes behind another that left no place for it, stays without effect (未生效): nothing is lost,
and nothing that was done is undone by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from sync.records.base import Values

# Where an event may stand.
FOUND, REPORTED, SENT_BACK = "found", "reported", "sent_back"
ACCEPTED, PASSED_ON = "accepted", "passed_on"
WITH_TOWN, WITH_COUNTY = "with_town", "with_county"
DISPOSED, FED_BACK, EVALUATED, CLOSED = "disposed", "fed_back", "evaluated", "closed"
JOINED, WITHDRAWN = "joined", "withdrawn"

STATE_WORDS = {
    FOUND: "待上报",
    REPORTED: "待受理",
    SENT_BACK: "退回补充",
    ACCEPTED: "办理中",
    PASSED_ON: "已转办",
    WITH_TOWN: "镇街在办",
    WITH_COUNTY: "县里在办",
    DISPOSED: "待反馈",
    FED_BACK: "待评价",
    EVALUATED: "待办结",
    CLOSED: "已办结",
    JOINED: "已并入",
    WITHDRAWN: "已撤销",
}

# What may be done.
REPORT, ACCEPT, PASS_ON, DISPOSE = "report", "accept", "pass_on", "dispose"
FEED_BACK, EVALUATE, CLOSE = "feed_back", "evaluate", "close"
SEND_BACK, TO_TOWN, TO_COUNTY = "send_back", "pass_up_town", "pass_up_county"
RETURN_DOWN, JOIN, REOPEN, WITHDRAW = "return_down", "join", "reopen", "withdraw"
NOTE = "note"

#: In the order in which a cadre is offered them: what goes on first, what ends it otherwise last.
ACTION_WORDS = {
    REPORT: "上报",
    ACCEPT: "受理",
    DISPOSE: "处置",
    FEED_BACK: "反馈",
    EVALUATE: "评价",
    CLOSE: "办结",
    NOTE: "记进展",
    PASS_ON: "转办",
    TO_TOWN: "上报镇街",
    TO_COUNTY: "上报县里",
    RETURN_DOWN: "交回村里",
    SEND_BACK: "退回",
    JOIN: "并入另一件",
    WITHDRAW: "撤销",
    REOPEN: "重新打开",
}

#: What each action asks for beside who and when, by field; the required ones first.
ASKS = {
    REPORT: ("text",),
    ACCEPT: ("text",),
    DISPOSE: ("text",),
    FEED_BACK: ("text",),
    EVALUATE: ("satisfaction", "text"),
    CLOSE: ("text",),
    NOTE: ("text",),
    PASS_ON: ("to_whom", "text"),
    TO_TOWN: ("text", "to_whom"),
    TO_COUNTY: ("text", "to_whom"),
    RETURN_DOWN: ("text",),
    SEND_BACK: ("text",),
    JOIN: ("joined_to", "text"),
    WITHDRAW: ("text",),
    REOPEN: ("text",),
}

_UP = {TO_TOWN: WITH_TOWN, TO_COUNTY: WITH_COUNTY}
_AT_WORK = {PASS_ON: PASSED_ON, DISPOSE: DISPOSED, JOIN: JOINED, **_UP}

#: State → action → state. What is not here cannot be done.
TRANSITIONS: Mapping[str, Mapping[str, str]] = {
    FOUND: {REPORT: REPORTED},
    REPORTED: {
        ACCEPT: ACCEPTED,
        PASS_ON: PASSED_ON,
        SEND_BACK: SENT_BACK,
        JOIN: JOINED,
        WITHDRAW: WITHDRAWN,
        NOTE: REPORTED,
        **_UP,
    },
    SENT_BACK: {REPORT: REPORTED, JOIN: JOINED, WITHDRAW: WITHDRAWN, NOTE: SENT_BACK},
    ACCEPTED: {**_AT_WORK, SEND_BACK: SENT_BACK, WITHDRAW: WITHDRAWN, NOTE: ACCEPTED},
    # Whoever it was passed on to may give it back, or the village takes it into its own hands.
    PASSED_ON: {**_AT_WORK, ACCEPT: ACCEPTED, SEND_BACK: ACCEPTED, NOTE: PASSED_ON},
    WITH_TOWN: {
        DISPOSE: DISPOSED,
        RETURN_DOWN: ACCEPTED,
        TO_COUNTY: WITH_COUNTY,
        JOIN: JOINED,
        NOTE: WITH_TOWN,
    },
    WITH_COUNTY: {DISPOSE: DISPOSED, RETURN_DOWN: ACCEPTED, JOIN: JOINED, NOTE: WITH_COUNTY},
    # From here on sending back means: it has to be done once more.
    DISPOSED: {FEED_BACK: FED_BACK, SEND_BACK: ACCEPTED, NOTE: DISPOSED},
    FED_BACK: {EVALUATE: EVALUATED, SEND_BACK: ACCEPTED, NOTE: FED_BACK},
    EVALUATED: {CLOSE: CLOSED, SEND_BACK: ACCEPTED, NOTE: EVALUATED},
    CLOSED: {REOPEN: REPORTED, NOTE: CLOSED},
    JOINED: {REOPEN: REPORTED, NOTE: JOINED},
    WITHDRAWN: {REOPEN: REPORTED},
}

#: Where nobody has anything left to do.
ENDED = (CLOSED, JOINED, WITHDRAWN)
OPEN = tuple(state for state in TRANSITIONS if state not in ENDED)
#: Where it still has to be disposed of, by whoever holds it.
BEFORE_DISPOSAL = (REPORTED, ACCEPTED, PASSED_ON, WITH_TOWN, WITH_COUNTY)
#: Steps that say nothing without words.
WITH_WORDS = (DISPOSE, SEND_BACK, RETURN_DOWN, REOPEN, WITHDRAW, NOTE)
IN_A_CIRCLE = "要并入的那一件已经并到这一件里来了"


@dataclass(frozen=True)
class Step:
    """A step as the machine sees it."""

    id: str
    event: str
    action: str
    follows: str | None = None
    at: str = ""
    person: str | None = None
    to_whom: str | None = None
    joined_to: str | None = None


@dataclass
class Course:
    """What the steps of one event have come to.

    ``steps`` are all of them in order, ``effective`` those that had an effect, with the state that
    each led to, ``without_effect`` says by id why the others had none. ``joined_to`` is the event
    that this one was joined to.
    """

    state: str = FOUND
    steps: list[Step] = field(default_factory=list)
    effective: list[tuple[Step, str]] = field(default_factory=list)
    without_effect: dict[str, str] = field(default_factory=dict)
    joined_to: str | None = None

    @property
    def last(self) -> str | None:
        """The last step, whether it had an effect or not: what a new one follows."""
        return self.steps[-1].id if self.steps else None

    @property
    def holder(self) -> str:
        """Who has to go on with it: ``village``, ``town`` or ``county``."""
        return {WITH_TOWN: "town", WITH_COUNTY: "county"}.get(self.state, "village")

    @property
    def held_by(self) -> str | None:
        """The person or the office in whose hands it is, where that was said."""
        if self.state in (ACCEPTED, PASSED_ON):
            for step, _state in reversed(self.effective):
                if step.action in (ACCEPT, PASS_ON):
                    return step.person if step.action == ACCEPT else step.to_whom
        return None


def legal(state: str) -> list[str]:
    """The actions that may be taken where an event stands, in the order of ``ACTION_WORDS``."""
    return [action for action in ACTION_WORDS if action in TRANSITIONS[state]]


def after(state: str, action: str) -> str:
    """Where an event stands after an action; where it stood, if the action is not legal there."""
    return TRANSITIONS[state].get(action, state)


class Loop:
    """Events whose steps come one by one, in the order that holds for all ends; with those of all
    events that they join."""

    def __init__(self, steps: Iterable[Step] = ()) -> None:
        #: What they have come to, by event.
        self.courses: defaultdict[str, Course] = defaultdict(Course)
        for step in steps:
            self.take(step)

    def take(self, step: Step) -> None:
        """Let a step have the effect that is left to it."""
        course = self.courses[step.event]
        course.steps.append(step)
        if why := self._in_vain(course, step):
            course.without_effect[step.id] = why
            return
        course.state = after(course.state, step.action)
        course.effective.append((step, course.state))
        if step.action != NOTE:
            course.joined_to = step.joined_to if step.action == JOIN else None

    def fate(self, event: str) -> str:
        """The event whose fate an event shares: the one it was joined to in the end, or itself."""
        while (course := self.courses.get(event)) and course.joined_to:
            event = course.joined_to
        return event

    def problem(self, values: Values) -> dict[str, str]:
        """Check a new step against where its event stands; Chinese sentences by field name."""
        event, joined_to = str(values.get("event")), values.get("joined_to")
        state = self.courses[event].state
        if problem := step_problem(values, {state}):
            return problem
        if values.get("action") == JOIN and self.fate(str(joined_to)) == event:
            return {"joined_to": IN_A_CIRCLE}
        return {}

    def _in_vain(self, course: Course, step: Step) -> str:
        if step.action not in TRANSITIONS[course.state]:
            done, stood = ACTION_WORDS[step.action], STATE_WORDS[course.state]
            return f"轮到“{done}”时，事件已经是“{stood}”"
        if step.action == JOIN and step.joined_to and self.fate(step.joined_to) == step.event:
            return IN_A_CIRCLE
        return ""


def fold(steps: Iterable[Step]) -> dict[str, Course]:
    """What steps come to, by event; given as a ``Loop`` wants them."""
    return dict(Loop(steps).courses)


def states_before_the_eyes_of(steps: Sequence[Step], follows: str | None) -> Set[str]:
    """Where an event may have stood for whoever made a step behind ``follows``; empty where there
    is no such step among ``steps``, all those of the event that are known.

    Certain is only that they knew the row that leads to ``follows``. What others did beside it they
    may have known or not, so that each is thought of as done anywhere and nowhere. So no step is
    refused that a PC has let a cadre make, in whatever order what waits reaches the county.
    """
    by_id = {step.id: step for step in steps}
    row: dict[str, Step] = {}
    while follows is not None:
        step = by_id.get(follows)
        if step is None or step.id in row:
            return frozenset()
        row[step.id] = step
        follows = step.follows
    beside = {step.action for step in steps if step.id not in row}
    states = _with(beside, {FOUND}) if row else {FOUND}
    for step in reversed(row.values()):
        reached = {after(state, step.action) for state in states}
        # Whether a joining had an effect depends on the other event too.
        states = _with(beside, reached | states if step.action == JOIN else reached)
    return states


def _with(beside: Set[str], states: Set[str]) -> Set[str]:
    """The states, and all that actions beside may have led to from there."""
    found, new = set(states), set(states)
    while new:
        new = {after(state, action) for state in new for action in beside} - found
        found |= new
    return found


def step_problem(values: Values, states: Set[str]) -> dict[str, str]:
    """Check a new step against where its event may stand; Chinese sentences by field name."""
    action = str(values.get("action"))
    if not any(action in TRANSITIONS[state] for state in states):
        stood = "”或“".join(STATE_WORDS[state] for state in STATE_WORDS if state in states)
        done = ACTION_WORDS.get(action, action)
        return {"action": f"事件现在是“{stood}”，不能“{done}”"}
    if action == JOIN and not values.get("joined_to"):
        return {"joined_to": "要说明并入哪一件"}
    return {}


def rule_of_step(values: Values) -> dict[str, str]:
    """Check what a step says of itself; Chinese sentences by field name."""
    action = values.get("action")
    if action == PASS_ON and not values.get("to_whom"):
        return {"to_whom": "要说明转给谁"}
    if action == EVALUATE and not values.get("satisfaction"):
        return {"satisfaction": "要说明满意不满意；问不到就选“联系不上”"}
    if action != EVALUATE and values.get("satisfaction"):
        return {"satisfaction": "满意度只在“评价”时填"}
    if action in WITH_WORDS and not values.get("text"):
        return {"text": f"“{ACTION_WORDS[str(action)]}”要写几个字说明"}
    if values.get("joined_to") and action != JOIN:
        return {"joined_to": "只有“并入另一件”才指明并入哪一件"}
    if values.get("joined_to") and values["joined_to"] == values.get("event"):
        return {"joined_to": "不能并入它自己"}
    return {}
