"""Promises 2 and 4: the county stops in the middle of a sync, and comes back, as often as it likes.

All ends are real: PCs and the county as processes, PostgreSQL as a server that is stopped.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.support.postgres import Cluster, fresh_database, own_cluster
from tests.support.server import PATIENCE_S, County, county_process
from tests.support.working import (
    all_agree,
    enrolled,
    hears,
    verb,
    wait_for_growth,
    working,
    written,
)

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(4)]

RESTARTS = 2
#: SIGQUIT is what ``pg_ctl stop -m immediate`` sends: as if it had crashed. SIGINT ends in order.
CRASH, IN_ORDER = signal.SIGQUIT, signal.SIGINT


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["told to end", "killed"])
def test_a_county_restarted_in_the_middle_of_a_sync_loses_and_doubles_nothing(
    how: signal.Signals, tmp_path: Path
) -> None:
    county = County(tmp_path / "county")
    folders = [tmp_path / "first", tmp_path / "second"]
    with county_process(county):
        for folder in folders:
            enrolled(folder, county)
    with ExitStack() as work:
        pcs: list[subprocess.Popen[str]] = []
        for _ in range(RESTARTS):
            with county_process(county) as server:
                if not pcs:
                    pcs = [work.enter_context(working(folder)) for folder in folders]
                else:
                    assert [hears(pc) for pc in pcs] == ["well"] * 2, "they go on by themselves"
                wait_for_growth(folders)
                server.send_signal(how)
                # In order, it answers what it has begun and ends of itself.
                assert server.wait(PATIENCE_S) in (0, -how)
                for pc in pcs:
                    assert hears(pc).startswith("told 连不上县里的服务器")
    with county_process(county):
        rows = all_agree(county, folders)
    assert set.union(*map(written, folders)) <= set(rows["resident"])


@pytest.mark.postgres
@pytest.mark.parametrize("how", [IN_ORDER, CRASH], ids=["in order", "as by a crash"])
def test_a_county_recovers_by_itself_when_postgresql_stops_and_starts_again(
    how: signal.Signals, cluster: Cluster, tmp_path: Path
) -> None:
    folders = [tmp_path / "first", tmp_path / "second"]
    with fresh_database(cluster.url) as url:
        county = County(tmp_path / "county", database=url)
        with county_process(county) as server:
            with at_work(folders, county) as pcs:
                for _ in range(RESTARTS):
                    wait_for_growth(folders)
                    cluster.stop(how)
                    told = [hears(pc) for pc in pcs]
                    cluster.start()
                    # Whoever was told so is not told anything else: a sentence, not an error.
                    assert told == ["told 县里的服务器正忙，请过一会儿再试；您填的都在本机"] * 2
                    assert [hears(pc) for pc in pcs] == ["well"] * 2, "they go on by themselves"
            rows = all_agree(county, folders)
            assert server.poll() is None, "the county's process was never started again"
    assert set.union(*map(written, folders)) <= set(rows["resident"])


@pytest.mark.postgres
def test_a_restart_of_postgresql_overnight_is_noticed_by_nobody(
    cluster: Cluster, tmp_path: Path
) -> None:
    with fresh_database(cluster.url) as url:
        county = County(tmp_path / "county", database=url)
        with county_process(county):
            folder = enrolled(tmp_path / "village", county)
            cluster.stop()
            cluster.start()
            morning = verb(folder, "sync")
            assert (morning.returncode, morning.stderr) == (0, "")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of one's own, to be stopped."""
    with own_cluster() as cluster:
        yield cluster


@contextmanager
def at_work(folders: list[Path], county: County) -> Iterator[list[subprocess.Popen[str]]]:
    with ExitStack() as stack:
        yield [stack.enter_context(working(enrolled(folder, county))) for folder in folders]
