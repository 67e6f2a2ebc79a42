"""The steps of events at the county: what each new one meets there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from sync.protocol import Block, Change, from_block
from sync.records import EventStep, Value, Values
from sync.records.event_loop import Step, states_before_the_eyes_of, step_problem
from sync.records.moments import is_utc_moment, utc
from sync.server.asking import among, askable
from sync.server.village import Standing

_steps = EventStep.table.c
_COLUMNS = (
    _steps.id,
    _steps.event,
    _steps.action,
    _steps.follows,
    _steps.at,
    _steps.person,
    _steps.to_whom,
    _steps.joined_to,
)
#: A clock that is ahead by less is right enough.
_AHEAD = timedelta(minutes=5)
_UNKNOWN = "这一步接在后面的那一步，县里没有，或者不是这件事的。请先处理被退回的那一步"


class Loops:
    """The steps of the events that the changes of one request go on with.

    What a PC could let a cadre do is taken in, also where it comes too late to have an effect: that
    all ends find when they fold the steps. Refused is what no PC allows.
    """

    def __init__(self, connection: Connection, area: str, received_at: str) -> None:
        self._connection = connection
        self._area = area
        self._known: defaultdict[str, list[Step]] = defaultdict(list)
        received = datetime.fromisoformat(received_at)
        self._now, self._latest = utc(received), utc(received + _AHEAD)

    def load(self, blocks: Iterable[Block]) -> None:
        """Read the steps of the events that new steps name."""
        events: set[str] = set()
        for block in blocks:
            new_steps = block.kind == EventStep.kind and block.operation == "create"
            if new_steps and "event" in block.names:
                events |= askable(block.columns[block.names.index("event")])
        if events:
            for step in _of_events(self._connection, self._area, events):
                self._known[step.event].append(step)

    def unusual(self, block: Block) -> set[int]:
        """Steps that do not follow what is known, and all that come after one of the same event."""
        found: set[int] = set()
        doubtful: set[str] = set()
        loops: dict[str, list[Step]] = {}
        for place, change in enumerate(from_block(block)):
            event = str(change.values.get("event"))
            steps = loops.setdefault(event, list(self._known[event]))
            if (
                event in doubtful
                or change.base
                or self._stamped_at(change.values) != change.values.get("at")
                or _problem(change, steps)
            ):
                doubtful.add(event)
                found.add(place)
            else:
                steps.append(_step(change.record, change.values))
        return found

    def as_kept(self, block: Block) -> Block:
        """As it was sent."""
        return block

    def stamped(self, change: Change, row: Standing | None) -> dict[str, Value]:
        """No step is of a time that has not come yet: then the clock of its PC is wrong."""
        if row is not None:
            # It was stamped when it came first.
            return {**change.values, "at": row["at"]}
        return {**change.values, "at": self._stamped_at(change.values)}

    def problem(self, change: Change) -> str:
        """Why no PC allows a step; what the county once took in and forgot is not judged anew."""
        if change.base:
            return ""
        return _problem(change, self._known[str(change.values.get("event"))])

    def note(self, kind: str, record: str, values: Values) -> None:
        """Let later steps follow one that was taken in."""
        self._known[str(values.get("event"))].append(_step(record, values))

    def _stamped_at(self, values: Values) -> Value:
        at = values.get("at")
        late = isinstance(at, str) and is_utc_moment(at) and at > self._latest
        return self._now if late else at


def steps_of(connection: Connection, area: str, events: Collection[str]) -> list[Step]:
    """The steps of events and of all that joining connects with them, in the county's order."""
    known: set[str] = set()
    asked = set(events)
    found: list[Step] = []
    while not asked <= known:
        known |= asked
        found = _of_events(connection, area, known, or_joined_to=True)
        asked = {s.event for s in found} | {s.joined_to for s in found if s.joined_to}
    return [step for step in found if step.event in known]


def _of_events(
    connection: Connection, area: str, events: Collection[str], *, or_joined_to: bool = False
) -> list[Step]:
    # Spelled out, for the indices hold only values that are there.
    named: ColumnElement[bool] = and_(
        _steps.event.is_not(None), among(connection, _steps.event, events)
    )
    if or_joined_to:
        joined = _steps.joined_to.is_not(None) & among(connection, _steps.joined_to, events)
        named = or_(named, joined)
    statement = select(*_COLUMNS).where(_steps.area == area, _steps.deleted == 0, named)
    return [Step(*row) for row in connection.execute(statement.order_by(_steps.revision))]


def _problem(change: Change, steps: Sequence[Step]) -> str:
    follows = change.values.get("follows")
    states = states_before_the_eyes_of(steps, None if follows is None else str(follows))
    if not states:
        return _UNKNOWN
    return "；".join(step_problem(change.values, states).values())


def _step(record: str, values: Values) -> Step:
    def text(name: str) -> str | None:
        value = values.get(name)
        return None if value is None else str(value)

    event, action, at = str(values.get("event")), str(values.get("action")), str(values.get("at"))
    who = (text("person"), text("to_whom"), text("joined_to"))
    return Step(record, event, action, text("follows"), at, *who)
