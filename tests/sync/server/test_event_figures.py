"""A PC is told the figures of its own village and town, counted from records, and no other's."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from sync.protocol import VERSION, FiguresRequest
from sync.records.divisions import town_of
from sync.records.event_figures import EventFigures
from sync.server.errors import Refusal
from sync.server.event_figures import event_figures
from sync.server.lists import publish_sheet
from tests.sync.server.enrolled import load_villages
from tests.sync.server.pcs import OTHER_VILLAGE, VILLAGE, Pc, codes, create

TOWN = town_of(VILLAGE)


@pytest.fixture
def one(county: Engine) -> Pc:
    load_villages(county)
    return Pc(county, "one")


def ask(pc: Pc, area: str, since: str = "2026-11-01", until: str = "2026-11-30") -> EventFigures:
    return event_figures(pc.county, pc.device, FiguresRequest(VERSION, area, since, until)).figures


def report(pc: Pc, kind: str, *actions: str) -> None:
    """An event with a step a day from 2 November on."""
    event = create("event", what="水渠堵了", event_kind=kind, level="event_level.urgent")
    steps, last = [], None
    for number, action in enumerate(("report", *actions), start=2):
        satisfaction = "satisfied" if action == "evaluate" else None
        step = create(
            "event_step", event=event.record, action=action, follows=last, text="办了",
            at=f"2026-11-{number:02d}T01:00:00+00:00", satisfaction=satisfaction,
        )  # fmt: skip
        steps.append(step)
        last = step.record
    assert set(codes(pc.send(event, *steps))) == {"accepted"}


def test_a_town_is_the_sum_of_its_villages(one: Pc) -> None:
    other = Pc(one.county, "other", OTHER_VILLAGE)
    report(one, "event_kind.fire")
    report(other, "event_kind.fire")
    report(other, "event_kind.dispute", "accept", "dispose", "feed_back", "evaluate", "close")
    village, town = ask(one, VILLAGE), ask(one, TOWN)
    assert (village.reported, village.closed) == (1, 0)
    assert (town.reported, town.closed) == (3, 1)
    assert town.by_kind == {"event_kind.fire": 2, "event_kind.dispute": 1}
    # Two days for what has to be disposed of in two hours.
    told = town.in_time["event_level.urgent"]
    assert (told.closed, told.in_time) == (1, 0)


@pytest.mark.parametrize("area", [OTHER_VILLAGE, "510183000000", "510184001000", ""])
def test_no_other_area_is_told(one: Pc, area: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(one, area)
    assert refused.value.fault.code == "wrong_area"


@pytest.mark.parametrize(
    ("since", "until"),
    [("x", "2026-11-01"), ("2026-11-02", "2026-11-01"), ("1900-01-01", "2026-01-01")],
)  # fmt: skip
def test_days_that_make_no_sense_are_refused(one: Pc, since: str, until: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(one, VILLAGE, since, until)
    assert refused.value.fault.code == "bad_message"


def test_of_two_limits_for_one_level_the_last_of_the_list_holds_as_on_every_pc(
    one: Pc, tmp_path: Path
) -> None:
    head = "code,label,number,unit,parent\n"
    strict, mild = (
        f"dispose-{n},快处,{hours},hours,event_level.urgent\n" for n, hours in (("a", 2), ("b", 99))
    )
    sheet = tmp_path / "event_limit.csv"
    for lines in (strict + mild, mild + strict):
        sheet.write_text(head + lines, encoding="utf-8")
        publish_sheet(one.county, sheet)
    report(one, "event_kind.fire", "accept", "dispose", "feed_back", "evaluate", "close")
    assert ask(one, TOWN).in_time["event_level.urgent"].in_time == 0
