"""One sync: push what waits, pull what others wrote, until both ends have all. No Qt, no SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sync.client.ports import Line, Store, Tally
from sync.protocol import VERSION, ExchangeRequest

#: Changes and rows a request. Pages of about 2,000 keep memory flat at hardly any cost.
PAGE = 2000

Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Progress:
    """How far a sync has come, in changes and records; ``total`` may still grow."""

    done: int
    total: int


@dataclass(frozen=True)
class Result:
    """What a sync did; ``finished`` is false when it was cancelled half-way (nothing is lost)."""

    tally: Tally
    finished: bool
    county_time: str
    round_trips: int


def synchronise(
    store: Store,
    line: Line,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Cancelled = lambda: False,
    page: int = PAGE,
) -> Result:
    """Exchange batches until nothing waits on this PC and nothing is unread at the county.

    Each answer is settled in one local transaction, so that a sync may end anywhere and the next
    goes on from there. Raises ``LineFault`` after putting back what was on its way.
    """
    tally = Tally()
    done = round_trips = 0
    county_time = ""
    while not cancelled():
        batch = store.take(page)
        request = ExchangeRequest(VERSION, store.cursors(), batch.blocks, page)
        try:
            answer = line.exchange(request)
        except BaseException:
            store.put_back()
            raise
        store.settle(batch, answer, tally)
        round_trips += 1
        county_time = answer.county_time
        done += len(batch.numbers) + sum(len(rows) for rows in answer.rows)
        remaining = answer.remaining + (store.waiting() if batch.more else 0)
        progress(Progress(done, done + remaining))
        if not batch.more and answer.remaining == 0:
            return Result(tally, True, county_time, round_trips)
    return Result(tally, False, county_time, round_trips)
