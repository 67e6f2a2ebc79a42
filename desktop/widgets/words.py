"""Times and numbers as a cadre says them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any


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


def moment(at: str) -> str:
    """An ISO time in full, for paper and for what is read years later: 2026-11-25 09:42."""
    try:
        return f"{datetime.fromisoformat(at).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return ""


def size(count: int) -> str:
    """Bytes as a cadre reads them: 不到 1 KB, 12 KB, 3.4 MB."""
    if count < 1000:
        return "不到 1 KB" if count else "0 KB"
    if count < 1_000_000:
        return f"{count / 1000:,.0f} KB"
    return f"{count / 1_000_000:,.1f} MB"


def place(latitude: int, longitude: int) -> str:
    """A place in millionths of a degree, to ten metres: 北纬30.4123 东经103.4612."""
    north, east = ("北纬" if latitude >= 0 else "南纬"), ("东经" if longitude >= 0 else "西经")
    return f"{north}{abs(latitude) / 1_000_000:.4f} {east}{abs(longitude) / 1_000_000:.4f}"


def photos_words(waiting: Any) -> str:
    """What photos and files are still to go: 「3 张照片或文件待送（416 KB）」; '' for none."""
    return f"{waiting.number:,} 张照片或文件待送（{size(waiting.size)}）" if waiting.number else ""
