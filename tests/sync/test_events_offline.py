"""Events of a village whose PCs have no line: any interleaving of their steps ends in one legal
state on all of them and on the county.

Three PCs, real stores and a real county, report events, take the steps that each of them offers, on
one, on all at once, and sync over a line that loses requests and answers, are set back to backups,
and answered from above. What a PC let a cadre do the county never refuses.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from desktop.events.service import Events
from desktop.storage.errors import RecordInvalid
from sync.records import Event
from sync.records.event_loop import TRANSITIONS, Loop
from sync.server.errors import ServerError
from sync.server.event_steps import steps_of
from sync.server.event_verbs import answer
from tests.support.store import VILLAGE
from tests.support.village import Fault, Plan, VillagePc, Write
from tests.sync.agreement import Villages

pytestmark = pytest.mark.promise(2)

SEED = 20261125
LAMP = (
    ("what", "路灯不亮"),
    ("event_kind", "event_kind.facility"),
    ("level", "event_level.urgent"),
)
_places = st.integers(0, 2)
_events = st.integers(0, 5)
_actions = st.integers(0, 14)
_lost = st.lists(
    st.sampled_from((Fault.NONE, Fault.LOSE_ANSWER, Fault.LOSE_REQUEST, Fault.REPEAT)), max_size=3
).map(tuple)
_plans = st.builds(Plan, page=st.sampled_from((1, 2, 1000)), faults=_lost)


def taken(which: int, action: int, other: int = 0) -> Write:
    """One of the steps that may be taken with one of the events."""
    return Write("step", "event_step", which, (("action", action), ("joined_to", other)))


class Closing(RuleBasedStateMachine):
    """What three PCs of a village do with a few events."""

    def __init__(self) -> None:
        super().__init__()
        self.villages = Villages((VILLAGE,) * 3)
        self.pcs = self.villages.pcs

    @initialize()
    def start(self) -> None:
        """Everybody knows two events that were reported."""
        for _ in range(2):
            event = self.villages.write(self.pcs[0], Write("create", Event.kind, 0, LAMP))
            assert event
        for which in range(2):
            self.villages.write(self.pcs[0], taken(which, 0))
        for pc in self.pcs:
            assert self.villages.sync(pc)

    @rule(place=_places)
    def find(self, place: int) -> None:
        """Something is found."""
        self.villages.write(self.pcs[place], Write("create", Event.kind, 0, LAMP))

    @rule(place=_places, which=_events, action=_actions, other=_events)
    def step(self, place: int, which: int, action: int, other: int) -> None:
        """A PC goes on with an event."""
        self.villages.write(self.pcs[place], taken(which, action, other))

    @rule(which=_events, actions=st.lists(_actions, min_size=3, max_size=3), other=_events)
    def step_everywhere(self, which: int, actions: list[int], other: int) -> None:
        """Every PC goes on with the same event in its own way, and none has a line."""
        for pc, action in zip(self.pcs, actions, strict=True):
            self.villages.write(pc, taken(which, action, other))

    @rule(place=_places, which=_events, many=st.integers(2, 6))
    def go_on(self, place: int, which: int, many: int) -> None:
        """A PC takes several steps of the ordinary way."""
        for _ in range(many):
            self.villages.write(self.pcs[place], taken(which, 0))

    @rule(place=_places, which=_events, level=st.sampled_from(("ordinary", "urgent")))
    def change_level(self, place: int, which: int, level: str) -> None:
        """An event turns out to be graver, or less."""
        values = (("level", f"event_level.{level}"),)
        self.villages.write(self.pcs[place], Write("edit", Event.kind, which, values))

    @rule(which=_events, action=st.sampled_from(("dispose", "return_down", "note")))
    def answer_from_above(self, which: int, action: str) -> None:
        """The county answers what was passed up."""
        events = self.villages.ids(self.pcs[0], Event)
        said = {"action": action, "text": "已办", "person": "李镇长"}
        with suppress(ServerError):
            answer(self.villages.county.engine, VILLAGE, events[which % len(events)], dict(said))

    @rule(place=_places)
    def back_up(self, place: int) -> None:
        """A PC is backed up."""
        self.villages.back_up(self.pcs[place])

    @rule(place=_places)
    def set_back(self, place: int) -> None:
        """A PC goes back to its backup."""
        self.villages.restore(self.pcs[place])

    @rule(place=_places, plan=_plans)
    def sync(self, place: int, plan: Plan) -> None:
        """A PC syncs, as well as it can."""
        self.villages.sync(self.pcs[place], plan)

    @invariant()
    def holds(self) -> None:
        """What lists show follows from the records, on each PC at each moment; nothing that a PC
        allowed is refused."""
        self.villages.touched.update(self.pcs)
        self.villages.check()
        for pc in self.pcs:
            assert not [entry for entry in pc.outbox() if entry["state"] == "refused"]

    def teardown(self) -> None:
        """At rest every end has come to the same legal state of each event."""
        try:
            self.villages.rest()
            for pc in self.pcs:
                _legal(self.villages, pc)
        finally:
            self.villages.close()


def _legal(villages: Villages, pc: VillagePc) -> None:
    events = villages.ids(pc, Event)
    with villages.county.engine.connect() as connection:
        loop = Loop(steps_of(connection, VILLAGE, events))
    standings = Events(pc.store).standings(events)
    for event in events:
        course, state = loop.courses[event], "found"
        for step, led_to in course.effective:
            assert TRANSITIONS[state][step.action] == led_to
            state = led_to
        assert standings[event].state == state
        assert (standings[event].joined_to or event) == loop.fate(event)
        assert standings[event].due_at == Events(villages.pcs[0].store).standing(event).due_at


@pytest.mark.slow
def test_whatever_pcs_do_with_events_offline_all_ends_come_to_one_state() -> None:
    brief = settings(
        max_examples=15,
        stateful_step_count=30,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    run(seed(SEED)(Closing), settings=brief)


def test_two_that_dispose_of_the_same_event_disposed_of_it_once(tmp_path: Path) -> None:
    villages = Villages((VILLAGE,) * 2)
    try:
        one, two = villages.pcs
        event = villages.write(one, Write("create", Event.kind, 0, LAMP))
        assert event
        here, there = Events(one.store), Events(two.store)
        here.step(event, "report")
        here.step(event, "accept")
        assert villages.sync(one)
        assert villages.sync(two)
        for pc, events, how in ((one, here, "换灯泡"), (two, there, "接线头")):
            with pc.noting():
                events.step(event, "dispose", {"text": how})
        with two.noting():
            there.step(event, "feed_back", {"text": "已告知"})
        villages.rest()
        for events in (here, there):
            assert events.standing(event).word == "待评价"
            told = [(entry.word, entry.text, entry.effect) for entry in events.timeline(event)]
            assert told[-3:] == [
                ("处置", "换灯泡", True),
                ("处置", "接线头", False),
                ("反馈", "已告知", True),
            ]
            why = events.timeline(event)[-2].why
            assert why == "轮到“处置”时，事件已经是“待反馈”"
        with pytest.raises(RecordInvalid):
            here.step(event, "feed_back")
    finally:
        villages.close()
