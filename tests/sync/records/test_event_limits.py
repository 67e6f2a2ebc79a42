"""Until when events are due: hours round the clock, working days by the Chinese calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.records.event_limits import (
    HOURS,
    WORKING_DAYS,
    Limit,
    due,
    is_working_day,
    limits_of,
    moments,
)
from sync.records.event_loop import Step, fold
from sync.records.lists import default_lists
from sync.records.moments import CHINA, parse_moment, show_moment, utc

LIMITS = limits_of(
    (item.partition(".")[2], v["number"], v["unit"], v["parent"])  # type: ignore[misc]
    for item, v in default_lists()["event_limit"].items()
)
ORDINARY, URGENT = "event_level.ordinary", "event_level.urgent"

FIRST = datetime(2024, 1, 1, tzinfo=CHINA)
#: Any second of seven years.
starts = st.integers(0, 7 * 365 * 86400).map(lambda s: utc(FIRST + timedelta(seconds=s)))
limits = st.builds(Limit, st.integers(0, 60), st.sampled_from((HOURS, WORKING_DAYS)))


def day(text: str) -> str:
    """A moment by the clock in China."""
    return parse_moment(text)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        # A Wednesday.
        ("2026-11-25 09:00", 1, "2026-11-26 23:59:59"),
        ("2026-11-25 09:00", 3, "2026-11-30 23:59:59"),
        # A Friday: the weekend does not count.
        ("2026-11-27 18:00", 1, "2026-11-30 23:59:59"),
        # Before the National Day of 2026, 1 to 7 October; Saturday the 10th is worked.
        ("2026-09-30 09:00", 1, "2026-10-08 23:59:59"),
        ("2026-09-30 09:00", 3, "2026-10-10 23:59:59"),
        # Before the Spring Festival of 2026.
        ("2026-02-13 09:00", 1, "2026-02-14 23:59:59"),
        ("2026-02-14 09:00", 1, "2026-02-24 23:59:59"),
        # Of no days: the day itself, or the next on which offices work.
        ("2026-11-25 09:00", 0, "2026-11-25 23:59:59"),
        ("2026-11-28 09:00", 0, "2026-11-30 23:59:59"),
    ],
)
def test_working_days_are_those_of_the_chinese_calendar(start: str, days: int, end: str) -> None:
    found = due(day(start), Limit(days, WORKING_DAYS))
    assert (show_moment(found.at), found.certain) == (end, True)


def test_hours_run_round_the_clock() -> None:
    assert due(day("2026-10-01 23:00"), Limit(2, HOURS)).at == day("2026-10-02 01:00")
    assert due(day("2026-10-01 23:00"), Limit(0, HOURS)).at == day("2026-10-01 23:00")


def test_beyond_the_known_calendar_monday_to_friday_count_and_it_says_so() -> None:
    found = due(day("2040-01-06 09:00"), Limit(1, WORKING_DAYS))
    assert (show_moment(found.at)[:10], found.certain) == ("2040-01-09", False)


@given(starts, limits)
def test_a_limit_ends_no_earlier_than_it_begins_and_never_on_a_day_off(
    start: str, limit: Limit
) -> None:
    found = due(start, limit)
    assert found.at >= start
    if limit.unit == WORKING_DAYS:
        end = datetime.fromisoformat(found.at).astimezone(CHINA)
        assert is_working_day(end.date())
        begin = datetime.fromisoformat(start).astimezone(CHINA).date()
        between = [begin + timedelta(n) for n in range(1, (end.date() - begin).days + 1)]
        worked = sum(map(is_working_day, between))
        # Of no days on a day off, the next working day is the end.
        assert worked == limit.number or (limit.number == 0 and worked == 1)


@given(starts, limits, st.integers(0, 30))
def test_more_time_is_never_less(start: str, limit: Limit, more: int) -> None:
    longer = Limit(limit.number + more, limit.unit)
    assert due(start, longer).at >= due(start, limit).at


@given(starts, starts, limits)
def test_who_begins_later_is_never_due_earlier(one: str, two: str, limit: Limit) -> None:
    first, second = sorted((one, two))
    assert due(first, limit).at <= due(second, limit).at


@given(starts, limits, st.integers(-12, 14))
def test_the_offset_in_which_a_moment_is_written_changes_nothing(
    start: str, limit: Limit, offset: int
) -> None:
    elsewhere = datetime.fromisoformat(start).astimezone(timezone(timedelta(hours=offset)))
    assert due(elsewhere.isoformat(), limit) == due(start, limit)


def course(*steps: tuple[str, str]) -> Sequence[Step]:
    return [Step(f"s{n}", "a", action, at=day(at)) for n, (action, at) in enumerate(steps)]


def when(level: str, *steps: tuple[str, str]):
    return moments(fold(course(*steps))["a"], level, LIMITS)


def test_the_first_speed_runs_from_report_to_disposal_the_second_to_feedback() -> None:
    reported = ("report", "2026-11-25 09:00")
    assert show_moment(when(ORDINARY, reported).due.at) == "2026-11-30 23:59:59"
    accepted = (reported, ("accept", "2026-11-26 09:00"), ("pass_on", "2026-11-27 09:00"))
    assert show_moment(when(ORDINARY, *accepted).due.at) == "2026-11-30 23:59:59"
    done = (*accepted, ("dispose", "2026-11-27 10:00"))
    assert show_moment(when(ORDINARY, *done).due.at) == "2026-11-30 23:59:59"
    told = (*done, ("feed_back", "2026-11-27 11:00"))
    assert when(ORDINARY, *told).due is None
    assert not when(ORDINARY, *told).late


def test_a_level_without_a_limit_is_never_due() -> None:
    assert when("event_level.other", ("report", "2026-11-25 09:00")).due is None


def test_whoever_gets_an_event_has_the_whole_limit_from_then_on() -> None:
    up = (("report", "2026-11-25 09:00"), ("pass_up_town", "2026-11-25 10:00"))
    assert when(URGENT, *up).due.at == day("2026-11-25 12:00")
    back = (*up, ("return_down", "2026-11-26 10:00"))
    assert when(URGENT, *back).due.at == day("2026-11-26 12:00")
    again = (
        *(*back, ("dispose", "2026-11-26 11:00")),
        ("send_back", "2026-11-27 08:00"),
    )
    assert when(URGENT, *again).due.at == day("2026-11-27 10:00")


def test_while_it_lies_with_its_reporter_nothing_is_due() -> None:
    sent_back = (("report", "2026-11-25 09:00"), ("send_back", "2026-11-25 09:30"))
    assert when(URGENT, *sent_back).due is None
    again = (*sent_back, ("report", "2026-11-28 09:00"))
    assert when(URGENT, *again).due.at == day("2026-11-28 11:00")
    assert when(URGENT, *again).reported_at == day("2026-11-25 09:00")


def test_a_note_moves_nothing() -> None:
    noted = (("report", "2026-11-25 09:00"), ("note", "2026-11-25 10:00"))
    assert when(URGENT, *noted).due.at == day("2026-11-25 11:00")


def test_what_was_done_too_late_stays_late_also_when_it_is_closed() -> None:
    steps = (
        ("report", "2026-11-25 09:00"),
        ("accept", "2026-11-25 09:05"),
        ("dispose", "2026-11-25 11:00"),
        ("feed_back", "2026-11-25 13:00:01"),
        ("evaluate", "2026-11-25 13:10"),
        ("close", "2026-11-25 13:20"),
    )
    assert not when(URGENT, *steps[:3]).late
    assert when(URGENT, *steps).late
    assert when(URGENT, *steps).closed_at == day("2026-11-25 13:20")
    reopened = when(URGENT, *steps, ("reopen", "2026-11-26 09:00"))
    assert (reopened.closed_at, reopened.disposed_at) == (None, None)
    assert reopened.due.at == day("2026-11-26 11:00")


def test_limits_are_read_from_the_list_and_nonsense_is_passed_over() -> None:
    items = [
        ("dispose-x", 5, "hours", None),
        ("dispose-y", None, "hours", None),
        ("dispose-z", 5, "moons", None),
        ("feed_back-x", 2, "working_days", "event_level.y"),
    ]
    assert limits_of(items) == {
        ("dispose", "event_level.x"): Limit(5, "hours"),
        ("feed_back", "event_level.y"): Limit(2, "working_days"),
    }
    assert {level for _, level in LIMITS} == set(default_lists()["event_level"])


@given(st.dates(date(1949, 10, 1), date(2100, 1, 1)))
def test_every_day_is_a_working_day_or_not(one: date) -> None:
    assert is_working_day(one) in (True, False)


@pytest.mark.parametrize(
    "typed",
    [
        *("2026-11-25 14:30", "2026/11/25 14:30", "2026年11月25日14时30分", "2026.11.25 14:30:00"),
        *(
            "2026-11-25T14:30",
            "2026年11月25日 14:30",
            "2026-11-25T06:30:00Z",
            "２０２６-11-25 14：30",
        ),
    ],
)
def test_a_moment_is_read_as_offices_write_it(typed: str) -> None:
    assert parse_moment(typed) == "2026-11-25T06:30:00+00:00"


@pytest.mark.parametrize("typed", ["昨天", "2026-11-25 25:00", "2026-13-01 10:00", "10:30", ""])
def test_what_is_no_moment_is_not_guessed(typed: str) -> None:
    with pytest.raises(ValueError):
        parse_moment(typed)


def test_a_day_alone_is_its_first_minute() -> None:
    assert parse_moment("2026-11-25") == "2026-11-24T16:00:00+00:00"
    assert parse_moment(datetime(2026, 11, 25, 6, 30, tzinfo=UTC)) == "2026-11-25T06:30:00+00:00"
