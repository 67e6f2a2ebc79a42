"""What the county made of our changes, written down: accepted, merged, in conflict, refused."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, count
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy import Connection, select, update

from desktop.storage import derived, histories, holdings, making, searching, settings, settled
from desktop.storage.driver import carry_out, tuples_of
from desktop.storage.layers import Entry, lay_on, layers_of, refused_of, take_off
from desktop.storage.standing import mark_each, none_is_sent, restate, under_way
from desktop.storage.superseded import renew_refused
from desktop.storage.told_again import told_again
from sync.client.ports import Batch, Tally
from sync.proof import Step
from sync.protocol import Block, Outcome
from sync.records import KINDS, Record

_COUNTED = {"merged": "merged", "conflict": "conflicts", "rejected": "refused"}


@dataclass
class _Sorted:
    """Outcomes by what is to be done: outbox numbers, reasons, and by kind what records become."""

    settled: list[int] = field(default_factory=list)
    #: Edits and deletions that stand as they were sent: their revision by outbox number.
    stand: dict[int, int] = field(default_factory=dict)
    #: Those of them that had been answered before.
    again: dict[int, int] = field(default_factory=dict)
    refused: list[tuple[str, int]] = field(default_factory=list)
    deletions_refused: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    #: Deletions of what the county does not know.
    unknown: list[tuple[str, str]] = field(default_factory=list)
    revisions: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    #: By record, the revisions of new ones, which most likely had none yet.
    first: dict[str, dict[str, int]] = field(default_factory=dict)
    #: By kind, what this PC has made and the county took in as new.
    made: defaultdict[str, list[str]] = field(default_factory=partial(defaultdict, list))
    states: list[tuple[str, str, str]] = field(default_factory=list)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    #: New records that simply stand at the county now, and all others.
    arrived: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


class Ahead(NamedTuple):
    """What is looked up of the edits and deletions of a batch while the county works: what the
    history will say, by place in the outbox; and by kind and id where each record lies (its row)
    and the revision that it has."""

    told: Mapping[int, histories.Kept] = MappingProxyType({})
    here: Mapping[str, Mapping[str, tuple[int, int]]] = MappingProxyType({})


def look_ahead(connection: Connection, batch: Batch) -> Ahead:
    """Look up what settling the batch will need. What the history will say of records with a
    refused change is looked up later: what the others cover changes if a person gives that up
    meanwhile."""
    refused = "SELECT DISTINCT record FROM outbox WHERE state = 'refused'"
    undecided = {record for (record,) in tuples_of(connection, refused)}
    numbers: list[int] = []
    records: defaultdict[str, list[str]] = defaultdict(list)
    start = 0
    for block in batch.blocks:
        stop = start + len(block.ids)
        if block.operation != "create":
            places = zip(batch.numbers[start:stop], block.records, strict=True)
            numbers += [number for number, record in places if record not in undecided]
            records[block.kind] += block.records
        start = stop
    if not records:
        return Ahead()
    area = settings.read(connection, settings.AREA)
    here = {kind: _revisions(connection, area, kind, ids) for kind, ids in records.items()}
    return Ahead(histories.told_of(connection, numbers), here)


def settle_outcomes(
    connection: Connection,
    batch: Batch,
    outcomes: Iterable[Outcome],
    tally: Tally,
    ahead: Ahead = Ahead(),  # noqa: B008 (it never changes)
) -> None:
    """Write down the outcomes of a batch. What the county took in leaves the outbox; what it
    refused stays there, with the reason, until a person edits it or gives it up. What was looked
    up ``ahead`` is of this very batch."""
    if not batch.numbers:
        return
    done = _sort(batch, outcomes, _overtaken(connection, batch))
    for (what, kind), number in done.told.items():
        tally.count(what, kind, number)
    told = ahead.told
    if done.again:
        told = {**told, **told_again(connection, done.again)}
    histories.note_taken_in(connection, done.stand, told)
    carry_out(
        connection, "UPDATE outbox SET state = 'refused', reason = ? WHERE number = ?", done.refused
    )
    done.others += renew_refused(connection, batch.numbers[0], batch.last, done.settled)
    by_line = under_way(connection) > 0
    if by_line and _nothing_else_waits(connection, batch, done):
        settled.note(connection, batch.last)
    else:
        runs = _runs(done.settled)
        carry_out(connection, "DELETE FROM outbox WHERE number BETWEEN ? AND ?", runs)
    _give_up_with(connection, done.deleted)
    area = settings.read(connection, settings.AREA)
    making.note(connection, area, done.made)
    for kind, revisions in done.first.items():
        _number_new(connection, area, kind, revisions)
    for kind, rows in done.revisions.items():
        _number(connection, area, kind, rows, ahead.here.get(kind, {}))
    for kind, record in done.unknown:
        _forget(connection, area, kind, record)
    for kind, record in done.deletions_refused:
        bring_back(connection, kind, record)
    mark_each(connection, done.states)
    # By line, new records are let go of with the last batch, all at once: each batch would write
    # every page of the marks' key once more.
    restate(connection, done.others if by_line else [*done.others, *done.arrived])
    if by_line and not batch.more:
        none_is_sent(connection)
    for kind in {block.kind for block in batch.blocks}:
        blocks = (block.records for block in batch.blocks if block.kind == kind)
        derived.touched(connection, kind, chain.from_iterable(blocks))


def _number(
    connection: Connection,
    area: str,
    kind: str,
    rows: Sequence[tuple[int, str]],
    known: Mapping[str, tuple[int, int]],
) -> None:
    """Give records the revisions that the county gave them, and count them as held. Those that are
    ``known`` need not be looked for."""
    if not all(record in known for _, record in rows):
        known = _revisions(connection, area, kind, [record for _, record in rows])
    here = dict(known)
    steps: list[Step] = []
    updates: list[tuple[int, int, str, int]] = []
    for new, record in rows:
        row, before = here.get(record, (0, new))
        # A PC may have pulled a newer revision meanwhile.
        if before < new:
            steps.append((record, new, before))
            updates.append((new, row, record, before))
            here[record] = (row, new)
    sql = f"UPDATE {kind} SET revision = ? WHERE rowid = ? AND id = ? AND revision"  # noqa: S608
    if carry_out(connection, f"{sql} = ?", updates) == len(updates):
        holdings.note(connection, area, kind, steps)
        return
    # Another sync of this PC has read some since they were looked up.
    later = [(new, row, record, new) for new, row, record, _ in updates]
    carry_out(connection, f"{sql} < ?", later)
    holdings.recount(connection)


def _revisions(
    connection: Connection, area: str, kind: str, records: Sequence[str]
) -> dict[str, tuple[int, int]]:
    """The row of each record, and the revision that it has."""
    found = tuples_of(
        connection,
        f"SELECT id, rowid, revision FROM {kind} WHERE area = ?"  # noqa: S608 - our own names
        " AND id IN (SELECT value FROM json_each(?))",
        (area, json.dumps(records)),
    )
    return {record: (row, revision) for record, row, revision in found}


def _number_new(connection: Connection, area: str, kind: str, revisions: Mapping[str, int]) -> None:
    """The same for records that are new to the county, without asking for each first."""
    sql = (
        f"UPDATE {kind} SET revision = new.value FROM json_each(?) new WHERE {kind}.rowid ="  # noqa: S608
        # Asked so, SQLite goes from the new revisions to the records, not the other way round.
        f" (SELECT rowid FROM {kind} WHERE area = ? AND id = new.key) AND revision"
    )
    values = (json.dumps(revisions), area)
    if carry_out(connection, f"{sql} = 0", [values]) == len(revisions):
        steps = ((record, revision, 0) for record, revision in revisions.items())
        holdings.note(connection, area, kind, steps)
        return
    # Some had one: read at another sync meanwhile, or another PC entered the same person.
    carry_out(connection, f"{sql} < new.value", [values])
    holdings.recount(connection)


def _forget(connection: Connection, area: str, kind: str, record: str) -> None:
    """Let go of a deleted record that the county does not know (any more)."""
    sql = f"DELETE FROM {kind} WHERE area = ? AND id = ? AND revision = 0 AND deleted"  # noqa: S608
    carry_out(connection, sql, [(area, record)])


def _overtaken(connection: Connection, batch: Batch) -> set[int]:
    """The places in the outbox that have been settled since the batch was taken: another sync of
    this PC may have, and a person may have gone on from there."""
    first, last = batch.numbers[0], batch.last
    waits = f"FROM outbox WHERE {settled.WAITS} AND number BETWEEN ? AND ?"
    ((still,),) = tuples_of(connection, f"SELECT count(*) {waits}", (first, last))
    if still == len(batch.numbers) == last - first + 1:
        return set()
    left = tuples_of(connection, f"SELECT number {waits}", (first, last))
    return set(batch.numbers).difference(number for (number,) in left)


def _nothing_else_waits(connection: Connection, batch: Batch, done: _Sorted) -> bool:
    """Whether all that waits up to the end of the batch is settled by it."""
    waits = f"SELECT count(*) FROM outbox WHERE {settled.WAITS} AND number <= ?"  # noqa: S608
    ((waiting,),) = tuples_of(connection, waits, (batch.last,))
    return bool(waiting == len(done.settled))


def _sort(batch: Batch, outcomes: Iterable[Outcome], overtaken: Set[int]) -> _Sorted:
    done = _Sorted()
    for block, start, places, run in _stretches(batch, outcomes):
        stop = start + len(places)
        numbers = batch.numbers[places.start : places.stop]
        records = block.records[start:stop]
        new = block.operation == "create" and not any(block.bases[start:stop])
        taken_in = run.code == "accepted" and run.revision and overtaken.isdisjoint(numbers)
        if taken_in and (new or block.operation == "edit"):
            # What most of a sync is, without a step of Python for each.
            revision = run.revision + places.start - run.first
            if new:
                done.first.setdefault(block.kind, {}).update(zip(records, count(revision)))
                done.made[block.kind] += records
                done.arrived += records
            else:
                done.revisions.setdefault(block.kind, []).extend(zip(count(revision), records))
                done.stand.update(zip(numbers, count(revision)))
                if run.again:
                    done.again.update(zip(numbers, count(revision)))
                done.others += records
            done.settled.extend(numbers)
            done.told["sent", block.kind] += len(numbers)
            continue
        done.others += records
        for place, number in enumerate(numbers, start):
            if number not in overtaken:
                revision = run.revision and run.revision + places.start - run.first + place - start
                _sort_one(done, block, place, number, run, revision)
    return done


def _stretches(
    batch: Batch, outcomes: Iterable[Outcome]
) -> Iterator[tuple[Block, int, range, Outcome]]:
    """Changes of one block with one outcome: the block, the place of the first in it, and their
    places in the batch."""
    runs = iter(outcomes)
    run, begin = next(runs, None), 0
    for block in batch.blocks:
        end = begin + len(block.ids)
        while run is not None and run.first < end:
            places = range(max(run.first, begin), min(run.first + run.count, end))
            yield block, places.start - begin, places, run
            if run.first + run.count > end:
                break
            run = next(runs, None)
        begin = end


def _sort_one(
    done: _Sorted, block: Block, place: int, number: int, outcome: Outcome, revision: int
) -> None:
    record, code = block.records[place], outcome.code
    done.told["sent", block.kind] += 1
    if revision:
        done.revisions.setdefault(block.kind, []).append((revision, record))
    if code != "accepted":
        done.told[_COUNTED[code], block.kind] += 1
    if code == "rejected":
        done.refused.append((outcome.reason, number))
        if block.operation == "delete":
            done.deletions_refused.append((block.kind, record))
        return
    done.settled.append(number)
    if code == "accepted":
        if block.operation == "create" and not block.bases[place]:
            done.made[block.kind].append(record)
        else:
            done.stand[number] = revision
            if outcome.again:
                done.again[number] = revision
    if block.operation == "delete" and not revision:
        done.unknown.append((block.kind, record))
    if code != "accepted":
        done.states.append((record, block.kind, code))
    if block.operation == "delete" and code != "conflict":
        done.deleted.append(record)


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of numbers that follow one another."""
    if numbers and numbers[-1] - numbers[0] == len(numbers) - 1:
        return [(numbers[0], numbers[-1])]
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs


def _give_up_with(connection: Connection, deleted: Sequence[str]) -> None:
    """What was refused of a record is of no use to anybody once the record is deleted: it is given
    up, and kept in the history as what a person gives up."""
    layers = layers_of(connection, deleted) if deleted else {}
    for record_id, entries in layers.items():
        if refused := refused_of(entries):
            histories.note_given_up(connection, refused)
            gone = [(entry["number"],) for entry in refused]
            carry_out(connection, "DELETE FROM outbox WHERE number = ?", gone)
            left = [entry for entry in entries if entry not in refused]
            _lay_anew(connection, KINDS[entries[0]["kind"]], record_id, entries, left)


def _lay_anew(
    connection: Connection,
    record: type[Record],
    record_id: str,
    before: Sequence[Entry],
    after: Sequence[Entry],
) -> None:
    """Let a record be what the county has with other layers on top than ``before``."""
    mine = record.table.c.id == record_id
    row = connection.execute(select(record.table).where(mine)).mappings().one()
    county = take_off({name: row[name] for name in record.fields}, before)
    values = lay_on(connection, county, after)
    connection.execute(update(record.table).where(mine).values(values))


def bring_back(connection: Connection, kind: str, record_id: str) -> None:
    """A deletion that was refused: the record shows again, marked, so that a person sees it."""
    table = KINDS[kind].table
    connection.execute(update(table).where(table.c.id == record_id).values(deleted=0))
    row = connection.execute(select(table).where(table.c.id == record_id)).mappings().one()
    searching.put(connection, KINDS[kind], row["area"], [(record_id, dict(row))])
