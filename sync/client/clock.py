"""How far this PC's clock is from the county's: told to people, relied on by nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: A clock less wrong than this is right enough.
OFF_S = 300


def behind_s(date: str | None, now: datetime | None = None) -> int | None:
    """How many seconds this PC's clock is behind a server's ``Date`` (less than 0: ahead)."""
    if not date:
        return None
    try:
        theirs = parsedate_to_datetime(date)
    except ValueError:
        return None
    if theirs.tzinfo is None:
        theirs = theirs.replace(tzinfo=UTC)
    return round((theirs - (now or datetime.now(UTC))).total_seconds())


def clock_words(behind: int) -> str:
    """By how much this PC's clock is off: 「慢了1年」; '' where it is right enough."""
    for seconds, unit in ((365 * 86400, "年"), (86400, "天"), (3600, "小时"), (60, "分钟")):
        # Eleven months and three weeks are a year to everybody.
        count = round(abs(behind) / seconds)
        if count and abs(behind) >= max(OFF_S, 0.95 * seconds):
            return f"{'慢' if behind > 0 else '快'}了{count}{unit}"
    return ""
