"""The county's division table, read from its published sheet into records of the county's area."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Engine

from sync.records import Division, FieldError, Value
from sync.records.checks import problems_of
from sync.records.divisions import CODE_LENGTH, county_of
from sync.server.database import writing
from sync.server.errors import ServerError
from sync.server.publishing import Loaded, publish
from sync.server.sheets import text_of

COLUMNS = ("code", "name", "level", "parent_code")
Divisions = Mapping[str, dict[str, Value]]


def read_divisions(path: Path) -> Divisions:
    """Read a division table (CSV with the columns code, name, level, parent_code), by code.

    Raises ServerError naming the line that is wrong.
    """
    lines = csv.DictReader(io.StringIO(text_of(path, "区划表")))
    missing = [name for name in COLUMNS if name not in (lines.fieldnames or ())]
    if missing:
        raise ServerError(f"区划表里缺少这些列：{'、'.join(missing)}")
    divisions: dict[str, dict[str, Value]] = {}
    for line in lines:
        values = _values_of(line, lines.line_num)
        code = str(values["code"])
        if code in divisions:
            raise ServerError(f"区划表第{lines.line_num}行：代码“{code}”出现了两次")
        divisions[code] = values
    _check_tree(divisions)
    return divisions


def load_divisions(engine: Engine, divisions: Divisions) -> Loaded:
    """Add new divisions and change renamed ones; those the sheet lacks stay as they are.

    Raises ServerError where the database belongs to another county.
    """
    county = county_of(next(iter(divisions)))
    with writing(engine) as connection:
        return publish(connection, county, Division, divisions)


def _values_of(line: Mapping[str, str | None], number: int) -> dict[str, Value]:
    try:
        values = {name: Division.fields[name].clean(line[name]) for name in COLUMNS}
    except FieldError as error:
        raise ServerError(f"区划表第{number}行：{error}") from error
    code = values["code"] or ""
    if not (isinstance(code, str) and code.isdecimal() and len(code) == CODE_LENGTH):
        raise ServerError(f"区划表第{number}行：区划代码应是{CODE_LENGTH}位数字，现在是“{code}”")
    if problems := problems_of(Division, values):
        raise ServerError(f"区划表第{number}行：{next(iter(problems.values()))}")
    return values


def _check_tree(divisions: Divisions) -> None:
    counties = [code for code, values in divisions.items() if values["level"] == "county"]
    if len(counties) != 1:
        raise ServerError(f"区划表里应有一个县（level 为 county），现在有{len(counties)}个")
    for code, values in divisions.items():
        if county_of(code) != counties[0]:
            raise ServerError(f"区划“{code}”不在县“{counties[0]}”之内")
        if code != counties[0] and values["parent_code"] not in divisions:
            raise ServerError(f"区划“{code}”的上级“{values['parent_code'] or ''}”不在区划表里")
