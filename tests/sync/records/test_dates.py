"""Dates come in all the shapes that offices type, and leave in one."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.records import Resident, Settlement
from sync.records.dates import is_iso_date, parse_date
from sync.records.fields import FieldError

SHAPES = [
    "{y}-{m}-{d}",
    "{y}-{m:02}-{d:02}",
    "{y}/{m}/{d}",
    "{y}.{m}.{d}",
    "{y}．{m}．{d}",
    "{y}年{m}月{d}日",
    "{y}年{m}月{d}号",
    "{y} 年 {m} 月 {d} 日",
    "{y}年{m}月{d}日生",
    "{y} {m} {d}",
    "{y} - {m} - {d}",
    " {y}-{m}-{d} ",
    "{y}{m:02}{d:02}",
    "{y}-{m}-{d} 00:00:00",
    "{y}-{m:02}-{d:02}T08:30:00",
    "{y}/{m}/{d} 8:30",
]
days = st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31))


@given(days, st.sampled_from(SHAPES), st.booleans())
def test_a_day_is_read_in_every_shape(day: datetime.date, shape: str, full_width: bool) -> None:
    text = shape.format(y=day.year, m=day.month, d=day.day)
    if full_width:
        text = text.translate({ord("0") + i: ord("０") + i for i in range(10)})
    assert parse_date(text) == day.isoformat()
    assert parse_date(text, partial=True) == day.isoformat()


@given(days)
def test_a_cell_that_holds_a_date_is_read_as_it_is(day: datetime.date) -> None:
    noon = datetime.time(12)
    assert parse_date(day) == day.isoformat()
    assert parse_date(datetime.datetime.combine(day, noon)) == day.isoformat()


@given(st.dates(datetime.date(1930, 1, 1), datetime.date(2099, 12, 31)))
def test_a_cell_that_lost_its_format_is_read_by_its_number(day: datetime.date) -> None:
    serial = (day - datetime.date(1899, 12, 30)).days
    for cell in (serial, float(serial), str(serial), f"{serial}.0"):
        assert parse_date(cell) == day.isoformat()


@pytest.mark.parametrize("cell", [19900115, 19900115.0, "19900115"])
def test_a_day_typed_as_one_number_is_read(cell: object) -> None:
    assert parse_date(cell) == "1990-01-15"


@pytest.mark.parametrize(
    "text", ["1990年3月", "1990-03", "1990.3", "1990/03", "199003", "1990 3", "1990年3月生"]
)
def test_a_month_is_enough_only_where_the_field_says_so(text: str) -> None:
    assert parse_date(text, partial=True) == "1990-03"
    with pytest.raises(ValueError):
        parse_date(text)


@pytest.mark.parametrize(("text", "year"), [("85.3.2", 1985), ("99-12-31", 1999), ("05/1/1", 2005)])
def test_two_digits_of_a_year_mean_the_last_hundred_years(text: str, year: int) -> None:
    assert parse_date(text).startswith(str(year))


@pytest.mark.parametrize(
    "text",
    ["1990", "90", "1", "12345678", "1990-13-01", "1990-02-30", "2023-02-29", "不详", "1990-1-1-1",
     "3/12/1985", "1990年", "0000-01-01", "99999", "100000", "-5", "nan", "1990 1", "1e5"],
)  # fmt: skip
def test_what_is_no_day_is_never_guessed(text: str) -> None:
    with pytest.raises(ValueError):
        parse_date(text)


@pytest.mark.parametrize("cell", [1990, 1990.0, "1990", "90", "1990年"])
def test_a_year_alone_is_not_taken_for_a_day_of_1905(cell: object) -> None:
    with pytest.raises(FieldError, match="出生日期看不懂“1990"[:8]):
        Resident.fields["birth_date"].clean(cell)


@given(st.one_of(st.text(), st.floats(), st.integers(), st.booleans(), st.binary()), st.booleans())
def test_whatever_is_typed_is_a_day_or_refused(raw: object, partial: bool) -> None:
    try:
        read = parse_date(raw, partial=partial)
    except ValueError:
        return
    assert is_iso_date(read, partial=partial)


@given(days)
def test_a_stored_day_has_one_form_only(day: datetime.date) -> None:
    field = Settlement.fields["built_on"]
    assert field.problem(day.isoformat()) is None
    assert field.problem(day.isoformat()[:7]) is None
    for bad in (
        f"{day:%Y%m%d}",
        f"{day:%Y/%m/%d}",
        f" {day}",
        f"{day} ",
        f"{day:%G-W%V-%u}",
        day.year,
    ):
        assert field.problem(bad)
    assert Resident.fields["birth_date"].problem(day.isoformat()) is None


def test_a_field_of_whole_days_stores_no_month() -> None:
    from sync.records import Project

    assert Project.fields["planned_start"].problem("2026-11")
    with pytest.raises(FieldError, match="请写成 2026-11-25 的样子"):
        Project.fields["planned_start"].clean("2026年11月")
