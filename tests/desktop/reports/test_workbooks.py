"""Any file a village sends is read, or refused in one sentence that says what to do."""

from __future__ import annotations

import datetime
import os
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlwt

from desktop.reports.faults import UnreadableFile
from desktop.reports.workbooks import read_workbook
from tests.desktop.reports.books import DATA, save_xlsx


def refusal_of(path: Path) -> str:
    with pytest.raises(UnreadableFile) as caught:
        read_workbook(path)
    return caught.value.sentence


def test_rows_keep_the_numbers_excel_shows_when_the_sheet_starts_further_down(tmp_path):
    book = openpyxl.Workbook()
    book.worksheets[0]["C4"] = "姓名"
    book.worksheets[0]["D6"] = "x"
    book.save(tmp_path / "a.xlsx")
    (sheet,) = read_workbook(tmp_path / "a.xlsx")
    assert list(sheet.lines) == [4, 5, 6]
    assert sheet.rows[0][0] == "姓名"
    assert [sheet.letter(0), sheet.letter(1)] == ["C", "D"]


def test_letters_go_on_after_z(tmp_path):
    (sheet,) = read_workbook(save_xlsx(tmp_path / "a.xlsx", {"甲": [["x"] * 30]}))
    assert [sheet.letter(at) for at in (0, 25, 26, 29)] == ["A", "Z", "AA", "AD"]


def test_merged_blocks_are_told_in_the_rows_own_indexes(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet["B3"], sheet["C3"], sheet["C5"] = "甲", "住址", "末"
    sheet.merge_cells("B3:B5")
    book.save(tmp_path / "a.xlsx")
    assert read_workbook(tmp_path / "a.xlsx")[0].merged == ((0, 0, 2, 0),)


def test_blocks_merged_beside_all_content_do_no_harm(tmp_path):
    file = save_xlsx(tmp_path / "a.xlsx", {"甲": [["姓名"], ["张三"]]}, merged=["F1:G1", "F2:F9"])
    assert read_workbook(file)[0].merged == ()


def test_hidden_sheets_are_read_and_charts_are_not(tmp_path):
    book = openpyxl.Workbook()
    book.worksheets[0].append(["a"])
    hidden = book.create_sheet("隐藏")
    hidden.append(["b"])
    hidden.sheet_state = "hidden"
    book.create_chartsheet("图")
    book.save(tmp_path / "a.xlsx")
    assert [sheet.name for sheet in read_workbook(tmp_path / "a.xlsx")] == ["Sheet", "隐藏"]


@pytest.mark.parametrize("name", ["a.xls", "a.xlsx", "a.et"])
def test_an_old_workbook_is_read_whatever_its_extension(tmp_path, name):
    book = xlwt.Workbook()
    sheet = book.add_sheet("旧表")
    sheet.write(1, 0, "姓名")
    sheet.write(2, 0, datetime.date(1966, 12, 26), xlwt.easyxf(num_format_str="yyyy-mm-dd"))
    book.save(str(tmp_path / name))
    (read,) = read_workbook(tmp_path / name)
    assert (read.name, list(read.lines)) == ("旧表", [2, 3])
    assert list(read.rows) == [["姓名"], [datetime.date(1966, 12, 26)]]


@pytest.mark.parametrize("name", ["a.xls", "a.et", "a.csv", "没有扩展名"])
def test_a_new_workbook_is_read_whatever_its_extension(tmp_path, name):
    save_xlsx(tmp_path / "a.xlsx", {"甲": [["姓名"]]}).rename(tmp_path / name)
    assert read_workbook(tmp_path / name)[0].rows[0] == ["姓名"]


def test_text_under_the_name_of_a_workbook_is_read_as_text(tmp_path):
    file = tmp_path / "系统导出.xls"
    file.write_bytes("姓名\t性别\r\n张三\t男\r\n".encode("gb18030"))
    (sheet,) = read_workbook(file)
    assert (sheet.name, list(sheet.rows)) == ("系统导出", [["姓名", "性别"], ["张三", "男"]])


def test_a_missing_file_is_told(tmp_path):
    assert "找不到" in refusal_of(tmp_path / "没有.xlsx")


def test_a_folder_is_told(tmp_path):
    assert "文件夹" in refusal_of(tmp_path)


def test_a_file_that_may_not_be_read_is_told(tmp_path, monkeypatch):
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"x")

    def in_use(path: Path) -> bytes:
        raise PermissionError(13, "in use", str(path))

    monkeypatch.setattr(Path, "read_bytes", in_use)
    assert "占用" in refusal_of(file)


def test_a_stick_pulled_while_reading_is_told(tmp_path, monkeypatch):
    file = tmp_path / "a.xlsx"
    file.write_bytes(b"x")

    def gone(path: Path) -> bytes:
        raise OSError(5, "input/output error", str(path))

    monkeypatch.setattr(Path, "read_bytes", gone)
    assert "U盘" in refusal_of(file)


@pytest.mark.parametrize("content", [b"", b"  \r\n\r\n"])
def test_an_empty_file_is_told(tmp_path, content):
    (tmp_path / "a.xlsx").write_bytes(content)
    assert "是空的" in refusal_of(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0\1" * 100, "图片"),
        (b"\xff\xd8\xff\xe0" + b"\0\1" * 100, "图片"),
        (b"%PDF-1.7\n" + b"x" * 100, "PDF"),
        (b"Rar!\x1a\x07" + b"x" * 100, "压缩包"),
        (b"<html><body><table><tr><td>x", "网页"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook>', "网页"),
        (b"\0\1\2\3" * 100, "不是认得的表格"),
    ],
)
def test_what_is_no_table_is_named_for_what_it_is(tmp_path, content, word):
    (tmp_path / "登记表.xlsx").write_bytes(content)
    assert word in refusal_of(tmp_path / "登记表.xlsx")


@pytest.mark.parametrize(
    ("part", "word"), [("word/document.xml", "Word 文档"), ("照片/1.jpg", "压缩包")]
)
def test_a_package_that_is_no_workbook_is_named_for_what_it_is(tmp_path, part, word):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as package:
        package.writestr(part, "x")
    assert word in refusal_of(tmp_path / "a.xlsx")


def test_a_workbook_behind_a_password_is_told():
    assert "打开密码" in refusal_of(DATA / "password_123456.xlsx")


def test_an_old_workbook_behind_a_password_is_told(tmp_path, monkeypatch):
    head = xlwt.Workbook._Workbook__intf_hdr_rec
    filepass = b"\x2f\x00\x36\x00\x01\x00\x01\x00\x01\x00" + bytes(48)
    monkeypatch.setattr(
        xlwt.Workbook, "_Workbook__intf_hdr_rec", lambda book: filepass + head(book)
    )
    book = xlwt.Workbook()
    book.add_sheet("甲").write(0, 0, "姓名")
    book.save(str(tmp_path / "a.xls"))
    assert "打开密码" in refusal_of(tmp_path / "a.xls")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_a_workbook_cut_short_is_told(tmp_path, kept):
    whole = (DATA / "residents_ledger_1.xlsx").read_bytes()
    (tmp_path / "a.xlsx").write_bytes(whole[: int(len(whole) * kept)])
    assert "损坏" in refusal_of(tmp_path / "a.xlsx")


def test_a_stray_value_in_the_last_corner_does_not_take_the_program_down(tmp_path):
    book = openpyxl.Workbook()
    book.worksheets[0].append(["姓名", "性别"])
    book.worksheets[0]["XFD1048576"] = "."
    book.save(tmp_path / "a.xlsx")
    assert "最末" in refusal_of(tmp_path / "a.xlsx")


def test_formatted_but_empty_cells_in_the_last_corner_do_no_harm(tmp_path):
    book = openpyxl.Workbook()
    book.worksheets[0].append(["姓名", "性别"])
    book.worksheets[0]["XFD1048576"].number_format = "@"
    book.save(tmp_path / "a.xlsx")
    assert len(read_workbook(tmp_path / "a.xlsx")[0].rows) == 1


def test_a_file_far_too_big_is_told_before_it_is_read(tmp_path):
    with (tmp_path / "a.csv").open("wb") as file:
        os.truncate(file.fileno(), 300 << 20)
    assert "太大" in refusal_of(tmp_path / "a.csv")
