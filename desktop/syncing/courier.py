"""Syncing by a stick: what waits goes into a file, somebody carries it, the answer comes back.

No Qt. Nothing waits for the stick: what is in a file may go by line meanwhile, and a file may be
carried twice, late, or never. Each fault is a ``CourierFault`` or ``LineFault`` with its sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from msgspec.structs import replace
from uuid_utils import uuid7

from desktop.storage import courier, settings
from desktop.storage.alone import alone
from desktop.storage.courier import Out
from desktop.storage.courier_answers import settle_page
from desktop.storage.courier_keys import county_keys, own_keys
from desktop.storage.errors import StorageError
from desktop.storage.knowing import read_anew_after_upgrade
from desktop.storage.leaving import Departure, leave
from desktop.storage.namesakes import put_right
from desktop.storage.outbox import Outbox, copies_in, waiting_in
from desktop.storage.store import Store
from desktop.storage.unreadable import refuse
from desktop.storage.writing import now
from desktop.syncing.behind import follow_up
from desktop.syncing.service import Receipt, keep_receipt
from sync.client.engine import Result
from sync.client.ports import Tally
from sync.courier import (
    BACK,
    FULL,
    OUT,
    CourierFault,
    Header,
    Page,
    Sealer,
    glance,
    inspect,
    unpacked,
    unseal,
)
from sync.keys import PublicKeys
from sync.protocol import VERSION, ExchangeAnswer, ExchangeRequest, pack
from sync.stick import Stopped, aside, files_in, stick_faults, unanswered_in

#: Done and total: changes on the way out, bytes of the file on the way back.
Heard = Callable[[int, int], None]
Cancelled = Callable[[], bool]

#: Changes a page: neither end holds more of the file at once.
_PAGE = 1000
#: What a name on a FAT stick may not hold.
_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


class OtherPc(CourierFault):
    """The answer is for another PC, or for what this one was before it was enrolled anew."""

    code = "other_pc"
    sentence = (
        "这是给另一台电脑的回执，没有读进任何东西。请拿到存那个文件的电脑上读；"
        "如果就是这台，后来又重新登记过，请重新存一次。"
    )


class OtherCounty(CourierFault):
    """The answer is from another county than the one that this PC is enrolled at."""

    code = "other_county"
    sentence = "这个回执不是本机登记的那个县做的，没有读进任何东西。请联系县里。"


class AlreadyRead(CourierFault):
    """This very answer was read before."""

    code = "already_read"
    sentence = "这个回执以前已经读过了，没有再动什么。"


class CountyWentBack(CourierFault):
    """The county was restored from a backup after it made this answer: it holds no more."""

    code = "county_went_back"
    sentence = (
        "县里的服务器恢复过备份，这个回执已经作废，没有读进任何东西。本机的都在，请重新存一次。"
    )


class NotReady(CourierFault):
    """This PC and the county do not know each other's keys yet."""

    code = "not_ready"


@dataclass(frozen=True)
class Exported:
    """A file that was written: how many changes are in it, and how many found no room."""

    path: Path
    number: int
    changes: int
    left: int


@dataclass(frozen=True)
class TakenIn:
    """An answer that was read. ``remaining`` counts what the county has still to tell;
    ``remembered`` is false where this PC did not know the file (it was restored from a backup)."""

    receipt: Receipt
    remaining: int
    remembered: bool


@dataclass(frozen=True)
class Standing:
    """Where the stick stands: what this PC waits for, and what lies in a folder."""

    #: Why this PC can neither save nor read yet, as a sentence; '' where it can.
    why_not: str
    waiting: int
    out: Out | None
    #: Whether the folder is there.
    in_place: bool = False
    #: Files in the folder that nobody has carried yet.
    to_carry: tuple[Path, ...] = ()
    #: The newest answer in the folder that is for this PC and was not read yet.
    to_read: Path | None = None


class Courier:
    """The village's side of the stick, and the carrier's."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def standing(self, folder: Path | None = None) -> Standing:
        """Where the stick stands; a folder that is gone counts as empty."""
        why_not = ""
        try:
            self._county()
        except NotReady as fault:
            why_not = fault.sentence
        with self._store.read() as connection:
            waiting, out = waiting_in(connection), courier.out_now(connection)
        in_place = False
        to_carry: tuple[Path, ...] = ()
        to_read = None
        if folder is not None:
            with suppress(CourierFault):
                to_carry, in_place = tuple(unanswered_in(folder)), True
                to_read = self._to_read(folder)
        return Standing(why_not, waiting, out, in_place, to_carry, to_read)

    def export(
        self,
        place: Path,
        heard: Heard = lambda _done, _total: None,
        cancelled: Cancelled = lambda: False,
    ) -> Exported:
        """Write what waits to a file: at ``place``, or in it if it is a folder.

        Nothing leaves the outbox by it. Raises CourierFault; then no file is left behind.
        """
        county, file_id = self._county(), str(uuid7())
        # As a sync by line does: a PC may never have one.
        read_anew_after_upgrade(self._store)
        put_right(self._store)
        with stick_faults():
            path = self._free_name(place) if place.is_dir() else _with_ending(place)
            try:
                with aside(path) as file:
                    exported = self._fill(file, path, file_id, county, heard, cancelled)
            except BaseException:
                with self._store.change() as connection:
                    courier.never_left(connection, file_id)
                raise
        return exported

    def carry(
        self,
        file: Path,
        server: str = "",
        heard: Heard = lambda _done, _total: None,
        cancelled: Cancelled = lambda: False,
    ) -> Path:
        """Bring any village's file to the county; return where the answer lies, beside it.

        ``server`` is this PC's own county unless given. Raises LineFault, CourierFault.
        """
        # requests takes a tenth of a second to import: the window opens without it.
        from sync.client.courier import carry

        return carry(server or self.server(), file, heard, cancelled).answer

    def own_server(self) -> str:
        """The address of this PC's own county, or ''."""
        return self._store.setting(settings.SERVER)

    def server(self) -> str:
        """The address of this PC's own county. Raises CourierFault where it has none."""
        server = self.own_server()
        if not server:
            raise NotReady("这台电脑没有登记过，不知道县里的服务器地址，请填上再送。")
        return server

    def take_in(
        self,
        path: Path,
        heard: Heard = lambda _done, _total: None,
        cancelled: Cancelled = lambda: False,
    ) -> TakenIn:
        """Read an answer; it may be read in any order, and again after it broke off.

        Raises CourierFault before anything is changed. Another sync of this folder is waited for.
        """
        with (
            alone(self._store.folder, cancelled) as first,
            stick_faults(),
            path.open("rb") as file,
        ):
            if not first:
                raise Stopped
            header = inspect(file)
            remembered = self._expect_ours(header)
            tally, total = Tally(), path.stat().st_size
            last: Page | None = None
            held: set[str] = set()
            stopped = False
            for message in unseal(file, own_keys(self._store), self._county()):
                if stopped := cancelled():
                    break
                last = unpacked(message, Page)
                self._keep_to_era(last)
                settle_page(self._store, last, tally, held)
                heard(file.tell(), total)
            if last is None:
                raise Stopped
            remaining, county_time = last.answer.remaining, last.answer.county_time
            if not stopped:
                with self._store.change() as connection:
                    courier.note_answer(connection, header.answers, header.file, county_time)
            finished = not stopped and remaining == 0
            departure = self._leave(last.answer) if finished else None
            result = Result(tally, finished, county_time, 1)
            receipt = keep_receipt(self._store, result, departure=departure, by="courier")
        # What cannot be done now is done behind the next sync.
        with suppress(StorageError):
            follow_up(self._store, cancelled)
        return TakenIn(receipt, remaining, remembered)

    def _fill(
        self,
        file: BinaryIO,
        path: Path,
        file_id: str,
        county: PublicKeys,
        heard: Heard,
        cancelled: Cancelled,
    ) -> Exported:
        keys, store = own_keys(self._store), self._store
        here = Outbox(store).standpoint()
        ask = ExchangeRequest(VERSION, here.cursors, area=here.area, eras=here.eras)
        with store.read() as connection:
            # One moment: what is written meanwhile goes with the next file.
            number, total = courier.next_number(connection), waiting_in(connection)
            header = Header(
                "out",
                file_id,
                settings.read(connection, settings.DEVICE),
                county.fingerprint,
                number,
                village=settings.read(connection, settings.AREA_NAME),
            )
            sealer = Sealer(file, header, keys, county)
            # The first page only asks, so that a file without changes asks too.
            sealer.add(pack(ask))
            done = upto = 0
            unreadable: list[int] = []
            for batch in copies_in(connection, _PAGE, unreadable):
                if cancelled():
                    raise Stopped
                if sealer.size > FULL:
                    break
                sealer.add(pack(replace(ask, blocks=batch.blocks, follows=batch.follows)))
                done, upto = done + len(batch.numbers), max(upto, batch.last)
                heard(done, total)
        sealer.close()
        with store.change() as connection:
            courier.note_out(connection, file_id, now(), path.name, done, upto)
            refuse(connection, unreadable)
        return Exported(path, number, done, total - done - len(unreadable))

    def _keep_to_era(self, page: Page) -> None:
        """Where the county went back to a backup, fall back as by line; an answer from before that
        is worth nothing. Raises CourierFault."""
        store = Outbox(self._store)
        here = store.standpoint()
        if page.answer.cursors and here.area not in page.answer.cursors:
            # It speaks of a village that this PC has left.
            return
        known = here.eras
        theirs = {area: era.number for area, era in page.answer.eras.items()}
        if any(theirs.get(area, 0) < number for area, number in known.items()):
            raise CountyWentBack
        if theirs != known:
            store.fall_back(page.answer.eras)

    def _leave(self, answer: ExchangeAnswer) -> Departure | None:
        """Go to another village, where the county says so to the one that this PC works for."""
        if answer.move is None or self._store.setting(settings.AREA) not in answer.cursors:
            return None
        return leave(self._store, answer.move)

    def _county(self) -> PublicKeys:
        if not self._store.setting(settings.TOKEN):
            raise NotReady("这台电脑还没有在县里登记。登记要连一次网，以后就可以只用U盘。")
        county = county_keys(self._store)
        if county is None:
            sentence = "这台电脑还没有和县里换过U盘钥匙：请先连网同步一次，以后就可以只用U盘。"
            raise NotReady(sentence)
        return county

    def _expect_ours(self, header: Header) -> bool:
        """Whether this PC remembers the file that is answered. Raises CourierFault."""
        if header.kind != "back":
            sentence = "这是要送到县里去的文件，还不是回执。请先在有网的电脑上送。"
            raise CourierFault(sentence)
        county = self._county()
        with self._store.read() as connection:
            if header.device != settings.read(connection, settings.DEVICE):
                raise OtherPc
            if header.county != county.fingerprint:
                raise OtherCounty
            if courier.was_read(connection, header.file):
                raise AlreadyRead
            return courier.knows(connection, header.answers)

    def _free_name(self, folder: Path) -> Path:
        with self._store.read() as connection:
            village = settings.read(connection, settings.AREA_NAME)
            number = courier.next_number(connection)
        day = datetime.now().astimezone()
        stem = f"实格-{_UNFIT.sub('', village)}-{day:%m%d}-第{number}次"
        again = 1
        # A restored backup counts from where it stood then.
        while (path := folder / f"{stem}{'' if again == 1 else f'-{again}'}{OUT}").exists():
            again += 1
        return path

    def _to_read(self, folder: Path) -> Path | None:
        device = self._store.setting(settings.DEVICE)
        ours: list[tuple[str, Path, bool]] = []
        for path in files_in(folder, BACK):
            with suppress(CourierFault), stick_faults(), path.open("rb") as file:
                header = glance(file)
                with self._store.read() as connection:
                    read = courier.was_read(connection, header.file)
                if header.device == device:
                    ours.append((header.file, path, read))
        # Ids tell their time. Whoever has read the newest needs none of the older ones.
        newest = max(ours, default=None)
        return None if newest is None or newest[2] else newest[1]


def _with_ending(path: Path) -> Path:
    return path if path.suffix == OUT else path.with_name(path.name + OUT)
