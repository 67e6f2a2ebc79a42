"""Who stands where on any day, and in which mode a grid stands, on every PC the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.records import Posting, ReadinessSwitch
from sync.records.checks import problems_of
from sync.records.fields import Value
from sync.records.lists import default_lists
from sync.records.teams import (
    BOTH,
    COUNTY,
    EMERGENCY,
    GRID,
    LEADER,
    PEACETIME,
    TOWN,
    VILLAGE,
    Seat,
    Stand,
    Standing,
    Switch,
    board_of,
    in_order,
    lineage,
    mode_of,
    modes_of,
    switch_problem,
    twice_there,
)

HERE = "510183001002"
LEAD = Seat(LEADER, "微网格长", 1)
WORKER = Seat("grid_seat.worker", "网格员", 1)
VOLUNTEER = Seat("grid_seat.volunteer", "志愿者")
GUIDE = Seat("grid_seat.guide", "转移引导员", 2, only=EMERGENCY)
SEATS = (LEAD, WORKER, VOLUNTEER, GUIDE)


def stand(seat: Seat, name: str, **more: str) -> Stand:
    return Stand(f"{seat.id}/{name}", "g", seat.id, name, **{"person": name, **more})


def posting(**values: Value) -> dict[str, Value]:
    return {"grid": "g", "seat": LEADER, "mode": BOTH, "name": "王芳", **values}


def test_nobody_leaves_before_they_came() -> None:
    days = {"started_on": "2026-03-01", "ended_on": "2026-02-28"}
    assert problems_of(Posting, posting(**days)) == {"ended_on": "离岗日期不能早于到岗日期"}
    same = posting(started_on="2026-03-01", ended_on="2026-03-01")
    assert not problems_of(Posting, same)
    assert not problems_of(Posting, posting(ended_on="2026-03-01"))


def test_the_default_seats_are_one_two_and_any_number() -> None:
    seats = default_lists()["grid_seat"]
    needed = [values["number"] for values in seats.values()]
    assert next(iter(seats)) == LEADER
    assert needed == [1, 1, 1, None, None]


def test_an_empty_seat_needs_somebody_and_one_of_many_never_does() -> None:
    board = board_of(SEATS, [stand(WORKER, "李强")], "2026-11-25", PEACETIME)
    assert [(filled.seat, filled.missing, filled.spare) for filled in board] == [
        (LEAD, 1, 0),
        (WORKER, 0, 0),
        (VOLUNTEER, 0, 0),
    ]


def test_two_on_one_seat_are_both_kept_and_shown() -> None:
    both = [stand(LEAD, "王芳"), stand(LEAD, "李强")]
    lead = board_of(SEATS, both, "2026-11-25", PEACETIME)[0]
    assert (lead.stands, lead.spare) == (tuple(both), 1)
    many = [stand(VOLUNTEER, name) for name in "甲乙丙丁"]
    assert board_of(SEATS, many, "2026-11-25", PEACETIME)[2].spare == 0


def test_who_follows_may_begin_on_the_day_the_other_leaves() -> None:
    before = stand(LEAD, "王芳", started_on="2025-01-01", ended_on="2026-06-01")
    after = stand(LEAD, "李强", started_on="2026-06-01")
    names = {
        day: [s.name for s in board_of(SEATS, [before, after], day, PEACETIME)[0].stands]
        for day in ("2024-12-31", "2025-01-01", "2026-05-31", "2026-06-01", "2030-01-01")
    }
    assert list(names.values()) == [[], ["王芳"], ["王芳"], ["李强"], ["李强"]]


def test_in_emergency_stand_those_who_are_there_in_emergency() -> None:
    stands = [
        stand(LEAD, "王芳"),
        stand(WORKER, "李强", mode=PEACETIME),
        stand(WORKER, "张伟", mode=EMERGENCY),
        stand(GUIDE, "赵敏", mode=EMERGENCY),
    ]
    board = board_of(SEATS, stands, "2026-11-25", EMERGENCY)
    assert [[s.name for s in filled.stands] for filled in board] == [
        ["王芳"],
        ["张伟"],
        [],
        ["赵敏"],
    ]
    assert board[3].missing == 1
    peace = board_of(SEATS, stands, "2026-11-25", PEACETIME)
    assert [filled.seat for filled in peace] == [LEAD, WORKER, VOLUNTEER]


def test_a_seat_that_the_county_took_off_the_list_still_shows_who_stands_there() -> None:
    gone = Stand("x", "g", "grid_seat.gone", "王芳")
    assert board_of((LEAD,), [gone], "2026-11-25", PEACETIME)[1].stands == (gone,)


def test_one_person_on_two_seats_is_found_and_nobody_whom_nobody_can_tell_apart() -> None:
    lead, worker = stand(LEAD, "王芳"), stand(WORKER, "王芳")
    stranger = stand(LEAD, "李强", person="")
    assert twice_there([lead, worker, stranger, stranger]) == {"王芳": (lead, worker)}


FIRST = date(2026, 1, 1)
_days = st.integers(0, 12).map(lambda n: (FIRST + timedelta(n)).isoformat())


@st.composite
def stands(draw: st.DrawFn) -> Stand:
    start, end = draw(st.just("") | _days), draw(st.just("") | _days)
    if start and end and end < start:
        start, end = end, start
    seat, name = draw(st.sampled_from(SEATS)), draw(st.sampled_from("甲乙丙"))
    mode = draw(st.sampled_from((BOTH, PEACETIME, EMERGENCY)))
    return stand(seat, name, mode=mode, started_on=start, ended_on=end)


@given(st.lists(stands(), max_size=8), _days, st.sampled_from((PEACETIME, EMERGENCY)))
def test_everybody_stands_exactly_where_and_when_they_are_posted(
    posted: list[Stand], day: str, mode: str
) -> None:
    board = board_of(SEATS, posted, day, mode)
    shown = [one for filled in board for one in filled.stands]
    expected = [
        one
        for one in posted
        if one.mode in (BOTH, mode)
        and date.fromisoformat(one.started_on or "0001-01-01") <= date.fromisoformat(day)
        and not (one.ended_on and date.fromisoformat(one.ended_on) <= date.fromisoformat(day))
    ]
    assert sorted(one.id for one in shown) == sorted(one.id for one in expected)
    for filled in board:
        assert all(one.seat == filled.seat.id for one in filled.stands)
        needs = len(filled.stands) if filled.seat.needs is None else filled.seat.needs
        assert len(filled.stands) + filled.missing - filled.spare == needs
        assert 0 in (filled.missing, filled.spare)


# Peacetime or emergency


def own(number: int, mode: str, grid: str = "", revision: int = 0, seen: int = 0) -> Switch:
    scope = GRID if grid else VILLAGE
    return Switch(f"own{number}", scope, mode, grid, revision=revision, seen=seen)


def wide(revision: int, mode: str, code: str = "510183001000", scope: str = TOWN) -> Switch:
    return Switch(f"wide{revision}", scope, mode, area_code=code, by_county=True, revision=revision)


@pytest.mark.parametrize("scope", [TOWN, COUNTY])
def test_a_village_switches_no_more_than_itself(scope: str) -> None:
    values = {"scope": scope, "mode": EMERGENCY, "reason": "暴雨", "area_code": "510183001000"}
    assert "由县里转换" in problems_of(ReadinessSwitch, values)["scope"]


def test_a_switch_says_what_it_switches_and_why() -> None:
    of_grid = {"scope": GRID, "mode": EMERGENCY, "reason": "暴雨"}
    assert "grid" in problems_of(ReadinessSwitch, of_grid)
    assert not problems_of(ReadinessSwitch, {**of_grid, "grid": "g"})
    of_village = {**of_grid, "scope": VILLAGE}
    assert not problems_of(ReadinessSwitch, {**of_village, "area_code": HERE})
    assert "grid" in problems_of(ReadinessSwitch, {**of_village, "grid": "g"})
    assert "area_code" in problems_of(ReadinessSwitch, {**of_village, "area_code": "文脉坊"})
    assert "reason" in problems_of(ReadinessSwitch, {"scope": VILLAGE, "mode": EMERGENCY})


def test_a_grid_stands_as_the_last_switch_that_covers_it_says() -> None:
    switches = in_order([own(1, EMERGENCY, revision=3), own(2, PEACETIME, "g", revision=5)])
    assert mode_of(switches, ("g",), HERE).mode == PEACETIME
    assert mode_of(switches, ("h",), HERE) == Standing(EMERGENCY, switches[0])
    assert mode_of(switches, (), HERE).mode == EMERGENCY
    assert mode_of([], ("g",), HERE) == Standing()


def test_what_stands_already_is_not_begun_anew() -> None:
    first, second = own(1, EMERGENCY, "g", revision=1), own(2, EMERGENCY, revision=2)
    assert mode_of([first, second], ("g",), HERE).since is first
    assert mode_of([first, second], ("h",), HERE).since is second


def test_a_general_grid_takes_its_micro_grids_along() -> None:
    parents = {"micro": "general"}
    found = modes_of([own(1, EMERGENCY, "general")], parents, ["micro", "other"], HERE)
    assert (found["micro"].mode, found["other"].mode) == (EMERGENCY, PEACETIME)
    assert lineage("a", {"a": "b", "b": "a"}) == ("a", "b")


@pytest.mark.parametrize(
    ("code", "covered"),
    [
        ("510183000000", True),
        ("510183001000", True),
        (HERE, True),
        ("510183002000", False),
        ("510183001003", False),
    ],
)
def test_the_countys_switch_covers_its_area_and_no_other(code: str, covered: bool) -> None:
    standing = mode_of([wide(1, EMERGENCY, code)], ("g",), HERE)
    assert (standing.mode == EMERGENCY) is covered


def test_another_villages_own_switch_is_nothing_here() -> None:
    moved_along = replace(own(1, EMERGENCY), area_code="510183001003")
    assert mode_of([moved_along], (), HERE).mode == PEACETIME


def test_the_last_word_has_the_village_that_knew_of_the_countys_switch() -> None:
    storm = wide(7, EMERGENCY)
    knew, did_not = own(1, PEACETIME, "g", 2, seen=7), own(2, PEACETIME, "h", 3)
    found = modes_of([did_not, knew, storm], {}, ["g", "h"], HERE)
    assert found["g"].mode == PEACETIME
    assert found["h"].mode == PEACETIME, "the village wrote it after one that knew"
    assert mode_of(in_order([did_not, storm]), ("h",), HERE).mode == EMERGENCY


def test_what_changes_nothing_is_told() -> None:
    emergency = Standing(EMERGENCY, own(1, EMERGENCY))
    assert switch_problem(EMERGENCY, [emergency, emergency]) == {"mode": "已经是战时，不用再转"}
    assert not switch_problem(EMERGENCY, [emergency, Standing()])
    assert switch_problem(PEACETIME, [Standing()]) == {"mode": "已经是平时，不用再转"}


_modes = st.sampled_from((PEACETIME, EMERGENCY))
_codes = st.sampled_from((HERE, "510183001000", "510183000000", "510183002000"))
_county = st.lists(st.tuples(_modes, _codes), max_size=4).map(
    lambda said: [wide(2 * n + 1, mode, code) for n, (mode, code) in enumerate(said)]
)
_own = st.lists(st.tuples(_modes, st.sampled_from(("", "g", "h")), st.integers(0, 9)), max_size=6)


@given(_county, _own, st.randoms(use_true_random=False))
def test_two_pcs_come_to_the_same_in_whatever_order_they_heard(
    county: list[Switch], said: list[tuple[str, str, int]], chance: object
) -> None:
    village = [
        own(n, mode, grid, revision=n + 1, seen=seen) for n, (mode, grid, seen) in enumerate(said)
    ]
    heard = [*county, *village]
    here = modes_of(heard, {}, ["g", "h", "i"], HERE)
    chance.shuffle(heard)  # type: ignore[attr-defined]
    assert modes_of(heard, {}, ["g", "h", "i"], HERE) == here


@given(_county, _own)
def test_switches_keep_the_order_in_which_each_end_numbered_them(
    county: list[Switch], said: list[tuple[str, str, int]]
) -> None:
    village = [
        own(n, mode, grid, revision=n + 1, seen=seen) for n, (mode, grid, seen) in enumerate(said)
    ]
    ordered = in_order([*village, *county])
    assert [s for s in ordered if s.by_county] == county
    assert [s for s in ordered if not s.by_county] == village
    for place, switch in enumerate(ordered):
        later = [s for s in ordered[place:] if s.by_county]
        assert switch.by_county or all(s.revision > switch.seen for s in later)


@given(_county, _own)
def test_each_grid_stands_as_the_newest_switch_that_covers_it_says(
    county: list[Switch], said: list[tuple[str, str, int]]
) -> None:
    village = [
        own(n, mode, grid, revision=n + 1, seen=seen) for n, (mode, grid, seen) in enumerate(said)
    ]
    ordered = in_order([*village, *county])
    for grid, standing in modes_of(ordered, {}, ["g", "h"], HERE).items():
        covering = [s for s in ordered if s.covers((grid,), HERE)]
        assert standing.mode == (covering[-1].mode if covering else PEACETIME)


def test_what_waits_comes_last_as_it_was_written() -> None:
    known = own(0, PEACETIME, revision=9)
    waits = [own(1, EMERGENCY), own(2, PEACETIME), own(3, EMERGENCY)]
    assert in_order([*waits, known]) == [known, *waits]
    assert [in_order([*p])[0] for p in permutations([known, *waits], 4)] == [known] * 24
