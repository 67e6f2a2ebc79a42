"""Which open conflicts ask the same question, so that they can be chosen together. No Qt.

Two PCs divide one grid without a line, or import one register: then each resident is a conflict of
its own about the same field. Alike are conflicts of the same kind of record, in which the same
fields differ, between the same two PCs: so the county's version and the other one mean the same in
all of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from desktop.register.steps import Step
from desktop.storage.errors import RecordMissing
from desktop.syncing.conflict_makers import maker_of, steps_of
from desktop.syncing.conflict_telling import records_of
from desktop.syncing.versions import Versions, versions_of
from sync.records import Conflict
from sync.records.conflicts import WHOLE

_Stored = Mapping[str, Any]


@dataclass(frozen=True)
class Alike:
    """Open conflicts that ask the same, by id, oldest first.

    ``labels`` are of the fields that differ, none where the question is whether the record is there
    at all. Each PC may be '' where this one does not know it.
    """

    ids: tuple[str, ...]
    kind_label: str
    names: tuple[str, ...]
    labels: tuple[str, ...]
    county_device: str
    other_device: str


def alike_to(connection: Connection, conflict: _Stored) -> Alike | None:
    """All open conflicts that are like this one, itself among them; None where it cannot be shown
    or nothing differs any more."""
    rows = _of_its_sort(connection, conflict)
    found = _versions(connection, rows)
    if conflict["id"] not in found or not found[conflict["id"]].names:
        return None
    steps = steps_of(connection, {versions.row["id"] for versions in found.values()})
    questions = {
        one: _question(versions, steps.get(versions.row["id"], ()))
        for one, versions in found.items()
    }
    asked, versions = questions[conflict["id"]], found[conflict["id"]]
    record, devices = versions.record, set(asked.makers)
    return Alike(
        tuple(one for one, question in questions.items() if question == asked),
        record.label,
        asked.names,
        tuple(record.fields[name].label for name in asked.names if name != WHOLE),
        devices.pop() if len(devices) == 1 else "",
        versions.device,
    )


@dataclass(frozen=True)
class _Question:
    """What a conflict asks: two that ask the same are alike. Of a whole record ``gone`` tells which
    version is the deletion; ``makers`` are the PCs of the county's version, field by field."""

    kind: str
    names: tuple[str, ...]
    gone: bool
    other_device: str
    makers: tuple[str, ...]


def _question(versions: Versions, steps: Sequence[Step]) -> _Question:
    names = tuple(versions.names)
    makers = tuple(maker_of(steps, name, versions).device for name in names)
    gone = bool(versions.row["deleted"])
    return _Question(versions.record.kind, names, gone, versions.device, makers)


def _of_its_sort(connection: Connection, conflict: _Stored) -> Sequence[_Stored]:
    """Open conflicts that may be alike, by what the database can tell."""
    table = Conflict.table
    same = ("area", "record_kind", "fields_in_conflict", "other_device")
    wanted = select(table).where(
        *(table.c[name].is_not_distinct_from(conflict[name]) for name in same),
        table.c.state == "open",
        table.c.deleted == 0,
    )
    rows = connection.execute(wanted.order_by(table.c.revision, table.c.id))
    return [dict(row) for row in rows.mappings()]


def _versions(connection: Connection, conflicts: Sequence[_Stored]) -> dict[str, Versions]:
    """Both versions of each that this PC can show, by the conflict's id."""
    known = records_of(connection, conflicts)
    found = {}
    for conflict in conflicts:
        try:
            found[conflict["id"]] = versions_of(connection, conflict, known)
        except RecordMissing:
            continue
    return found
