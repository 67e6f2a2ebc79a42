"""How moments and limits of events are said to a cadre."""

from __future__ import annotations

from datetime import datetime, timedelta

from sync.records.moments import CHINA

_DAYS = "一二三四五六日"
#: Said of a limit that reaches beyond the calendar of holidays.
UNCERTAIN = "（节假日安排还没有公布，先按周一至周五算）"


def china(moment: str) -> datetime:
    """A kept moment by the clock in China."""
    return datetime.fromisoformat(moment).astimezone(CHINA)


def due_words(due_at: str | None, now: str, *, certain: bool = True) -> str:
    """Until when something is due, or by how much it is overdue; '' for never."""
    if due_at is None:
        return ""
    due, here = china(due_at), china(now)
    if due < here:
        return f"已超{_length(here - due)}"
    whole_day = (due.hour, due.minute) == (23, 59)
    clock = "" if whole_day else f"{due:%H:%M}"
    gap = (due.date() - here.date()).days
    if gap == 0:
        day = "今天"
    elif gap == 1:
        day = "明天"
    else:
        day = f"{due.month}月{due.day}日" + (f"（周{_DAYS[due.weekday()]}）" if gap < 7 else "")
    return f"{day}{clock}前{'' if certain else UNCERTAIN}"


def length_words(seconds: float) -> str:
    """A length of time: 「3小时」「2天4小时」."""
    return _length(timedelta(seconds=seconds))


def _length(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return f"{days}天{hours}小时" if hours and days < 3 else f"{days}天"
    return f"{hours}小时" if hours else f"{minutes}分钟"
