"""What was wrong with the line the last time, and with this PC's clock. No Qt."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from desktop.storage import settings
from desktop.storage.store import Store
from desktop.storage.writing import now
from sync.client.clock import clock_words
from sync.client.faults import LineFault, told
from sync.client.stopping import Stopped
from sync.decoding import decode


@dataclass(frozen=True)
class Trouble:
    """How the last try to reach the county failed: a code, what the cadre reads, what support
    reads, and the PC's time."""

    code: str
    sentence: str
    detail: str = ""
    at: str = ""

    @property
    def words(self) -> str:
        """The fault in a few characters."""
        return told(self.code).words

    @property
    def again(self) -> bool:
        """Whether trying again later may help without anybody doing anything."""
        return told(self.code).again

    @classmethod
    def of(cls, fault: LineFault) -> Trouble:
        """A fault that has just happened."""
        return cls(fault.code, fault.sentence, fault.detail, now())


@contextmanager
def noted(store: Store, last: str | None = None) -> Iterator[None]:
    """Keep how the work within fails on the line, or forget the ``last`` fault, as it is kept,
    where it does not."""
    try:
        yield
    except Stopped:
        # A person did not want to wait: that tells nothing of the line.
        raise
    except LineFault as fault:
        store.set(trouble=msgspec.json.encode(Trouble.of(fault)).decode())
        raise
    if store.setting(settings.TROUBLE) if last is None else last:
        store.set(trouble="")


def last_trouble(connection: Connection) -> Trouble | None:
    """How the last try failed; None where the county was reached, or never tried."""
    text = settings.read(connection, settings.TROUBLE)
    return decode(text, Trouble) if text else None


def clock_behind(connection: Connection) -> int:
    """How many seconds this PC's clock was behind the county's time at the last sync."""
    text = settings.read(connection, settings.CLOCK_BEHIND)
    return int(text) if text.removeprefix("-").isdecimal() else 0


def behind_county(county_time: str) -> int:
    """How many seconds this PC's clock is behind the county's time (less than 0: ahead)."""
    try:
        difference = datetime.fromisoformat(county_time) - datetime.fromisoformat(now())
    except (ValueError, TypeError):
        # A time without its zone, or none: there is nothing to compare.
        return 0
    return round(difference.total_seconds())


def clock_sentence(behind: int) -> str:
    """What a cadre is told of a clock that is off; '' where it is right enough."""
    words = clock_words(behind)
    return f"这台电脑的时间{words}，请校准；不影响同步。" if words else ""
