"""A document is looked at as a reader would, when it is added and not when somebody opens it."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.attachments.documents import SORTS, media_type_of
from desktop.attachments.faults import NotTaken
from tests.support import papers

GOOD = papers.samples()
CUTTABLE = sorted(GOOD.keys() - {"txt", "csv"})
DAMAGED, OTHER = "不完整或已损坏", "内容却不是"


def refused(name: str, data: bytes) -> str:
    with pytest.raises(NotTaken) as refusal:
        media_type_of(name, data)
    return refusal.value.sentence


def test_there_is_a_good_sample_of_every_sort() -> None:
    assert GOOD.keys() == SORTS.keys()


@pytest.mark.parametrize("ending", sorted(SORTS))
def test_a_good_document_of_every_sort_is_taken(ending: str) -> None:
    assert media_type_of(f"通知.{ending}", GOOD[ending]) == SORTS[ending][0]


@pytest.mark.parametrize("ending", CUTTABLE)
@pytest.mark.parametrize("part", [0.3, 0.5, 0.8])
def test_a_document_that_was_cut_short_is_refused_as_damaged(ending: str, part: float) -> None:
    whole = GOOD[ending]
    assert DAMAGED in refused(f"通知.{ending}", whole[: int(len(whole) * part)])


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("申请.pdf", b"%PDF-1.7\n"),
        ("申请.doc", GOOD["doc"][:512]),
        ("申请.xls", GOOD["xls"][:8] + bytes(600)),
        ("申请.docx", b"PK\x03\x04" + bytes(100)),
    ],
)
def test_a_beginning_alone_is_no_document(name: str, data: bytes) -> None:
    assert DAMAGED in refused(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("脚本.docx", b"MZ" + bytes(100) + b"PK\x03\x04"),
        ("网页.pdf", b"<html>" + bytes(1100) + GOOD["pdf"]),
        ("表.docx", GOOD["xlsx"]),
        ("通知.xlsx", GOOD["docx"]),
        ("表.doc", GOOD["xls"]),
        ("资料.docx", papers.package({"word/document.xml": "x" * 9000})),
        ("资料.ofd", GOOD["docx"]),
    ],
)
def test_what_is_something_else_than_its_name_says_is_refused(name: str, data: bytes) -> None:
    assert OTHER in refused(name, data)


def test_a_password_on_a_document_is_told_with_what_to_do() -> None:
    sentence = refused("名册.xlsx", papers.compound("EncryptedPackage"))
    assert OTHER in sentence
    assert "去掉密码" in sentence


def test_a_spoilt_byte_in_the_middle_of_a_package_is_noticed() -> None:
    data = bytearray(GOOD["docx"])
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        part = package.getinfo("word/document.xml")
    data[part.header_offset + 30 + len(part.filename) + part.compress_size // 2] ^= 0xFF
    assert DAMAGED in refused("通知.docx", bytes(data))


@pytest.mark.parametrize(
    "data",
    [
        b"\r\n" * 200 + GOOD["pdf"],
        GOOD["pdf"] + bytes(5000),
        GOOD["pdf"] + b"\n<!-- sent by the mail gate -->\n",
        GOOD["pdf"].replace(b"startxref\n", b"startxref\r\n9"),
        GOOD["pdf"].rstrip().removesuffix(b"%%EOF"),
        b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF",
    ],
    ids=["before", "noughts behind", "words behind", "wrong place", "no last mark", "by hand"],
)
def test_a_pdf_that_readers_forgive_is_taken(data: bytes) -> None:
    assert media_type_of("通知.pdf", data) == "application/pdf"


def test_a_pdf_made_to_be_read_while_it_arrives_is_damaged_where_the_rest_never_came() -> None:
    first = b"%PDF-1.5\n1 0 obj\n<</Linearized 1>>\nendobj\ntrailer\n<</Root 2 0 R>>\n"
    ahead = first + b"startxref\n0\n%%EOF\n"
    assert DAMAGED in refused("通知.pdf", ahead)
    assert DAMAGED in refused("通知.pdf", ahead.replace(b"\n0\n", b"\n9\n") + b"2 0 obj\n<<")
    whole = ahead + b"2 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n"
    assert media_type_of("通知.pdf", whole)


def test_a_package_written_by_an_unusual_program_is_taken() -> None:
    types = "[content_types].xml"
    told = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    assert media_type_of("表.xlsx", papers.package({types: told, "xl\\workbook.xml": "x"}))


def test_a_table_of_sectors_that_marks_what_it_does_not_use_as_ended_is_taken() -> None:
    data = GOOD["xls"]
    table = (int.from_bytes(data[76:80], "little") + 1) * 512
    entries = [data[table + n : table + n + 4] for n in range(0, 512, 4)]
    filled = b"".join(b"\xfe\xff\xff\xff" if one == b"\xff" * 4 else one for one in entries)
    assert media_type_of("表.xls", data[:table] + filled + data[table + 512 :])


def test_a_small_package_that_would_unpack_to_very_much_is_not_unpacked() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_BZIP2) as package:
        package.writestr("[Content_Types].xml", "wordprocessingml")
    assert DAMAGED in refused("通知.docx", written.getvalue())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("ending", ["txt", "csv"])
def test_text_is_taken_as_windows_writes_it(encoding: str, ending: str) -> None:
    assert media_type_of(f"说明.{ending}", "姓名,说明\r\n郭忠珍,一二三".encode(encoding))


def test_text_that_is_none_is_refused_with_what_to_do() -> None:
    sentence = refused("说明.txt", "说明 abc".encode("utf-16-le"))
    assert OTHER in sentence
    assert "另存为 UTF-8" in sentence
    assert DAMAGED in refused("说明.txt", "说明".encode("utf-16")[:-1])


@given(
    st.sampled_from(sorted(GOOD)),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=20),
    st.integers(0, 1 << 20),
)
def test_whatever_happened_to_a_document_it_is_taken_or_refused(
    ending: str, spoilt: list[tuple[int, int]], length: int
) -> None:
    data = bytearray(GOOD[ending])
    for place, byte in spoilt:
        data[place % len(data)] = byte
    with suppress(NotTaken):
        media_type_of(f"通知.{ending}", bytes(data[: len(data) - length % (len(data) // 4)]))
