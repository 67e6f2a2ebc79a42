"""One village PC as a process of its own, so that what it grows by is its sync alone.

``python -m tests.bench.one_pc VERB FOLDER [OTHER_FOLDER]`` prints one JSON object: the seconds of
each sync, and of the first one the bytes, the round trips and how much the process grew.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import select

import sync.client.http  # noqa: F401  (a running program has it already)
from desktop.storage.store import Store
from desktop.syncing.service import Receipt, Syncing
from sync.records import Resident
from tests.bench.measurement import Growth, seconds
from tests.bench.people import an_address
from tests.bench.wire import counted

PASSWORD = "bench-password"
EDITS = 100
_EXCHANGES, _IDLES = 7, 25


@dataclass
class Taken:
    """What one verb measured."""

    seconds: list[float]
    behind: list[float]
    bytes: int
    round_trips: int
    peak_mb: float | None


def main() -> None:
    """Carry out one verb."""
    verb, *folders = sys.argv[1:]
    stores = [Store.open(Path(folder), PASSWORD) for folder in folders]
    print(json.dumps(asdict(_VERBS[verb](*stores))))


def once(store: Store) -> Taken:
    """One whole sync."""
    return _taken(store, 1)


def idle(store: Store) -> Taken:
    """Syncs with nothing to do."""
    Syncing(store).run()
    return _taken(store, _IDLES)


def exchange(here: Store, there: Store) -> Taken:
    """Syncs of a PC on which 100 edits wait, while 100 edits of another PC wait at the county."""
    chance = random.Random(7)

    def prepare() -> None:
        ids = _ids(here)
        for store in (there, here):
            with store.write() as writing:
                for record in chance.sample(ids, EDITS):
                    writing.edit(Resident, record, {"address": an_address(chance)})
        Syncing(there).run()

    prepare()
    Syncing(here).run()
    _look_through(here)
    return _taken(here, _EXCHANGES, prepare)


def _taken(store: Store, times: int, prepare: Callable[[], None] = lambda: None) -> Taken:
    receipts: list[Receipt] = []
    syncing = Syncing(store)
    taken = Taken([], [], 0, 0, None)

    def run() -> None:
        receipts.append(syncing.run())

    for turn in range(times):
        prepare()
        if turn:
            taken.seconds.append(seconds(run))
        else:
            growth = Growth()
            with counted() as wire:
                taken.seconds.append(seconds(run))
            taken.bytes, taken.round_trips = wire.both, receipts[0].round_trips
            taken.peak_mb = growth.mb()
        taken.behind.append(seconds(syncing.follow_up))
    if any(receipt.refused or not receipt.finished for receipt in receipts):
        raise RuntimeError("the county refused what was measured")
    return taken


def _look_through(store: Store) -> None:
    """Read the register once, as a window that is open has: the floor's file is warm too."""
    with store.read() as connection:
        for table in (Resident.kind, "search_index"):
            connection.exec_driver_sql(f"SELECT * FROM {table}").all()


def _ids(store: Store) -> list[str]:
    with store.read() as connection:
        return list(connection.execute(select(Resident.table.c.id)).scalars())


_VERBS: dict[str, Callable[..., Taken]] = {
    "push": once,
    "pull": once,
    "exchange": exchange,
    "idle": idle,
}

if __name__ == "__main__":
    main()
