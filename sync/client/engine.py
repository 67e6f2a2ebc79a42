"""One sync: push what waits, pull what others wrote, until both ends have all. No Qt, no SQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

from sync.client.pace import Pace
from sync.client.ports import Batch, Line, Store, Tally
from sync.client.stopping import Stopped
from sync.protocol import VERSION, ExchangeAnswer, ExchangeRequest

Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Progress:
    """How far a sync has come, in changes and records; ``total`` may still grow."""

    done: int
    total: int
    bytes_sent: int = 0
    bytes_received: int = 0


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
    pace: Pace | None = None,
) -> Result:
    """Exchange batches until nothing waits on this PC and nothing is unread at the county.

    Each answer is settled in one local transaction, so that a sync may end anywhere and the next
    goes on from there. While one answer is settled the next request is already on its way: the
    county works while the PC writes. Raises ``LineFault``; whatever broke off, what got no answer
    waits again.
    """
    pace = pace or Pace()
    tally = Tally()
    done = round_trips = 0
    county_time = ""
    with ExitStack() as ending:
        ending.callback(store.put_back)
        batch = store.take(pace.page)
        courier = ending.enter_context(ThreadPoolExecutor(1, thread_name_prefix="line"))
        send = partial(_send, courier, line, pace)
        answering = send(batch, store.cursors())
        while True:
            following = store.take(pace.page, after=batch.last) if batch.more else Batch()
            try:
                answer = answering.result()
            except Stopped:
                return Result(tally, False, county_time, round_trips)
            round_trips += 1
            county_time = answer.county_time
            finished = not batch.more and answer.remaining == 0
            last = finished or cancelled()
            if not last:
                answering = send(following, answer.cursors)
            store.settle(batch, answer, tally)
            done += len(batch.numbers) + sum(len(rows) for rows in answer.rows)
            remaining = answer.remaining + (store.waiting() if batch.more else 0)
            progress(Progress(done, done + remaining))
            if last:
                return Result(tally, finished, answer.county_time, round_trips)
            batch = following


def _send(
    courier: Executor, line: Line, pace: Pace, batch: Batch, cursors: dict[str, int]
) -> Future[ExchangeAnswer]:
    request = ExchangeRequest(VERSION, cursors, batch.blocks, pace.page)
    return courier.submit(pace.timed, line.exchange, request)
