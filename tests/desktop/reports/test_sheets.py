"""What is written: sheets that print, rows that can be corrected, and never half a file."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter.worksheet
from openpyxl.worksheet.worksheet import Worksheet

from desktop.reports.faults import UnwritableFile
from desktop.reports.register import RefusedRow, read_register
from desktop.reports.sheets import write_refused, write_register, write_template
from sync.records import Grid, Record, Resident, Settlement, Value
from tests.desktop.reports.books import id_number, register_xlsx, save_xlsx

PERSON: dict[str, Value] = {
    "name": "郭忠珍",
    "id_number": "51018320170306712X",
    "sex": "female",
    "birth_date": "2017-03-06",
    "phone": "13865479012",
    "address": "=1组50号",
    "note": "第一行\n第二行",
    "grid": "0192a-grid",
}


def written(path: Path, record: type[Record] = Resident, *rows: dict, masked=False) -> Worksheet:
    write_register(path, record, rows, title="居民名册", village="天宫村&社区", masked=masked)
    return openpyxl.load_workbook(path).worksheets[0]


def values_of(sheet: Worksheet, row: int) -> dict[str, object]:
    return dict(
        zip([c.value for c in sheet[3]], [c.value for c in sheet[row]], strict=True)  # type: ignore[misc]
    )


def test_a_register_bears_title_village_and_time_above_the_labels(tmp_path):
    sheet = written(tmp_path / "a.xlsx", Resident, PERSON)
    assert sheet["A1"].value == "居民名册"
    assert str(sheet["A2"].value).startswith("天宫村&社区　导出时间：20")
    assert [cell.value for cell in sheet[3]][:3] == ["姓名", "身份证号码", "性别"]


def test_numbers_are_text_and_nothing_typed_becomes_a_formula(tmp_path):
    sheet = written(tmp_path / "a.xlsx", Resident, PERSON)
    row = values_of(sheet, 4)
    assert row["身份证号码"] == "51018320170306712X"
    assert row["住址"] == "=1组50号"
    assert all(cell.data_type in "sn" and cell.number_format == "@" for cell in sheet[4])
    assert sheet.column_dimensions["B"].width >= 20


def test_masked_the_middle_of_personal_fields_is_hidden_and_the_sheet_says_so(tmp_path):
    sheet = written(tmp_path / "a.xlsx", Resident, PERSON, masked=True)
    row = values_of(sheet, 4)
    assert row["身份证号码"] == "510183**********2X"
    assert row["联系电话"] == "138******12"
    assert "身份证号码、联系电话已隐去" in str(sheet["A2"].value)


def test_ids_of_other_records_are_not_printed(tmp_path):
    sheet = written(tmp_path / "a.xlsx", Resident, PERSON)
    assert "0192a-grid" not in values_of(sheet, 4).values()
    assert "所在网格" not in values_of(sheet, 4)


def test_a_register_prints_on_a4_with_its_header_on_every_page(tmp_path):
    sheet = written(tmp_path / "a.xlsx", Resident, PERSON)
    assert (sheet.page_setup.orientation, str(sheet.page_setup.paperSize)) == ("landscape", "9")
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.page_setup.fitToWidth in (None, 1)
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.freeze_panes == "B4"
    footer = sheet.oddFooter
    assert footer is not None
    assert footer.left.text == "天宫村&&社区"
    assert footer.center.text == "第 &P 页，共 &N 页"
    assert footer.right.text == "打印时间 &D &T"


def test_numbers_and_money_are_numbers_that_can_be_added_up(tmp_path):
    sheet = written(tmp_path / "a.xlsx", Grid, {"name": "一网格", "planned_households": 45})
    assert values_of(sheet, 4)["户数"] == 45
    assert values_of(sheet, 4)["网格名称"] == "一网格"


def test_an_empty_register_is_a_sheet_with_a_header(tmp_path):
    written(tmp_path / "a.xlsx", Settlement)
    assert read_register(tmp_path / "a.xlsx", Settlement).rows == []


def test_rows_are_streamed_and_never_gathered(tmp_path):
    alive = 0

    class Counted(dict):
        def __init__(self) -> None:
            nonlocal alive
            alive += 1
            super().__init__(name="张三")

        def __del__(self) -> None:
            nonlocal alive
            alive -= 1

    def rows() -> Iterator[dict]:
        for _ in range(500):
            assert alive <= 2
            yield Counted()

    write_register(tmp_path / "a.xlsx", Resident, rows(), title="x", village="y")
    assert len(read_register(tmp_path / "a.xlsx").rows) == 500


def refused_rows(tmp_path: Path) -> list[RefusedRow]:
    number = id_number()
    rows: list[tuple] = [
        (1, "张 三", "男", "1988.9", number[:-1], "１３８00000000", "1组", "低保"),
        (2, None, "女", None, None, 13865479012, 12.5, "无名氏"),
        (3, "李四", "女", None, 5.10183200702095e17, None, None, None),
    ]
    return read_register(register_xlsx(tmp_path / "原表.xlsx", *rows)).refused


def test_refused_rows_keep_headers_cells_reason_and_place(tmp_path):
    write_refused(tmp_path / "退回.xlsx", refused_rows(tmp_path))
    sheet = openpyxl.load_workbook(tmp_path / "退回.xlsx")["登记表"]
    head = [cell.value for cell in sheet[2]]
    assert head[:4] == ["退回原因", "原来位置", "序号", "姓名"]
    first = dict(zip(head, [cell.value for cell in sheet[3]], strict=True))
    assert first["退回原因"] == "身份证号码应为18位，现在是17位"
    assert (first["原来位置"], first["姓名"]) == ("登记表 第2行", "张 三")
    assert [cell.value for cell in sheet[4]][7:9] == [13865479012, 12.5]


def test_refused_rows_corrected_in_place_can_be_imported_as_they_are(tmp_path):
    write_refused(tmp_path / "退回.xlsx", refused_rows(tmp_path))
    book = openpyxl.load_workbook(tmp_path / "退回.xlsx")
    sheet = book["登记表"]
    sheet["G3"], sheet["D4"], sheet["G5"] = id_number(), "王五", id_number(sequence=166)
    book.save(tmp_path / "改好.xlsx")
    register = read_register(tmp_path / "改好.xlsx")
    assert (register.refused, register.unknown_columns) == ([], [])
    assert [row.values["name"] for row in register.rows] == ["张三", "王五", "李四"]
    assert register.rows[0].values["note"] == "低保"


def test_rows_refused_a_second_time_show_only_the_new_reason(tmp_path):
    write_refused(tmp_path / "退回.xlsx", refused_rows(tmp_path))
    write_refused(tmp_path / "再退.xlsx", read_register(tmp_path / "退回.xlsx").refused)
    head = [cell.value for cell in openpyxl.load_workbook(tmp_path / "再退.xlsx").worksheets[0][2]]
    assert head.count("退回原因") == head.count("原来位置") == 1


def test_refused_rows_of_many_sheets_go_to_as_many_sheets(tmp_path):
    table: list[list[object]] = [["姓名", "性别"], [None, "男"]]
    long = "很长的表名" * 6
    file = save_xlsx(tmp_path / "a.xlsx", {long + "甲": table, long + "乙": table, "丙": table})
    register = read_register(file)
    write_refused(tmp_path / "退回.xlsx", register.refused)
    assert len(openpyxl.load_workbook(tmp_path / "退回.xlsx").sheetnames) == 3
    assert len(read_register(tmp_path / "退回.xlsx").refused) == 3


def test_refused_rows_under_two_headers_of_one_sheet_are_kept_apart(tmp_path):
    rows: list[list[object]] = [
        ["姓名", "性别"],
        [None, "男"],
        ["姓名", "住址", "性别"],
        [None, "1组", "女"],
    ]
    write_refused(
        tmp_path / "b.xlsx", read_register(save_xlsx(tmp_path / "a.xlsx", {"甲": rows})).refused
    )
    assert openpyxl.load_workbook(tmp_path / "b.xlsx").sheetnames == ["甲", "甲(2)"]


def test_what_is_no_character_at_all_is_left_out(tmp_path):
    written(tmp_path / "a.xlsx", Resident, {"name": "张三", "note": "一\ufffe二\uffff"})
    assert read_register(tmp_path / "a.xlsx").rows[0].values["note"] == "一二"


def test_no_part_of_a_register_lies_in_the_systems_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "没有"))
    written(tmp_path / "a.xlsx", Resident, PERSON)


def test_a_text_tables_name_may_be_one_no_sheet_can_bear(tmp_path):
    (tmp_path / "a[1]:x.csv").write_text("姓名,性别\n,男\n", encoding="utf-8")
    write_refused(tmp_path / "b.xlsx", read_register(tmp_path / "a[1]:x.csv").refused)
    assert openpyxl.load_workbook(tmp_path / "b.xlsx").sheetnames == ["a_1__x"]


def test_nothing_refused_still_gives_a_sheet_that_says_so(tmp_path):
    write_refused(tmp_path / "a.xlsx", [])
    assert "没有" in str(openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]["A1"].value)


@pytest.mark.parametrize("record", [Resident, Grid])
def test_a_template_is_an_empty_register_with_hints_and_choices(tmp_path, record):
    write_template(tmp_path / "a.xlsx", record)
    register = read_register(tmp_path / "a.xlsx", record)
    assert (register.rows, register.refused) == ([], [])
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx").worksheets[0]
    assert str(sheet["A3"].value).startswith("*")
    lists = [v.formula1 for v in sheet.data_validations.dataValidation if v.type == "list"]
    assert lists


def test_a_filled_template_can_be_imported(tmp_path):
    write_template(tmp_path / "a.xlsx", Resident)
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    book.worksheets[0]["A4"], book.worksheets[0]["B4"] = "张三", id_number()
    book.save(tmp_path / "b.xlsx")
    assert read_register(tmp_path / "b.xlsx").rows[0].values["birth_date"] == "1988-09-21"


def old_file(tmp_path: Path) -> Path:
    path = tmp_path / "名册.xlsx"
    path.write_bytes(b"old")
    return path


def assert_old_file_is_untouched_and_alone(path: Path) -> None:
    assert path.read_bytes() == b"old"
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_full_disk_is_told_and_the_old_file_stands(tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = old_file(tmp_path)
    monkeypatch.setattr(xlsxwriter.worksheet.Worksheet, "_write_row", full)
    with pytest.raises(UnwritableFile, match="磁盘满了"):
        written(path, Resident, PERSON, PERSON)
    assert_old_file_is_untouched_and_alone(path)


def test_a_disk_that_fills_up_while_packing_is_told_and_the_old_file_stands(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = old_file(tmp_path)
    monkeypatch.setattr("xlsxwriter.workbook.ZipFile", full)
    with pytest.raises(UnwritableFile, match="磁盘满了"):
        written(path, Resident, PERSON)
    assert_old_file_is_untouched_and_alone(path)


def test_a_file_open_in_wps_is_told_and_stands(tmp_path, monkeypatch):
    def in_use(path: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "in use", str(target))

    path = old_file(tmp_path)
    monkeypatch.setattr(Path, "replace", in_use)
    with pytest.raises(UnwritableFile, match="WPS"):
        written(path, Resident, PERSON)
    assert_old_file_is_untouched_and_alone(path)


def test_a_folder_that_is_gone_is_told(tmp_path):
    with pytest.raises(UnwritableFile, match="文件夹不存在"):
        written(tmp_path / "没有" / "a.xlsx", Resident, PERSON)


def test_a_folder_of_the_same_name_is_told(tmp_path):
    (tmp_path / "a.xlsx").mkdir()
    with pytest.raises(UnwritableFile, match="同名的文件夹"):
        written(tmp_path / "a.xlsx", Resident, PERSON)


def test_rows_that_break_off_leave_the_old_file(tmp_path):
    def broken() -> Iterator[dict]:
        yield PERSON
        raise LookupError

    path = old_file(tmp_path)
    with pytest.raises(LookupError):
        write_register(path, Resident, broken(), title="x", village="y")
    assert_old_file_is_untouched_and_alone(path)
