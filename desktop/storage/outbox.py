"""The outbox as the sync engine sees it: changes taken in order, answers settled in one go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import func, select

from desktop.storage import settings, tables
from desktop.storage.receiving import receive
from desktop.storage.settling import settle_outcomes
from desktop.storage.store import Store
from sync.client.ports import Batch, Tally
from sync.protocol import Change, ExchangeAnswer, to_blocks

#: A batch ends before this many bytes of values, so that long notes cannot make it too large.
_LARGEST_BATCH = 4 * 1024 * 1024

_decode = msgspec.json.Decoder(dict[str, str | int | None]).decode


class Outbox:
    """Implements ``sync.client.ports.Store`` on this PC's store."""

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
        statement = (
            select(tables.outbox)
            .where(tables.outbox.c.state == "waiting", tables.outbox.c.number > after)
            .order_by(tables.outbox.c.number)
            .limit(limit + 1)
        )
        with self._store.read() as connection:
            entries = connection.execute(statement).all()
        taken = _that_fit(entries, limit)
        if taken:
            with self._store.change() as connection:
                connection.exec_driver_sql(
                    "UPDATE standing SET state = 'sending' WHERE record IN (SELECT record FROM"
                    " outbox WHERE state = 'waiting' AND number BETWEEN ? AND ?)",
                    (taken[0].number, taken[-1].number),
                )
        return Batch(
            to_blocks(map(_change, taken)),
            [entry.number for entry in taken],
            more=len(taken) < len(entries),
        )

    def settle(self, batch: Batch, answer: ExchangeAnswer, tally: Tally) -> None:
        """Apply an answer - outcomes, rows and cursors - in one local transaction."""
        with self._store.change() as connection:
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
        with self._store.change() as connection:
            connection.exec_driver_sql(
                "UPDATE standing SET state = 'waiting' WHERE state = 'sending'"
            )


def waiting_in(connection: Any) -> int:
    """How many changes wait to be sent."""
    waits = tables.outbox.c.state == "waiting"
    return int(connection.execute(select(func.count()).where(waits)).scalar_one())


def _that_fit(entries: Sequence[Any], limit: int) -> Sequence[Any]:
    size = 0
    for place, entry in enumerate(entries[:limit]):
        size += len(entry.values_json)
        if size > _LARGEST_BATCH and place:
            return entries[:place]
    return entries[:limit]


def _change(entry: Any) -> Change:
    return Change(
        entry.change,
        entry.kind,
        entry.record,
        entry.operation,
        entry.base,
        _decode(entry.values_json),
        entry.by,
        entry.at,
    )
