"""The history of a record as a cadre reads it: who changed what, when, where, and how. No Qt.

What is at the county comes from the PC's history, which every sync brings up to date; what still
waits or was refused comes from the outbox; who made the record it says itself. What was chosen of
its conflicts and what became of its photos is told among its own changes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, select, text

from desktop.register.choices import with_choices
from desktop.register.losses import conflicts_about, with_losses
from desktop.register.parts import Part, parts_of
from desktop.register.steps import Step, Told
from desktop.storage import histories, making, settings, tables
from desktop.storage.listing import areas
from desktop.storage.settled import UNSETTLED
from desktop.storage.store import Store
from sync.records import KINDS, Record
from sync.records.conflicts import WHOLE

__all__ = ["History", "Step", "step_of"]  # a step is asked for where the history is


class History:
    """What was done to the records of this PC."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, kind: str, record_id: str, limit: int = 100) -> list[Step]:
        """The newest ``limit`` changes of a record, newest first; its making last."""
        with self._store.read() as connection:
            parts = parts_of(connection, kind, record_id)
            conflicts = conflicts_about(connection, [record_id, *parts])
            beside = [*parts, *conflicts]
            told = [
                *_waiting(connection, [record_id, *beside]),
                *_kept(connection, record_id, beside, limit),
            ]
            told = with_choices(with_losses(told, conflicts), conflicts)
            made = _makings(connection, {KINDS[kind]: [record_id]}, told)
            hung = _makings(connection, _by_kind(parts), told)
        told = [one for one in told if not one.step.is_making]
        steps = [_in_words(one, parts) for one in told if _worth_telling(one, parts)]
        added = [parts[one.record].step(one.step) for one in hung]
        return [*_laid_in(steps, added), *(one.step for one in made)][:limit]


def step_of(kept: histories.Kept) -> Step:
    """What the history says of one change."""
    head = (kept.at, kept.by, kept.device, kept.operation, kept.code)
    fields = json.loads(kept.fields).items()
    return Step(*head, tuple((name, old, new) for name, (old, new) in fields), kept.reason)


def _waiting(connection: Connection, records: Sequence[str]) -> Iterable[Told]:
    outbox = tables.outbox
    entries = (
        select(outbox)
        .where(outbox.c.record.in_(records), text(UNSETTLED))
        .order_by(outbox.c.number.desc())
    )
    device = settings.read(connection, settings.DEVICE_NAME)
    for entry in connection.execute(entries).mappings():
        values, before = json.loads(entry["values_json"]), json.loads(entry["previous_json"])
        changes = tuple((n, before.get(n), v) for n, v in values.items() if before.get(n) != v)
        new = entry["operation"] == "create" and WHOLE not in before
        if new and entry["state"] == "waiting":
            # The making of the record tells as much.
            continue
        head = (entry["at"], entry["by"], device, entry["operation"], str(entry["state"]))
        yield Told(entry["record"], Step(*head, changes, entry["reason"]))


def _kept(
    connection: Connection, record_id: str, beside: Sequence[str], limit: int
) -> Iterable[Told]:
    """The newest ``limit`` steps of a record among all of what is beside it."""
    more = len(histories.steps_of(connection, beside)) if beside else 0
    for kept in histories.steps_of(connection, [record_id, *beside], limit + more):
        yield Told(kept.record, step_of(kept), kept.revision)


def _makings(
    connection: Connection, records: Mapping[type[Record], Sequence[str]], told: Sequence[Told]
) -> list[Told]:
    """The making of records, newest first, and on which PC, where that is known: this one notes
    what it makes, and the county tells it of what two PCs entered."""
    devices = {(t.record, t.step.by, t.step.at): t.step.device for t in told if t.step.is_making}
    here = settings.read(connection, settings.DEVICE_NAME)
    found: list[Told] = []
    for record, ids in records.items():
        made_here = making.made_here(connection, record.kind, ids)
        table = record.table.c
        wanted = (table.area.in_(areas(connection)), table.id.in_(ids))
        rows = select(table.id, table.made_by, table.made_at, table.revision).where(*wanted)
        for id_, by, at, revision in connection.execute(rows):
            device = here if id_ in made_here else devices.get((id_, by, at), "")
            # Before it has a revision the county has not taken it in.
            how = "accepted" if revision else "waiting"
            found.append(Told(id_, Step(at, by, device, "create", how)))
    return sorted(found, key=lambda one: (_moment(one.step), one.record), reverse=True)


def _by_kind(parts: Mapping[str, Part]) -> dict[type[Record], list[str]]:
    kinds: dict[type[Record], list[str]] = {}
    for id_, part in parts.items():
        kinds.setdefault(part.record, []).append(id_)
    return kinds


def _worth_telling(one: Told, parts: Mapping[str, Part]) -> bool:
    return one.record not in parts or parts[one.record].tells(one.step)


def _in_words(one: Told, parts: Mapping[str, Part]) -> Step:
    step = one.step
    if step.operation == "create" and step.how in ("accepted", "chosen", "waiting"):
        step = replace(step, operation="back")
    if one.record in parts:
        return parts[one.record].step(step)
    # What comes back after a deletion names all fields, also those that are as they were.
    changes = tuple(c for c in step.changes if c[0] != WHOLE and c[1] != c[2])
    return replace(step, changes=changes)


def _laid_in(steps: Sequence[Step], added: Sequence[Step]) -> list[Step]:
    """Steps, newest first, with what was ``added`` laid in by the time it bears: no number tells
    the place of a photo among the changes of its record."""
    found, left = list[Step](), list(added)
    for step in steps:
        while left and _moment(left[0]) > _moment(step):
            found.append(left.pop(0))
        found.append(step)
    return [*found, *left]


def _moment(step: Step) -> float:
    try:
        return datetime.fromisoformat(step.at).timestamp()
    except ValueError:
        return 0.0
