"""Genuine bytes of version 1 (tests/data/version_1): today's county serves those desktops as their
own county did, and today's desktop understands that county."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zstandard

from desktop.storage.outbox import Outbox
from desktop.syncing.service import Syncing
from sync.client.http import HttpLine
from sync.client.ports import Batch, Refused, Tally
from sync.protocol import OLDEST, ExchangeAnswer, ExchangeRequest, unpack
from sync.records import Resident
from sync.server import intake
from sync.server.accounts import new_code
from sync.server.api import Api
from sync.server.database import bring_up_to_date, open_engine
from sync.server.divisions import load_divisions, read_divisions
from tests.support.server import DIVISIONS
from tests.support.store import VILLAGE, new_store
from tests.sync.client.line import says, serving

pytestmark = pytest.mark.promise(11)

RECORDED = Path(__file__).parents[1] / "data" / "version_1" / "session.json"
SESSION = json.loads(RECORDED.read_text(encoding="utf-8"))


# The messages as version 1 wrote them down: no field may be missing, and others are passed over.
class Outcome1(msgspec.Struct):
    code: str
    first: int
    count: int = 1
    revision: int = 0
    reason: str = ""
    again: bool = False


class Rows1(msgspec.Struct):
    kind: str
    area: str
    names: list[str]
    columns: list[list[str | int | None]]


class Answer1(msgspec.Struct):
    version: int
    outcomes: list[Outcome1]
    rows: list[Rows1]
    cursors: dict[str, int]
    remaining: int
    county_time: str


class Enrolled1(msgspec.Struct):
    version: int
    device: str
    token: str
    area: str
    area_name: str
    county_time: str


def read(packed: bytes, form: Any) -> Any:
    """As version 1 read a message."""
    plain = zstandard.ZstdDecompressor().decompress(packed, max_output_size=128 * 1024 * 1024)
    return msgspec.json.decode(plain, type=form)


def recorded(pc: str = "") -> list[dict[str, Any]]:
    """What was said, by one PC or all of the village."""
    return [
        {**one, **{name: base64.b64decode(one[name]) for name in ("request", "answer")}}
        for one in SESSION["said"]
        if one["pc"] == pc or (not pc and one["pc"] != "newer")
    ]


def held(answer: Answer1) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of an answer by kind and id; what the county's clock said is left out."""
    return {
        (rows.kind, str(values[rows.names.index("id")])): {
            name: value
            for name, value in zip(rows.names, values, strict=True)
            if not (rows.kind in ("conflict", "division") and name == "made_at")
        }
        for rows in answer.rows
        for values in zip(*rows.columns, strict=True)
    }


@pytest.fixture
def api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """Today's county, which knows the one-time codes that were shown then."""
    engine = open_engine(f"sqlite:///{tmp_path / 'county.sqlite3'}")
    bring_up_to_date(engine)
    load_divisions(engine, read_divisions(DIVISIONS))
    letters = chain.from_iterable(code.replace("-", "") for code in SESSION["codes"].values())
    with monkeypatch.context() as chosen:
        chosen.setattr("sync.server.accounts.secrets.choice", lambda _alphabet: next(letters))
        assert [new_code(engine, VILLAGE) for _ in range(2)] == list(SESSION["codes"].values())
    # What the county makes itself gets the ids it got then, for later requests name them.
    ids = iter(_conflicts())
    monkeypatch.setattr(intake, "uuid7", lambda: next(ids))
    yield Api(engine)
    engine.dispose()


def _conflicts() -> list[str]:
    found: dict[str, int] = {}
    for one in recorded():
        if one["path"] == "/api/exchange":
            for (kind, record), row in held(read(one["answer"], Answer1)).items():
                if kind == "conflict":
                    found.setdefault(record, row["revision"])
    return sorted(found, key=found.__getitem__)


def test_version_1_is_still_within_the_window() -> None:
    assert OLDEST == 1, "when it leaves the window, this file and its data go with it"


def test_todays_county_answers_a_desktop_of_version_1_as_its_own_county_did(api: Api) -> None:
    tokens: dict[str, str] = {}
    exchanged = 0
    for one in recorded():
        if one["path"] == "/api/enrol":
            enrolled = read(api.enrol(one["request"], "127.0.0.1"), Enrolled1)
            then = read(one["answer"], Enrolled1)
            assert (enrolled.area, enrolled.area_name) == (then.area, then.area_name)
            tokens[one["pc"]] = enrolled.token
            continue
        answer = read(api.exchange(one["request"], f"Bearer {tokens[one['pc']]}"), Answer1)
        then = read(one["answer"], Answer1)
        assert answer.outcomes == then.outcomes
        assert (answer.cursors, answer.remaining) == (then.cursors, then.remaining)
        now_held, then_held = held(answer), held(then)
        # Of a points entry the county notes on which PC it was made, a grid it gives a code: what
        # it has filled in it shows again.
        more = now_held.keys() - then_held.keys()
        assert then_held.keys() <= now_held.keys()
        assert {kind for kind, _ in more} <= {"points_entry", "grid"}
        for key, row in then_held.items():
            now_row = {name: now_held[key][name] for name in row}
            if key[0] == "grid":
                assert str(now_row.pop("code")).startswith(VILLAGE)
                row = {name: value for name, value in row.items() if name != "code"}
            assert now_row == row
        exchanged += 1
    assert exchanged == 9


def test_a_request_of_version_1_that_comes_again_is_answered_the_same_again(api: Api) -> None:
    enrolment, *_ = recorded("one")
    token = read(api.enrol(enrolment["request"], "127.0.0.1"), Enrolled1).token
    push = recorded("one")[1]
    first, again = (
        read(api.exchange(push["request"], f"Bearer {token}"), Answer1) for _ in range(2)
    )
    assert {(o.code, o.revision, o.again) for o in first.outcomes} == {("accepted", 1, False)}
    assert {(o.code, o.revision, o.again) for o in again.outcomes} == {("accepted", 1, True)}


def test_todays_desktop_takes_in_what_a_county_of_version_1_answered(tmp_path: Path) -> None:
    """What version 2 added to an answer is simply not there."""
    store, tally = new_store(tmp_path / "village"), Tally()
    outbox = Outbox(store)
    for one in recorded("one")[1:]:
        if not unpack(one["request"], ExchangeRequest).blocks or not tally.received:
            answer = unpack(one["answer"], ExchangeAnswer)
            assert (answer.histories, answer.holdings, answer.move) == ([], [], None)
            outbox.settle(Batch(), msgspec.structs.replace(answer, outcomes=[]), tally)
    counts = Syncing(store).status().counts
    assert counts["division"] == 204
    assert counts["resident"] > 0
    with store.read() as connection:
        phones = connection.exec_driver_sql("SELECT phone FROM resident WHERE name = '张三'")
        assert phones.scalar() == "13700000001", "the choice of the other PC"
    store.close()


def test_todays_desktop_is_told_by_a_county_of_version_1_that_it_is_newer_and_waits(
    tmp_path: Path,
) -> None:
    """Word for word what that county said to a request of version 2."""
    (refusal,) = recorded("newer")
    store = new_store(tmp_path / "village")
    with store.write() as writing:
        writing.create(Resident, {"name": "张三"})
    with serving(says(refusal["answer"], "426 Upgrade Required")) as county:
        store.set(server=county.url, token="t")
        with pytest.raises(Refused) as caught:
            Syncing(store, HttpLine).run()
    assert (caught.value.code, caught.value.again) == ("county_too_old", True)
    assert "请等县里升级" in caught.value.sentence
    status = Syncing(store).status()
    assert status.waiting == 1
    assert status.trouble is not None
    assert status.trouble.code == "county_too_old"
    store.close()
