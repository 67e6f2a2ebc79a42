"""A county and its villages in one process, on real databases, over a line as bad as a test wants.

Every message crosses as bytes through ``sync.protocol``. ``Truth`` is a second, independent account
of what the county took in, kept by what crossed the line: what any end has is held against it.
"""

from __future__ import annotations

import io
import json
import shutil
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, event, select

from desktop.storage import ledger, settings
from desktop.storage.checking import check
from desktop.storage.courier_keys import own_keys as own_keys_of
from desktop.storage.handing_over import answer_requests
from desktop.storage.leaving import leave
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.storage.writing import Writing
from desktop.syncing.conflicts import Conflicts
from desktop.syncing.courier import Courier
from desktop.syncing.service import Syncing
from sync.client.engine import synchronise
from sync.client.pace import Pace
from sync.client.ports import Batch, LineFault, NoLine, Tally
from sync.courier import BACK, CourierFault, Page, inspect, unseal
from sync.keys import IntroduceAnswer, IntroduceRequest, SecretKeys
from sync.protocol import (
    VERSION,
    BadMessage,
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    VerifyAnswer,
    VerifyRequest,
    pack,
    unpack,
)
from sync.records import (
    KINDS,
    Conflict,
    Division,
    PointsEntry,
    PointsHandover,
    PointsSubject,
    Record,
    Value,
)
from sync.server.accounts import Device, device_of, enrol, new_code
from sync.server.courier import answer_file, introduce
from sync.server.database import bring_up_to_date, open_engine
from sync.server.divisions import load_divisions
from sync.server.errors import Refusal
from sync.server.exchange import exchange
from sync.server.own_keys import own_keys
from sync.server.points import rights_of
from sync.server.tables import device as device_table
from sync.server.verify import verify
from tests.support.line import PlainLine
from tests.support.store import COUNTY, PASSWORD, VILLAGE, new_store
from tests.support.truth import Truth, Unasked

OTHER_VILLAGE = "510183001003"
TOWN = "510183001000"
PATIENCE_S = 60
_DIVISIONS: list[tuple[str, str, str, str | None]] = [
    (COUNTY, "邛崃市", "county", None),
    (TOWN, "文君街道", "town", COUNTY),
    (VILLAGE, "文脉坊社区", "community", TOWN),
    (OTHER_VILLAGE, "东街社区", "community", TOWN),
]

Row = dict[str, Any]


class PowerCut(Exception):
    """The machine went dark between two instructions."""


class Fault(Enum):
    """What a line does to one request and its answer."""

    NONE = "none"
    LOSE_REQUEST = "lose request"
    LOSE_ANSWER = "lose answer"
    REPEAT = "repeat, second answer arrives"
    REPEAT_FIRST = "repeat, first answer arrives"
    OVERTAKEN = "request arrives after later ones"
    CUT_REQUEST = "cut request"
    CUT_ANSWER = "cut answer"
    FLIP_REQUEST = "flip a byte of the request"
    FLIP_ANSWER = "flip a byte of the answer"
    COUNTY_DIES = "county dies before it commits"
    CLAIM = "claim another village"


@dataclass(frozen=True)
class Plan:
    """How one sync goes: the size of a page, what happens to its messages and to its PC.

    ``faults`` are those of its round trips, in order; then the line is sound. Before answer number
    ``meanwhile_at`` is settled, ``meanwhile`` happens on the same PC - with ``late`` after the
    request behind it has reached the county. ``cancel_after`` round trips a person cancels;
    at commit number ``cut_at`` the PC's power goes.
    """

    page: int = 1000
    faults: tuple[Fault, ...] = ()
    meanwhile_at: int = 0
    meanwhile: tuple[Any, ...] = ()
    late: bool = False
    cancel_after: int | None = None
    cut_at: int | None = None
    place: int = 0


class CountyHere:
    """A real county database, reached without a socket; ``overtaken`` are requests under way."""

    def __init__(self, folder: Path) -> None:
        self.engine = fresh_county(folder)
        self.truth = Truth()
        self.overtaken: list[tuple[str, bytes]] = []
        self._dies = False
        event.listen(self.engine, "commit", self._on_commit)

    def handle(self, token: str, data: bytes, *, dies: bool = False) -> bytes:
        """Bytes in, bytes out. Raises BadMessage, PowerCut."""
        request = unpack(data, ExchangeRequest)
        device = device_of(self.engine, token)
        self._dies = dies and bool(request.blocks)
        try:
            answer = exchange(self.engine, device, request)
        finally:
            self._dies = False
        if device.moved and request.area:
            # Until it has handed in what waits it works for the village that it leaves.
            if request.area == device.area:
                self.truth.rights.leave(device)
            device = replace(device, area=request.area)
        self.truth.note(device, request, answer)
        return pack(answer)

    def carry(self, data: bytes, secret: SecretKeys) -> bytes:
        """A file from a stick in, the answer file out; ``secret`` is the PC's, so that the second
        account can read what was said. Raises Refusal."""
        source, target = io.BytesIO(data), io.BytesIO()
        answer_file(self.engine, source, target)
        county = own_keys(self.engine)
        sent = (unpack(m, ExchangeRequest) for m in unseal(source, county, secret.public))
        blocks = [request for request in sent if request.blocks]
        device = self._device(inspect(source).device)
        for message in unseal(target, secret, county.public):
            page = unpack(message, Page)
            asked = blocks.pop(0) if page.changes else ExchangeRequest(VERSION, page.since)
            self.truth.note(device, asked, page.answer)
        assert not blocks, "a page without an answer"
        return target.getvalue()

    def _device(self, id_: str) -> Device:
        known = device_table.c
        statement = select(known.id, known.area, known.name).where(known.id == id_)
        with self.engine.connect() as connection:
            return Device(*connection.execute(statement).one())

    def verify(self, token: str, request: VerifyRequest) -> VerifyAnswer:
        """Compare contents with a device."""
        return verify(self.engine, device_of(self.engine, token), request)

    def deliver_overtaken(self) -> None:
        """What was on its way arrives now; nobody waits for the answer any more."""
        late, self.overtaken = self.overtaken, []
        for token, data in late:
            # Whoever has left a village meanwhile had an answer for all that it sent there.
            with suppress(Refusal):
                self.handle(token, data)

    def rows(self) -> dict[str, dict[tuple[str, str], Row]]:
        """All records by kind, area and id."""
        with self.engine.connect() as connection:
            return {kind: _rows(connection, record) for kind, record in KINDS.items()}

    def check(self) -> None:
        """The county holds what it took in, each record once, and no balance below zero."""
        found = self.rows()
        for kind in KINDS:
            if kind in (Conflict.kind, Division.kind):
                continue
            expected = {
                (area, record): {
                    "area": area,
                    "id": record,
                    "revision": known.revision,
                    "deleted": known.deleted,
                    "made_by": known.made[0],
                    "made_at": known.made[1],
                    **known.values,
                }
                for (area, of, record), known in self.truth.records.items()
                if of == kind
            }
            took_in = {k: row for k, row in found[kind].items() if row["made_by"]}
            wrong = {k: (took_in.get(k), expected.get(k)) for k in took_in.keys() | expected.keys()}
            wrong = {k: (a, b) for k, (a, b) in wrong.items() if a != b}
            assert not wrong, f"{kind} is not what the county took in: {wrong}"
        self._check_conflicts(found[Conflict.kind].values())
        self.check_points(found)

    def check_points(self, found: dict[str, dict[tuple[str, str], Row]]) -> None:
        """No balance and no right below zero, and the pool gave what it must."""
        balances: Counter[tuple[str, str]] = Counter()
        for row in found[PointsEntry.kind].values():
            balances[row["area"], row["subject"]] += row["points"]
        assert min(balances.values(), default=0) >= 0, f"balances below zero: {balances}"
        rights = self.rights()
        assert {key: held.total() for key, held in rights.items()} == dict(balances)
        if isinstance(self.truth, Unasked):
            return
        expected = {key: +held for key, held in self.truth.rights.held.items() if +held}
        shown = {key: held for key, held in rights.items() if held}
        assert shown == expected, f"rights {shown}, must be {expected}"
        given = Counter(
            (row["area"], row["subject"], row["to_device"], row["points"])
            for row in found[PointsHandover.kind].values()
            if not row["made_by"]
        )
        assert given == self.truth.rights.from_pool

    def rights(self) -> dict[tuple[str, str], Counter[Value]]:
        """Who may spend what, by area and subject, without the zeros; none is below."""
        entries = PointsEntry.table.c
        with self.engine.connect() as connection:
            named = connection.execute(select(entries.area, entries.subject).distinct()).all()
            found = {
                (area, subject): rights_of(connection, area, [subject])[subject]
                for area, subject in named
            }
        assert all(points >= 0 for held in found.values() for points in held.values()), found
        return {key: +held for key, held in found.items()}

    def _check_conflicts(self, rows: Any) -> None:
        stand: Counter[tuple[str, ...]] = Counter()
        for row in rows:
            other = json.dumps(json.loads(row["other_values"]), ensure_ascii=False, sort_keys=True)
            losing = ",".join(sorted(filter(None, row["fields_in_conflict"].split(","))))
            known = self.truth.records.get((row["area"], Conflict.kind, row["id"]))
            # What no PC has been sent, nobody can have chosen in.
            state = known.values["state"] if known else "open"
            assert (row["state"], row["deleted"]) == (state, 0)
            if known:
                assert {name: row[name] for name in known.values} == known.values
            stand[row["area"], row["record_kind"], row["record"], other, losing] += 1
        kept = Counter(self.truth.conflicts)
        assert stand == kept, f"not kept whole: {kept - stand}, unasked: {stand - kept}"

    def _on_commit(self, _connection: object) -> None:
        if self._dies:
            raise PowerCut


class FaultyLine(PlainLine):
    """A ``Line`` of one PC to the county."""

    def __init__(
        self, county: CountyHere, token: str, plan: Plan | None = None, gate: Gate | None = None
    ) -> None:
        self._county = county
        self._token = token
        self._plan = plan or Plan()
        self._faults: Iterator[Fault] = iter(self._plan.faults)
        self._gate = gate

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Show a one-time code."""
        sent = unpack(pack(request), EnrolRequest)
        return unpack(pack(enrol(self._county.engine, sent)), EnrolAnswer)

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        """Send and ask, as badly as planned. Raises LineFault."""
        if self._gate is None:
            return self._exchange(request)
        with self._gate.passing():
            return self._exchange(request)

    def introduce(self, request: IntroduceRequest) -> IntroduceAnswer:
        """Exchange keys for files on a stick."""
        device = device_of(self._county.engine, self._token)
        return introduce(self._county.engine, device, request)

    def verify(self, request: VerifyRequest) -> VerifyAnswer:
        """Compare contents; this part of the line is sound."""
        sent = unpack(pack(request), VerifyRequest)
        return unpack(pack(self._county.verify(self._token, sent)), VerifyAnswer)

    def _exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        fault = next(self._faults, Fault.NONE)
        if fault is Fault.CLAIM:
            claimed = dict.fromkeys((VILLAGE, OTHER_VILLAGE, TOWN), 0) | request.cursors
            request = ExchangeRequest(VERSION, claimed, request.blocks, request.page, request.area)
        data = pack(request)
        if fault is Fault.LOSE_REQUEST:
            raise NoLine("no line")
        if fault is Fault.OVERTAKEN:
            self._county.overtaken.append((self._token, data))
            raise NoLine("no answer yet")
        if fault is Fault.CUT_REQUEST:
            self._refused(data[: self._plan.place % len(data)])
        if fault is Fault.FLIP_REQUEST and (flipped := self._flipped(data, ExchangeRequest)):
            self._refused(flipped)
        try:
            answer = self._county.handle(self._token, data, dies=fault is Fault.COUNTY_DIES)
        except PowerCut as error:
            raise NoLine("the county went dark") from error
        except Refusal as error:
            # Another run of this PC has left the village meanwhile.
            raise LineFault(error.fault.sentence) from error
        if fault is Fault.REPEAT:
            answer = self._county.handle(self._token, data)
        elif fault is Fault.REPEAT_FIRST:
            self._county.handle(self._token, data)
        elif fault is Fault.LOSE_ANSWER:
            raise NoLine("answer lost")
        elif fault is Fault.CUT_ANSWER:
            answer = answer[: self._plan.place % len(answer)]
        elif fault is Fault.FLIP_ANSWER:
            answer = self._flipped(answer, ExchangeAnswer) or answer
        try:
            return unpack(answer, ExchangeAnswer)
        except BadMessage as error:
            raise NoLine("answer unreadable") from error

    def _refused(self, data: bytes) -> None:
        try:
            unpack(data, ExchangeRequest)
        except BadMessage as error:
            raise LineFault("the county cannot read it") from error
        raise AssertionError("the county takes in a damaged message")

    def _flipped(self, data: bytes, form: type[Any]) -> bytes | None:
        """The message with one byte changed; None where that changes nothing of what it says."""
        place = self._plan.place % len(data)
        flipped = data[:place] + bytes([data[place] ^ (1 << self._plan.place % 8)])
        flipped += data[place + 1 :]
        try:
            same = bool(unpack(flipped, form) == unpack(data, form))
        except BadMessage:
            return flipped
        assert same, "a damaged message reads as another one"
        return None


class Gate:
    """Lets one request after the other through, so that a sync in two threads runs the same twice.

    The engine sends request n+1 before it settles answer n; here it waits until the test lets it
    go, before or after what happens meanwhile.
    """

    def __init__(self) -> None:
        self._open = threading.Semaphore(1)
        self._passed = 0
        self._moved = threading.Condition()

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Wait for the gate, and tell when the request is through."""
        assert self._open.acquire(timeout=PATIENCE_S)
        try:
            yield
        finally:
            with self._moved:
                self._passed += 1
                self._moved.notify_all()

    def let_go(self) -> None:
        """Let the next request through, now or when it comes."""
        self._open.release()

    def wait_for(self, number: int) -> None:
        """Wait until that many requests are through."""
        with self._moved:
            assert self._moved.wait_for(lambda: self._passed >= number, timeout=PATIENCE_S)


class Interrupted(Outbox):
    """A PC's outbox on which something else happens between an answer's arrival and its settling:
    another run of the engine, or a cadre who goes on writing."""

    def __init__(
        self, store: Store, gate: Gate, plan: Plan, meanwhile: Callable[[], None] | None
    ) -> None:
        super().__init__(store)
        self._gate = gate
        self._plan = plan
        self._meanwhile = meanwhile
        self._settled = 0
        self._asked = 0

    def cancelled(self) -> bool:
        """Whether a person cancels now; the engine asks once an answer."""
        self._asked += 1
        return self._stops

    @property
    def _stops(self) -> bool:
        after = self._plan.cancel_after
        return after is not None and self._asked >= after

    def settle(self, batch: Batch, answer: ExchangeAnswer, tally: Tally) -> None:
        """Settle, but not before something else has happened."""
        follows = (batch.more or answer.remaining > 0) and not self._stops
        let_go = False
        try:
            if self._meanwhile and self._settled == self._plan.meanwhile_at:
                if self._plan.late and follows:
                    self._gate.let_go()
                    let_go = True
                    self._gate.wait_for(self._settled + 2)
                self._meanwhile()
            self._settled += 1
            super().settle(batch, answer, tally)
        finally:
            if not let_go:
                self._gate.let_go()


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
            return _rows(connection, KINDS[kind])

    def write(self, record: type[Record], record_id: str, do: Callable[[Writing], Any], at: str):
        """Let a cadre write, with the clock of this PC at ``at``; return what ``do`` gives."""
        seen = self.rows(record.kind).get((self.area, record_id))
        before = {entry["change"] for entry in self.outbox()}
        with self.store.write() as writing:
            if at:
                # The clock of this PC is off by years.
                writing._at = at
            done = do(writing)
        now = {entry["change"]: entry for entry in self.outbox()}
        for change in before - set(now):
            assert self.changes.pop(change) == record_id, "a change of another record is gone"
        resent = bool(before - set(now))
        for change, entry in now.items():
            if change not in before:
                self.changes[change] = entry["record"]
                if seen is not None and not resent:
                    self.county.truth.seen[change] = seen
        return done

    def answer_requests(self) -> None:
        """Hand over what others asked for, as the program does at the end of a sync."""
        before = {entry["change"] for entry in self.outbox()}
        answer_requests(self.store)
        for entry in self.outbox():
            if entry["change"] not in before:
                self.changes[entry["change"]] = entry["record"]

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
        seen = {kind: self.rows(kind) for kind in KINDS}
        before = {entry["change"] for entry in self.outbox()}
        choice = {difference.name: side for difference in found.differences}
        conflicts.choose(found.id, choice, reason, seen=found)
        for entry in self.outbox():
            if entry["change"] not in before:
                self.changes[entry["change"]] = entry["record"]
                row = seen[entry["kind"]][self.area, entry["record"]]
                self.county.truth.seen[entry["change"]] = row

    def back_up(self) -> Backup:
        """Copy the whole data folder, as a careful cadre does in the evening."""
        self.store.close()
        folder = self.folder.with_name(f"{self.folder.name}-{uuid4().hex[:6]}")
        shutil.copytree(self.folder, folder)
        self._open()
        return Backup(folder, dict(self.changes), dict(self._newest))

    def restore(self, backup: Backup) -> None:
        """Put a backup in the place of the data folder: this PC forgets what came since."""
        self.store.close()
        shutil.rmtree(self.folder)
        shutil.copytree(backup.folder, self.folder)
        self.changes, self._newest = dict(backup.changes), dict(backup.newest)
        self._open()

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

    def sync(self, plan: Plan = Plan(), meanwhile: Callable[[], None] | None = None) -> bool:
        """Sync once, as badly as planned; return whether it finished."""
        gate = Gate()
        outbox = Interrupted(self.store, gate, plan, meanwhile)
        line = FaultyLine(self.county, self.token, plan, gate)
        self._commits_left = plan.cut_at
        try:
            pace = Pace(plan.page)
            result = synchronise(outbox, line, pace=pace, cancelled=outbox.cancelled)
            if result.finished and result.move is not None and leave(self.store, result.move):
                self._commits_left = None
                self._arrive(result.move.area)
            return result.finished
        except LineFault:
            return False
        except PowerCut:
            self._commits_left = None
            self._start_again()
            return False
        finally:
            self._commits_left = None

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
            self._commits_left = None
            self._start_again()
            return False
        finally:
            self._commits_left = None
        if (area := self.store.setting(settings.AREA)) != self.area:
            self._arrive(area)
        return True

    @property
    def _courier(self) -> Courier:
        return Courier(self.store)

    @property
    def _stick(self) -> Path:
        stick = self.folder.with_name(f"{self.folder.name}-stick")
        stick.mkdir(exist_ok=True)
        return stick

    def _arrive(self, area: str) -> None:
        """The PC has left its village: all that it wrote there was answered, and it has nothing."""
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
            if row["revision"] == there["revision"]:
                assert row == there, f"{self.name}: one revision of {kind}, two contents"

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


def _rows(connection: Any, record: type[Record]) -> dict[tuple[str, str], Row]:
    found = list(map(dict, connection.exec_driver_sql(f"SELECT * FROM {record.kind}").mappings()))
    return {(row["area"], row["id"]): row for row in found}


@cache
def _county_file() -> bytes:
    """A county with one town and two villages, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "county.sqlite3"
        engine = open_engine(f"sqlite:///{path}")
        bring_up_to_date(engine)
        load_divisions(engine, {row[0]: _division(*row) for row in _DIVISIONS})
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return path.read_bytes()


def _division(code: str, name: str, level: str, parent: str | None) -> dict[str, Value]:
    return {"code": code, "name": name, "level": level, "parent_code": parent}


def fresh_county(folder: Path) -> Engine:
    """A county's database in ``folder`` with one town and two villages."""
    path = folder / "county.sqlite3"
    path.write_bytes(_county_file())
    return open_engine(f"sqlite:///{path}")
