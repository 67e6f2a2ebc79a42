"""One sync: push what waits, pull what others wrote, and prove that both ends hold the same."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from sync.client.faults import LineFault
from sync.client.healing import heal
from sync.client.pace import Pace
from sync.client.ports import Batch, Foreseeing, Line, Standpoint, Store, Tally
from sync.client.stopping import Stopped
from sync.protocol import VERSION, Era, ExchangeAnswer, ExchangeRequest, Move

Cancelled = Callable[[], bool]
#: From this version on a county says what a PC must hold.
VERSION_OF_PROOF = 2
#: More backups than this are not put back during one sync.
MOST_FALLS = 5
WENT_ROUND = (
    "同步停下了：县里的服务器总是答同样的话，再问也不会有进展。请把这句话告诉县里"
    "（服务器可能恢复过备份）。您填的都在本机，什么都没有丢。"
)


@dataclass(frozen=True)
class Progress:
    """How far a sync has come, in changes and records (``total`` may still grow) and in bytes.
    Afterwards in photos, and then ``words`` say how many bytes of them."""

    done: int
    total: int
    bytes_sent: int = 0
    bytes_received: int = 0
    words: str = ""


@dataclass(frozen=True)
class Result:
    """What a sync did; ``finished`` is false when it was cancelled half-way (nothing is lost).

    ``proof``: ``equal`` where both ends hold the same, ``healed`` where they did not at first,
    ``differs`` where they still do not, '' where it was not asked. ``healed`` counts the records
    that differed, by kind. ``thorough`` tells that every field was compared. ``move`` is the
    village that the PC belongs to from now on, where the county says that it changed.
    """

    tally: Tally
    finished: bool
    county_time: str
    round_trips: int
    proof: str = ""
    healed: dict[str, int] = field(default_factory=dict)
    thorough: bool = False
    move: Move | None = None


def synchronise(
    store: Store,
    line: Line,
    *,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Cancelled = lambda: False,
    pace: Pace | None = None,
    tally: Tally | None = None,
    thorough: Callable[[str], bool] = lambda _: False,
) -> Result:
    """Exchange batches until nothing waits on this PC and nothing is unread at the county; then
    compare what both hold, and heal what differs. Every field is compared where ``thorough``, asked
    with the county's time, says so.

    Each answer is settled in one local transaction, so that a sync may end anywhere and the next
    goes on from there. While one answer is settled the next request is already on its way: the
    county works while the PC writes. Raises ``LineFault``; whatever broke off, what got no answer
    waits again. What it did is added to ``tally`` if one is given.
    """
    with ExitStack() as ending:
        ending.callback(store.put_back)
        courier = ending.enter_context(ThreadPoolExecutor(1, thread_name_prefix="line"))
        run = _Run(store, line, courier, pace or Pace(), progress, cancelled)
        if tally is not None:
            run.tally = tally
        try:
            return _carry_out(run, store, line, cancelled, thorough)
        except Stopped:
            # The request under way was let go; what was answered before it has been settled.
            return run.stopped()


def _carry_out(
    run: _Run, store: Store, line: Line, cancelled: Cancelled, thorough: Callable[[str], bool]
) -> Result:
    answer = run.exchange()
    if not run.finished or answer.move is not None:
        # Whoever leaves a village reads nothing more there, so there is nothing to compare.
        return run.result(answer)
    whole = thorough(answer.county_time) if run.proven else False
    if not whole and not run.suspects(answer):
        return run.result(answer, "equal" if run.proven else "")
    # The sums themselves may be what is wrong.
    store.recount()
    healed = heal(store, line, store.everything() if whole else run.suspects(answer), cancelled)
    run.round_trips += healed.round_trips
    if not healed.records and not run.suspects(answer):
        return run.result(answer, "equal", thorough=whole)
    # What the county lost is sent again, and both look once more.
    answer = run.exchange()
    proof = "healed" if run.agrees(answer) else "differs"
    return run.result(answer, proof, healed.records, thorough=whole)


class _Run:
    """The exchanges of one sync, and what they came to."""

    def __init__(
        self,
        store: Store,
        line: Line,
        courier: ThreadPoolExecutor,
        pace: Pace,
        progress: Callable[[Progress], None],
        cancelled: Cancelled,
    ) -> None:
        self._store, self._line, self._courier, self._pace = store, line, courier, pace
        self._progress, self._cancelled = progress, cancelled
        self.tally = Tally()
        self._done = 0
        self._sealed = False
        self._county_time = ""
        self.round_trips = 0
        self.finished = False
        #: Whether the county says what a PC must hold.
        self.proven = False
        #: The eras to which this PC fell back in this sync.
        self._fallen: list[dict[str, Era]] = []

    def exchange(self) -> ExchangeAnswer:
        """Exchange until both ends have all, or a person cancels; return the last answer."""
        here, batch = self._begin()
        answering, cursors = self._ask(batch, here, here.seal), here.cursors
        self._sealed = bool(here.seal)
        while True:
            if batch.numbers:
                self._store.expect(batch)
            following = self._take(batch.last) if batch.more else Batch()
            if following.numbers:
                self._foresee(following, here, batch, cursors)
            answer = answering.result()
            self.round_trips += 1
            self._county_time = answer.county_time
            if {area: era.number for area, era in answer.eras.items()} != here.eras:
                self._fall_back(answer)
                if self._cancelled():
                    self.finished = False
                    return answer
                here, batch = self._begin()
                answering, cursors = self._ask(batch, here), here.cursors
                self._sealed = False
                continue
            self.finished = not batch.more and answer.remaining == 0
            last = self.finished or self._cancelled()
            if not last:
                self._expect_progress(batch, cursors, answer)
                here, cursors = replace(here, whole=answer.remaining == 0), answer.cursors
                answering = self._send(following, here, cursors)
                self._sealed = False
            self._store.settle(batch, answer, self.tally)
            self._tell(batch, answer)
            if last:
                self.proven = answer.version >= VERSION_OF_PROOF
                return answer
            batch = following

    def _fall_back(self, answer: ExchangeAnswer) -> None:
        """Go back to where the county stands after a backup was put back. Raises ``LineFault``
        where that led nowhere before."""
        self._store.put_back()
        if answer.eras in self._fallen or len(self._fallen) == MOST_FALLS:
            raise LineFault(WENT_ROUND, "eras", "not_ours")
        self._fallen.append(answer.eras)
        self._store.fall_back(answer.eras)

    def _expect_progress(
        self, batch: Batch, cursors: dict[str, int], answer: ExchangeAnswer
    ) -> None:
        """Raise ``LineFault`` where nothing was sent, nothing was read, and more is promised: it
        would be so for ever."""
        moved = any(cursors.get(area) != read for area, read in answer.cursors.items())
        if not batch.numbers and not moved:
            raise LineFault(WENT_ROUND, "cursors", "not_ours")

    def suspects(self, answer: ExchangeAnswer) -> dict[str, list[str]]:
        """The kinds, by area, of which this PC holds something else than the answer says."""
        if not self.proven or (self._sealed and not answer.holdings):
            return {}
        return self._store.differing(answer.holdings)

    def agrees(self, answer: ExchangeAnswer) -> bool:
        """Whether all is exchanged, and this PC holds what the answer says."""
        return self.finished and not self.suspects(answer)

    def result(
        self,
        answer: ExchangeAnswer,
        proof: str = "",
        healed: dict[str, int] | None = None,
        *,
        thorough: bool = False,
    ) -> Result:
        """What the sync did so far."""
        return Result(
            self.tally,
            self.finished,
            answer.county_time,
            self.round_trips,
            proof if self.finished else "",
            healed or {},
            thorough,
            answer.move,
        )

    def stopped(self) -> Result:
        """What the sync did before a person stopped it while an answer was waited for."""
        return Result(self.tally, False, self._county_time, self.round_trips)

    def _send(
        self, batch: Batch, here: Standpoint, cursors: dict[str, int], seal: str = ""
    ) -> Future[ExchangeAnswer]:
        """Send a request on its way, while the PC goes on with something else."""
        request = self._request(batch, here, cursors, seal)
        return self._courier.submit(self._pace.timed, self._line, request)

    def _ask(self, batch: Batch, here: Standpoint, seal: str = "") -> Future[ExchangeAnswer]:
        """Send a first request; where nothing is sent, there is nothing else to do meanwhile, and a
        thread of its own would cost more than the rest of a sync."""
        if batch.numbers:
            return self._send(batch, here, here.cursors, seal)
        answered: Future[ExchangeAnswer] = Future()
        request = self._request(batch, here, here.cursors, seal)
        answered.set_result(self._pace.timed(self._line, request))
        return answered

    def _foresee(
        self, following: Batch, here: Standpoint, batch: Batch, cursors: dict[str, int]
    ) -> None:
        """Let the line make ready what is sent next if, as mostly, all of this batch is taken in
        and nobody else writes meanwhile."""
        if isinstance(self._line, Foreseeing):
            read = {**cursors, here.area: cursors.get(here.area, 0) + len(batch.numbers)}
            self._line.foresee(self._request(following, replace(here, whole=True), read))

    def _request(
        self, batch: Batch, here: Standpoint, cursors: dict[str, int], seal: str = ""
    ) -> ExchangeRequest:
        where = (here.area, seal, here.eras)
        how = (batch.follows, here.whole)
        return ExchangeRequest(VERSION, cursors, batch.blocks, self._pace.page, *where, *how)

    def _begin(self) -> tuple[Standpoint, Batch]:
        return self._store.begin(self._pace.changes, self._pace.largest)

    def _take(self, after: int) -> Batch:
        return self._store.take(self._pace.changes, after=after, largest=self._pace.largest)

    def _tell(self, batch: Batch, answer: ExchangeAnswer) -> None:
        self._done += len(batch.numbers) + sum(len(rows) for rows in answer.rows)
        remaining = answer.remaining + (self._store.waiting() if batch.more else 0)
        self._progress(
            Progress(
                self._done,
                self._done + remaining,
                self._line.bytes_sent,
                self._line.bytes_received,
            )
        )
