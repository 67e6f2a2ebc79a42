"""Writes sheets from field declarations: a register to print, rows to correct, one to fill in."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from desktop.reports.cells import shown
from desktop.reports.drafts import draft
from desktop.reports.faults import UnwritableFile
from desktop.reports.headers import PLACE, REASON
from desktop.reports.register import RefusedRow
from desktop.reports.workbooks import Cell
from sync.records import Field, Privacy, Record, Value
from sync.records.fields import Choice, Day, Money, Number, Reference, Words

_LAST_ROW = 1_048_575
_LONGEST_TEXT = 32_767
_SHEET_NAME = 31
_NO_CHARACTERS = {0xFFFE: None, 0xFFFF: None}  # no workbook may hold them
_FORBIDDEN_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_ROWS_TO_FILL_IN = 3000
_FONT = {"font_name": "宋体", "font_size": 10.5, "valign": "vcenter"}


def write_register(
    path: str | Path,
    record: type[Record],
    rows: Iterable[Mapping[str, Value]],
    *,
    title: str,
    village: str,
    masked: bool = True,
) -> None:
    """Write stored values to a sheet that prints well on A4; unmasked it can be read back whole.

    ``rows`` is streamed. Masked, the middle of personal fields is hidden and sensitive ones are
    left out. Raises UnwritableFile; whatever ``rows`` raises passes through, the old file intact.
    """
    fields = _columns(record, masked)
    with draft(Path(path)) as book:
        styles = _Styles(book)
        sheet = book.add_worksheet(record.label)
        _lay_out(sheet, fields, styles)
        _set_up_printing(sheet, village, header_row=2)
        _across(sheet, 0, len(fields), title, styles.title)
        _across(sheet, 1, len(fields), _subtitle(village, fields, masked), styles.small)
        for column, field in enumerate(fields):
            sheet.write_string(2, column, field.label, styles.header)
        row = 2
        for row, values in enumerate(rows, 3):
            if row > _LAST_ROW:
                raise UnwritableFile("超过一百零四万行，一张表装不下。请分批导出。")
            for column, field in enumerate(fields):
                _write(sheet, row, column, field, values.get(field.name), masked, styles)
        sheet.autofilter(2, 0, row, len(fields) - 1)


def write_refused(path: str | Path, refused: Iterable[RefusedRow]) -> None:
    """Write refused rows under their own headers, each with its reason and where it stood.

    Corrected in place, the file can be imported as it is. Raises UnwritableFile.
    """
    with draft(Path(path)) as book:
        styles = _Styles(book)
        taken: set[str] = set()
        tables = groupby(refused, lambda row: (row.origin.sheet, row.origin.headers))
        for (name, headers), rows in tables:
            _write_refused_table(book.add_worksheet(_free(name, taken)), headers, rows, styles)
        if not taken:
            book.add_worksheet("没有退回的").write_string(0, 0, "没有被退回的行。", styles.text)


def write_template(path: str | Path, record: type[Record]) -> None:
    """Write an empty register to fill in, with hints and choices. Raises UnwritableFile."""
    fields = _columns(record, masked=False)
    with draft(Path(path)) as book:
        styles = _Styles(book)
        sheet = book.add_worksheet(f"{record.label}登记表")
        _lay_out(sheet, fields, styles)
        _set_up_printing(sheet, "", header_row=2)
        _across(sheet, 0, len(fields), f"{record.label}登记表", styles.title)
        _across(sheet, 1, len(fields), _how_to_fill_in(fields), styles.small)
        sheet.set_row(1, 48)
        for column, field in enumerate(fields):
            star = "*" if field.required else ""
            sheet.write_string(2, column, star + field.label, styles.header)
            sheet.data_validation(3, column, 2 + _ROWS_TO_FILL_IN, column, _validation(field))


class _Styles:
    """The cell formats of one workbook."""

    def __init__(self, book: Any) -> None:
        line = {**_FONT, "border": 1, "text_wrap": True}
        self.title = book.add_format({**_FONT, "bold": True, "font_size": 16, "align": "center"})
        self.small = book.add_format({**_FONT, "font_size": 9, "text_wrap": True})
        self.header = book.add_format(
            {**line, "bold": True, "align": "center", "bg_color": "#E3E7EC"}
        )
        # Text, so that Excel turns neither a long number nor “3-5” into something else.
        self.text = book.add_format({**line, "num_format": "@"})
        self.number = book.add_format({**line, "num_format": "0"})
        self.money = book.add_format({**line, "num_format": "#,##0.00"})
        self.day = book.add_format({**line, "num_format": "yyyy-mm-dd", "align": "left"})

    def of(self, field: Field) -> Any:
        """The format that suits a field's values."""
        if isinstance(field, Money):
            return self.money
        return self.number if isinstance(field, Number) else self.text


def _columns(record: type[Record], masked: bool) -> list[Field]:
    """The fields that go on paper; a reference would show an id that means nothing there."""
    return [
        field
        for field in record.fields.values()
        if not isinstance(field, Reference) and not (masked and field.privacy is Privacy.SENSITIVE)
    ]


def _lay_out(sheet: Any, fields: Sequence[Field], styles: _Styles) -> None:
    for column, field in enumerate(fields):
        sheet.set_column(column, column, _width(field), styles.of(field))
    sheet.set_row(0, 28)
    sheet.freeze_panes(3, 1)


def _width(field: Field) -> float:
    least = 2 * len(field.label) + 2
    if isinstance(field, Words):
        if field.multiline or field.longest >= 100:
            return max(least, 28)
        if field.masked:
            return max(least, 20 if field.longest == 18 else 15)
        return max(least, 10)
    return max(least, 14 if isinstance(field, Money) else 11)


def _set_up_printing(sheet: Any, village: str, header_row: int) -> None:
    sheet.set_paper(9)  # A4
    sheet.set_landscape()
    sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.repeat_rows(header_row)
    name = village.replace("&", "&&")[:60]
    sheet.set_footer(f"&L{name}&C第 &P 页，共 &N 页&R打印时间 &D &T")


def _across(sheet: Any, row: int, width: int, text: str, style: Any) -> None:
    sheet.merge_range(row, 0, row, width - 1, "", style)
    _write_text(sheet, row, 0, text, style)


def _subtitle(village: str, fields: Sequence[Field], masked: bool) -> str:
    now = datetime.datetime.now().astimezone()
    parts = [village, f"导出时间：{now:%Y-%m-%d %H:%M}"]
    hidden = "、".join(field.label for field in fields if field.masked)
    if masked and hidden:
        parts.append(f"{hidden}已隐去中间几位")
    return "　".join(filter(None, parts))


def _write(
    sheet: Any, row: int, column: int, field: Field, value: Value, masked: bool, styles: _Styles
) -> None:
    if value is None:
        sheet.write_blank(row, column, None, styles.text)
    elif isinstance(field, Number) and isinstance(value, int):
        amount = value / 100 if isinstance(field, Money) else value
        sheet.write_number(row, column, amount, styles.of(field))
    else:
        text = field.mask(value) if masked else field.show(value)
        _write_text(sheet, row, column, text, styles.text)


def _write_refused_table(
    sheet: Any, headers: Sequence[str], rows: Iterator[RefusedRow], styles: _Styles
) -> None:
    # A file that was corrected and refused again brings our own columns with it.
    kept = [column for column, text in enumerate(headers) if text not in (REASON, PLACE)]
    sheet.set_column(0, 0, 40, styles.text)
    sheet.set_column(1, 1, 18, styles.text)
    sheet.set_column(2, len(kept) + 1, 16, styles.text)
    sheet.freeze_panes(2, 0)
    sheet.write_string(0, 0, "照“退回原因”改好后保存，直接导入这个文件即可。", styles.small)
    for column, text in enumerate((REASON, PLACE, *(headers[at] for at in kept))):
        sheet.write_string(1, column, text, styles.header)
    for line, row in enumerate(rows, 2):
        place = f"{row.origin.sheet} 第{row.origin.line}行"
        for column, cell in enumerate((row.reason, place, *(row.origin.cells[at] for at in kept))):
            _write_raw(sheet, line, column, cell, styles)


def _write_raw(sheet: Any, row: int, column: int, cell: Cell, styles: _Styles) -> None:
    if cell == "":
        sheet.write_blank(row, column, None, styles.text)
    elif isinstance(cell, datetime.date) and cell.year >= 1900:
        naive = cell.replace(tzinfo=None) if isinstance(cell, datetime.datetime) else cell
        sheet.write_datetime(row, column, naive, styles.day)
    elif isinstance(cell, (int, float)) and not isinstance(cell, bool):
        sheet.write_number(row, column, cell, styles.text)
    else:
        _write_text(sheet, row, column, cell if isinstance(cell, str) else shown(cell), styles.text)


def _write_text(sheet: Any, row: int, column: int, text: str, style: Any) -> None:
    sheet.write_string(row, column, text.translate(_NO_CHARACTERS)[:_LONGEST_TEXT], style)


def _free(name: str, taken: set[str]) -> str:
    """A sheet name Excel allows and this workbook does not have yet."""
    plain = name.translate(_FORBIDDEN_IN_NAMES).strip("' ")[:_SHEET_NAME] or "退回"
    free, number = plain, 2
    while free.lower() in taken:
        free = f"{plain[: _SHEET_NAME - 4]}({number})"
        number += 1
    taken.add(free.lower())
    return free


def _how_to_fill_in(fields: Sequence[Field]) -> str:
    needed = "、".join(field.label for field in fields if field.required)
    return (
        f"填写说明：带 * 的（{needed}）必须填，其他没有的可以空着。一行填一个，不要合并单元格，"
        "不要改表头。各列已设成文本格式，号码直接填。日期写成 1990-05-12 或 1990年5月12日的样子。"
    )


def _validation(field: Field) -> dict[str, Any]:
    hint = field.hint or _hint(field)
    rule: dict[str, Any] = {"validate": "any"}
    if isinstance(field, Choice):
        rule = {"validate": "list", "source": [word for _, word in field.options]}
    elif isinstance(field, Words):
        rule = {"validate": "length", "criteria": "<=", "value": field.longest}
        rule |= {"error_title": "太长了", "error_message": f"最多{field.longest}个字"}
    if hint:
        rule |= {"input_title": field.label[:32], "input_message": hint[:255]}
    return rule


def _hint(field: Field) -> str:
    if isinstance(field, Day):
        return "如 1990-05-12" + ("；只知道年月写 1990-05" if field.partial else "")
    if isinstance(field, Number):
        return f"只填数字，单位：{field.unit}" if field.unit else "只填数字"
    return ""
