"""Most syncs bring nothing and find nothing: the county answers them in one look."""

from __future__ import annotations

from contextlib import AbstractContextManager

import msgspec
import pytest
from sqlalchemy import Connection, Engine, event, select, update

from sync.protocol import VERSION, ExchangeAnswer, ExchangeRequest, pack, to_blocks
from sync.server import asking
from sync.server.accounts import Device
from sync.server.api import Api
from sync.server.database import reading
from sync.server.devices import move_device
from sync.server.errors import Refusal
from sync.server.exchange import answer_at_once, exchange
from sync.server.tables import device
from tests.sync.server.enrolled import EnrolledPc, load_villages
from tests.sync.server.pcs import COUNTY, OTHER_VILLAGE, VILLAGE, create

LONG_AGO = "2020-01-01T00:00:00+00:00"


@pytest.fixture
def county(county: Engine) -> Engine:
    load_villages(county)
    return county


def at_once(county: Engine, pc: Device, request: ExchangeRequest) -> ExchangeAnswer | None:
    with reading(county) as connection:
        return answer_at_once(connection, pc, request)


def test_a_sync_with_nothing_to_do_is_one_transaction_and_three_questions(
    county: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    pc, asked = EnrolledPc(county, "one"), []
    pc.send(create("resident", "r", name="张三"))
    pc.read_all()

    def begin(_connection: object) -> None:
        asked.append("BEGIN")

    def ask(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement != "BEGIN":
            asked.append("a question")

    straight = asking.by_driver

    def by_driver(connection: Connection, sql: str) -> AbstractContextManager[object]:
        asked.append("a question")
        return straight(connection, sql)

    monkeypatch.setattr(asking, "by_driver", by_driver)
    event.listen(county, "begin", begin)
    event.listen(county, "before_cursor_execute", ask)
    request = ExchangeRequest(VERSION, pc.cursors, area=VILLAGE)
    Api(county).exchange(pack(request), f"Bearer {pc.token}")
    event.remove(county, "begin", begin)
    event.remove(county, "before_cursor_execute", ask)
    assert asked == ["BEGIN", *["a question"] * 3]


@pytest.mark.parametrize("page", [1, 2000])
@pytest.mark.parametrize("area", ["", VILLAGE])
def test_whoever_brings_nothing_is_answered_at_once_as_after_an_exchange(
    county: Engine, area: str, page: int
) -> None:
    pc, other = EnrolledPc(county, "one"), EnrolledPc(county, "two")
    other.send(create("resident", "r", name="张三"), create("resident", "s", name="李四"))
    for cursors in ({}, {VILLAGE: 1}, {VILLAGE: 2, COUNTY: 3}, {VILLAGE: 2, COUNTY: 10**6}):
        request = ExchangeRequest(VERSION, cursors, page=page, area=area)
        answer, exchanged = (
            at_once(county, pc.device, request),
            exchange(county, pc.device, request),
        )
        assert answer is None or _timeless(answer) == _timeless(exchanged)
        # One that has read more than the county knows is told so, and that is written down.
        assert (answer is None) == bool(exchanged.eras)


def _timeless(answer: ExchangeAnswer) -> ExchangeAnswer:
    return msgspec.structs.replace(answer, county_time="")


@pytest.mark.promise(7)
def test_only_a_pc_at_home_that_brings_nothing_is_answered_at_once(county: Engine) -> None:
    pc = EnrolledPc(county, "one")
    here = ExchangeRequest(VERSION, {}, area=VILLAGE)
    assert at_once(county, pc.device, here) is not None
    brings = to_blocks([create("resident", "r", name="张三")])
    elsewhere = msgspec.structs.replace(here, area=OTHER_VILLAGE)
    for request in (msgspec.structs.replace(here, blocks=brings), elsewhere):
        assert at_once(county, pc.device, request) is None
    move_device(county, pc.id, OTHER_VILLAGE)
    pc.send()
    assert pc.device.moved
    for request in (here, elsewhere):
        assert at_once(county, pc.device, request) is None


def test_a_pc_that_brings_nothing_is_seen_too(county: Engine) -> None:
    pc = EnrolledPc(county, "one")
    with county.begin() as connection:
        connection.execute(update(device).values(last_seen_at=LONG_AGO))
    pc.send()
    with county.connect() as connection:
        assert connection.execute(select(device.c.last_seen_at)).scalar_one() > LONG_AGO


def test_nothing_is_read_of_what_a_stranger_sends(county: Engine) -> None:
    for authorization in ("", "Bearer", "Bearer made-up", "Basic abc"):
        with pytest.raises(Refusal) as refusal:
            Api(county).exchange(b"no message at all", authorization)
        assert refusal.value.fault.code == "unknown_device"
