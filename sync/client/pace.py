"""How much one request carries: little on a slow line, more as it proves quick.

What counts is the line's time, without the county's own work: a county that is busy is not helped
by more and smaller requests.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from sync.client.faults import NoLine, Refused
from sync.client.ports import LARGEST, Line
from sync.protocol import ExchangeAnswer, ExchangeRequest

#: What a cadre may say of the line: usual, slow or paid by the byte, very slow.
Limit = Literal["normal", "slow", "very_slow"]
LIMITS: tuple[Limit, ...] = get_args(Limit)

_LEAST, _MOST_CHANGES = 25, 2000
#: A change of a register is about 300 bytes before compression. A batch of long notes ends early.
_BYTES_A_CHANGE = 1000
#: A request quicker than this may be larger next time, one slower than that should be smaller:
#: what breaks off is sent again, and the cadre sees the figures move.
_QUICK_S, _GOOD_S, _SLOW_S = 1.5, 3.0, 6.0
#: One slow answer may be chance: never less than an eighth at once.
_AT_ONCE = 8
#: Faults after which less may get through.
TOO_MUCH = ("too_slow", "broke_off", "too_large")


@dataclass(frozen=True)
class _Bounds:
    """What one begins with, the most, and what a line carries that is not remembered as slow."""

    first: int
    most: int
    good: int


_BOUNDS: dict[Limit, _Bounds] = {
    "normal": _Bounds(2000, 4000, 1000),
    "slow": _Bounds(200, 500, 200),
    "very_slow": _Bounds(50, 100, 50),
}


class Pace:
    """Changes and rows a request; ``fixed`` keeps one size, for tests.

    ``remembered`` is the size that an earlier sync came down to, 0 for none.
    """

    def __init__(
        self, fixed: int | None = None, *, limit: Limit = "normal", remembered: int = 0
    ) -> None:
        self._fixed = fixed is not None
        self._bounds = _BOUNDS[limit]
        first = self._bounds.first
        self.page = fixed or max(_LEAST, min(remembered or first, first))

    @property
    def changes(self) -> int:
        """How many changes a request may carry: each end works on one batch while the other works
        on another, and neither should wait. Of rows it may ask for more (``page``): the more a PC
        stores at once, the fewer pages of its file it writes twice."""
        return self.page if self._fixed else min(self.page, _MOST_CHANGES)

    @property
    def largest(self) -> int:
        """The most bytes of values a batch may hold before compression."""
        if self._fixed:
            return LARGEST
        return min(self.changes * _BYTES_A_CHANGE, LARGEST)

    @property
    def to_remember(self) -> int:
        """What the next sync should begin with; 0 where the line proved good enough."""
        return self.page if self.page < self._bounds.good else 0

    def timed(self, line: Line, request: ExchangeRequest) -> ExchangeAnswer:
        """Make a request and learn from how long the line took. Raises ``LineFault``."""
        start = time.monotonic()
        try:
            answer = line.exchange(request)
        except (NoLine, Refused) as fault:
            if fault.code in TOO_MUCH:
                # A quarter of what was tried, if that is known.
                tried = _changes(request) or self.page
                self._shrink(min(4 * self.page / tried, _AT_ONCE))
            raise
        # Only a line over a wire knows how long the other end worked.
        worked: float = getattr(line, "county_seconds", 0.0)
        seconds = time.monotonic() - start - worked
        if not self._fixed:
            self._learn(seconds, full=self._was_full(request, answer))
        return answer

    def _was_full(self, request: ExchangeRequest, answer: ExchangeAnswer) -> bool:
        """Whether so much was moved that its time tells something of twice as much."""
        if 2 * (_changes(request) + sum(len(rows) for rows in answer.rows)) >= self.page:
            return True
        # A few changes with long notes.
        return 2 * len(msgspec.json.encode(request.blocks)) >= self.largest

    def _learn(self, seconds: float, *, full: bool) -> None:
        if seconds < _QUICK_S:
            if full:
                self.page = min(self.page * 2, self._bounds.most)
        elif seconds > _SLOW_S:
            self._shrink(min(seconds / _GOOD_S, _AT_ONCE))

    def _shrink(self, times: float) -> None:
        if not self._fixed:
            self.page = max(round(self.page / times), _LEAST)


def _changes(request: ExchangeRequest) -> int:
    return sum(len(block.ids) for block in request.blocks)
