"""The changes of one request on their way in: what is known of them, answered and written.

The rules are in ``creates`` and ``edits``; here is what they judge by and what they may do.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import repeat

import msgspec
from sqlalchemy import Connection
from uuid_utils import uuid7

from sync.protocol import Block, Change, Code
from sync.records import KINDS, EventStep, Grid, Record, Value, Values
from sync.server import log_runs
from sync.server.accounts import Device
from sync.server.asking import askable
from sync.server.bulk import Row, insert_rows
from sync.server.constraints import village_problem
from sync.server.event_steps import Loops
from sync.server.forms import is_id
from sync.server.grid_codes import GridCodes
from sync.server.holdings import note
from sync.server.judges import Judge
from sync.server.log import (
    COLUMNS,
    Answer,
    Differences,
    Entry,
    answers_of,
    changed_by_others,
    histories_of,
    log_row,
    refused_values,
)
from sync.server.log_runs import run_of
from sync.server.numbering import Numbers
from sync.server.points import KINDS_OF_RIGHTS, Ledger
from sync.server.tables import change_log, log_run
from sync.server.village import Standing, Village

_encode = msgspec.json.Encoder().encode


class Intake:
    """What one transaction takes in, under the lock of the device's own area.

    ``outcomes`` fills up with code, revision, reason and whether again, one a change.
    ``accepted`` are the numbers of changes that stand as they were sent: the PC has those records,
    if it had read them before (``read_to`` is its cursor: an upgraded program reads all anew).
    ``shown`` are the records, by kind, that the PC must be shown as they stand. ``follows`` says
    which earlier changes of the same PC each change stands on (``ExchangeRequest.follows``); None
    takes it to have seen all of them.
    """

    def __init__(
        self,
        connection: Connection,
        device: Device,
        received_at: str,
        numbers: Numbers | None = None,
        follows: Mapping[str, Sequence[str]] | None = None,
        read_to: int = sys.maxsize,
    ) -> None:
        self.device = device
        self.village = Village(connection, device.area)
        self.ledger = Ledger(connection, device.area, device.id)
        #: Who judges new records of a kind by what is there; most kinds need nobody.
        self.judges: dict[str, Judge] = {
            **dict.fromkeys(KINDS_OF_RIGHTS, self.ledger),
            EventStep.kind: Loops(connection, device.area, received_at),
        }
        self.outcomes: list[tuple[Code, int, str, bool]] = []
        self.accepted: set[int] = set()
        #: Records in which the county filled something in.
        self._not_as_sent: set[tuple[str, str]] = set()
        self.shown: defaultdict[str, set[str]] = defaultdict(set)
        self.received_at = received_at
        self._read_to = read_to
        self._connection = connection
        self._numbers = numbers or Numbers(connection, device.area)
        self.grids = GridCodes(connection, device.area, self._numbers)
        self._answers: dict[str, Answer] = {}
        self._twice = False
        self._histories: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._follows = follows
        #: The changes of this request so far, by record.
        self._earlier: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        self._log: list[Row] = []
        self._runs: list[Row] = []

    def load(self, blocks: Sequence[Block], sound: Sequence[Block]) -> None:
        """Read all that the request's blocks ask about; only ``sound`` ones name known fields."""
        ids = [change for block in blocks for change in block.ids]
        asked = askable(ids)
        self._twice = len(asked) != len(ids)
        self._answers = answers_of(self._connection, self.device.area, asked)
        self.village.load(sound)
        for judge in set(self.judges.values()):
            judge.load(sound)
        bases: dict[int, int] = {}
        for block in sound:
            if block.operation != "create" or any(block.bases):
                for record, base in zip(block.records, block.bases, strict=True):
                    if row := self.village.row(block.kind, record):
                        revision = row["revision"]
                        bases[revision] = min(base, bases.get(revision, base))
        found = histories_of(self._connection, self.device.area, bases)
        self._histories = defaultdict(list, found)

    def answer_to(self, change: str) -> Answer | None:
        """What the change was answered before; None for a new one."""
        return self._answers.get(change)

    def is_all_new(self, changes: Sequence[str]) -> bool:
        """Whether none of the changes was handled before or comes twice in this request."""
        return not self._twice and self._answers.keys().isdisjoint(changes)

    def changed_by_others(self, change: Change, row: Standing) -> list[str]:
        """The fields that were changed since the revision that ``change`` was made on, by others
        or by what its PC has forgotten."""
        if change.base == row["revision"]:
            return []
        history = self._histories.get((change.kind, change.record), [])
        values = {name: row[name] for name in KINDS[change.kind].fields}
        mine = partial(self._had_seen, change)
        return changed_by_others(history, values, since=change.base, seen=mine)

    def knew_of_deletion(self, change: Change, row: Standing) -> bool:
        """Whether the writer of ``change`` knew that the record is deleted: it was made on that,
        or follows all that came since."""
        if change.base >= row["revision"]:
            return True
        if self._follows is None:
            return False
        history = self._histories.get((change.kind, change.record), [])
        since = [entry for entry in history if entry.revision > change.base]
        return bool(since) and all(self._had_seen(change, entry) for entry in since)

    def went_back_to(self, base: int) -> bool:
        """Whether ``base`` is the last number the county knew when it went back to a backup, or
        one before: of a PC that knows another era, which went with a backup too."""
        known = self._numbers.known
        return bool(known.era) and (base == known.since or 0 < base < known.since)

    def _had_seen(self, change: Change, entry: Entry) -> bool:
        """Whether the writer of ``change`` had an earlier change before their eyes."""
        if self._follows is None:
            return entry.device == self.device.id
        earlier = self._earlier[change.kind, change.record]
        return entry.change in earlier or entry.change in self._follows.get(change.id, ())

    def problem(self, record: type[Record], own: str, values: Values) -> str:
        """Why ``values`` of the record with the id ``own`` cannot stand in the area, in Chinese;
        empty when they can. Only the values given are looked at."""
        if sentence := village_problem(self.village, record, own, values):
            return sentence
        return self.grids.problem(own, values) if record is Grid else ""

    def repeat(self, change: Change, answer: Answer) -> None:
        """Answer a change that was handled before the same again."""
        self._earlier[change.kind, change.record].add(change.id)
        self.outcomes.append((*answer, True))
        row = self.village.row(change.kind, change.record)
        if (
            answer.revision
            and answer.code == "accepted"
            and not (row and _written_otherwise(change, row))
        ):
            self._note_accepted(change.kind, change.record, change.base, answer.revision)
            if row and row["revision"] != answer.revision:
                # What came after may have reached the PC while the change still covered it there.
                self.shown[change.kind].add(change.record)
        elif row:
            self.shown[change.kind].add(change.record)

    def reject(self, change: Change, sentence: str) -> None:
        """Refuse one change with a reason; nothing is written but that it was refused."""
        row = self.village.row(change.kind, change.record)
        if row and (row["revision"] != change.base or change.operation == "delete"):
            self.shown[change.kind].add(change.record)
        self._settle(change, Answer("rejected", 0, sentence), 0, refused_values(change.values))

    def pass_over(self, change: Change) -> None:
        """Answer a change that wants what is so already; nothing is written."""
        self._settle(change, Answer("merged", 0, ""), 0, None)

    def add(self, change: Change, *, as_sent: bool = True) -> None:
        """Take in a new record; one that does not stand ``as_sent`` the PC will read."""
        if change.kind == Grid.kind:
            stands = self.grids.stamped(change.record, change.values)
            as_sent = as_sent and stands == change.values
            change = msgspec.structs.replace(change, values=stands)
        answer = Answer("accepted", self._numbers.take(), "")
        self._add_row(change, answer.revision)
        self._settle(change, answer, 0, None)
        if not as_sent:
            self._filled_in(change, answer)

    def add_many(self, block: Block, start: int, stop: int, *, as_sent: bool = True) -> None:
        """Take in the new records at the places ``start`` to ``stop`` of a block; what does not
        stand ``as_sent`` the PC will read."""
        part, height = slice(start, stop), stop - start
        first = self._numbers.take(height)
        numbers = range(first, first + height)
        area = [self.device.area] * height
        records, by, at = block.records[part], block.by[part], block.at[part]
        columns = [column[part] for column in block.columns]
        rows = list(zip(area, records, numbers, repeat(0), by, at, *columns, strict=False))
        self.village.add(block.kind, block.names, rows)
        stamp = (self.device.id, self.received_at)
        run = run_of(self.device.area, block, range(start, stop), first, *stamp)
        if run is not None:
            self._runs.append(run)
        else:
            # As log_row makes them, but without a step of Python for each.
            answer = (repeat("accepted"), repeat(""), repeat(None))
            what = (repeat(0), repeat(block.kind), records, repeat("create"), *answer)
            rest = (by, at, *map(repeat, stamp))
            self._log.extend(zip(area, block.ids[part], numbers, *what, *rest, strict=False))
        if as_sent:
            self.accepted.update(numbers)
        self.outcomes.extend(zip(repeat("accepted"), numbers, repeat(""), repeat(False)))

    def write(self, change: Change, code: Code, values: Values, *, deleted: int = 0) -> None:
        """Write what may stand of a change to a record that is there.

        Such a change takes a number also where it writes no field, so that each number belongs to
        one change and every PC sees the record again.
        """
        row = self.village.row(change.kind, change.record)
        assert row is not None  # noqa: S101
        sent, stamped = values, change.kind == Grid.kind and not deleted
        values = self.grids.stamped_edit(change.record, values, row) if stamped else values
        answer, previous = Answer(code, self._numbers.take(), ""), row["revision"]
        fields = self.village.write(
            change.kind, change.record, values, revision=answer.revision, deleted=deleted
        )
        # A later change of this request must not take what this one wrote for another PC's.
        entry = Entry(answer.revision, change.id, self.device.id, change.operation, fields)
        self._histories[change.kind, change.record].insert(0, entry)
        self._settle(change, answer, previous, fields)
        if code != "accepted":
            self.shown[change.kind].add(change.record)
        elif values != sent:
            self._filled_in(change, answer)

    def write_many(self, block: Block, start: int, stop: int) -> None:
        """Write the edits at the places ``start`` to ``stop`` of a block as they were sent: each
        was made on what stands, and none is of the same record as another."""
        part, height, kind = slice(start, stop), stop - start, block.kind
        ids, records, bases = block.ids[part], block.records[part], block.bases[part]
        first = self._numbers.take(height)
        numbers = range(first, first + height)
        heads = zip(numbers, ids, records, bases, strict=True)
        new = zip(*(column[part] for column in block.columns), strict=True)
        said: list[str] = []
        for (number, change, record, base), row in zip(heads, new, strict=True):
            values = dict(zip(block.names, row, strict=True))
            fields = self.village.write(kind, record, values, revision=number, deleted=0)
            entry = Entry(number, change, self.device.id, "edit", fields)
            self._histories[kind, record].insert(0, entry)
            self._earlier[kind, record].add(change)
            self._note_accepted(kind, record, base, number)
            said.append(_encode(fields).decode())
        # As log_row makes them, but without a step of Python for each.
        what = (repeat(kind), records, repeat("edit"), repeat("accepted"), repeat(""), said)
        stamp = (block.by[part], block.at[part], repeat(self.device.id), repeat(self.received_at))
        area = repeat(self.device.area)
        self._log.extend(zip(area, ids, numbers, bases, *what, *stamp, strict=False))
        self.outcomes.extend(zip(repeat("accepted"), numbers, repeat(""), repeat(False)))

    def add_by_county(self, kind: str, values: dict[str, Value], by: str = "") -> str:
        """Add a record that the county itself makes; all PCs of the area will read it. Returns its
        id."""
        record = str(uuid7())
        change = Change(record, kind, record, "create", 0, values, by, self.received_at)
        answer = Answer("accepted", self._numbers.take(), "")
        self._add_row(change, answer.revision)
        self._note(change, answer, 0, None, device="")
        return record

    def save(self) -> None:
        """Write records, log and numbers; the caller commits."""
        self.village.save()
        insert_rows(self._connection, change_log, COLUMNS, self._log)
        insert_rows(self._connection, log_run, log_runs.COLUMNS, self._runs)
        self._log.clear()
        self._runs.clear()
        self.grids.save()
        note(self._connection, self.device.area, self.village.steps)
        self.village.steps.clear()
        self._numbers.keep()

    def _add_row(self, change: Change, revision: int) -> None:
        head = (self.device.area, change.record, revision, 0, change.by, change.at)
        self.village.add(change.kind, list(change.values), [(*head, *change.values.values())])

    def _settle(
        self, change: Change, answer: Answer, previous: int, fields: Differences | None
    ) -> None:
        self.outcomes.append((*answer, False))
        self._earlier[change.kind, change.record].add(change.id)
        if answer.code == "accepted":
            self._note_accepted(change.kind, change.record, change.base, answer.revision)
        if is_id(change.id):
            self._answers[change.id] = answer
            self._note(change, answer, previous, fields, self.device.id)

    def _note_accepted(self, kind: str, record: str, base: int, revision: int) -> None:
        if base <= self._read_to and (kind, record) not in self._not_as_sent:
            self.accepted.add(revision)

    def _filled_in(self, change: Change, answer: Answer) -> None:
        """What the county filled in itself the PC reads with this answer, however much lies unread
        before it, and whatever else it sent of the record behind it."""
        self.accepted.discard(answer.revision)
        self.shown[change.kind].add(change.record)
        self._not_as_sent.add((change.kind, change.record))

    def _note(
        self,
        change: Change,
        answer: Answer,
        previous: int,
        fields: Differences | None,
        device: str,
    ) -> None:
        stamp = (device, self.received_at)
        self._log.append(log_row(self.device.area, change, answer, previous, fields, stamp))


def _written_otherwise(change: Change, row: Standing) -> bool:
    """Whether a record that nobody edits, or a grid, stands otherwise than it is sent: the county
    has filled something in."""
    record = KINDS[change.kind]
    return (record.written or record is Grid) and any(
        row[n] != change.values.get(n) for n in record.fields
    )
