"""On a slow line less is sent at once, nothing that still moves is given up, and it grows again."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import cast

import pytest

from desktop.storage.outbox import Outbox
from desktop.syncing.service import OpenLine, Receipt, Syncing
from sync.client import wire
from sync.client.engine import synchronise
from sync.client.http import HttpLine
from sync.client.pace import LIMITS, Pace
from sync.client.ports import NoLine
from sync.protocol import Block, ExchangeAnswer, ExchangeRequest
from sync.records import Resident
from tests.bench.people import people
from tests.support.server import County, running_county
from tests.support.slow_line import SlowLine, slow_line
from tests.support.store import VILLAGE, new_store, outbox_of

KB = 1000
#: Nobody is written twice: the county is one for all tests here.
_PEOPLE = people(30_000)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with running_county(tmp_path_factory.mktemp("slow") / "county") as served:
        yield served


@dataclass
class Watched:
    """A line whose requests are noted: how many changes and seconds each took."""

    line: HttpLine
    asked: list[tuple[int, float]] = field(default_factory=list)

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        start = time.monotonic()
        try:
            return self.line.exchange(request)
        finally:
            changes = sum(len(block.ids) for block in request.blocks)
            self.asked.append((changes, time.monotonic() - start))

    def __getattr__(self, name: str) -> object:
        return getattr(self.line, name)


class Pc:
    """A village's PC, enrolled at the county over a line of its own."""

    def __init__(self, folder: Path, county: County, line: SlowLine) -> None:
        self.store = new_store(folder)
        self.watched: list[Watched] = []
        Syncing(self.store).enrol(county.url, county.enrol_code(VILLAGE))
        self.store.set(server=line.url)
        # A watched line does whatever the line does.
        self.syncing = Syncing(self.store, cast("OpenLine", self._open))

    def write(self, count: int) -> None:
        with self.store.write() as writing:
            writing.create_many(Resident, islice(_PEOPLE, count))

    def sync(self) -> Receipt:
        return self.syncing.run()

    @property
    def asked(self) -> list[tuple[int, float]]:
        return [one for watched in self.watched for one in watched.asked]

    def _open(self, server: str, token: str) -> Watched:
        self.watched.append(Watched(HttpLine(server, token)))
        return self.watched[-1]


@pytest.fixture
def pc(tmp_path: Path, county: County, line: SlowLine) -> Iterator[Pc]:
    made = Pc(tmp_path / "village", county, line)
    yield made
    made.store.close()


@pytest.fixture
def line(county: County) -> Iterator[SlowLine]:
    with slow_line(county.url, 1000 * KB) as made:
        yield made


@pytest.mark.slow
def test_records_get_through_at_two_kilobytes_a_second_and_the_size_grows_again_on_a_good_line(
    pc: Pc, line: SlowLine
) -> None:
    pc.sync()
    line.rate = 2 * KB
    pc.store.set(line_limit="very_slow")
    pc.write(150)
    pc.watched.clear()
    receipt = pc.sync()
    assert (receipt.sent, receipt.waiting, receipt.finished) == (150, 0, True)
    assert all(changes <= 100 for changes, _ in pc.asked), "a batch holds what such a line carries"
    assert len(pc.asked) > 1
    assert all(seconds < 8 for _, seconds in pc.asked), "no request takes long"

    line.rate = 10_000 * KB
    pc.store.set(line_limit="normal", line_page="25")
    pc.write(1000)
    pc.watched.clear()
    assert pc.sync().sent == 1000
    sizes = [changes for changes, _ in pc.asked]
    assert sizes[0] == 25
    assert max(sizes) >= 400
    assert pc.store.setting("line_page") == "0", "a line that is good again is forgotten as slow"


@pytest.mark.slow
def test_a_slow_answer_makes_the_next_request_smaller(pc: Pc, line: SlowLine) -> None:
    pc.sync()
    line.rate = 2 * KB
    pc.store.set(line_page="400")
    pc.write(420)
    pc.watched.clear()
    pc.sync()
    sizes = [changes for changes, _ in pc.asked]
    seconds = [taken for _, taken in pc.asked]
    assert sizes[0] == 400
    assert seconds[0] > 6
    remembered = int(pc.store.setting("line_page"))
    assert 25 <= remembered <= 400 / 2, "a few changes that go quickly do not make it larger"


@pytest.mark.slow
def test_what_still_moves_is_not_given_up_however_long_it_takes(
    pc: Pc, line: SlowLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole request takes several times as long as any wait for a piece of it."""
    pc.sync()
    monkeypatch.setattr(wire, "SEND_SECONDS", 3.0)
    monkeypatch.setattr(wire, "READ_SECONDS", 3.0)
    monkeypatch.setattr(wire, "_PIECE", 1024)
    monkeypatch.setattr(wire, "_BUFFER", (*wire._BUFFER[:2], 2048))
    line.rate = 3 * KB
    pc.write(1000)
    pc.watched.clear()
    assert pc.sync().sent == 1000
    changes, seconds = pc.asked[0]
    assert changes == 1000
    assert seconds > 3 * wire.SEND_SECONDS


def test_after_a_timeout_the_next_try_is_smaller_and_that_is_remembered(
    pc: Pc, line: SlowLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pc.sync()
    monkeypatch.setattr(wire, "READ_SECONDS", 0.7)
    line.swallows = 12 * KB
    pc.write(600)
    pc.watched.clear()
    receipt = pc.sync()
    assert (receipt.sent, receipt.waiting) == (600, 0)
    sizes = [changes for changes, _ in pc.asked]
    assert sizes[0] == 600, "too much at first"
    assert sizes[1] == 250, "then a quarter, at once and by itself"
    assert outbox_of(pc.store) == []


def test_a_line_that_carries_nothing_is_not_tried_for_ever(
    pc: Pc, line: SlowLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pc.sync()
    monkeypatch.setattr(wire, "READ_SECONDS", 0.2)
    line.swallows = 0
    pc.write(600)
    pc.watched.clear()
    with pytest.raises(NoLine) as caught:
        pc.sync()
    assert caught.value.code == "too_slow"
    assert len(pc.asked) == 3
    assert pc.syncing.status().waiting == 600
    assert 0 < int(pc.store.setting("line_page")) < 100, "the next sync begins with less"


def test_without_patience_a_fault_is_told_at_once(
    pc: Pc, line: SlowLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "READ_SECONDS", 0.2)
    line.swallows = 0
    pc.write(10)
    opened = HttpLine(line.url, pc.store.setting("token"))
    with pytest.raises(NoLine):
        synchronise(Outbox(pc.store), opened, pace=Pace(5))
    opened.close()


def full(page: int) -> ExchangeRequest:
    """A request that carries all it may."""
    texts, numbers = [""] * page, [0] * page
    return ExchangeRequest(
        2, {}, [Block("grid", "delete", [], texts, texts, numbers, texts, texts, [])]
    )


@pytest.mark.parametrize("limit", LIMITS)
def test_what_the_cadre_says_of_the_line_caps_a_batch(limit: str) -> None:
    class Instant:
        def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
            return ExchangeAnswer(2, [], [], {}, 0, "")

    pace = Pace(limit=limit)  # type: ignore[arg-type]
    for _ in range(20):
        pace.timed(Instant(), full(pace.page))  # type: ignore[arg-type]
    most = {"normal": (4000, 2000), "slow": (500, 500), "very_slow": (100, 100)}
    assert (pace.page, pace.changes) == most[limit], "rows, and changes"
    assert pace.largest <= pace.page * 1000
    assert pace.to_remember == 0


def test_a_county_that_is_busy_does_not_make_requests_smaller() -> None:
    """Its own work is no fault of the line: many small requests would make it busier."""

    class Busy:
        county_seconds = 10**6

        def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
            return ExchangeAnswer(2, [], [], {}, 0, "")

    pace = Pace()
    pace.timed(Busy(), ExchangeRequest(2, {}))  # type: ignore[arg-type]
    assert pace.page >= 1000


def test_long_notes_end_a_batch_before_it_is_too_much_for_the_line(pc: Pc) -> None:
    notes = [{"name": f"人{n}", "note": "长" * 500} for n in range(60)]
    with pc.store.write() as writing:
        writing.create_many(Resident, notes)
    outbox, pace = Outbox(pc.store), Pace(limit="very_slow", remembered=25)
    batch = outbox.take(pace.page, largest=pace.largest)
    assert 1 <= len(batch.numbers) <= 25
    assert len(outbox.take(100, largest=1).numbers) == 1, "one always goes"
