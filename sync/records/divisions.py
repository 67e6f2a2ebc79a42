"""Divisions (区划): county, town or street, village or community, by 12-digit statistical code."""

from __future__ import annotations

from sync.records.base import Kept, Record
from sync.records.fields import Choice, Words

COUNTY_DIGITS = 6
TOWN_DIGITS = 9
CODE_LENGTH = 12


class Division(Kept):
    """One row of the county's division table. The county keeps it; villages receive it."""

    label = "区划"
    title = "name"
    villages_may = ()

    code = Words("区划代码", required=True, fixed=True, unique=True, longest=CODE_LENGTH)
    name = Words("名称", required=True, longest=60)
    level = Choice(
        "级别",
        required=True,
        options=(("county", "县市"), ("town", "镇街"), ("village", "村"), ("community", "社区")),
    )
    parent_code = Words("上级代码", longest=CODE_LENGTH)


def area_of(record: type[Record], area: str) -> str:
    """Where the records of a kind lie that somebody in ``area`` may name: what the county keeps
    for all lies in the county's own area."""
    return area if "create" in record.villages_may else county_of(area)


def county_of(code: str) -> str:
    """The 12-digit code of the county that holds ``code``."""
    return code[:COUNTY_DIGITS].ljust(CODE_LENGTH, "0")


def town_of(code: str) -> str:
    """The 12-digit code of the town or street that holds ``code``."""
    return code[:TOWN_DIGITS].ljust(CODE_LENGTH, "0")


def prefix_of(code: str) -> str:
    """The leading digits that every code within the division ``code`` shares."""
    if code[COUNTY_DIGITS:] == "0" * (CODE_LENGTH - COUNTY_DIGITS):
        return code[:COUNTY_DIGITS]
    if code[TOWN_DIGITS:] == "0" * (CODE_LENGTH - TOWN_DIGITS):
        return code[:TOWN_DIGITS]
    return code
