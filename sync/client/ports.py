"""What the sync engine needs of a store and of a line; the desktop and the tests fill them in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from sync.client.faults import LineFault as LineFault
from sync.client.faults import NoLine as NoLine
from sync.client.faults import Refused as Refused
from sync.keys import IntroduceAnswer, IntroduceRequest
from sync.protocol import (
    Block,
    EnrolAnswer,
    EnrolRequest,
    Era,
    ExchangeAnswer,
    ExchangeRequest,
    Holding,
    Rows,
    VerifyAnswer,
    VerifyRequest,
)

#: A batch ends before this many bytes of values, so that long notes cannot make it too large.
LARGEST = 4 * 1024 * 1024


@dataclass(frozen=True)
class Batch:
    """Changes taken from the outbox for one request.

    ``numbers`` are their places in the outbox, in the order of the blocks; ``more`` tells that
    others wait behind them. ``follows`` as in ``ExchangeRequest``.
    """

    blocks: list[Block] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    more: bool = False
    follows: dict[str, list[str]] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """The place of the last change in the outbox; 0 for an empty batch."""
        return self.numbers[-1] if self.numbers else 0


@dataclass
class Tally:
    """What one sync did, counted in changes and records; added up over its requests.

    ``received`` counts the village's records that others wrote; what the county publishes to all
    (divisions) is only in ``by_kind``.
    """

    sent: int = 0
    received: int = 0
    merged: int = 0
    conflicts: int = 0
    refused: int = 0
    by_kind: dict[str, dict[str, int]] = field(default_factory=dict)

    def count(self, what: str, kind: str, number: int = 1) -> None:
        """Add ``number`` to ``what`` (sent, received, merged, conflicts, refused), for a kind."""
        setattr(self, what, getattr(self, what) + number)
        self.note(what, kind, number)

    def add(self, other: Tally) -> None:
        """Add what another sync did, kind by kind."""
        for name in ("sent", "received", "merged", "conflicts", "refused"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for kind, row in other.by_kind.items():
            for what, number in row.items():
                self.note(what, kind, number)

    def note(self, what: str, kind: str, number: int) -> None:
        """Add to a kind's own row only."""
        row = self.by_kind.setdefault(kind, {})
        row[what] = row.get(what, 0) + number


@dataclass(frozen=True)
class Standpoint:
    """Where a PC stands when it begins to sync: its village, how far it has read in each area and
    in which era of the county's numbers, and a seal over all that it holds. It is ``whole`` where
    the last answer left nothing to be read."""

    area: str
    cursors: dict[str, int]
    eras: dict[str, int] = field(default_factory=dict)
    seal: str = ""
    whole: bool = False


class Store(Protocol):
    """The local store as the engine sees it."""

    def begin(self, limit: int, largest: int = LARGEST) -> tuple[Standpoint, Batch]:
        """Where this PC stands, and the oldest waiting changes, as ``take`` takes them."""

    def fall_back(self, eras: dict[str, Era]) -> None:
        """The county went back to a backup: read on from what it still knows, and let what it has
        forgotten wait to be sent again."""

    def differing(self, holdings: list[Holding]) -> dict[str, list[str]]:
        """The kinds, by area, of which this PC holds something else than the county."""

    def recount(self) -> None:
        """Make the sums that are compared anew from the records."""

    def everything(self) -> dict[str, list[str]]:
        """Every kind, by area, of which this PC may hold something: it may have lost all of it."""

    def fields_of(self, kinds: list[str]) -> dict[str, list[str]]:
        """The fields of each kind that this program knows."""

    def contents(self, area: str, kind: str) -> list[int]:
        """The checksum of each bucket of a kind, over what the county gave (``sync.proof``)."""

    def mend(self, theirs: Rows, buckets: list[int]) -> dict[str, int]:
        """Put right what differs in some buckets; how many records were ``taken`` from the county,
        and how many are sent ``again`` because the county lost them."""

    def waiting(self) -> int:
        """How many changes wait to be sent."""

    def take(self, limit: int, after: int = 0, largest: int = LARGEST) -> Batch:
        """Take the oldest waiting changes behind the place ``after`` of the outbox, at most
        ``limit`` of them and, beside the first, ``largest`` bytes of values; mark their records as
        being sent."""

    def expect(self, batch: Batch) -> None:
        """The batch is under way: look up meanwhile what is needed once it is answered."""

    def settle(self, batch: Batch, answer: ExchangeAnswer, tally: Tally) -> None:
        """Apply an answer - outcomes, rows and cursors - in one local transaction."""

    def put_back(self) -> None:
        """Mark whatever was being sent as waiting again, because no answer came."""


class Line(Protocol):
    """A way to the county."""

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Show a one-time code; raise ``LineFault``."""

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        """Send and ask; raise ``LineFault``."""

    def introduce(self, request: IntroduceRequest) -> IntroduceAnswer:
        """Exchange keys for files on a stick; raise ``LineFault``."""

    def verify(self, request: VerifyRequest) -> VerifyAnswer:
        """Compare contents; raise ``LineFault``."""

    @property
    def bytes_sent(self) -> int:
        """Bytes of messages that went out so far."""

    @property
    def bytes_received(self) -> int:
        """Bytes of messages that came in so far."""

    def close(self) -> None:
        """Let go of the connection."""


@runtime_checkable
class Foreseeing(Protocol):
    """A line that makes ready what will most likely be asked next, while it waits."""

    def foresee(self, request: ExchangeRequest) -> None:
        """Make it ready; if something else is asked after all, that is made ready then."""


Cancelled = Callable[[], bool]
#: Takes how many bytes of a file have got through so far.
Told = Callable[[int], None]


class Source(Protocol):
    """Where the bytes of a file that is sent are read."""

    def seek(self, offset: int, /) -> int:
        """Go to a byte."""

    def read(self, length: int, /) -> bytes:
        """The next bytes, at most ``length``; none at the end."""


class Sink(Protocol):
    """Where a fetched file goes: it says from which byte on it wants the rest."""

    @property
    def offset(self) -> int:
        """The bytes that are there already."""

    def write(self, data: bytes) -> None:
        """Take the next bytes."""


class FileLine(Protocol):
    """A way for photos and documents to the county and back."""

    def send(
        self, sha256: str, source: Source, size: int, told: Told, cancelled: Cancelled
    ) -> bool:
        """Bring a file; whether the county has all of it now, which a cancel leaves open."""

    def fetch(self, sha256: str, sink: Sink, size: int, told: Told, cancelled: Cancelled) -> bool:
        """Fetch what ``sink`` lacks of a file; whether it has all of it now."""

    def close(self) -> None:
        """Let go of the connection."""
