"""The machine that tries to break the promises of sync: villages at work over a line without mercy.

Three PCs of one village and one of another write, delete, undo, give up and sync in any order, with
any fault of line, power and clock between. After each step what every end holds is checked; at rest
all must agree. ``tests/sync/test_agreement.py`` runs it briefly, ``python -m tests.soak`` for long.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from desktop.storage import settings
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.writing import Writing
from sync.protocol import VERSION, Change, ExchangeRequest, Operation, by_outcome, to_blocks
from sync.records import (
    KINDS,
    Division,
    Grid,
    Household,
    PointsEntry,
    PointsHandover,
    PointsRequest,
    PointsSubject,
    Project,
    Record,
    Resident,
    Settlement,
    Value,
)
from sync.records.fields import Reference
from sync.server.accounts import device_of
from sync.server.devices import move_device
from sync.server.exchange import exchange
from tests.support.store import COUNTY, VILLAGE, id_number
from tests.support.village import (
    OTHER_VILLAGE,
    CountyHere,
    Fault,
    Plan,
    VillagePc,
    Write,
)

AREAS = (VILLAGE, VILLAGE, VILLAGE, OTHER_VILLAGE)
#: Enough turns for whatever waits on whatever else; more would be going round in circles.
TURNS = 12
#: Steps between two rests.
PATIENCE = 12

_names = st.sampled_from(("王芳", "李强", "张伟"))
_grounds = st.sampled_from(("一组", "二组", None))
_pick = st.integers(0, 20)
_id_numbers = st.sampled_from(
    (id_number(), id_number("19751203", 42), id_number("20010517", 99), None)
)
_days = st.sampled_from(("2026-01-01", "2026-06-01", "2026-12-31", None))

#: What may be written of each kind; a whole number stands for one of the records there.
FIELDS: dict[type[Record], dict[str, st.SearchStrategy[Any]]] = {
    Resident: {
        "name": _names,
        "id_number": _id_numbers,
        "address": _grounds,
        "phone": st.sampled_from(("13800000001", "13800000002", None)),
        "household": _pick | st.none(),
        "grid": _pick | st.none(),
    },
    Grid: {
        "name": _grounds.filter(bool),
        "code": st.sampled_from(("G1", "G2", None)),
        "leader": _names | st.none(),
        "parent": _pick | st.none(),
    },
    Household: {"head": _names, "address": _grounds, "grid": _pick | st.none()},
    PointsSubject: {"name": _names, "resident": _pick | st.none(), "note": _grounds},
    Settlement: {"name": _grounds.filter(bool), "people": st.integers(0, 2)},
    Project: {
        "name": _names,
        "settlement": _pick,
        "planned_start": _days,
        "planned_end": _days,
    },
}
REQUIRED: dict[type[Record], tuple[str, ...]] = {
    Resident: ("name",),
    Grid: ("name",),
    Household: ("head",),
    PointsSubject: ("name",),
    Settlement: ("name",),
    Project: ("name", "settlement"),
}
_often: tuple[type[Record], ...] = (Resident, Resident, Resident, Grid, Grid)
_kinds: st.SearchStrategy[type[Record]] = st.sampled_from((*_often, *FIELDS))
_clocks = st.sampled_from(("", "", "1999-01-01T00:00:00+08:00", "2039-12-31T23:59:59+14:00"))


@st.composite
def _creates(draw: st.DrawFn) -> Write:
    record = draw(_kinds)
    fields = FIELDS[record]
    names = {*REQUIRED[record], *draw(st.sets(st.sampled_from(sorted(fields))))}
    values = tuple((name, draw(fields[name])) for name in fields if name in names)
    return Write("create", record.kind, 0, values, draw(_clocks))


@st.composite
def _edits(draw: st.DrawFn) -> Write:
    record = draw(_kinds)
    fields = FIELDS[record]
    names = draw(st.lists(st.sampled_from(sorted(fields)), min_size=1, max_size=2, unique=True))
    values = tuple((name, draw(fields[name])) for name in names)
    return Write("edit", record.kind, draw(_pick), values, draw(_clocks))


@st.composite
def _entries(draw: st.DrawFn) -> Write:
    points = draw(st.integers(1, 3))
    kind = draw(st.sampled_from(("positive", "negative", "redemption", "reversal")))
    values: dict[str, Any] = {"entry_type": kind, "points": points, "subject": draw(_pick)}
    if kind == "reversal":
        values["reverses"] = draw(_pick)
    elif kind != "positive":
        values["points"] = -points
    return Write("create", PointsEntry.kind, draw(_pick), tuple(values.items()), draw(_clocks))


@st.composite
def _handovers(draw: st.DrawFn) -> Write:
    kind = draw(st.sampled_from((PointsHandover, PointsHandover, PointsRequest)))
    values: dict[str, Any] = {"points": draw(st.integers(1, 4))}
    if kind is PointsHandover:
        values["to_device"] = draw(_pick)
    return Write("hand over", kind.kind, draw(_pick), tuple(values.items()), draw(_clocks))


_removals = st.builds(
    Write,
    st.sampled_from(("delete", "undelete", "give_up", "mend")),
    _kinds.map(lambda record: record.kind),
    _pick,
)
_refusals = st.builds(Write, st.sampled_from(("give_up", "mend")), st.just(""), _pick)
WRITES = st.one_of(_creates(), _edits(), _edits(), _entries(), _handovers(), _removals, _refusals)

_faults = st.lists(st.sampled_from(Fault), max_size=4).map(tuple)
_sizes = st.sampled_from((1, 2, 3, 1000))
_QUIET = Plan()
_plain_plans = st.builds(Plan, page=_sizes, faults=_faults, place=st.integers(0, 500))
PLANS = st.builds(
    Plan,
    page=_sizes,
    faults=_faults,
    meanwhile_at=st.integers(0, 2),
    meanwhile=st.lists(
        WRITES | _plain_plans | st.tuples(st.integers(0, 2), _edits()), max_size=3
    ).map(tuple),
    late=st.booleans(),
    cancel_after=st.none() | st.integers(1, 3),
    cut_at=st.none() | st.integers(0, 12),
    place=st.integers(0, 500),
)


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

    def close(self) -> None:
        """Close all, and leave nothing behind."""
        for pc in self.pcs:
            pc.close()
        self.county.engine.dispose()
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
                self.write(self.pcs[place], elsewhere)
                if self.pcs[place] is not pc:
                    self.sync(self.pcs[place])
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
        elif write.verb == "create":
            return self._create(pc, KINDS[write.kind], write)
        else:
            record = KINDS[write.kind]
            ids = self.ids(pc, record, live=write.verb != "undelete")
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

    def _values(self, pc: VillagePc, record: type[Record], write: Write) -> dict[str, Value]:
        values = dict(write.values)
        for name, value in write.values:
            to = record.fields[name]
            if isinstance(to, Reference) and value is not None and isinstance(value, int):
                ids = self.ids(pc, KINDS[to.to])
                values[name] = ids[value % len(ids)] if ids else None
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
        if not known:
            return
        area, kind, record = sorted(known, key=lambda k: self._order[k[2]])[which % len(known)]
        values: dict[str, Value] = {KINDS[kind].title: "偷改"} if operation == "edit" else {}
        change = Change(f"lie.{len(self._order)}", kind, record, operation, 1, values, "", "")
        request = ExchangeRequest(
            VERSION, {area: 0, pc.area: 0, COUNTY: 0}, to_blocks([change]), 1000, pc.area
        )
        answer = exchange(self.county.engine, device_of(self.county.engine, pc.token), request)
        assert [code for _, code, _, _ in by_outcome(answer.outcomes)] == ["rejected"]
        assert {rows.area for rows in answer.rows} <= {pc.area, COUNTY}

    def move(self, pc: VillagePc, area: str) -> None:
        """The county lets a PC belong to another village, or back; it learns so when it syncs."""
        device = pc.store.setting(settings.DEVICE)
        move_device(self.county.engine, device, area)
        self.county.truth.rights.moved_to[device] = area
        self.touched.add(pc)

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
            # Once to leave a village, once to arrive, which frees points, and once to read of it.
            for pc in (*self.pcs, *self.pcs, *self.pcs):
                assert self.sync(pc), "a sync on a sound line finishes"
            self.check()
            if not any(pc.outbox() for pc in self.pcs):
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
            assert len(pc.rows(Division.kind)) == 4
            rights = {k: held for k, held in self.county.rights().items() if k[0] == pc.area}
            shown = {k: held for k, held in pc.rights().items() if k in rights or held}
            assert shown == rights, f"{pc.name} knows other rights than the county"
            self._check_standing(pc, there["conflict"])

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


class Agreement(RuleBasedStateMachine):
    """Any sequence of what villages, lines and power cuts do; all ends agree at rest."""

    def __init__(self) -> None:
        super().__init__()
        self.villages = Villages()
        self.since_rest = 0

    @initialize(writes=st.lists(st.tuples(st.integers(0, 3), _creates()), max_size=4))
    def start(self, writes: list[tuple[int, Write]]) -> None:
        """Some records to begin with, on every PC that may see them."""
        for place, write in writes:
            self.villages.write(self.villages.pcs[place], write)
        for pc in (*self.villages.pcs, *self.villages.pcs):
            self.villages.sync(pc)

    @rule(place=st.integers(0, 3), writes=st.lists(WRITES, min_size=4, max_size=12))
    def write(self, place: int, writes: list[Write]) -> None:
        """A cadre writes."""
        for write in writes:
            self.villages.write(self.villages.pcs[place], write)

    @rule(
        place=st.integers(0, 2),
        writes=st.lists(_entries() | _entries() | _handovers(), min_size=3, max_size=8),
    )
    def keep_the_ledger(self, place: int, writes: list[Write]) -> None:
        """A cadre gives, takes and reverses points."""
        pc = self.villages.pcs[place]
        if not self.villages.ids(pc, PointsSubject):
            self.villages.write(pc, Write("create", PointsSubject.kind, 0, (("name", "王芳"),)))
        for write in writes:
            self.villages.write(pc, write)

    @rule(spend=st.integers(1, 6), which=_pick)
    def spend_everywhere(self, spend: int, which: int) -> None:
        """All PCs of a village spend the same points before any of them has a line."""
        for pc in self.villages.pcs[:3]:
            values = {"entry_type": "redemption", "points": -spend, "subject": which}
            write = Write("create", PointsEntry.kind, 0, tuple(values.items()))
            self.villages.write(pc, write)

    @rule(place=st.integers(0, 2))
    def answer_requests(self, place: int) -> None:
        """A PC hands over what others asked for."""
        pc = self.villages.pcs[place]
        self.villages.touched.add(pc)
        pc.answer_requests()

    @rule(places=st.lists(st.integers(0, 2), min_size=2, max_size=3), write=_edits() | _removals)
    def same_place(self, places: list[int], write: Write) -> None:
        """Several cadres have a go at one record."""
        for place in places:
            self.villages.write(self.villages.pcs[place], write)

    @rule(which=_pick, first=_edits(), second=_edits())
    def meet(self, which: int, first: Write, second: Write) -> None:
        """Two PCs edit a record of one kind before either syncs, then both do."""
        for place, write in ((0, first), (1, second)):
            turned = Write("edit", write.kind, which, write.values, write.at)
            self.villages.write(self.villages.pcs[place], turned)
        for place in (0, 1):
            self.villages.sync(self.villages.pcs[place])

    @rule(
        which=_pick,
        edits=st.lists(_edits(), min_size=3, max_size=3),
        page=st.integers(1, 2),
        lost=st.integers(0, 2),
    )
    def lose_an_answer(self, which: int, edits: list[Write], page: int, lost: int) -> None:
        """A PC does not learn what the county took in, and another goes on from there."""
        here, there = self.villages.pcs[:2]
        kind = edits[0].kind
        for edit in edits[:2]:
            self.villages.write(here, edit)
        self.villages.write(here, Write("edit", kind, which, edits[0].values))
        faults = (*[Fault.NONE] * lost, Fault.LOSE_ANSWER)
        self.villages.sync(here, Plan(page, faults))
        self.villages.sync(there)
        named = ((KINDS[kind].title, "李强"),)
        self.villages.write(there, Write("edit", kind, which, named))
        self.villages.sync(there)
        self.villages.sync(here, Plan(page))

    @rule(write=_creates(), page=_sizes, cut=st.integers(1, 10))
    def cut_the_power(self, write: Write, page: int, cut: int) -> None:
        """A PC goes dark while it brings what another wrote."""
        here, there = self.villages.pcs[:2]
        self.villages.write(there, write)
        self.villages.sync(there)
        self.villages.write(here, write)
        self.villages.sync(here, Plan(page, cut_at=cut))

    @rule(which=_pick, plan=PLANS, write=_edits(), mine=_edits())
    def settle_late(self, which: int, plan: Plan, write: Write, mine: Write) -> None:
        """While an answer is on its way another PC writes, and a second run brings that first."""
        here = self.villages.pcs[0]
        again = Write("edit", write.kind, which, write.values)
        self.villages.write(self.villages.pcs[1], again)
        self.villages.sync(self.villages.pcs[1])
        self.villages.write(here, mine)
        then = (1, Write("edit", write.kind, which, ((KINDS[write.kind].title, "张伟"),)))
        self.villages.sync(
            here, replace(plan, cut_at=None, meanwhile=(then, Plan(), *plan.meanwhile))
        )

    @rule(place=st.integers(0, 3), plan=PLANS)
    def sync_badly(self, place: int, plan: Plan) -> None:
        """A PC syncs over a bad line."""
        self.villages.sync(self.villages.pcs[place], plan)

    @rule(place=st.integers(0, 3), plan=_plain_plans)
    def sync_until_done(self, place: int, plan: Plan) -> None:
        """A PC syncs over a bad line, and goes on until it has all."""
        self.villages.sync(self.villages.pcs[place], plan)
        assert self.villages.sync(self.villages.pcs[place])

    @rule(place=st.integers(0, 3), operation=st.sampled_from(("edit", "delete")), which=_pick)
    def reach_over(self, place: int, operation: Operation, which: int) -> None:
        """A PC lies about what is its own."""
        self.villages.reach_over(self.villages.pcs[place], operation, which)

    @rule(place=st.integers(2, 3), area=st.sampled_from((VILLAGE, OTHER_VILLAGE)))
    def move_device(self, place: int, area: str) -> None:
        """A PC belongs to another village from now on."""
        self.villages.move(self.villages.pcs[place], area)

    @precondition(lambda self: self.since_rest > PATIENCE)
    @rule()
    def rest(self) -> None:
        """Everybody comes to rest."""
        self.since_rest = 0
        self.villages.rest()

    @invariant()
    def holds(self) -> None:
        """What must be true after every step."""
        self.since_rest += 1
        self.villages.check()

    def teardown(self) -> None:
        """However it went, in the end all agree."""
        try:
            self.villages.rest()
        finally:
            self.villages.close()
