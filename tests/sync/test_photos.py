"""Photos over a line that breaks, spoils or dies all arrive, and records never wait for them."""

from __future__ import annotations

import io
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import pytest

from desktop.attachments.service import Attachments, Incoming
from desktop.residents.service import Residents
from desktop.storage.errors import FileMissing
from desktop.syncing.service import Syncing, open_https
from sync.client.files import HttpFiles
from sync.client.ports import FileLine, Line, LineFault, NoLine, Refused
from sync.records import Attachment
from tests.support.bad_line import BadLine, bad_line
from tests.support.photos import photo, photo_files
from tests.support.server import ROOT, County, county_process
from tests.support.store import PASSWORD, new_store

VILLAGE, OTHER_VILLAGE = "510183001002", "510183001003"
EVERY_200_KB = 200 * 1000
MB = 1024 * 1024
Answer = TypeVar("Answer")


def at_once(server: str, token: str) -> FileLine:
    """The line as it is, but nobody waits between two tries."""
    return HttpFiles(server, token, pauses=(0, 0, 0))


class Pc:
    """A village's PC: its store and what it does with it."""

    def __init__(self, folder: Path, county: County, village: str = VILLAGE) -> None:
        self.store = new_store(folder, area=village)
        self.syncing = Syncing(self.store, open_files=at_once)
        self.syncing.enrol(county.url, county.enrol_code(village))
        self.attachments = Attachments(self.store, at_once)
        self.resident = ""

    def over(self, url: str) -> None:
        """From now on the county is reached by another way."""
        self.store.set(server=url)

    def write(self, name: str = "郭忠珍") -> str:
        self.resident = Residents(self.store).add({"name": name})
        return self.resident

    def attach(self, *photos: Path | bytes) -> list[str]:
        incoming = [Incoming(f"{n}.jpg", each) for n, each in enumerate(photos)]
        added = self.attachments.attach_many("resident", self.resident, incoming)
        assert added.refused == []
        return added.ids


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    county = County(tmp_path / "county")
    with county_process(county):
        yield county


@pytest.fixture
def line(county: County) -> Iterator[BadLine]:
    with bad_line(county.url) as line:
        yield line


@pytest.fixture
def pcs(tmp_path: Path, county: County) -> Iterator[list[Pc]]:
    """Two PCs of one village and one of another."""
    with ExitStack() as closing:
        made = []
        for name, village in (("one", VILLAGE), ("two", VILLAGE), ("far", OTHER_VILLAGE)):
            made.append(Pc(tmp_path / name, county, village))
            closing.callback(made[-1].store.close)
        yield made


def whole_files(county: County) -> dict[str, bytes]:
    """What the county holds, by name."""
    folder = county.folder / "files"
    return {p.name: p.read_bytes() for p in folder.glob("??/*") if p.is_file()}


def halves(county: County) -> list[Path]:
    return list((county.folder / "files" / "arriving").glob("*"))


def original(pc: Pc, attachment: str) -> bytes:
    with pc.attachments.open(attachment) as file:
        return file.read()


@pytest.mark.slow
@pytest.mark.promise(2)
def test_a_hundred_photos_arrive_over_a_line_that_breaks_every_200_kb(
    pcs: list[Pc], county: County, line: BadLine, tmp_path: Path
) -> None:
    one, two, _ = pcs
    one.write()
    ids = one.attach(*photo_files(tmp_path / "phone", 100, (800, 600)))
    to_go = one.syncing.status().photos_waiting
    assert to_go.number == 100
    assert to_go.size > 15 * MB, "a test of photos, not of stamps"
    one.over(line.url)
    line.cut_after = EVERY_200_KB

    receipts = [one.syncing.run()]
    while receipts[-1].photos_waiting:
        receipts.append(one.syncing.run())
        assert len(receipts) < 5

    assert receipts[0].waiting == 0
    assert len(whole_files(county)) == 100
    assert halves(county) == []
    assert line.cuts > to_go.size // EVERY_200_KB / 2
    # Records and heads come on top: it goes on, it does not begin anew.
    assert line.passed < to_go.size * 1.1
    for attachment in ids:
        sha256 = one.attachments.one(attachment).row.values["sha256"]
        assert whole_files(county)[str(sha256)] == original(one, attachment)
    assert one.syncing.status().photos_waiting.number == 0

    two.syncing.run()
    strip = two.attachments.of("resident", one.resident)
    assert len(strip) == 100
    assert all(each.row.values["thumbnail"] and not each.here for each in strip), "seen at once"
    line.cut_after = None


def test_a_photo_is_fetched_whole_when_somebody_wants_to_see_it(
    pcs: list[Pc], line: BadLine
) -> None:
    one, two, _ = pcs
    one.write()
    (photo_id,) = one.attach(photo(1, (1600, 1200)))
    one.syncing.run()
    two.syncing.run()
    with pytest.raises(FileMissing):
        original(two, photo_id)
    told: list[tuple[int, int]] = []
    assert two.attachments.fetch(photo_id, lambda done, total: told.append((done, total)))
    assert original(two, photo_id) == original(one, photo_id)
    assert told[-1][0] == told[-1][1] == len(original(one, photo_id))
    assert two.attachments.one(photo_id).here


def test_fetching_goes_on_where_it_was_stopped(pcs: list[Pc], line: BadLine) -> None:
    one, two, _ = pcs
    one.write()
    (photo_id,) = one.attach(photo(1, (1600, 1200)))
    one.syncing.run()
    two.syncing.run()
    two.over(line.url)
    seen: list[int] = []
    stopped = two.attachments.fetch(
        photo_id, lambda done, _total: seen.append(done), lambda: bool(seen) and seen[-1] > 300_000
    )
    assert not stopped
    assert not two.attachments.one(photo_id).here, "a half never counts"
    before = line.returned
    assert two.attachments.fetch(photo_id)
    size = len(original(one, photo_id))
    assert line.returned - before < size - 200_000
    assert original(two, photo_id) == original(one, photo_id)


@pytest.mark.promise(2)
def test_what_was_damaged_on_its_way_is_noticed_and_sent_again(
    pcs: list[Pc], county: County, line: BadLine
) -> None:
    one = pcs[0]
    one.write()
    one.syncing.run()
    (photo_id,) = one.attach(photo(1, (1600, 1200)))
    size = len(original(one, photo_id))
    one.over(line.url)
    line.spoil = 400_000
    receipt = one.syncing.run()
    assert line.spoilt == 1
    assert receipt.photos_sent == 1
    assert one.syncing.last_receipt() == receipt, "it is told in the receipt that is kept"
    assert list(whole_files(county).values()) == [original(one, photo_id)]
    assert line.passed > 2 * size, "it came twice"


def test_records_are_synced_although_no_photo_gets_through(
    pcs: list[Pc], county: County, line: BadLine
) -> None:
    one, two, _ = pcs
    one.write("张三")
    one.attach(photo(1, (1600, 1200)))
    one.over(line.url)

    class NoPhotos:
        def send(self, *_rest: object) -> bool:
            raise NoLine("线路太差。")

        def close(self) -> None:
            pass

    Syncing(one.store, open_files=lambda _server, _token: NoPhotos()).run()  # type: ignore[arg-type,return-value]
    status = one.syncing.status()
    assert (status.waiting, status.photos_waiting.number) == (0, 1)
    assert one.attachments.to_go()[0].trouble == "线路太差。"
    two.syncing.run()
    assert [each.row.values["name"] for each in two.attachments.of("resident", one.resident)]
    (waiting,) = two.attachments.of("resident", one.resident)
    with pytest.raises(Refused, match="还没有送到县里"):
        two.attachments.fetch(waiting.row.id)


def test_a_record_written_while_photos_go_does_not_wait_for_the_rest(
    pcs: list[Pc], county: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desktop.attachments.sending._LOOK_EVERY", 0.0)
    one = pcs[0]
    one.write("张三")
    one.attach(*(photo(n, (800, 600)) for n in range(4)))
    order: list[str] = []

    class Told(HttpFiles):
        def send(self, sha256: str, *rest: object) -> bool:
            there = super().send(sha256, *rest)  # type: ignore[arg-type]
            order.append("photo" if there else "interrupted")
            if len(order) == 2:
                Residents(one.store).add({"name": "李四"})
            return there

    def noted(server: str, token: str) -> Line:
        order.append("records")
        return open_https(server, token)

    syncing = Syncing(one.store, noted, lambda server, token: Told(server, token, pauses=()))
    receipt = syncing.run()
    assert order == ["records", "photo", "records", "photo", "photo", "photo"]
    assert (receipt.sent, receipt.photos_sent, receipt.photos_waiting) == (6, 4, 0)


@pytest.mark.promise(7)
def test_a_photo_goes_to_nobody_of_another_village(pcs: list[Pc], county: County) -> None:
    one, _, far = pcs
    one.write()
    (photo_id,) = one.attach(photo(1))
    one.syncing.run()
    sha256 = str(one.attachments.one(photo_id).row.values["sha256"])
    stranger = HttpFiles(county.url, far.store.setting("token"))
    sink = far.store.files.arriving(sha256, 1)
    with pytest.raises(Refused, match="本村没有用到"):
        stranger.fetch(sha256, sink, 1, lambda _: None, lambda: False)

    # Naming the checksum in a record of one's own does not help: the bytes are the proof.
    far.write()
    values = dict(one.attachments.one(photo_id).row.values) | {"record": far.resident}
    with far.store.write() as writing:
        writing.create(Attachment, values)
    far.syncing.run()
    with pytest.raises(Refused, match="还没有送到县里"):
        stranger.fetch(sha256, sink, 1, lambda _: None, lambda: False)
    sink.close()
    stranger.close()


def test_a_deleted_photo_is_neither_sent_nor_given_out(pcs: list[Pc], county: County) -> None:
    one, two, _ = pcs
    one.write()
    gone, kept = one.attach(photo(1), photo(2))
    one.attachments.delete(gone)
    assert one.syncing.status().photos_waiting.number == 1
    one.syncing.run()
    assert len(whole_files(county)) == 1
    two.syncing.run()
    one.attachments.delete(kept)
    one.syncing.run()
    with pytest.raises(Refused, match="本村没有用到"):
        two.attachments.fetch(kept)


def test_the_same_photo_is_not_sent_twice(pcs: list[Pc], county: County, line: BadLine) -> None:
    one, two, _ = pcs
    picture = photo(1, (1600, 1200))
    one.write()
    one.attach(picture)
    one.syncing.run()
    two.write("李四")
    two.attach(picture)
    two.over(line.url)
    receipt = two.syncing.run()
    assert receipt.photos_sent == 1
    assert line.passed < 20_000


@pytest.mark.promise(2)
def test_a_killed_server_knows_how_far_a_photo_came(
    pcs: list[Pc], tmp_path: Path, county: County, line: BadLine
) -> None:
    one = pcs[0]
    one.write()
    one.syncing.run()
    (photo_id,) = one.attach(photo(1, (2000, 1500)))
    size = len(original(one, photo_id))
    one.over(line.url)
    line.cut_after = 700_000
    with pytest.raises(LineFault):
        stop_after_a_break(one, photo_id)
    half = seen(lambda: halves(county))[0]
    seen(lambda: half.stat().st_size > 500_000)
    assert 500_000 < half.stat().st_size < size
    came = half.stat().st_size
    assert county.process is not None
    county.process.kill()
    county.process.wait()
    with county_process(county):
        line.cut_after, line.passed = None, 0
        receipt = one.syncing.run()
        assert receipt.photos_sent == 1
        assert list(whole_files(county).values()) == [original(one, photo_id)]
        assert line.passed < size - came + 20_000


def seen(look: Callable[[], Answer]) -> Answer:
    """What there is to see, as soon as there is anything."""
    for _ in range(1000):
        if found := look():
            return found
        threading.Event().wait(0.02)
    raise AssertionError("never seen")


def stop_after_a_break(pc: Pc, attachment: str) -> None:
    """Send one photo until the line breaks once."""
    values = pc.attachments.one(attachment).row.values
    sha256, size = str(values["sha256"]), int(values["size"] or 0)
    broken = HttpFiles(pc.store.setting("server"), pc.store.setting("token"), pauses=())
    try:
        with pc.attachments.open(attachment) as source:
            broken.send(sha256, source, size, lambda _: None, lambda: False)
    finally:
        broken.close()


@pytest.mark.slow
@pytest.mark.promise(2)
def test_a_pc_that_is_killed_while_it_sends_goes_on_where_it_stood(
    pcs: list[Pc], county: County, line: BadLine
) -> None:
    one = pcs[0]
    one.write()
    one.syncing.run()
    ids = one.attach(*(photo(n, (2000, 1500)) for n in range(3)))
    sizes = [len(original(one, each)) for each in ids]
    one.over(line.url)
    line.watch_for = sizes[0] + sizes[1] // 2
    command = [sys.executable, "-m", "desktop"]
    with subprocess.Popen(
        [*command, "--data", str(one.store.folder), "--password-env", "SHIGE_PASSWORD", "sync"],
        cwd=ROOT,
        env={"SHIGE_PASSWORD": PASSWORD, "PATH": ""},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert line.seen.wait(60)
        process.kill()
    assert one.syncing.status().photos_waiting.number in (1, 2)
    one.syncing.run()
    assert sorted(whole_files(county).values()) == sorted(original(one, each) for each in ids)
    # What the killed PC had in the machine's own buffers is all that may come twice.
    assert line.passed < sum(sizes) * 1.3


def test_photos_may_wait_for_the_night_or_stay(pcs: list[Pc], county: County) -> None:
    one = pcs[0]
    one.write()
    one.attach(photo(1))
    one.store.set(photos="never")
    receipt = one.syncing.run()
    assert (receipt.waiting, receipt.photos_sent, receipt.photos_waiting) == (0, 0, 1)
    one.store.set(photos="always")
    assert one.syncing.run().photos_sent == 1


def test_a_hundred_thumbnails_come_in_messages_that_a_bad_line_carries(
    pcs: list[Pc], county: County, line: BadLine, tmp_path: Path
) -> None:
    one, two, _ = pcs
    one.write()
    one.attach(*photo_files(tmp_path / "phone", 100, (320, 240)))
    one.store.set(photos="never")
    one.over(line.url)
    line.cut_after = EVERY_200_KB
    one.syncing.run()
    assert one.syncing.status().waiting == 0
    two.over(line.url)
    before, trips = line.returned, two.syncing.run().round_trips
    assert trips >= 3
    assert (line.returned - before) / trips < EVERY_200_KB
    assert len(two.attachments.of("resident", one.resident)) == 100


def test_what_the_pc_has_lost_is_told_and_not_sent(pcs: list[Pc], county: County) -> None:
    one = pcs[0]
    one.write()
    lost, kept = one.attach(photo(1), photo(2))
    one.attachments.files.remove(str(one.attachments.one(lost).row.values["sha256"]))
    receipt = one.syncing.run()
    assert receipt.photos_sent == 1
    assert "不在这台电脑上" in receipt.photos_trouble
    assert list(whole_files(county).values()) == [original(one, kept)]
    assert io.BytesIO(original(one, kept)).read(2) == b"\xff\xd8"
