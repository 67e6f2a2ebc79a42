"""A brake on guessing: after too many wrong tries an address waits."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock

TRIES = 10
WINDOW_S = 600.0
# Somebody with many addresses must not fill the memory.
_MOST_ADDRESSES = 10_000


class Throttle:
    """Counts wrong tries by address over a sliding window; right ones cost nothing."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._wrong: OrderedDict[str, deque[float]] = OrderedDict()

    def is_open(self, address: str) -> bool:
        """Whether the address may try again now."""
        with self._lock:
            times = self._wrong.get(address, deque())
            while times and times[0] <= self._clock() - WINDOW_S:
                times.popleft()
            return len(times) < TRIES

    def note_wrong(self, address: str) -> None:
        """Count a wrong try."""
        with self._lock:
            self._wrong.setdefault(address, deque(maxlen=TRIES)).append(self._clock())
            self._wrong.move_to_end(address)
            if len(self._wrong) > _MOST_ADDRESSES:
                self._wrong.popitem(last=False)
