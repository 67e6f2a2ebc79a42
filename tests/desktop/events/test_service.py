"""Reporting events, taking steps, and the lists and counts of what is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from desktop.events.service import Events
from desktop.storage.checking import check
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.store import Store
from sync.records import Grid, Resident
from sync.records.moments import utc
from tests.support.store import outbox_of

LAMP = {"what": "村口路灯不亮", "event_kind": "facility"}


def report(events: Events, **raw: Any) -> str:
    return events.report({**LAMP, **raw})


def words(events: Events, event: str) -> list[str]:
    return [act.word for act in events.may(event)]


def listed(events: Events, *args: Any, **kwargs: Any) -> list[object]:
    order = events.order(events.listing(*args, **kwargs))
    return [row.values["what"] for row in events.rows(order)]


def ago(**length: float) -> str:
    return utc(datetime.now(UTC) - timedelta(**length))


def test_an_event_and_its_report_are_one_transaction(store: Store, events: Events) -> None:
    event = report(events)
    assert [entry["kind"] for entry in outbox_of(store)] == ["event", "event_step"]
    assert events.standing(event).word == "待受理"
    with pytest.raises(RecordInvalid):
        events.report({**LAMP, "what": "写错了步骤"}, [("close", {})])
    assert len(outbox_of(store)) == 2


def test_an_ordinary_event_goes_the_whole_way(events: Events) -> None:
    event = report(events)
    steps: list[tuple[str, dict[str, object]]] = [
        ("accept", {}),
        ("pass_on", {"to_whom": "供电所"}),
        ("note", {"text": "供电所说明天来"}),
        ("dispose", {"text": "换了灯泡"}),
        ("feed_back", {"text": "已电话告知"}),
        ("evaluate", {"satisfaction": "满意"}),
        ("close", {}),
    ]
    for action, raw in steps:
        events.step(event, action, raw)
    stands = events.standing(event)
    assert (stands.word, stands.steps, stands.late) == ("已办结", 8, False)
    assert words(events, event) == ["记进展", "重新打开"]
    told = events.timeline(event)
    assert [entry.word for entry in told] == [
        *("发现", "上报", "受理", "转办", "记进展", "处置", "反馈", "评价", "办结")
    ]
    assert [entry.led_to for entry in told][-3:] == ["待评价", "待办结", "已办结"]
    assert {entry.person for entry in told[1:]} == {"王会计"}


def test_what_cannot_be_done_now_is_refused_in_words(events: Events) -> None:
    event = report(events)
    with pytest.raises(RecordInvalid, match="事件现在是“待受理”，不能“办结”"):
        events.step(event, "close")
    with pytest.raises(RecordInvalid, match="“处置”要写几个字说明"):
        events.step(event, "accept") and events.step(event, "dispose")
    with pytest.raises(RecordInvalid, match="做了什么只能是"):
        events.step(event, "forget")
    with pytest.raises(RecordMissing):
        events.may("nobody")


def test_what_may_be_done_says_what_it_asks_for(events: Events) -> None:
    event = report(events)
    acts = {act.action: act for act in events.may(event)}
    assert acts["pass_on"].required == ("to_whom",)
    assert acts["send_back"].required == ("text",)
    assert acts["accept"].required == ()
    assert acts["join"].required == ("joined_to",)


def test_a_trifle_is_reported_and_closed_at_once(store: Store, events: Events) -> None:
    event = events.settle_at_once(LAMP, "当场拧紧灯泡")
    assert events.standing(event).word == "已办结"
    assert len(outbox_of(store)) == 7
    assert events.due().open == 0


def test_who_reported_it_is_filled_in_and_masked_in_the_timeline(
    store: Store, events: Events
) -> None:
    with store.write() as writing:
        resident = writing.create(Resident, {"name": "周桂英"})
    event = report(events, reporter=resident, phone="13800001234")
    assert events.get(event).values["reported_by"] == "周桂英"
    assert events.timeline(event)[0].person == "周桂英 138******34"


def test_views_show_what_they_say(store: Store, events: Events) -> None:
    with store.write() as writing:
        grid = writing.create(Grid, {"name": "一组"})
    report(events, what="逾期的")
    step_back(store, ago(days=30))
    report(events, what="在镇里", level="urgent", grid=grid)
    events.step(_of(events, "在镇里"), "pass_up_town", {"text": "要镇街出面"})
    report(events, what="紧急的", level="urgent", event_kind="fire")
    done = report(events, what="等反馈", grid=grid)
    events.step(done, "accept")
    events.step(done, "dispose", {"text": "清了"})
    ended = report(events, what="撤了的")
    events.step(ended, "withdraw", {"text": "重复登记"})

    assert listed(events, "open")[0] == "逾期的"
    assert set(listed(events, "open")) == {"逾期的", "在镇里", "紧急的", "等反馈"}
    assert listed(events, "overdue") == ["逾期的"]
    assert listed(events, "above") == ["在镇里"]
    assert listed(events, "feedback") == ["等反馈"]
    assert listed(events, "ended") == ["撤了的"]
    assert set(listed(events, "mine")) == {"逾期的", "在镇里", "紧急的", "等反馈"}
    assert set(listed(events, "open", grid=grid)) == {"在镇里", "等反馈"}
    assert listed(events, kind="event_kind.fire") == ["紧急的"]
    assert listed(events, state="withdrawn") == ["撤了的"]
    assert listed(events, search="jinji") == ["紧急的"]
    assert len(listed(events)) == 5

    due = events.due()
    assert (due.open, due.overdue, due.above, due.waiting_feedback) == (4, 1, 1, 1)
    assert due.mine == 4


def test_today_is_what_is_due_before_midnight_in_china(events: Events) -> None:
    event = report(events, level="urgent")
    due_at = events.standing(event).due_at
    assert due_at is not None
    before = utc(datetime.fromisoformat(due_at) - timedelta(seconds=1))
    after = utc(datetime.fromisoformat(due_at) + timedelta(seconds=1))
    assert events.due(before).today == 1
    assert (events.due(after).today, events.due(after).overdue) == (0, 1)


def test_the_level_moves_what_is_due(events: Events) -> None:
    event = report(events)
    ordinary = events.standing(event).due_at
    events.edit(event, {"level": "urgent"})
    urgent = events.standing(event).due_at
    assert ordinary is not None
    assert urgent is not None
    assert urgent < ordinary


def test_limits_run_by_the_county_s_clock(store: Store, events: Events) -> None:
    store.set(clock_behind=str(365 * 86400))
    event = report(events, level="urgent")
    due_at = events.standing(event).due_at
    assert due_at is not None
    ahead = datetime.fromisoformat(due_at) - datetime.now(UTC)
    assert timedelta(days=364) < ahead < timedelta(days=366)
    assert events.due().overdue == 0


def test_a_joined_event_shares_the_fate_of_the_other(events: Events) -> None:
    one, two = report(events, what="路灯坏了"), report(events, what="村口的灯不亮")
    events.step(two, "join", {"joined_to": one})
    assert events.standing(two).joined_to == one
    assert events.joined_with(one) == [(two, "村口的灯不亮")]
    with pytest.raises(RecordInvalid, match="已经并到这一件里来了"):
        events.step(one, "join", {"joined_to": two})
    told = events.timeline(two)[-1]
    assert (told.word, told.joined_to_what) == ("并入另一件", "路灯坏了")
    assert events.due().open == 1


def test_what_a_check_finds_wrong_beside_the_records_is_made_anew(
    store: Store, events: Events
) -> None:
    event = report(events)
    assert check(store).healed == []
    with store.change() as connection:
        connection.exec_driver_sql("UPDATE event_standing SET state = 'closed'")
    assert check(store).healed == ["事件办到哪一步的记号与步骤对不上，已重新算过"]
    assert events.standing(event).state == "reported"
    assert check(store).problems == []


def _of(events: Events, what: str) -> str:
    rows = events.rows(events.order(events.listing(search=what)))
    return next(row.id for row in rows if row.values["what"] == what)


def step_back(store: Store, at: str) -> None:
    """Let all steps so far have been made at a moment."""
    from desktop.storage import derived

    with store.change() as connection:
        connection.exec_driver_sql("UPDATE event_step SET at = ?", (at,))
        derived.put_right(connection)
