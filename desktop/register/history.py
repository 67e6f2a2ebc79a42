"""What became of one record: every change with who, when and on which PC. No Qt."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, select

from desktop.storage import settings, tables
from desktop.storage.store import Store
from sync.records import KINDS, Value

#: (field name, old value, new value)
Changes = tuple[tuple[str, Value, Value], ...]


@dataclass(frozen=True)
class Step:
    """One change. ``how`` it came: ``accepted``, ``merged``, ``conflict``, ``chosen`` (by a person,
    out of a conflict), ``given_up`` (after it was sent back), ``waiting`` or ``refused``.

    ``device`` names the PC, ``reason`` says why it was refused or chosen; either may be ''.
    """

    at: str
    by: str
    device: str
    operation: str
    how: str
    changes: Changes = ()
    reason: str = ""


class History:
    """The changes of records, as far as this PC knows them."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, kind: str, record_id: str, limit: int = 100) -> list[Step]:
        """The changes of one record, newest first."""
        with self._store.read() as connection:
            steps = _of_this_pc(connection, record_id, limit)
            if not any(step.operation == "create" for step in steps):
                steps += _creation(connection, kind, record_id)
        return steps[:limit]


def _of_this_pc(connection: Connection, record_id: str, limit: int) -> list[Step]:
    """What this PC has not been able to hand over yet."""
    outbox = tables.outbox
    wanted = select(outbox).where(outbox.c.record == record_id)
    device = settings.read(connection, settings.DEVICE_NAME)
    found = connection.execute(wanted.order_by(outbox.c.number.desc()).limit(limit)).mappings()
    steps = []
    for entry in found:
        before = json.loads(entry["previous_json"])
        changes = tuple(
            (name, before.get(name), value)
            for name, value in json.loads(entry["values_json"]).items()
        )
        steps.append(
            Step(
                entry["at"],
                entry["by"],
                device,
                entry["operation"],
                entry["state"],
                changes,
                entry["reason"],
            )
        )
    return steps


def _creation(connection: Connection, kind: str, record_id: str) -> list[Step]:
    """Who wrote the record first; what it said then is not known any more."""
    table = KINDS[kind].table.c
    made = select(table.made_at, table.made_by).where(table.id == record_id)
    found = connection.execute(made).first()
    return [Step(found.made_at, found.made_by, "", "create", "accepted")] if found else []
