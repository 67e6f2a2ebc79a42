"""The outbox as the sync engine sees it: changes taken in order, answers settled in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, func, select

from desktop.storage import histories, proving, searching, settings, tables
from desktop.storage.bringing_again import fall_back
from desktop.storage.holdings import holdings_of, recount
from desktop.storage.receiving import receive
from desktop.storage.settling import settle_outcomes
from desktop.storage.store import Store
from sync.client.ports import Batch, Standpoint, Tally
from sync.proof import seal
from sync.protocol import Change, Era, ExchangeAnswer, Holding, Operation, Rows, to_blocks
from sync.records import KINDS

#: A batch ends before this many bytes of values, so that long notes cannot make it too large.
_LARGEST_BATCH = 4 * 1024 * 1024

_COLUMNS = (
    "number",
    "change",
    "kind",
    "record",
    "operation",
    "base",
    "values_json",
    "by",
    "at",
)

_Entry = Sequence[Any]

_decode = msgspec.json.Decoder(dict[str, str | int | None]).decode


class Outbox:
    """Implements ``sync.client.ports.Store`` on this PC's store.

    Nothing here needs to outlast a power cut: what was answered is answered the same again, and
    what was read is read again from the cursor that went with it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def standpoint(self) -> Standpoint:
        """Where this PC stands; the own village is always named among the cursors."""
        with self._store.read() as connection:
            area = settings.read(connection, settings.AREA)
            read = connection.execute(select(tables.cursor)).all()
            cursors = {area: 0} | {at: revision for at, revision, _ in read}
            eras = {at: era for at, _, era in read if era}
            return Standpoint(area, cursors, eras, seal(holdings_of(connection)))

    def cursors(self) -> dict[str, int]:
        """How far this PC has read, by area."""
        return self.standpoint().cursors

    def fall_back(self, eras: dict[str, Era]) -> None:
        """Read on from what the county still knows; what it forgot waits to be sent again."""
        known = self.standpoint().eras
        with self._store.change() as connection:
            for area, era in eras.items():
                if era.number != known.get(area, 0):
                    fall_back(connection, area, era)
                    connection.exec_driver_sql(
                        "INSERT INTO cursor (area, revision, era) VALUES (?, ?, ?)"
                        " ON CONFLICT (area) DO UPDATE SET era = excluded.era,"
                        " revision = min(revision, excluded.revision)",
                        (area, era.since, era.number),
                    )

    def differing(self, holdings: list[Holding]) -> dict[str, list[str]]:
        """The kinds, by area, of which this PC holds something else than the county."""
        theirs = {(h.area, h.kind): h for h in holdings if h.records and h.kind in KINDS}
        with self._store.read() as connection:
            ours = {(h.area, h.kind): h for h in holdings_of(connection) if h.records}
        wrong = sorted(k for k in theirs | ours if theirs.get(k) != ours.get(k))
        return _by_area(wrong)

    def recount(self) -> None:
        """Make the sums that are compared anew from the records, and with them the search index
        where it has lost its records."""
        with self._store.change(lasting=False) as connection:
            recount(connection)
            searching.put_right(connection)

    def held(self) -> dict[str, list[str]]:
        """The kinds, by area, of which this PC holds something."""
        with self._store.read() as connection:
            return _by_area(sorted((h.area, h.kind) for h in holdings_of(connection)))

    def fields_of(self, kinds: list[str]) -> dict[str, list[str]]:
        """The fields of each kind that this program knows."""
        return proving.fields_of(kinds)

    def contents(self, area: str, kind: str) -> list[int]:
        """The checksum of each bucket of a kind, over what the county gave."""
        with self._store.read() as connection:
            return proving.contents_of(connection, area, kind)

    def mend(self, theirs: Rows, buckets: list[int]) -> dict[str, int]:
        """Put right what differs in some buckets."""
        with self._store.change() as connection:
            return proving.mend(connection, theirs, buckets)

    def waiting(self) -> int:
        """How many changes wait to be sent; refused ones wait for a person instead."""
        with self._store.read() as connection:
            return waiting_in(connection)

    def take(self, limit: int, after: int = 0) -> Batch:
        """Take the oldest waiting changes behind ``after`` and mark their records as being sent."""
        statement = (
            select(*(tables.outbox.c[name] for name in _COLUMNS))
            .where(tables.outbox.c.state == "waiting", tables.outbox.c.number > after)
            .order_by(tables.outbox.c.number)
            .limit(limit + 1)
        )
        if not self.waiting():
            # Nothing to do costs no write.
            return Batch()
        # Read and marked in one transaction: a deletion that is on its way is not taken back.
        with self._store.change(lasting=False) as connection:
            entries = connection.execute(statement).all()
            taken = _that_fit(entries, limit)
            if taken:
                connection.exec_driver_sql(
                    "UPDATE standing SET state = 'sending' WHERE record IN (SELECT record FROM"
                    " outbox WHERE state = 'waiting' AND number BETWEEN ? AND ?)",
                    (taken[0][0], taken[-1][0]),
                )
        return Batch(
            to_blocks([_change(*entry) for entry in taken]),
            [entry[0] for entry in taken],
            more=len(taken) < len(entries),
        )

    def settle(self, batch: Batch, answer: ExchangeAnswer, tally: Tally) -> None:
        """Apply an answer - outcomes, rows and cursors - in one local transaction."""
        nothing_new = not batch.numbers and not answer.rows and not answer.histories
        if nothing_new and answer.cursors == self.cursors():
            # Nothing to do costs no write.
            return
        with self._store.change(lasting=False) as connection:
            settle_outcomes(connection, batch, answer.outcomes, tally)
            for rows in answer.rows:
                receive(connection, rows, tally)
            for told in answer.histories:
                histories.receive(connection, told)
            connection.exec_driver_sql(
                "INSERT INTO cursor (area, revision) VALUES (?, ?)"
                " ON CONFLICT (area) DO UPDATE SET revision = excluded.revision",
                list(answer.cursors.items()),
            )

    def put_back(self) -> None:
        """Mark whatever was being sent as waiting again: the county will say if it knows it."""
        sending = select(tables.standing.c.record).where(tables.standing.c.state == "sending")
        with self._store.read() as connection:
            if connection.execute(sending.limit(1)).first() is None:
                return
        with self._store.change(lasting=False) as connection:
            connection.exec_driver_sql(
                "UPDATE standing SET state = 'waiting' WHERE state = 'sending'"
            )


def _by_area(places: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for area, kind in places:
        found.setdefault(area, []).append(kind)
    return found


def waiting_in(connection: Any) -> int:
    """How many changes wait to be sent."""
    waits = tables.outbox.c.state == "waiting"
    return int(connection.execute(select(func.count()).where(waits)).scalar_one())


def refused_in(connection: Connection) -> int:
    """How many records wait for a person because the county sent changes of them back."""
    refused = tables.outbox.c.state == "refused"
    records = select(func.count(tables.outbox.c.record.distinct())).where(refused)
    return int(connection.execute(records).scalar_one())


def _that_fit(entries: Sequence[_Entry], limit: int) -> Sequence[_Entry]:
    size = 0
    for place, entry in enumerate(entries[:limit]):
        size += len(entry[6])
        if size > _LARGEST_BATCH and place:
            return entries[:place]
    return entries[:limit]


def _change(
    number: int,
    change: str,
    kind: str,
    record: str,
    operation: Operation,
    base: int,
    values_json: str,
    by: str,
    at: str,
) -> Change:
    return Change(change, kind, record, operation, base, _decode(values_json), by, at)
