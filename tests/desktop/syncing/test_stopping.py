"""A sync is stopped at any moment, and goes on from where it stood: a real county in a process."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from desktop.storage.store import Store
from desktop.syncing.receipts import Receipts
from desktop.syncing.service import Receipt, Syncing
from sync.client import wire
from sync.client.engine import Progress
from sync.client.http import HttpLine
from sync.protocol import ExchangeAnswer, ExchangeRequest
from sync.records import Resident
from tests.support.server import County, county_process
from tests.support.store import VILLAGE, new_store

#: Usually half a second. Whoever waited for the county would wait for all of ``READ_SECONDS``.
AT_ONCE_S = wire.READ_SECONDS / 4

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "SIGSTOP"), reason="Windows has no signal that lets a process hang"
)


def residents(store: Store, count: int) -> None:
    with store.write() as writing:
        writing.create_many(Resident, [{"name": f"村民{place}"} for place in range(count)])


def stop_while_it_hangs(store: Store, process: int) -> Receipt:
    """Sync with a county that hangs, stop at once; the receipt."""
    stopped, asked, receipts = threading.Event(), threading.Event(), []

    class Line(HttpLine):
        def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
            asked.set()
            return super().exchange(request)

    syncing = Syncing(store, Line)
    running = threading.Thread(
        target=lambda: receipts.append(syncing.run(cancelled=stopped.is_set))
    )
    os.kill(process, signal.SIGSTOP)
    running.start()
    assert asked.wait(30)
    assert Syncing(store).status().sending == Syncing(store).status().waiting
    stopped.set()
    running.join(AT_ONCE_S)
    assert receipts, "it waits for the county"
    return receipts[0]


def test_a_sync_that_was_cancelled_and_begun_again_at_once_works(store: Store, tmp_path: Path):
    county = County(tmp_path / "county")
    with county_process(county) as process:
        Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
        residents(store, 300)
        receipt = stop_while_it_hangs(store, process.pid)
        assert (receipt.finished, receipt.sent) == (False, 0)
        status = Syncing(store).status()
        assert (status.waiting, status.sending) == (300, 0), "all of it waits again"

        os.kill(process.pid, signal.SIGCONT)
        again = Syncing(store).run()
        assert (again.finished, again.sent, again.refused, again.conflicts) == (True, 300, 0, 0)
        assert Syncing(store).status().waiting == 0

        other = new_store(tmp_path / "other")
        Syncing(other).enrol(county.url, county.enrol_code(VILLAGE))
        Syncing(other).run()
        assert Syncing(other).status().counts["resident"] == 300, "nothing twice, nothing lost"
        other.close()
    kept = [one.receipt.finished for one in Receipts(store).receipts()]
    assert kept == [True, False], "the stopped one has its receipt too"


def test_a_sync_stopped_half_way_goes_on_from_where_it_stood(store: Store, tmp_path: Path):
    county = County(tmp_path / "county")
    with county_process(county):
        Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
        residents(store, 5000)
        seen: list[Progress] = []
        first = Syncing(store).run(progress=seen.append, cancelled=lambda: bool(seen))
        assert not first.finished
        assert 0 < first.sent < 5000
        assert seen[0].done >= first.sent / 2
        rest = Syncing(store).run()
        assert rest.finished
        assert first.sent + rest.sent == 5000
    assert Syncing(store).status().counts["resident"] == 5000
