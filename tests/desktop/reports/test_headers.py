"""The header is found wherever an office put it and however it wrote it."""

from __future__ import annotations

import pytest

from desktop.reports.headers import Header, find_header
from desktop.reports.workbooks import Sheet, Span
from sync.records import Household, Resident


def header_of(*rows: list, merged: tuple[Span, ...] = (), record=Resident) -> Header | None:
    width = max(map(len, rows))
    full = [row + [""] * (width - len(row)) for row in rows]
    return find_header(Sheet("甲", full, range(1, len(rows) + 1), merged=merged), record)


def columns_of(*rows: list, merged: tuple[Span, ...] = (), record=Resident) -> dict[str, int]:
    header = header_of(*rows, merged=merged, record=record)
    assert header is not None
    return header.columns


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("身份证号码（18位）", "id_number"),
        ("身份证号码(必填，18位", "id_number"),
        ("公民身份\n号码", "id_number"),
        ("＊身份证号", "id_number"),
        ("5.身份证号码", "id_number"),
        ("出 生 年 月", "birth_date"),
        ("联系电话：", "phone"),
        ("手机/电话", "phone"),
        ("现住址【门牌】", "address"),
        ("与户主　关系", "relation"),
    ],
)
def test_a_header_is_known_through_spaces_breaks_stars_and_notes(text, field):
    assert columns_of(["姓　名", text]) == {"name": 0, field: 1}


@pytest.mark.parametrize("text", ["户主姓名", "性别/民族", "紧急联系人电话", "身份证有效期"])
def test_a_header_that_only_resembles_a_field_is_not_taken_for_it(text):
    header = header_of(["姓名", "住址", text])
    assert header is not None
    assert header.columns == {"name": 0, "address": 1}
    assert header.others() == [2]


def test_the_header_stands_under_titles_and_notes():
    header = header_of(
        ["××村登记表"], ["填报单位：", "2026年"], [], ["说明：姓名、性别必填"], ["姓名", "性别"]
    )
    assert header is not None
    assert (header.top, header.bottom) == (4, 4)


def test_a_header_far_down_is_still_found_and_one_beyond_the_top_is_not():
    above = [["说明"]] * 29
    assert header_of(*above, ["姓名", "性别"]) is not None
    assert header_of(*[["说明"]] * 60, ["姓名", "性别"]) is None


@pytest.mark.parametrize(
    "row", [["姓名"], ["性别", "住址"], ["姓名", "民族"], ["户主姓名", "住址"]]
)
def test_a_name_and_one_more_known_column_are_needed(row):
    assert header_of(row) is None


def test_groups_above_the_header_do_not_hide_it():
    rows = (
        ["序号", "基本情况", "", "", "联系方式", "", "备注"],
        ["", "姓名", "性别", "身份证号", "手机", "住址", ""],
    )
    spans = ((0, 1, 0, 3), (0, 4, 0, 5), (0, 0, 1, 0), (0, 6, 1, 6))
    header = header_of(
        ["登记表"],
        *rows,
        ["1", "张三"],
        merged=tuple((t + 1, left, b + 1, r) for t, left, b, r in spans),
    )
    assert header is not None
    assert (header.top, header.bottom) == (1, 2)
    assert header.columns == {
        "name": 1,
        "sex": 2,
        "id_number": 3,
        "phone": 4,
        "address": 5,
        "note": 6,
    }
    assert header.silent == {0}


def test_a_name_may_stand_in_the_upper_of_two_header_rows():
    assert columns_of(["姓名", "性别", "联系方式", ""], ["", "", "电话", "住址"]) == {
        "name": 0,
        "sex": 1,
        "phone": 2,
        "address": 3,
    }


def test_a_header_broken_over_two_rows_is_put_together():
    assert columns_of(["姓名", "身份证", "出生"], ["", "号码", "年月"]) == {
        "name": 0,
        "id_number": 1,
        "birth_date": 2,
    }


def test_the_first_person_is_never_taken_for_a_second_header_row():
    header = header_of(["姓名", "关系", "备注"], ["张三", "户主", "电话"])
    assert header is not None
    assert header.bottom == 0


def test_the_heads_own_columns_are_not_taken_for_the_residents():
    rows = ["户主", "", "家庭成员", ""], ["姓名", "身份证号码", "姓名", "身份证号码"]
    spans = ((0, 0, 0, 1), (0, 2, 0, 3))
    assert columns_of(*rows, merged=spans) == {"name": 2, "id_number": 3}


def test_of_two_columns_for_one_field_the_truer_name_wins_and_the_other_is_left_over():
    header = header_of(["姓名", "户籍地址", "现住址"])
    assert header is not None
    assert header.columns == {"name": 0, "address": 2}
    assert header.others() == [1]


def test_a_fuller_header_further_down_takes_no_rows_from_the_first_one():
    header = header_of(["姓名", "性别"], ["张三", "男"], ["姓名", "性别", "住址"], ["李四", "女"])
    assert header is not None
    assert header.top == 0


def test_the_texts_of_a_header_over_two_rows_read_the_same_in_one():
    rows = ["户主", "", "家庭成员", ""], ["姓名", "身份证号码", "姓名", "身份证号码"]
    header = header_of(*rows, merged=((0, 0, 0, 1), (0, 2, 0, 3)))
    assert header is not None
    assert columns_of(list(header.texts)) == header.columns


def test_another_record_is_found_by_its_own_names():
    assert columns_of(["序号", "户主姓名", "户编号", "家庭住址"], record=Household) == {
        "head": 1,
        "number": 2,
        "address": 3,
    }


def test_columns_that_refer_to_other_records_are_left_over():
    header = header_of(["姓名", "性别", "所在网格"])
    assert header is not None
    assert header.others() == [2]
