"""Promises 2 and 6: two syncs at once on one data folder, as two real processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from desktop.storage.store import Store
from sync.records import Resident
from tests.support.server import PATIENCE_S, ROOT, County, county_process
from tests.support.store import PASSWORD
from tests.support.working import all_agree, enrolled, hears, verb

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(6)]

MINE, THEIRS = 3000, 1500


def test_a_second_sync_waits_for_the_one_that_holds_the_folder_and_both_tell_the_truth(
    tmp_path: Path,
) -> None:
    county = County(tmp_path / "county")
    with county_process(county) as server:
        here, there = (enrolled(tmp_path / name, county) for name in ("here", "there"))
        mine, theirs = add(here, MINE), add(there, THEIRS)
        assert verb(there, "sync").returncode == 0
        with answering_nobody(server), syncing(here) as first:
            assert hears(first) == "asks", "it holds the folder, for its request is under way"
            with syncing(here) as second:
                assert hears(second) == "waits", "it must ask nothing while the other does"
                server.send_signal(signal.SIGCONT)
                receipt = ended_well(first)
                assert hears(second) == "asks"
                after = ended_well(second)
        assert (receipt["sent"], receipt["received"]) == (MINE, THEIRS)
        assert (after["sent"], after["received"]) == (0, 0), "nothing is told twice"
        assert after["round_trips"] == 1, "who waited found nothing left to do"
        for told in (receipt, after):
            assert (told["finished"], told["waiting"], told["refused"]) == (True, 0, 0)
        rows = all_agree(county, [here, there])
    assert set(rows["resident"]) == {*mine, *theirs}
    revision = list(Resident.table.c.keys()).index("revision")
    numbers = {row[revision] for row in rows["resident"].values()}
    assert numbers == set(range(1, MINE + THEIRS + 1)), "the county took in each change once"


def test_a_sync_that_is_killed_leaves_the_way_free_for_the_one_that_waits_behind_it(
    tmp_path: Path,
) -> None:
    county = County(tmp_path / "county")
    with county_process(county) as server:
        here = enrolled(tmp_path / "here", county)
        mine = add(here, MINE)
        with answering_nobody(server), syncing(here) as first:
            assert hears(first) == "asks"
            with syncing(here) as second:
                assert hears(second) == "waits"
                # In the middle of its request.
                first.kill()
                server.send_signal(signal.SIGCONT)
                assert hears(second) == "asks"
                receipt = ended_well(second)
        assert receipt["finished"]
        assert receipt["waiting"] == 0
        assert json.loads(verb(here, "sync", "--json").stdout)["sent"] == 0
        rows = all_agree(county, [here])
    assert set(rows["resident"]) == {*mine}


@contextmanager
def answering_nobody(server: subprocess.Popen[str]) -> Iterator[None]:
    """The county takes requests and answers none until it is let go on, at the latest here."""
    server.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        server.send_signal(signal.SIGCONT)


@contextmanager
def syncing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """One sync of its own on a data folder, which says how far it is."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.support.one_sync", str(folder), PASSWORD],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended_well(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a sync told in its receipt."""
    told = hears(process)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, "")
    receipt: dict[str, Any] = json.loads(told)
    return receipt


def add(folder: Path, count: int) -> list[str]:
    store = Store.open(folder, PASSWORD)
    with store.write() as writing:
        rows = [{"name": f"{folder.name}{n}"} for n in range(count)]
        ids = writing.create_many(Resident, rows)
    store.close()
    return ids
