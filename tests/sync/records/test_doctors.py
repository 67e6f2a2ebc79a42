"""Pairings of grids and teams, and whose next visit is due: rules without any database."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.records import DoctorPairing, DoctorVisit, KeyResident, Values
from sync.records.checks import forbidden, problems_of, problems_of_edit
from sync.records.doctors import (
    ENDED,
    GRID_SIDE,
    PAIRING_STATES,
    STEPS,
    TEAM_SIDE,
    doubles_of,
    next_visits,
    pairing_state,
)
from sync.records.lists import default_lists

DAY = "2026-11-25"
OPEN: Values = {"grid": "g1", "team": "t1", "name": "龙潭团队", "tier": "doctor_tier.micro"}
BOTH = {"grid_side_on": DAY, "grid_side_by": "王芳", "team_side_on": DAY, "team_side_by": "李医生"}


def step(names: tuple[str, ...], by: str = "王芳", on: str = DAY) -> dict[str, str]:
    """What somebody writes who makes a step."""
    return dict(zip(names, (on, by, "搬走了"), strict=False))


def whole(values: Values) -> dict[str, Any]:
    return dict.fromkeys(DoctorPairing.fields) | dict(values)


def after(before: Values, said: Values) -> dict[str, Any]:
    """What a pairing is once an edit was taken in, or as it was where the edit is refused."""
    return whole({**before, **({} if problems_of_edit(DoctorPairing, said, before) else said)})


def test_a_pairing_is_open_until_a_side_confirms_and_paired_only_when_both_did() -> None:
    assert pairing_state(OPEN) == "open"
    assert pairing_state({**OPEN, **step(GRID_SIDE)}) == "grid_side"
    assert pairing_state({**OPEN, **step(TEAM_SIDE)}) == "team_side"
    assert pairing_state({**OPEN, **BOTH}) == "paired"
    assert pairing_state({**OPEN, **step(ENDED)}) == "ended"
    assert pairing_state({**OPEN, **BOTH, **step(ENDED)}) == "ended"


def test_each_state_has_a_word_of_its_own() -> None:
    words = dict(PAIRING_STATES)
    assert len(set(words.values())) == len(words) == 5


@pytest.mark.parametrize("names", STEPS)
def test_a_step_says_who_and_when_and_an_end_says_why(names: tuple[str, ...]) -> None:
    said = step(names)
    assert not problems_of(DoctorPairing, whole({**OPEN, **said}))
    for name in names:
        half = {key: value for key, value in said.items() if key != name}
        assert list(problems_of(DoctorPairing, whole({**OPEN, **half}))) == [name]


@pytest.mark.parametrize("names", STEPS)
def test_a_step_that_was_made_is_neither_changed_nor_taken_back(names: tuple[str, ...]) -> None:
    before = whole({**OPEN, **step(names)})
    for name in names:
        for other in (None, "2026-11-24" if name.endswith("_on") else "别人"):
            assert problems_of_edit(DoctorPairing, {name: other}, before)
    taken_back = dict.fromkeys(names)
    assert "不能改" in problems_of_edit(DoctorPairing, taken_back, before)[names[0]]
    assert not problems_of_edit(DoctorPairing, {"note": "每月第一个星期一来"}, before)


def test_nobody_confirms_what_has_ended() -> None:
    ended = whole({**OPEN, **step(ENDED)})
    for names in (GRID_SIDE, TEAM_SIDE):
        assert "已经结束" in problems_of_edit(DoctorPairing, step(names), ended)[names[0]]


def test_who_is_paired_with_whom_never_changes() -> None:
    for name, other in {"grid": "g2", "team": "t2", "tier": "doctor_tier.village"}.items():
        assert problems_of_edit(DoctorPairing, {name: other}, whole(OPEN)) == {
            name: f"{DoctorPairing.fields[name].label}写下以后不能改"
        }


def test_a_village_ends_a_pairing_and_never_deletes_it() -> None:
    assert forbidden(DoctorPairing, "delete")
    assert not forbidden(DoctorPairing, "create")
    assert not forbidden(DoctorPairing, "edit")


def test_an_outside_team_keeps_the_name_that_somebody_confirmed() -> None:
    outside = whole({**OPEN, "team": None})
    assert not problems_of_edit(DoctorPairing, {"name": "兴隆团队"}, outside)
    confirmed = whole({**outside, **step(GRID_SIDE)})
    assert "name" in problems_of_edit(DoctorPairing, {"name": "兴隆团队"}, confirmed)
    # A team of the village may be renamed where it is entered: it is the same team.
    assert not problems_of_edit(
        DoctorPairing, {"name": "兴隆团队"}, whole({**OPEN, **step(GRID_SIDE)})
    )


_steps = st.builds(step, st.sampled_from(STEPS), st.sampled_from(("王芳", "李强")))


@given(st.lists(_steps, max_size=8))
def test_steps_only_ever_lead_on(steps: list[dict[str, str]]) -> None:
    """Whatever is tried in whatever order: nothing that was said is unsaid, and an end is one."""
    stood = whole(OPEN)
    for said in steps:
        became = after(stood, said)
        assert all(became[name] == value for name, value in stood.items() if value is not None)
        if pairing_state(stood) == "ended":
            assert became == stood
        stood = became


@given(st.lists(_steps, max_size=3), st.lists(_steps, max_size=3), st.data())
def test_what_two_wrote_apart_comes_to_one_state_in_any_order(
    one: list[dict[str, str]], other: list[dict[str, str]], data: st.DataObject
) -> None:
    """The county's rule alone: of each step what comes first stands, and the state is the same
    whichever comes first."""
    mixed = data.draw(st.permutations([*one, *other]))
    states = set()
    for order in ([*one, *other], [*other, *one], mixed):
        county = whole(OPEN)
        for said in order:
            news = DoctorPairing.still_said(said, county)
            assert not problems_of_edit(DoctorPairing, news, county)
            county = whole({**county, **news})
        states.add(pairing_state(county))
    assert len(states) == 1


def test_a_second_live_pairing_of_a_grid_on_one_tier_is_a_double() -> None:
    pairings: dict[str, Values] = {
        "first": {**OPEN, **BOTH},
        "second": {**OPEN, "team": "t2"},
        "other tier": {**OPEN, "tier": "doctor_tier.village"},
        "other grid": {**OPEN, "grid": "g2"},
        "over": {**OPEN, **step(ENDED)},
    }
    assert doubles_of(pairings) == {"first", "second"}
    del pairings["second"]
    assert doubles_of(pairings) == set()


def test_a_key_resident_does_not_leave_before_coming() -> None:
    values = {"resident": "r", "name": "王芳", "category": "key_resident_category.elderly"}
    assert not problems_of(KeyResident, {**values, "since": DAY, "until": DAY})
    assert "until" in problems_of(KeyResident, {**values, "since": DAY, "until": "2026-11-24"})


def visit(number: str, on: str, **values: str) -> Values:
    return {"id": number, "resident": "r1", "visited_on": on, "made_at": on, **values}


def test_the_newest_visit_says_when_the_next_is() -> None:
    visits = [visit("b", "2026-10-01", next_on="2026-11-01"), visit("a", "2026-09-01", next_on=DAY)]
    assert next_visits(visits)["r1"]["id"] == "b"
    assert next_visits([*visits, visit("c", "2026-11-02")]) == {}


def test_a_visit_that_was_corrected_does_not_count() -> None:
    wrong = visit("a", "2026-12-01", next_on="2027-01-01")
    right = visit("b", "2026-11-01", next_on="2026-12-01", corrects="a")
    assert next_visits([wrong, right])["r1"]["id"] == "b"


def test_the_next_visit_is_not_before_this_one() -> None:
    values = {"resident": "r", "name": "王芳", "visited_on": DAY, "text": "血压平稳"}
    assert not problems_of(DoctorVisit, {**values, "next_on": DAY})
    assert "next_on" in problems_of(DoctorVisit, {**values, "next_on": "2026-11-24"})


def test_the_lists_that_doctors_need_come_with_the_program() -> None:
    for name in ("doctor_tier", "doctor_role", "key_resident_category", "visit_way"):
        assert default_lists()[name]
