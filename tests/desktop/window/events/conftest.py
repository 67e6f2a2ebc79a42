"""A village with three events, and its page of events open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.events.service import Events
from desktop.grids.service import Grids
from desktop.residents.service import Residents
from desktop.storage.store import Store
from tests.desktop.window.events.at_hand import (
    DITCH,
    LAMP,
    LATE,
    LONG_AGO,
)
from tests.support.window import Hands


@pytest.fixture
def events(store: Store) -> Events:
    return Events(store)


@pytest.fixture
def known(store: Store, events: Events) -> dict[str, str]:
    """Three events by what they are about: reported, at work, and long overdue."""
    grid = Grids(store).add({"name": "黄葛树微网格"})
    wang = Residents(store).add({"name": "王桂花", "phone": "13800001234"})
    usual = {"grid": grid, "reporter": wang}
    urgent = {"level": "event_level.urgent", "event_kind": "event_kind.hazard"}
    made = {
        LAMP: events.report({"what": LAMP, "event_kind": "event_kind.facility", **usual}),
        DITCH: events.report({"what": DITCH, "event_kind": "event_kind.sanitation", "grid": grid}),
        LATE: events.report({"what": LATE, **urgent}),
    }
    events.step(made[DITCH], "accept")
    with store.change() as connection:
        connection.exec_driver_sql(
            "UPDATE event_standing SET due_at = ? WHERE record = ?", (LONG_AGO, made[LATE])
        )
    return made


@pytest.fixture
def opened(
    store: Store, folder: Path, known: dict[str, str], open_hands: Callable[..., Hands]
) -> Hands:
    hands = open_hands(folder)
    hands.unlock()
    hands.go("events")
    hands.wait(lambda: hands.sees("table_event") and len(hands.listed("event")) == 3)
    return hands
