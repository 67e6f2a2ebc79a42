"""Edits and deletions: merged with what others did meanwhile, field by field.

A block of edits is written at once where nothing is unusual, as new records are.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync.merge import Grade, Merge, merge_delete, merge_edit
from sync.protocol import Block, Change, Code, values_to_json
from sync.records import KINDS, Conflict, Grid, Record, Value
from sync.records.checks import (
    looks_back,
    problems_of_columns,
    problems_of_edit,
    problems_of_fixed,
)
from sync.server.constraints import doubtful, places, referrer_problem, repeated, sentences
from sync.server.forms import all_well_formed
from sync.server.intake import Intake
from sync.server.village import Standing

CODES: dict[Grade, Code] = {"fast-forward": "accepted", "soft": "merged", "hard": "conflict"}
_MISSING = "县里没有这条记录：它的新增可能被退回了，请先处理那一条"


def unusual_edits(intake: Intake, block: Block) -> set[int]:
    """The places of a block of edits that must be judged one by one.

    As ``creates.unusual_rows``: what it does not name was made on the record as it stands, says
    something new in each field, and breaks no rule, whatever becomes of the others.
    """
    record = KINDS[block.kind]
    if _must_be_parted(record, block) or not (
        intake.is_all_new(block.ids) and all_well_formed(block)
    ):
        return set(range(len(block.ids)))
    rows = [intake.village.row(block.kind, own) or {} for own in block.records]
    unusual = {
        place
        for place, (row, base) in enumerate(zip(rows, block.bases, strict=True))
        if not row or row["deleted"] or row["revision"] != base
    }
    unusual |= places(block.records, repeated(block.records))
    after = {name: [row.get(name) for row in rows] for name in record.fields}
    for name, column in zip(block.names, block.columns, strict=True):
        pairs = enumerate(zip(after[name], column, strict=True))
        unusual.update(place for place, (before, value) in pairs if before == value)
        after[name] = column
    unusual.update(problems_of_columns(record, list(after), list(after.values())))
    return unusual | doubtful(intake.village, block)


def _must_be_parted(record: type[Record], block: Block) -> bool:
    """Whether edits of this kind, or of these fields, are judged by more than columns show."""
    return (
        record.written
        or record is Grid  # which is given a code
        or looks_back(record)
        or not block.names
        or any(record.fields[name].fixed for name in block.names)
    )


def edit(intake: Intake, change: Change) -> str:
    """Judge one edit. Returns why it is refused; nothing when it has its outcome."""
    record = KINDS[change.kind]
    row = intake.village.row(change.kind, change.record)
    if row is None:
        return _MISSING
    touched = {n: s for n, v in change.values.items() if (s := record.fields[n].problem(v))}
    if touched:
        return sentences(touched)
    if record.written:
        county = {name: row[name] for name in record.fields}
        return sentences(problems_of_edit(record, change.values, county))
    return judge_edit(intake, change, record, row)


def judge_edit(intake: Intake, change: Change, record: type[Record], row: Standing) -> str:
    """Merge what a change touches into a kept record. Returns why it is refused."""
    county = {name: row[name] for name in record.fields}
    if fixed := problems_of_fixed(record, change.values, county):
        return sentences(fixed)
    changed = intake.changed_by_others(change, row)
    if not changed and (ill := record.rule_of_edit(county, {**county, **change.values})):
        # Whoever writes on what stands here knows of it: nothing is passed over in silence.
        return sentences(ill)
    said = record.still_said(change.values, county)
    verdict = merge_edit(said, county, deleted=bool(row["deleted"]), changed_since=changed)
    return settle(intake, change, row, verdict)


def delete(intake: Intake, change: Change) -> str:
    """Judge one deletion. Returns why it is refused; nothing when it has its outcome."""
    record = KINDS[change.kind]
    row = intake.village.row(change.kind, change.record)
    if row is None and intake.went_back_to(change.base):
        # The county forgot the record with what came after its backup: it is gone as wished.
        intake.pass_over(change)
        return ""
    if row is None:
        return _MISSING
    if record.written:
        return f"{record.label}记下以后不能删，只能另记一笔"
    changed = intake.changed_by_others(change, row)
    verdict = merge_delete(deleted=bool(row["deleted"]), changed_since=changed)
    if verdict.delete and (sentence := referrer_problem(intake.village, record, change.record)):
        return sentence
    return settle(intake, change, row, verdict)


def settle(intake: Intake, change: Change, row: Standing, verdict: Merge) -> str:
    """Write what a merge lets stand, and keep the rest as an open conflict.

    Returns why even what should stand cannot, then nothing is written.
    """
    record = KINDS[change.kind]
    if verdict.values:
        county = {name: row[name] for name in record.fields}
        if problems := problems_of_edit(record, verdict.values, county):
            return sentences(problems)
        if sentence := intake.problem(record, change.record, verdict.values):
            return sentence
    before = dict(row)
    deleted = 1 if verdict.delete else int(row["deleted"])
    intake.write(change, CODES[verdict.grade], verdict.values, deleted=deleted)
    # An edit of nothing can lose nothing.
    if verdict.losing:
        _open_conflict(intake, change, before, verdict.losing)
    return ""


def _open_conflict(intake: Intake, change: Change, before: Standing, losing: Sequence[str]) -> None:
    """Keep the losing side whole, where every PC of the village sees it.

    A deletion that lost has touched no field: its other side is an empty object.
    """
    title = before[KINDS[change.kind].title]
    asked: dict[str, Value] = {n: before[n] for n in dict.fromkeys([*change.values, *losing])}
    intake.add_by_county(
        Conflict.kind,
        {
            "record_kind": change.kind,
            "record": change.record,
            "record_title": None if title is None else str(title)[: Conflict.LONGEST_TITLE],
            "fields_in_conflict": ",".join(losing),
            "county_values": values_to_json(asked),
            "other_values": values_to_json(change.values),
            "other_by": change.by.strip() or None,
            "other_at": change.at.strip() or None,
            "other_device": intake.device.name.strip() or None,
            "state": "open",
        },
    )
