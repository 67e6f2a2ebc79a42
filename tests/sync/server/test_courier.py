"""The county takes files from sticks over a real socket, on either database."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from desktop.storage.store import Store
from desktop.syncing.courier import Courier
from desktop.syncing.service import Syncing
from sync.client import courier as carrier
from sync.client import wire
from sync.client.http import HttpLine
from sync.client.ports import LineFault, NoLine, Refused
from sync.courier import LONGEST_FILE, Header, Sealer, inspect
from sync.keys import IntroduceRequest, SecretKeys
from sync.protocol import VERSION, EnrolRequest, Fault, unpack
from sync.records import Resident
from sync.server.courier import answer_file
from sync.server.settings import open_folder
from sync.server.throttle import TRIES
from sync.stick import Stopped
from tests.support.server import County, county_process
from tests.support.silent import Silent
from tests.support.store import VILLAGE, id_number, new_store
from tests.sync.client.line import says, serving

pytestmark = pytest.mark.promise(12)


@pytest.fixture
def served(database: str, tmp_path: Path) -> Iterator[County]:
    given = None if database.startswith("sqlite") else database
    county = County(tmp_path / "county", database=given)
    with county_process(county):
        yield county


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """One server for what no database has a part in."""
    county = County(tmp_path_factory.mktemp("one") / "county")
    with county_process(county):
        yield county


@pytest.fixture
def pc(tmp_path: Path) -> Iterator[Callable[[County, str], Store]]:
    """Makes village PCs that are enrolled."""
    made: list[Store] = []

    def make(county: County, name: str) -> Store:
        store = new_store(tmp_path / name)
        made.append(store)
        store.set(device_name=name)
        Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
        return store

    yield make
    for store in made:
        store.close()


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick"
    folder.mkdir()
    return folder


def write(store: Store, *names: str) -> list[str]:
    with store.write() as writing:
        return list(writing.create_many(Resident, [{"name": name} for name in names]))


def names(store: Store) -> set[str]:
    with store.read() as connection:
        return set(connection.exec_driver_sql("SELECT name FROM resident").scalars())


def test_a_village_without_a_line_and_one_with_a_line_come_to_the_same(
    served: County, pc: Callable[..., Store], stick: Path
) -> None:
    by_stick, by_line = pc(served, "by-stick"), pc(served, "by-line")
    write(by_line, "王芳")
    Syncing(by_line).run()
    write(by_stick, "张伟", "李强")
    courier = Courier(by_stick)
    carried = carrier.carry(served.url, courier.export(stick).path)
    assert carried.header.village
    receipt = courier.take_in(carried.answer).receipt
    assert (receipt.sent, receipt.received, receipt.waiting) == (2, 1, 0)
    Syncing(by_line).run()
    assert names(by_line) == names(by_stick) == {"王芳", "张伟", "李强"}
    # Carried once more by somebody who did not know: the same numbers, nothing twice.
    carried.answer.unlink()
    again = carrier.carry(served.url, carried.source)
    assert courier.take_in(again.answer).receipt.sent == 0
    assert served.verb("totals", "--json").count('"resident": 3') == 1


def test_five_thousand_changes_go_by_stick(
    served: County, pc: Callable[..., Store], stick: Path
) -> None:
    store = pc(served, "full")
    write(store, *(f"居民{number}" for number in range(5000)))
    courier = Courier(store)
    exported = courier.export(stick)
    assert (exported.changes, exported.left) == (5000, 0)
    heard: list[tuple[int, int]] = []
    carried = carrier.carry(served.url, exported.path, lambda *far: heard.append(far))
    assert heard[-1][0] == heard[-1][1] == exported.path.stat().st_size
    receipt = courier.take_in(carried.answer).receipt
    assert (receipt.sent, receipt.received, receipt.waiting) == (5000, 0, 0)


def test_memory_does_not_grow_with_the_number_of_changes(tmp_path: Path, stick: Path) -> None:
    """Each end holds a page at a time: export, county and import, each for itself."""
    county = County(tmp_path / "county")
    with county_process(county):
        stores = []
        for count in (2000, 6000):
            store = new_store(tmp_path / f"pc-{count}")
            stores.append((count, store))
            Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
            with store.write() as writing:
                rows = [
                    {
                        "name": f"居民{n}",
                        "id_number": id_number(f"19{60 + n // 999:02}0203", n % 999),
                    }
                    for n in range(count)
                ]
                writing.create_many(Resident, [{**row, "address": "某村某组" * 9} for row in rows])
    peaks: dict[int, list[int]] = {}
    for count, store in stores:
        engine = open_folder(county.folder)
        with engine.begin() as connection:
            # Each PC meets an empty village: only its own changes count.
            for table in ("resident", "change_log", "log_run", "area_head"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
        courier, peak = Courier(store), Peak()
        exported = peak.of(lambda c=courier: c.export(stick))  # type: ignore[misc]
        answer = exported.path.with_suffix(".shige-back")
        with exported.path.open("rb") as source, answer.open("w+b") as target:
            peak.of(lambda e=engine, s=source, t=target: answer_file(e, s, t))  # type: ignore[misc]
        taken = peak.of(lambda c=courier, a=answer: c.take_in(a))  # type: ignore[misc]
        assert taken.receipt.sent == count
        peaks[count] = peak.found
        engine.dispose()
        store.close()
    for few, many in zip(peaks[2000], peaks[6000], strict=True):
        assert many < 1.5 * few, peaks


class Peak:
    """The most that Python held at once during each piece of work, in bytes."""

    def __init__(self) -> None:
        self.found: list[int] = []

    def of(self, work: Callable[[], Any]) -> Any:
        tracemalloc.start()
        try:
            return work()
        finally:
            self.found.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()


def test_keys_are_exchanged_at_enrolment_and_later_for_older_pcs(one: County) -> None:
    keys = SecretKeys.new().public
    line = HttpLine(one.url)
    answer = line.enrol(EnrolRequest(VERSION, one.enrol_code(VILLAGE), "新机", keys))
    assert answer.keys is not None
    line.close()
    known = HttpLine(one.url, answer.token)
    assert known.introduce(IntroduceRequest(VERSION, keys)).keys == answer.keys
    known.close()
    stranger = HttpLine(one.url, "nobody")
    with pytest.raises(Refused, match="不认识"):
        stranger.introduce(IntroduceRequest(VERSION, keys))
    stranger.close()


def test_the_countys_secret_keys_stay_the_same_when_it_starts_again(tmp_path: Path) -> None:
    county = County(tmp_path / "county")
    found = []
    for _ in range(2):
        with county_process(county):
            line = HttpLine(county.url)
            found.append(line.enrol(EnrolRequest(VERSION, county.enrol_code(VILLAGE), "机")).keys)
            line.close()
    assert found[0] == found[1]


def post(county: County, body: bytes) -> tuple[int, str, str]:
    response = requests.post(county.url + "/api/courier", data=body, timeout=30)
    fault = unpack(response.content, Fault)
    assert not fault.sentence.isascii()
    return response.status_code, fault.code, fault.sentence


def test_whatever_is_no_file_of_ours_is_refused_and_too_many_are_turned_away(
    tmp_path: Path,
) -> None:
    county = County(tmp_path / "county")
    with county_process(county):
        stranger, other = SecretKeys.new(), SecretKeys.new()
        file = io.BytesIO()
        header = Header("out", "f", "nobody", other.public.fingerprint)
        Sealer(file, header, stranger, other.public).close()
        assert post(county, b"")[:2] == (400, "bad_file")
        assert post(county, b"x" * 1000)[:2] == (400, "bad_file")
        assert post(county, file.getvalue()[:-1])[:2] == (400, "bad_file")
        assert post(county, b"SHIGE\r\n\x02" + b"x" * 99)[:2] == (400, "version")
        status, code, sentence = post(county, file.getvalue())
        assert (status, code) == (403, "other_county")
        assert "另" in sentence or "不是" in sentence
        for _ in range(TRIES):
            last = post(county, b"x")
        assert last[:2] == (429, "too_many_tries")


def test_a_file_longer_than_any_is_refused_unread(one: County, stick: Path) -> None:
    long = stick / "long.shige-out"
    with long.open("wb") as file:
        file.truncate(LONGEST_FILE + 1)
    with long.open("rb") as file:
        try:
            response = requests.post(one.url + "/api/courier", data=file, timeout=30)
        except requests.ConnectionError:
            return  # The county hung up before the end, as it may.
    assert response.status_code == 413
    assert unpack(response.content, Fault).code == "too_large"


def test_no_line_is_told_and_leaves_nothing_half_on_the_stick(
    one: County, pc: Callable[..., Store], stick: Path
) -> None:
    store = pc(one, "alone")
    write(store, "张三")
    exported = Courier(store).export(stick)
    with pytest.raises(NoLine, match="还在U盘上"):
        carrier.carry("http://127.0.0.1:9", exported.path)
    assert list(stick.iterdir()) == [exported.path]


def test_a_carrying_that_is_stopped_does_not_wait_for_a_county_that_hangs(
    one: County, pc: Callable[..., Store], stick: Path
) -> None:
    store = pc(one, "hanging")
    write(store, "张三")
    exported = Courier(store).export(stick)
    silent = Silent()
    with pytest.raises(Stopped):
        carrier.carry(silent.url, exported.path, cancelled=silent.asked.is_set)
    assert silent.left.wait(wire.READ_SECONDS / 4), "it hung up"
    silent.close()
    assert list(stick.iterdir()) == [exported.path]


@pytest.mark.parametrize("length", [0, 10, 200])
def test_an_answer_that_does_not_arrive_whole_is_carried_again(
    one: County, pc: Callable[..., Store], stick: Path, length: int
) -> None:
    store = pc(one, "cut")
    write(store, "张三")
    exported = Courier(store).export(stick)
    whole = carrier.carry(one.url, exported.path).answer.read_bytes()
    exported.path.with_suffix(".shige-back").unlink()
    with serving(says(whole[:length])) as server, pytest.raises(LineFault) as fault:
        carrier.carry(server.url, exported.path)
    assert not fault.value.sentence.isascii()
    assert list(stick.iterdir()) == [exported.path]
    carried = carrier.carry(one.url, exported.path)
    with carried.answer.open("rb") as file:
        assert inspect(file).answers == carried.header.file
