"""What holds for any file and any resident, not only for those somebody thought of."""

from __future__ import annotations

import datetime
import io
from pathlib import Path

import pytest
import xlwt
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from desktop.reports.cells import is_blank
from desktop.reports.faults import UnreadableFile
from desktop.reports.register import read_register
from desktop.reports.sheets import write_register
from sync.records import FieldError, Resident, Value
from tests.desktop.reports.books import DATA, id_number

# One file is written over and over; and a busy machine must not decide whether a test passes.
in_one_folder = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

letters = st.characters(categories=["Lo", "Lu", "Ll"], include_characters="·")
# U+FFFD stands for a broken byte, U+FFFE and U+FFFF are no characters.
anything = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd\ufffe\uffff")
)
days = st.dates(datetime.date(1900, 1, 1), datetime.date(2099, 12, 31))


def stored(field: str, raw: st.SearchStrategy[str]) -> st.SearchStrategy[Value]:
    """Values that ``field`` may hold, made from what may be typed, or nothing."""
    declared = Resident.fields[field]

    def clean(text: str) -> Value:
        try:
            value = declared.clean(text)
        except FieldError:
            return None
        settled = value is None or (declared.clean(value) == value and not declared.problem(value))
        return value if settled else None

    # A lone dash stands for nothing when a cell is read, so it does not come back.
    return raw.map(clean).filter(lambda v: v is None or not is_blank(str(v)))


numbers = st.builds(
    id_number, days.map(lambda day: f"{day:%Y%m%d}"), st.integers(0, 999), st.just("510183")
)
residents = st.fixed_dictionaries(
    {
        # Nobody is called 姓名 or 合计, which a register takes for a header and a total.
        "name": stored("name", st.text(letters, max_size=20).map("张".__add__)),
        "id_number": st.none() | numbers,
        "sex": st.sampled_from([None, "male", "female"]),
        "birth_date": st.none()
        | days.map(lambda day: day.isoformat())
        | days.map(lambda day: day.isoformat()[:7]),
        "phone": st.none() | st.from_regex(r"1[0-9]{10}|0[0-9]{9,11}", fullmatch=True),
        "address": stored("address", anything),
        "relation": stored("relation", anything),
        "political_status": stored("political_status", anything),
        "note": stored("note", anything),
    }
).map(lambda values: Resident.complete(dict(values)))


@in_one_folder
@given(st.lists(residents, max_size=5), anything.map("名册".__add__), anything)
@example([{"name": "张三", "note": "_x0041_ \x85 第二\n行 =1+1 ]]>&<"}], "姓名", "性别")
def test_residents_written_to_a_sheet_are_read_back_the_same(tmp_path, people, title, village):
    file = tmp_path / "a.xlsx"
    write_register(file, Resident, people, title=title, village=village, masked=False)
    register = read_register(file)
    written = [{k: v for k, v in person.items() if v is not None} for person in people]
    assert [row.values for row in register.rows] == written
    assert (register.refused, register.unknown_columns) == ([], [])


def an_old_workbook() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("旧表")
    for column, text in enumerate(("姓名", "性别", "身份证号码")):
        sheet.write(0, column, text)
        sheet.write(1, column, text)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


WHOLE = {
    "xlsx": (DATA / "residents_ledger_1.xlsx").read_bytes(),
    "csv": (DATA / "residents_gb_csv_2.csv").read_bytes(),
    "locked": (DATA / "password_123456.xlsx").read_bytes(),
    "xls": an_old_workbook(),
}
HEADS = [
    b"",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\xff\xfe",
    b"\xfe\xff",
    b"\xef\xbb\xbf",
    "姓名,性别,出生年月,身份证号码\n".encode(),
    "姓名\t性别\t备注\n".encode("gb18030"),
    b"\xff\xfe" + "姓名;性别;备注\n".encode("utf-16-le"),
]


def sentence_of(file: Path, data: bytes) -> str:
    """The sentence that refuses a file; empty where it was read."""
    file.write_bytes(data)
    try:
        read_register(file)
    except UnreadableFile as refusal:
        return refusal.sentence
    return ""


def assert_read_or_refused(file: Path, data: bytes) -> None:
    sentence = sentence_of(file, data)
    assert not sentence or (sentence.endswith("。") and file.name in sentence)


@in_one_folder
@given(st.builds(bytes.__add__, st.sampled_from(HEADS), st.binary(max_size=400)))
def test_any_bytes_are_read_or_refused_in_a_sentence(tmp_path, data):
    assert_read_or_refused(tmp_path / "a.xlsx", data)


@in_one_folder
@given(
    st.sampled_from(sorted(WHOLE)),
    st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 255)), min_size=1, max_size=8),
    st.none() | st.integers(0, 30_000),
)
def test_any_damaged_file_is_read_or_refused_in_a_sentence(tmp_path, name, changes, cut):
    data = bytearray(WHOLE[name])
    for place, value in changes:
        data[place % len(data)] = value
    assert_read_or_refused(tmp_path / "a.xls", bytes(data[:cut]))


cells = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["姓名", "性别", "合计", "备注：", "一组", "张三", "男", "1", "1966.1"]),
    st.sampled_from(["身份证号码", "5.1E+17", "'", '"', "=", "无", "\ufffd"]),
    numbers,
)


@in_one_folder
@given(st.lists(st.lists(cells, max_size=6), max_size=12))
def test_every_line_of_any_table_is_read_refused_told_or_empty(tmp_path, rows):
    assume(not any("\n" in cell or "\r" in cell or '"' in cell for row in rows for cell in row))
    lines = ["姓名,性别,出生日期,身份证号码,电话,备注", *(",".join(row) for row in rows)]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8", newline="\n")
    try:
        register = read_register(tmp_path / "a.csv")
    except UnreadableFile:
        return
    taken = [row.origin.line for row in register.rows]
    taken += [row.origin.line for row in register.refused]
    told = [remark.line for remark in register.lines_passed_over]
    assert len(set(taken)) == len(taken)
    assert not set(taken).intersection(told)
    for line, row in enumerate(rows, 2):
        if "张三" in row[:1] and id_number() in row:
            assert line in taken


def test_the_samples_used_for_damage_are_themselves_read():
    with pytest.raises(UnreadableFile, match="密码"):
        read_register(DATA / "password_123456.xlsx")
    assert read_register(DATA / "residents_ledger_1.xlsx").rows
