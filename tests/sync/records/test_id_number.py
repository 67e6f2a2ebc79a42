"""ID numbers (GB 11643): what offices type is understood, what is wrong is said."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.records import Resident
from sync.records.id_number import birth_date_of, id_number_problem, sex_of
from tests.support.store import id_number

FIELD = Resident.fields["id_number"]
#: From the standard itself.
PUBLISHED = "11010519491231002X"

numbers = st.builds(
    lambda day, sequence, place: id_number(f"{day:%Y%m%d}", sequence, f"{place:06d}"),
    st.dates(datetime.date(1900, 1, 1), datetime.date(2026, 12, 31)),
    st.integers(0, 999),
    st.integers(110000, 659999),
)


@given(numbers)
def test_a_right_number_is_taken_and_says_birth_and_sex(number: str) -> None:
    assert id_number_problem(number) is None
    assert birth_date_of(number) == f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    assert sex_of(number) == ("male" if number[16] in "13579" else "female")


def test_the_number_published_in_the_standard_is_right() -> None:
    assert id_number_problem(PUBLISHED) is None


@given(numbers, st.integers(0, 16), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_found(number: str, place: int, digit: str) -> None:
    wrong = number[:place] + digit + number[place + 1 :]
    assert (id_number_problem(wrong) is None) == (wrong == number)


@given(numbers, st.integers(0, 15))
def test_two_digits_the_wrong_way_round_are_always_found(number: str, place: int) -> None:
    wrong = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert (id_number_problem(wrong) is None) == (wrong == number)


@given(numbers, st.sampled_from("0123456789X"))
def test_a_wrong_check_character_is_said(number: str, check: str) -> None:
    sentence = id_number_problem(number[:17] + check)
    assert (sentence is None) == (check == number[17])
    assert sentence is None or "校验不符" in sentence


@given(numbers, st.integers(0, 30).filter(lambda n: n != 18))
def test_a_wrong_length_is_said_with_both_lengths(number: str, length: int) -> None:
    wrong = (number * 2)[:length]
    assert id_number_problem(wrong) == f"身份证号码应为18位，现在是{length}位"


@pytest.mark.parametrize("typed", [
    PUBLISHED,
    PUBLISHED.lower(),
    "１１０１０５１９４９１２３１００２Ｘ",
    "110105 19491231 002ｘ",
    " '11010519491231002X ",
    "110105-19491231-002x",
    "（11010519491231002X）",
])  # fmt: skip
def test_a_number_is_understood_however_it_is_typed(typed: str) -> None:
    assert FIELD.clean(typed) == PUBLISHED


@pytest.mark.parametrize("stored", [
    PUBLISHED.lower(),
    "１１０１０５１９４９１２３１００２Ｘ",
    "1101051949123100２X",
    "11010519491231002Ⅹ",
    "X1010519491231002X",
    "٠" * 18,
    "110105194912310²2X",
    " 1010519491231002X",
    "1" * 15,
    "",
])  # fmt: skip
def test_a_stored_number_is_checked_with_no_forgiveness(stored: str) -> None:
    assert FIELD.problem(stored)


@pytest.mark.parametrize("birth", ["19880230", "19881301", "19880000", "00000101"])
def test_a_birth_date_that_never_was_is_said(birth: str) -> None:
    assert id_number_problem(id_number(birth)) == "身份证号码里的出生日期不存在"


@given(st.text())
def test_whatever_is_checked_is_answered(text: str) -> None:
    assert id_number_problem(text) is None or "身份证号码" in str(id_number_problem(text))


def test_the_number_gives_birth_date_and_sex() -> None:
    number = id_number("19880921", sequence=164)
    filled = Resident.complete({"name": "王芳", "id_number": number})
    assert (filled["birth_date"], filled["sex"]) == ("1988-09-21", "female")


def test_the_number_corrects_a_birth_date_but_never_a_sex_that_was_written() -> None:
    written = {"id_number": id_number("19880921", 164), "birth_date": "1988-09", "sex": "male"}
    filled = Resident.complete(dict(written))
    assert (filled["birth_date"], filled["sex"]) == ("1988-09-21", "male")


def test_a_wrong_number_gives_nothing() -> None:
    values = {"id_number": id_number()[:17] + "Y", "birth_date": "1970-01"}
    assert Resident.complete(dict(values)) == values
