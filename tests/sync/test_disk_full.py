"""Promises 1, 2 and 4: a disk without room, on the PC or at the county, in the midst of it all.

All ends are real processes. Somebody is told in a sentence, nothing that was saved or acknowledged
is missing, and when there is room again all goes on by itself.
"""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from desktop.storage.errors import DiskFull
from desktop.storage.store import Store
from sync.records import Resident
from tests.support.disk import Disk, largest_file, limit, small_disk, ways
from tests.support.postgres import Cluster, fresh_database, own_cluster
from tests.support.server import County, county_process
from tests.support.store import PASSWORD
from tests.support.working import (
    all_agree,
    enrolled,
    hears,
    rows_of_county,
    verb,
    working,
    written,
)

pytestmark = [pytest.mark.promise(1), pytest.mark.promise(2), pytest.mark.promise(4)]

COUNTY_IS_FULL = "县里的服务器磁盘满了，这次送的没有收下，请告诉县里；您填的都在本机"
#: What PostgreSQL's own files never reach and a few thousand residents do.
POSTGRES_ROOM = 2 * 1024 * 1024
LONG = "长" * 400


@pytest.fixture(params=ways())
def way(request: pytest.FixtureRequest) -> str:
    """How the disk is full: each way that this system allows."""
    return str(request.param)


@pytest.fixture
def disk(way: str, tmp_path: Path) -> Iterator[Disk]:
    """A disk that can be filled."""
    with small_disk(tmp_path / "disk", way) as disk:
        yield disk


def test_a_pc_at_work_whose_disk_fills_up_says_so_loses_nothing_and_goes_on(
    disk: Disk, tmp_path: Path
) -> None:
    county = County(tmp_path / "county")
    with county_process(county):
        folders = [enrolled(disk.folder / "first", county), enrolled(tmp_path / "second", county)]
        with working(folders[0]) as pc:
            for _ in range(2):
                disk.fill(pc.pid)
                assert hears(pc) == f"told {DiskFull.sentence}"
                disk.free(pc.pid)
                assert hears(pc) == "well"
        rows = all_agree(county, folders)
    assert written(disk.folder / "first") <= set(rows["resident"])


def test_a_sync_that_runs_into_a_full_disk_keeps_what_came_and_goes_on_later(
    tmp_path: Path,
) -> None:
    county = County(tmp_path / "county")
    with county_process(county):
        here, there = (enrolled(tmp_path / name, county) for name in ("here", "there"))
        mine, theirs = add(here, 500), add(there, 4000, note=LONG)
        verb(there, "sync")
        size = largest_file(here)
        room = size + 2 * 1024 * 1024  # for some of what comes, not for all
        full = verb(here, "sync", before=partial(limit, 0, room))
        assert (full.returncode, full.stderr) == (1, f"{DiskFull.sentence}\n")
        came = json.loads(verb(here, "status", "--json").stdout)
        assert 500 <= came["counts"]["resident"] < 4500
        again = json.loads(verb(here, "sync", "--json").stdout)
        assert again["finished"]
        assert again["waiting"] == 0
        rows = all_agree(county, [here, there])
    assert set(rows["resident"]) == {*mine, *theirs}


def test_a_county_on_sqlite_without_room_tells_its_pcs_and_acknowledges_nothing(
    disk: Disk, tmp_path: Path
) -> None:
    county = County(disk.folder / "county")
    with county_process(county) as server:
        here, there = (enrolled(tmp_path / name, county) for name in ("here", "there"))
        known = add(here, 10)
        verb(here, "sync")
        disk.fill(server.pid)
        mine = add(here, 1000, note=LONG)
        for _ in range(2):
            told = verb(here, "sync")
            assert (told.returncode, told.stderr) == (1, f"{COUNTY_IS_FULL}\n")
        assert json.loads(verb(here, "status", "--json").stdout)["waiting"] == 1000
        assert set(rows_of_county(county)["resident"]) == {*known}
        disk.free(server.pid)
        assert verb(here, "sync").returncode == 0, "the same process of the county goes on"
        rows = all_agree(county, [here, there])
    assert set(rows["resident"]) == {*known, *mine}


@pytest.mark.postgres
def test_a_county_on_postgresql_without_room_tells_its_pcs_and_acknowledges_nothing(
    cluster: Cluster, tmp_path: Path
) -> None:
    with fresh_database(cluster.url) as url:
        county = County(tmp_path / "county", database=url)
        cluster.limit_files(POSTGRES_ROOM)
        with county_process(county) as server:
            here, there = (enrolled(tmp_path / name, county) for name in ("here", "there"))
            known = add(here, 10)
            verb(here, "sync")
            mine = add(here, 3000, note=LONG)
            told = verb(here, "sync")
            assert (told.returncode, told.stderr) == (1, f"{COUNTY_IS_FULL}\n")
            waiting = json.loads(verb(here, "status", "--json").stdout)["waiting"]
            assert 0 < waiting <= 3000
            kept = set(rows_of_county(county)["resident"])
            assert len(kept) == 3010 - waiting, "what was acknowledged is there, and nothing else"
            cluster.limit_files(resource.RLIM_INFINITY)
            assert verb(here, "sync").returncode == 0
            assert server.poll() is None, "the county's process was never started again"
            rows = all_agree(county, [here, there])
    assert set(rows["resident"]) == {*known, *mine}


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of one's own whose files can be limited: its log is made of small ones."""
    with own_cluster("--wal-segsize=1") as cluster:
        yield cluster


def add(folder: Path, count: int, **values: str) -> list[str]:
    """Write residents on a PC; return their ids."""
    store = Store.open(folder, PASSWORD)
    with store.write() as writing:
        rows = [{"name": f"{folder.name}{n}", **values} for n in range(count)]
        ids = writing.create_many(Resident, rows)
    store.close()
    return ids
