"""What the county sent back: what was wanted, why not, and how to let it go. No Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from desktop.storage import listing, settings, tables, unreadable
from desktop.storage.errors import RecordMissing
from desktop.storage.layers import Entry, layers_of, refused_of
from desktop.storage.outbox import refused_in
from desktop.storage.store import Store
from desktop.storage.writing import GivenUp
from desktop.syncing.told import NOTHING, Told, told
from sync.records import (
    KINDS,
    Attachment,
    EventStep,
    GridBoundary,
    GridChange,
    PointsHandover,
    PointsRequest,
    Record,
    Value,
)

#: Kinds that no page has a form for.
BY_A_BUTTON = (
    Attachment.kind,
    EventStep.kind,
    GridBoundary.kind,
    GridChange.kind,
    PointsHandover.kind,
    PointsRequest.kind,
)


@dataclass(frozen=True)
class Wanted:
    """One field that was to be written: what it was to be, and what the county has."""

    label: str
    wanted: Told
    county: Told


@dataclass(frozen=True)
class Refusal:
    """One record with all that the county sent back of it, in words.

    ``operation`` is the one that matters most: ``create``, else ``delete``, else ``edit``;
    ``written`` tells of a record that is never edited, only written once more; ``gone`` that the
    record was deleted meanwhile, so that nothing is left to mend.
    """

    kind: str
    record: str
    label: str
    title: str
    operation: str
    reason: str
    by: str
    at: str
    wanted: tuple[Wanted, ...] = ()
    written: bool = False
    gone: bool = False

    @property
    def typed(self) -> bool:
        """Whether there is a form to mend it in; what was done by a button is done anew there."""
        return self.kind not in BY_A_BUTTON

    @property
    def said(self) -> str:
        """Why not, and who says so: what never left this PC the county has not seen."""
        return self.reason if unreadable.SENTENCE in self.reason else f"县里说：{self.reason}"

    @property
    def stays(self) -> bool:
        """Whether giving it up leaves a record that was to be deleted."""
        return self.operation == "delete" and not self.gone

    @property
    def name(self) -> str:
        """Kind and title: 「居民：王建国」."""
        return self.label if self.title in ("", NOTHING) else f"{self.label}：{self.title}"


class Refusals:
    """The list of what was sent back. Every method is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def count(self) -> int:
        """How many records there are in the list."""
        with self._store.read() as connection:
            return refused_in(connection)

    def newest(self, limit: int = 50) -> list[Refusal]:
        """The records whose changes were sent back, those written last first."""
        outbox = tables.outbox.c
        last = func.max(outbox.number)
        wanted = (
            select(outbox.kind, outbox.record)
            .where(outbox.state == "refused")
            .group_by(outbox.kind, outbox.record)
            .order_by(last.desc())
            .limit(limit)
        )
        with self._store.read() as connection:
            found = connection.execute(wanted).all()
            layers = layers_of(connection, [record for _kind, record in found])
            told_of = (
                _refusal(connection, kind, record, refused_of(layers[record]))
                for kind, record in found
            )
            return [one for one in told_of if one is not None]

    def given_up(self, limit: int = 50) -> list[Refusal]:
        """What was given up for good, newest first; also of records that are no more."""
        history = tables.history
        wanted = select(history).where(history.c.code == "given_up")
        newest = wanted.order_by(history.c.number.desc()).limit(limit)
        with self._store.read() as connection:
            rows = connection.execute(newest).mappings().all()
            return [_given_up(connection, dict(row)) for row in rows if row["kind"] in KINDS]

    def given_up_count(self) -> int:
        """How many changes were given up."""
        given_up = tables.history.c.code == "given_up"
        with self._store.read() as connection:
            counted = select(func.count()).select_from(tables.history).where(given_up)
            return int(connection.execute(counted).scalar_one())

    def give_up(self, kind: str, record_id: str) -> GivenUp:
        """Give up what was sent back: the record goes back to what the county has. The answer is
        what it takes to take that back."""
        if kind not in KINDS:
            raise RecordMissing(kind)
        with self._store.write() as writing:
            return writing.give_up(KINDS[kind], record_id)

    def take_back(self, given_up: GivenUp) -> bool:
        """Put what was given up back into the list; whether that was still possible."""
        with self._store.write() as writing:
            return writing.take_back(given_up)


def _refusal(
    connection: Connection, kind: str, record_id: str, entries: list[Entry]
) -> Refusal | None:
    record = KINDS.get(kind)
    row = _row(connection, record, record_id) if record else None
    if record is None or row is None:
        return None
    operations = {entry["operation"] for entry in entries}
    operation = next((o for o in ("create", "delete") if o in operations), "edit")
    last = entries[-1]
    return Refusal(
        kind,
        record_id,
        record.label,
        told(connection, record.fields[record.title], row[record.title]).masked,
        operation,
        "；".join(dict.fromkeys(entry["reason"] for entry in entries)),
        last["by"],
        last["at"],
        tuple(_whose(connection, row) or _wanted(connection, record, entries)),
        record.written,
        bool(row["deleted"]),
    )


def _given_up(connection: Connection, step: Mapping[str, Any]) -> Refusal:
    record = KINDS[step["kind"]]
    fields: dict[str, list[Value]] = json.loads(step["fields_json"])
    row = _row(connection, record, step["record"])
    named = row[record.title] if row else fields.get(record.title, [None, None])[1]
    wanted = tuple(
        Wanted(
            declared.label,
            told(connection, declared, fields[name][1]),
            told(connection, declared, fields[name][0]),
        )
        for name, declared in record.fields.items()
        if name in fields and not declared.inner
    )
    written = {name: new for name, (_old, new) in fields.items()}
    return Refusal(
        record.kind,
        step["record"],
        record.label,
        told(connection, record.fields[record.title], named).masked,
        step["operation"],
        step["reason"],
        step["by"],
        step["at"],
        tuple(_whose(connection, row or written)) or wanted,
        record.written,
        row is None or bool(row["deleted"]),
    )


def _wanted(connection: Connection, record: type[Record], entries: list[Entry]) -> list[Wanted]:
    """The newest value of each field, over what lay under the oldest."""
    values: dict[str, Value] = {}
    before: dict[str, Value] = {}
    for entry in entries:
        values |= json.loads(entry["values_json"])
        before = json.loads(entry["previous_json"]) | before
    return [
        Wanted(
            declared.label,
            told(connection, declared, values[name]),
            told(connection, declared, before.get(name)),
        )
        for name, declared in record.fields.items()
        if name in values and not declared.inner
    ]


def _whose(connection: Connection, attachment: Mapping[str, Any]) -> list[Wanted]:
    """To which record a photo or a document was added: more than its size it tells which one it is.
    Nothing of other kinds of record."""
    kind = attachment.get("record_kind")
    record = KINDS.get(str(kind))
    row = _row(connection, record, str(attachment["record"])) if record else None
    if record is None or row is None:
        return []
    named = told(connection, record.fields[record.title], row[record.title]).masked
    whose = Told(f"{record.label}：{named}", f"{record.label}：{named}")
    return [Wanted("加在", whose, Told(NOTHING, NOTHING))]


def _row(connection: Connection, record: type[Record], record_id: str) -> Mapping[str, Any] | None:
    table = record.table
    area = settings.read(connection, settings.AREA)
    mine = table.c.area.in_({area, *listing.areas(connection)})
    found = connection.execute(select(table).where(mine, table.c.id == record_id))
    row = found.mappings().first()
    return dict(row) if row else None
