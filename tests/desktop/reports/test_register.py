"""Registers as offices keep them: every row is read, or refused with its place and a reason."""

from __future__ import annotations

import csv
import json
import time

import pytest

from desktop.reports.faults import Stopped, UnreadableFile
from desktop.reports.register import Register, read_register
from desktop.reports.sheets import write_register
from sync.records import Household, Resident
from tests.bench.people import people
from tests.desktop.reports.books import DATA, HEADER, id_number, register_xlsx, save_xlsx

KINDS = {"没有姓名": "no name", "应为18位": "id length", "校验不符": "id checksum"}


def refusals_of(register: Register) -> list[tuple[str, int, str]]:
    return [(row.origin.sheet, row.origin.line, row.reason) for row in register.refused]


def names_in(register: Register) -> list[object]:
    return [row.values["name"] for row in register.rows]


@pytest.mark.parametrize("name", ["residents_ledger_1.xlsx", "residents_gb_csv_2.csv"])
def test_the_sample_registers_give_exactly_the_refusals_expected_of_a_row_by_itself(name):
    expected = json.loads((DATA / name).with_suffix(".expect.json").read_text())
    found = []
    for sheet, line, reason in refusals_of(read_register(DATA / name)):
        kind = next(kind for words, kind in KINDS.items() if words in reason)
        found.append([line, kind] if name.endswith(".csv") else [sheet, line, kind])
    assert found == [row for row in expected["refused"] if row[-1] != "dup"]


def test_closing_lines_blank_lines_and_serial_numbers_are_no_records(tmp_path):
    good = (1, "张三", "男", None, None, None, "1组")
    file = register_xlsx(
        tmp_path / "a.xlsx",
        good,
        (),
        (2,),
        ("3", None, "  "),
        ("小计", "1人"),
        ("合计", "1人", 1),
        (None, "合计：1人"),
        (None, None, "共计", 1),
        ("填表人：", None, "审核人：", None, "填报日期：2026年11月25日"),
        ("单位（盖章）",),
        ("备注：1.本表一式两份。",),
        (None, "2.请用黑色笔填写"),
        (None, None, None, None, None, None, None, "第 1 页 共 3 页"),
    )
    register = read_register(file)
    assert names_in(register) == ["张三"]
    assert refusals_of(register) == []
    assert [remark.line for remark in register.lines_passed_over] == [
        6,
        7,
        8,
        9,
        10,
        11,
        12,
        13,
        14,
    ]


@pytest.mark.parametrize("name", ["合金", "共有才", "小计妹", "注定", "单明", "制表员王", "说明白"])
def test_people_whose_names_resemble_closing_words_are_people(tmp_path, name):
    assert names_in(read_register(register_xlsx(tmp_path / "a.xlsx", (1, name, "男")))) == [name]


def test_a_line_with_an_id_number_is_never_a_closing_line(tmp_path):
    file = register_xlsx(tmp_path / "a.xlsx", ("合计", None, None, None, id_number()))
    assert refusals_of(read_register(file)) == [("登记表", 2, "没有姓名")]


def test_section_headings_between_people_are_passed_over_and_told(tmp_path):
    rows = [
        ["姓名", "性别", "住址"],
        ["第一村民小组"],
        ["张三", "男", "1组"],
        ["二组（共25户）"],
        ["李四", "女", "2组"],
        ["三网格各户"],
        ["王五"],
    ]
    register = read_register(save_xlsx(tmp_path / "a.xlsx", {"甲": rows}, merged=["A6:C6"]))
    assert names_in(register) == ["张三", "李四", "王五"]
    assert [remark.text for remark in register.lines_passed_over] == [
        "第一村民小组",
        "二组(共25户)",
        "三网格各户",
    ]


def test_a_note_alone_in_its_column_is_refused_for_lack_of_a_name_and_not_lost(tmp_path):
    file = register_xlsx(tmp_path / "a.xlsx", (1, None, "女", None, None, None, None, "说明：外出"))
    assert refusals_of(read_register(file)) == [("登记表", 2, "没有姓名")]


def test_titles_and_headers_repeated_on_each_printed_page_are_skipped(tmp_path):
    page: list[list[object]] = [["××村登记表"], ["序号", "基本情况"], [None, "姓名", "性别"]]
    rows: list[list[object]] = [*page, [1, "张三", "男"], *page, [2, "李四", "女"]]
    register = read_register(save_xlsx(tmp_path / "a.xlsx", {"甲": rows}))
    assert names_in(register) == ["张三", "李四"]
    assert register.lines_passed_over == []


def test_a_header_in_the_middle_with_other_columns_counts_from_there_on(tmp_path):
    rows: list[list[object]] = [
        ["姓名", "性别"],
        ["张三", "男"],
        ["序号", "姓名", "住址"],
        [1, "李四", "2组"],
    ]
    register = read_register(save_xlsx(tmp_path / "a.xlsx", {"甲": rows}))
    assert [row.values for row in register.rows] == [
        {"name": "张三", "sex": "male"},
        {"name": "李四", "address": "2组"},
    ]


def test_a_row_that_numbers_the_columns_is_skipped(tmp_path):
    file = register_xlsx(tmp_path / "a.xlsx", ("甲", "乙", 1, 2, 3, 4, 5, 6), (1, "张三", "男"))
    register = read_register(file)
    assert (names_in(register), register.refused) == (["张三"], [])


def test_every_sheet_with_a_header_is_read_and_the_others_are_told(tmp_path):
    table = [["姓名", "性别"], ["张三", "男"]]
    file = save_xlsx(
        tmp_path / "a.xlsx",
        {"说明": [["请如实填写"]], "一组": table, "空": [], "二组": [["标题"], *table]},
    )
    register = read_register(file)
    assert [(row.origin.sheet, row.origin.line) for row in register.rows] == [
        ("一组", 2),
        ("二组", 3),
    ]
    assert [remark.sheet for remark in register.sheets_passed_over] == ["说明", "空"]
    assert register.sheets == ["说明", "一组", "空", "二组"]


def test_a_file_without_any_header_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(UnreadableFile, match="没有找到表头"):
        read_register(save_xlsx(tmp_path / "a.xlsx", {"甲": [["王村", "2026"]]}))


def test_columns_that_are_not_imported_are_told_once_where_they_hold_something(tmp_path):
    rows = [
        ["姓名", "性别", "民族", "空列", None, "户籍地址", "住址"],
        ["张三", "男", "汉", None, "x", "甲", "乙"],
        ["李四", "男", "汉", None, None, "甲", "乙"],
    ]
    register = read_register(save_xlsx(tmp_path / "a.xlsx", {"甲": rows}))
    assert [c.text for c in register.unknown_columns] == ["民族", "E列（没有表头）", "户籍地址"]


def test_what_a_family_shares_in_a_merged_cell_is_everyones_but_never_name_or_number(tmp_path):
    number = id_number()
    file = register_xlsx(
        tmp_path / "a.xlsx",
        (1, "张三", "男", None, number, "13800000000", "1组2号"),
        (2, "李四", "女"),
        (3, None, "男"),
        (4, "王五", "男"),
        merged=["F2:F4", "G2:G4", "E2:E4", "B3:B4"],
    )
    register = read_register(file)
    assert [row.values.get("address") for row in register.rows] == ["1组2号", "1组2号", None]
    assert [row.values.get("phone") for row in register.rows] == [
        "13800000000",
        "13800000000",
        None,
    ]
    assert [row.values.get("id_number") for row in register.rows] == [number, None, None]
    assert refusals_of(register) == [("登记表", 4, "没有姓名")]
    assert register.refused[0].origin.cells[6] == "1组2号"


def test_a_row_empty_but_for_a_cell_merged_over_it_is_blank(tmp_path):
    file = register_xlsx(
        tmp_path / "a.xlsx",
        (1, "张三", "男", None, None, None, "1组"),
        (2,),
        (3, "李"),
        merged=["G2:G3"],
    )
    register = read_register(file)
    assert (len(register.rows), register.refused) == (2, [])


def test_all_that_is_wrong_with_a_row_is_said_at_once(tmp_path):
    file = register_xlsx(tmp_path / "a.xlsx", (1, None, "男", None, "123"))
    assert refusals_of(read_register(file)) == [
        ("登记表", 2, "没有姓名；身份证号码应为18位，现在是3位")
    ]


def test_a_refused_row_keeps_its_cells_under_their_headers(tmp_path):
    file = register_xlsx(tmp_path / "a.xlsx", (7, None, "男"))
    origin = read_register(file).refused[0].origin
    assert origin.headers == HEADER
    assert origin.cells[:3] == (7, "", "男")


def test_lines_of_text_tables_are_those_of_the_file(tmp_path):
    with (tmp_path / "村.csv").open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([["姓名", "备注"], [], ["张三", "两\n行"], ["", "无名"]])
    assert refusals_of(read_register(tmp_path / "村.csv")) == [("村", 5, "没有姓名")]


def test_a_comma_within_a_cell_of_a_text_table_does_not_shift_cells_unnoticed(tmp_path):
    (tmp_path / "a.csv").write_text(
        "姓名,住址,性别\n张三,1组,2号,男\n李四,1组,男\n", encoding="utf-8"
    )
    register = read_register(tmp_path / "a.csv")
    assert names_in(register) == ["李四"]
    assert "错了位" in register.refused[0].reason


def test_a_garbled_name_is_refused_and_the_rest_is_kept(tmp_path):
    rows = "".join(f"张三,{n}组\n" for n in range(30)).encode()
    (tmp_path / "a.csv").write_bytes("姓名,住址\n".encode() + rows + b"\xe5\xff,1\n")
    register = read_register(tmp_path / "a.csv")
    assert len(register.rows) == 30
    assert "乱码" in register.refused[0].reason


def test_another_record_is_read_by_its_own_declaration(tmp_path):
    rows: list[list[object]] = [
        ["户主姓名", "户编号", "家庭住址"],
        ["张 三", 12, "1组"],
        [None, 13, "2组"],
    ]
    register = read_register(save_xlsx(tmp_path / "a.xlsx", {"甲": rows}), Household)
    assert register.rows[0].values == {"head": "张三", "number": "12", "address": "1组"}
    assert refusals_of(register) == [("甲", 3, "没有户主")]


def test_a_row_of_a_long_register_costs_no_more_than_one_of_a_short_register(tmp_path):
    def cost_of(count: int) -> float:
        file = tmp_path / f"{count}.xlsx"
        write_register(file, Resident, people(count), title="x", village="y", masked=False)
        began = time.thread_time()
        register = read_register(file)
        assert (len(register.rows), register.refused) == (count, [])
        return time.thread_time() - began

    assert cost_of(30_000) < 3 * 10 * cost_of(3000), "ten times the rows, ten times the work"


def test_reading_tells_how_far_it_is_and_stops_when_asked(tmp_path):
    rows = [(n, f"张{n}", "男") for n in range(1200)]
    file = register_xlsx(tmp_path / "a.xlsx", *rows)
    told: list[tuple[int, int]] = []
    read_register(file, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (1201, 1201)
    assert len(told) == 3
    with pytest.raises(Stopped):
        read_register(file, cancelled=lambda: len(told) > 0)
