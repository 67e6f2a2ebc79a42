"""Lines that let go when a person does not want to wait any longer: of messages and of files."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TypeVar

from sync.client.ports import (
    Cancelled,
    FileLine,
    Foreseeing,
    Line,
    LineFault,
    Sink,
    Source,
    Told,
)
from sync.keys import IntroduceAnswer, IntroduceRequest
from sync.protocol import (
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    VerifyAnswer,
    VerifyRequest,
)

Answer = TypeVar("Answer")

#: How often it is looked whether somebody wants to stop, and how long an answer that is nearly here
#: is waited for all the same, in seconds: what is settled now need not be sent again.
LOOK_S, GRACE_S = 0.05, 0.4


class Stopped(LineFault):
    """A person stopped the sync; the request under way was let go, and nothing was lost."""

    def __init__(self) -> None:
        super().__init__("同步已停下。没送完的都在本机，下次接着送。")


class StoppableLine:
    """A line whose requests end soon after ``stopped`` begins to hold: they raise ``Stopped``.

    The request itself cannot be taken back: it is left to a thread of its own, its connection is
    closed under it, and an answer that comes all the same is not read. The county knows each change
    by its id, so whatever it did of it, sending again is right.
    """

    def __init__(self, line: Line, stopped: Callable[[], bool]) -> None:
        self._line, self._stopped = line, stopped
        self._closed = False

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Show a one-time code; raises LineFault."""
        return self.until_stopped(partial(self._line.enrol, request))

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        """Send and ask; raises LineFault."""
        return self.until_stopped(partial(self._line.exchange, request))

    def foresee(self, request: ExchangeRequest) -> None:
        """Most likely this will be asked next."""
        if isinstance(self._line, Foreseeing):
            self._line.foresee(request)

    def introduce(self, request: IntroduceRequest) -> IntroduceAnswer:
        """Exchange keys for files on a stick; raises LineFault."""
        return self.until_stopped(partial(self._line.introduce, request))

    def verify(self, request: VerifyRequest) -> VerifyAnswer:
        """Compare contents; raises LineFault."""
        return self.until_stopped(partial(self._line.verify, request))

    @property
    def bytes_sent(self) -> int:
        """Bytes of messages that went out so far."""
        return self._line.bytes_sent

    @property
    def bytes_received(self) -> int:
        """Bytes of messages that came in so far."""
        return self._line.bytes_received

    @property
    def county_seconds(self) -> float:
        """How long the county worked on its last answer, where the line tells."""
        return float(getattr(self._line, "county_seconds", 0.0))

    def close(self) -> None:
        """Let go of the connection."""
        if not self._closed:
            self._closed = True
            self._line.close()

    def until_stopped(self, ask: Callable[[], Answer]) -> Answer:
        """What ``ask`` answers or raises, or ``Stopped`` if a person does not want to wait."""
        return until_stopped(ask, self._stopped, self.close)


class StoppableFiles:
    """A line for files of which a send or a fetch ends soon after its ``cancelled`` begins to hold,
    also where no byte moves: as ``StoppableLine``, it leaves the request to itself.

    What it has got through counts: the next time goes on behind it.
    """

    def __init__(self, line: FileLine) -> None:
        self._line = line

    def send(
        self, sha256: str, source: Source, size: int, told: Told, cancelled: Cancelled
    ) -> bool:
        """Bring a file; whether the county has all of it now, which a cancel leaves open."""
        loan = _Loan()
        lent = _LentSource(source, loan)
        ask = partial(self._line.send, sha256, lent, size, loan.heard(told), loan.over(cancelled))
        return self._until_stopped(ask, loan, cancelled)

    def fetch(self, sha256: str, sink: Sink, size: int, told: Told, cancelled: Cancelled) -> bool:
        """Fetch what ``sink`` lacks of a file; whether it has all of it now."""
        loan = _Loan()
        lent = _LentSink(sink, loan)
        ask = partial(self._line.fetch, sha256, lent, size, loan.heard(told), loan.over(cancelled))
        return self._until_stopped(ask, loan, cancelled)

    def close(self) -> None:
        """Let go of the connection."""
        self._line.close()

    def _until_stopped(self, ask: Callable[[], bool], loan: _Loan, cancelled: Cancelled) -> bool:
        def let_go() -> None:
            loan.call_back()
            self._line.close()

        try:
            return until_stopped(ask, cancelled, let_go)
        except Stopped:
            return False


class _Loan:
    """What a request works with until it is let go. Then whoever lent it closes it, or lends it to
    the next: the request must not touch it any more, should its line come to life again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._called_back = False

    def use(self, work: Callable[[], Answer]) -> Answer:
        """Do something with what was lent. Raises Stopped once it was called back."""
        with self._lock:
            if self._called_back:
                raise Stopped
            return work()

    def call_back(self) -> None:
        """It is used no more, from now on; what is just being done with it is done first."""
        with self._lock:
            self._called_back = True

    def heard(self, told: Told) -> Told:
        """Tell as long as the loan lasts."""
        return lambda offset: self.use(partial(told, offset))

    def over(self, cancelled: Cancelled) -> Cancelled:
        """Whether the request should end by itself."""
        return lambda: self._called_back or cancelled()


class _LentSource:
    def __init__(self, source: Source, loan: _Loan) -> None:
        self._source, self._loan = source, loan

    def seek(self, offset: int, /) -> int:
        return self._loan.use(partial(self._source.seek, offset))

    def read(self, length: int, /) -> bytes:
        return self._loan.use(partial(self._source.read, length))


class _LentSink:
    def __init__(self, sink: Sink, loan: _Loan) -> None:
        self._sink, self._loan = sink, loan

    @property
    def offset(self) -> int:
        return self._loan.use(lambda: self._sink.offset)

    def write(self, data: bytes) -> None:
        self._loan.use(partial(self._sink.write, data))


def until_stopped(
    ask: Callable[[], Answer], stopped: Callable[[], bool], let_go: Callable[[], None]
) -> Answer:
    """What ``ask`` answers or raises; soon after ``stopped`` begins to hold, ``let_go`` is called
    and ``Stopped`` raised."""
    answers: queue.SimpleQueue[Future[Answer]] = queue.SimpleQueue()

    def carry_out() -> None:
        answer: Future[Answer] = Future()
        try:
            answer.set_result(ask())
        except BaseException as error:  # noqa: BLE001 (whoever asked raises it)
            answer.set_exception(error)
        answers.put(answer)

    # A daemon: nobody waits for it, not even the end of the program.
    threading.Thread(target=carry_out, name="request", daemon=True).start()
    given_up_at = 0.0
    while True:
        try:
            answer = answers.get(timeout=LOOK_S)
        except queue.Empty:
            pass
        else:
            return answer.result()
        if given_up_at and time.monotonic() >= given_up_at:
            let_go()
            raise Stopped
        if not given_up_at and stopped():
            given_up_at = time.monotonic() + GRACE_S
