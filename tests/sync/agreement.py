"""Villages at work, in one process, and what must hold of them after each step and at rest.

The machine that lets them do anything in any order is ``tests.sync.machine``.
"""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from desktop.attachments.faults import NotTaken
from desktop.attachments.service import Incoming
from desktop.events.service import Events
from desktop.storage.errors import RecordInvalid, RecordMissing, StorageError
from desktop.storage.files import sha256_of
from desktop.storage.writing import Writing
from sync.client.ports import LineFault, Refused
from sync.protocol import VERSION, Change, ExchangeRequest, Operation, by_outcome, to_blocks
from sync.records import (
    KINDS,
    Attachment,
    Division,
    Event,
    EventStep,
    Grid,
    PointsEntry,
    PointsHandover,
    PointsSubject,
    Record,
    Resident,
    Value,
)
from sync.records.event_loop import Loop
from sync.records.fields import Reference
from sync.server.accounts import device_of
from sync.server.devices import move_device
from sync.server.event_steps import steps_of
from sync.server.exchange import exchange
from tests.support.county_here import DIVISIONS
from tests.support.store import COUNTY, VILLAGE
from tests.support.truth import Unasked
from tests.support.village import (
    OTHER_VILLAGE,
    Backup,
    CountyHere,
    Plan,
    VillagePc,
    Write,
)

AREAS = (VILLAGE, VILLAGE, VILLAGE, OTHER_VILLAGE)
#: Enough turns for whatever waits on whatever else; more would be going round in circles.
TURNS = 12
#: The columns of a register that a cadre imports.
REGISTER = ("name", "id_number", "phone", "address")

_QUIET = Plan()


class Villages:
    """A county and its PCs at work. What they do is plain data, so that a test can name it."""

    def __init__(self, areas: tuple[str, ...] = AREAS) -> None:
        # In memory where the system has such a folder: no test here asks what a disk keeps.
        memory = Path("/dev/shm")
        self._folder = Path(
            tempfile.mkdtemp(prefix="shige-agree-", dir=memory if memory.is_dir() else None)
        )
        self.county = CountyHere(self._folder)
        self.pcs = [
            VillagePc(f"电脑{place}", self._folder / f"pc{place}", area, self.county)
            for place, area in enumerate(areas)
        ]
        #: Records in the order in which they were first written: ids are random, this is not.
        self._order: dict[str, int] = {}
        self.touched = set(self.pcs)
        self.tally = self.county.tally
        self._backups: dict[VillagePc, Backup] = {}

    def close(self) -> None:
        """Close all, and leave nothing behind."""
        for pc in self.pcs:
            pc.close()
        self.county.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def write(self, pc: VillagePc, write: Write) -> str | None:
        """Let a cadre do something, if the program lets them; return the record's id."""
        self.touched.add(pc)
        try:
            return self._write(pc, write)
        except (RecordInvalid, RecordMissing):
            return None

    def choose(self, pc: VillagePc, side: str) -> None:
        """Let a cadre choose ``county`` or ``other`` in the one conflict that is open there."""
        self.touched.add(pc)
        pc.choose(side)

    def choose_somehow(self, pc: VillagePc, which: int, sides: Sequence[str]) -> None:
        """Let a cadre choose line by line in an open conflict, if there is one."""
        self.touched.add(pc)
        with suppress(RecordInvalid, RecordMissing):
            self.tally["conflict chosen"] += pc.choose_somehow(which, sides)

    def import_register(self, pc: VillagePc, rows: Sequence[Mapping[str, str | None]]) -> None:
        """Let a cadre import a register of residents."""
        self.touched.add(pc)
        path = self._folder / "register.csv"
        with path.open("w", encoding="gb18030", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([Resident.fields[name].label for name in REGISTER])
            writer.writerows([row[name] or "" for name in REGISTER] for row in rows)
        made = pc.import_register(path)
        for record in made:
            self._order.setdefault(record, len(self._order))
        self.tally["person imported"] += len(made)

    def attach(self, pc: VillagePc, record: type[Record], which: int, incoming: Incoming) -> None:
        """Let a cadre add a photo or a document to a record, if there is one."""
        self.touched.add(pc)
        ids = self.ids(pc, record)
        with suppress(NotTaken, RecordMissing, RecordInvalid):
            if ids:
                attachment = pc.attach(record.kind, ids[which % len(ids)], incoming)
                self._order.setdefault(attachment, len(self._order))
                self.tally["photo added"] += 1

    def look_at(self, pc: VillagePc, which: int, plan: Plan) -> None:
        """Let a cadre fetch the original of a photo over a bad line; what comes is the photo."""
        ids = self.ids(pc, Attachment)
        with suppress(LineFault, StorageError):
            if ids and pc.attachments_over(plan).fetch(ids[which % len(ids)]):
                self._check_original(pc, ids[which % len(ids)])
                self.tally["photo fetched"] += 1

    def back_up(self, pc: VillagePc) -> None:
        """Copy a PC's data folder, in the place of an earlier copy."""
        self._backups[pc] = pc.back_up()

    def restore(self, pc: VillagePc) -> None:
        """Put the copy in the place of the data folder, if there is one of the same village: any
        other the county would not let in."""
        if (backup := self._backups.get(pc)) and backup.area == pc.area:
            self.touched.add(pc)
            pc.restore(backup)
            self.tally["PC set back"] += 1

    def copy(self, pc: VillagePc) -> VillagePc:
        """Put a copy of a PC's data folder to work on one more PC."""
        self.pcs.append(pc.copy(f"{pc.name}的副本"))
        return self.pcs[-1]

    def sync(self, pc: VillagePc, plan: Plan = _QUIET) -> bool:
        """Sync a PC as planned; whether it finished."""
        self.touched.add(pc)
        self.county.deliver_overtaken()
        meanwhile = partial(self._meanwhile, pc, plan.meanwhile) if plan.meanwhile else None
        return pc.sync(plan, meanwhile)

    def _meanwhile(
        self, pc: VillagePc, actions: tuple[Write | Plan | tuple[int, Write], ...]
    ) -> None:
        cut, pc._commits_left = pc._commits_left, None
        for action in actions:
            if isinstance(action, tuple):
                place, elsewhere = action
                other = self.pcs[place % len(self.pcs)]
                self.write(other, elsewhere)
                if other is not pc:
                    self.sync(other)
            elif isinstance(action, Write):
                self.write(pc, action)
            else:
                self.sync(pc, action)
        pc.remember()
        pc._commits_left = cut

    def _write(self, pc: VillagePc, write: Write) -> str | None:
        if not write.kind:
            refused = [entry for entry in pc.outbox() if entry["state"] == "refused"]
            if not refused:
                return None
            chosen = refused[write.which % len(refused)]
            record, record_id = KINDS[chosen["kind"]], chosen["record"]
        elif write.verb == "hand over":
            return self._hand_over(pc, write)
        elif write.verb == "step":
            return self._step(pc, write)
        elif write.verb == "create":
            return self._create(pc, KINDS[write.kind], write)
        else:
            record = KINDS[write.kind]
            ids = self.ids(pc, record, live=write.verb != "restore")
            if not ids:
                return None
            record_id = ids[write.which % len(ids)]
        if write.verb == "edit":
            values = self._values(pc, record, write)
            pc.write(record, record_id, lambda w: w.edit(record, record_id, values), write.at)
        elif write.verb == "mend":
            # What was refused, once more with another name.
            values = {record.title: "改过"} if not record.written else {}
            pc.write(record, record_id, lambda w: w.edit(record, record_id, values), write.at)
        else:
            verb = write.verb
            pc.write(record, record_id, lambda w: getattr(w, verb)(record, record_id), write.at)
        return record_id

    def _create(self, pc: VillagePc, record: type[Record], write: Write) -> str | None:
        values = self._values(pc, record, write)
        if values.get("entry_type") == "reversal":
            entries = pc.rows(PointsEntry.kind)
            target = entries.get((pc.area, str(values["reverses"])))
            if target is None:
                return None
            values |= {"subject": target["subject"], "points": -target["points"]}

        def create(writing: Writing) -> str:
            return writing.create(record, values)

        record_id = str(pc.write(record, "", create, write.at))
        self._order.setdefault(record_id, len(self._order))
        return record_id

    def _hand_over(self, pc: VillagePc, write: Write) -> str | None:
        """Give points to another PC or to the county, or ask for them."""
        values = dict(write.values)
        subjects = self.ids(pc, PointsSubject)
        if not subjects:
            return None
        values["subject"] = subjects[write.which % len(subjects)]
        record = KINDS[write.kind]
        if record is PointsHandover:
            others = [p.device for p in self.pcs if p is not pc and p.area == pc.area]
            values["to_device"] = (*others, None)[values["to_device"] % (len(others) + 1)]
        return str(pc.write(record, "", lambda w: w.create(record, values), write.at))

    def _step(self, pc: VillagePc, write: Write) -> str | None:
        """Take one of the steps that may be taken with an event."""
        events, values = self.ids(pc, Event), dict(write.values)
        if not events:
            return None
        event = events[write.which % len(events)]
        offered = Events(pc.store).may(event)
        act = offered[int(values["action"]) % len(offered)]
        said: dict[str, Value] = {"event": event, "action": act.action, "text": "说明"}
        said |= {"to_whom": "供电所"} if "to_whom" in act.required else {}
        said |= {"satisfaction": "mostly"} if "satisfaction" in act.required else {}
        if "joined_to" in act.required:
            said["joined_to"] = events[int(values["joined_to"]) % len(events)]
        step = str(pc.write(EventStep, "", lambda w: w.create(EventStep, said), write.at))
        self._order.setdefault(step, len(self._order))
        self.tally[f"event step {act.action}"] += 1
        return step

    def _values(self, pc: VillagePc, record: type[Record], write: Write) -> dict[str, Value]:
        values = dict(write.values)
        for name, value in write.values:
            to = record.fields[name]
            if isinstance(to, Reference) and value is not None and isinstance(value, int):
                ids = self.ids(pc, KINDS[to.to])
                values[name] = ids[value % len(ids)] if ids else None
        code = values.get("code")
        if record is Grid and code and not str(code).startswith(pc.area):
            # It begins with the village's own.
            values["code"] = f"{pc.area}{code}"
        return values

    def ids(self, pc: VillagePc, record: type[Record], *, live: bool = True) -> list[str]:
        """The records of a kind that a PC has, live or deleted, oldest first."""
        rows = pc.rows(record.kind)
        ids = [id_ for (area, id_), row in rows.items() if bool(row["deleted"]) != live]
        return sorted((i for i in ids if i in self._order), key=self._order.__getitem__)

    def reach_over(self, pc: VillagePc, operation: Operation, which: int) -> None:
        """A PC that lies: it asks for another village's record, by its true id, to be changed."""
        known = [key for key in self.county.truth.records if key[0] != pc.area]
        known = [k for k in known if (pc.area, *k[1:]) not in self.county.truth.records]
        known = [k for k in known if not KINDS[k[1]].written and k[2] in self._order]
        device = device_of(self.county.engine, pc.token)
        if not known or device.moved:
            # A PC that moves may name two villages; and that it arrives the account must hear.
            return
        area, kind, record = sorted(known, key=lambda k: self._order[k[2]])[which % len(known)]
        values: dict[str, Value] = {KINDS[kind].title: "偷改"} if operation == "edit" else {}
        change = Change(f"lie.{len(self._order)}", kind, record, operation, 1, values, "", "")
        request = ExchangeRequest(
            VERSION, {area: 0, pc.area: 0, COUNTY: 0}, to_blocks([change]), 1000, pc.area
        )
        answer = exchange(self.county.engine, device, request)
        assert [code for _, code, _, _ in by_outcome(answer.outcomes)] == ["rejected"]
        assert {rows.area for rows in answer.rows} <= {pc.area, COUNTY}

    def move(self, pc: VillagePc, area: str) -> None:
        """The county lets a PC belong to another village, or back; it learns so when it syncs."""
        move_device(self.county.engine, pc.device, area)
        self.county.truth.rights.moved_to[pc.device] = area
        # A PC that comes back to a village has nothing to spend there that its old copy knows of.
        self._backups.pop(pc, None)
        self.touched.add(pc)
        self.tally["PC moved"] += 1

    def check(self) -> None:
        """Hold the county, and each PC that did something, to what must always be true."""
        self.county.check()
        there = self.county.rows()
        for pc in self.pcs:
            if pc in self.touched:
                pc.check(there, at_rest=False)
        self.touched.clear()

    def rest(self) -> None:
        """All sync on a sound line until nothing moves, give up what was refused, and agree."""
        self.county.deliver_overtaken()
        for _ in range(TURNS):
            at_work_in = [pc.area for pc in self.pcs]
            for pc in (*self.pcs, *self.pcs):
                assert self.sync(pc), f"on a sound line a sync finishes: {pc.last_fault}"
            self.check()
            # What a PC that leaves may spend there the county hands out when it arrives.
            arrived = at_work_in != [pc.area for pc in self.pcs]
            if not arrived and not any(pc.outbox() for pc in self.pcs):
                break
            for pc in self.pcs:
                for entry in reversed(pc.outbox()):
                    assert entry["state"] == "refused", f"after two rounds still waits: {entry}"
                    self.write(pc, Write("give_up", "", len(pc.outbox()) - 1))
            self.touched.update(self.pcs)
        else:
            raise AssertionError("some of it waits for ever")
        self.agree()

    def agree(self) -> None:
        """Every PC holds what the county holds of its areas, record by record, whole."""
        there = self.county.rows()
        for pc in self.pcs:
            pc.check(there, at_rest=True)
            for kind in KINDS:
                expected = {
                    key: row for key, row in there[kind].items() if key[0] in (pc.area, COUNTY)
                }
                assert pc.rows(kind) == expected, f"{pc.name}: {kind} differs from the county"
            assert len(pc.rows(Division.kind)) == len(DIVISIONS)
            rights = {k: held for k, held in self.county.rights().items() if k[0] == pc.area}
            shown = {k: held for k, held in pc.rights().items() if k in rights or held}
            assert shown == rights, f"{pc.name} knows other rights than the county"
            self._check_standing(pc, there["conflict"])
            self._check_events(pc)
            self._check_photos(pc, there[Attachment.kind])

    def _check_events(self, pc: VillagePc) -> None:
        """Each event of the village stands here where its steps put it at the county."""
        events = self.ids(pc, Event)
        with self.county.engine.connect() as connection:
            loop = Loop(steps_of(connection, pc.area, events))
        standings = Events(pc.store).standings(events)
        for event in events:
            stands, course = standings[event], loop.courses[event]
            here = (stands.state, stands.last_step, stands.without_effect)
            assert here == (course.state, course.last, len(course.without_effect)), pc.name

    def _check_photos(
        self, pc: VillagePc, attachments: Mapping[tuple[str, str], Mapping[str, Any]]
    ) -> None:
        """The county has each photo of the village byte for byte, this PC may have it too, and no
        other village's."""
        live = [(area, row) for (area, _), row in attachments.items() if not row["deleted"]]
        mine = {row["id"]: row["sha256"] for area, row in live if area == pc.area}
        for attachment, sha256 in mine.items():
            if sha256 not in self.county.gone:
                path = self.county.folder / "files" / sha256[:2] / sha256
                assert path.read_bytes() == self.county.originals[sha256]
                assert pc.attachments.fetch(attachment)
                self._check_original(pc, attachment)
                self.tally["photo whole at rest"] += 1
        for sha256 in {row["sha256"] for _, row in live} - set(mine.values()):
            with suppress(Refused):
                pc.fetch_by_name(sha256)
                raise AssertionError(f"{pc.name} was given a photo of another village")

    def _check_original(self, pc: VillagePc, attachment: str) -> None:
        with pc.attachments.open(attachment) as file:
            data = file.read()
        assert data == self.county.originals[sha256_of(io.BytesIO(data))]
        assert sha256_of(io.BytesIO(data)) == pc.attachments.one(attachment).row.values["sha256"]

    def _check_standing(self, pc: VillagePc, conflicts: dict[Any, dict[str, Any]]) -> None:
        with pc.store.read() as connection:
            found = connection.exec_driver_sql("SELECT record, state FROM standing")
            states: dict[str, str] = dict(tuple(row) for row in found)
        in_conflict = {
            row["record"]
            for (area, _), row in conflicts.items()
            if area == pc.area and row["state"] == "open"
        }
        assert set(states.values()) <= {"merged", "conflict"}, states
        shown = {record for record, state in states.items() if state == "conflict"}
        assert shown == in_conflict, (
            f"{pc.name} shows conflicts at {shown - in_conflict} that are none, and hides"
            f" {[states.get(record) for record in in_conflict - shown]}"
        )


@contextmanager
def unasked() -> Iterator[Villages]:
    """Villages at work, and a county that nobody asks for a second account."""
    villages = Villages()
    villages.county.truth = Unasked()
    try:
        yield villages
    finally:
        villages.close()
