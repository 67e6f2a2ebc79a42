"""Where events stand, kept beside the records, is always what would be worked out anew."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from desktop.events.service import Events
from desktop.storage import derived
from desktop.storage.bringing_again import fall_back
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.storage.writing import GivenUp
from sync.client.ports import Tally
from sync.protocol import Era, to_outcomes
from sync.records import Event, EventStep, ListItem, Record, Value, Values
from sync.records.belonging import MOVED
from sync.records.event_loop import ACTION_WORDS
from sync.records.lists import default_lists
from sync.records.moments import utc
from tests.support.store import (
    COUNTY,
    PASSWORD,
    VILLAGE,
    answer,
    county_rows,
    new_store,
    outbox_of,
    receive,
)

LAMP = {"what": "路灯不亮", "event_kind": "event_kind.facility"}
which = st.integers(0, 20)
actions = st.integers(0, 14)


class Kept(RuleBasedStateMachine):
    """A PC to which anything happens that can happen to events."""

    def __init__(self) -> None:
        super().__init__()
        memory = Path("/dev/shm")
        where = memory if memory.is_dir() else None
        self.folder = Path(tempfile.mkdtemp(prefix="shige-events-", dir=where))
        self.store = new_store(self.folder / "village")
        self.events = Events(self.store)
        self.number = 0
        self.given_up: list[GivenUp] = []
        self.report()
        self.report()

    @rule()
    def report(self) -> None:
        """An event is reported here."""
        self.events.report(LAMP)

    @rule()
    def only_find(self) -> None:
        """An event is noted without a step."""
        with self.store.write() as writing:
            writing.create(Event, LAMP)

    @rule(event=which, action=actions, other=which)
    def step(self, event: int, action: int, other: int) -> None:
        """A step is taken here."""
        with suppress(RecordInvalid, RecordMissing, IndexError):
            record = self._ids(Event)[event % self._many(Event)]
            act = (offered := self.events.may(record))[action % len(offered)]
            raw: dict[str, object] = {"text": "说明"}
            raw |= {"to_whom": "供电所"} if "to_whom" in act.required else {}
            raw |= {"satisfaction": "mostly"} if "satisfaction" in act.required else {}
            if "joined_to" in act.required:
                raw["joined_to"] = self._ids(Event)[other % self._many(Event)]
            self.events.step(record, act.action, raw)

    @rule(event=which, level=st.sampled_from(("ordinary", "urgent")))
    def edit(self, event: int, level: str) -> None:
        """An event's level is changed."""
        with suppress(RecordInvalid, RecordMissing, IndexError):
            self.events.edit(self._ids(Event)[event % self._many(Event)], {"level": level})

    @rule(event=which, back=st.booleans())
    def delete(self, event: int, back: bool) -> None:
        """An event is deleted, and perhaps brought back."""
        with suppress(RecordInvalid, RecordMissing, IndexError):
            record = self._ids(Event)[event % self._many(Event)]
            self.events.delete(record)
            if back:
                self.events.undelete(record)

    @rule(event=which)
    def mend(self, event: int) -> None:
        """What the county refused of an event is put right."""
        with suppress(RecordInvalid, RecordMissing, IndexError):
            record = self._ids(Event)[event % self._many(Event)]
            self.events.edit(record, {"what": "路灯不亮了"})

    @rule(taken=st.lists(st.booleans(), max_size=12))
    def settle(self, taken: list[bool]) -> None:
        """The county takes in some of what waits, and refuses the rest."""
        outbox, tally = Outbox(self.store), Tally()
        batch = outbox.take(2000)
        codes: list[Any] = []
        for place in range(len(batch.numbers)):
            if place < len(taken) and taken[place]:
                self.number += 1
                codes.append(("accepted", self.number, "", False))
            else:
                codes.append(("rejected", 0, "不收", False))
        outbox.settle(batch, answer(to_outcomes(codes), cursor=self.number), tally)

    @rule(refused=which)
    def give_up(self, refused: int) -> None:
        """What the county refused is given up."""
        found = [e for e in outbox_of(self.store) if e["state"] == "refused"]
        if found:
            entry = found[refused % len(found)]
            record = {"event": Event, "event_step": EventStep}[str(entry["kind"])]
            with suppress(RecordMissing), self.store.write() as writing:
                self.given_up.append(writing.give_up(record, str(entry["record"])))

    @rule()
    def take_back(self) -> None:
        """The last giving up is taken back."""
        if self.given_up:
            with self.store.write() as writing:
                writing.take_back(self.given_up.pop())

    @rule(event=which, action=actions, other=which)
    def read_step(self, event: int, action: int, other: int) -> None:
        """The step of another PC comes, in whatever state the event is here."""
        if not (ids := self._ids(Event)):
            return
        self.number += 1
        name = list(ACTION_WORDS)[action]
        values: dict[str, Value] = {
            "id": f"theirs-{self.number}",
            "revision": self.number,
            "event": ids[event % len(ids)],
            "action": name,
            "at": "2026-11-25T01:00:00+00:00",
            "joined_to": ids[other % len(ids)] if name == "join" else None,
        }
        receive(self.store, county_rows(EventStep, values), cursor=self.number)

    @rule(
        kind=st.sampled_from((Event, EventStep)), record=which, deleted=st.sampled_from((1, MOVED))
    )
    def read_tombstone(self, kind: type[Record], record: int, deleted: int) -> None:
        """A record is gone at the county, or went to another village."""
        if not (ids := self._ids(kind)) or (kind is EventStep and deleted != MOVED):
            return
        self.number += 1
        gone: Values = {"id": ids[record % len(ids)], "revision": self.number, "deleted": deleted}
        receive(self.store, county_rows(kind, gone), cursor=self.number)

    @rule(hours=st.integers(1, 500))
    def publish_limits(self, hours: int) -> None:
        """The county publishes other limits."""
        self.number += 1
        items = default_lists()["event_limit"]
        rows = [
            {**values, "id": item, "revision": self.number, "unit": "hours", "number": hours}
            for item, values in items.items()
        ]
        receive(self.store, county_rows(ListItem, *rows, area=COUNTY))

    @rule(since=which)
    def county_goes_back(self, since: int) -> None:
        """The county went back to a backup: what it forgot waits to be sent again."""
        with self.store.change() as connection:
            fall_back(connection, VILLAGE, Era(1, min(since, self.number)))

    @invariant()
    def what_is_kept_is_what_follows(self) -> None:
        """Made anew it is the same."""
        with self.store.change() as connection:
            kept = _all(connection)
            derived.put_right(connection)
            assert kept == _all(connection)
            live = connection.exec_driver_sql("SELECT count(*) FROM event WHERE deleted = 0")
            assert len(kept) == live.scalar_one()

    def teardown(self) -> None:
        """Leave nothing behind."""
        self.store.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ids(self, record: type[Record]) -> list[str]:
        table = record.table
        with self.store.read() as connection:
            here = table.select().where(table.c.deleted == 0).order_by(table.c.id)
            return [row.id for row in connection.execute(here)]

    def _many(self, record: type[Record]) -> int:
        return max(len(self._ids(record)), 1)


def _all(connection: Any) -> list[Any]:
    found = connection.exec_driver_sql("SELECT * FROM event_standing ORDER BY record")
    return [tuple(row) for row in found]


def test_where_events_stand_is_kept_in_step_whatever_happens() -> None:
    run(Kept, settings=settings(max_examples=40, stateful_step_count=25, deadline=None))


def test_an_event_that_was_refused_is_sent_again_with_its_steps(tmp_path: Path) -> None:
    store = new_store(tmp_path / "village")
    events = Events(store)
    event = events.report(LAMP, [("accept", {})])
    outbox, tally = Outbox(store), Tally()
    batch = outbox.take(2000)
    outbox.settle(batch, answer(to_outcomes([("rejected", 0, "不收", False)] * 3)), tally)
    assert events.standing(event).state == "found"
    assert [entry["state"] for entry in outbox_of(store)] == ["refused"] * 3
    events.edit(event, {"place": "村口"})
    waiting = outbox_of(store)
    assert [entry["kind"] for entry in waiting] == ["event", "event_step", "event_step"]
    assert [entry["state"] for entry in waiting] == ["waiting"] * 3
    assert len({entry["change"] for entry in waiting}) == 3
    assert events.standing(event).state == "accepted"
    assert events.get(event).state == "waiting"
    store.close()


def test_a_store_is_the_same_after_it_is_opened_again(tmp_path: Path) -> None:
    store = new_store(tmp_path / "village")
    event = Events(store).settle_at_once(LAMP, "当场拧紧")
    store.close()
    opened = Store.open(tmp_path / "village", PASSWORD)
    assert Events(opened).standing(event).word == "已办结"
    opened.close()


@pytest.mark.promise(9)
def test_nothing_is_done_before_the_county_was_last_heard_whatever_the_clock_says(
    tmp_path: Path,
) -> None:
    store = new_store(tmp_path / "store")
    ahead = timedelta(days=365)
    # The clock was a year ahead at the last sync, and somebody has put it right since.
    heard = utc(datetime.now(UTC) - timedelta(hours=2))
    store.set(clock_behind=str(round(-ahead.total_seconds())), last_sync=heard)
    assert Events(store).now() == heard
    with store.write() as writing:
        event = writing.create(Event, LAMP)
        writing.create(EventStep, {"event": event, "action": "report"})
    assert Events(store).standings([event])[event].reported_at == heard
    store.set(last_sync="", clock_behind="0")
    assert Events(store).now() > heard, "of another village nothing was heard yet"
    store.close()
