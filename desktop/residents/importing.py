"""Imports a register of residents: what is new, what is already there, what must be refused.

Nothing is written until ``carry_out``; the plan is what the cadre sees before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from desktop.reports.plan import ImportPlan, ImportResult
from desktop.reports.register import (
    Cancelled,
    Origin,
    Progress,
    RefusedRow,
    Register,
    RegisterRow,
    Remark,
)
from sync.records import Value
from sync.records.base import Values

_SAME_PERSON = ("name", "phone", "address", "birth_date")


class Residents(Protocol):
    """What an import needs of the residents kept on this PC."""

    def by_id_numbers(self, numbers: Sequence[str]) -> dict[str, tuple[str, str]]:
        """Record id and name of each live resident with one of these ID numbers, by number."""

    def by_names(self, names: Sequence[str]) -> Sequence[Values]:
        """The live residents without an ID number who bear one of these names."""

    def add_many(
        self,
        rows: list[dict[str, Value]],
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> int:
        """Add residents from the first on; return how many were added before a cancel."""


def plan_import(register: Register, residents: Residents) -> ImportPlan:
    """Compare a register with what this PC has and with itself; the first row of a person wins."""
    plan = ImportPlan(register, refused=list(register.refused))
    known = _Known(register, residents)
    for row in register.rows:
        reason = known.under_another_name(row)
        if reason:
            plan.refused.append(RefusedRow(row.origin, reason))
        elif known.has(row):
            plan.already.append(row)
        else:
            known.add(row)
            plan.new.append(row)
            plan.warnings += [Remark(row.origin.sheet, row.origin.line, w) for w in row.warnings]
    plan.in_the_order_of_the_file()
    return plan


def carry_out(
    plan: ImportPlan,
    residents: Residents,
    progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> ImportResult:
    """Add what is new; what a cancel leaves out is added when the same file is imported again.

    The plan is made again first: while the cadre looked at it, a sync may have brought some of
    these people.
    """
    plan = plan_import(plan.register, residents)
    added = 0
    if plan.new:
        rows = [dict(row.values) for row in plan.new]
        added = residents.add_many(rows, progress, cancelled)
    return ImportResult(added, len(plan.already), plan.refused)


class _Known:
    """Who is there already: on this PC, or further up in the file."""

    def __init__(self, register: Register, residents: Residents) -> None:
        numbers = [n for row in register.rows if (n := _number(row))]
        names = {str(row.values["name"]) for row in register.rows if not _number(row)}
        self._stored = residents.by_id_numbers(numbers) if numbers else {}
        self._unnumbered = {
            _likeness(values) for values in (residents.by_names(sorted(names)) if names else ())
        }
        self._earlier: dict[str, tuple[str, Origin]] = {}

    def under_another_name(self, row: RegisterRow) -> str | None:
        """The reason to refuse a row whose ID number belongs to somebody of another name."""
        number, name = _number(row), row.values["name"]
        if number in self._stored and self._stored[number][1] != name:
            return (
                f"这个身份证号码已登记在“{self._stored[number][1]}”名下，"
                f"这里写的是“{name}”。请核对姓名和号码"
            )
        if number in self._earlier and self._earlier[number][0] != name:
            owner, origin = self._earlier[number]
            return (
                f"这个身份证号码前面已有人用：“{origin.sheet}”第{origin.line}行的“{owner}”，"
                f"这里写的是“{name}”。请核对姓名和号码"
            )
        return None

    def has(self, row: RegisterRow) -> bool:
        """Whether this very person is there already."""
        number = _number(row)
        if number:
            return number in self._stored or number in self._earlier
        return _likeness(row.values) in self._unnumbered

    def add(self, row: RegisterRow) -> None:
        """Remember a row that will be imported."""
        number = _number(row)
        if number:
            self._earlier[number] = (str(row.values["name"]), row.origin)
        else:
            self._unnumbered.add(_likeness(row.values))


def _number(row: RegisterRow) -> str:
    return str(row.values.get("id_number") or "")


def _likeness(values: Values) -> tuple[Value, ...]:
    return tuple(values.get(name) for name in _SAME_PERSON)
