"""Promises 2 and 6: two syncs at once on one data folder, as two real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from desktop.storage.alone import FILE
from desktop.storage.store import Store
from sync.records import Resident
from tests.support.server import PATIENCE_S, ROOT, County, county_process
from tests.support.store import PASSWORD
from tests.support.working import all_agree, enrolled, verb, verb_command

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(6)]

MINE, THEIRS = 3000, 1500


def test_two_syncs_at_the_same_instant_both_end_well_and_tell_the_truth_between_them(
    tmp_path: Path,
) -> None:
    county = County(tmp_path / "county")
    with county_process(county) as server:
        here, there = (enrolled(tmp_path / name, county) for name in ("here", "there"))
        mine, theirs = add(here, MINE), add(there, THEIRS)
        assert verb(there, "sync").returncode == 0
        # Nobody is answered before both have begun.
        server.send_signal(signal.SIGSTOP)
        with syncing(here) as first, syncing(here) as second:
            wait_until_begun(first)
            wait_until_begun(second)
            server.send_signal(signal.SIGCONT)
            receipts = [ended_well(process) for process in (first, second)]
        assert [receipt["finished"] for receipt in receipts] == [True, True]
        told = sorted((receipt["sent"], receipt["received"]) for receipt in receipts)
        assert told == [(0, 0), (MINE, THEIRS)], "nothing is told twice"
        trips = min(receipt["round_trips"] for receipt in receipts)
        assert trips == 1, "who waited for the other found nothing left to do"
        assert [receipt["waiting"] for receipt in receipts] == [0, 0]
        rows = all_agree(county, [here, there])
    assert set(rows["resident"]) == {*mine, *theirs}


def test_a_sync_that_is_killed_leaves_the_way_free_for_the_one_that_waits_behind_it(
    tmp_path: Path,
) -> None:
    county = County(tmp_path / "county")
    with county_process(county) as server:
        here = enrolled(tmp_path / "here", county)
        mine = add(here, MINE)
        # Nobody is answered before the first is dead, in the middle of its request.
        server.send_signal(signal.SIGSTOP)
        with syncing(here) as first:
            wait_until_begun(first)
            with syncing(here) as second:
                wait_until_begun(second)
                first.kill()
                server.send_signal(signal.SIGCONT)
                receipt = ended_well(second)
        assert receipt["finished"]
        assert receipt["waiting"] == 0
        assert json.loads(verb(here, "sync", "--json").stdout)["sent"] == 0
        rows = all_agree(county, [here])
    assert set(rows["resident"]) == {*mine}


@contextmanager
def syncing(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """One ``sync`` of its own on a data folder."""
    with subprocess.Popen(
        verb_command(folder, "sync", "--json"),
        cwd=ROOT,
        env=os.environ | {"SHIGE_PASSWORD": PASSWORD},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    ) as process:
        yield process


def wait_until_begun(process: subprocess.Popen[str]) -> None:
    """Wait until a sync has its hand on the folder's lock."""
    files = Path(f"/proc/{process.pid}/fd")
    while not any(path.name == FILE for path in open_files(files)):
        assert process.poll() is None
        threading.Event().wait(0.01)


def open_files(files: Path) -> Iterator[Path]:
    """What a process has open; some of it may be closed while one looks."""
    for file in files.iterdir():
        with suppress(FileNotFoundError):
            yield file.readlink()


def ended_well(process: subprocess.Popen[str]) -> dict[str, Any]:
    """What a sync told in its receipt."""
    out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (0, "")
    receipt: dict[str, Any] = json.loads(out)
    return receipt


def add(folder: Path, count: int) -> list[str]:
    store = Store.open(folder, PASSWORD)
    with store.write() as writing:
        rows = [{"name": f"{folder.name}{n}"} for n in range(count)]
        ids = writing.create_many(Resident, rows)
    store.close()
    return ids
