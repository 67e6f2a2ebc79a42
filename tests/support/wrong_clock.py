"""The village's program on a PC whose clock is off: ``python -m tests.support.wrong_clock SECONDS
VERB …``. Whatever the program asks of the clock is answered so many seconds wrong."""

from __future__ import annotations

import datetime
import sys
import time
import uuid
from typing import Self

import uuid_utils

_time, _uuid7 = time.time, uuid_utils.uuid7


def set_back(seconds: float) -> None:
    """Let the clock be behind by so many seconds (less than 0: ahead), before others import it."""

    class Off(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Self:
            return cls.fromtimestamp(time.time(), tz)

    def made() -> uuid.UUID:
        # Its first 48 bits are the clock's milliseconds.
        rest = _uuid7().int & ((1 << 80) - 1)
        return uuid.UUID(int=int(time.time() * 1000) << 80 | rest)

    time.time = lambda: _time() - seconds
    uuid_utils.uuid7 = made  # type: ignore[assignment]
    datetime.datetime = Off  # type: ignore[misc]


if __name__ == "__main__":
    set_back(float(sys.argv[1]))
    from desktop.cli import main

    sys.exit(main(sys.argv[2:]))
