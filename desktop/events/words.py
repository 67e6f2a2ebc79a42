"""How moments and limits of events are said to a cadre."""

from __future__ import annotations

from datetime import datetime, timedelta

from sync.records.moments import CHINA

_DAYS = "一二三四五六日"
_HOUR, DAY = timedelta(hours=1), timedelta(days=1)
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
        return f"已超 {span_words(here - due)}"
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


def span_words(span: timedelta) -> str:
    """A span in the largest unit that tells enough: 45 分钟, 5 小时, 3 天."""
    if span < _HOUR:
        return f"{max(1, int(span / timedelta(minutes=1)))} 分钟"
    if span < DAY:
        return f"{int(span / _HOUR)} 小时"
    return f"{int(span / DAY)} 天"
