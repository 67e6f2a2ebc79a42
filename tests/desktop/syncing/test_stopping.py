"""A sync is stopped at any moment, and goes on from where it stood: a real county in a process."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

import pytest

from desktop.attachments import sending
from desktop.attachments.service import Attachments, Incoming
from desktop.residents.service import Residents
from desktop.storage.store import Store
from desktop.syncing.receipts import Receipts
from desktop.syncing.service import Receipt, Syncing
from sync.client import wire
from sync.client.engine import Progress
from sync.client.files import HttpFiles
from sync.client.http import HttpLine
from sync.client.ports import Cancelled, Source, Told
from sync.protocol import ExchangeAnswer, ExchangeRequest
from sync.records import Resident
from tests.support.photos import photo
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


class Hanging:
    """A county that takes in some of a photo and then hangs; ``offsets`` tell how far it was each
    time that the photo was begun."""

    def __init__(self, county: County, process: Popen[str]) -> None:
        self._arriving = county.folder / "files" / "arriving"
        self._process = process
        self.offsets: list[int] = []
        self._stopped, self._heard = threading.Event(), threading.Event()

    def open_files(self, server: str, token: str) -> HttpFiles:
        """A line to it."""
        hanging = self

        class Files(HttpFiles):
            def send(
                self, sha256: str, source: Source, size: int, told: Told, cancelled: Cancelled
            ) -> bool:
                def heard(offset: int) -> None:
                    told(offset)
                    hanging.heard(offset)

                return super().send(sha256, source, size, heard, cancelled)

            def _begin(self, sha256: str, size: int) -> int:
                hanging.offsets.append(super()._begin(sha256, size))
                return hanging.offsets[-1]

        return Files(server, token)

    def heard(self, offset: int) -> None:
        """Let it hang, once, as soon as some of the photo has come."""
        self._heard.set()
        if offset and not self._stopped.is_set():
            while not any(half.stat().st_size for half in self._arriving.glob("*")):
                threading.Event().wait(0.01)
            os.kill(self._process.pid, signal.SIGSTOP)
            self._stopped.set()

    def wait(self) -> None:
        """Wait until it hangs and nothing moves any more: what the systems hold is full."""
        assert self._stopped.wait(30)
        while self._heard.wait(0.5):
            self._heard.clear()

    def go_on(self) -> None:
        """It works again."""
        os.kill(self._process.pid, signal.SIGCONT)


def run_aside(syncing: Syncing, cancelled: Callable[[], bool]) -> tuple[threading.Thread, list]:
    receipts: list[Receipt] = []
    running = threading.Thread(target=lambda: receipts.append(syncing.run(cancelled=cancelled)))
    running.start()
    return running, receipts


@pytest.fixture
def original(store: Store) -> bytes:
    """A resident with a photo of some size."""
    resident = Residents(store).add({"name": "郭忠珍"})
    made = Attachments(store).attach(
        "resident", resident, Incoming("1.jpg", photo(1, (1600, 1200)))
    )
    with Attachments(store).open(made) as file:
        return file.read()


def test_a_stop_is_heard_while_a_photo_hangs_and_the_photo_goes_on_where_it_stood(
    store: Store, original: bytes, tmp_path: Path
):
    county = County(tmp_path / "county")
    with county_process(county) as process:
        Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
        hanging, stopped = Hanging(county, process), threading.Event()
        syncing = Syncing(store, open_files=hanging.open_files)
        running, receipts = run_aside(syncing, stopped.is_set)
        hanging.wait()
        stopped.set()
        running.join(AT_ONCE_S)
        assert receipts, "it waits for the county"
        assert (receipts[0].photos_sent, receipts[0].photos_waiting) == (0, 1)
        hanging.go_on()
        again = syncing.run()
        assert (again.photos_sent, again.photos_waiting) == (1, 0)
    assert hanging.offsets[0] == 0
    assert 0 < hanging.offsets[1] <= len(original)
    (whole,) = (county.folder / "files").glob("??/*")
    assert whole.read_bytes() == original


def test_a_record_written_while_a_photo_hangs_does_not_wait_for_it(
    store: Store, original: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sending, "_LOOK_EVERY", 0.0)
    county = County(tmp_path / "county")
    asked: list[int] = []
    with county_process(county) as process:
        Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
        hanging = Hanging(county, process)

        class Line(HttpLine):
            def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
                asked.append(len(request.blocks))
                hanging.go_on()
                return super().exchange(request)

        running, receipts = run_aside(Syncing(store, Line, hanging.open_files), lambda: False)
        hanging.wait()
        before = len(asked)
        Residents(store).add({"name": "李四"})
        running.join(AT_ONCE_S)
        assert receipts, "it waits for the photo"
        assert len(asked) > before
        assert (receipts[0].waiting, receipts[0].photos_sent) == (0, 1), "and the photo after it"
