"""The one way to write records: record, outbox entry, standing and index in one transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import repeat
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from uuid_utils import uuid7

from desktop.storage import derived, editing, event_steps, histories, searching, settled
from desktop.storage.constraints import first_problem, referrer
from desktop.storage.courier import on_a_stick
from desktop.storage.editing import Edit
from desktop.storage.entering import completed, new_ids, with_what_follows
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.layers import (
    Entry,
    known_with,
    lay_on,
    layers_of,
    never_taken_in,
    refused_of,
    take_off,
)
from desktop.storage.ledger import stamped
from desktop.storage.naming import fill_names, namesakes
from desktop.storage.readiness import stamp_switches
from desktop.storage.standing import mark, may_be_known, restate, times_moved
from desktop.storage.tables import outbox
from sync.records import (
    Event,
    EventStep,
    PointsEntry,
    PointsHandover,
    ReadinessSwitch,
    Record,
    Value,
    Values,
)
from sync.records.checks import forbidden, problems_of


def now() -> str:
    """This PC's time with its offset, to the second; told to people, never relied on."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


@dataclass(frozen=True)
class GivenUp:
    """What ``Writing.give_up`` let go of: the record as it stood, and the changes."""

    record: type[Record]
    row: Mapping[str, Any] = field(repr=False)
    layers: tuple[Entry, ...] = field(repr=False)
    #: The newest step of the history before.
    after: int = 0
    #: How often the places in the outbox had moved by then.
    moved: int = 0


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
        _may(record, "create")
        complete = [completed(record, values) for values in rows]
        stamped(self.connection, self._area, record, complete)
        stamp_switches(self.connection, self._area, record, complete)
        fill_names(self.connection, self._area, record, complete)
        event_steps.date(self.connection, record, complete)
        for values in complete:
            _refuse(problems_of(record, values))
        if record in (PointsEntry, PointsHandover, ReadinessSwitch) and len(complete) > 1:
            # Each is checked against what the ones before it left.
            return [self.create(record, values) for values in complete]
        if not complete:
            return []
        _refuse(first_problem(self.connection, self._area, record, complete))
        ids = new_ids(self.connection, self._area, record, complete)
        _refuse(event_steps.follow(self.connection, self._area, record, ids, complete))
        self._insert(record, ids, complete)
        return ids

    def edit(self, record: type[Record], record_id: str, values: Values) -> bool:
        """Change the given fields; return whether anything was different. Raises RecordInvalid,
        RecordMissing."""
        return self.edit_many(record, [(record_id, values)])[0]

    def edit_many(self, record: type[Record], edits: Iterable[tuple[str, Values]]) -> list[bool]:
        """Change fields of many records, given by id, one after the other; return of each whether
        anything was different. Raises RecordInvalid, RecordMissing for the first that cannot be;
        some of those before it may be written by then, so that the transaction is to be left."""
        return [edit.made for edit in self._edit(record, edits)]

    def edit_what_may(
        self, record: type[Record], edits: Iterable[tuple[str, Values]]
    ) -> list[RecordInvalid | RecordMissing | None]:
        """The same, but what cannot be is left as it is: of each why not, None where it could."""
        return [edit.fault for edit in self._edit(record, edits, sparing=True)]

    def _edit(
        self,
        record: type[Record],
        edits: Iterable[tuple[str, Values]],
        *,
        sparing: bool = False,
    ) -> Iterator[Edit]:
        _may(record, "edit")
        for part in editing.each_once(edits):
            read = editing.read_edits(self.connection, self._area, record, part)
            for run in editing.runs(record, read):
                editing.check(self.connection, self._area, record, run)
                fault = next((edit.fault for edit in run if edit.fault), None)
                if fault and not sparing:
                    raise fault
                self._write_edits(record, [edit for edit in run if edit.made])
            yield from read

    def _write_edits(self, record: type[Record], edits: Sequence[Edit]) -> None:
        """Write edits that were checked together."""
        if not edits:
            return
        ids = [edit.id for edit in edits]
        editing.put(self.connection, self._area, record, edits)
        found_by = {record.title, *record.searched}
        moved = [(edit.id, edit.after) for edit in edits if edit.touched.keys() & found_by]
        searching.put(self.connection, record, self._area, moved)
        if edits[0].again:
            self._send_again(record, edits[0])
        else:
            bases = [_base(edit.before, edit.layers) for edit in edits]
            changes = [(edit.touched, edit.previous) for edit in edits]
            self._note(record, ids, "edit", bases, changes, [edit.layers for edit in edits])
        derived.touched(self.connection, record.kind, ids)
        title = record.title
        names = {e.id: (e.before[title], e.after[title]) for e in edits if title in e.touched}
        self._name_namesakes(record, names)

    def _name_namesakes(
        self, record: type[Record], names: Mapping[str, tuple[Value, Value]]
    ) -> None:
        """Let the records that repeat a name follow it: the names of records before and now, by id.
        One with which something else is not right does not hold back the name itself: it gets the
        name at a sync, once a person has mended it.
        """
        before = {record_id: old for record_id, (old, _) in names.items()}
        for other, found in namesakes(self.connection, self._area, record, before):
            edits = [(one, {other.title: names[whose][1]}) for one, whose in found]
            self.edit_what_may(other, edits)

    def delete(self, record: type[Record], record_id: str) -> None:
        """Delete a kept record that nothing live points to. Raises RecordInvalid, RecordMissing."""
        _may(record, "delete")
        before = self._read(record, record_id)
        if record.written:
            raise RecordInvalid({record.title: f"{record.label}记下以后不能删，只能另记一笔"})
        reference = referrer(self.connection, self._area, record, record_id)
        if reference:
            sentence = f"还有别的记录在“{reference.label}”里连着它，请先改掉那边再删"
            raise RecordInvalid({record.title: sentence})
        layers = self._layers(record_id)
        if never_taken_in(before, layers):
            # There is nothing to delete at the county: whoever deletes it gives it up.
            self.give_up(record, record_id)
            return
        self._update(record, record_id, {"deleted": 1})
        # Refused edits stay until the deletion has gone through: it may be taken back.
        self._drop([entry for entry in refused_of(layers) if entry["operation"] == "delete"])
        self._note(record, [record_id], "delete", [_base(before, layers)], [({}, {})], [layers])
        derived.touched(self.connection, record.kind, [record_id])

    def undelete(self, record: type[Record], record_id: str) -> bool:
        """Take back a deletion that still waits, and of which the county cannot know; whether that
        was possible. Raises RecordInvalid where another record took its place meanwhile."""
        waits = self._deletions_that_wait(record_id)
        is_sent = may_be_known(self.connection, waits) or on_a_stick(self.connection, waits)
        if not waits or is_sent:
            return False
        row = self._row(record, record_id)
        _refuse(first_problem(self.connection, self._area, record, [row], row))
        self._drop(waits)
        self._update(record, record_id, {"deleted": 0})
        restate(self.connection, [record_id])
        derived.touched(self.connection, record.kind, [record_id])
        return True

    def restore(self, record: type[Record], record_id: str) -> bool:
        """Let a record be there again of which the deletion still waits, on all PCs: where the
        county may know of the deletion already, the record is entered anew behind it. Whether that
        was possible. Raises RecordInvalid."""
        if self.undelete(record, record_id):
            return True
        if not self._deletions_that_wait(record_id) or not self._row(record, record_id)["deleted"]:
            return False
        self.bring_back(record, record_id, {})
        return True

    def bring_back(self, record: type[Record], record_id: str, values: Values) -> None:
        """Enter a deleted record anew as it was, but for ``values``: whoever does so knows of the
        deletion. Raises RecordInvalid, RecordMissing."""
        _may(record, "create")
        before = self._row(record, record_id)
        known = {name: value for name, value in values.items() if name in record.fields}
        after = with_what_follows(record, _fields(record, before), known)
        _refuse(problems_of(record, after))
        _refuse(first_problem(self.connection, self._area, record, [after], before))
        self._update(record, record_id, {**after, "deleted": 0})
        # Nothing is said of fields that a newer program may know: every field of ours is named, and
        # what came from such a program is handed on as it came.
        covered = {name: before[name] for name in ("deleted", *after)}
        base, change = [before["revision"]], [({**values, **after}, covered)]
        self._note(record, [record_id], "create", base, change, [self._layers(record_id)])
        derived.touched(self.connection, record.kind, [record_id])

    def give_up(self, record: type[Record], record_id: str) -> GivenUp:
        """Give up what the county refused: the record goes back to what the county has, with what
        still waits on top. ``take_back`` undoes it."""
        with derived.within_reach(self.connection, record.kind, [record_id]):
            given_up = self._give_up(record, record_id)
        self._follow_name(record, record_id, given_up.row[record.title])
        return given_up

    def _follow_name(self, record: type[Record], record_id: str, before: Value) -> None:
        """Let a name be followed that has become another one than ``before``, if the record is
        there still."""
        with suppress(RecordMissing):
            name = self._read(record, record_id)[record.title]
            if name != before:
                self._name_namesakes(record, {record_id: (before, name)})

    def _give_up(self, record: type[Record], record_id: str) -> GivenUp:
        row, layers = self._row(record, record_id), self._layers(record_id)
        dropped: Sequence[Entry] = refused_of(layers)
        newest = histories.newest(self.connection)
        histories.note_given_up(self.connection, dropped)
        if never_taken_in(row, layers):
            dropped = layers
            self._drop(layers)
            searching.drop(self.connection, record, self._area, [record_id])
            self.connection.execute(delete(record.table).where(*self._key(record.table, record_id)))
        elif dropped:
            self._drop(dropped)
            self._lay_anew(record, record_id, take_off(_fields(record, row), layers))
        restate(self.connection, [record_id])
        return GivenUp(record, row, tuple(dropped), newest, times_moved(self.connection))

    def take_back(self, given_up: GivenUp) -> bool:
        """Let what was given up wait for a person again, on top of what stands now; whether there
        is still a place for it."""
        record, record_id = given_up.record, given_up.row["id"]
        now_there = self._layers(record_id)
        has_moved = given_up.moved != times_moved(self.connection)
        if not given_up.layers or refused_of(now_there) or (has_moved and now_there):
            # Somebody went on from there; or nobody can tell any more what lay under what.
            return False
        table = record.table
        found = self.connection.execute(select(table).where(*self._key(table, record_id)))
        row = found.mappings().first()
        histories.forget_given_up(self.connection, record_id, given_up.after)
        settled.let_go(self.connection)
        # Under their old numbers, so that they lie under what was written since; unless the places
        # have moved: then others may have these.
        but = {"number"} if has_moved else set()
        entries = [{n: v for n, v in e.items() if n not in but} for e in given_up.layers]
        self.connection.execute(insert(outbox), entries)
        if row is None:
            self.connection.execute(insert(table), [dict(given_up.row)])
            self._update(record, record_id, {})
        else:
            self._lay_anew(record, record_id, take_off(_fields(record, dict(row)), now_there))
        restate(self.connection, [record_id])
        derived.touched(self.connection, record.kind, [record_id])
        self._follow_name(record, record_id, (row or given_up.row)[record.title])
        return True

    def _insert(
        self, record: type[Record], ids: Sequence[str], rows: Sequence[dict[str, Value]]
    ) -> None:
        common = {"area": self._area, "made_by": self._by, "made_at": self._at}
        self.connection.execute(
            insert(record.table),
            [{"id": i, **common, **values} for i, values in zip(ids, rows, strict=True)],
        )
        searching.put(self.connection, record, self._area, zip(ids, rows, strict=True))
        sent: list[tuple[Values, Values]] = [
            ({n: v for n, v in row.items() if v is not None}, {}) for row in rows
        ]
        self._note(record, ids, "create", [0] * len(ids), sent)
        derived.touched(self.connection, record.kind, ids)

    def _note(
        self,
        record: type[Record],
        ids: Sequence[str],
        operation: str,
        bases: Sequence[int],
        changes: Sequence[tuple[Values, Values]],
        layers: Iterable[Sequence[Entry]] = repeat(()),
    ) -> None:
        """Put changes into the outbox and mark their records as waiting; ``layers`` are what each
        of these had in the outbox when it was written."""
        entries = []
        each = zip(ids, bases, changes, layers, strict=False)
        for record_id, base, (values, previous), under in each:
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
                    "after_json": json.dumps(known_with(under)),
                    "by": self._by,
                    "at": self._at,
                }
            )
            self._place += 1
        self.connection.execute(insert(outbox), entries)
        mark(self.connection, record.kind, ids, "waiting")

    def _send_again(self, record: type[Record], edit: Edit) -> None:
        """Send what the county refused once more, as one new change together with an edit."""
        record_id, before, after, layers = edit.id, edit.before, edit.after, edit.layers
        county = take_off(_fields(record, before), layers)
        refused = [entry for entry in refused_of(layers) if entry["operation"] != "delete"]
        base = min([before["revision"], *(entry["base"] for entry in refused)])
        values: dict[str, Value]
        if any(entry["operation"] == "create" for entry in refused):
            # Edits behind it were made on a record that the county does not have: they go along.
            self._drop(layers)
            # Of a record that the county has as deleted, empty fields are named too.
            values = {n: v for n, v in after.items() if base or v is not None}
            self._note(record, [record_id], "create", [base], [(values, {})], [layers])
            if not before["revision"]:
                # What was emptied is not sent, and nothing lies under it.
                county = dict.fromkeys(record.fields)
                # The county takes the maker and the time of a new record from its change.
                self._update(record, record_id, {"made_by": self._by, "made_at": self._at})
        else:
            self._drop(refused_of(layers))
            names = {n for entry in refused for n in json.loads(entry["values_json"])}
            values = {n: after[n] for n in record.fields if n in names or n in edit.touched}
            if values:
                self._note(record, [record_id], "edit", [base], [(values, {})], [layers])
        self._lay_anew(record, record_id, county)
        restate(self.connection, [record_id])
        if record is Event and never_taken_in(before, layers):
            self._send_steps_again(record_id)

    def _send_steps_again(self, event: str) -> None:
        """Send the steps of an event once more, behind the event: the county could not take them
        in without it."""
        steps = event_steps.never_taken_in(self.connection, self._area, event)
        entries = [e for layers in layers_of(self.connection, steps).values() for e in layers]
        self._drop(entries)
        again = {"state": "waiting", "reason": ""}
        for entry in sorted(entries, key=itemgetter("number")):
            sent = {name: value for name, value in entry.items() if name != "number"} | again
            change = {"change": f"{self._transaction}.{self._place}"}
            self.connection.execute(insert(outbox), [sent | change])
            self._place += 1
        restate(self.connection, steps)
        derived.touched(self.connection, EventStep.kind, steps)

    def _lay_anew(self, record: type[Record], record_id: str, county: Values) -> None:
        """Let a record be what the county has with what is left in the outbox on top."""
        self._update(record, record_id, lay_on(self.connection, county, self._layers(record_id)))

    def _update(self, record: type[Record], record_id: str, values: Values) -> None:
        """Write values into a record's row, and into the index what is found by them."""
        if values:
            table = record.table
            statement = update(table).where(*self._key(table, record_id)).values(**values)
            self.connection.execute(statement)
        row = self._row(record, record_id)
        if row["deleted"]:
            searching.drop(self.connection, record, self._area, [record_id])
        else:
            found_by = [(record_id, _fields(record, row))]
            searching.put(self.connection, record, self._area, found_by)

    def _deletions_that_wait(self, record_id: str) -> list[Entry]:
        return [
            entry
            for entry in self._layers(record_id)
            if entry["operation"] == "delete" and entry["state"] == "waiting"
        ]

    def _layers(self, record_id: str) -> Sequence[Entry]:
        return layers_of(self.connection, [record_id]).get(record_id, [])

    def _drop(self, layers: Sequence[Entry]) -> None:
        numbers = [entry["number"] for entry in layers]
        self.connection.execute(delete(outbox).where(outbox.c.number.in_(numbers)))

    def _row(self, record: type[Record], record_id: str) -> Mapping[str, Any]:
        """The whole row of a record, deleted or not. Raises RecordMissing."""
        table = record.table
        statement = select(table).where(*self._key(table, record_id))
        found = self.connection.execute(statement).mappings().first()
        if found is None:
            raise RecordMissing(record.label)
        return dict(found)

    def _read(self, record: type[Record], record_id: str) -> Mapping[str, Any]:
        """The whole row of a live record. Raises RecordMissing."""
        row = self._row(record, record_id)
        if row["deleted"]:
            raise RecordMissing(record.label)
        return row

    def _key(self, table: Any, record_id: str) -> tuple[Any, Any]:
        return (table.c.area == self._area, table.c.id == record_id)


def _refuse(problems: dict[str, str]) -> None:
    if problems:
        raise RecordInvalid(problems)


def _may(record: type[Record], operation: str) -> None:
    if sentence := forbidden(record, operation):
        raise RecordInvalid({record.title: sentence})


def _base(row: Mapping[str, Any], layers: Sequence[Entry]) -> int:
    """The county's number on which a change is made; of what is sent again, that of the sending."""
    return row["revision"] or max((entry["base"] for entry in layers), default=0)


def _fields(record: type[Record], row: Mapping[str, Any]) -> dict[str, Value]:
    return {name: row[name] for name in record.fields}
