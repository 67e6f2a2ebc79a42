"""One row at a time: what offices type and what Excel does to it."""

from __future__ import annotations

import datetime

import pytest

from desktop.reports.register import Register, RegisterRow, read_register
from tests.desktop.reports.books import id_number, register_xlsx

BORN = "1988-09-21"
NUMBER = id_number("19880921")


def read(tmp_path, **cells) -> Register:
    order = ("serial", "name", "sex", "birth", "id", "phone", "address", "note")
    cells = {"serial": 1, "name": "张三", **cells}
    return read_register(register_xlsx(tmp_path / "a.xlsx", tuple(map(cells.get, order))))


def kept(tmp_path, **cells) -> RegisterRow:
    register = read(tmp_path, **cells)
    assert register.refused == []
    return register.rows[0]


def reason(tmp_path, **cells) -> str:
    register = read(tmp_path, **cells)
    assert register.rows == []
    return register.refused[0].reason


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("郭 忠 珍 ", "郭忠珍"),
        ("　贺　龘", "贺龘"),
        ("方𬀩全", "方𬀩全"),
        ("蒋康䶮", "蒋康䶮"),
        ("阿卜杜·热合曼", "阿卜杜·热合曼"),
        ("阿卜杜•热合曼", "阿卜杜·热合曼"),
        ("John  Smith", "John Smith"),
        ("张\n三", "张三"),
    ],
)
def test_a_name_is_kept_without_the_spaces_that_only_align_it(tmp_path, typed, name):
    assert kept(tmp_path, name=typed).values["name"] == name


@pytest.mark.parametrize(
    "typed",
    [
        "51018320170306712x",
        "５１０１８３２０１７０３０６７１２ｘ",
        "'51018320170306712X",
        "‘51018320170306712X",
        "510183 20170306 712X",
        " 51018320170306712X\n",
    ],
)
def test_an_id_number_is_known_however_it_was_typed(tmp_path, typed):
    assert kept(tmp_path, id=typed).values["id_number"] == "51018320170306712X"


@pytest.mark.parametrize(
    "typed", [5.10183200702095e17, 510183200702094930, "5.10183E+17", "5.10183200702095E+17"]
)
def test_an_id_number_that_excel_rounded_is_refused_with_how_to_mend_it(tmp_path, typed):
    assert "文本格式" in reason(tmp_path, id=typed)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("5101831988092116", "应为18位，现在是16位"),
        ("510183880921165", "应为18位，现在是15位"),
        (510183880921165, "应为18位，现在是15位"),
        (NUMBER[:-1] + ("1" if NUMBER[-1] == "0" else "0"), "校验不符"),
        ("510183198813211650", "出生日期不存在"),
        ("510183**********65", "星号"),
        ("身份证丢失未补办，号码暂时没有哦", "应为18位"),
        (datetime.date(2026, 3, 5), "变成了日期"),
    ],
)
def test_a_wrong_id_number_refuses_the_row_with_its_own_reason(tmp_path, typed, words):
    assert words in reason(tmp_path, id=typed)


@pytest.mark.parametrize("typed", ["无", "暂无", "不详"])
def test_words_for_having_no_id_number_are_noted_and_the_person_is_kept(tmp_path, typed):
    row = kept(tmp_path, id=typed)
    assert "id_number" not in row.values
    assert row.values["note"] == f"身份证号码原填：{typed}"
    assert len(row.warnings) == 1


@pytest.mark.parametrize("typed", ["/", "-", "——", "\\", " ", "'"])
def test_a_dash_or_slash_is_nothing(tmp_path, typed):
    row = kept(tmp_path, id=typed, phone=typed, birth=typed, note=typed, sex=typed)
    assert (row.values, row.warnings) == ({"name": "张三"}, ())


@pytest.mark.parametrize(
    "typed",
    [
        datetime.datetime(1966, 12, 26),  # noqa: DTZ001 - cells know no time zone
        datetime.date(1966, 12, 26),
        "1966-12-26",
        "1966-12-26 00:00:00",
        "1966/12/26",
        "1966.12.26",
        "1966年12月26日",
        "1966年12月26日生",
        "１９６６．１２．２６",
        "'1966-12-26",
        "19661226",
        19661226,
        24467,
        "66.12.26",
    ],
)
def test_a_day_is_read_in_every_shape(tmp_path, typed):
    assert kept(tmp_path, birth=typed).values["birth_date"] == "1966-12-26"


@pytest.mark.parametrize("typed", ["2007.2", "2007年2月", "2007-02", "200702", 200702, 2007.2])
def test_a_month_without_a_day_is_kept_as_a_month(tmp_path, typed):
    row = kept(tmp_path, birth=typed)
    assert (row.values["birth_date"], row.warnings) == ("2007-02", ())


def test_a_month_that_excel_cut_from_ten_to_one_is_told(tmp_path):
    assert "10月" in kept(tmp_path, birth=2007.10).warnings[0]
    assert kept(tmp_path, birth="2007.1").warnings == ()
    assert kept(tmp_path, birth=1988.1, id=NUMBER).values["birth_date"] == BORN


@pytest.mark.parametrize(
    "typed", ["不详", "1966", 1966, "1966年", "66", "腊月初八", "1966-13-01", "31/12/1966"]
)
def test_a_day_that_cannot_be_understood_goes_into_the_note(tmp_path, typed):
    row = kept(tmp_path, birth=typed, note="低保")
    assert "birth_date" not in row.values
    assert row.values["note"] == f"低保；出生日期原填：{typed}"
    assert str(typed) in row.warnings[0]


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("１８０７３１０８６８６", "18073108686"),
        ("138 6547 9012", "13865479012"),
        ("138-6547-9012", "13865479012"),
        (13865479012, "13865479012"),
        (13865479012.0, "13865479012"),
        ("028-88791234", "02888791234"),
        ("13865479012/88791234", "13865479012/88791234"),
    ],
)
def test_a_phone_is_read_however_it_was_typed(tmp_path, typed, phone):
    assert kept(tmp_path, phone=typed).values["phone"] == phone


@pytest.mark.parametrize("typed", ["无", "同户主", "138*****012"])
def test_a_phone_that_is_none_goes_into_the_note_and_the_person_is_kept(tmp_path, typed):
    row = kept(tmp_path, phone=typed)
    assert "phone" not in row.values
    assert row.values["note"] == f"联系电话原填：{typed}"


def test_an_address_that_excel_turned_into_a_date_is_told_and_not_believed(tmp_path):
    row = kept(tmp_path, address=datetime.date(2026, 3, 5))
    assert "address" not in row.values
    assert "2026-03-05" in str(row.values["note"])


def test_a_number_in_a_text_column_has_no_decimal_point(tmp_path):
    assert kept(tmp_path, address=12.0).values["address"] == "12"


def test_birth_date_and_sex_follow_from_the_id_number(tmp_path):
    row = kept(tmp_path, id=NUMBER)
    assert (row.values["birth_date"], row.values["sex"]) == (BORN, "male")
    assert row.warnings == ()


def test_a_sex_that_contradicts_the_id_number_is_kept_and_told(tmp_path):
    row = kept(tmp_path, id=NUMBER, sex="女")
    assert row.values["sex"] == "female"
    assert "女" in row.warnings[0]
    assert NUMBER not in row.warnings[0]


def test_a_birth_date_that_contradicts_the_id_number_is_told(tmp_path):
    row = kept(tmp_path, id=NUMBER, birth="1988-10-01")
    assert row.values["birth_date"] == BORN
    assert "1988-10-01" in row.warnings[0]


@pytest.mark.parametrize("typed", ["1988.9", datetime.date(1988, 9, 1)])
def test_a_month_that_agrees_with_the_id_number_is_no_contradiction(tmp_path, typed):
    row = kept(tmp_path, id=NUMBER, birth=typed)
    assert (row.values["birth_date"], row.warnings) == (BORN, ())


def test_a_month_that_does_not_agree_with_the_id_number_is_told(tmp_path):
    assert kept(tmp_path, id=NUMBER, birth="1988.1月").warnings != ()
    assert kept(tmp_path, id=NUMBER, birth=datetime.date(1988, 10, 1)).warnings != ()


def test_what_does_not_fit_into_the_note_refuses_the_row_and_loses_nothing(tmp_path):
    assert "备注" in reason(tmp_path, phone="无", note="长" * 495)
    assert "备注" in reason(tmp_path, note="长" * 501)


def test_a_name_too_long_or_only_a_dash_is_refused(tmp_path):
    assert "最多50个字" in reason(tmp_path, name="长" * 51)
    assert reason(tmp_path, name="/", sex="男") == "没有姓名"
