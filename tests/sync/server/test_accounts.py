"""A PC gets in by a code that works once, for fourteen days, for one village."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select, update

from sync.protocol import EnrolAnswer, EnrolRequest
from sync.server.accounts import ALPHABET, UNNAMED, device_of, enrol, new_code
from sync.server.divisions import load_divisions, read_divisions
from sync.server.errors import Refusal, ServerError
from sync.server.tables import device, enrol_code
from sync.server.throttle import TRIES, WINDOW_S, Throttle
from tests.support.server import DIVISIONS
from tests.sync.server.pcs import COUNTY, VILLAGE

pytestmark = pytest.mark.promise(7)

NOW = datetime(2026, 11, 25, 1, tzinfo=UTC)


@pytest.fixture
def county(county: Engine) -> Engine:
    load_divisions(county, read_divisions(DIVISIONS))
    return county


def show(county: Engine, code: str, now: datetime = NOW) -> EnrolAnswer:
    return enrol(county, EnrolRequest(1, code, "村委会一号机"), now)


def refused(county: Engine, code: str, now: datetime = NOW) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        show(county, code, now)
    assert (refusal.value.status, refusal.value.fault.code) == (403, "bad_code")
    return refusal.value


def test_a_code_lets_one_pc_into_its_village(county: Engine) -> None:
    answer = show(county, new_code(county, VILLAGE, NOW))
    assert (answer.area, answer.area_name) == (VILLAGE, "观音阁社区居委会")
    known = device_of(county, answer.token, NOW)
    assert (known.id, known.area, known.name) == (answer.device, VILLAGE, "村委会一号机")


def test_a_code_is_made_of_letters_nobody_mistakes(county: Engine) -> None:
    code = new_code(county, VILLAGE)
    assert [len(group) for group in code.split("-")] == [4, 4, 4]
    assert set(code) - {"-"} <= set(ALPHABET)
    assert not set("0O1IL") & set(ALPHABET)
    assert new_code(county, VILLAGE) != code


def test_a_code_may_be_typed_in_any_way(county: Engine) -> None:
    for typed in (str.lower, lambda c: c.replace("-", ""), lambda c: f" {c.replace('-', ' ')}　"):
        show(county, typed(new_code(county, VILLAGE, NOW)))


def test_a_code_works_once(county: Engine) -> None:
    code = new_code(county, VILLAGE, NOW)
    show(county, code)
    assert "用过" in str(refused(county, code))


def test_a_code_works_for_fourteen_days(county: Engine) -> None:
    code = new_code(county, VILLAGE, NOW)
    refused(county, code, NOW + timedelta(days=14))
    show(county, code, NOW + timedelta(days=14, seconds=-1))


@pytest.mark.parametrize("code", ["", "----", "AAAA-BBBB-CCCC", "x" * 10_000, "A\x00"])
def test_a_wrong_code_lets_nobody_in(county: Engine, code: str) -> None:
    new_code(county, VILLAGE, NOW)
    assert "不对" in str(refused(county, code))


def test_there_are_codes_for_villages_and_communities_only(county: Engine) -> None:
    for place in (COUNTY, "510183001000", "510183001999", "", "1' OR '1'='1"):
        with pytest.raises(ServerError, match="区划表里没有"):
            new_code(county, place)


def test_the_county_keeps_hashes_and_no_secrets(county: Engine) -> None:
    code = new_code(county, VILLAGE, NOW)
    answer = show(county, code)
    with county.connect() as connection:
        kept = [
            str(row) for table in (device, enrol_code) for row in connection.execute(select(table))
        ]
    assert not any(code in row or code.replace("-", "") in row for row in kept)
    assert not any(answer.token in row for row in kept)
    assert any(hashlib.sha256(answer.token.encode()).hexdigest() in row for row in kept)


def test_an_unknown_or_revoked_token_is_refused(county: Engine) -> None:
    answer = show(county, new_code(county, VILLAGE, NOW))
    with county.begin() as connection:
        connection.execute(update(device).values(revoked=1))
    for token, code in (
        ("", "unknown_device"),
        ("made up", "unknown_device"),
        (answer.token, "revoked"),
    ):
        with pytest.raises(Refusal) as refusal:
            device_of(county, token)
        assert (refusal.value.status, refusal.value.fault.code) == (401, code)


def test_a_pc_is_seen_by_the_hour_and_not_watched(county: Engine) -> None:
    token = show(county, new_code(county, VILLAGE, NOW)).token
    seen = []
    for minutes in (10, 59, 61, 70, 130):
        device_of(county, token, NOW + timedelta(minutes=minutes))
        with county.connect() as connection:
            seen.append(connection.execute(select(device.c.last_seen_at)).scalar_one()[11:16])
    assert seen == ["01:00", "01:00", "02:01", "02:01", "03:10"]


def test_a_pc_without_a_name_gets_one(county: Engine) -> None:
    for name in ("", " \n", "\x07"):
        code = new_code(county, VILLAGE, NOW)
        token = enrol(county, EnrolRequest(1, code, name), NOW).token
        assert device_of(county, token, NOW).name == UNNAMED


def test_after_ten_wrong_tries_an_address_waits_ten_minutes() -> None:
    clock = [0.0]
    throttle = Throttle(lambda: clock[0])
    for _ in range(TRIES):
        assert throttle.is_open("a")
        throttle.note_wrong("a")
        clock[0] += 1
    assert not throttle.is_open("a")
    assert throttle.is_open("b")
    clock[0] = WINDOW_S - 0.5
    assert not throttle.is_open("a")
    clock[0] = WINDOW_S
    assert throttle.is_open("a")
