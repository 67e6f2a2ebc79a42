"""Promise 5: a pull never skips a change that was still being committed when it read."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from sync.protocol import to_blocks
from sync.server.apply import take_in
from sync.server.database import writing
from sync.server.exchange import county_time
from sync.server.intake import Intake
from tests.sync.server.pcs import OTHER_VILLAGE, VILLAGE, Pc, codes, count_of, create

PATIENCE_S = 30


def push_without_commit(connection: Connection, pc: Pc, record: str) -> None:
    intake = Intake(connection, pc.device, county_time())
    take_in(intake, to_blocks([create("resident", record, name="张三")]))


def waiting_for_a_lock(connection: Connection) -> bool:
    """Whether PostgreSQL holds somebody back; asked until it does, for a while."""
    asked = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
    ticks = threading.Event()
    for _ in range(PATIENCE_S * 50):
        if connection.execute(asked).scalar_one():
            return True
        connection.rollback()
        ticks.wait(0.02)
    return False


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_a_reader_meets_no_number_before_all_lower_ones(county: Engine) -> None:
    slow, quick, reader = (Pc(county, name) for name in ("slow", "quick", "reader"))
    with ThreadPoolExecutor(1) as pool, county.connect() as watch:
        with writing(county) as connection:
            push_without_commit(connection, slow, "first")
            pushed = pool.submit(quick.send, create("resident", "second", name="李四"))
            # The second waits behind the first, so that it cannot be read before it.
            assert waiting_for_a_lock(watch)
            reader.read_all()
            assert (reader.received, reader.cursors[VILLAGE]) == ([], 0)
        assert codes(pushed.result(PATIENCE_S)) == ["accepted"]
    reader.read_all()
    assert reader.received == [("resident", "first"), ("resident", "second")]


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
