"""New records: a whole block at once where nothing is unusual, one by one where something is."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sync.merge import merge_create
from sync.protocol import Block, Change
from sync.records import KINDS, Grid, PointsHandover, PointsRequest, Record, Value, Values
from sync.records.checks import problems_of, problems_of_columns
from sync.server.constraints import doubtful, places, repeated, sentences
from sync.server.edits import judge_edit, settle
from sync.server.forms import all_well_formed
from sync.server.intake import Intake
from sync.server.points import KINDS_OF_RIGHTS
from sync.server.village import Standing

#: What a handover out of the pool says.
FROM_POOL = "县里移交"


def unusual_rows(intake: Intake, block: Block) -> set[int]:
    """The places of a block of creates that must be judged one by one.

    Looks along the columns, which is many times faster than along the rows, and errs to the safe
    side: what it does not name breaks no rule, whatever becomes of the others.
    """
    if not (intake.is_all_new(block.ids) and all_well_formed(block)):
        return set(range(len(block.ids)))
    record = KINDS[block.kind]
    unusual = set(problems_of_columns(record, block.names, block.columns))
    if not block.columns:
        unusual.update(range(len(block.ids)))
    unusual.update(_taken_ids(intake, block))
    unusual.update(doubtful(intake.village, block))
    if record is Grid:
        # Each is given a code.
        unusual.update(range(len(block.ids)))
    if judge := intake.judges.get(block.kind):
        unusual.update(judge.unusual(block))
    return unusual


def runs(height: int, unusual: set[int]) -> Iterator[tuple[int, int]]:
    """The stretches from 0 to ``height`` between the unusual places, and each of those alone."""
    start = 0
    for place in sorted(unusual):
        if start < place:
            yield start, place
        yield place, place + 1
        start = place + 1
    if start < height:
        yield start, height


def create(intake: Intake, change: Change) -> str:
    """Judge one new record. Returns why it is refused; nothing when it has its outcome."""
    record, sent = KINDS[change.kind], change.values
    row = intake.village.row(change.kind, change.record)
    judge = intake.judges.get(change.kind)
    if judge:
        change = msgspec.structs.replace(change, values=judge.stamped(change, row))
    if problems := problems_of(record, change.values):
        return sentences(problems)
    if row is not None:
        return _create_again(intake, change, record, row)
    if record is Grid and change.base and intake.grids.problem(change.record, change.values):
        # Told again after a backup was put back, and somebody has got the code meanwhile.
        change = msgspec.structs.replace(change, values={**change.values, "code": None})
    if sentence := intake.problem(record, change.record, change.values):
        return sentence
    if judge and (sentence := judge.problem(change)):
        return sentence
    as_sent = all(change.values.get(n) == sent.get(n) for n in (*change.values, *sent))
    if change.kind in KINDS_OF_RIGHTS:
        _add_of_ledger(intake, change, as_sent=as_sent)
    else:
        intake.add(change, as_sent=as_sent)
    if judge:
        judge.note(change.kind, change.record, change.values)
    return ""


def _add_of_ledger(intake: Intake, change: Change, *, as_sent: bool) -> None:
    """Take in what changes the right to spend points; the pool helps out with what nobody holds."""
    ledger, kind, values = intake.ledger, change.kind, change.values
    wanted = ledger.wanted_of_pool(kind, values)
    if kind == PointsRequest.kind and change.base:
        # What it brought is told again too.
        wanted = 0
    # A PC asks before it is given to, and is given to before it spends: whoever reads up to any
    # number finds no right below zero.
    if kind == PointsRequest.kind:
        intake.add(change, as_sent=as_sent)
    if wanted:
        given: dict[str, Value] = {
            "subject": values["subject"],
            "to_device": values["device"],
            "points": wanted,
            "note": FROM_POOL,
        }
        record = intake.add_by_county(PointsHandover.kind, given)
        ledger.note(PointsHandover.kind, record, given)
    if kind != PointsRequest.kind:
        intake.add(change, as_sent=as_sent)


def _create_again(intake: Intake, change: Change, record: type[Record], row: Standing) -> str:
    """A record that is there already: two PCs entered it, or one enters anew what was deleted, or
    what the county forgot (then ``base`` is the last number it can tell)."""
    county = {name: row[name] for name in record.fields}
    if record.written:
        if any(county[name] != value for name, value in change.values.items()):
            return f"{record.label}记下以后不能改，只能另记一笔"
        # It keeps its number, and so its place among those that follow it.
        intake.pass_over(change)
        intake.shown[change.kind].add(change.record)
        return ""
    if row["deleted"] and intake.knew_of_deletion(change, row):
        return _revive(intake, change, record, county)
    if change.base:
        return judge_edit(intake, change, record, row)
    verdict = merge_create(change.values, county, deleted=bool(row["deleted"]))
    return settle(intake, change, row, verdict)


def _revive(intake: Intake, change: Change, record: type[Record], county: Values) -> str:
    """Enter a deleted record anew; the cadre knew of the deletion, so it is no conflict.

    A field that the PC does not name may be one that its program does not know: it stays. Such a
    PC is shown the record, for it may also have meant to empty what it did not name.
    """
    values = {**county, **change.values}
    if sentence := intake.problem(record, change.record, values):
        return sentence
    silent = any(county[n] is not None for n in record.fields if n not in change.values)
    intake.write(change, "merged" if silent else "accepted", dict(change.values))
    return ""


def _taken_ids(intake: Intake, block: Block) -> set[int]:
    taken = repeated(block.records) | intake.village.known(block.kind, block.records)
    return places(block.records, taken)
