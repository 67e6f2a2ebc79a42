"""Who writes next into a database that knows one writer at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Pen:
    """A lock that goes to whoever has waited longest, and at once.

    SQLite's own way of waiting is to look again after a while: the pen then lies idle, and goes to
    whoever happens to look, while somebody who came first may look in vain for a minute.
    """

    def __init__(self) -> None:
        self._guard = Lock()
        self._held = False
        self._waiting: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Write within the block."""
        self._take()
        try:
            yield
        finally:
            self._pass_on()

    def _take(self) -> None:
        with self._guard:
            if not self._held:
                self._held = True
                return
            turn = Lock()
            turn.acquire()
            self._waiting.append(turn)
        # Whoever passes the pen on releases it; it is never put down in between.
        turn.acquire()

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._held = False
