"""The three-way merge: nothing is overwritten, and nothing that loses is dropped unseen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.merge import Merge, merge_create, merge_delete, merge_edit
from sync.records import Value, Values

pytestmark = pytest.mark.promise(3)

NAMES = ("name", "phone", "address", "note")
names = st.sampled_from(NAMES)
value = st.none() | st.sampled_from(["甲", "乙"]) | st.integers(0, 1)
county = st.fixed_dictionaries(dict.fromkeys(NAMES, value))
touched = st.dictionaries(names, value, min_size=1)
changed = st.sets(names)


def stands(verdict: Merge, before: Values) -> dict[str, Value]:
    """The county's record after the merge."""
    return {**before, **verdict.values}


@given(touched, county, changed)
def test_different_fields_never_conflict(ours: Values, theirs: Values, since: set[str]) -> None:
    verdict = merge_edit(ours, theirs, deleted=False, changed_since=since - ours.keys())
    assert verdict.grade in ("soft", "fast-forward")
    assert stands(verdict, theirs) == {**theirs, **ours}


@given(county, st.sets(names, min_size=1), changed, st.booleans())
def test_the_same_value_never_conflicts(
    theirs: Values, ours: set[str], since: set[str], created: bool
) -> None:
    same = {name: theirs[name] for name in ours}
    if created:
        verdict = merge_create(same, theirs, deleted=False)
    else:
        verdict = merge_edit(same, theirs, deleted=False, changed_since=since)
    assert verdict.grade != "hard"
    assert verdict.values == {}


@given(touched, county, changed)
def test_in_a_hard_merge_the_county_s_value_always_stands(
    ours: Values, theirs: Values, since: set[str]
) -> None:
    verdict = merge_edit(ours, theirs, deleted=False, changed_since=since)
    after = stands(verdict, theirs)
    for name in since:
        assert after[name] == theirs[name]
    assert (verdict.grade == "hard") == bool(verdict.losing)


@given(touched, county, changed, st.booleans())
def test_every_field_of_an_edit_stands_or_is_named_as_losing(
    ours: Values, theirs: Values, since: set[str], deleted: bool
) -> None:
    verdict = merge_edit(ours, theirs, deleted=deleted, changed_since=since)
    after = stands(verdict, theirs)
    for name, ours_value in ours.items():
        assert (name in verdict.losing) != (after[name] == ours_value and not deleted)
    assert set(verdict.losing) <= ours.keys()
    assert not verdict.values.keys() & set(verdict.losing)
    assert after.keys() == theirs.keys()


@given(touched, county, changed)
def test_an_edit_of_what_was_deleted_keeps_all_of_itself_and_revives_nothing(
    ours: Values, theirs: Values, since: set[str]
) -> None:
    verdict = merge_edit(ours, theirs, deleted=True, changed_since=since)
    assert verdict == Merge("hard", losing=tuple(ours))


@given(touched, county)
def test_an_edit_on_the_newest_revision_stands_whole(ours: Values, theirs: Values) -> None:
    verdict = merge_edit(ours, theirs, deleted=False, changed_since=())
    assert verdict.grade == "fast-forward"
    assert stands(verdict, theirs) == {**theirs, **ours}


@given(touched, county)
def test_of_a_record_entered_twice_one_fills_what_the_other_left_empty(
    ours: Values, theirs: Values
) -> None:
    verdict = merge_create(ours, theirs, deleted=False)
    after = stands(verdict, theirs)
    for name, theirs_value in theirs.items():
        ours_value = ours.get(name)
        if theirs_value is None:
            assert after[name] == ours_value
        else:
            assert after[name] == theirs_value
            assert (name in verdict.losing) == (ours_value not in (None, theirs_value))
    assert (verdict.grade == "hard") == bool(verdict.losing)


@given(touched, county)
def test_entering_again_what_was_deleted_is_left_to_a_person(ours: Values, theirs: Values) -> None:
    verdict = merge_create(ours, theirs, deleted=True)
    assert verdict.grade == "hard"
    assert set(verdict.losing) == {name for name, mine in ours.items() if mine is not None}
    assert not verdict.values


@given(changed, st.booleans())
def test_a_deletion_never_takes_with_it_what_others_edited(since: set[str], gone: bool) -> None:
    verdict = merge_delete(deleted=gone, changed_since=since)
    assert verdict.delete == (not gone and not since)
    assert (verdict.grade == "hard") == (not gone and bool(since))
    assert set(verdict.losing) == (since if verdict.grade == "hard" else set())


@given(touched, touched, county)
def test_two_edits_in_either_order_leave_the_first_one_standing(
    first: Values, second: Values, base: Values
) -> None:
    after_first = stands(merge_edit(first, base, deleted=False, changed_since=()), base)
    since = {name for name, mine in first.items() if mine != base[name]}
    verdict = merge_edit(second, after_first, deleted=False, changed_since=since)
    after = stands(verdict, after_first)
    for name in since:
        assert after[name] == first[name]
    assert {n: after[n] for n in second.keys() - since} == {
        n: second[n] for n in second.keys() - since
    }
