"""The figures of events as charts in words, for the screen and for paper. No Qt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from desktop.figures.service import Period, Read
from desktop.reports.paper import Bar, Bars, Facts, Paper
from desktop.syncing.receipts import Office
from desktop.widgets.words import moment
from sync.client.faults import LineFault, what_happened
from sync.records.event_figures import EventFigures, InTime, Stretch

_DAY = 24
#: From here on hours say less than days.
_MANY_HOURS = 48
#: More weeks than these are told by month.
_MOST_WEEKS = 14


@dataclass(frozen=True)
class ChartWords:
    """One chart: its name, its title with the unit, and its bars; none where there is nothing to
    tell. A bar of no length tells something: closed at once, or none in time."""

    name: str
    title: str
    bars: tuple[Bar, ...]


def charts_of(read: Read) -> list[ChartWords]:
    """What is drawn of the figures, in this order."""
    figures = read.figures
    levels = [level for level in read.levels if level in figures.by_level]
    closed_levels = [level for level in read.levels if level in figures.in_time]
    each, stretches = _stretches(figures)
    return [
        ChartWords("kind", "上报的事件，按分类（件）", _counts(read, figures.by_kind)),
        ChartWords(
            "level",
            "上报的事件，按分级（件）",
            _counts(read, {level: figures.by_level[level] for level in levels}),
        ),
        ChartWords(
            "reported",
            f"{each}上报（件）",
            _over_time((name, stretch.reported) for name, stretch in stretches),
        ),
        ChartWords(
            "closed",
            f"{each}办结（件）",
            _over_time((name, stretch.closed) for name, stretch in stretches),
        ),
        ChartWords(
            "hours",
            "办结用了多久，一半的事件不超过",
            tuple(_taken(_name(read, lv), figures.hours_to_close[lv]) for lv in closed_levels),
        ),
        ChartWords(
            "in_time",
            "办结的事件里没有超期的（%）",
            tuple(_share(_name(read, level), figures.in_time[level]) for level in closed_levels),
        ),
    ]


def facts_of(read: Read, period: Period) -> str:
    """One line over the charts."""
    figures = read.figures
    told = (
        f"{read.place} · {period.words}：上报 {figures.reported:,} 件，办结 {figures.closed:,} 件"
    )
    return f"{told} · 县里 {moment(read.counted_at)} 的数" if read.counted_at else told


def trouble_words(error: Exception, *, stopped: bool, read: Read | None) -> str:
    """Why the county did not tell of the town, what to do, and what can be seen meanwhile. Only a
    sync is tried again by itself."""
    if stopped:
        told = "已停下，没有再等县里。"
    elif isinstance(error, LineFault) and error.again:
        told = f"{what_happened(error)}网通了，再点一次“本镇街”。"
    else:
        told = getattr(error, "sentence", "") or str(error)
    return f"{told}{'下面是上次要到的数。' if read else '本村的数不用联网，点“本村”就能看。'}"


def paper_of(read: Read, office: Office) -> Paper:
    """The charts on A4."""
    figures = read.figures
    counted = moment(read.counted_at) or moment(office.now)
    said = (
        ("上报", f"{figures.reported:,} 件"),
        ("办结", f"{figures.closed:,} 件"),
        ("统计时间", counted),
    )
    drawn = (Bars(chart.title, chart.bars) for chart in charts_of(read) if chart.bars)
    return Paper(
        village=read.place,
        title="事件办理情况",
        period=f"{figures.since} 至 {figures.until}",
        parts=(Facts(said), *drawn),
        printed_by=office.operator,
        printed_at=office.now,
    )


def duration(hours: float) -> str:
    """So many hours as one says them."""
    if hours < 1:
        return "不到 1 小时"
    if hours < _MANY_HOURS:
        return f"{hours:.0f} 小时"
    return f"{hours / _DAY:.1f} 天"


def _counts(read: Read, counts: Mapping[str, int]) -> tuple[Bar, ...]:
    return tuple(Bar(_name(read, item), n, f"{n:,}") for item, n in counts.items())


def _taken(name: str, hours: float) -> Bar:
    return Bar(name, hours, duration(hours))


def _share(name: str, told: InTime) -> Bar:
    per_cent = round(100 * told.in_time / told.closed)
    return Bar(name, per_cent, f"{per_cent}%（{told.in_time:,}/{told.closed:,} 件）")


def _name(read: Read, item: str) -> str:
    return read.names.get(item) or "没有写"


def _over_time(counts: Iterable[tuple[str, int]]) -> tuple[Bar, ...]:
    """Also the weeks without any event, but for a time in which there were none at all."""
    bars = tuple(Bar(name, count, f"{count:,}") for name, count in counts)
    return bars if any(bar.value for bar in bars) else ()


def _stretches(figures: EventFigures) -> tuple[str, list[tuple[str, Stretch]]]:
    """Weeks, or months where there are too many weeks, by their names; and what they are."""
    weekly = len(figures.by_week) <= _MOST_WEEKS
    found = figures.by_week if weekly else figures.by_month
    days = [date.fromisoformat(stretch.begins) for stretch in found]
    names = [f"{d.month}月{d.day}日起" if weekly else f"{d.year}年{d.month}月" for d in days]
    return "每周" if weekly else "每月", list(zip(names, found, strict=True))
