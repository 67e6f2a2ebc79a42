"""Tables kept as text: encodings, separators, and the lines an editor shows."""

from __future__ import annotations

import codecs

import pytest

from desktop.reports.faults import UnreadableFile
from desktop.reports.textfiles import GARBLED, read_text

TABLE = "姓名,性别,住址\n张三,男,1组2号\n方𬀩全,女,龘䶮镇\n"
ROWS = [["姓名", "性别", "住址"], ["张三", "男", "1组2号"], ["方𬀩全", "女", "龘䶮镇"]]


@pytest.mark.parametrize(
    "data",
    [
        TABLE.encode(),
        codecs.BOM_UTF8 + TABLE.encode(),
        codecs.BOM_UTF16_LE + TABLE.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TABLE.encode("utf-16-be"),
        TABLE.encode("gb18030"),
        TABLE.replace("\n", "\r\n").encode("gb18030") + b"\x1a",
        TABLE.replace("\n", "\r").encode(),
    ],
)
def test_every_encoding_gives_the_same_names_rare_characters_included(data):
    assert read_text(data, "a.csv") == ([1, 2, 3], ROWS)


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_the_separator_is_found_even_beside_other_ones(separator):
    text = f'姓名{separator}住址\n张三{separator}一组，二号\n李四{separator}"a,b;c\td"\n'
    assert read_text(text.encode(), "a.txt")[1][1:] == [
        ["张三", "一组，二号"],
        ["李四", "a,b;c\td"],
    ]


def test_a_record_stands_on_the_line_it_begins_on_after_breaks_in_cells_and_blank_lines():
    text = '姓名,备注\n\n张三,"两行\n备注"\n\n\n李四,"三\n\n行"\n王五,\n'
    lines, rows = read_text(text.encode(), "a.csv")
    assert lines == [1, 3, 7, 10]
    assert rows[1:] == [["张三", "两行\n备注"], ["李四", "三\n\n行"], ["王五", ""]]


def test_a_quote_that_never_closes_does_not_swallow_the_rest_of_the_file():
    people = "".join(f"张{n},男\n" for n in range(200))
    lines, rows = read_text(f'姓名,性别\n"赵一,男\n{people}'.encode(), "a.csv")
    assert len(rows) == 202
    assert rows[1] == ["赵一", "男"]
    assert lines[-1] == 202


def test_a_quote_that_never_closes_near_the_end_is_read_as_it_stands():
    assert read_text('姓名,备注\n张三,"未完\n李四,x'.encode(), "a.csv")[1][1:] == [
        ["张三", "未完"],
        ["李四", "x"],
    ]


def test_quotes_doubled_inside_a_cell_are_one():
    assert read_text('姓名,备注\n张三,"说""好"""\n'.encode(), "a.csv")[1][1] == ["张三", '说"好"']


def test_a_number_wrapped_in_a_formula_to_keep_it_text_is_unwrapped():
    assert read_text('姓名,电话\n张三,="13800000000"\n'.encode(), "a.csv")[1][1][1] == "13800000000"


def test_rows_are_as_wide_as_the_widest():
    assert read_text(b"a,b\nc\nd,e,f\n", "a.csv")[1] == [
        ["a", "b", ""],
        ["c", "", ""],
        ["d", "e", "f"],
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_one_broken_byte_garbles_one_cell_and_not_the_file(encoding):
    people = "".join(f"张三,男,{n}组\n" for n in range(50))
    data = f"姓名,性别,住址\n{people}李".encode(encoding) + b"\xff,\n"
    rows = read_text(data, "a.csv")[1]
    assert len(rows) == 52
    assert GARBLED in rows[-1][0]
    assert not any(GARBLED in "".join(row) for row in rows[:-1])


def test_characters_of_the_old_private_use_area_get_their_real_places():
    data = "姓名,住址\n".encode("gb18030") + b"\xfe\x59\xfe\xa0,\xfe\x51\n"
    assert read_text(data, "a.csv")[1][1] == ["龴龻", "𠂇"]


@pytest.mark.parametrize("data", [b"a\0b\0c", b"\xfd\xff" * 50])
def test_bytes_that_are_no_text_are_refused(data):
    with pytest.raises(UnreadableFile, match="不是认得的表格"):
        read_text(data, "a.csv")
