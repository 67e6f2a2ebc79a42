"""Promise 9: a PC's clock a year wrong, either way, changes nothing of what stands."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from desktop.storage import writing as storage_writing
from desktop.syncing import service
from desktop.syncing.service import Syncing
from sync.records import Conflict, PointsEntry, PointsSubject
from tests.support.village import FaultyLine, VillagePc, Write
from tests.sync.agreement import Villages
from tests.sync.scenes import (
    DELETE,
    at_county,
    conflicts,
    edit,
    known_to_all,
    resident,
    someone,
)

pytestmark = pytest.mark.promise(9)

YEAR = timedelta(days=365)
CLOCKS = pytest.mark.parametrize("off", [-YEAR, YEAR], ids=["a year behind", "a year ahead"])


@pytest.fixture
def clock(off: timedelta, monkeypatch: pytest.MonkeyPatch) -> str:
    """The time that the wrong clock of the first PC shows."""
    shown = (datetime.now().astimezone() + off).isoformat(timespec="seconds")
    for module in (storage_writing, service):
        monkeypatch.setattr(module, "now", lambda: shown)
    return shown


@CLOCKS
def test_who_came_to_the_county_first_stands_whatever_the_clocks_say(
    village: Villages, off: timedelta
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    wrong = (datetime.now().astimezone() + off).isoformat(timespec="seconds")
    village.write(here, edit(at=wrong, address="一组"))
    village.write(there, edit(address="二组"))
    village.sync(there)
    village.rest()
    assert at_county(village, record)["address"] == "二组"
    (conflict,) = conflicts(here)
    assert (conflict["other_values"], conflict["other_at"]) == ({"address": "一组"}, wrong)


@CLOCKS
def test_edits_one_after_the_other_stand_in_the_order_they_were_seen(
    village: Villages, off: timedelta
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    wrong = (datetime.now().astimezone() + off).isoformat(timespec="seconds")
    village.write(there, edit(address="一组"))
    village.sync(there)
    village.sync(here)
    village.write(here, edit(at=wrong, address="二组"))
    village.sync(here)
    village.sync(there)
    village.write(there, DELETE)
    village.rest()
    assert at_county(village, record)["deleted"] == 1
    assert conflicts(here) == []


@CLOCKS
def test_the_last_sync_is_told_in_the_countys_time(
    village: Villages, off: timedelta, clock: str
) -> None:
    here, _ = village.pcs
    village.write(here, someone(name="王芳"))
    receipt = through_service(here).run()
    assert (receipt.sent, receipt.at) == (1, clock)
    county = datetime.fromisoformat(receipt.county_time)
    assert abs(county - datetime.now().astimezone()) < timedelta(minutes=5)
    assert Syncing(here.store).status().last_sync == receipt.county_time


@CLOCKS
def test_points_are_given_and_spent_whatever_the_clock_says(
    village: Villages, off: timedelta, clock: str
) -> None:
    here, there = village.pcs
    subject = village.write(here, Write("create", PointsSubject.kind, 0, (("name", "王芳"),)))
    for kind, points in (("positive", 5), ("redemption", -3)):
        values = (("entry_type", kind), ("points", points), ("subject", 0))
        village.write(here, Write("create", PointsEntry.kind, 0, values))
    village.rest()
    entries = there.rows(PointsEntry.kind).values()
    assert sum(entry["points"] for entry in entries) == 2
    assert {entry["subject"] for entry in entries} == {subject}


@CLOCKS
def test_a_choice_made_by_a_wrong_clock_is_a_choice(
    village: Villages, off: timedelta, clock: str
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(here, edit(address="一组"))
    village.write(there, edit(address="二组"))
    for pc in (there, here, there):
        village.sync(pc)
    village.choose(here, "other")
    village.rest()
    assert resident(there, record)["address"] == "一组"
    (closed,) = there.rows(Conflict.kind).values()
    assert set(json.loads(closed["choice"]).values()) == {"other"}


def through_service(pc: VillagePc) -> Any:
    """Sync as the button does."""
    return Syncing(pc.store, lambda *_: FaultyLine(pc.county, pc.token))
