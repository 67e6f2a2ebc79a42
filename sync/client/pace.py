"""How much one request carries: little on a slow line, more as it proves quick."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Request = TypeVar("Request")
Answer = TypeVar("Answer")

_FIRST, _LEAST, _MOST = 1000, 100, 5000
#: A request quicker than this may be larger next time, one slower than that should be smaller:
#: what breaks off is sent again, and the cadre sees the figures move.
_QUICK_S, _SLOW_S = 1.5, 6.0


class Pace:
    """Changes and rows a request; ``fixed`` keeps one size, for tests."""

    def __init__(self, fixed: int | None = None) -> None:
        self._fixed = fixed is not None
        self.page = fixed or _FIRST

    def timed(self, exchange: Callable[[Request], Answer], request: Request) -> Answer:
        """Make a request and learn from how long it took."""
        start = time.monotonic()
        answer = exchange(request)
        if not self._fixed:
            self._learn(time.monotonic() - start)
        return answer

    def _learn(self, seconds: float) -> None:
        if seconds < _QUICK_S:
            self.page = min(self.page * 2, _MOST)
        elif seconds > _SLOW_S:
            self.page = max(self.page // 2, _LEAST)
