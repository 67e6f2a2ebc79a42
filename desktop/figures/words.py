"""The figures of events as charts in words, for the screen and for paper. No Qt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from desktop.figures.service import Period, Read
from desktop.reports.paper import Bar, Bars, Facts, Paper
from desktop.syncing.receipts import Office
from desktop.widgets.words import moment
from sync.records.event_figures import InTime, Stretch

_DAY = 24
#: From here on hours say less than days.
_MANY_HOURS = 48
#: More weeks than these are told by month.
_MOST_WEEKS = 14


@dataclass(frozen=True)
class ChartWords:
    """One chart: its name, its title with the unit, and its bars."""

    name: str
    title: str
    bars: tuple[Bar, ...]


def charts_of(read: Read) -> list[ChartWords]:
    """What is drawn of the figures, in this order."""
    figures = read.figures
    levels = [level for level in read.levels if level in figures.by_level]
    closed_levels = [level for level in read.levels if level in figures.in_time]
    weekly = len(figures.by_week) <= _MOST_WEEKS
    stretches = figures.by_week if weekly else figures.by_month
    each = "每周" if weekly else "每月"
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
            tuple(Bar(_when(s, weekly), s.reported, f"{s.reported:,}") for s in stretches),
        ),
        ChartWords(
            "closed",
            f"{each}办结（件）",
            tuple(Bar(_when(s, weekly), s.closed, f"{s.closed:,}") for s in stretches),
        ),
        ChartWords(
            "hours",
            "办结用了多久，一半的事件不超过",
            tuple(
                Bar(_name(read, level), hours, duration(hours))
                for level, hours in (
                    (level, figures.hours_to_close[level]) for level in closed_levels
                )
            ),
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


def _share(name: str, told: InTime) -> Bar:
    per_cent = round(100 * told.in_time / told.closed)
    return Bar(name, per_cent, f"{per_cent}%（{told.in_time:,}/{told.closed:,} 件）")


def _name(read: Read, item: str) -> str:
    return read.names.get(item) or "没有写"


def _when(stretch: Stretch, weekly: bool) -> str:
    day = date.fromisoformat(stretch.begins)
    return f"{day.month}月{day.day}日起" if weekly else f"{day.year}年{day.month}月"
