"""Steps of events at the county: what a PC may have let a cadre do comes in, nothing else does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from sync.protocol import Change
from sync.records import Value
from sync.records.event_loop import Course, Loop
from sync.records.moments import utc
from sync.server.errors import ServerError
from sync.server.event_steps import steps_of
from sync.server.event_verbs import answer
from sync.server.villages import merge_villages, split_village
from tests.sync.server.enrolled import THIRD_VILLAGE, load_villages
from tests.sync.server.pcs import (
    OTHER_VILLAGE,
    VILLAGE,
    Pc,
    at_county,
    codes,
    create,
    edit,
    reasons,
)

AT = "2026-11-25T01:00:00+00:00"


@pytest.fixture
def pc(county: Engine) -> Pc:
    """A PC whose village has the events a and b, both reported."""
    load_villages(county)
    pc = Pc(county, "one")
    for name in "ab":
        pc.send(event(name), step("report", f"{name}1", "", name))
    return pc


@pytest.fixture
def two(county: Engine, pc: Pc) -> Pc:
    """Another PC of the village."""
    other = Pc(county, "two")
    other.read_all()
    return other


def event(record: str) -> Change:
    return create(
        "event",
        record,
        what="路灯不亮",
        event_kind="event_kind.facility",
        level="event_level.ordinary",
    )


def step(
    action: str, record: str, follows: str, event: str = "a", base: int = 0, **values: Value
) -> Change:
    said = {"text": "说明", "at": AT, **values}
    if follows:
        said["follows"] = follows
    return create("event_step", record, base, event=event, action=action, **said)


def state(county: Engine, event: str = "a") -> str:
    with county.connect() as connection:
        return Loop(steps_of(connection, VILLAGE, [event])).courses[event].state


def test_steps_that_follow_one_another_come_in(county: Engine, pc: Pc) -> None:
    sent = [step("accept", "a2", "a1"), step("dispose", "a3", "a2"), step("feed_back", "a4", "a3")]
    assert codes(pc.send(*sent)) == ["accepted"] * 3
    assert state(county) == "fed_back"


def test_an_event_comes_with_all_its_steps_in_one_request(county: Engine, pc: Pc) -> None:
    new = [
        event("c"),
        step("report", "c1", "", "c"),
        step("accept", "c2", "c1", "c"),
    ]
    assert codes(pc.send(*new)) == ["accepted"] * 3
    assert state(county, "c") == "accepted"


def test_a_step_that_no_pc_allows_is_refused_in_words(county: Engine, pc: Pc) -> None:
    refused = pc.send(step("close", "a2", "a1"))
    assert reasons(refused) == ["事件现在是“待受理”，不能“办结”"]
    assert state(county) == "reported"
    again = pc.send(step("report", "a3", ""))
    # Whoever follows nothing has seen nothing, and found it: two may have.
    assert codes(again) == ["accepted"]
    assert reasons(pc.send(step("accept", "a4", ""))) == ["事件现在是“待上报”，不能“受理”"]


def test_a_step_that_follows_what_is_not_there_or_not_its_own_is_refused(pc: Pc) -> None:
    pc.send(step("accept", "b2", "b1", "b"))
    answer = pc.send(step("accept", "a2", "b1"), step("accept", "a3", "nothing"))
    assert codes(answer) == ["rejected"] * 2
    assert "不是这件事的" in reasons(answer)[0]
    assert "不存在" in reasons(answer)[1]


def test_what_follows_a_refused_step_is_refused_too(pc: Pc) -> None:
    answer = pc.send(step("close", "a2", "a1"), step("reopen", "a3", "a2"))
    assert codes(answer) == ["rejected"] * 2


def test_a_step_that_comes_too_late_is_kept_without_effect(county: Engine, pc: Pc, two: Pc) -> None:
    assert codes(pc.send(step("withdraw", "a2", "a1"))) == ["accepted"]
    late = [step("accept", "a3", "a1"), step("dispose", "a4", "a3")]
    assert codes(two.send(*late)) == ["accepted"] * 2
    assert state(county) == "withdrawn"
    with county.connect() as connection:
        course = Loop(steps_of(connection, VILLAGE, ["a"])).courses["a"]
    assert set(course.without_effect) == {"a3", "a4"}


def test_a_step_is_judged_by_what_its_writer_may_have_seen(pc: Pc, two: Pc) -> None:
    """Two has not sent its acceptance when it reads that the event was withdrawn: its own step then
    stands behind, and it opens the event again. By its own row alone that would be illegal."""
    pc.send(step("withdraw", "a2", "a1"))
    two.read_all()
    answer = two.send(step("accept", "a3", "a1"), step("reopen", "a4", "a3"))
    assert codes(answer) == ["accepted"] * 2


def test_two_that_join_each_other_do_not_both_disappear(county: Engine, pc: Pc, two: Pc) -> None:
    assert codes(pc.send(step("join", "a2", "a1", joined_to="b"))) == ["accepted"]
    assert codes(two.send(step("join", "b2", "b1", "b", joined_to="a"))) == ["accepted"]
    assert (state(county), state(county, "b")) == ("joined", "reported")


def test_joining_names_another_event_of_the_village(pc: Pc) -> None:
    answer = pc.send(
        step("join", "a2", "a1"),
        step("join", "a3", "a1", joined_to="a"),
        step("join", "a4", "a1", joined_to="nowhere"),
    )
    assert codes(answer) == ["rejected"] * 3


def test_a_step_of_tomorrow_was_made_now(county: Engine, pc: Pc) -> None:
    tomorrow = utc(datetime.now(UTC) + timedelta(days=1))
    assert codes(pc.send(step("accept", "a2", "a1", at=tomorrow))) == ["accepted"]
    kept = at_county(county, "event_step", "a2")["at"]
    assert kept < tomorrow
    # The PC reads what was made of it.
    assert pc.row("event_step", "a2")["at"] == kept
    soon = utc(datetime.now(UTC) + timedelta(minutes=2))
    pc.send(step("note", "a3", "a2", at=soon))
    assert at_county(county, "event_step", "a3")["at"] == soon


def test_the_same_step_is_taken_in_once(pc: Pc) -> None:
    accept = step("accept", "a2", "a1")
    assert codes(pc.send(accept)) == codes(pc.send(accept)) == ["accepted"]


def test_what_the_county_forgot_with_a_backup_is_not_judged_anew(county: Engine, pc: Pc) -> None:
    assert codes(pc.send(step("close", "a2", "a1", base=1))) == ["accepted"]
    assert state(county) == "reported"


def test_what_was_passed_up_is_answered_from_above(county: Engine, pc: Pc) -> None:
    pc.send(step("pass_up_town", "a2", "a1"))
    said: dict[str, Value] = {"action": "return_down", "text": "村里先垫付修好", "person": "李镇长"}
    assert answer(county, VILLAGE, "a", said) == "accepted"
    pc.read_all()
    [returned] = [
        row
        for (kind, _), row in pc.rows.items()
        if kind == "event_step" and row["action"] == "return_down"
    ]
    assert (returned["follows"], returned["person"]) == ("a2", "李镇长")
    assert codes(pc.send(step("dispose", "a4", str(returned["id"])))) == ["accepted"]


def test_the_county_answers_only_what_it_has_in_hand(county: Engine, pc: Pc) -> None:
    said: dict[str, Value] = {"action": "dispose", "text": "办好了", "person": "李镇长"}
    with pytest.raises(ServerError, match="不在镇街或县里手上"):
        answer(county, VILLAGE, "a", said)
    with pytest.raises(ServerError, match="没有编号为“x”的事件"):
        answer(county, VILLAGE, "x", said)
    with pytest.raises(ServerError, match="没有代码为"):
        answer(county, "510183999999", "a", said)
    pc.send(step("pass_up_county", "a2", "a1"))
    with pytest.raises(ServerError, match="不能“上报县里”"):
        answer(county, VILLAGE, "a", said | {"action": "pass_up_county"})
    assert answer(county, VILLAGE, "a", said) == "disposed"


def test_steps_stay_in_their_order_where_villages_are_merged_or_split(
    county: Engine, pc: Pc, two: Pc
) -> None:
    # Ids that say nothing of the order: the withdrawal came first.
    assert codes(pc.send(step("withdraw", "z", "a1"))) == ["accepted"]
    assert codes(two.send(step("accept", "m", "a1"), step("note", "b", "m"))) == ["accepted"] * 2
    assert codes(pc.send(step("reopen", "0", "z"))) == ["accepted"]
    before = courses(county, VILLAGE)
    merge_villages(county, VILLAGE, OTHER_VILLAGE)
    assert courses(county, OTHER_VILLAGE) == before
    other = Pc(county, "three", OTHER_VILLAGE)
    other.send(create("grid", "g", name="一组", level="micro", state="open"))
    numbers = at_county(county, "event", "a", OTHER_VILLAGE)["revision"]
    assert codes(other.send(edit("event", "a", numbers, grid="g"))) == ["accepted"]
    split_village(county, OTHER_VILLAGE, THIRD_VILLAGE, ["g"])
    assert courses(county, THIRD_VILLAGE)["a"] == before["a"]
    assert courses(county, OTHER_VILLAGE) == {"b": before["b"]}


def test_whoever_goes_on_with_an_event_that_moved_goes_on_there(
    county: Engine, pc: Pc, two: Pc
) -> None:
    merge_villages(county, VILLAGE, OTHER_VILLAGE)
    assert codes(two.send(step("accept", "a2", "a1"))) == ["accepted"]
    assert courses(county, OTHER_VILLAGE)["a"].state == "accepted"


def courses(county: Engine, area: str) -> dict[str, Course]:
    with county.connect() as connection:
        loop = Loop(steps_of(connection, area, ["a", "b"]))
    return {event: course for event, course in loop.courses.items() if course.steps}


def test_a_step_that_comes_once_more_under_another_name_stays_in_its_place(
    county: Engine, pc: Pc, two: Pc
) -> None:
    """The county went back to a backup; one PC told the step again, and the one that had written it
    sends it as it waits there still."""
    assert codes(pc.send(step("accept", "a2", "a1"))) == ["accepted"]
    first = at_county(county, "event_step", "a1")["revision"]
    told = two.send(step("report", "a1", ""))
    assert codes(told) == ["merged"]
    assert two.row("event_step", "a1")["revision"] == first
    assert at_county(county, "event_step", "a1")["revision"] == first
    assert state(county) == "accepted"
