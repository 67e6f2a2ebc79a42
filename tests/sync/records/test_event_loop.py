"""The loop of events: what may follow what, and that all ends come to the same."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.records import EventStep
from sync.records.event_loop import (
    ACTION_WORDS,
    ASKS,
    ENDED,
    JOIN,
    NOTE,
    OPEN,
    REPORT,
    STATE_WORDS,
    TRANSITIONS,
    Loop,
    Step,
    fold,
    legal,
    states_before_the_eyes_of,
    step_problem,
)

EVENTS = ("a", "b", "c")


def row(*actions: str, event: str = "a") -> list[Step]:
    """Steps that follow one another."""
    ids = [f"{event}{n}" for n in range(len(actions))]
    return [
        Step(own, event, action, before, at=f"2026-11-25T01:00:{n:02}+00:00")
        for n, (own, action, before) in enumerate(zip(ids, actions, [None, *ids], strict=False))
    ]


def state_of(*actions: str) -> str:
    return fold(row(*actions))["a"].state


WHOLE = ("report", "accept", "dispose", "feed_back", "evaluate", "close")


@pytest.mark.parametrize(
    ("actions", "state"),
    [
        (("report",), "reported"),
        (WHOLE, "closed"),
        ((*WHOLE, "reopen"), "reported"),
        (("report", "pass_on", "dispose"), "disposed"),
        (("report", "pass_on", "send_back"), "accepted"),
        (("report", "send_back"), "sent_back"),
        (("report", "send_back", "report"), "reported"),
        (("report", "accept", "dispose", "send_back"), "accepted"),
        ((*WHOLE[:4], "send_back"), "accepted"),
        (("report", "pass_up_town", "return_down"), "accepted"),
        (("report", "pass_up_town", "pass_up_county", "dispose"), "disposed"),
        (("report", "join", "reopen"), "reported"),
        (("report", "withdraw", "reopen"), "reported"),
    ],
)
def test_the_steps_lead_where_the_loop_says(actions: Sequence[str], state: str) -> None:
    assert state_of(*actions) == state


def test_nothing_is_closed_that_was_not_disposed_of_fed_back_and_evaluated() -> None:
    for before, moves in TRANSITIONS.items():
        for action, after in moves.items():
            if action != NOTE and after in ("disposed", "fed_back", "evaluated", "closed"):
                needed = {
                    "disposed": {"accepted", "passed_on", "with_town", "with_county"},
                    "fed_back": {"disposed"},
                    "evaluated": {"fed_back"},
                    "closed": {"evaluated"},
                }
                assert before in needed[after]


def test_the_table_is_whole() -> None:
    assert set(TRANSITIONS) == set(STATE_WORDS) == {*OPEN, *ENDED}
    assert {a for moves in TRANSITIONS.values() for a in moves} == set(ACTION_WORDS) == set(ASKS)
    assert {s for moves in TRANSITIONS.values() for s in moves.values()} <= set(TRANSITIONS)
    assert all(name in EventStep.fields for names in ASKS.values() for name in names)


@pytest.mark.parametrize("state", TRANSITIONS)
def test_from_everywhere_an_event_can_be_closed(state: str) -> None:
    reached, new = {state}, {state}
    while new:
        new = {after for s in new for after in TRANSITIONS[s].values()} - reached
        reached |= new
    assert "closed" in reached


@pytest.mark.parametrize("state", TRANSITIONS)
def test_a_step_is_legal_just_where_the_table_has_it(state: str) -> None:
    for action in ACTION_WORDS:
        problem = step_problem({"action": action, "joined_to": "b"}, {state})
        assert bool(problem) == (action not in legal(state))
        if problem:
            assert STATE_WORDS[state] in problem["action"]
            assert ACTION_WORDS[action] in problem["action"]


def test_a_step_that_comes_too_late_stays_without_effect_and_says_why() -> None:
    steps = [*row("report", "withdraw"), Step("late", "a", "accept", "a0")]
    course = fold(steps)["a"]
    assert course.state == "withdrawn"
    assert course.without_effect == {"late": "轮到“受理”时，事件已经是“已撤销”"}
    assert course.last == "late"


def test_who_holds_an_event_is_said_by_its_steps() -> None:
    steps = row("report", "accept", "pass_on", "pass_up_town")
    steps[1] = Step("a1", "a", "accept", "a0", person="张网格")
    steps[2] = Step("a2", "a", "pass_on", "a1", to_whom="供电所")
    held = [fold(steps[:n])["a"] for n in range(1, 5)]
    assert [course.held_by for course in held] == [None, "张网格", "供电所", None]
    assert [course.holder for course in held] == ["village", "village", "village", "town"]


def test_events_that_join_each_other_come_to_one() -> None:
    loop = Loop(
        [
            *(Step(f"{e}0", e, REPORT) for e in EVENTS),
            Step("a1", "a", JOIN, "a0", joined_to="b"),
            Step("b1", "b", JOIN, "b0", joined_to="c"),
            Step("c1", "c", JOIN, "c0", joined_to="a"),
        ]
    )
    assert loop.fate("a") == loop.fate("b") == loop.fate("c") == "c"
    assert "c1" in loop.courses["c"].without_effect
    assert loop.problem({"event": "c", "action": JOIN, "joined_to": "a"})


def test_a_step_without_the_words_it_needs_is_refused() -> None:
    assert EventStep.rule({"action": "dispose"}) == {"text": "“处置”要写几个字说明"}
    assert "to_whom" in EventStep.rule({"action": "pass_on"})
    assert "satisfaction" in EventStep.rule({"action": "evaluate"})
    assert "joined_to" in EventStep.rule({"action": "close", "joined_to": "b"})
    assert "joined_to" in EventStep.rule({"action": "join", "event": "a", "joined_to": "a"})
    assert EventStep.rule({"action": "accept"}) == {}


# Two PCs and a county, each knowing what it knows, as plain lists.


@dataclass
class Pc:
    """What a PC has: the county's steps up to a number, its own among them, and what waits."""

    name: str
    numbered: dict[int, Step] = field(default_factory=dict)
    waiting: list[Step] = field(default_factory=list)
    read_to: int = 0
    copies: list[Any] = field(default_factory=list)

    def steps(self) -> list[Step]:
        return [*(self.numbered[n] for n in sorted(self.numbered)), *self.waiting]

    def loop(self) -> Loop:
        return Loop(self.steps())


class World:
    """A county and two PCs at work on the same events."""

    def __init__(self) -> None:
        self.county: list[Step] = [Step(f"{e}.0", e, REPORT) for e in EVENTS]
        self.pcs = [Pc("one"), Pc("two")]
        self.ids = itertools.count()
        self.refused = 0
        for pc in self.pcs:
            self.pull(pc, len(EVENTS))

    def write(self, pc: Pc, event: str, which: int, other: str) -> None:
        """Let a cadre take one of the steps that this PC offers."""
        loop = pc.loop()
        course = loop.courses[event]
        offered = legal(course.state)
        action = offered[which % len(offered)]
        joined_to = other if action == JOIN else None
        values = {"event": event, "action": action, "joined_to": joined_to}
        if other == event and action == JOIN:
            return
        if loop.problem(values):
            assert action == JOIN
            return
        name = f"{pc.name}.{next(self.ids)}"
        pc.waiting.append(Step(name, event, action, course.last, joined_to=joined_to))

    def push(self, pc: Pc, many: int) -> None:
        """The county takes in what waits, judged as it judges."""
        for step in pc.waiting[:many]:
            known = [s for s in self.county if s.event == step.event]
            if step not in self.county:
                states = states_before_the_eyes_of(known, step.follows)
                values = {"action": step.action, "joined_to": step.joined_to}
                assert states, "what a step follows is there before it"
                assert not step_problem(values, states), "no step is refused that a PC allowed"
                self.county.append(step)
            pc.numbered[self.county.index(step) + 1] = step
        del pc.waiting[:many]

    def lose_answer(self, pc: Pc, many: int) -> None:
        """The county takes in what waits, and the PC does not hear of it."""
        kept = list(pc.waiting)
        numbered = dict(pc.numbered)
        self.push(pc, many)
        pc.waiting, pc.numbered = kept, numbered

    def pull(self, pc: Pc, many: int) -> None:
        """A page of the county's steps comes to a PC."""
        for number in range(pc.read_to + 1, min(pc.read_to + many, len(self.county)) + 1):
            step = self.county[number - 1]
            pc.numbered[number] = step
            # Its own that it did not hear of is numbered now.
            pc.waiting = [s for s in pc.waiting if s.id != step.id]
            pc.read_to = number

    def rest(self) -> None:
        for _ in range(2):
            for pc in self.pcs:
                self.push(pc, len(pc.waiting))
                self.pull(pc, len(self.county))


_moves = st.lists(
    st.tuples(
        st.sampled_from(("write", "write", "write", "push", "pull", "lose")),
        st.integers(0, 1),
        st.sampled_from(EVENTS),
        st.integers(0, 14),
        st.sampled_from(EVENTS),
    ),
    max_size=60,
)


@given(_moves)
@settings(max_examples=1500)
def test_any_interleaving_of_two_pcs_ends_in_one_legal_state_on_all_ends(moves: Any) -> None:
    world = World()
    for move, place, event, which, other in moves:
        pc = world.pcs[place]
        match move:
            case "write":
                world.write(pc, event, which, other)
            case "push":
                world.push(pc, 1 + which % 3)
            case "pull":
                world.pull(pc, 1 + which % 4)
            case "lose":
                world.lose_answer(pc, 1 + which % 3)
    world.rest()
    county = Loop(world.county)
    for pc in world.pcs:
        assert pc.steps() == world.county
        assert pc.loop().courses == county.courses
    for event in EVENTS:
        course = county.courses[event]
        assert course.state in TRANSITIONS
        walked = "found"
        for step, state in course.effective:
            assert TRANSITIONS[walked][step.action] == state
            walked = state
        assert walked == course.state
        # Nothing is lost: each step either had its effect or says why not.
        told = {step.id for step, _ in course.effective} | set(course.without_effect)
        assert told == {step.id for step in course.steps}
        assert county.courses[county.fate(event)].joined_to is None
    assert any(county.courses[event].joined_to is None for event in EVENTS)


@given(_moves)
def test_a_pc_that_went_back_to_a_backup_comes_to_the_same(moves: Any) -> None:
    world = World()
    backup = None
    for n, (move, place, event, which, other) in enumerate(moves):
        pc = world.pcs[place]
        if n == len(moves) // 3:
            one = world.pcs[0]
            backup = (dict(one.numbered), list(one.waiting), one.read_to)
        if n == 2 * len(moves) // 3 and backup:
            one = world.pcs[0]
            one.numbered, one.waiting, one.read_to = dict(backup[0]), list(backup[1]), backup[2]
        if move == "write":
            world.write(pc, event, which, other)
        elif move == "pull":
            world.pull(pc, 1 + which % 4)
        else:
            world.push(pc, 1 + which % 3)
    world.rest()
    for pc in world.pcs:
        assert pc.loop().courses == Loop(world.county).courses


@given(st.lists(st.sampled_from(list(ACTION_WORDS)), max_size=12), st.data())
def test_a_step_that_no_state_before_its_writer_allows_is_refused(
    actions: list[str], data: st.DataObject
) -> None:
    """Where nobody else had a hand in it, what may have been seen is just what was."""
    steps = row(REPORT, *actions)
    place = data.draw(st.integers(0, len(steps) - 1))
    states = states_before_the_eyes_of(steps[: place + 1], steps[place].id)
    seen = fold(steps[: place + 1])["a"].state
    joined = any(step.action == JOIN for step in steps[: place + 1])
    assert seen in states
    assert joined or states == {seen}
    assert states_before_the_eyes_of(steps, "nobody's") == frozenset()
