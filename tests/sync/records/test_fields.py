"""What is typed is read with forgiveness; what is stored is checked with none."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync.records import (
    KINDS,
    Grid,
    Household,
    ListItem,
    PointsEntry,
    Project,
    Resident,
    Settlement,
)
from sync.records.fields import Field, FieldError, Value, Words
from tests.support.store import id_number

FIELDS = [field for record in KINDS.values() for field in record.fields.values()]
RARE = ("䶮", "𬀩", "龘", "𠅤", "\ufa0c", "㐱", "\U0003106c")

any_field = st.sampled_from(FIELDS)
#: What a cell, a form or a line of JSON may hold.
anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.dates(),
    st.datetimes(),
    st.from_regex(r"\s*[-+]?[0-9０-９]{1,9}([.,e][0-9]{1,9})?\s?[元户分%]?", fullmatch=True),
    st.sampled_from(["1e9999999999", "1e999999", "NaN", "-Infinity", "１２３", "\ud800", "\0"]),
)


def read(field: Field, raw: object) -> tuple[Value, str | None]:
    try:
        return field.clean(raw), None
    except FieldError as error:
        return None, str(error)


@given(any_field, anything)
def test_reading_gives_a_value_or_a_chinese_sentence(field: Field, raw: object) -> None:
    value, sentence = read(field, raw)
    assert value is None or type(value) in (str, int)
    assert value != ""
    assert sentence is None or sentence.startswith(field.label)


@given(any_field, anything)
def test_reading_twice_changes_nothing(field: Field, raw: object) -> None:
    value, _ = read(field, raw)
    if value is not None and field.problem(value) is None:
        assert field.clean(field.show(value)) == value


@example(ListItem.fields["unit"], "{")
@given(any_field, anything | st.lists(st.integers()) | st.binary())
def test_checking_never_crashes_and_answers_in_words(field: Field, value: Any) -> None:
    sentence = field.problem(value)
    assert sentence is None or sentence.startswith((field.label, "身份证号码", "电话"))
    if sentence is None:
        assert value is None or type(value) in (str, int)


@given(any_field)
def test_an_empty_cell_is_nothing_and_only_missing_where_required(field: Field) -> None:
    for empty in (None, "", "  ", "\u3000", "\t", "\xa0", "\ufeff", "\0"):
        assert field.clean(empty) is None
    assert (field.problem(None) is not None) == field.required


@pytest.mark.parametrize(
    "name", [*(f"王{c}" for c in RARE), "欧阳䶮龘", "古丽·买买提", "John Smith"]
)
def test_a_name_with_rare_characters_survives_untouched(name: str) -> None:
    field = Resident.fields["name"]
    assert field.clean(name) == name
    assert field.problem(name) is None
    assert field.show(name) == name


@given(
    st.text(
        st.characters(min_codepoint=0x3400, max_codepoint=0x3FFFF, categories=["Lo"]),
        min_size=1,
        max_size=50,
    )
)
def test_no_chinese_character_is_ever_replaced_by_another(name: str) -> None:
    assert Resident.fields["name"].clean(name) == name
    assert Resident.fields["note"].clean(name) == name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("郭 忠　珍", "郭忠珍"),
        ("  王\t芳 ", "王芳"),
        ("阿依•古丽", "阿依·古丽"),
        ("阿依．古丽", "阿依·古丽"),
        ("Anna   Maria", "Anna Maria"),
        ("Ａｎｎａ", "Anna"),
        ("\ufeff李四\u200b", "李四"),
        ("\0 王芳", "王芳"),
    ],
)
def test_a_name_is_tidied_as_people_mean_it(typed: str, kept: str) -> None:
    assert Resident.fields["name"].clean(typed) == kept


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("138 0000 0000", "13800000000"),
        ("'13800000000", "13800000000"),
        ("１３８００００００００", "13800000000"),
        ("(028) 8888-6666", "02888886666"),
        ("+86 138 0000 0000", "+8613800000000"),
        (13800000000, "13800000000"),
        (13800000000.0, "13800000000"),
        ("13800000000.0", "13800000000"),
        ("13800000000，13900000000", "13800000000,13900000000"),
        ("13800000000/8886666", "13800000000/8886666"),
    ],
)
def test_a_telephone_number_is_read_as_offices_write_it(typed: object, kept: str) -> None:
    field = Resident.fields["phone"]
    assert field.clean(typed) == kept
    assert field.problem(kept) is None


@pytest.mark.parametrize(
    "stored", ["１３８００００００００", "1380000", "无", "138-0000", "1" * 16, " 13800000000"]
)
def test_a_stored_telephone_number_is_digits_or_refused(stored: str) -> None:
    sentence = Resident.fields["phone"].problem(stored)
    assert (sentence is None) == (stored == "1380000")


def test_codes_that_differ_only_by_a_dash_stay_two_codes() -> None:
    for field in (Grid.fields["code"], Household.fields["number"]):
        assert field.clean("1-12") != field.clean("11-2")
        assert field.clean(" '０１-１２ ") == "01-12"
        assert field.clean(510183001001.0) == "510183001001"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("12", 12), (12.0, 12), ("１２", 12), ("1,200 户", 1200), ("35户", 35), ("0", 0), ("-0", 0)],
)
def test_a_number_is_read_with_its_unit_and_commas(typed: object, kept: int) -> None:
    assert Settlement.fields["households"].clean(typed) == kept


@pytest.mark.parametrize("typed", ["十二", "1.5", "NaN", "inf", "1e30", "1e9999999999", "12 13"])
def test_what_is_no_whole_number_is_refused_in_words(typed: str) -> None:
    field = Settlement.fields["households"]
    with pytest.raises(FieldError, match="户数"):
        field.clean(typed)


@pytest.mark.parametrize("bad", [-1, 100_001, "12", 1.0, True])
def test_a_stored_number_is_whole_and_in_its_limits(bad: Any) -> None:
    assert Settlement.fields["households"].problem(bad)


@given(st.integers(-(10**15), 10**15))
def test_money_is_exact_to_the_fen(fen: int) -> None:
    field = Project.fields["money_planned"]
    assert field.clean(field.show(fen)) == fen
    assert field.clean(str(Decimal(fen) / 100)) == fen


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("1,234.56元", 123456),
        ("0.1", 10),
        (0.1, 10),
        (453000, 45300000),
        ("４５３０００", 45300000),
    ],
)
def test_money_is_typed_in_yuan_and_kept_in_fen(typed: object, fen: int) -> None:
    assert Project.fields["money_planned"].clean(typed) == fen


@pytest.mark.parametrize("typed", ["0.001", "很多", "1e9999999999"])
def test_money_finer_than_a_fen_is_refused(typed: str) -> None:
    with pytest.raises(FieldError, match="计划资金"):
        Project.fields["money_planned"].clean(typed)


def test_programs_read_money_in_yuan() -> None:
    field = Project.fields["money_planned"]
    assert [field.to_json(v) for v in (None, 45300000, 123456, -50)] == [
        None,
        453000,
        1234.56,
        -0.5,
    ]


@pytest.mark.parametrize("typed", ["男", "male", " 男 "])
def test_a_choice_takes_its_word_or_its_code(typed: str) -> None:
    assert Resident.fields["sex"].clean(typed) == "male"


def test_a_choice_says_what_it_can_be() -> None:
    with pytest.raises(FieldError, match="性别只能是：男、女"):
        Resident.fields["sex"].clean("保密")
    assert Resident.fields["sex"].problem("男") == "性别只能是：男、女"


@pytest.mark.parametrize("bad", ["", "x" * 65, "\ud800", "a\0", "张三", 7])
def test_a_reference_is_an_id(bad: Any) -> None:
    assert PointsEntry.fields["subject"].problem(bad)
    assert PointsEntry.fields["subject"].problem(id_number()) is None


def test_a_note_keeps_its_lines_and_loses_what_no_database_takes() -> None:
    field = Resident.fields["note"]
    assert field.clean(" 一\r\n二\r三\t四\0\ud800 ") == "一\n二\n三 四"
    assert field.problem("一\n二") is None
    for bad in ("\t", "a\tb", "a\r", "a\0", "a\x1b", "a\ud800"):
        assert field.problem(bad)


def test_a_field_of_one_line_stores_one_line() -> None:
    field = Resident.fields["address"]
    assert field.clean("幸福路\n12号\t3楼") == "幸福路 12号 3楼"
    for bad in ("幸福路\n12号", "幸福路\t12号", "a\0", "a\x1b", "a\x7f", "a\ud800"):
        assert field.problem(bad) == "住址里有不能保存的字符"


@given(st.integers(0, 5))
def test_too_long_is_told_with_both_numbers(more: int) -> None:
    field = Resident.fields["name"]
    assert isinstance(field, Words)
    text = "王" * (field.longest + more)
    expected = f"姓名最多50个字，现在有{50 + more}个" if more else None
    assert field.problem(text) == expected
