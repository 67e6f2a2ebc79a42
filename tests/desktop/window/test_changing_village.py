"""A PC changes its village while a cadre works at it: the window says so and shows the new one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from sqlalchemy import Engine

from desktop.storage import leaving
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.records import Resident
from sync.server.accounts import new_code
from sync.server.devices import move_device
from tests.support.store import VILLAGE, new_store
from tests.support.village import OTHER_VILLAGE, fresh_county
from tests.support.window import Hands
from tests.sync.offices import Door, Office, rows_of


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Engine]:
    """A county with two villages, and somebody in the other one."""
    engine = fresh_county(tmp_path)
    neighbour = Office(engine, tmp_path, "邻村机", OTHER_VILLAGE)
    neighbour.add(Resident, name="邻村的人")
    neighbour.sync()
    neighbour.store.close()
    yield engine
    engine.dispose()


@pytest.fixture
def at_work(county: Engine, tmp_path: Path, open_hands: Callable[..., Hands]) -> tuple[Hands, str]:
    """A window of the village, one resident in it, synced; and the county's name for the PC."""

    def make(store: Store) -> Syncing:
        return Syncing(store, lambda _server, token: Door(county, token))

    store = new_store(tmp_path / "pc")
    make(store).enrol("http://county", new_code(county, VILLAGE))
    device = store.setting("device")
    with store.write() as writing:
        writing.create(Resident, {"name": "王芳"})
    store.close()
    hands = open_hands(tmp_path / "pc", make_syncing=make)
    hands.unlock("village-2026")
    return hands, device


def test_open_forms_close_and_the_new_village_is_shown(
    at_work: tuple[Hands, str], county: Engine
) -> None:
    hands, device = at_work
    hands.go("residents")
    hands.wait(lambda: hands.listed("resident") == ["王芳"])
    hands.click("new_residents")
    hands.type("写到一半", "field_name")
    move_device(county, device, OTHER_VILLAGE)
    hands.shell.sync()
    hands.wait(lambda: hands.status.area == OTHER_VILLAGE and bool(hands.status.last_sync))
    assert hands.shell.page.name == "syncing"
    assert "这台电脑已改属东街社区" in hands.see("moveNotice").text()
    assert hands.shell._village.text() == "东街社区"
    hands.go("residents")
    hands.wait(lambda: hands.listed("resident") == ["邻村的人"])
    hands.click("new_residents")
    hands.wait()
    assert hands.see("field_name").text() == ""
    assert hands.window.store is not None
    with hands.window.store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM draft").scalar() == 0


def test_a_half_written_event_does_not_come_along(
    at_work: tuple[Hands, str], county: Engine
) -> None:
    hands, device = at_work
    hands.go("events")
    hands.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.sees("fastEntry"))
    hands.type("老村的事")
    move_device(county, device, OTHER_VILLAGE)
    hands.shell.sync()
    hands.type("还在写")
    hands.wait(lambda: hands.status.area == OTHER_VILLAGE and bool(hands.status.last_sync))
    hands.go("events")
    hands.press(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: hands.sees("fastEntry"))
    assert hands.see("field_what").toPlainText() == ""
    assert hands.window.store is not None
    with hands.window.store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM draft").scalar() == 0


def test_the_notice_stays_until_it_was_read(at_work: tuple[Hands, str], county: Engine) -> None:
    hands, device = at_work
    move_device(county, device, OTHER_VILLAGE)
    hands.shell.sync()
    hands.wait(lambda: hands.status.area == OTHER_VILLAGE and bool(hands.status.last_sync))
    hands.go("home")
    hands.go("syncing")
    hands.wait(lambda: hands.sees("moveNotice"))
    hands.click("moveNoticeRead")
    hands.go("home")
    hands.go("syncing")
    hands.wait()
    assert not hands.sees("moveNotice")


@pytest.mark.promise(7)
def test_what_is_saved_before_the_window_hears_of_the_move_goes_into_neither_village(
    at_work: tuple[Hands, str], county: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    hands, device = at_work
    hands.go("residents")
    hands.wait(lambda: hands.listed("resident") == ["王芳"])
    hands.click("new_residents")
    hands.type("老村的人", "field_name")
    tidying, go_on, tidy = threading.Event(), threading.Event(), leaving.leave_no_trace

    def slowly(store: Store) -> None:
        tidying.set()
        go_on.wait(30)
        tidy(store)

    monkeypatch.setattr(leaving, "leave_no_trace", slowly)
    move_device(county, device, OTHER_VILLAGE)
    hands.shell.sync()
    hands._wait_until(tidying.is_set)
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands._wait_until(lambda: hands.sees("formFault"))
    assert "已改属另一个村" in hands.see("formFault").text()
    go_on.set()
    hands.wait(lambda: hands.status.area == OTHER_VILLAGE and bool(hands.status.last_sync))
    hands.go("residents")
    hands.wait(lambda: hands.listed("resident") == ["邻村的人"])
    hands.click("new_residents")
    hands.wait()
    assert hands.see("field_name").text() == ""
    hands.type("新村的人", "field_name")
    hands.press(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    hands.wait(lambda: len(hands.listed("resident")) == 2)
    hands.shell.sync()
    hands.wait(lambda: not hands.shell.parts.clock.running)
    names = {key[0]: set[object]() for key in rows_of(county) if key[1] == Resident.kind}
    for key, row in rows_of(county).items():
        if key[1] == Resident.kind:
            names[key[0]].add(row["name"])
    assert names == {VILLAGE: {"王芳"}, OTHER_VILLAGE: {"邻村的人", "新村的人"}}


def test_a_village_that_another_program_has_left_is_not_shown_for_long(
    at_work: tuple[Hands, str], county: Engine
) -> None:
    hands, device = at_work
    hands.go("residents")
    hands.wait(lambda: hands.listed("resident") == ["王芳"])
    move_device(county, device, OTHER_VILLAGE)
    other = Store.open(hands.window.folder, "village-2026")
    Syncing(other, lambda _server, token: Door(county, token)).run()
    other.close()
    # As after anything that is written, or a stick that is read.
    hands.shell.update_status()
    hands.wait(lambda: hands.status.area == OTHER_VILLAGE and bool(hands.status.last_sync))
    assert hands.shell.page.name == "syncing"
    assert "这台电脑已改属东街社区" in hands.see("moveNotice").text()
