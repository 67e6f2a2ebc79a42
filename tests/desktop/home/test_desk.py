"""What lies on the desk: events by when they are due, promised visits, and what others brought."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from desktop.doctors.visits import DoctorVisits
from desktop.events.service import Due, Events
from desktop.home.desk import MOST_TOLD, Desk, News, Today
from desktop.home.lines import lines_of
from desktop.home.reminder import words_of
from desktop.storage import tables
from desktop.storage.store import Store
from desktop.syncing.service import Status
from sync.records import DoctorVisit, Event, EventStep, KeyResident, Resident
from sync.records.moments import utc
from tests.support.store import cheap_keys, new_store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = new_store(tmp_path / "village")
    yield opened
    opened.close()


@pytest.fixture
def events(store: Store) -> Events:
    return Events(store)


@pytest.fixture
def desk(store: Store, events: Events) -> Desk:
    return Desk(store, events, DoctorVisits(store).due_visits)


def ago(**time: float) -> str:
    return utc(datetime.now(UTC) - timedelta(**time))


def report(store: Store, what: str, level: str, at: str) -> str:
    """An event that was reported at a moment."""
    with store.write() as writing:
        event = writing.create(
            Event, {"what": what, "event_kind": "event_kind.fire", "level": f"event_level.{level}"}
        )
        writing.create(EventStep, {"event": event, "action": "report", "at": at})
    return event


def bring(store: Store, number: int, at: str, notice: str = "", **received: int) -> None:
    """A receipt of a sync that brought so many records by kind."""
    by_kind = {kind: {"received": n} for kind, n in received.items()}
    told = {"at": at, "by_kind": by_kind, "notice": notice}
    with store.change() as connection:
        connection.execute(
            insert(tables.receipt).values(
                number=number, at=at, county_time=at, receipt_json=json.dumps(told)
            )
        )


def test_what_is_overdue_stands_first_with_how_long(store: Store, desk: Desk) -> None:
    report(store, "路灯不亮", "ordinary", ago(minutes=5))
    late = report(store, "河边护栏断了", "urgent", ago(hours=5))
    today = desk.read()
    assert [(p.event, p.overdue, p.due) for p in today.pressing] == [(late, True, "已超 3 小时")]
    assert (today.due.open, today.due.overdue) == (2, 1)


def test_no_more_are_told_than_fit_and_the_rest_is_counted(store: Store, desk: Desk) -> None:
    for number in range(MOST_TOLD + 2):
        report(store, f"第{number}件", "urgent", ago(hours=5 + number))
    today = desk.read()
    assert [p.what for p in today.pressing] == [f"第{n}件" for n in range(6, 1, -1)]
    lines = {line.name: line for line in lines_of(today, settled())}
    assert lines["more"].words == "还有 2 件已超时或今天到期"
    assert lines["more"].goal.view == "overdue"
    assert lines["event0"].goal.record == today.pressing[0].event


def test_a_promised_visit_that_is_due_is_told_as_a_number(store: Store, desk: Desk) -> None:
    with store.write() as writing:
        resident = writing.create(Resident, {"name": "王芳"})
        writing.create(
            KeyResident, {"resident": resident, "category": "key_resident_category.elderly"}
        )
        writing.create(
            DoctorVisit,
            {
                "resident": resident,
                "visited_on": "2026-01-05",
                "text": "血压平稳",
                "next_on": "2026-02-05",
            },
        )
    assert desk.read().visits == 1


def test_news_are_what_syncs_brought_since_they_were_seen(store: Store, desk: Desk) -> None:
    assert desk.read().news == News()
    bring(store, 1, "2026-11-24T09:00:00+08:00", resident=500, division=200)
    assert desk.read().news.counts == (), "the first sync brings everything, and no news"
    bring(store, 2, "2026-11-24T10:00:00+08:00", resident=2, event_step=1)
    bring(store, 3, "2026-11-25T10:00:00+08:00", resident=1, division=3, conflict=1)
    news = desk.read().news
    assert news == News(3, "2026-11-25T10:00:00+08:00", (("resident", 3), ("event_step", 1)))
    desk.seen(news.upto)
    assert desk.read().news.counts == ()
    bring(store, 4, "2026-11-26T10:00:00+08:00", grid=1)
    assert desk.read().news.counts == (("grid", 1),)


def test_what_comes_with_another_village_is_no_news(store: Store, desk: Desk) -> None:
    bring(store, 1, "2026-11-24T09:00:00+08:00", resident=500)
    bring(store, 2, "2026-11-24T10:00:00+08:00", resident=2)
    bring(store, 3, "2026-11-24T11:00:00+08:00", notice="这台电脑已改属文昌社区", grid=1)
    assert desk.read().news.counts == (), "nobody here works for that village any more"
    bring(store, 4, "2026-11-24T11:01:00+08:00", resident=800)
    assert desk.read().news == News(4), "the first sync of a village brings everything"
    bring(store, 5, "2026-11-25T10:00:00+08:00", resident=1)
    assert desk.read().news.counts == (("resident", 1),)
    desk.seen(3)
    assert desk.read().news.counts == (("resident", 1),), "it was seen as it was left"


def settled() -> Status:
    """A PC that has nothing to send."""
    return Status(True, "510183001002", "文脉坊社区", "", 0, 0, 0, 0, "", {})


def test_an_event_that_is_not_due_yet_is_not_told_as_done(store: Store, desk: Desk) -> None:
    report(store, "路灯不亮", "ordinary", ago(minutes=5))
    lines = lines_of(desk.read(), settled())
    assert [(line.name, line.words) for line in lines] == [("open", "1 件在办，还没到期")]


def test_what_is_overdue_to_be_fed_back_hides_nothing_else(
    store: Store, desk: Desk, events: Events
) -> None:
    late = report(store, "河边护栏断了", "urgent", ago(hours=5))
    events.step(late, "accept")
    events.step(late, "dispose", {"text": "换了"})
    with store.change() as connection:
        connection.exec_driver_sql("UPDATE event_standing SET due_at = ?", (ago(hours=1),))
    report(store, "路灯不亮", "ordinary", ago(minutes=5))
    lines = {line.name: line.words for line in lines_of(desk.read(), settled())}
    assert lines["feedback"] == "1 件处置完了，要告诉反映人"
    assert lines["open"] == "1 件在办，还没到期"


def test_where_nothing_waits_that_is_said() -> None:
    assert [line.name for line in lines_of(Today(Due()), settled())] == ["none"]


def test_a_reminder_counts_what_is_due_and_nobodys_work() -> None:
    said = words_of(Today(Due(open=9, overdue=2, today=1, mine=4), visits=3))
    assert said == "提醒：2 件事已超时，1 件事今天到期，3 位重点人员到了随访日子"


def test_a_pc_that_is_enrolled_nowhere_yet_is_told_what_presses_too(tmp_path: Path) -> None:
    with cheap_keys():
        store = Store.create(tmp_path / "new", "password")
    desk = Desk(store, Events(store), DoctorVisits(store).due_visits)
    event = report(store, "河边护栏断了", "urgent", ago(hours=5))
    assert [pressing.event for pressing in desk.read().pressing] == [event]
    store.close()
