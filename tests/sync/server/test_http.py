"""The county's server as a process of its own, over a real socket."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import zstandard

from sync.client.http import HttpLine
from sync.protocol import (
    CONTENT_TYPE,
    LONGEST_PACKED,
    LONGEST_PLAIN,
    VERSION,
    Change,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    Fault,
    pack,
    to_blocks,
    unpack,
)
from sync.records.lists import default_lists
from sync.server.throttle import TRIES
from tests.support.server import County, county_process
from tests.sync.server.pcs import COUNTY, VILLAGE, codes, create


@pytest.fixture
def county(database: str, tmp_path: Path) -> County:
    given = None if database.startswith("sqlite") else database
    return County(tmp_path / "county", database=given)


@pytest.fixture
def served(county: County) -> Iterator[County]:
    with county_process(county):
        yield county


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """One server for what no database has a part in."""
    county = County(tmp_path_factory.mktemp("one") / "county")
    with county_process(county):
        yield county


@pytest.fixture(scope="module")
def token(one: County) -> str:
    """The Authorization header of a PC that this server knows."""
    return f"Bearer {enrolled(one)}"


def enrolled(county: County, code: str = "") -> str:
    """The token of a new PC."""
    line = HttpLine(county.url)
    answer = line.enrol(EnrolRequest(VERSION, code or county.enrol_code(VILLAGE), "一号机"))
    line.close()
    return answer.token


def send(county: County, token: str, *changes: Change) -> ExchangeAnswer:
    line = HttpLine(county.url, token)
    answer = line.exchange(ExchangeRequest(VERSION, {}, to_blocks(changes)))
    line.close()
    return answer


def post(county: County, path: str, body: bytes, **headers: str) -> requests.Response:
    return requests.post(county.url + path, data=body, headers=headers, timeout=30)


def fault_of(response: requests.Response) -> tuple[int, str]:
    fault = unpack(response.content, Fault)
    assert fault.sentence
    assert not fault.sentence.isascii()
    assert response.headers["content-type"] == CONTENT_TYPE
    return response.status_code, fault.code


def test_a_village_gets_in_writes_and_reads_over_the_line(served: County) -> None:
    health = requests.get(served.url + "/api/health", timeout=30).json()
    assert (health["status"], health["version"]) == ("ok", VERSION)
    # The verb works beside the running server.
    first = enrolled(served, served.verb("enroll-code", "--village", VILLAGE))
    second = enrolled(served)
    answer = send(served, first, create("resident", "r", name="张三"))
    assert codes(answer) == ["accepted"]
    read = send(served, second)
    items = sum(map(len, default_lists().values()))
    assert {(rows.kind, len(rows)) for rows in read.rows} == {
        ("division", 204),
        ("list_item", items),
        ("resident", 1),
    }
    assert read.cursors == {COUNTY: 204 + items, VILLAGE: 1}


@pytest.mark.promise(2)
def test_what_was_accepted_is_still_there_after_the_server_was_killed(county: County) -> None:
    change = create("resident", "r", name="张三")
    with county_process(county) as process:
        token = enrolled(county)
        send(county, token, change)
        process.kill()
        process.wait()
    address = county.url
    with county_process(county):
        assert county.url == address
        answer = send(county, token, change)
    assert codes(answer) == ["accepted"]
    assert answer.outcomes[0].again
    assert json.loads(county.verb("totals", "--json"))["resident"] == 1


def test_the_server_ends_in_order_when_told_to(county: County) -> None:
    with county_process(county) as process:
        send(county, enrolled(county), create("resident", "r", name="张三"))
        process.terminate()
        process.wait(30)
    if county.database_url.startswith("sqlite"):
        assert not list(county.folder.glob("*-wal"))


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer ", "Bearer made-up", "Basic YTpi"])
def test_a_stranger_is_sent_away(one: County, shown: str) -> None:
    body = pack(ExchangeRequest(VERSION, {}))
    answer = post(one, "/api/exchange", body, Authorization=shown)
    assert fault_of(answer) == (401, "unknown_device")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no message",
        b"\x28\xb5\x2f\xfd",
        pack(ExchangeRequest(VERSION, {}))[:-3],
        zstandard.compress(b"[]"),
        zstandard.compress(b'{"version": 1}'),
        zstandard.compress(b'{"version": "1", "cursors": {}}'),
        zstandard.compress(b'{"version": 1, "cursors": {}, "blocks": [1]}'),
        zstandard.compress(b'{"version": 1, "cursors": {"a": 1.5}}'),
        zstandard.compress(b'{"version": 1, "cursors": {"\xff": 1}}'),
        zstandard.compress(b" " * (LONGEST_PLAIN + 1)),
    ],
)
def test_what_is_no_message_is_refused_as_a_whole(one: County, token: str, body: bytes) -> None:
    assert fault_of(post(one, "/api/exchange", body, Authorization=token)) == (400, "bad_message")


def test_a_message_too_large_is_not_read(one: County) -> None:
    endless = b"x" * (LONGEST_PACKED + 1)
    assert fault_of(post(one, "/api/exchange", endless)) == (413, "too_large")
    assert fault_of(post(one, "/api/enrol", b"x" * 100_000)) == (413, "too_large")


@pytest.mark.promise(11)
@pytest.mark.parametrize("version", [0, VERSION + 1, 10**6])
def test_another_version_is_told_so_whatever_its_form(
    one: County, token: str, version: int
) -> None:
    for body in (
        pack(ExchangeRequest(version, {})),
        zstandard.compress(json.dumps({"version": version, "parcels": []}).encode()),
    ):
        answer = post(one, "/api/exchange", body, Authorization=token)
        assert fault_of(answer) == (426, "version")
    enrol = pack(EnrolRequest(version, "A", "B"))
    assert fault_of(post(one, "/api/enrol", enrol)) == (426, "version")


def test_what_the_server_does_not_know_is_refused_in_its_own_words(one: County) -> None:
    assert fault_of(post(one, "/api/nothing", b""))[0] == 404
    assert fault_of(requests.get(one.url + "/api/exchange", timeout=30))[0] == 405
    assert requests.get(one.url + "/schema", timeout=30).status_code == 404


def test_guessing_codes_is_slowed_down(served: County) -> None:
    guess = pack(EnrolRequest(VERSION, "AAAA-BBBB-CCCC", "一号机"))
    for _ in range(TRIES):
        assert fault_of(post(served, "/api/enrol", guess)) == (403, "bad_code")
    assert fault_of(post(served, "/api/enrol", guess)) == (429, "too_many_tries")
    right = pack(EnrolRequest(VERSION, served.enrol_code(VILLAGE), "一号机"))
    assert fault_of(post(served, "/api/enrol", right)) == (429, "too_many_tries")


def test_no_residents_data_gets_into_what_the_server_says(tmp_path: Path) -> None:
    county = County(tmp_path / "county")
    with county_process(county) as process:
        token = enrolled(county)
        send(county, token, create("resident", "r", name="张三丰", phone="13812345678"))
        send(county, token, create("resident", "s", name="张三丰", id_number="51018319"))
        process.terminate()
        assert process.stdout is not None
        said = process.stdout.read()
    assert "张三丰" not in said
    assert "13812345678" not in said
