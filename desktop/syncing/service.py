"""Enrolling, syncing and what there is to tell of it. No Qt."""

from __future__ import annotations

import platform
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field

import msgspec
from sqlalchemy import func, insert, select

from desktop.storage import listing, settings, tables
from desktop.storage.courier_keys import introduce, own_keys
from desktop.storage.errors import RecordMissing
from desktop.storage.listing import Row
from desktop.storage.outbox import Outbox, waiting_in
from desktop.storage.store import Store
from desktop.storage.writing import now
from sync.client.engine import Progress, Result, synchronise
from sync.client.ports import Line, LineFault
from sync.protocol import VERSION, EnrolRequest
from sync.records import KINDS, Conflict

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
    by_kind: dict[str, dict[str, int]] = field(default_factory=dict)
    #: How it travelled: ``line`` or ``courier`` (a file on a stick).
    by: str = "line"

    def to_json(self) -> dict[str, object]:
        """All of it by name."""
        return asdict(self)


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


class Syncing:
    """The village's side of the line."""

    def __init__(self, store: Store, open_line: OpenLine = open_https) -> None:
        self._store = store
        self._open_line = open_line

    @property
    def enrolled(self) -> bool:
        """Whether the county knows this PC."""
        return bool(self._store.setting(settings.TOKEN))

    def enrol(self, server: str, code: str) -> str:
        """Show the county a one-time code; return the village's name. Raises LineFault."""
        device_name = self._store.setting(settings.DEVICE_NAME) or platform.node() or "村里的电脑"
        with closing(self._open_line(server, "")) as line:
            answer = line.enrol(
                EnrolRequest(VERSION, code, device_name, own_keys(self._store).public)
            )
        area = self._store.setting(settings.AREA)
        if area not in ("", answer.area):
            raise LineFault(
                f"这个登记码是{answer.area_name}的，而本机的资料属于另一个村，不能混在一起。"
                "请向县里要本村的登记码。"
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
    ) -> Receipt:
        """Sync now; returns the receipt, which is kept. Raises LineFault."""
        if not self.enrolled:
            raise LineFault("这台电脑还没有在县里登记。请在“同步”里填服务器地址和登记码。")
        server = self._store.setting(settings.SERVER)
        outbox = Outbox(self._store)
        with closing(self._open_line(server, self._store.setting(settings.TOKEN))) as line:
            result = synchronise(outbox, line, progress=progress, cancelled=cancelled)
            introduce(self._store, line)
        return keep_receipt(self._store, result)

    def status(self) -> Status:
        """Where this PC stands, in one consistent picture."""
        with self._store.read() as connection:
            refused = tables.outbox.c.state == "refused"
            sending = tables.standing.c.state == "sending"
            conflict = Conflict.table.c
            still_open = (conflict.state == "open") & (conflict.deleted == 0)
            return Status(
                enrolled=bool(settings.read(connection, settings.TOKEN)),
                area=settings.read(connection, settings.AREA),
                area_name=settings.read(connection, settings.AREA_NAME),
                server=settings.read(connection, settings.SERVER),
                waiting=waiting_in(connection),
                sending=_count(connection, tables.standing, sending),
                conflicts=_count(connection, Conflict.table, still_open),
                refused=_count(connection, tables.outbox, refused),
                last_sync=settings.read(connection, settings.LAST_SYNC),
                counts=listing.counts(connection),
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
        return msgspec.json.decode(found, type=Receipt) if found else None


def keep_receipt(store: Store, result: Result, by: str = "line") -> Receipt:
    """Make the receipt of a sync and keep it."""
    tally = result.tally
    with store.change() as connection:
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
            by_kind=tally.by_kind,
            by=by,
        )
        text = msgspec.json.encode(receipt).decode()
        connection.execute(
            insert(tables.receipt).values(
                at=receipt.at, county_time=receipt.county_time, receipt_json=text
            )
        )
        # An answer on a stick may be older than what came by line meanwhile.
        newer = by == "line" or result.county_time > settings.read(connection, settings.LAST_SYNC)
        if result.finished and newer:
            settings.write(connection, last_sync=result.county_time)
    return receipt


def _count(connection: object, table: object, condition: object) -> int:
    statement = select(func.count()).select_from(table).where(condition)  # type: ignore[arg-type]
    return int(connection.execute(statement).scalar_one())  # type: ignore[attr-defined]
