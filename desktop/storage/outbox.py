"""The outbox as the sync engine sees it: changes taken in order, answers settled in one go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from desktop.storage import histories, proving, searching, settings, tables, transfers
from desktop.storage.bringing_again import fall_back
from desktop.storage.driver import carry_out, tuples_of
from desktop.storage.holdings import holdings_of, recount
from desktop.storage.ledger import note_neighbours
from desktop.storage.receiving import receive
from desktop.storage.settled import WAITS
from desktop.storage.settling import Ahead, look_ahead, settle_outcomes
from desktop.storage.standing import none_is_sent, on_the_way, under_way
from desktop.storage.store import Store
from desktop.storage.unreadable import refuse
from sync.client.ports import LARGEST, Batch, Standpoint, Tally
from sync.proof import seal
from sync.protocol import Block, Era, ExchangeAnswer, Holding, Rows
from sync.records import KINDS
from sync.records.base import bulky_in_one_message
from sync.records.divisions import county_of

_WAIT = f"FROM outbox WHERE {WAITS}"
_ENTRIES = (
    'SELECT number, change, kind, record, operation, base, values_json, "by", at, after_json'
    f" {_WAIT} AND "
)
_TAKE = _ENTRIES + "number > ? ORDER BY number LIMIT ?"
_AMONG = _ENTRIES + "change IN (SELECT value FROM json_each(?)) ORDER BY number"  # noqa: S608

# Where nothing was read, this PC has what it had.
_READ = (
    "INSERT INTO cursor (area, revision, whole) VALUES (?, ?, ?) ON CONFLICT (area)"
    " DO UPDATE SET revision = excluded.revision,"
    " whole = excluded.whole OR (whole AND revision = excluded.revision)"
)

_Entry = Sequence[Any]
_NOTHING = "[]"

_decode = msgspec.json.Decoder(list[dict[str, str | int | None]]).decode


class Outbox:
    """Implements ``sync.client.ports.Store`` on this PC's store.

    Nothing here needs to outlast a power cut: what was answered is answered the same again, and
    what was read is read again from the cursor that went with it.
    """

    def __init__(self, store: Store, *, waits: bool = False, by_stick: bool = False) -> None:
        """``waits`` tells that something waits to be sent, where that is known. An answer that came
        ``by_stick`` may be old, and says nothing of what was read since."""
        self._store = store
        self._by_stick = by_stick
        self._waits = waits
        # A sync that was killed may have left some.
        self._may_be_sending = True
        #: Whether more goes or comes than fits into one message: memory must not grow with it.
        self._much = False
        #: How far this PC has read, as this sync knows it.
        self._read: dict[str, int] = {}
        #: What this PC holds since the last answer, where both ends are to be compared.
        self._held: list[Holding] | None = None
        #: What was looked up of the batch that is under way.
        self._ahead = Ahead()
        #: The kind of each change that was refused here, until it is told.
        self._refused_here: list[str] = []

    def begin(self, limit: int, largest: int = LARGEST) -> tuple[Standpoint, Batch]:
        """Where this PC stands, and what it sends first."""
        waits, self._waits = self._waits, False
        if not waits:
            with self._store.read() as connection:
                here = _standpoint(connection)
                waits = bool(tuples_of(connection, f"SELECT 1 {_WAIT} LIMIT 1"))
                # A sync that was killed may have left some. Nothing to do costs no write.
                self._may_be_sending = waits or under_way(connection) > 0
            if not waits:
                self._read = here.cursors
                return here, Batch()
        self._may_be_sending = True
        with self._changing() as connection:
            here = _standpoint(connection)
            batch = self._taken(connection, limit, 0, largest)
        self._read = here.cursors
        return here, batch

    def standpoint(self) -> Standpoint:
        """Where this PC stands; the own village is always named among the cursors."""
        with self._store.read() as connection:
            return _standpoint(connection)

    def cursors(self) -> dict[str, int]:
        """How far this PC has read, by area."""
        return self.standpoint().cursors

    def fall_back(self, eras: dict[str, Era]) -> None:
        """Read on from what the county still knows; what it forgot waits to be sent again. Of a
        village that this PC has left, nothing is kept."""
        self._held = None
        here = self.standpoint()
        ours = (here.area, county_of(here.area))
        with self._store.change() as connection:
            for area, era in eras.items():
                if area in ours and era.number != here.eras.get(area, 0):
                    since = _known_to_both(connection, area, era)
                    fall_back(connection, area, Era(era.number, since))
                    transfers.queue_again(connection, area, self._store.files)
                    connection.exec_driver_sql(
                        "INSERT INTO cursor (area, revision, era, since) VALUES (?, ?, ?, ?)"
                        " ON CONFLICT (area) DO UPDATE SET era = excluded.era, whole = 0,"
                        " since = excluded.since, revision = min(revision, ?)",
                        (area, since, era.number, era.since, since),
                    )

    def differing(self, holdings: list[Holding]) -> dict[str, list[str]]:
        """The kinds, by area, of which this PC holds something else than the county."""
        theirs = {(h.area, h.kind): h for h in holdings if h.records and h.kind in KINDS}
        held, self._held = self._held, None
        if held is None:
            with self._store.read() as connection:
                held = holdings_of(connection)
        ours = {(h.area, h.kind): h for h in held if h.records}
        wrong = sorted(k for k in theirs | ours if theirs.get(k) != ours.get(k))
        return _by_area(wrong)

    def recount(self) -> None:
        """Make the sums that are compared anew from the records, and with them the search index
        where it has lost its records."""
        self._held = None
        with self._store.change(lasting=False) as connection:
            recount(connection)
            searching.put_right(connection)

    def everything(self) -> dict[str, list[str]]:
        """Every kind, by area, of which this PC may hold something: it may have lost all of it."""
        area = self._store.setting(settings.AREA)
        return {of: sorted(KINDS) for of in (area, county_of(area))}

    def fields_of(self, kinds: list[str]) -> dict[str, list[str]]:
        """The fields of each kind that this program knows."""
        return proving.fields_of(kinds)

    def contents(self, area: str, kind: str) -> list[int]:
        """The checksum of each bucket of a kind, over what the county gave."""
        with self._store.read(frugal=True) as connection:
            return proving.contents_of(connection, area, kind)

    def mend(self, theirs: Rows, buckets: list[int]) -> dict[str, int]:
        """Put right what differs in some buckets."""
        self._held = None
        with self._store.change(frugal=True) as connection:
            return proving.mend(connection, theirs, buckets, self._store.files)

    def waiting(self) -> int:
        """How many changes wait to be sent; refused ones wait for a person instead."""
        with self._store.read(frugal=self._much) as connection:
            return waiting_in(connection)

    def take(self, limit: int, after: int = 0, largest: int = LARGEST) -> Batch:
        """Take the oldest waiting changes behind ``after``, at most ``limit`` of them and
        ``largest`` bytes of values, and note that they are on their way."""
        self._may_be_sending = True
        with self._changing() as connection:
            return self._taken(connection, limit, after, largest)

    def _taken(self, connection: Connection, limit: int, after: int, largest: int) -> Batch:
        # Read and noted in one transaction: a deletion that is on its way is not taken back.
        entries = tuples_of(connection, _TAKE, (after, limit + 1))
        taken = _that_fit(entries, limit, largest)
        if taken:
            on_the_way(connection, taken[-1][0])
        self._much |= len(taken) < len(entries)
        unreadable: list[int] = []
        batch = _batch(taken, unreadable, more=len(taken) < len(entries))
        if unreadable:
            self._refused_here += refuse(connection, unreadable)
        return batch

    def expect(self, batch: Batch) -> None:
        """The batch is under way: look up meanwhile what is needed once it is answered."""
        with self._store.read(frugal=self._much) as connection:
            self._ahead = look_ahead(connection, batch)

    def settle(self, batch: Batch, answer: ExchangeAnswer, tally: Tally) -> None:
        """Apply an answer - outcomes, rows and cursors - in one local transaction."""
        self._held = None
        while self._refused_here:
            tally.count("refused", self._refused_here.pop())
        nothing_new = not batch.numbers and not answer.rows and not answer.histories
        if nothing_new and self._has_read(answer.cursors):
            # Nothing to do costs no write.
            return
        self._much |= answer.remaining > 0
        ahead, self._ahead = self._ahead, Ahead()
        # The disk is waited for while the county works on the next batch, if at all.
        with self._store.change(lasting=batch.more, frugal=self._much) as connection:
            if not _ours(connection, answer):
                # It was asked for before this PC changed its village.
                return
            settle_outcomes(connection, batch, answer.outcomes, tally, ahead)
            for rows in answer.rows:
                receive(connection, rows, tally, self._store.files)
            note_neighbours(connection, answer.devices)
            for told in answer.histories:
                histories.receive(connection, told)
            # Whoever leaves a village is told no more of it.
            whole = answer.remaining == 0 and answer.move is None and not self._by_stick
            carry_out(connection, _READ, [(*read, whole) for read in answer.cursors.items()])
            self._held = holdings_of(connection) if answer.holdings else None
        self._read = {**self._read, **answer.cursors}
        if batch.numbers:
            # Whatever waited when this sync began was taken in turn, and has its answer now.
            self._may_be_sending &= batch.more

    def put_back(self) -> None:
        """Mark whatever was being sent as waiting again: the county will say if it knows it."""
        if not self._may_be_sending:
            return
        with self._store.change(lasting=False) as connection:
            none_is_sent(connection)

    def _changing(self) -> AbstractContextManager[Connection]:
        return self._store.change(lasting=False, frugal=self._much)

    def _has_read(self, cursors: dict[str, int]) -> bool:
        """Whether this PC has read as far in each of these areas already."""
        read = self._read or self.cursors()
        return all(read.get(area) == revision for area, revision in cursors.items())


def _standpoint(connection: Connection) -> Standpoint:
    area = settings.read(connection, settings.AREA)
    read = tuples_of(connection, "SELECT area, revision, era, whole FROM cursor")
    cursors = {area: 0} | {at: revision for at, revision, _, _ in read}
    eras = {at: era for at, _, era, _ in read if era}
    whole = any(at == area and whole for at, _, _, whole in read)
    return Standpoint(area, cursors, eras, seal(holdings_of(connection)), whole)


def _known_to_both(connection: Connection, area: str, era: Era) -> int:
    """The last number that means the same at the county and on this PC.

    An era is named by its first number. One that begins behind all that the county remembers went
    with the backup: the county may have given the numbers behind ``since`` to others meanwhile.
    """
    here = tuples_of(connection, "SELECT era, since FROM cursor WHERE area = ?", (area,))
    forgotten = [since for begun, since in here if begun > era.since]
    return min([era.since, *forgotten])


def _ours(connection: Connection, answer: ExchangeAnswer) -> bool:
    """Whether the answer tells only of the village that this PC works for, and of the county."""
    area = settings.read(connection, settings.AREA)
    told = {rows.area for rows in answer.rows} | {told.area for told in answer.histories}
    return (told | answer.cursors.keys()) <= {area, county_of(area)}


def _by_area(places: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for area, kind in places:
        found.setdefault(area, []).append(kind)
    return found


def copies_in(connection: Connection, limit: int, unreadable: list[int]) -> Iterator[Batch]:
    """All that waits as one moment shows it, page by page, for a file: nothing is marked, and it
    waits for a line all the same. The places of what is ``unreadable`` are gathered."""
    after, more = 0, True
    while more:
        entries = tuples_of(connection, _TAKE, (after, limit + 1))
        taken = _that_fit(entries, limit, LARGEST)
        more = len(taken) < len(entries)
        if taken:
            after = taken[-1][0]
            yield _batch(taken, unreadable, more=more)


def waiting_among(connection: Connection, changes: Sequence[str]) -> tuple[Batch, list[int]]:
    """Those of ``changes`` (ids) that wait still, as they were taken, and the place of each in
    ``changes``."""
    places = {change: place for place, change in enumerate(changes)}
    found = tuples_of(connection, _AMONG, (json.dumps(changes),))
    batch = _batch(found, [])
    return batch, [places[change] for block in batch.blocks for change in block.ids]


def waiting_in(connection: Connection) -> int:
    """How many changes wait to be sent."""
    ((waits,),) = tuples_of(connection, f"SELECT count(*) {_WAIT}")
    return int(waits)


def sent_in(connection: Connection) -> int:
    """How many of these are on their way to the county."""
    upto = (under_way(connection),)
    ((sent,),) = tuples_of(connection, f"SELECT count(*) {_WAIT} AND number <= ?", upto)
    return int(sent)


def _batch(entries: Sequence[_Entry], unreadable: list[int], *, more: bool = False) -> Batch:
    """These entries, but for those that nobody can read: their places are added to
    ``unreadable``."""
    try:
        blocks, follows = _to_blocks(entries), _follows(entries)
    except ValueError:
        # Read one by one only now: nearly every sync has none.
        read = [entry for entry in entries if _is_readable(entry)]
        if len(read) == len(entries):
            raise
        unreadable += {entry[0] for entry in entries} - {entry[0] for entry in read}
        return _batch(read, unreadable, more=more)
    return Batch(blocks, [entry[0] for entry in entries], more=more, follows=follows)


def _is_readable(entry: _Entry) -> bool:
    try:
        _to_blocks([entry])
        _follows([entry])
    except ValueError:
        return False
    return True


def refused_in(connection: Connection) -> int:
    """How many records wait for a person because the county sent changes of them back."""
    refused = tables.outbox.c.state == "refused"
    records = select(func.count(tables.outbox.c.record.distinct())).where(refused)
    return int(connection.execute(records).scalar_one())


def _follows(taken: Sequence[_Entry]) -> dict[str, list[str]]:
    """Which changes each follows, beside those of this batch: the county sees that itself."""
    here = {entry[1] for entry in taken}
    named = ((entry[1], json.loads(entry[-1])) for entry in taken if entry[-1] != _NOTHING)
    found = {change: [one for one in after if one not in here] for change, after in named}
    return {change: after for change, after in found.items() if after}


def _that_fit(entries: Sequence[_Entry], limit: int, largest: int) -> Sequence[_Entry]:
    size = bulky = 0
    most_bulky = bulky_in_one_message(limit)
    of_bulk = {kind for kind, record in KINDS.items() if record.bulky}
    for place, entry in enumerate(entries[:limit]):
        size += len(entry[6])
        bulky += entry[2] in of_bulk
        if (size > largest or bulky > most_bulky) and place:
            return entries[:place]
    return entries[:limit]


def _to_blocks(entries: Sequence[_Entry]) -> list[Block]:
    """The changes by columns, consecutive ones of one shape together; without a step of Python for
    each field of each change."""
    values = _decode(f"[{','.join([entry[6] for entry in entries])}]")
    shapes = [(entry[2], entry[4], *v) for entry, v in zip(entries, values, strict=True)]
    blocks, start = [], 0
    for (kind, operation, *names), run in groupby(shapes):
        stop = start + len(list(run))
        heads = map(list, zip(*entries[start:stop], strict=True))
        _, ids, _, records, _, bases, _, by, at, _ = heads
        columns = list(map(list, zip(*map(dict.values, values[start:stop]), strict=True)))
        blocks.append(Block(kind, operation, names, ids, records, bases, by, at, columns))
        start = stop
    return blocks
