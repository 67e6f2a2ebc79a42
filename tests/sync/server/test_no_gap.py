"""Promise 5: a pull never skips a change that was still being committed when it read."""

import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from sync.protocol import ExchangeAnswer, to_blocks
from sync.server import exchange, intake
from sync.server.apply import take_in
from sync.server.database import writing
from sync.server.exchange import county_time
from sync.server.intake import Intake
from sync.server.numbering import Head, Numbers
from tests.sync.server.pcs import OTHER_VILLAGE, VILLAGE, Pc, codes, count_of, create

pytestmark = pytest.mark.promise(5)

PATIENCE_S = 30


def push_without_commit(
    connection: Connection, pc: Pc, record: str, numbering: type[Numbers] = Numbers
) -> None:
    numbers = numbering(connection, pc.device.area)
    taken = Intake(connection, pc.device, county_time(), numbers)
    take_in(taken, to_blocks([create("resident", record, name="张三")]))


def is_held_up(pushing: Future[ExchangeAnswer], connection: Connection) -> bool:
    """Whether PostgreSQL holds a push back, or lets it through; asked until either is so."""
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    ticks = threading.Event()
    for _ in range(PATIENCE_S * 50):
        if connection.execute(asked).scalar_one():
            return True
        if pushing.done():
            return False
        connection.rollback()
        ticks.wait(0.02)
    raise AssertionError("neither held up nor through")


class PlainSequence(Numbers):
    """How one would number without much thought: PostgreSQL's own sequence, and no lock."""

    def __init__(self, connection: Connection, area: str) -> None:
        self._connection = connection
        self._area = area
        self.known = Head(0)

    def take(self, count: int = 1) -> int:
        """Give the next ``count`` numbers; return the first."""
        asked = text("SELECT min(n) FROM (SELECT nextval('plain') n FROM generate_series(1, :c)) x")
        return int(self._connection.execute(asked, {"c": count}).scalar_one())

    def keep(self) -> None:
        """The sequence keeps itself."""


def newest_committed(connection: Connection, areas: Sequence[str]) -> dict[str, Head]:
    """How far one may read then: up to the highest number there is to be seen."""
    asked = text("SELECT max(revision) FROM change_log WHERE area = :a")
    found = {a: connection.execute(asked, {"a": a}).scalar_one() for a in areas}
    return {area: Head(number or 0) for area, number in found.items()}


@pytest.fixture
def numbering(
    request: pytest.FixtureRequest, county: Engine, monkeypatch: pytest.MonkeyPatch
) -> Iterator[type[Numbers]]:
    """Who gives the numbers: the county as it is, or a plain sequence in its place."""
    if request.param is PlainSequence:
        with county.begin() as connection:
            connection.execute(text("CREATE SEQUENCE plain"))
        monkeypatch.setattr(exchange, "Numbers", PlainSequence)
        monkeypatch.setattr(exchange, "heads_of", newest_committed)
        # The sums of what is held are written under the village's lock as well.
        monkeypatch.setattr(intake, "note", lambda *_: None)
    yield request.param
    if request.param is PlainSequence:
        with county.begin() as connection:
            connection.execute(text("DROP SEQUENCE plain"))


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
@pytest.mark.parametrize("numbering", [Numbers, PlainSequence], indirect=True)
def test_a_change_that_commits_late_is_read_where_a_plain_sequence_skips_it(
    county: Engine, numbering: type[Numbers]
) -> None:
    slow, quick, reader = (Pc(county, name) for name in ("slow", "quick", "reader"))
    with ThreadPoolExecutor(1) as pool, county.connect() as watch:
        with writing(county) as connection:
            push_without_commit(connection, slow, "first", numbering)
            pushed = pool.submit(quick.send, create("resident", "second", name="李四"))
            # The second waits behind the first, so that it cannot be read before it - or not.
            assert is_held_up(pushed, watch) == (numbering is Numbers)
            reader.read_all()
        assert codes(pushed.result(PATIENCE_S)) == ["accepted"]
    reader.read_all()
    assert count_of(county, "resident") == 2
    read = [record for _, record in reader.received]
    assert read == (["first", "second"] if numbering is Numbers else ["second"])


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_other_villages_are_not_held_up(county: Engine) -> None:
    here, there = Pc(county, "here"), Pc(county, "there", area=OTHER_VILLAGE)
    with writing(county) as connection:
        push_without_commit(connection, here, "first")
        answer = there.send(create("resident", "r", name="李四"))
        assert codes(answer) == ["accepted"]


def test_many_pcs_pushing_at_once_leave_no_gap_for_a_reader_in_their_midst(county: Engine) -> None:
    reader = Pc(county, "reader")
    writers = [Pc(county, f"w{i}") for i in range(6)]
    done = threading.Event()

    def push(pc: Pc) -> None:
        for turn in range(8):
            names = [f"{pc.device.name}-{turn}-{i}" for i in range(5)]
            pc.send(*(create("resident", name, name=name) for name in names))

    def read() -> None:
        while not done.is_set():
            reader.send(page=3)
        reader.read_all()

    with ThreadPoolExecutor(len(writers) + 1) as pool:
        reading = pool.submit(read)
        try:
            for pushing in [pool.submit(push, pc) for pc in writers]:
                pushing.result(PATIENCE_S * 4)
        finally:
            done.set()
        reading.result(PATIENCE_S)
    assert count_of(county, "resident") == 240
    assert len(reader.received) == 240
    assert len(reader.rows) == 240


WRITERS, TURNS = 8, 12


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_writers_that_dawdle_before_their_commit_leave_a_poller_no_gap(county: Engine) -> None:
    areas = [VILLAGE, OTHER_VILLAGE]
    pcs = [Pc(county, f"writer-{i}", area=areas[i % 2]) for i in range(WRITERS)]
    logs: dict[str, list[int]] = {area: [] for area in areas}
    done = threading.Event()

    def push(pc: Pc) -> None:
        chance = random.Random(pc.device.name)
        for turn in range(TURNS):
            with writing(county) as connection:
                push_without_commit(connection, pc, f"{pc.device.name}-{turn}")
                threading.Event().wait(chance.uniform(0, 0.02))

    def poll(reader: Pc, log: list[int]) -> None:
        while not done.is_set() or reader.send(page=5).remaining:
            reader.send(page=5)
        log += [int(str(row["revision"])) for row in reader.rows.values()]

    with ThreadPoolExecutor(WRITERS + len(areas)) as pool:
        polling = [pool.submit(poll, Pc(county, "poll", area=a), log) for a, log in logs.items()]
        try:
            for pushing in [pool.submit(push, pc) for pc in pcs]:
                pushing.result(PATIENCE_S * 4)
        finally:
            done.set()
        for reading in polling:
            reading.result(PATIENCE_S)
    # ``rows`` keeps the order in which the poller was shown each record for the first time.
    numbers = list(range(1, WRITERS // 2 * TURNS + 1))
    assert logs == dict.fromkeys(areas, numbers)


def test_the_first_pcs_of_a_village_may_come_at_the_same_moment(county: Engine) -> None:
    start = threading.Barrier(4)

    def push(name: str) -> Any:
        pc = Pc(county, name)
        start.wait(PATIENCE_S)
        return codes(pc.send(create("resident", name, name=name)))

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(push, "abcd")] == [["accepted"]] * 4
    reader = Pc(county, "reader")
    reader.read_all()
    assert len(reader.rows) == 4


def test_each_number_belongs_to_one_change(county: Engine) -> None:
    pc = Pc(county, "one")
    pc.send(create("resident", "r", name="张三"), create("resident", "x", name=None))
    Pc(county, "two").send(create("resident", "r", name="张四", phone="13800000000"))
    with county.connect() as connection:
        numbers = connection.execute(
            text("SELECT revision FROM change_log WHERE area = :a AND revision IS NOT NULL"),
            {"a": VILLAGE},
        ).scalars()
        head = text("SELECT head FROM area_head WHERE area = :a")
        assert sorted(numbers) == [1, 2, 3]
        assert connection.execute(head, {"a": VILLAGE}).scalar_one() == 3
