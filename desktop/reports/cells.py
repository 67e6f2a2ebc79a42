"""From what a cell holds to what a field keeps, forgiving how offices type and what Excel does."""

from __future__ import annotations

import datetime
import re

from desktop.reports.textfiles import GARBLED
from desktop.reports.workbooks import Cell
from sync.records import Field, FieldError, Value, tidy
from sync.records.fields import Day, Words

# Excel counts with 15 digits: of a longer number the rest is already zero in the file.
_EXACT = 10**15
_ROUNDED_TEXT = re.compile(r"\d(?:\.\d+)?E\+1[4-9]", re.IGNORECASE)
_NOTHING = re.compile(r"[\s/\\\-—–_.·*、'‘’`]+")
_NOTHING_BEGINS = frozenset(c for c in map(chr, range(0x3002)) if _NOTHING.fullmatch(c))
_NONE_WORDS = frozenset(("无", "没有", "暂无", "未办", "未办理", "不详", "未知", "不清楚", "空"))
_FOR_NUMBERS = (tidy.code, tidy.digits, tidy.id_number)
_APOSTROPHES = "'‘’`"


def read_cell(field: Field, raw: Cell) -> Value:
    """The value to keep of a cell; None for an empty one. Raises FieldError with the reason."""
    if is_blank(raw):
        return None
    if isinstance(raw, str) and GARBLED in raw:
        raise FieldError(f"{field.label}里有认不出的字（乱码），请对照原件重新填写")
    if isinstance(field, Words):
        _check_excel_left_it_alone(field, raw)
    elif isinstance(raw, str):
        raw = raw.strip().lstrip(_APOSTROPHES)
    value = field.clean(raw)
    if value is not None and (sentence := field.problem(value)):
        raise FieldError(_masked_reason(field, value) or sentence)
    return value


def is_blank(raw: Cell) -> bool:
    """Whether a cell says nothing: empty, white space, or only a dash or a slash."""
    if not isinstance(raw, str):
        return False
    return not raw or (raw[0] in _NOTHING_BEGINS and _NOTHING.fullmatch(raw) is not None)


def says_none(raw: Cell) -> bool:
    """Whether a cell says in words that there is no such thing (无, 不详)."""
    return isinstance(raw, str) and tidy.line(raw) in _NONE_WORDS


def shown(raw: Cell) -> str:
    """A cell as the cadre sees it, near enough to find it again."""
    if isinstance(raw, datetime.datetime):
        return raw.isoformat(" ", "minutes") if raw.time() != datetime.time() else f"{raw:%Y-%m-%d}"
    if isinstance(raw, float) and raw.is_integer() and abs(raw) < _EXACT:
        return str(int(raw))
    return tidy.line(str(raw))


def is_month_or_ten(field: Field, raw: Cell, value: Value) -> bool:
    """Whether a month was read from a number such as 2007.1, which may have been typed 2007.10."""
    return (
        isinstance(raw, float)
        and isinstance(field, Day)
        and f"{raw}".endswith(".1")
        and isinstance(value, str)
        and len(value) == len("2007-01")
    )


def _check_excel_left_it_alone(field: Words, raw: Cell) -> None:
    if isinstance(raw, (datetime.date, datetime.time, datetime.timedelta)):
        raise FieldError(
            f"{field.label}被表格自动变成了日期，请把这一列设成文本格式后按原样重新填写"
        )
    if isinstance(raw, str):
        is_number = field.tidy in _FOR_NUMBERS
        rounded = is_number and "+" in raw and _ROUNDED_TEXT.fullmatch(tidy.digits(raw)) is not None
    else:
        rounded = abs(raw) >= _EXACT
    if rounded:
        raise FieldError(
            f"{field.label}被表格当成数字存了，末尾几位已经丢失；"
            "请把这一列设成文本格式，对照证件重新填写"
        )


def _masked_reason(field: Field, value: Value) -> str | None:
    if field.masked and isinstance(value, str) and "**" in value:
        return f"{field.label}中间几位被星号遮住了，请填完整的号码"
    return None
