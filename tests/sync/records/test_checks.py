"""The rules both ends enforce: one record or a column of them, the answer is the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.records import KINDS, Milestone, PointsEntry, Project, Record, Resident, Value, Values
from sync.records.checks import (
    problems_of,
    problems_of_columns,
    problems_of_edit,
    unknown_fields,
)
from sync.records.fields import Choice, Field, Number, Reference
from sync.records.points import SPENDING, Purse, Reversed, ledger_problem
from tests.support.store import id_number

kinds = st.sampled_from(list(KINDS.values()))
scalars = st.one_of(
    st.none(),
    st.integers(-(2**70), 2**70),
    st.text(max_size=20),
    st.sampled_from(
        ["\ud800", "a\0", "2026-11-25", "2026-13", "13800000000", "1" * 18, "x" * 3000]
    ),
)


def right_values_of(field: Field) -> st.SearchStrategy[Value]:
    """Values that the field allows."""
    right: st.SearchStrategy[Value]
    if isinstance(field, Choice):
        right = st.sampled_from([code for code, _ in field.options])
    elif isinstance(field, Number):
        right = st.integers(max(field.least, -3), min(field.most, 3))
    elif field.name == "id_number":
        right = st.integers(0, 3).map(lambda n: id_number(sequence=n))
    elif hasattr(field, "partial"):
        right = st.sampled_from(["2026-01-01", "2026-01-02"])
    elif isinstance(field, Reference):
        right = st.sampled_from(["g1", "g2"])
    elif field.name.endswith("phone"):
        right = st.just("13800000000")
    else:
        right = st.sampled_from(["一组", "二组"])
    return right if field.required else st.none() | right


def values_of(field: Field) -> st.SearchStrategy[Value]:
    """Mostly right values of a field, and some that belong nowhere."""
    right = right_values_of(field)
    return st.one_of(right, right, right, st.none(), scalars)


@st.composite
def tables(
    draw: st.DrawFn, kinds: list[type[Record]], pick: Callable[[Field], st.SearchStrategy[Value]]
) -> tuple[type[Record], list[str], list[list[Value]]]:
    record = draw(st.sampled_from(kinds))
    some = st.lists(st.sampled_from(list(record.fields)), unique=True, min_size=1)
    names = draw(st.just(list(record.fields)) | some)
    rows = draw(st.lists(st.tuples(*(pick(record.fields[name]) for name in names)), max_size=6))
    return record, names, [[row[place] for row in rows] for place in range(len(names))]


#: Concepts with a rule of their own, which speaks only where every field is right.
RULED = [r for r in KINDS.values() if "rule" in vars(r)]


@given(tables(list(KINDS.values()), values_of) | tables(RULED, right_values_of))
def test_a_check_by_columns_says_of_each_row_what_a_check_of_the_record_says_first(
    table: tuple[type[Record], list[str], list[list[Value]]],
) -> None:
    record, names, columns = table
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
    one_by_one = {
        place: next(iter(problems.values()))
        for place, row in enumerate(rows)
        if (problems := problems_of(record, row))
    }
    assert problems_of_columns(record, names, columns) == one_by_one


@given(kinds, st.dictionaries(st.text(max_size=5), scalars | st.floats() | st.booleans()))
def test_no_type_of_value_crashes_a_check(record: type[Record], values: dict[str, Any]) -> None:
    problems_of(record, {**values, **dict.fromkeys(record.fields, next(iter(values.values()), 1))})


@given(kinds, st.data())
def test_no_type_of_value_crashes_the_check_of_an_edit(
    record: type[Record], data: st.DataObject
) -> None:
    values = {name: data.draw(scalars) for name in record.fields}
    before = {name: data.draw(values_of(field)) for name, field in record.fields.items()}
    assert isinstance(problems_of_edit(record, values, before), dict)


@given(kinds, st.data())
def test_what_is_wrong_is_said_of_a_declared_field_in_chinese(
    record: type[Record], data: st.DataObject
) -> None:
    values = {name: data.draw(values_of(field)) for name, field in record.fields.items()}
    for name, sentence in problems_of(record, values).items():
        assert name in record.fields
        assert any("\u4e00" <= character <= "\u9fff" for character in sentence)


def test_every_missing_field_is_said_at_once() -> None:
    assert set(problems_of(Project, {})) == {"settlement", "name", "stage"}


def test_fields_that_a_record_does_not_declare_are_found() -> None:
    assert unknown_fields(Resident, ["name", "nickname", "area", "id"]) == [
        "nickname",
        "area",
        "id",
    ]


def test_a_written_record_is_never_edited() -> None:
    assert problems_of_edit(PointsEntry, {"reason": "x"}, {"reason": "y"}) == {
        "reason": "积分记录记下以后不能改，只能另记一笔"
    }


def test_a_fixed_field_keeps_its_value() -> None:
    before = {"project": "p1", "stage": "plan"}
    assert problems_of_edit(Milestone, {"project": "p2"}, before) == {
        "project": "改造项目写下以后不能改"
    }
    assert problems_of_edit(Milestone, {"project": "p1", "stage": "works"}, before) == {}


def test_an_edit_is_checked_with_what_it_leaves_untouched() -> None:
    before = {"settlement": "s", "name": "一期", "stage": "works", "planned_start": "2026-05-01"}
    assert problems_of_edit(Project, {"planned_end": "2026-04-30"}, before) == {
        "planned_end": "完工不能早于开工"
    }
    assert problems_of_edit(Project, {"planned_end": "2026-05-01"}, before) == {}


@pytest.mark.parametrize(
    ("entry_type", "points", "reverses", "wrong"),
    [
        ("positive", 5, None, None),
        ("positive", -5, None, "points"),
        ("positive", 0, None, "points"),
        ("negative", -5, None, None),
        ("negative", 5, None, "points"),
        ("redemption", -5, None, None),
        ("donation", 5, None, "points"),
        ("reversal", -5, "e1", None),
        ("reversal", 5, "e1", None),
        ("reversal", 5, None, "reverses"),
        ("positive", 5, "e1", "reverses"),
    ],
)
def test_the_sign_of_points_follows_their_type(
    entry_type: str, points: int, reverses: str | None, wrong: str | None
) -> None:
    entry: Values = {
        "subject": "s",
        "entry_type": entry_type,
        "points": points,
        "reverses": reverses,
    }
    assert list(problems_of(PointsEntry, entry)) == ([wrong] if wrong else [])


@given(st.integers(0, 20), st.integers(0, 20), st.sampled_from(SPENDING), st.integers(1, 50))
def test_spending_takes_neither_the_right_nor_the_balance_below_zero(
    right: int, elsewhere: int, how: str, points: int
) -> None:
    entry: Values = {"entry_type": how, "points": -points}
    purse = Purse(right + elsewhere, right, "其余的记在“二号机”上")
    problems = ledger_problem(entry, purse, None)
    assert bool(problems) == (points > right)
    if points > right + elsewhere:
        assert problems == {"points": f"积分不够：现有{right + elsewhere}分，要扣{points}分"}
    elif points > right:
        assert problems["points"] == f"这位积分对象在本机只能用{right}分"
        assert problems["device"].startswith("另外其余的记在“二号机”上。")


@pytest.mark.parametrize(
    ("points", "reversed_points", "before", "wrong"),
    [
        (-5, 5, False, None),
        (5, -5, False, None),
        (-4, 5, False, "points"),
        (-5, 5, True, "reverses"),
        (-5, None, False, "reverses"),
    ],
)
def test_a_reversal_takes_back_exactly_one_entry_once(
    points: int, reversed_points: int | None, before: bool, wrong: str | None
) -> None:
    problems = ledger_problem(
        {"entry_type": "reversal", "points": points},
        Purse(100, 100),
        None if reversed_points is None else Reversed(reversed_points, before),
    )
    assert list(problems) == ([wrong] if wrong else [])


@given(st.integers(0, 20), st.integers(-30, 30).filter(bool))
def test_a_reversal_never_takes_a_right_below_zero(right: int, earned: int) -> None:
    entry: Values = {"entry_type": "reversal", "points": -earned}
    problems = ledger_problem(entry, Purse(50, right), Reversed(earned))
    assert bool(problems) == (earned > right)
