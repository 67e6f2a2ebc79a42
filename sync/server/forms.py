"""Whether a change has a form the county can keep, before any rule of its record is asked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from sync.protocol import Block, Change
from sync.records import KINDS, Record
from sync.records.checks import forbidden, unknown_fields

#: Ids of changes and records: what programs make, never what people type.
_ID = re.compile(r"[0-9A-Za-z._:-]{1,64}")
_IDS = re.compile(rf"(?:{_ID.pattern}\n)*+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST_ID = 64
LONGEST_BY = 60
LONGEST_AT = 40
_BAD_FORM = "这条记录的格式不对，请升级程序后重新填写"


def block_problem(block: Block) -> str:
    """Say in Chinese why nothing of a block can be taken in; empty when it may be looked at."""
    record = KINDS.get(block.kind)
    if record is None:
        return "县里的程序还不认识这种记录，请等县里升级后再发"
    sentence = forbidden(record, block.operation)
    if sentence and not _brings_back(record, block):
        return sentence
    if len(set(block.names)) != len(block.names):
        return _BAD_FORM
    if unknown_fields(record, block.names):
        return f"县里的程序还不认识{record.label}里的一些项目，请等县里升级后再发"
    return ""


def is_id(text: str) -> bool:
    """Whether a text can be the id of a change or a record."""
    return _ID.fullmatch(text) is not None


def change_problem(change: Change) -> str:
    """Say in Chinese why the head of a change cannot be kept; empty when it can."""
    if not (is_id(change.id) and is_id(change.record) and _is_keepable(change.at, LONGEST_AT)):
        return _BAD_FORM
    if not _is_keepable(change.by, LONGEST_BY):
        return f"填写人的名字最多{LONGEST_BY}个字，不能有特殊字符"
    return ""


def all_well_formed(block: Block) -> bool:
    """Whether no change of the block has a head that cannot be kept."""
    return (
        _all_ids(block.ids)
        and _all_ids(block.records)
        and all(_is_keepable(by, LONGEST_BY) for by in set(block.by))
        and all(_is_keepable(at, LONGEST_AT) for at in set(block.at))
    )


def keepable(text: str, longest: int) -> str:
    """The text if a log can keep it, else nothing."""
    return text if _is_keepable(text, longest) else ""


def _brings_back(record: type[Record], block: Block) -> bool:
    """Whether the block enters again what the county itself once made in the village, and forgot
    when it went back to a backup: each on the revision that it had."""
    return block.operation == "create" and bool(record.villages_may) and all(block.bases)


def _all_ids(ids: Sequence[str]) -> bool:
    # One match over all of them takes a fifth of the time of one match each.
    lines = "\n".join(ids) + "\n"
    return lines.count("\n") == len(ids) and _IDS.fullmatch(lines) is not None


# The same few names and times come with each change.
@lru_cache(maxsize=1024)
def _is_keepable(text: str, longest: int) -> bool:
    # Not isprintable(): rare characters in people's names are newer than Python's tables.
    return len(text) <= longest and not _CONTROL.search(text)
