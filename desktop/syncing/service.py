"""Enrolling, syncing and what there is to tell of it. No Qt."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import delete, func, select, update

from desktop.attachments.sending import Sending, Sent
from desktop.attachments.service import OpenFiles, open_https_files
from desktop.storage import holdings, listing, settings, tables, transfers
from desktop.storage.alone import alone
from desktop.storage.courier_keys import introduce, own_keys
from desktop.storage.driver import carry_out
from desktop.storage.errors import RecordMissing
from desktop.storage.handing_over import answer_requests, any_asked
from desktop.storage.knowing import read_anew_after_upgrade
from desktop.storage.leaving import Departure, leave, leave_no_trace
from desktop.storage.leftovers import take_away
from desktop.storage.listing import Row
from desktop.storage.namesakes import any_astray, may_have_strayed, put_right
from desktop.storage.outbox import Outbox, refused_in, sent_in, waiting_in
from desktop.storage.receipts import forget_old
from desktop.storage.store import Store
from desktop.storage.transfers import Waiting
from desktop.storage.writing import now
from desktop.syncing.behind import follow_up
from desktop.syncing.line import pace_of
from desktop.syncing.set_aside import set_aside
from desktop.syncing.support import support_text
from desktop.syncing.troubles import (
    Trouble,
    behind_county,
    clock_behind,
    clock_sentence,
    last_trouble,
    noted,
)
from sync.client.engine import Progress, Result
from sync.client.faults import FAULTS
from sync.client.patience import synchronise_patiently
from sync.client.ports import Line, LineFault
from sync.client.stopping import StoppableLine
from sync.decoding import decode
from sync.protocol import VERSION, EnrolRequest
from sync.records import KINDS, Conflict

#: So few records are counted again at each sync, where no more wait: it takes no time.
_FEW = 2000

OpenLine = Callable[[str, str], Line]


def open_https(server: str, token: str) -> Line:
    """The usual line to the county."""
    # requests takes a tenth of a second to import: the window opens without it.
    from sync.client.http import HttpLine

    return HttpLine(server, token)


@dataclass(frozen=True)
class Receipt:
    """What one sync did, in changes and records; ``by_kind`` holds the same by kind."""

    sent: int = 0
    received: int = 0
    merged: int = 0
    conflicts: int = 0
    refused: int = 0
    waiting: int = 0
    finished: bool = True
    at: str = ""
    county_time: str = ""
    round_trips: int = 0
    photos_sent: int = 0
    photos_bytes: int = 0
    photos_waiting: int = 0
    photos_trouble: str = ""
    #: Seconds that this PC's clock is behind the county's time; less than 0: ahead.
    clock_behind: int = 0
    by_kind: dict[str, dict[str, int]] = field(default_factory=dict)
    #: ``equal``, ``healed`` or ``differs`` where both ends were compared, else ''.
    proof: str = ""
    #: How many records differed between this PC and the county, by kind.
    healed: dict[str, int] = field(default_factory=dict)
    #: Where this PC changed its village: what that means. It must sync once more.
    notice: str = ""
    bytes_sent: int = 0
    bytes_received: int = 0
    seconds: float = 0.0
    #: How it travelled: ``line`` or ``courier``.
    by: str = "line"

    @property
    def clock(self) -> str:
        """What the cadre is told of this PC's clock; '' where it is right enough."""
        return clock_sentence(self.clock_behind)

    def to_json(self) -> dict[str, object]:
        """All of it by name."""
        return asdict(self)

    def and_then(self, later: Receipt) -> Receipt:
        """This one and a later one as one; by kind too."""
        by_kind = {kind: dict(counts) for kind, counts in self.by_kind.items()}
        for kind, counts in later.by_kind.items():
            row = by_kind.setdefault(kind, {})
            for what, number in counts.items():
                row[what] = row.get(what, 0) + number
        records = ("sent", "received", "merged", "conflicts", "refused")
        line = ("round_trips", "bytes_sent", "bytes_received", "seconds")
        sums = {name: getattr(self, name) + getattr(later, name) for name in records + line}
        photos = {n: getattr(self, n) for n in ("photos_sent", "photos_bytes", "photos_waiting")}
        return replace(later, by_kind=by_kind, **sums, **photos)


@dataclass(frozen=True)
class Status:
    """Where this PC stands. ``last_sync`` is the county's time of the last whole sync, or ''."""

    enrolled: bool
    area: str
    area_name: str
    server: str
    waiting: int
    sending: int
    conflicts: int
    refused: int
    last_sync: str
    counts: dict[str, int]
    photos_waiting: Waiting = field(default_factory=Waiting)
    #: How the last try to reach the county failed; None once it was reached.
    trouble: Trouble | None = None
    #: What the cadre is told of this PC's clock; '' where it is right enough.
    clock: str = ""


class Syncing:
    """The village's side of the line."""

    def __init__(
        self,
        store: Store,
        open_line: OpenLine = open_https,
        open_files: OpenFiles = open_https_files,
    ) -> None:
        self._store = store
        self._open_line = open_line
        self._photos = Sending(store, open_files)

    @property
    def enrolled(self) -> bool:
        """Whether the county knows this PC."""
        return bool(self._store.setting(settings.TOKEN))

    def enrol(self, server: str, code: str, cancelled: Callable[[], bool] = lambda: False) -> str:
        """Show the county a one-time code; return the village's name. Raises LineFault; soon after
        ``cancelled`` holds, Stopped."""
        device_name = self._store.setting(settings.DEVICE_NAME) or platform.node() or "村里的电脑"
        with (
            noted(self._store),
            closing(StoppableLine(self._open_line(server, ""), cancelled)) as line,
        ):
            keys = own_keys(self._store).public
            answer = line.enrol(EnrolRequest(VERSION, code, device_name, keys))
        area = self._store.setting(settings.AREA)
        if area not in ("", answer.area):
            raise LineFault(
                f"这个登记码是{answer.area_name}的，而本机的资料属于另一个村，不能混在一起。"
                "请向县里要本村的登记码。",
                code="other_village",
            )
        self._store.join_area(
            area=answer.area,
            area_name=answer.area_name,
            server=server.strip().rstrip("/"),
            device=answer.device,
            device_name=device_name,
            token=answer.token,
            county_keys=answer.keys.to_text() if answer.keys else "",
        )
        return answer.area_name

    def run(
        self,
        progress: Callable[[Progress], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
        thorough: bool = False,
    ) -> Receipt:
        """Sync now: records, then photos, then what was written while the photos went. Returns the
        receipt; each exchange of records keeps its own. Raises LineFault.

        A ``thorough`` sync compares every field of every record with the county, as the first one
        of each day does by itself. Another sync of this folder is waited for. Once ``cancelled``
        holds it ends within about a second, whatever the county does meanwhile.
        """
        with alone(self._store.folder, cancelled) as first, set_aside():
            if not first:
                return Receipt(finished=False, at=now(), waiting=self.status().waiting)
            receipt = self._exchange(progress, cancelled, thorough)
            while receipt.finished and not cancelled():
                told = partial(_photos_told, progress)
                sent = self._photos.run(receipt.county_time, told, cancelled)
                receipt = self._with_photos(receipt, sent)
                if not sent.for_records:
                    break
                receipt = receipt.and_then(self._exchange(progress, cancelled))
            return receipt

    def follow_up(self, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Do what a sync left for afterwards (``behind``). Raises StorageError."""
        follow_up(self._store, cancelled)

    def _exchange(
        self,
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
        thorough: bool = False,
    ) -> Receipt:
        """Exchange records with the county; keep the receipt."""
        start = time.monotonic()
        with self._store.read() as connection:
            told = settings.read_all(connection)
            waits = waiting_in(connection)
            few = holdings.total(connection) <= _FEW >= waits
        server, token = (told.get(name, "") for name in (settings.SERVER, settings.TOKEN))
        if not token:
            raise LineFault(FAULTS["not_enrolled"].sentence, code="not_enrolled")
        if told.get(settings.TRACES):
            leave_no_trace(self._store)
        if told.get(settings.LEFTOVERS):
            take_away(self._store)
        if few:
            self._recount()
        proved = told.get(settings.LAST_PROOF, "")
        read_anew_after_upgrade(self._store, told.get(settings.KNOWN, ""))
        with (
            noted(self._store, told.get(settings.TROUBLE, "")),
            closing(StoppableLine(self._open_line(server, token), cancelled)) as line,
            pace_of(self._store, told) as pace,
        ):
            sync = partial(
                synchronise_patiently,
                Outbox(self._store, waits=waits > 0),
                line,
                pace=pace,
                progress=progress,
                cancelled=cancelled,
            )
            result = sync(thorough=lambda moment: thorough or _is_other_day(proved, moment))
            if result.finished and self._answer(result):
                result = _with_answers(result, sync)
            if not told.get(settings.COUNTY_KEYS):
                introduce(self._store, line)
            carried = (line.bytes_sent, line.bytes_received)
        departure = None
        if result.finished and result.move is not None:
            # What this PC has of the village that it leaves goes there first, photos too.
            photos_told = partial(_photos_told, progress)
            self._photos.run(result.county_time, photos_told, cancelled, all_now=True)
            departure = leave(self._store, result.move)
        return keep_receipt(self._store, result, carried, time.monotonic() - start, departure)

    def _answer(self, result: Result) -> bool:
        """Write what follows from what came; whether anything waits now, to be sent at once.

        The points that another PC has asked for go to it, and who was entered under a name that
        another PC had corrected meanwhile gets that.
        """
        looked_for = result.move is None and (result.thorough or may_have_strayed(result.tally))
        with self._store.read() as connection:
            asked, astray = any_asked(connection), looked_for and any_astray(connection)
        given = answer_requests(self._store) if asked else 0
        named = put_right(self._store) if astray else 0
        return bool(given or named)

    def support_text(self) -> str:
        """What technical support needs to know, with nobody's data in it."""
        return support_text(self._store)

    def status(self) -> Status:
        """Where this PC stands, in one consistent picture."""
        with self._store.read() as connection:
            conflict = Conflict.table.c
            still_open = (conflict.state == "open") & (conflict.deleted == 0)
            return Status(
                enrolled=bool(settings.read(connection, settings.TOKEN)),
                area=settings.read(connection, settings.AREA),
                area_name=settings.read(connection, settings.AREA_NAME),
                server=settings.read(connection, settings.SERVER),
                waiting=waiting_in(connection),
                sending=sent_in(connection),
                conflicts=_count(connection, Conflict.table, still_open),
                refused=refused_in(connection),
                last_sync=settings.read(connection, settings.LAST_SYNC),
                counts=listing.counts(connection),
                photos_waiting=transfers.count(connection),
                trouble=last_trouble(connection),
                clock=clock_sentence(clock_behind(connection)),
            )

    def conflicts(self) -> list[Row]:
        """The open conflicts of the village."""
        with self._store.read() as connection:
            wanted = listing.Listing(Conflict.kind, filters=(("state", "open"),))
            return listing.rows_at(connection, Conflict.kind, listing.order_of(connection, wanted))

    def refused(self) -> list[tuple[Row, str]]:
        """The records whose changes the county sent back, each with the reason; also of records
        that somebody deleted there meanwhile, or nobody could give them up."""
        outbox = tables.outbox.c
        statement = (
            select(outbox.kind, outbox.record, outbox.reason)
            .where(outbox.state == "refused")
            .order_by(outbox.number)
        )
        found = []
        with self._store.read() as connection:
            for kind, record, reason in connection.execute(statement):
                row = listing.row_of(connection, kind, record, or_deleted=True)
                if row is not None:
                    found.append((row, reason))
        return found

    def give_up(self, kind: str, record_id: str) -> None:
        """Give up a refused change: the record goes back to what the county has."""
        if kind not in KINDS:
            raise RecordMissing(kind)
        with self._store.write() as writing:
            writing.give_up(KINDS[kind], record_id)

    def last_receipt(self) -> Receipt | None:
        """The receipt of the last sync, or None before the first."""
        newest = select(tables.receipt.c.receipt_json).order_by(tables.receipt.c.number.desc())
        with self._store.read() as connection:
            found = connection.execute(newest.limit(1)).scalar()
        return decode(found, Receipt) if found else None

    def _with_photos(self, receipt: Receipt, sent: Sent) -> Receipt:
        """The receipt with what became of the photos; the one that is kept says it too."""
        if not (sent.waiting or receipt.photos_waiting):
            return receipt
        newest = select(func.max(tables.receipt.c.number)).scalar_subquery()
        kept = tables.receipt.c.number == newest
        with self._store.change(lasting=False) as connection:
            told: dict[str, Any] = {
                "photos_sent": receipt.photos_sent + sent.number,
                "photos_bytes": receipt.photos_bytes + sent.size,
                "photos_waiting": transfers.count(connection).number,
                "photos_trouble": sent.trouble,
            }
            if told["photos_sent"] or told["photos_waiting"]:
                text = connection.execute(select(tables.receipt.c.receipt_json).where(kept))
                whole = replace(decode(text.scalar_one(), Receipt), **told)
                packed = msgspec.json.encode(whole).decode()
                connection.execute(update(tables.receipt).where(kept).values(receipt_json=packed))
        return replace(receipt, **told)

    def _recount(self) -> None:
        """Make sure that the sums which are compared tell of what is really here."""
        with self._store.change(lasting=False) as connection:
            holdings.recount(connection)

    def notice(self) -> str:
        """What this PC's change of village meant, until a person has read it; '' for nothing."""
        return self._store.setting(settings.MOVE_NOTICE)

    def notice_read(self) -> None:
        """A person has read the notice."""
        self._store.set(move_notice="")

    def forget_drafts(self) -> None:
        """Forget what was half-written: it was for the village that this PC has left."""
        with self._store.change() as connection:
            connection.execute(delete(tables.draft))


def keep_receipt(
    store: Store,
    result: Result,
    carried: tuple[int, int] = (0, 0),
    seconds: float = 0.0,
    departure: Departure | None = None,
    by: str = "line",
) -> Receipt:
    """Make the receipt of a sync and keep it; ``carried`` are bytes sent and received."""
    tally, by_line = result.tally, by == "line"
    # Where nothing was done there is nothing to tell after a power cut either, and no need to
    # wait for the disk.
    did = any((tally.by_kind, result.healed, result.thorough, not result.finished))
    with store.change(lasting=did) as connection:
        receipt = Receipt(
            sent=tally.sent,
            received=tally.received,
            merged=tally.merged,
            conflicts=tally.conflicts,
            refused=tally.refused,
            waiting=waiting_in(connection),
            finished=result.finished,
            at=now(),
            county_time=result.county_time,
            round_trips=result.round_trips,
            # An answer on a stick was days under way: it tells nothing of this PC's clock.
            clock_behind=behind_county(result.county_time) if by_line else 0,
            by_kind=tally.by_kind,
            proof=result.proof,
            healed=result.healed,
            bytes_sent=carried[0],
            bytes_received=carried[1],
            seconds=round(seconds, 3),
            notice=departure.sentence if departure else "",
            by=by,
        )
        text = msgspec.json.encode(receipt).decode()
        carry_out(
            connection,
            "INSERT INTO receipt (at, county_time, receipt_json) VALUES (?, ?, ?)",
            [(receipt.at, receipt.county_time, text)],
        )
        forget_old(connection)
        noted_now: dict[str, str] = {}
        if receipt.county_time and by_line:
            noted_now[settings.CLOCK_BEHIND] = str(receipt.clock_behind)
        # A stick's answer may also be older than what came by line meanwhile.
        newer = by_line or result.county_time > settings.read(connection, settings.LAST_SYNC)
        # Of the village that it belongs to now nothing is synced yet.
        if result.finished and departure is None and newer:
            noted_now[settings.LAST_SYNC] = result.county_time
            unproved = by_line and not settings.read(connection, settings.LAST_PROOF)
            if result.thorough or unproved:
                noted_now[settings.LAST_PROOF] = result.county_time
        settings.write(connection, **noted_now)
    return receipt


def _is_other_day(proved: str, county_time: str) -> bool:
    """Whether no sync has compared every field on this day of the county's: the last one that did
    was at ``proved``, or there was none to compare with ('')."""
    return bool(proved) and proved[:10] != county_time[:10]


def _photos_told(
    progress: Callable[[Progress], None], done: int, total: int, size: int, whole: int
) -> None:
    megabyte = 1024 * 1024
    words = f"照片 {done}/{total}（{size / megabyte:.1f}/{whole / megabyte:.1f} MB）"
    progress(Progress(done, total, words=words))


def _with_answers(result: Result, sync: Callable[[], Result]) -> Result:
    """What a sync did, together with the one that brings what it made this PC write."""
    try:
        more = sync()
    except LineFault:
        # It waits for the next one.
        return result
    result.tally.add(more.tally)
    kinds = {**result.healed, **more.healed}
    return replace(
        more,
        tally=result.tally,
        round_trips=result.round_trips + more.round_trips,
        proof="healed" if "healed" in (result.proof, more.proof) else more.proof,
        healed={k: result.healed.get(k, 0) + more.healed.get(k, 0) for k in kinds},
        thorough=result.thorough or more.thorough,
    )


def _count(connection: object, table: object, condition: object) -> int:
    statement = select(func.count()).select_from(table).where(condition)  # type: ignore[arg-type]
    return int(connection.execute(statement).scalar_one())  # type: ignore[attr-defined]
