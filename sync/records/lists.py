"""The lists that the county edits and publishes (清单): kinds of events, limits, seats of a team.

Default lists are sheets in ``resources/lists``; the county publishes them as records of its own
area, so that villages get them by sync like anything else. An item is never taken away, only
retired: records that hold it go on meaning the same.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path

import sync
from sync.records.base import Kept
from sync.records.checks import problems_of
from sync.records.fields import Choice, FieldError, Number, Value, Words

#: The columns of a sheet; those behind the label may be missing.
COLUMNS = ("code", "label", "number", "unit", "parent", "note", "retired")
_NEEDED = COLUMNS[:2]
_CODE = re.compile(r"[0-9A-Za-z_-]+")
_DEFAULTS = Path(sync.__file__).parent.parent / "resources" / "lists"
#: Sheets in that folder that are no lists of this kind.
_OTHER = "divisions"


def _code_problem(label: str, text: str) -> str | None:
    return None if _CODE.fullmatch(text) else f"{label}只能用字母、数字、横线和下划线"


class ListItem(Kept):
    """One item of one published list; its id is ``<list>.<code>``.

    ``number`` with its ``unit`` is whatever the list says by it (a limit, how many persons a seat
    has); ``parent`` is the id of an item of another list that this one speaks of.
    """

    label = "清单项目"
    title = "name"
    villages_may = ()

    list_name = Words(
        "清单",
        required=True,
        fixed=True,
        sought=True,
        longest=40,
        validator=partial(_code_problem, "清单"),
    )
    code = Words(
        "代码", required=True, fixed=True, longest=24, validator=partial(_code_problem, "代码")
    )
    name = Words("名称", required=True, longest=60)
    place = Number("顺序", required=True, most=10_000)
    number = Number("数值", most=1_000_000)
    unit = Words("单位", longest=20, validator=partial(_code_problem, "单位"))
    parent = Words("说的是哪一项", longest=64)
    note = Words("说明", longest=500)
    retired = Choice("停用", options=(("yes", "停用"),))


#: An item's values by its id, in the order of the list.
Items = Mapping[str, dict[str, Value]]


class ListError(ValueError):
    """A sheet cannot be read as a list; the message is a Chinese sentence naming the line."""


def read_items(name: str, text: str) -> Items:
    """Read a list from the text of its sheet (CSV with the columns ``COLUMNS``). Raises ListError.

    The order of the lines is the order of the list.
    """
    try:
        return _read_items(name, csv.DictReader(io.StringIO(text, newline=None)))
    except csv.Error as error:
        raise ListError(f"清单“{name}”读不成表，请在表格程序里打开看看，另存为 CSV") from error


def _read_items(name: str, lines: csv.DictReader[str]) -> Items:
    missing = [column for column in _NEEDED if column not in (lines.fieldnames or ())]
    if missing:
        raise ListError(f"清单“{name}”里缺少这些列：{'、'.join(missing)}")
    items: dict[str, dict[str, Value]] = {}
    for line in lines:
        if not any(line.get(column) for column in COLUMNS):
            # Cells that were emptied leave a line of nothing but commas.
            continue
        where = f"清单“{name}”第{lines.line_num}行"
        values = _values_of(name, len(items) + 1, line, where)
        item = f"{name}.{values['code']}"
        if item in items:
            raise ListError(f"{where}：代码“{values['code']}”出现了两次")
        items[item] = values
    if not items:
        raise ListError(f"清单“{name}”里一项也没有")
    return items


@cache
def default_lists() -> Mapping[str, Items]:
    """The lists the program comes with, by name. They are part of the program: never wrong."""
    return {
        sheet.stem: read_items(sheet.stem, sheet.read_text(encoding="utf-8"))
        for sheet in sorted(_DEFAULTS.glob("*.csv"))
        if not sheet.stem.endswith(_OTHER)
    }


def _values_of(
    name: str, place: int, line: Mapping[str, str | None], where: str
) -> dict[str, Value]:
    fields = ListItem.fields
    try:
        values: dict[str, Value] = {
            "list_name": name,
            "code": fields["code"].clean(line["code"]),
            "name": fields["name"].clean(line["label"]),
            "place": place,
            **{column: fields[column].clean(line.get(column)) for column in COLUMNS[2:]},
        }
    except FieldError as error:
        raise ListError(f"{where}：{error}") from error
    if problems := problems_of(ListItem, values):
        raise ListError(f"{where}：{next(iter(problems.values()))}")
    return values
