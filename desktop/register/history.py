"""The history of a record as a cadre reads it: who changed what, when, where, and how. No Qt.

What is at the county comes from the PC's history, which every sync brings up to date; what still
waits or was refused comes from the outbox; who made the record it says itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, select, text

from desktop.storage import histories, settings, tables, unreadable
from desktop.storage.settled import UNSETTLED
from desktop.storage.store import Store
from sync.records import KINDS, Conflict, Value
from sync.records.conflicts import OTHER, WHOLE, choice_of

#: Fields that were chosen, by (who, when).
_Choices = dict[tuple[str, str], set[str]]
_Lost = dict[tuple[str, str], tuple[tuple[str, Value, Value], ...]]


@dataclass(frozen=True)
class Step:
    """One change of a record.

    ``operation`` is create, edit or delete. ``how`` it came about: ``accepted`` as it was written,
    ``merged`` with what others wrote, in part or whole a ``conflict``, ``chosen`` to settle one,
    ``waiting`` to be sent, ``refused`` by the county for a ``reason``, or ``given_up`` after that.
    ``changes`` are (field name, old value, new value); ``lost`` is what lost a conflict, likewise,
    from what stood at the county.
    """

    at: str
    by: str
    device: str
    operation: str
    how: str
    changes: tuple[tuple[str, Value, Value], ...] = field(default=(), repr=False)
    reason: str = ""
    lost: tuple[tuple[str, Value, Value], ...] = field(default=(), repr=False)

    @property
    def county_says(self) -> bool:
        """Whether the reason is the county's, and neither a person's nor this PC's own."""
        return self.how in ("refused", "given_up") and unreadable.SENTENCE not in self.reason


class History:
    """What was done to the records of this PC."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, kind: str, record_id: str, limit: int = 100) -> list[Step]:
        """The newest ``limit`` changes of a record, newest first; its making last."""
        with self._store.read() as connection:
            chosen, lost = _choices(connection, record_id), _lost(connection, record_id)
            steps = [
                *_waiting(connection, record_id),
                *(
                    _with_lost(_as_chosen(step, chosen), lost)
                    for step in _kept(connection, record_id, limit)
                ),
                *_made(connection, kind, record_id),
            ]
        return steps[:limit]


def _waiting(connection: Connection, record_id: str) -> Iterable[Step]:
    outbox = tables.outbox
    entries = (
        select(outbox)
        .where(outbox.c.record == record_id, text(UNSETTLED))
        .order_by(outbox.c.number.desc())
    )
    device = settings.read(connection, settings.DEVICE_NAME)
    for entry in connection.execute(entries).mappings():
        if entry["operation"] == "create" and entry["state"] == "waiting":
            # The making of the record tells as much.
            continue
        values, before = json.loads(entry["values_json"]), json.loads(entry["previous_json"])
        changes = tuple((n, before.get(n), v) for n, v in values.items() if before.get(n) != v)
        how = str(entry["state"])
        yield Step(
            entry["at"], entry["by"], device, entry["operation"], how, changes, entry["reason"]
        )


def _kept(connection: Connection, record_id: str, limit: int) -> Iterable[Step]:
    for step in histories.steps_of(connection, [record_id], limit):
        head = (step.at, step.by, step.device, step.operation, step.code)
        yield Step(*head, changes_of(step), step.reason)


def changes_of(step: histories.Kept) -> tuple[tuple[str, Value, Value], ...]:
    """What a step changed: field name, old value, new value."""
    return tuple((name, old, new) for name, (old, new) in json.loads(step.fields).items())


def _made(connection: Connection, kind: str, record_id: str) -> Iterable[Step]:
    table = KINDS[kind].table
    found = select(table.c.made_at, table.c.made_by, table.c.revision)
    for at, by, revision in connection.execute(found.where(table.c.id == record_id)):
        # Before it has a revision the county has not taken it in.
        yield Step(at, by, "", "create", "accepted" if revision else "waiting")


def _choices(connection: Connection, record_id: str) -> _Choices:
    """Which fields of a record were chosen from the other version, by who chose and when: such an
    edit is one transaction with an edit of the conflict, and so bears the same name and time."""
    about = select(Conflict.table.c.id).where(Conflict.table.c.record == record_id)
    conflicts = connection.execute(about).scalars().all()
    if not conflicts:
        return {}
    # In the history with the value before.
    kept = histories.steps_of(connection, conflicts)
    said = [(s.by, s.at, json.loads(s.fields).get("choice", (None, None))[1]) for s in kept]
    outbox = tables.outbox.c
    waiting = select(outbox.by, outbox.at, outbox.values_json).where(outbox.record.in_(conflicts))
    for by, at, values in connection.execute(waiting):
        said.append((by, at, json.loads(values).get("choice")))
    return {
        (by, at): {name for name, side in choice_of({"choice": choice}).items() if side == OTHER}
        for by, at, choice in said
    }


def _lost(connection: Connection, record_id: str) -> _Lost:
    """What lost a conflict about a record, by (who, when) wrote it."""
    table = Conflict.table.c
    columns = table.other_by, table.other_at, table.fields_in_conflict
    found = select(*columns, table.county_values, table.other_values)
    told: _Lost = {}
    for by, at, names, county, other in connection.execute(found.where(table.record == record_id)):
        stood, written = json.loads(county or "{}"), json.loads(other or "{}")
        told[by, at] = tuple(
            (name, stood.get(name), written[name]) for name in names.split(",") if name in written
        )
    return told


def _with_lost(step: Step, lost: _Lost) -> Step:
    return replace(step, lost=lost.get((step.by, step.at), ())) if step.how == "conflict" else step


def _as_chosen(step: Step, chosen: _Choices) -> Step:
    names = chosen.get((step.by, step.at), set())
    written = {name for name, _, _ in step.changes}
    if step.how == "accepted" and names and (WHOLE in names or written <= names):
        return replace(step, how="chosen")
    return step
