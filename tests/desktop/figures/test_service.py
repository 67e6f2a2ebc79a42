"""Figures on the PC: the village's from its own records, the town's from a real county, or kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from desktop.figures.service import Figures, Period, Read
from desktop.figures.words import charts_of, facts_of, paper_of, trouble_words
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.client.faults import LineFault, NoLine, Refused
from sync.client.stopping import Stopped
from sync.protocol import FiguresAnswer, FiguresRequest
from sync.records.event_figures import EventFigures, Told, figures_of
from tests.support.server import County, county_process
from tests.support.store import cheap_keys, new_store
from tests.support.whole_county.plan import plans
from tests.support.whole_county.village import fill

PLAN = plans(1)[0]


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[Store]:
    """A village with a year of events."""
    with cheap_keys():
        store = Store.create(tmp_path / "village", "password")
    fill(store, PLAN)
    yield store
    store.close()


def year(figures: Figures) -> Period:
    return next(period for period in figures.periods() if period.name == "year")


def test_a_village_counts_its_own_events_without_a_line(filled: Store) -> None:
    figures = Figures(filled)
    read = figures.of_village(year(figures))
    assert 0 < read.figures.reported <= PLAN.counts["event"]
    drawn = {chart.name: chart for chart in charts_of(read)}
    assert sum(bar.value for bar in drawn["kind"].bars) == read.figures.reported
    levels = [bar.label for bar in drawn["level"].bars]
    assert levels == [word for word in ("一般", "较大", "紧急") if word in levels]
    assert "一般" in levels
    assert "上报" in facts_of(read, year(figures))


def test_closed_at_once_and_none_in_time_are_told_and_no_event_at_all_is_not() -> None:
    days = date(2026, 11, 2), date(2026, 11, 26)
    at = "2026-11-10T02:00:00+00:00"
    one = figures_of([Told("kind", "level", at, at, late=True)], *days)
    drawn = {chart.name: chart.bars for chart in charts_of(_read(one))}
    assert [bar.words for bar in drawn["hours"]] == ["不到 1 小时"]
    assert [bar.words for bar in drawn["in_time"]] == ["0%（0/1 件）"]
    assert [bar.words for bar in drawn["reported"]] == ["0", "1", "0", "0"]
    none = charts_of(_read(figures_of([], *days)))
    assert [chart.bars for chart in none] == [()] * 6


def _read(figures: EventFigures) -> Read:
    return Read("文昌社区", "", figures, {"level": "一般"}, ["level"])


def test_no_line_promises_to_ask_again_by_itself() -> None:
    fault = NoLine.of("no_server", "")
    told = trouble_words(fault, stopped=False, read=None)
    assert "县里的服务器没有开" in told
    assert "自动再试" not in told
    assert "再点一次“本镇街”" in told
    assert trouble_words(Stopped(), stopped=True, read=None).startswith("已停下")


def test_the_paper_says_whose_figures_they_are_and_of_which_days(filled: Store) -> None:
    figures = Figures(filled)
    read = figures.of_village(year(figures))
    paper = paper_of(read, figures.office())
    assert paper.period == f"{read.figures.since} 至 {read.figures.until}"
    assert len(paper.parts) == 7


def test_a_town_is_asked_of_the_county_and_kept_for_a_day_without_a_line(
    filled: Store, tmp_path: Path
) -> None:
    county = County(tmp_path / "county")
    with county_process(county):
        syncing = Syncing(filled)
        syncing.enrol(county.url, county.enrol_code(PLAN.code))
        syncing.run()
        figures = Figures(filled)
        town = figures.of_town(year(figures))
    village = figures.of_village(year(figures))
    assert town.place == "文君街道"
    assert town.figures == village.figures, "the only village of the town that has written"
    assert town.counted_at
    with pytest.raises(LineFault):
        figures.of_town(year(figures))
    assert figures.last_of_town() == town


def test_a_pc_that_is_not_enrolled_is_told_what_to_do(store: Store) -> None:
    figures = Figures(store)
    assert figures.last_of_town() is None
    with pytest.raises(LineFault) as fault:
        figures.of_town(year(figures))
    assert "登记" in fault.value.sentence


def test_a_county_that_does_not_know_these_figures_yet_has_to_be_upgraded(store: Store) -> None:
    class Older:
        def event_figures(self, _request: FiguresRequest) -> FiguresAnswer:
            # As every county before answers what it does not know.
            raise Refused("bad_message", "县里的服务器不认识这个请求", "HTTP 404: bad_message")

        def close(self) -> None:
            """There is nothing to let go of."""

    store.set(token="token", server="https://county.example")
    figures = Figures(store, lambda _server, _token: Older())
    with pytest.raises(LineFault) as fault:
        figures.of_town(year(figures))
    assert fault.value.code == "county_too_old"
    assert "等县里升级" in fault.value.sentence


def test_who_does_not_want_to_wait_is_let_go(store: Store) -> None:
    closed = threading.Event()

    class Hanging:
        def event_figures(self, _request: FiguresRequest) -> FiguresAnswer:
            closed.wait()
            raise LineFault("", "", "broke_off")

        def close(self) -> None:
            closed.set()

    store.set(token="token", server="https://county.example")
    figures = Figures(store, lambda _server, _token: Hanging())
    with pytest.raises(Stopped):
        figures.of_town(year(figures), lambda: True)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path / "store")
    yield opened
    opened.close()
