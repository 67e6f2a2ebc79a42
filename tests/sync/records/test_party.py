"""What a party record may say, and where a commitment stands: by its deeds, in whatever order."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.records import PartyCommitment, PartyDeed, PartyMember, Privacy, Record, Values
from sync.records.checks import problems_of
from sync.records.lists import default_lists
from sync.records.party import (
    GROUP_LEADER,
    MEMBER,
    SECRETARY,
    Stand,
    may_be_shown,
    standing_deeds,
    stands_of,
)

PROMISE: Values = {"member": "m", "text": "每周打扫一次院坝", "made_public": "yes"}
PERSON: Values = {"name": "王建国", "organisation": "o"}


def deed(commitment: str | None = "c", day: str = "2026-11-01", **more: str) -> Values:
    return {"member": "m", "commitment": commitment, "text": "打扫", "done_on": day} | more


def wrong(record: type[Record], values: Values, **more: object) -> set[str]:
    whole = {name: field.default for name, field in record.fields.items()}
    return set(problems_of(record, {**whole, **values, **more}))  # type: ignore[dict-item]


def test_what_tells_more_of_a_member_than_the_name_and_the_role_is_masked() -> None:
    private = {n for n, f in PartyMember.fields.items() if f.privacy is not Privacy.OPEN}
    assert private == {"status", "joined_on", "away", "phone"}
    for name in ("status", "joined_on", "away"):
        assert PartyMember.fields[name].privacy is Privacy.SENSITIVE
    assert PartyMember.fields["status"].mask("full") == "***"
    assert PartyDeed.fields["beneficiary"].mask("李大爷") == "李**"


def test_a_way_of_showing_who_one_is_belongs_to_a_day() -> None:
    assert wrong(PartyMember, PERSON) == set()
    assert wrong(PartyMember, PERSON, shown_how="identity_showing.badge") == {"shown_on"}
    shown = {"shown_how": "identity_showing.badge", "shown_on": "2026-07"}
    assert wrong(PartyMember, PERSON, **shown) == set()


def test_nobody_shows_it_or_leaves_before_joining() -> None:
    joined = {**PERSON, "joined_on": "2010-07-01"}
    assert wrong(PartyMember, joined, shown_on="2010-06-30") == {"shown_on"}
    assert wrong(PartyMember, joined, left_on="2009") == {"left_on"}
    # Of a day that is known by its month only, the month decides.
    assert wrong(PartyMember, joined, shown_on="2010-07", left_on="2010-07-01") == set()


def test_a_commitment_that_is_taken_back_says_when_and_why() -> None:
    assert wrong(PartyCommitment, PROMISE) == set()
    assert wrong(PartyCommitment, PROMISE, withdrawn_on="2026-11-01") == {"withdrawn_why"}
    assert wrong(PartyCommitment, PROMISE, withdrawn_why="外出务工") == {"withdrawn_on"}
    back = {"withdrawn_on": "2026-11-01", "withdrawn_why": "外出务工"}
    assert wrong(PartyCommitment, PROMISE, **back) == set()


def test_a_commitment_is_not_due_before_it_was_made() -> None:
    made = {**PROMISE, "made_on": "2026-07-01"}
    assert wrong(PartyCommitment, made, due_on="2026-06-30") == {"due_on"}
    assert wrong(PartyCommitment, made, due_on="2026-07-01") == set()


def test_only_what_was_promised_can_be_fulfilled() -> None:
    assert wrong(PartyDeed, deed(None, fulfils="yes")) == {"commitment"}
    assert wrong(PartyDeed, deed(None, fulfils="no")) == set()


def test_a_commitment_is_open_until_a_deed_fulfils_it() -> None:
    promised = {"c": PROMISE}
    assert stands_of(promised, [])["c"] == Stand("open")
    some = [("1", deed(fulfils="no")), ("2", deed(None)), ("3", deed("other", fulfils="yes"))]
    assert stands_of(promised, some)["c"] == Stand("open", 1)
    done = [*some, ("4", deed(day="2026-11-20", fulfils="yes"))]
    assert stands_of(promised, done)["c"] == Stand("kept", 2, "2026-11-20")


def test_a_corrected_deed_counts_no_more_also_for_the_commitment_it_named_wrongly() -> None:
    promised = {"c": PROMISE, "d": PROMISE}
    deeds = [("1", deed("c", fulfils="yes")), ("2", deed("d", fulfils="yes", corrects="1"))]
    stands = stands_of(promised, deeds)
    assert (stands["c"], stands["d"]) == (Stand("open"), Stand("kept", 1, "2026-11-01"))
    back = [*deeds, ("3", deed("d", fulfils="no", corrects="2"))]
    assert stands_of(promised, back)["d"] == Stand("open", 1)


def test_what_was_taken_back_on_one_pc_and_fulfilled_on_another_is_kept() -> None:
    back: Values = {**PROMISE, "withdrawn_on": "2026-11-02", "withdrawn_why": "外出"}
    assert stands_of({"c": back}, [])["c"].state == "withdrawn"
    assert stands_of({"c": back}, [("1", deed(fulfils="yes"))])["c"].state == "kept"


#: Deeds on two commitments or none, each of which may correct one that was written before it.
histories = st.lists(
    st.tuples(
        st.sampled_from(["c", "d", None]),
        st.sampled_from(["yes", "no"]),
        st.integers(1, 28),
        st.integers(-3, 11),
    ),
    max_size=12,
)


@given(histories, st.booleans(), st.randoms(use_true_random=False))
def test_in_whatever_order_two_pcs_hear_of_deeds_a_commitment_stands_the_same(
    history: list[tuple[str | None, str, int, int]], withdrawn: bool, chance: random.Random
) -> None:
    written: list[tuple[str, Values]] = []
    for place, (commitment, fulfils, day, corrects) in enumerate(history):
        done = deed(commitment, f"2026-11-{day:02d}", fulfils=fulfils if commitment else "no")
        if 0 <= corrects < place:
            done = {**done, "corrects": str(corrects)}
        written.append((str(place), done))
    back = {"withdrawn_on": "2026-11-30", "withdrawn_why": "外出"} if withdrawn else {}
    promised = {"c": {**PROMISE, **back}, "d": PROMISE}
    stands = stands_of(promised, written)
    mixed = list(written)
    chance.shuffle(mixed)
    assert stands_of(promised, mixed) == stands
    standing = dict(standing_deeds(mixed))
    assert not {v.get("corrects") for _, v in written} & standing.keys()
    for own, stand in stands.items():
        theirs = [v for v in standing.values() if v["commitment"] == own]
        assert stand.deeds == len(theirs)
        assert (stand.state == "kept") == any(v["fulfils"] == "yes" for v in theirs)
        if stand.state != "kept":
            assert stand.state == ("withdrawn" if own == "c" and withdrawn else "open")


@pytest.mark.parametrize(
    ("member", "commitment"),
    [
        ({"shown_on": None}, {}),
        ({"left_on": "2026-10-01"}, {}),
        ({}, {"made_public": "no"}),
        ({}, {"made_public": None}),
        ({}, {"withdrawn_on": "2026-10-01"}),
    ],
)
def test_a_public_sheet_names_only_who_shows_it_with_what_was_made_public(
    member: Values, commitment: Values
) -> None:
    person = {**PERSON, "shown_on": "2026-07"}
    assert may_be_shown(person, PROMISE)
    assert not may_be_shown({**person, **member}, {**PROMISE, **commitment})


def test_the_roles_that_the_program_looks_for_are_on_the_county_s_default_list() -> None:
    assert {SECRETARY, GROUP_LEADER, MEMBER} <= default_lists()["party_role"].keys()
    lists = ("party_organisation_type", "party_role", "identity_showing", "commitment_kind")
    assert all(default_lists()[name] for name in lists)
