"""How much this PC's line carries: what the cadre said, and what it came down to. No Qt."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Connection

from desktop.storage import settings
from desktop.storage.store import Store
from sync.client.pace import LIMITS, Limit, Pace

#: What may be said of the line, in words; the first is usual.
LIMIT_WORDS: dict[Limit, str] = {
    "normal": "正常",
    "slow": "慢，或按流量计费",
    "very_slow": "很慢（山里、卫星）",
}


@contextmanager
def pace_of(store: Store, told: Mapping[str, str]) -> Iterator[Pace]:
    """The pace for one sync, by this PC's settings; what the line came down to is kept for the
    next, also if it fails."""
    remembered = _page(told)
    pace = Pace(limit=_limit(told), remembered=remembered)
    try:
        yield pace
    finally:
        if pace.to_remember != remembered:
            store.set(line_page=str(pace.to_remember))


def line_words(connection: Connection) -> str:
    """What is set and what it came down to, for support."""
    told = settings.read_all(connection)
    page = _page(told)
    return f"{_limit(told)}" + (f"，每次 {page} 条" if page else "")


def _limit(told: Mapping[str, str]) -> Limit:
    said = told.get(settings.LINE_LIMIT)
    return next((limit for limit in LIMITS if limit == said), "normal")


def _page(told: Mapping[str, str]) -> int:
    text = told.get(settings.LINE_PAGE, "")
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 6 else 0
