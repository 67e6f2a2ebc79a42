"""The county's division table, read from its published sheet into records of the county's area."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine
from uuid_utils import uuid7

from sync.protocol import Change, to_blocks
from sync.records import Division, FieldError, Value
from sync.records.checks import problems_of
from sync.records.divisions import CODE_LENGTH, county_of
from sync.server.accounts import Device
from sync.server.database import writing
from sync.server.errors import ServerError
from sync.server.exchange import county_time
from sync.server.intake import Intake

COLUMNS = ("code", "name", "level", "parent_code")
Divisions = Mapping[str, dict[str, Value]]


@dataclass(frozen=True)
class Loaded:
    """What loading a sheet did: how many divisions were added, and how many changed."""

    added: int
    changed: int


def read_divisions(path: Path) -> Divisions:
    """Read a division table (CSV with the columns code, name, level, parent_code), by code.

    Raises ServerError naming the line that is wrong.
    """
    lines = csv.DictReader(io.StringIO(_text_of(path)))
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
        intake = Intake(connection, Device("", county, ""), county_time())
        changes = [_change(code, values) for code, values in divisions.items()]
        blocks = to_blocks(changes)
        intake.load(blocks, blocks)
        added = changed = 0
        for change in changes:
            row = intake.village.row(Division.kind, change.record)
            if row is None:
                intake.add(change)
                added += 1
            elif touched := {n: v for n, v in change.values.items() if row[n] != v}:
                intake.write(change, "accepted", touched)
                changed += 1
        intake.save()
    return Loaded(added, changed)


def _change(code: str, values: dict[str, Value]) -> Change:
    return Change(str(uuid7()), Division.kind, code, "create", 0, values, "", county_time())


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ServerError(f"读不到区划表“{path}”：{error.strerror}") from error
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise ServerError(f"区划表“{path}”的文字编码看不懂，请另存为 UTF-8 的 CSV")


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
