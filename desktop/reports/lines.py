"""Tells which lines of a sheet are no records: totals, signatures, notes, headings, pages."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence

from desktop.reports.cells import is_blank
from desktop.reports.headers import SERIAL, Header, essence, names_of, plain
from desktop.reports.workbooks import Cell, Sheet
from sync.records import Record

_TOTAL = re.compile(
    r"(?:本页)?(?:合计|总计|小计|共计|累计|页计|总人数|总户数)(?:人数|户数)?(?![\u4e00-\u9fff])"
)
_COUNTED = re.compile(r"(?:合计|总计|小计|共计|累计|总?共)[:约有]*\d+(?:人|户|名|口|条)?")
_SIGNED = re.compile(
    r"(?:填表|填报|制表|审核|复核|审批|经办|报送|登记|统计|录入|采集|核实|单位|部门|主管|分管|主要|村)?"
    r"(?:人|员|人员|单位|日期|时间|负责人|领导|联系人|联系电话|签字|签名|签章|盖章|公章)(?:[:(].*|)"
)
_SIGNED_SHORT = re.compile(r"(?:填表|填报|制表|审核|复核|审批|经办|单位)[:(].*|制表|审核|复核")
_NOTE = re.compile(r"(?:备注|说明|注|附注|注释|注意事项|填[表写报]说明|要求|附件)\d?(?:[:.、].*|)")
_PAGE = re.compile(r"第\d+页(?:[,/、]?共\d+页)?|共\d+页|-\d+-|\d+/\d+页?")
_HEADING = re.compile(
    r"第?[\d一二三四五六七八九十百]{1,4}(?:(?:村民|居民)?小?组|社|网格|微网格|栋|单元|号楼|片区)"
    r"(?:\(.*\)|共?\d+[户人].*)?:?"
)
_COUNTING = tuple("甲乙丙丁戊己庚辛壬癸")
_AN_ID_NUMBER = 15


class Lines:
    """Judges the lines of one sheet from top to bottom; what was met before counts."""

    def __init__(self, sheet: Sheet, header: Header, record: type[Record]) -> None:
        self._record = record
        self._header = header
        self._names = names_of(record)
        self._closed = False
        self._top = {_words(row) for row in sheet.rows[: header.bottom + 1]} - {()}
        self._wide = {
            (top, left)
            for top, left, bottom, right in sheet.merged
            if right > left and bottom == top
        }

    def follow(self, header: Header) -> None:
        """From here on the columns are those of ``header``, repeated on a new page."""
        self._header = header
        self._closed = False

    def is_somebody(self, row: Sequence[Cell]) -> bool:
        """Whether a row holds what looks like an ID number, and so is a record in any case."""
        at = self._header.columns.get(self._record.natural_key or "")
        return at is not None and sum(map(str.isdigit, str(row[at]))) >= _AN_ID_NUMBER

    def repeats_top(self, row: Sequence[Cell]) -> bool:
        """Whether a row says the same as a title or a header above: printed pages repeat them."""
        words = _words(row)
        return words in self._top and len(words) == len(filled_columns(row))

    def may_be_header(self, row: Sequence[Cell]) -> bool:
        """Whether the title's column holds a header: from here the columns may be others."""
        text = self._title_text(row)
        return text in self._names or text in SERIAL

    def is_no_record(self, index: int, row: Sequence[Cell], filled: Sequence[int]) -> bool:
        """Whether a line that is not blank is something other than a record.

        ``filled`` are the columns that hold something.
        """
        first = filled[0]
        text = plain(row[first])
        alone = len(filled) == 1
        if self._closes(text) or self._is_title_header(row):
            return True
        if alone:
            return bool(
                (index, first) in self._wide
                or first not in self._header.columns.values()
                or _HEADING.fullmatch(text)
                or _PAGE.fullmatch(text)
                or self._closed
            )
        return _numbers_columns(row, filled)

    def _title_text(self, row: Sequence[Cell]) -> str:
        return essence(plain(row[self._header.columns[self._record.title]]))

    def _is_title_header(self, row: Sequence[Cell]) -> bool:
        named = self._names.get(self._title_text(row))
        return named is not None and named[0] == self._record.title

    def _closes(self, text: str) -> bool:
        if _TOTAL.match(text) or _COUNTED.fullmatch(text):
            return True
        if _SIGNED.fullmatch(text) or _SIGNED_SHORT.fullmatch(text) or _NOTE.fullmatch(text):
            self._closed = True
            return True
        return False


def filled_columns(row: Sequence[Cell]) -> list[int]:
    """The columns of a row that hold something."""
    return [column for column, cell in enumerate(row) if cell != "" and not is_blank(cell)]


def _words(row: Sequence[Cell]) -> tuple[str, ...]:
    return tuple(word for cell in row if (word := plain(cell)))


def _numbers_columns(row: Sequence[Cell], filled: Sequence[int]) -> bool:
    """Statistical forms number their columns: 甲 乙 1 2 3 …"""
    if len(filled) < 3:
        return False
    previous = 0
    for column in filled:
        cell = row[column]
        if isinstance(cell, (bool, datetime.date, datetime.time, datetime.timedelta)):
            return False
        if str(cell).strip() in _COUNTING:
            continue
        try:
            number = float(cell)
        except ValueError:
            return False
        if number != previous + 1:
            return False
        previous += 1
    return True
