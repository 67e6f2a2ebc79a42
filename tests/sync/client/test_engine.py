"""One sync against a county that answers, fails or is overtaken, on a real store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from desktop.storage.errors import DiskFull
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from sync.client.engine import Progress, Result, synchronise
from sync.client.pace import Pace
from sync.client.ports import Batch, LineFault, NoLine, Tally
from sync.protocol import (
    Era,
    ExchangeAnswer,
    ExchangeRequest,
    Outcome,
    Rows,
    from_block,
)
from sync.records import Resident
from tests.support.line import PlainLine
from tests.support.store import (
    COUNTY_TIME,
    VILLAGE,
    county_rows,
    new_store,
    outbox_of,
    standing_of,
)

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(12)]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path / "village")
    yield opened
    opened.close()


class County(PlainLine):
    """A county at the other end of a line: takes all, knows what it took, hands out its rows."""

    def __init__(self, *rows: Rows, fails_at: int = 0) -> None:
        self.rows = list(rows)
        self.requests: list[ExchangeRequest] = []
        self.taken: dict[str, int] = {}
        self._fails_at = fails_at

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        self.requests.append(request)
        outcomes: list[Outcome] = []
        for block in request.blocks:
            for change in from_block(block):
                known = change.id in self.taken
                revision = self.taken.setdefault(change.id, len(self.taken) + 1)
                outcomes.append(Outcome("accepted", len(outcomes), 1, revision, again=known))
        if len(self.requests) == self._fails_at:
            raise NoLine("网断了")
        cursor = request.cursors[VILLAGE]
        rows = self.rows[cursor : cursor + 1]
        left = len(self.rows) - cursor - len(rows)
        cursors = {VILLAGE: cursor + len(rows)}
        # As a county of version 1, which does not say what a PC must hold.
        return ExchangeAnswer(1, outcomes, rows, cursors, left, COUNTY_TIME)


def write(store: Store, count: int) -> list[str]:
    with store.write() as writing:
        return writing.create_many(Resident, [{"name": f"{n}"} for n in range(count)])


def theirs(count: int) -> list[Rows]:
    return [
        county_rows(Resident, {"id": f"r{n}", "revision": 100 + n, "name": f"他{n}"})
        for n in range(count)
    ]


def sync(store: Store, county: County, **options: object) -> Result:
    return synchronise(Outbox(store), county, pace=Pace(2), **options)  # type: ignore[arg-type]


def test_nothing_to_do_is_one_round_trip(store: Store) -> None:
    result = sync(store, County())
    assert result == Result(Tally(), True, COUNTY_TIME, 1)


def test_all_that_waits_is_sent_once_and_all_that_is_new_comes(store: Store) -> None:
    write(store, 5)
    county = County(*theirs(4))
    result = sync(store, county)
    assert (result.tally.sent, result.tally.received, result.finished) == (5, 4, True)
    sent = [c.id for r in county.requests for b in r.blocks for c in from_block(b)]
    assert len(sent) == len(set(sent)) == 5
    assert outbox_of(store) == []
    assert [request.cursors[VILLAGE] for request in county.requests] == [0, 1, 2, 3]
    assert result.round_trips == 4


class GoingBack(County):
    """A county that names one era after the other, however often this PC falls back."""

    def __init__(self, *eras: int) -> None:
        super().__init__()
        self._eras = list(eras)

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        self.requests.append(request)
        era = self._eras[min(len(self.requests), len(self._eras)) - 1]
        eras = {VILLAGE: Era(era, 0)} if era else {}
        return ExchangeAnswer(1, [], [], {}, 1, COUNTY_TIME, eras=eras)


# It forgot this PC's era and names none; it names two in turn; it names another each time; it knows
# the PC's era, but promises what never comes.
@pytest.mark.parametrize(
    "eras", [(7, 0), (7, 8) * 50, tuple(range(7, 999)), (7,)], ids=["none", "two", "many", "same"]
)
def test_a_county_that_always_says_the_same_is_not_asked_without_end(
    store: Store, eras: tuple[int, ...]
) -> None:
    write(store, 1)
    county = GoingBack(*eras)
    with pytest.raises(LineFault) as fault:
        sync(store, county)
    assert "总是答同样的话" in fault.value.sentence
    assert len(county.requests) < 10
    assert len(outbox_of(store)) == 1, "nothing is lost"


def test_whoever_cancels_while_the_pc_falls_back_is_heard(store: Store) -> None:
    write(store, 1)
    county = GoingBack(*range(7, 999))
    result = sync(store, county, cancelled=lambda: len(county.requests) > 1)
    assert (result.finished, len(county.requests)) == (False, 2)
    assert len(outbox_of(store)) == 1, "nothing is lost"


class Foreseeing(County):
    """A line that is told what will be asked next."""

    def __init__(self, *rows: Rows) -> None:
        super().__init__(*rows)
        self.foreseen: list[ExchangeRequest] = []

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        answer = super().exchange(request)
        # As a county that passes over what a PC wrote itself, where nobody else writes.
        own = len(self.taken) if not self.rows else answer.cursors[VILLAGE]
        left = max(answer.remaining, 0)
        return msgspec.structs.replace(answer, cursors={VILLAGE: own}, remaining=left)

    def foresee(self, request: ExchangeRequest) -> None:
        self.foreseen.append(request)


def test_what_is_sent_next_is_foreseen_word_for_word_while_nobody_else_writes(
    store: Store,
) -> None:
    write(store, 5)
    line = Foreseeing()
    sync(store, line)
    assert line.foreseen == line.requests[1:]
    assert [len(request.blocks[0].ids) for request in line.foreseen] == [2, 1]


def test_what_was_foreseen_wrongly_is_never_sent(store: Store) -> None:
    write(store, 5)
    line = Foreseeing(*theirs(3))
    sync(store, line)
    assert line.foreseen != line.requests[1:3]
    assert [request.cursors[VILLAGE] for request in line.requests] == [0, 1, 2]


def test_progress_is_told_and_ends_with_all_of_it(store: Store) -> None:
    write(store, 5)
    told: list[Progress] = []
    sync(store, County(*theirs(4)), progress=told.append)
    assert [step.done for step in told] == sorted({step.done for step in told})
    assert told[-1] == Progress(9, 9)


@pytest.mark.parametrize("fails_at", [1, 2, 3])
def test_when_the_line_breaks_nothing_stays_on_its_way_and_the_next_sync_goes_on(
    store: Store, fails_at: int
) -> None:
    ids = write(store, 5)
    county = County(*theirs(3), fails_at=fails_at)
    with pytest.raises(NoLine):
        sync(store, county)
    assert {standing_of(store, record) for record in ids} <= {"waiting", "synced"}
    result = sync(store, county)
    assert len(county.taken) == 5, "the county was told nothing twice"
    assert outbox_of(store) == []
    assert result.finished
    with store.read() as connection:
        count = connection.exec_driver_sql("SELECT count(*) FROM resident").scalar()
    assert count == 8


def test_when_an_answer_cannot_be_written_down_nothing_stays_on_its_way(store: Store) -> None:
    class FullDisk(Outbox):
        def settle(self, batch: Batch, answer: ExchangeAnswer, tally: Tally) -> None:
            raise DiskFull

    ids = write(store, 5)
    county = County()
    with pytest.raises(DiskFull):
        synchronise(FullDisk(store), county, pace=Pace(2))
    assert {standing_of(store, record) for record in ids} == {"waiting"}
    assert len(outbox_of(store)) == 5
    sync(store, county)
    assert len(county.taken) == 5
    assert outbox_of(store) == []


def test_a_cancelled_sync_keeps_what_was_settled_and_puts_back_the_rest(store: Store) -> None:
    ids = write(store, 5)
    stop = threading.Event()
    result = sync(store, County(), progress=lambda _: stop.set(), cancelled=stop.is_set)
    assert not result.finished
    assert {standing_of(store, record) for record in ids} <= {"waiting", "synced"}
    assert 0 < len(outbox_of(store)) < 5
    assert sync(store, County()).finished


def test_what_is_written_during_a_sync_waits_for_the_next(store: Store) -> None:
    write(store, 1)
    wrote: list[str] = []

    class Busy(County):
        def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
            wrote.extend(write(store, 1))
            return super().exchange(request)

    assert sync(store, Busy()).finished
    assert {standing_of(store, record) for record in wrote} == {"waiting"}
    assert len(outbox_of(store)) == len(wrote) == 1


def test_the_next_request_is_on_its_way_while_an_answer_is_written_down(store: Store) -> None:
    write(store, 4)
    asked = threading.Semaphore(0)

    class Watched(County):
        def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
            asked.release()
            return super().exchange(request)

    class Slow(Outbox):
        settled = 0

        def settle(self, batch: Batch, answer: ExchangeAnswer, tally: Tally) -> None:
            self.settled += 1
            if self.settled == 1:
                for _ in range(2):
                    assert asked.acquire(timeout=10), "the second request did not wait"
            super().settle(batch, answer, tally)

    assert synchronise(Slow(store), Watched(), pace=Pace(2)).finished
