"""The outbox as the sync engine sees it: changes taken in order, answers settled in one go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Select, func, select

from desktop.storage import settings, tables
from desktop.storage.receiving import receive
from desktop.storage.settling import settle_outcomes
from desktop.storage.store import Store
from sync.client.ports import Batch, Tally
from sync.protocol import Change, ExchangeAnswer, Operation, to_blocks

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

    def cursors(self) -> dict[str, int]:
        """How far this PC has read, by area; the own village is always named."""
        with self._store.read() as connection:
            area = settings.read(connection, settings.AREA)
            rows = connection.execute(select(tables.cursor.c.area, tables.cursor.c.revision))
            return {area: 0, **dict(rows.all())}

    def waiting(self) -> int:
        """How many changes wait to be sent; refused ones wait for a person instead."""
        with self._store.read() as connection:
            return waiting_in(connection)

    def take(self, limit: int, after: int = 0) -> Batch:
        """Take the oldest waiting changes behind ``after`` and mark their records as being sent."""
        statement = _waiting_after(after, limit + 1)
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
        return _batch(taken, more=len(taken) < len(entries))

    def settle(self, batch: Batch, answer: ExchangeAnswer, tally: Tally) -> None:
        """Apply an answer - outcomes, rows and cursors - in one local transaction."""
        if not batch.numbers and not answer.rows and answer.cursors == self.cursors():
            # Nothing to do costs no write.
            return
        with self._store.change(lasting=False) as connection:
            settle_outcomes(connection, batch, answer.outcomes, tally)
            for rows in answer.rows:
                receive(connection, rows, tally)
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


def copies_in(connection: Connection, limit: int) -> Iterator[Batch]:
    """All that waits as one moment shows it, page by page, for a file: nothing is marked, and it
    waits for a line all the same."""
    after, more = 0, True
    while more:
        entries = connection.execute(_waiting_after(after, limit + 1)).all()
        taken = _that_fit(entries, limit)
        more = len(taken) < len(entries)
        if taken:
            after = taken[-1][0]
            yield _batch(taken, more=more)


def waiting_among(connection: Connection, changes: Sequence[str]) -> tuple[Batch, list[int]]:
    """Those of ``changes`` (ids) that wait still, as they were taken, and the place of each in
    ``changes``."""
    places = {change: place for place, change in enumerate(changes)}
    these = tables.outbox.c.change.in_(
        select(func.json_each(json.dumps(changes)).table_valued("value").c.value)
    )
    statement = _waiting_after(0, None).where(these)
    found = connection.execute(statement).all()
    return _batch(found), [places[entry[1]] for entry in found]


def waiting_in(connection: Any) -> int:
    """How many changes wait to be sent."""
    waits = tables.outbox.c.state == "waiting"
    return int(connection.execute(select(func.count()).where(waits)).scalar_one())


def _waiting_after(after: int, limit: int | None) -> Select[Any]:
    return (
        select(*(tables.outbox.c[name] for name in _COLUMNS))
        .where(tables.outbox.c.state == "waiting", tables.outbox.c.number > after)
        .order_by(tables.outbox.c.number)
        .limit(limit)
    )


def _batch(entries: Sequence[_Entry], *, more: bool = False) -> Batch:
    changes = [_change(*entry) for entry in entries]
    return Batch(to_blocks(changes), [entry[0] for entry in entries], more)


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
