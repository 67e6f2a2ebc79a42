"""A PC of a village in this process: a real encrypted store on a bad line to a county."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import event

from desktop.attachments.sending import Sending
from desktop.attachments.service import Attachments, Incoming
from desktop.residents.service import Residents
from desktop.storage import ledger, namesakes, settings, transfers
from desktop.storage.checking import check
from desktop.storage.courier_keys import own_keys as own_keys_of
from desktop.storage.handing_over import answer_requests
from desktop.storage.leaving import leave
from desktop.storage.store import DATABASE, Store
from desktop.storage.writing import Writing
from desktop.syncing.conflicts import Conflicts
from desktop.syncing.courier import Courier
from desktop.syncing.service import Syncing
from sync.client.engine import synchronise
from sync.client.pace import Pace
from sync.client.ports import LineFault
from sync.courier import BACK, CourierFault
from sync.records import (
    KINDS,
    EventStep,
    PointsSubject,
    Record,
    Resident,
    Value,
)
from sync.server.accounts import new_code
from tests.support.county_here import (
    OTHER_VILLAGE,
    THIRD_VILLAGE,
    TOWN,
    CountyHere,
    PowerCut,
    Row,
    fresh_county,
    rows_in,
)
from tests.support.faulty_line import Fault, FaultyLine, Gate, Interrupted, Plan
from tests.support.files_here import FaultyFiles
from tests.support.store import COUNTY, PASSWORD, new_store

#: What tests of villages need, in one place.
__all__ = [
    "OTHER_VILLAGE",
    "THIRD_VILLAGE",
    "TOWN",
    "Backup",
    "CountyHere",
    "Fault",
    "FaultyLine",
    "Plan",
    "VillagePc",
    "Write",
    "fresh_county",
]


_QUIET = Plan()


@dataclass(frozen=True)
class Write:
    """What a cadre does: ``which`` and ``values`` are read by what is there when it is done."""

    verb: str
    kind: str
    which: int = 0
    values: tuple[tuple[str, Any], ...] = ()
    at: str = ""


@dataclass(frozen=True)
class Backup:
    """A PC's data folder as it once was, and what was known of it then."""

    folder: Path
    area: str
    changes: dict[str, str]
    newest: dict[tuple[str, str], int]


class VillagePc:
    """A PC of a village: a real encrypted store, enrolled at the county."""

    def __init__(self, name: str, folder: Path, area: str, county: CountyHere) -> None:
        self.name = name
        self.area = area
        self.county = county
        self.folder = folder
        self.store = new_store(folder, area=area)
        code = new_code(county.engine, area)
        self.store.set(device_name=name, operator=f"{name}的会计")
        Syncing(self.store, lambda *_: FaultyLine(county, "")).enrol("http://county", code)
        self.token = self.store.setting(settings.TOKEN)
        self.device = self.store.setting(settings.DEVICE)
        #: Changes written here that the outbox or the county must know, and their records.
        self.changes: dict[str, str] = {}
        #: The newest revision that each record had here.
        self._newest: dict[tuple[str, str], int] = {}
        #: Whether it was to leave its village since it last read all of it.
        self._was_leaving = False
        #: How the last sync that failed did so.
        self.last_fault = ""
        self._commits_left: int | None = None
        self._watch()

    def _watch(self) -> None:
        event.listen(self.store.engine, "commit", self._on_commit)

    def _on_commit(self, _connection: object) -> None:
        if self._commits_left is not None:
            if self._commits_left == 0:
                raise PowerCut
            self._commits_left -= 1

    def outbox(self) -> list[Row]:
        """What waits or was refused, oldest first."""
        with self.store.read() as connection:
            found = connection.exec_driver_sql("SELECT * FROM outbox ORDER BY number").mappings()
            return [dict(row) for row in found]

    def rows(self, kind: str) -> dict[tuple[str, str], Row]:
        """All records of a kind, deleted ones too, by area and id."""
        with self.store.read() as connection:
            return rows_in(connection, KINDS[kind])

    def write(self, record: type[Record], record_id: str, do: Callable[[Writing], Any], at: str):
        """Let a cadre write, with the clock of this PC at ``at``; return what ``do`` gives."""
        with self.noting(record.kind) as taken_back, self.store.write() as writing:
            if at:
                # The clock of this PC is off by years.
                writing._at = at
            done = do(writing)
        # What an event that was refused is sent again with goes along.
        along = {
            r for (_, r), row in self.rows(EventStep.kind).items() if row["event"] == record_id
        }
        assert taken_back <= {record_id, *along}, "a change of another record is gone"
        return done

    @contextmanager
    def noting(self, *kinds: str) -> Iterator[set[str]]:
        """Note what is written within, and what whoever wrote it had before their eyes of these
        ``kinds``. Gives the records of which something waiting was taken back."""
        seen = {kind: self.rows(kind) for kind in kinds}
        before = {entry["change"]: entry for entry in self.outbox()}
        taken_back: set[str] = set()
        yield taken_back
        now = {entry["change"]: entry for entry in self.outbox()}
        for change in before.keys() - now.keys():
            taken_back.add(self.changes.pop(change))
        for change, entry in now.items():
            if change in before:
                continue
            self.changes[change] = entry["record"]
            row = seen.get(entry["kind"], {}).get((self.area, entry["record"]))
            if row is not None and entry["record"] not in taken_back:
                self.county.truth.seen[change] = row

    def answer_requests(self) -> None:
        """Hand over what others asked for, as the program does at the end of a sync."""
        with self.noting():
            answer_requests(self.store)

    def put_names_right(self) -> int:
        """Give those who repeat an old name the new one, as the program does at the end of a sync;
        how many."""
        with self.noting(*KINDS):
            return namesakes.put_right(self.store)

    def rights(self) -> dict[tuple[str, str], Counter[Value]]:
        """Who may spend what as far as this PC knows, by area and subject, without the zeros."""
        subjects = [s for _, s in self.rows(PointsSubject.kind)]
        with self.store.read() as connection:
            found = ledger.rights_of(connection, self.area, subjects)
        return {(self.area, subject): +held for subject, held in found.items()}

    def choose(self, side: str, reason: str = "") -> None:
        """Let a cadre choose ``county`` or ``other`` in the one open conflict there is."""
        conflicts = Conflicts(self.store)
        (found,) = conflicts.open()
        choice = {difference.name: side for difference in found.differences}
        with self.noting(*KINDS):
            conflicts.choose(found.id, choice, reason, seen=found)

    def choose_somehow(self, which: int, sides: Sequence[str]) -> bool:
        """Let a cadre choose line by line in one of the open conflicts; whether there was one.

        Raises RecordInvalid, RecordMissing where the program does not let them.
        """
        conflicts = Conflicts(self.store)
        found = [conflict for conflict in conflicts.open() if conflict.ready]
        if not found:
            return False
        one = found[which % len(found)]
        turns = cycle(sides)
        with self.noting(*KINDS):
            choice = {difference.name: next(turns) for difference in one.differences}
            conflicts.choose(one.id, choice, "问过本人", seen=one)
        return True

    def import_register(self, path: Path) -> list[str]:
        """Let a cadre import a register of residents, refused rows aside; the records it made."""
        residents = Residents(self.store)
        before = set(self.changes)
        with self.noting(Resident.kind):
            residents.carry_out(residents.preview(path))
        return [record for change, record in self.changes.items() if change not in before]

    @property
    def attachments(self) -> Attachments:
        """The photos and documents of this PC, on a sound line."""
        return self.attachments_over(_QUIET)

    def attachments_over(self, plan: Plan) -> Attachments:
        """The photos and documents of this PC, over a line as bad as planned."""
        return Attachments(self.store, partial(self._open_files, plan))

    def fetch_by_name(self, sha256: str) -> None:
        """Ask for a file by its name, whosever it is. Raises Refused."""
        with closing(self.store.files.arriving("0" * 64, 1)) as sink:
            line = self._open_files(_QUIET, "", self.token)
            line.fetch(sha256, sink, 1, lambda _: None, lambda: False)

    def attach(self, kind: str, record_id: str, incoming: Incoming) -> str:
        """Let a cadre add a photo or a document. Raises NotTaken, RecordMissing."""
        with self.noting():
            attachment = self.attachments.attach(kind, record_id, incoming)
        with self.attachments.open(attachment) as file:
            data = file.read()
        self.county.originals[sha256(data).hexdigest()] = data
        return attachment

    def send_photos(self, plan: Plan, *, leaving: bool = False) -> None:
        """Bring the photos that wait, as badly as planned."""
        sending = Sending(self.store, partial(self._open_files, plan))
        sending.run("", lambda *_: None, lambda: False, all_now=leaving)

    def _open_files(self, plan: Plan, _server: str, token: str) -> FaultyFiles:
        return FaultyFiles(self.county.door, token, plan.files, plan.place)

    def back_up(self) -> Backup:
        """Copy the whole data folder, as a careful cadre does in the evening."""
        self.store.close()
        folder = self.folder.with_name(f"{self.folder.name}-{uuid4().hex[:6]}")
        shutil.copytree(self.folder, folder)
        self._open()
        return Backup(folder, self.area, dict(self.changes), dict(self._newest))

    def restore(self, backup: Backup) -> None:
        """Put a backup in the place of the data folder: this PC forgets what came since."""
        with self.store.read() as connection:
            to_go = [each.sha256 for each in transfers.waiting(connection)]
        self.store.close()
        shutil.rmtree(self.folder)
        shutil.copytree(backup.folder, self.folder)
        self.changes, self._newest = dict(backup.changes), dict(backup.newest)
        self._open()
        self.county.gone |= {sha256 for sha256 in to_go if not self.store.files.has(sha256)}
        self.county.truth.rights.went_back(self.device)

    def restore_database(self, backup: Backup) -> None:
        """Put only the database of a backup in its place: what lies beside it stays."""
        self.store.close()
        for file in self.folder.glob(f"{DATABASE}*"):
            file.unlink()
        for file in backup.folder.glob(f"{DATABASE}*"):
            shutil.copy(file, self.folder)
        self.changes, self._newest = dict(backup.changes), dict(backup.newest)
        self._open()
        self.county.truth.rights.went_back(self.device)

    def copy(self, name: str) -> VillagePc:
        """The same data folder on another PC: somebody copied it there to save the enrolment."""
        other = copy(self)
        other.name = name
        backup = self.back_up()
        other.folder = backup.folder
        other.changes, other._newest = backup.changes, backup.newest
        other._open()
        other.store.set(operator=f"{name}的会计")
        return other

    def sync(self, plan: Plan = _QUIET, meanwhile: Callable[[], None] | None = None) -> bool:
        """Sync once, as badly as planned; return whether it finished."""
        gate = Gate()
        outbox = Interrupted(self.store, gate, plan, meanwhile)
        line = FaultyLine(self.county, self.token, plan, gate)
        self._commits_left = plan.cut_at
        try:
            pace = Pace(plan.page)
            result = synchronise(outbox, line, pace=pace, cancelled=outbox.cancelled)
            self.county.tally["record healed"] += sum(result.healed.values())
            self.county.tally["sync finished" if result.finished else "sync cancelled"] += 1
            if result.finished:
                self._was_leaving = False
                self.send_photos(plan, leaving=result.move is not None)
                if result.move is not None:
                    leave(self.store, result.move)
            return result.finished
        except LineFault as fault:
            self.county.tally["sync broken off"] += 1
            self.last_fault = f"{fault.code} {fault.sentence} {fault.detail}"
            return False
        except PowerCut:
            self.county.tally["power cut"] += 1
            self._commits_left = None
            self._start_again()
            return False
        finally:
            self._commits_left = None
            self._arrive_if_moved()

    def courier_out(self) -> bytes:
        """What waits, as a file for the county."""
        return self._courier.export(self._stick).path.read_bytes()

    def courier_carry(self, data: bytes) -> bytes:
        """The county's answer to a file of this PC, however old; raises Refusal."""
        return self.county.carry(data, own_keys_of(self.store))

    def courier_in(self, data: bytes, cut_at: int | None = None) -> bool:
        """Read an answer, this PC's own or not; whether it was read to its end.

        At commit number ``cut_at`` the power goes.
        """
        file = self._stick / f"answer{BACK}"
        file.write_bytes(data)
        self._commits_left = cut_at
        try:
            self._courier.take_in(file)
        except CourierFault:
            return False
        except PowerCut:
            self.county.tally["power cut"] += 1
            self._commits_left = None
            self._start_again()
            return False
        finally:
            self._commits_left = None
            self._arrive_if_moved()
        return True

    @property
    def _courier(self) -> Courier:
        return Courier(self.store)

    @property
    def _stick(self) -> Path:
        stick = self.folder.with_name(f"{self.folder.name}-stick")
        stick.mkdir(exist_ok=True)
        return stick

    def _arrive_if_moved(self) -> None:
        """Where the PC has left its village: all that it wrote there was answered, and it holds
        nothing of it any more."""
        if (area := self.store.setting(settings.AREA)) == self.area:
            return
        for change in self.changes:
            assert (self.area, change) in self.county.truth.answers, f"{change} is lost"
        for kind in KINDS:
            assert {key[0] for key in self.rows(kind)} <= {COUNTY}
        assert not self.outbox()
        self.area = area
        self.changes.clear()
        self._newest.clear()

    def _start_again(self) -> None:
        self.store.close()
        self._open()

    def _open(self) -> None:
        self.store = Store.open(self.folder, PASSWORD)
        self._watch()

    def check(self, county: dict[str, dict[tuple[str, str], Row]], *, at_rest: bool) -> None:
        """Hold this PC to what must be true after every step."""
        report = check(self.store)
        passing = ["指向不存在的记录"]
        if any(device == self.device for device, _ in self.county.truth.rights.shaken):
            # What was spent of an earning that the county refused is refused next.
            passing.append("小于0")
        problems = [p for p in report.problems if at_rest or not any(w in p for w in passing)]
        assert not problems + report.healed, f"{self.name}: {problems}{report.healed}"
        outbox = self.outbox()
        here = {entry["change"] for entry in outbox}
        for change in self.changes.keys() - here:
            assert (self.area, change) in self.county.truth.answers, f"{change} is lost"
        with self.store.read() as connection:
            areas = set(connection.exec_driver_sql("SELECT area FROM cursor").scalars())
        assert areas <= {self.area, COUNTY}, f"{self.name} of {self.area} has read {areas}"
        layered = {entry["record"] for entry in outbox}
        self._was_leaving |= self._leaves()
        for kind in KINDS:
            rows = self.rows(kind)
            self._check_rows(kind, rows, county[kind], layered)
            self._check_layers([e for e in outbox if e["kind"] == kind], rows)

    def _check_rows(
        self,
        kind: str,
        rows: dict[tuple[str, str], Row],
        county: dict[tuple[str, str], Row],
        layered: set[str],
    ) -> None:
        for (area, record), row in rows.items():
            assert area in (self.area, COUNTY), f"{self.name} holds {kind} of {area}"
            there = county.get((area, record))
            newest = self._newest.get((kind, record), 0)
            assert row["revision"] >= newest, f"{self.name}: {kind} went back from {newest}: {row}"
            self._newest[kind, record] = row["revision"]
            if record in layered:
                continue
            assert there is not None, f"{self.name} holds a {kind} that nobody knows: {row}"
            assert row["revision"] <= there["revision"], f"{self.name}: {kind} {row} {there}"
            # A PC that leaves is brought nothing more of its village, not even what merged; one
            # that is moved back before it has gone reads it at its next sync.
            if row["revision"] == there["revision"] and not self._was_leaving:
                assert row == there, f"{self.name}: one revision of {kind}: {row}, county: {there}"

    def _leaves(self) -> bool:
        """Whether the county has moved this PC, and it still works for its old village."""
        return self.county.truth.rights.moved_to.get(self.device, self.area) != self.area

    def remember(self) -> None:
        """Note how new each record is here: it must never become older."""
        for kind in KINDS:
            for (_, record), row in self.rows(kind).items():
                newest = self._newest.get((kind, record), 0)
                self._newest[kind, record] = max(newest, row["revision"])

    def _check_layers(self, outbox: list[Row], rows: dict[tuple[str, str], Row]) -> None:
        """What was written here and is not at the county still shows here."""
        laid: dict[str, Row] = {}
        for entry in outbox:
            values = laid.setdefault(entry["record"], {})
            values.update(json.loads(entry["values_json"]))
        for record, values in laid.items():
            row = rows.get((self.area, record))
            assert row is not None, f"{self.name}: a record that waits is gone: {values}"
            shown = {name: row[name] for name in values}
            assert shown == values, f"{self.name}: what waits does not show: {values} {row}"

    def close(self) -> None:
        """Close the store."""
        self.store.close()
