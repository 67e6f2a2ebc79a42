"""Promises 2 and 5: either end may be killed at any instant, and all ends agree afterwards."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.records import KINDS
from tests.support.server import County, county_process

VILLAGE = "510183001002"
PASSWORD = "pulled-plug"
KILLS = 50

Rows = dict[str, dict[str, tuple[object, ...]]]


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_fifty_kills_at_random_instants_lose_nothing_and_double_nothing(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_database") if database == "postgresql" else None
    chance = random.Random(20261125)
    county = County(tmp_path / "county", database=url)
    folders = [tmp_path / "first", tmp_path / "second"]
    with county_process(county):
        for folder in folders:
            enrolled(folder, county)

    for kill in range(KILLS):
        kill_somebody(county, folders, chance, seed=kill)

    with county_process(county):
        stores = [Store.open(folder, PASSWORD) for folder in folders]
        for store in (*stores, *stores):
            Syncing(store).run()
        here, there = (rows_of_pc(store) for store in stores)
        at_county = rows_of_county(county)
        waiting = [Syncing(store).status().waiting for store in stores]
    assert waiting == [0, 0]
    assert here == there == at_county
    written = [set((f / "written.txt").read_text().split()) for f in folders]
    assert all(written), "each PC got to write something between the kills"
    assert written[0] | written[1] <= set(here["resident"])


def kill_somebody(county: County, folders: list[Path], chance: random.Random, seed: int) -> None:
    """Let both PCs and the county work, kill one of the three at a random instant, stop the rest."""
    with county_process(county) as server, working(folders[0], seed) as first:
        with working(folders[1], seed + 1000) as second:
            victim = chance.choice([server, first, second])
            # Waiting for the other end of the pipe is a delay that ends early if the PC dies.
            wait(chance.uniform(0.0, 0.6))
            victim.kill()
            wait(chance.uniform(0.0, 0.2))


def wait(seconds: float) -> None:
    threading.Event().wait(seconds)


@contextmanager
def working(folder: Path, seed: int) -> Iterator[subprocess.Popen[str]]:
    """A PC at work; killed without warning at the end, which is one more pulled plug."""
    command = [sys.executable, "-m", "tests.support.pc", str(folder), PASSWORD, str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        try:
            yield process
        finally:
            process.kill()


def enrolled(folder: Path, county: County) -> None:
    store = Store.create(folder, PASSWORD)
    Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
    store.close()


def rows_of_pc(store: Store) -> Rows:
    with store.read() as connection:
        return {kind: _rows(connection.execute, kind) for kind in KINDS}


def rows_of_county(county: County) -> Rows:
    engine = create_engine(county.database_url)
    try:
        with engine.connect() as connection:
            return {kind: _rows(connection.execute, kind) for kind in KINDS}
    finally:
        engine.dispose()


def _rows(execute: Callable[..., object], kind: str) -> dict[str, tuple[object, ...]]:
    table = KINDS[kind].table
    found = [tuple(row) for row in execute(select(table))]  # type: ignore[attr-defined]
    by_id = {str(row[1]): row for row in found}
    assert len(by_id) == len(found), f"a {kind} stands twice"
    return by_id
