"""The points ledger at the county: what each new entry meets there, and whose right it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, func, select

from sync.protocol import Block, Change, from_block
from sync.records import PointsEntry, PointsHandover, PointsRequest, Value, Values
from sync.records.points import SPENDING, Purse, Reversed, ledger_problem
from sync.records.rights import handover_problem
from sync.server.asking import among, askable
from sync.server.tables import device as devices
from sync.server.village import Standing

_entries = PointsEntry.table.c
_handovers = PointsHandover.table.c
#: The kinds of record that the right to spend follows from.
KINDS_OF_RIGHTS = (PointsEntry.kind, PointsHandover.kind, PointsRequest.kind)
#: The pool's place among the rights, where a PC's is its id.
POOL = None

#: The fields that name a PC.
NAMING = ("device", "from_device", "to_device")

#: How many points each PC may spend of a subject.
Rights = Counter[Value]


class _Target(NamedTuple):
    """An entry that a reversal names."""

    subject: Value
    points: int
    device: Value


class Ledger:
    """Rights and reversals that the changes of one request ask about, kept up to date with them.

    Only subjects that spend, hand over, ask or have an entry reversed, and those entries, are
    looked up; the rest cost nothing. ``device`` is the PC whose request it is.
    """

    def __init__(self, connection: Connection, area: str, device: str) -> None:
        self._connection = connection
        self._area = area
        self._device = device
        self._rights: dict[Value, Rights] = {}
        self._targets: dict[Value, _Target | None] = {}
        self._reversed: set[Value] = set()
        self._village: set[Value] | None = None

    def load(self, blocks: Iterable[Block]) -> None:
        """Read the rights and entries that the blocks ask about."""
        spenders: set[str] = set()
        targets: set[str] = set()
        for block in blocks:
            if block.kind in KINDS_OF_RIGHTS and block.operation == "create":
                for change in from_block(block):
                    _want(block.kind, change.values, spenders, targets)
        if spenders:
            self._rights = rights_of(self._connection, self._area, spenders)
        if targets:
            self._load_targets(targets)

    def unusual(self, block: Block) -> set[int]:
        """All but entries that only earn."""
        if block.kind != PointsEntry.kind:
            return set(range(len(block.ids)))
        changes = enumerate(from_block(block))
        return {place for place, change in changes if change.base or not is_plain(change.values)}

    def as_kept(self, block: Block) -> Block:
        """Entries that only earn are on the sender's right."""
        return stamped_block(block, self._device)

    def problem(self, change: Change) -> str:
        """A Chinese sentence saying why the ledger does not take a record; empty when it does."""
        kind, values = change.kind, change.values
        if kind == PointsRequest.kind:
            return ""
        rights = self._of(values.get("subject"))
        if kind == PointsHandover.kind:
            problems = handover_problem(values, rights[values.get("from_device")])
        else:
            purse = self._purse(rights, values.get("device"))
            problems = ledger_problem(values, purse, self._reverses(values))
        return "；".join(problems.values())

    def stamped(self, change: Change, row: Standing | None = None) -> dict[str, Value]:
        """The values with what the county fills in itself, whatever the PC claims: the PC whose
        right they change. What goes to a PC that is no longer there goes to the pool.

        What is told again the county has filled in once and forgotten with a backup: any PC of the
        village brings it, as it stood.
        """
        kind, values = change.kind, change.values
        if change.base:
            return {
                name: value
                for name, value in values.items()
                if name not in NAMING or value in (POOL, *self._devices())
            }
        if kind == PointsHandover.kind:
            to = values.get("to_device")
            return {
                **values,
                "from_device": self._device,
                "to_device": to if to in self._devices() else POOL,
            }
        target = self._targets.get(values.get("reverses"))
        points = values.get("points")
        gives_back = target is not None and isinstance(points, int) and points > 0
        return {**values, "device": target.device if target and gives_back else self._device}

    def wanted_of_pool(self, kind: str, values: Values) -> int:
        """The points that must, or that a request lets, go from the pool to the PC."""
        rights, points = self._of(values.get("subject")), values.get("points")
        assert isinstance(points, int)  # noqa: S101
        if kind == PointsRequest.kind:
            return max(min(points, rights[POOL]), 0)
        if kind == PointsEntry.kind and points < 0 and values.get("device") is not POOL:
            return max(-points - rights[values.get("device")], 0)
        return 0

    def note(self, kind: str, record: str, values: Values) -> None:
        """Count in a stamped record that the county took in."""
        if kind == PointsRequest.kind:
            return
        subject, points = values.get("subject"), values.get("points")
        assert isinstance(points, int)  # noqa: S101
        rights = self._rights.get(subject)
        if kind == PointsHandover.kind:
            if rights is not None:
                rights[values.get("from_device")] -= points
                rights[values.get("to_device")] += points
            return
        if rights is not None:
            rights[values.get("device")] += points
        if record in self._targets:
            self._targets[record] = _Target(subject, points, values.get("device"))
        if values.get("reverses") is not None:
            self._reversed.add(values["reverses"])

    def _of(self, subject: Value) -> Rights:
        return self._rights.get(subject, Counter())

    @staticmethod
    def _purse(rights: Rights, device: Value) -> Purse:
        """What a PC may spend at the county: its own right, and what nobody holds."""
        mine = sum(rights[each] for each in {device, POOL})
        balance = sum(rights.values())
        return Purse(balance, mine, f"{balance - mine}分记在别的电脑上")

    def _reverses(self, values: Values) -> Reversed | None:
        target = self._targets.get(values.get("reverses"))
        if target is None or target.subject != values.get("subject"):
            return None
        return Reversed(target.points, values.get("reverses") in self._reversed)

    def _devices(self) -> set[Value]:
        """The PCs of the village that are let in."""
        if self._village is None:
            here = select(devices.c.id).where(devices.c.area == self._area, devices.c.revoked == 0)
            self._village = set(self._connection.execute(here).scalars())
        return self._village

    def _load_targets(self, targets: set[str]) -> None:
        here = (_entries.area == self._area, _entries.deleted == 0)
        found = self._connection.execute(
            select(_entries.id, _entries.subject, _entries.points, _entries.device).where(
                *here, among(self._connection, _entries.id, askable(targets))
            )
        )
        entries = {record: _Target(*target) for record, *target in found}
        self._targets = {target: entries.get(target) for target in targets}
        before = select(_entries.reverses).where(
            *here,
            _entries.reverses.is_not(None),
            among(self._connection, _entries.reverses, askable(targets)),
        )
        self._reversed = set(self._connection.execute(before).scalars())


def rights_of(connection: Connection, area: str, subjects: Iterable[str]) -> dict[Value, Rights]:
    """How many points each PC may spend of these subjects, by subject."""
    asked = set(subjects)
    rights: dict[Value, Rights] = {subject: Counter() for subject in asked}
    here = (
        _entries.area == area,
        _entries.subject.is_not(None),
        among(connection, _entries.subject, askable(asked)),
        _entries.deleted == 0,
    )
    # PostgreSQL sums 64-bit numbers into a Decimal.
    earned = select(_entries.subject, _entries.device, func.sum(_entries.points)).where(*here)
    for subject, device, points in connection.execute(
        earned.group_by(_entries.subject, _entries.device)
    ):
        rights[subject][device] += int(points)
    given = select(
        _handovers.subject,
        _handovers.from_device,
        _handovers.to_device,
        func.sum(_handovers.points),
    ).where(
        _handovers.area == area,
        _handovers.subject.is_not(None),
        among(connection, _handovers.subject, askable(asked)),
        _handovers.deleted == 0,
    )
    for subject, giver, taker, points in connection.execute(
        given.group_by(_handovers.subject, _handovers.from_device, _handovers.to_device)
    ):
        rights[subject][giver] -= int(points)
        rights[subject][taker] += int(points)
    return rights


def is_plain(values: Values) -> bool:
    """Whether an entry only earns, so that the ledger cannot object to it."""
    return values.get("entry_type") == "positive" and values.get("reverses") is None


def stamped_block(block: Block, device: str) -> Block:
    """A block of new entries as the county keeps those that only earn: on the sender's right."""
    names = [name for name in block.names if name != "device"]
    columns = [block.columns[block.names.index(name)] for name in names]
    own: list[Value] = [device] * len(block.ids)
    return msgspec.structs.replace(block, names=[*names, "device"], columns=[*columns, own])


def _want(kind: str, values: Values, spenders: set[str], targets: set[str]) -> None:
    subject, reverses = values.get("subject"), values.get("reverses")
    asks = kind != PointsEntry.kind or values.get("entry_type") in (*SPENDING, "reversal")
    if asks and isinstance(subject, str):
        spenders.add(subject)
    if isinstance(reverses, str):
        targets.add(reverses)
