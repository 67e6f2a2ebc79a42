"""The figures of events of a whole town, counted at the county: a village knows only its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from sqlalchemy import Connection, Engine, select

from sync.protocol import FiguresAnswer, FiguresRequest
from sync.records import Division, Event, EventStep, ListItem
from sync.records.divisions import prefix_of, town_of
from sync.records.event_figures import Told, figures_of
from sync.records.event_limits import LIMITS, Limits, limits_of, moments
from sync.records.event_loop import Loop, Step
from sync.server.accounts import Device
from sync.server.database import reading
from sync.server.errors import Refusal
from sync.server.exchange import county_time

_STEP = ("id", "event", "action", "follows", "at", "person", "to_whom", "joined_to")
#: Nobody asks for more at once; each week is a row of the answer.
_MOST_DAYS = 3_700


def event_figures(engine: Engine, device: Device, request: FiguresRequest) -> FiguresAnswer:
    """Count the events of the device's own village or town. Raises Refusal for any other."""
    if request.area not in (device.area, town_of(device.area)):
        raise Refusal(403, "wrong_area", "只能看本村和本镇街的数字")
    since, until = _days(request)
    with reading(engine) as connection:
        told = list(told_of(connection, prefix_of(request.area)))
        name = connection.execute(
            select(Division.table.c.name).where(Division.table.c.id == request.area)
        ).scalar()
    return FiguresAnswer(
        request.area, str(name or ""), county_time(), figures_of(told, since, until)
    )


def told_of(connection: Connection, prefix: str) -> Iterator[Told]:
    """What stands of every live event of a village, a town or the county."""
    limits = _limits(connection)
    event, step = Event.table.c, EventStep.table.c
    steps: defaultdict[str, list[Step]] = defaultdict(list)
    found = connection.execute(
        select(step.area, *(step[name] for name in _STEP))
        .where(step.area.startswith(prefix, autoescape=True), step.deleted == 0)
        .order_by(step.area, step.revision)
    )
    for area, *values in found:
        steps[area].append(Step(*values))
    loops = {area: Loop(each) for area, each in steps.items()}
    events = select(event.area, event.id, event.event_kind, event.level).where(
        event.area.startswith(prefix, autoescape=True), event.deleted == 0
    )
    for area, own, kind, level in connection.execute(events):
        course = loops[area].courses.get(own) if area in loops else None
        if course is not None:
            when = moments(course, level, limits)
            yield Told(kind or "", level or "", when.reported_at, when.closed_at, when.late)


def _days(request: FiguresRequest) -> tuple[date, date]:
    try:
        since, until = date.fromisoformat(request.since), date.fromisoformat(request.until)
    except ValueError as error:
        raise Refusal(400, "bad_message", "要看的日期看不懂") from error
    if not 0 <= (until - since).days <= _MOST_DAYS:
        raise Refusal(400, "bad_message", "要看的日期不对：从早到晚，最多十年")
    return since, until


def _limits(connection: Connection) -> Limits:
    item = ListItem.table.c
    wanted = select(item.code, item.number, item.unit, item.parent).where(
        item.list_name == LIMITS, item.deleted == 0, item.retired.is_(None)
    )
    # Of two for one level the last holds, on all ends.
    found = connection.execute(wanted.order_by(item.place, item.id))
    return limits_of(tuple(row) for row in found)
