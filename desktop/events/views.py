"""The lists of events by what waits: what each holds, its order, and how many are in it. No Qt."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Integer,
    and_,
    func,
    literal_column,
    not_,
    or_,
    select,
)

from desktop.register.service import Condition
from desktop.storage import settings, tables
from desktop.storage.event_steps import county_now
from desktop.storage.store import Store
from sync.records import Event, Value
from sync.records.event_loop import DISPOSED, FED_BACK, OPEN, WITH_COUNTY, WITH_TOWN
from sync.records.moments import end_of_day

_standing = tables.event_standing.c
_event = Event.table.c

#: The order in which events came onto this PC.
ARRIVED = "arrived"
#: The lists of events, by what a list's filter ``view`` says.
VIEWS = {
    "open": "没办完的",
    "mine": "我的",
    "today": "今天到期",
    "overdue": "已超时",
    "feedback": "待反馈",
    "above": "镇街、县里在办",
    "ended": "已办完的",
}


@dataclass(frozen=True)
class Due:
    """How many events wait for what. ``overdue`` and ``today`` are those that the village holds."""

    open: int = 0
    overdue: int = 0
    today: int = 0
    waiting_feedback: int = 0
    waiting_evaluation: int = 0
    above: int = 0
    mine: int = 0
    #: What the village has still to see to, and need not today.
    later: int = 0


def conditions_of(store: Store) -> dict[str, Condition]:
    """What events may be narrowed by beside their fields."""
    return {
        "view": lambda view: _in_view(store, view),
        "state": lambda state: _held(_standing.state == state),
        "holder": lambda holder: _held(_standing.holder == holder),
    }


def orders() -> dict[str, ColumnElement[Any]]:
    """What events may be sorted by beside their fields."""
    by_standing = {
        # What is due nothing comes behind what is.
        "due_at": func.coalesce(_standing.due_at, "9"),
        "reported_at": _standing.reported_at,
        "last_at": _standing.last_at,
    }
    found: dict[str, ColumnElement[Any]] = {
        name: select(column).where(_standing.record == _event.id).scalar_subquery()
        for name, column in by_standing.items()
    }
    # By its place in the table an event of any list is found without looking anything up.
    found[ARRIVED] = literal_column(f"{Event.kind}.rowid", Integer)
    return found


def due_at(connection: Connection, now: str | None) -> Due:
    """How many events wait for what at a moment, the county's present one where none is said."""
    moment = now or county_now(connection)
    operator = settings.read(connection, settings.OPERATOR, "本机用户")
    asked = {"now": moment, "today": end_of_day(moment), "me": operator}
    row = connection.exec_driver_sql(_DUE, asked).one()
    return Due(*(int(number or 0) for number in row))


def here(area: ColumnElement[str]) -> ColumnElement[bool]:
    own = select(tables.setting.c.value).where(tables.setting.c.name == settings.AREA)
    # A PC that is enrolled nowhere yet has no such setting: its area is ''.
    return area == func.coalesce(own.scalar_subquery(), "")


def _in_view(store: Store, view: Value) -> ColumnElement[bool]:
    with store.read() as connection:
        now = county_now(connection)
        operator = settings.read(connection, settings.OPERATOR, "本机用户")
    ours = (_standing.holder == "village", _standing.due_at.is_not(None))
    is_open = _standing.state.in_(OPEN)
    views: dict[Value, ColumnElement[bool]] = {
        "open": is_open,
        "mine": and_(is_open, or_(_standing.made_by == operator, _standing.held_by == operator)),
        "overdue": and_(*ours, _standing.due_at < now),
        "today": and_(*ours, _standing.due_at >= now, _standing.due_at <= end_of_day(now)),
        "feedback": _standing.state == DISPOSED,
        "above": _standing.holder != "village",
    }
    if view == "ended":
        # Few are open, so that those are looked up, and the others are the rest.
        return not_(_held(is_open))
    return _held(views[view])


def _held(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The events whose standing a condition holds of: looked up by their key."""
    return and_(here(_event.area), _event.id.in_(select(_standing.record).where(condition)))


_DUE = f"""
SELECT count(*) , sum(holder = 'village' AND due_at < :now),
    sum(holder = 'village' AND due_at >= :now AND due_at <= :today),
    sum(state = '{DISPOSED}'), sum(state = '{FED_BACK}'),
    sum(state IN ('{WITH_TOWN}', '{WITH_COUNTY}')), sum(made_by = :me OR held_by = :me),
    sum(holder = 'village' AND state <> '{DISPOSED}' AND (due_at IS NULL OR due_at > :today))
FROM event_standing WHERE state IN (SELECT value FROM json_each('{json.dumps(OPEN)}'))
"""  # noqa: S608 - our own states
