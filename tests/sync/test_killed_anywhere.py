"""Promises 2 and 5: either end may be killed at any instant, and all ends agree afterwards."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
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

    with Everybody(county, folders) as everybody:
        for _ in range(KILLS):
            # Records keep flowing meanwhile; the instant is what must be random.
            threading.Event().wait(chance.uniform(0.0, 0.5))
            everybody.kill_and_start_again(chance.randrange(3))

    with county_process(county):
        stores = [Store.open(folder, PASSWORD) for folder in folders]
        for store in (*stores, *stores):
            Syncing(store).run()
        here, there = (rows_of_pc(store) for store in stores)
        at_county = rows_of_county(county)
        waiting = [Syncing(store).status().waiting for store in stores]
        for store in stores:
            store.close()
    assert waiting == [0, 0]
    assert here == there == at_county
    written = [set((folder / "written.txt").read_text().split()) for folder in folders]
    assert all(written), "each PC got to write something between the kills"
    assert written[0] | written[1] <= set(here["resident"])


class Everybody:
    """The county and two PCs as processes at work; any of them can be killed without warning."""

    def __init__(self, county: County, folders: list[Path]) -> None:
        self._starts: list[Callable[[], AbstractContextManager[subprocess.Popen[str]]]] = [
            partial(county_process, county),
            *(partial(working, folder) for folder in folders),
        ]
        self._contexts: list[AbstractContextManager[subprocess.Popen[str]]] = []
        self._processes: list[subprocess.Popen[str]] = []

    def __enter__(self) -> Everybody:
        self._contexts = [start() for start in self._starts]
        self._processes = [context.__enter__() for context in self._contexts]
        return self

    def __exit__(self, *exception: object) -> None:
        for process, context in zip(self._processes, self._contexts, strict=True):
            process.kill()
            context.__exit__(None, None, None)

    def kill_and_start_again(self, victim: int) -> None:
        """SIGKILL one of the three, and start it anew on what it left behind."""
        assert self._processes[victim].poll() is None, "nobody ends but by a kill"
        self._processes[victim].kill()
        self._contexts[victim].__exit__(None, None, None)
        self._contexts[victim] = self._starts[victim]()
        self._processes[victim] = self._contexts[victim].__enter__()


@contextmanager
def working(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A PC at work, until it is killed."""
    command = [sys.executable, "-m", "tests.support.pc", str(folder), PASSWORD]
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
