"""The one way to write records: record, outbox entry, standing and index in one transaction."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from uuid_utils import uuid7

from desktop.storage import searching
from desktop.storage.constraints import first_problem, parts_of, referrer
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.standing import mark, restate
from desktop.storage.tables import outbox, standing
from sync.records import PointsEntry, Record, Value, Values
from sync.records.checks import problems_of, problems_of_edit


def now() -> str:
    """This PC's time with its offset, to the second; told to people, never relied on."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


class Writing:
    """Writes of one transaction, by one cadre. Made by ``Store.write`` only.

    Every change gets the id ``<transaction>.<place>``: unique for ever, and cheap on the wire.
    """

    def __init__(self, connection: Connection, area: str, by: str) -> None:
        self.connection = connection
        self._area = area
        self._by = by
        self._at = now()
        self._transaction = str(uuid7())
        self._place = 0

    def create(self, record: type[Record], values: Values) -> str:
        """Write a new record and return its id. Raises RecordInvalid."""
        return self.create_many(record, [values])[0]

    def create_many(self, record: type[Record], rows: Iterable[Values]) -> list[str]:
        """Write new records, all or none; return their ids. Raises RecordInvalid."""
        if record.county_only:
            raise RecordInvalid({record.title: f"{record.label}由县里统一维护，本机不能添加"})
        complete = [_complete(record, values) for values in rows]
        for values in complete:
            _refuse(problems_of(record, values))
        if record is PointsEntry and len(complete) > 1:
            # Each entry is checked against the ledger that the ones before it left.
            return [self.create(record, values) for values in complete]
        if not complete:
            return []
        _refuse(first_problem(self.connection, self._area, record, complete))
        ids = self._new_ids(record, complete)
        self._insert(record, ids, complete)
        return ids

    def edit(self, record: type[Record], record_id: str, values: Values) -> bool:
        """Change the given fields; return whether anything was different. Raises RecordInvalid,
        RecordMissing."""
        before = self._read(record, record_id)
        touched = {n: v for n, v in values.items() if before.get(n) != v}
        after = record.complete({**_fields(record, before), **touched})
        touched = {n: after[n] for n in record.fields if after[n] != before[n]}
        refused = self._take_refused(record_id)
        if not touched and not refused:
            return False
        _refuse(problems_of_edit(record, touched, _fields(record, before)))
        _refuse(first_problem(self.connection, self._area, record, [after], but=record_id))
        table = record.table
        if touched:
            self.connection.execute(
                update(table).where(*self._key(table, record_id)).values(**touched)
            )
        searching.put(self.connection, [searching.entry_of(record, self._area, record_id, after)])
        previous = {name: before[name] for name in touched}
        self._send_again(record, record_id, before["revision"], touched, previous, refused)
        return True

    def delete(self, record: type[Record], record_id: str) -> None:
        """Delete a kept record that nothing live points to. Raises RecordInvalid, RecordMissing."""
        before = self._read(record, record_id)
        if record.written:
            raise RecordInvalid({record.title: f"{record.label}记下以后不能删，只能另记一笔"})
        reference = referrer(self.connection, self._area, record, record_id)
        if reference:
            sentence = f"还有别的记录在“{reference.label}”里连着它，请先改掉那边再删"
            raise RecordInvalid({record.title: sentence})
        refused = self._take_refused(record_id)
        table = record.table
        self.connection.execute(update(table).where(*self._key(table, record_id)).values(deleted=1))
        searching.drop(self.connection, record.kind, [record_id])
        if any(entry["operation"] == "create" for entry in refused):
            # The county never took it in: there is nothing to delete there.
            self.connection.execute(delete(standing).where(standing.c.record == record_id))
            return
        self._note(record, [record_id], "delete", [before["revision"]], [({}, {})])

    def undelete(self, record: type[Record], record_id: str) -> bool:
        """Take back a deletion that still waits; whether that was possible."""
        waits = (
            (outbox.c.record == record_id)
            & (outbox.c.operation == "delete")
            & outbox.c.record.in_(select(standing.c.record).where(standing.c.state == "waiting"))
        )
        if self.connection.execute(delete(outbox).where(waits)).rowcount == 0:
            return False
        table = record.table
        self.connection.execute(update(table).where(*self._key(table, record_id)).values(deleted=0))
        row = self._read(record, record_id)
        entry = searching.entry_of(record, self._area, record_id, _fields(record, row))
        searching.put(self.connection, [entry])
        restate(self.connection, [record_id])
        return True

    def give_up(self, record: type[Record], record_id: str) -> None:
        """Give up what the county refused: the record goes back to what it was before."""
        refused = self._take_refused(record_id)
        if any(entry["operation"] == "create" for entry in refused):
            self.connection.execute(delete(outbox).where(outbox.c.record == record_id))
            self.connection.execute(delete(record.table).where(*self._key(record.table, record_id)))
            searching.drop(self.connection, record.kind, [record_id])
        elif refused:
            before: dict[str, Any] = {"deleted": 0}
            for entry in reversed(refused):
                before.update(json.loads(entry["previous_json"]))
            self.connection.execute(
                update(record.table).where(*self._key(record.table, record_id)).values(**before)
            )
            row = _fields(record, self._read(record, record_id))
            searching.put(self.connection, [searching.entry_of(record, self._area, record_id, row)])
        restate(self.connection, [record_id])

    def _insert(
        self, record: type[Record], ids: Sequence[str], rows: Sequence[dict[str, Value]]
    ) -> None:
        common = {"area": self._area, "made_by": self._by, "made_at": self._at}
        self.connection.execute(
            insert(record.table),
            [{"id": i, **common, **values} for i, values in zip(ids, rows, strict=True)],
        )
        found_by = searching.entries_of(record, self._area, zip(ids, rows, strict=True))
        searching.put(self.connection, list(found_by))
        sent: list[tuple[Values, Values]] = [
            ({n: v for n, v in row.items() if v is not None}, {}) for row in rows
        ]
        self._note(record, ids, "create", [0] * len(ids), sent)

    def _note(
        self,
        record: type[Record],
        ids: Sequence[str],
        operation: str,
        bases: Sequence[int],
        changes: Sequence[tuple[Values, Values]],
    ) -> None:
        """Put changes into the outbox and mark their records as waiting."""
        entries = []
        for record_id, base, (values, previous) in zip(ids, bases, changes, strict=True):
            entries.append(
                {
                    "change": f"{self._transaction}.{self._place}",
                    "area": self._area,
                    "kind": record.kind,
                    "record": record_id,
                    "operation": operation,
                    "base": base,
                    "values_json": json.dumps(values, ensure_ascii=False),
                    "previous_json": json.dumps(previous, ensure_ascii=False),
                    "by": self._by,
                    "at": self._at,
                }
            )
            self._place += 1
        self.connection.execute(insert(outbox), entries)
        mark(self.connection, record.kind, ids, "waiting")

    def _send_again(
        self,
        record: type[Record],
        record_id: str,
        base: int,
        touched: Values,
        previous: Values,
        refused: Sequence[Mapping[str, Any]],
    ) -> None:
        """Note an edit; with earlier changes that the county refused, as one new change."""
        operation = "edit"
        values, replaced = dict(touched), dict(previous)
        for entry in reversed(refused):
            values = {**json.loads(entry["values_json"]), **values}
            replaced = {**replaced, **json.loads(entry["previous_json"])}
            base = entry["base"]
            if entry["operation"] == "create":
                operation = "create"
        if operation == "create":
            values = {n: v for n, v in values.items() if v is not None}
        self._note(record, [record_id], operation, [base], [(values, replaced)])

    def _take_refused(self, record_id: str) -> list[Mapping[str, Any]]:
        refused = (outbox.c.record == record_id) & (outbox.c.state == "refused")
        found = self.connection.execute(select(outbox).where(refused).order_by(outbox.c.number))
        entries: list[Mapping[str, Any]] = [dict(row) for row in found.mappings()]
        if entries:
            self.connection.execute(delete(outbox).where(refused))
        return entries

    def _read(self, record: type[Record], record_id: str) -> Mapping[str, Any]:
        table = record.table
        statement = select(table).where(*self._key(table, record_id), table.c.deleted == 0)
        found = self.connection.execute(statement).mappings().first()
        if found is None:
            raise RecordMissing(record.label)
        return dict(found)

    def _key(self, table: Any, record_id: str) -> tuple[Any, Any]:
        return (table.c.area == self._area, table.c.id == record_id)

    def _new_ids(self, record: type[Record], rows: Sequence[Values]) -> list[str]:
        """An id a row: by its natural key, or a random one where it has none or that is taken."""
        key = record.natural_key or ""
        ids = [
            str(uuid7()) if row.get(key) is None else natural_id(record, str(row[key]))
            for row in rows
        ]
        taken: set[str] = set()
        for part in parts_of(ids if key else []):
            table = record.table.c
            statement = select(table.id).where(table.area == self._area, table.id.in_(part))
            taken.update(self.connection.execute(statement).scalars())
        return [str(uuid7()) if record_id in taken else record_id for record_id in ids]


def natural_id(record: type[Record], key: str) -> str:
    """The id of a record that two PCs may enter offline: the same key gives the same id.

    So the county sees one person and merges, instead of two and a refusal.
    """
    digest = hashlib.blake2b(f"{record.kind}\0{key}".encode(), digest_size=16).hexdigest()
    # Marked as a name-based id of our own kind (RFC 9562, version 8).
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"


def _refuse(problems: dict[str, str]) -> None:
    if problems:
        raise RecordInvalid(problems)


def _complete(record: type[Record], values: Values) -> dict[str, Value]:
    unknown = [name for name in values if name not in record.fields]
    if unknown:
        raise RecordInvalid({unknown[0]: f"{record.label}没有“{unknown[0]}”这一项"})
    whole = {n: values.get(n, f.default) for n, f in record.fields.items()}
    return record.complete(
        {n: record.fields[n].default if v is None else v for n, v in whole.items()}
    )


def _fields(record: type[Record], row: Mapping[str, Any]) -> dict[str, Value]:
    return {name: row[name] for name in record.fields}
