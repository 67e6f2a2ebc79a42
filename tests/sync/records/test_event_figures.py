"""The figures of events: counted by day in China, whatever order they come in."""

from __future__ import annotations

import datetime
import statistics

from hypothesis import given
from hypothesis import strategies as st

from sync.records.event_figures import InTime, Told, figures_of
from sync.records.moments import CHINA, utc

SINCE, UNTIL = datetime.date(2026, 10, 5), datetime.date(2026, 11, 1)

_FIRST = datetime.datetime(2026, 9, 20, tzinfo=CHINA)
moments = st.integers(0, 56 * 24 * 60).map(lambda n: utc(_FIRST + datetime.timedelta(minutes=n)))
events = st.builds(
    Told,
    kind=st.sampled_from(("event_kind.fire", "event_kind.dispute")),
    level=st.sampled_from(("event_level.urgent", "event_level.ordinary")),
    reported_at=st.none() | moments,
    closed_at=st.none() | moments,
    late=st.booleans(),
)


def told(reported: str, closed: str = "", *, late: bool = False) -> Told:
    def at(text: str) -> str | None:
        return utc(datetime.datetime.fromisoformat(text)) if text else None

    return Told("event_kind.fire", "event_level.urgent", at(reported), at(closed), late)


@given(st.lists(events, max_size=30))
def test_the_parts_add_up_to_the_whole_in_any_order(found: list[Told]) -> None:
    figures = figures_of(found, SINCE, UNTIL)
    assert figures.reported == sum(figures.by_kind.values()) == sum(figures.by_level.values())
    for stretches in (figures.by_week, figures.by_month):
        assert sum(s.reported for s in stretches) == figures.reported
        assert sum(s.closed for s in stretches) == figures.closed
    assert sum(each.closed for each in figures.in_time.values()) == figures.closed
    assert all(each.in_time <= each.closed for each in figures.in_time.values())
    assert figures.hours_to_close.keys() == figures.in_time.keys()
    other = figures_of(sorted(found, key=repr), SINCE, UNTIL)
    assert (other.by_week, other.in_time) == (figures.by_week, figures.in_time)
    assert dict(other.by_kind) == dict(figures.by_kind)


def test_a_day_is_a_day_in_china() -> None:
    figures = figures_of([told("2026-10-05T00:10:00+08:00")], SINCE, UNTIL)
    assert figures.reported == 1
    assert figures.by_week[0].begins == "2026-10-05"
    assert figures_of([told("2026-10-04T23:50:00+08:00")], SINCE, UNTIL).reported == 0
    assert figures_of([told("2026-11-01T23:50:00+08:00")], SINCE, UNTIL).reported == 1


def test_an_event_counts_where_it_was_reported_and_where_it_was_closed() -> None:
    figures = figures_of([told("2026-09-30T09:00", "2026-10-06T09:00")], SINCE, UNTIL)
    assert (figures.reported, figures.closed) == (0, 1)


def test_the_time_to_close_is_the_median_and_in_time_is_without_an_overrun_limit() -> None:
    hours = (2, 4, 100)
    start = datetime.datetime(2026, 10, 6, 8, tzinfo=CHINA)
    found = [
        told(start.isoformat(), (start + datetime.timedelta(hours=h)).isoformat(), late=h > 50)
        for h in hours
    ]
    figures = figures_of(found, SINCE, UNTIL)
    assert figures.hours_to_close == {"event_level.urgent": statistics.median(hours)}
    assert figures.in_time == {"event_level.urgent": InTime(3, 2)}


def test_weeks_and_months_without_an_event_are_told_too() -> None:
    figures = figures_of([], SINCE, UNTIL)
    assert [s.begins for s in figures.by_week] == [
        "2026-10-05", "2026-10-12", "2026-10-19", "2026-10-26",
    ]  # fmt: skip
    assert [s.begins for s in figures.by_month] == ["2026-10-01", "2026-11-01"]
