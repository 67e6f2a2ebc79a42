"""The points ledger at the county: what each new entry meets there."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, select

from sync.protocol import Block, from_block
from sync.records import PointsEntry, Value, Values
from sync.records.points import SPENDING, ledger_problem
from sync.server.database import among, askable

_entries = PointsEntry.table.c


class Ledger:
    """Balances and reversals that the entries of one request ask about, kept up to date with them.

    Only subjects that spend or have an entry reversed, and those entries, are looked up; the rest
    cost nothing.
    """

    def __init__(self, connection: Connection, area: str) -> None:
        self._connection = connection
        self._area = area
        self._balances: dict[Value, int] = {}
        self._targets: dict[Value, tuple[Value, int] | None] = {}
        self._reversed: set[Value] = set()

    def load(self, blocks: Iterable[Block]) -> None:
        """Read the balances and entries that the blocks ask about."""
        spenders: set[str] = set()
        targets: set[str] = set()
        for block in blocks:
            if block.kind == PointsEntry.kind and block.operation == "create":
                for change in from_block(block):
                    _want(change.values, spenders, targets)
        if spenders:
            self._load_balances(spenders)
        if targets:
            self._load_targets(targets)

    def problem(self, values: Values) -> str:
        """A Chinese sentence saying why the ledger does not take the entry; empty when it does."""
        target = self._targets.get(values.get("reverses"))
        matches = target is not None and target[0] == values.get("subject")
        problems = ledger_problem(
            values,
            balance=self._balances.get(values.get("subject"), 0),
            reversed_points=target[1] if target and matches else None,
            reversed_before=values.get("reverses") in self._reversed,
        )
        return next(iter(problems.values()), "")

    def note(self, record: str, values: Values) -> None:
        """Count in an entry that the county took in."""
        subject, points = values.get("subject"), values.get("points")
        assert isinstance(points, int)  # noqa: S101
        if subject in self._balances:
            self._balances[subject] += points
        if record in self._targets:
            self._targets[record] = (subject, points)
        if values.get("reverses") is not None:
            self._reversed.add(values["reverses"])

    def _load_balances(self, subjects: set[str]) -> None:
        statement = (
            select(_entries.subject, func.sum(_entries.points))
            .where(
                _entries.area == self._area,
                _entries.subject.is_not(None),
                among(self._connection, _entries.subject, askable(subjects)),
                _entries.deleted == 0,
            )
            .group_by(_entries.subject)
        )
        found = self._connection.execute(statement)
        # PostgreSQL sums 64-bit numbers into a Decimal.
        sums = {subject: int(points) for subject, points in found}
        self._balances = dict.fromkeys(subjects, 0) | sums

    def _load_targets(self, targets: set[str]) -> None:
        here = (_entries.area == self._area, _entries.deleted == 0)
        found = self._connection.execute(
            select(_entries.id, _entries.subject, _entries.points).where(
                *here, among(self._connection, _entries.id, askable(targets))
            )
        )
        entries = {record: (subject, points) for record, subject, points in found}
        self._targets = {target: entries.get(target) for target in targets}
        before = select(_entries.reverses).where(
            *here,
            _entries.reverses.is_not(None),
            among(self._connection, _entries.reverses, askable(targets)),
        )
        self._reversed = set(self._connection.execute(before).scalars())


def is_plain(values: Values) -> bool:
    """Whether an entry only earns, so that the ledger cannot object to it."""
    return values.get("entry_type") == "positive" and values.get("reverses") is None


def _want(values: Values, spenders: set[str], targets: set[str]) -> None:
    subject, reverses = values.get("subject"), values.get("reverses")
    if values.get("entry_type") in (*SPENDING, "reversal") and isinstance(subject, str):
        spenders.add(subject)
    if isinstance(reverses, str):
        targets.add(reverses)
