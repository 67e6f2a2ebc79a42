"""Times and numbers as a cadre says them."""

from __future__ import annotations

from datetime import date, datetime, timedelta


def when(moment: str, today: date | None = None) -> str:
    """An ISO time as words: 今天 09:42, 昨天 17:05, 11月20日 08:30, 2025-03-01 08:30."""
    try:
        at = datetime.fromisoformat(moment).astimezone()
    except ValueError:
        return ""
    today = today or datetime.now().astimezone().date()
    clock = f"{at:%H:%M}"
    if at.date() == today:
        return f"今天 {clock}"
    if at.date() == today - timedelta(days=1):
        return f"昨天 {clock}"
    if at.year == today.year:
        return f"{at.month}月{at.day}日 {clock}"
    return f"{at:%Y-%m-%d} {clock}"


def size(count: int) -> str:
    """Bytes as words: 380 KB, 12.4 MB."""
    if count < 1024 * 1024:
        return f"{max(1, round(count / 1024)):,} KB" if count else "0 KB"
    return f"{count / 1024 / 1024:,.1f} MB"
