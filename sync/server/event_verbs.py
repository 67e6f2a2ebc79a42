"""The county's verb about events: what a village passed up is answered, and the village gets it."""

from __future__ import annotations

import argparse
from datetime import datetime

from sqlalchemy import Engine, select

from sync.records import Event, EventStep, Value
from sync.records.checks import problems_of
from sync.records.event_loop import (
    DISPOSE,
    NOTE,
    RETURN_DOWN,
    STATE_WORDS,
    TO_COUNTY,
    WITH_COUNTY,
    WITH_TOWN,
    Loop,
)
from sync.records.moments import utc
from sync.server.accounts import Device, village_name
from sync.server.constraints import sentences
from sync.server.database import require_up_to_date, writing
from sync.server.errors import ServerError
from sync.server.event_steps import steps_of
from sync.server.exchange import county_time
from sync.server.intake import Intake
from sync.server.settings import open_folder

#: What may be done above the village.
ABOVE = (DISPOSE, RETURN_DOWN, TO_COUNTY, NOTE)


def add_event_verbs(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
) -> tuple[argparse.ArgumentParser, ...]:
    """Add the verb to the command line, and return it."""
    step = verbs.add_parser("event-step", help="答复村里报上来的一件事，村里同步时收到")
    step.set_defaults(verb=_step)
    step.add_argument("--village", required=True, metavar="CODE", help="12位区划代码")
    step.add_argument("--event", required=True, metavar="ID", help="事件编号")
    step.add_argument("--action", required=True, choices=ABOVE, help="做了什么")
    step.add_argument("--text", required=True, help="说明")
    step.add_argument("--person", required=True, help="经办人")
    return (step,)


def _step(options: argparse.Namespace) -> None:
    engine = open_folder(options.data)
    require_up_to_date(engine)
    try:
        state = answer(
            engine,
            options.village,
            options.event,
            {"action": options.action, "text": options.text, "person": options.person},
        )
    finally:
        engine.dispose()
    print(f"记下了，这件事现在是“{STATE_WORDS[state]}”，村里下次同步时收到")


def answer(engine: Engine, village: str, event: str, said: dict[str, Value]) -> str:
    """Take a step above the village with an event that it passed up: ``said`` are fields of the
    step. Returns the state that it led to. Raises ServerError."""
    cleaned = {name: EventStep.fields[name].clean(value) for name, value in said.items()}
    with writing(engine) as connection:
        if village_name(connection, village) is None:
            raise ServerError(f"区划表里没有代码为“{village}”的村或社区")
        # The village's lock is taken with its numbers, before its steps are read.
        intake = Intake(connection, Device("", village, ""), county_time())
        table = Event.table.c
        here = (table.area == village, table.id == event, table.deleted == 0)
        if connection.execute(select(table.id).where(*here)).first() is None:
            raise ServerError(f"这个村没有编号为“{event}”的事件")
        loop = Loop(steps_of(connection, village, [event]))
        course = loop.courses[event]
        if course.state not in (WITH_TOWN, WITH_COUNTY):
            raise ServerError(f"这件事现在是“{STATE_WORDS[course.state]}”，不在镇街或县里手上")
        now = utc(datetime.fromisoformat(intake.received_at))
        values = {**cleaned, "event": event, "follows": course.last, "at": now}
        if problems := problems_of(EventStep, values) or loop.problem(values):
            raise ServerError(sentences(problems))
        intake.add_by_county(EventStep.kind, values, str(cleaned.get("person") or ""))
        intake.save()
        return Loop(steps_of(connection, village, [event])).courses[event].state
