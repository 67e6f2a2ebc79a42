"""Promises 2 and 5: either end may be killed at any instant, and all ends agree afterwards."""

from __future__ import annotations

import random
import subprocess
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.support.server import County, county_process
from tests.support.working import all_agree, enrolled, working, written

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(5)]

KILLS = 50


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
        rows = all_agree(county, folders)
    assert all(map(written, folders)), "each PC got to write something between the kills"
    assert set.union(*map(written, folders)) <= set(rows["resident"])


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
