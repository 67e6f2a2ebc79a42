"""The text for support says what support needs, and nothing of anybody."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import desktop
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from desktop.syncing.support import support_text
from desktop.syncing.troubles import Trouble
from sync.client.ports import LineFault, NoLine, Refused
from sync.protocol import EnrolAnswer, EnrolRequest, ExchangeAnswer, ExchangeRequest, Outcome
from sync.records import Household, Resident
from tests.bench.people import people
from tests.support.store import VILLAGE, id_number, send_all

ROOT = Path(desktop.__file__).parents[1]
#: What people are called, in any script, and what they may type anywhere.
NAMES = st.text(
    st.characters(categories=("L", "M", "N", "P", "S", "Zs"), exclude_characters="\x00"),
    min_size=2,
    max_size=20,
).filter(lambda name: name.strip() == name and not name.isdigit())


class Broken:
    """A line that fails as it was told to."""

    bytes_sent = bytes_received = 0

    def __init__(self, fault: LineFault) -> None:
        self._fault = fault

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        raise self._fault

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        raise self._fault

    def close(self) -> None:
        pass


def fail(store: Store, fault: LineFault) -> None:
    """Sync over a line that fails."""
    with pytest.raises(type(fault)):
        Syncing(store, lambda *_: Broken(fault)).run()  # type: ignore[arg-type]


def fill(store: Store) -> list[str]:
    """Let the store be full of people; what must never be told of them."""
    rows = list(people(40))
    with store.write() as writing:
        home = writing.create(Household, {"head": "王建国", "address": "花楸村三组七号"})
        writing.create_many(Resident, [{**row, "household": home} for row in rows])
        writing.create(Resident, {"name": "李秀英", "id_number": id_number(sequence=777)})
    store.set(token="Tk-secret-9f8e7d", operator="周桂芳", device_name="周桂芳的电脑")
    send_all(store, Outcome("rejected", 0, 3, reason="身份证号码已登记在“李秀英”名下"))
    values = [str(v) for row in rows for v in row.values() if v is not None and len(str(v)) > 3]
    return [
        *values,
        "王建国",
        "李秀英",
        "周桂芳",
        "花楸村",
        "Tk-secret",
        id_number(sequence=777),
        store.folder.name,
        str(store.folder),
    ]


def test_the_text_says_what_support_needs(store: Store) -> None:
    fill(store)
    store.set(
        server="https://user:pw@shige.example.gov.cn:8443/x", last_sync="2026-11-24T01:00:00+00:00"
    )
    fail(store, NoLine.of("no_server", "ConnectionRefusedError 111"))
    text = Syncing(store).support_text()
    for told in (
        f"实格 {desktop.VERSION}",
        "no_server",
        "ConnectionRefusedError 111",
        "shige.example.gov.cn:8443",
        "2026-11-24T01:00:00+00:00",
        "被退回：3",
        "待同步：39",
    ):
        assert told in text
    assert "pw" not in text
    assert re.search(r"出错时间：20\d\d-", text)


def test_a_store_full_of_people_is_told_by_counts_only(store: Store) -> None:
    secrets = fill(store)
    fail(store, Refused("unknown_device", "县里不认识王建国的电脑", "HTTP 401: unknown_device"))
    text = Syncing(store).support_text()
    assert "unknown_device" in text
    for secret in secrets:
        assert secret not in text
    assert not re.search(r"\d{15}", text), "no ID number, no area of a village, nothing so long"


@given(name=NAMES, detail=NAMES, code=NAMES, server=NAMES)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_whatever_people_and_servers_are_called_none_of_it_is_in_the_text(
    store: Store, name: str, detail: str, code: str, server: str
) -> None:
    """A county, a login page or a library may put anything into what it says."""
    marked = [f"{word}王{word}" for word in (name, detail, code, server)]
    with store.write() as writing:
        writing.create(Resident, {"name": "王" + "芳" * 3, "note": marked[0]})
    store.set(
        operator=marked[0],
        device_name=marked[0],
        area_name=marked[0],
        server=f"https://{marked[3]}@shige.example.gov.cn/{marked[3]}",
        line_limit=marked[0],
        last_sync=marked[1],
    )
    trouble = Trouble(marked[2], marked[0], f"HTTP 500: {marked[1]}", marked[1])
    text = support_text(store, trouble)
    for word in marked:
        assert word not in text
    assert "芳芳" not in text


def test_without_a_fault_the_text_says_so(store: Store) -> None:
    assert "代号：没有出错" in Syncing(store).support_text()
    assert VILLAGE not in Syncing(store).support_text()


def test_the_fault_is_kept_over_a_restart_and_told_in_the_status(store: Store) -> None:
    store.set(token="t", server="https://a")
    fail(store, NoLine.of("no_network", "OSError 101"))
    trouble = Syncing(store).status().trouble
    assert trouble is not None
    assert (trouble.code, trouble.words, trouble.again) == ("no_network", "没有网络", True)


def test_the_program_says_the_version_that_it_is_built_as() -> None:
    with (ROOT / "pyproject.toml").open("rb") as file:
        assert tomllib.load(file)["project"]["version"] == desktop.VERSION
