"""What is wrong around the county's server is told apart on the wire: full, or no database."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import psycopg
import pytest
from litestar.testing import TestClient
from sqlalchemy import event, exc

from sync.protocol import VERSION, EnrolRequest, ExchangeRequest, Fault, pack, to_blocks, unpack
from sync.server.accounts import enrol, new_code
from sync.server.app import make_app
from sync.server.database import bring_up_to_date, is_disk_full, open_engine
from sync.server.divisions import load_divisions, read_divisions
from tests.support.server import DIVISIONS
from tests.sync.server.pcs import VILLAGE, create


def test_a_county_whose_disk_is_full_says_so_and_takes_the_same_changes_in_later(
    fresh_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "county.sqlite3"
    shutil.copy(fresh_file, path)
    engine = open_engine(f"sqlite:///{path}")
    bring_up_to_date(engine)
    load_divisions(engine, read_divisions(DIVISIONS))
    token = enrol(engine, EnrolRequest(VERSION, new_code(engine, VILLAGE), "一号机")).token
    engine.dispose()
    room = {"pages": 0}

    def limit(connection: Any, _record: object) -> None:
        # SQLite itself runs out of room, as on a disk that is full.
        if room["pages"] == 0:
            room["pages"] = connection.execute("PRAGMA page_count").fetchone()[0] + 4
        connection.execute(f"PRAGMA max_page_count = {room['pages']}")

    event.listen(engine, "connect", limit)
    changes = [create("resident", name=f"村民{n}", note="长" * 400) for n in range(200)]
    body = pack(ExchangeRequest(VERSION, {}, to_blocks(changes)))
    headers = {"Authorization": f"Bearer {token}"}
    with TestClient(make_app(engine, tmp_path)) as client:
        refused = client.post("/api/exchange", content=body, headers=headers)
        assert (refused.status_code, unpack(refused.content, Fault).code) == (503, "disk_full")
        assert "您填的都在本机" in unpack(refused.content, Fault).sentence
        room["pages"] = 10**6
        engine.dispose()
        taken = client.post("/api/exchange", content=body, headers=headers)
    assert taken.status_code == 200


def test_a_county_whose_database_does_not_answer_says_that_it_is_busy(tmp_path: Path) -> None:
    engine = open_engine("postgresql://nobody@127.0.0.1:9/nothing")
    with TestClient(make_app(engine, tmp_path)) as client:
        answer = client.post(
            "/api/exchange",
            content=pack(ExchangeRequest(VERSION, {})),
            headers={"Authorization": "Bearer x"},
        )
    assert (answer.status_code, unpack(answer.content, Fault).code) == (503, "busy")


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (psycopg.errors.DiskFull("could not extend file: no space"), True),
        (psycopg.errors.AdminShutdown("gone"), False),
        (OSError("could not extend file: No space left on device"), True),
        (OSError("database is locked"), False),
    ],
)
def test_a_full_disk_is_known_by_what_either_database_says(error: Exception, full: bool) -> None:
    assert is_disk_full(exc.OperationalError("x", {}, error)) is full
