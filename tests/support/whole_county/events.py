"""Events and their steps: most go the plain way to their end, some turn back or are under way."""

from __future__ import annotations

import datetime

from sync.records import Value
from sync.records.event_loop import (
    CLOSED,
    FOUND,
    JOIN,
    NOTE,
    REOPEN,
    REPORT,
    WITHDRAW,
    after,
    legal,
)
from sync.records.events import Event, EventStep
from sync.records.lists import default_lists
from sync.records.moments import utc
from tests.support.whole_county.made import TODAY, Made

_FOUND = (
    "路灯不亮", "水渠堵了", "邻居为宅基地边界争起来", "垃圾没有运走", "电线搭在树上",
    "独居老人几天没有出门", "河边护栏断了", "有人在林边烧秸秆", "路面塌了一块", "占道堆放建材",
)  # fmt: skip
_MOST_STEPS = 12
#: These are no way forward; chance takes them seldom, or not at all.
_TURNS = (REOPEN, WITHDRAW, JOIN, NOTE)


def write(made: Made) -> None:
    """As many events as planned, over the last year, each with its row of steps."""
    count = made.plan.counts["event"]
    found = [_moment(made) for _number in range(count)]
    events = made.write(Event, [_event(made, at) for at in found])
    rows = [_steps(made, event, at) for event, at in zip(events, found, strict=True)]
    # Step by step, for each names the one before it.
    last: dict[str, str] = {}
    for number in range(_MOST_STEPS):
        due = [row[number] for row in rows if number < len(row)]
        ids = made.write(
            EventStep, [step | {"follows": last.get(str(step["event"]))} for step in due]
        )
        last |= {str(step["event"]): own for step, own in zip(due, ids, strict=True)}


def _event(made: Made, at: datetime.datetime) -> dict[str, Value]:
    chance = made.chance
    kinds, levels = (list(default_lists()[name]) for name in ("event_kind", "event_level"))
    return {
        "what": f"{chance.choice(_FOUND)}，{chance.randint(1, 18)}组",
        "event_kind": chance.choice(kinds),
        "level": chance.choices(levels, weights=[8, 3, 1])[0],
        "line": chance.choice(("event_line.online", "event_line.offline")),
        "grid": chance.choice(made.micro),
        "reporter": chance.choice(made.residents),
        "found_at": utc(at),
    }


def _steps(made: Made, event: str, at: datetime.datetime) -> list[dict[str, Value]]:
    """A row of legal steps; old events have come to their end."""
    chance, state = made.chance, FOUND
    most = _MOST_STEPS if (TODAY - at.date()).days > 30 else chance.randint(1, 6)
    steps: list[dict[str, Value]] = []
    while state != CLOSED and len(steps) < most:
        ways = [action for action in legal(state) if action not in _TURNS]
        # The first way is the plain one.
        action = ways[0] if len(ways) == 1 or chance.random() < 0.85 else chance.choice(ways[1:])
        steps.append(_step(made, event, action, at))
        state = after(state, action)
        at += datetime.timedelta(minutes=chance.randint(10, 1_500))
    return steps


def _step(made: Made, event: str, action: str, at: datetime.datetime) -> dict[str, Value]:
    step: dict[str, Value] = {
        "event": event,
        "action": action,
        "at": utc(at),
        "person": made.chance.choice(("王主任", "李会计", "陈网格员")),
        "text": "发现后上报" if action == REPORT else "办了，群众在场",
    }
    if action == "pass_on":
        step["to_whom"] = "供电所"
    if action == "evaluate":
        step["satisfaction"] = made.chance.choice(("satisfied", "satisfied", "mostly"))
    return step


def _moment(made: Made) -> datetime.datetime:
    noon = datetime.datetime.combine(TODAY, datetime.time(12), datetime.UTC)
    return noon - datetime.timedelta(minutes=made.chance.randint(60, 360 * 24 * 60))
