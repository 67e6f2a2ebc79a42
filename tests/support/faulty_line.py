"""A line as bad as a test wants, and a sync that is interrupted wherever a test wants."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from sync.client.ports import Batch, LineFault, NoLine, Refused, Tally
from sync.keys import IntroduceAnswer, IntroduceRequest
from sync.protocol import (
    VERSION,
    BadMessage,
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    VerifyAnswer,
    VerifyRequest,
    pack,
    unpack,
)
from sync.server.accounts import device_of, enrol
from sync.server.courier import introduce
from sync.server.errors import Refusal
from tests.support.county_here import OTHER_VILLAGE, TOWN, CountyHere, PowerCut
from tests.support.files_here import FileFault
from tests.support.line import PlainLine
from tests.support.store import VILLAGE

PATIENCE_S = 60


class Fault(Enum):
    """What a line does to one request and its answer."""

    NONE = "none"
    LOSE_REQUEST = "lose request"
    LOSE_ANSWER = "lose answer"
    REPEAT = "repeat, second answer arrives"
    REPEAT_FIRST = "repeat, first answer arrives"
    OVERTAKEN = "request arrives after later ones"
    CUT_REQUEST = "cut request"
    CUT_ANSWER = "cut answer"
    FLIP_REQUEST = "flip a byte of the request"
    FLIP_ANSWER = "flip a byte of the answer"
    COUNTY_DIES = "county dies before it commits"
    CLAIM = "claim another village"


@dataclass(frozen=True)
class Plan:
    """How one sync goes: the size of a page, what happens to its messages and to its PC.

    ``faults`` are those of its round trips, in order; then the line is sound. Before answer number
    ``meanwhile_at`` is settled, ``meanwhile`` happens on the same PC - with ``late`` after the
    request behind it has reached the county. ``cancel_after`` round trips a person cancels;
    at commit number ``cut_at`` the PC's power goes. ``files`` are the faults of the requests that
    bring and fetch photos afterwards.
    """

    page: int = 1000
    faults: tuple[Fault, ...] = ()
    meanwhile_at: int = 0
    meanwhile: tuple[Any, ...] = ()
    late: bool = False
    cancel_after: int | None = None
    cut_at: int | None = None
    place: int = 0
    files: tuple[FileFault, ...] = ()


class FaultyLine(PlainLine):
    """A ``Line`` of one PC to the county."""

    def __init__(
        self, county: CountyHere, token: str, plan: Plan | None = None, gate: Gate | None = None
    ) -> None:
        self._county = county
        self._token = token
        self._plan = plan or Plan()
        self._faults: Iterator[Fault] = iter(self._plan.faults)
        self._gate = gate

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Show a one-time code."""
        sent = unpack(pack(request), EnrolRequest)
        return unpack(pack(enrol(self._county.engine, sent)), EnrolAnswer)

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        """Send and ask, as badly as planned. Raises LineFault."""
        if self._gate is None:
            return self._exchange(request)
        with self._gate.passing():
            return self._exchange(request)

    def introduce(self, request: IntroduceRequest) -> IntroduceAnswer:
        """Exchange keys for files on a stick."""
        device = device_of(self._county.engine, self._token)
        return introduce(self._county.engine, device, request)

    def verify(self, request: VerifyRequest) -> VerifyAnswer:
        """Compare contents; this part of the line is sound."""
        sent = unpack(pack(request), VerifyRequest)
        return unpack(pack(self._county.verify(self._token, sent)), VerifyAnswer)

    def _exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        fault = next(self._faults, Fault.NONE)
        if fault is Fault.CLAIM:
            claimed = dict.fromkeys((VILLAGE, OTHER_VILLAGE, TOWN), 0) | request.cursors
            request = ExchangeRequest(VERSION, claimed, request.blocks, request.page, request.area)
        data = pack(request)
        if fault is Fault.LOSE_REQUEST:
            raise NoLine("no line")
        if fault is Fault.OVERTAKEN:
            self._county.overtaken.append((self._token, data))
            raise NoLine("no answer yet")
        if fault is Fault.CUT_REQUEST:
            self._refused(data[: self._plan.place % len(data)])
        if fault is Fault.FLIP_REQUEST and (flipped := self._flipped(data, ExchangeRequest)):
            self._refused(flipped)
        try:
            answer = self._county.handle(self._token, data, dies=fault is Fault.COUNTY_DIES)
        except PowerCut as error:
            raise NoLine("the county went dark") from error
        except Refusal as refusal:
            raise Refused(refusal.fault.code, refusal.fault.sentence) from refusal
        if fault is Fault.REPEAT:
            answer = self._county.handle(self._token, data)
        elif fault is Fault.REPEAT_FIRST:
            self._county.handle(self._token, data)
        elif fault is Fault.LOSE_ANSWER:
            raise NoLine("answer lost")
        elif fault is Fault.CUT_ANSWER:
            answer = answer[: self._plan.place % len(answer)]
        elif fault is Fault.FLIP_ANSWER:
            answer = self._flipped(answer, ExchangeAnswer) or answer
        try:
            return unpack(answer, ExchangeAnswer)
        except BadMessage as error:
            raise NoLine("answer unreadable") from error

    def _refused(self, data: bytes) -> None:
        try:
            unpack(data, ExchangeRequest)
        except BadMessage as error:
            raise LineFault("the county cannot read it") from error
        raise AssertionError("the county takes in a damaged message")

    def _flipped(self, data: bytes, form: type[Any]) -> bytes | None:
        """The message with one byte changed; None where that changes nothing of what it says."""
        place = self._plan.place % len(data)
        flipped = data[:place] + bytes([data[place] ^ (1 << self._plan.place % 8)])
        flipped += data[place + 1 :]
        try:
            same = bool(unpack(flipped, form) == unpack(data, form))
        except BadMessage:
            return flipped
        assert same, "a damaged message reads as another one"
        return None


class Gate:
    """Lets one request after the other through, so that a sync in two threads runs the same twice.

    The engine sends request n+1 before it settles answer n; here it waits until the test lets it
    go, before or after what happens meanwhile.
    """

    def __init__(self) -> None:
        self._open = threading.Semaphore(1)
        self._passed = 0
        self._moved = threading.Condition()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Wait for the gate, and tell when the request is through."""
        assert self._open.acquire(timeout=PATIENCE_S)
        try:
            yield
        finally:
            with self._moved:
                self._passed += 1
                self._moved.notify_all()

    def let_go(self) -> None:
        """Let the next request through, now or when it comes."""
        self._open.release()

    def wait_for(self, number: int) -> None:
        """Wait until that many requests are through."""
        with self._moved:
            assert self._moved.wait_for(lambda: self._passed >= number, timeout=PATIENCE_S)


class Interrupted(Outbox):
    """A PC's outbox on which something else happens between an answer's arrival and its settling:
    another run of the engine, or a cadre who goes on writing."""

    def __init__(
        self, store: Store, gate: Gate, plan: Plan, meanwhile: Callable[[], None] | None
    ) -> None:
        super().__init__(store)
        self._gate = gate
        self._plan = plan
        self._meanwhile = meanwhile
        self._settled = 0
        self._asked = 0

    def cancelled(self) -> bool:
        """Whether a person cancels now; the engine asks once an answer."""
        self._asked += 1
        return self._stops

    @property
    def _stops(self) -> bool:
        after = self._plan.cancel_after
        return after is not None and self._asked >= after

    def settle(self, batch: Batch, answer: ExchangeAnswer, tally: Tally) -> None:
        """Settle, but not before something else has happened."""
        follows = (batch.more or answer.remaining > 0) and not self._stops
        let_go = False
        try:
            if self._meanwhile and self._settled == self._plan.meanwhile_at:
                if self._plan.late and follows:
                    self._gate.let_go()
                    let_go = True
                    self._gate.wait_for(self._settled + 2)
                self._meanwhile()
            self._settled += 1
            super().settle(batch, answer, tally)
        finally:
            if not let_go:
                self._gate.let_go()
