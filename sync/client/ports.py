"""What the sync engine needs of a store and of a line; the desktop and the tests fill them in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from sync.keys import IntroduceAnswer, IntroduceRequest
from sync.protocol import Block, EnrolAnswer, EnrolRequest, ExchangeAnswer, ExchangeRequest


class LineFault(Exception):
    """The county could not be asked, or refused to answer; nothing was lost.

    ``sentence`` says in Chinese what happened and what to do, ``detail`` is for support.
    """

    def __init__(self, sentence: str, detail: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.detail = detail


class NoLine(LineFault):
    """The county cannot be reached just now: it is worth trying again later."""


class Refused(LineFault):
    """The county was reached and refused the request as a whole: somebody must do something.

    ``code`` is one of the codes of ``sync.protocol.Fault``.
    """

    def __init__(self, code: str, sentence: str, detail: str = "") -> None:
        super().__init__(sentence, detail)
        self.code = code


@dataclass(frozen=True)
class Batch:
    """Changes taken from the outbox for one request.

    ``numbers`` are their places in the outbox, in the order of the blocks; ``more`` tells that
    others wait behind them.
    """

    blocks: list[Block] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    more: bool = False

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

    def note(self, what: str, kind: str, number: int) -> None:
        """Add to a kind's own row only."""
        row = self.by_kind.setdefault(kind, {})
        row[what] = row.get(what, 0) + number


class Store(Protocol):
    """The local store as the engine sees it."""

    def cursors(self) -> dict[str, int]:
        """How far the PC has read, by area."""

    def waiting(self) -> int:
        """How many changes wait to be sent."""

    def take(self, limit: int, after: int = 0) -> Batch:
        """Take the oldest waiting changes behind the place ``after`` of the outbox, at most
        ``limit``, and mark their records as being sent."""

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

    def close(self) -> None:
        """Let go of the connection."""
