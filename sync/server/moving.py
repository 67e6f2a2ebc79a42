"""Records on their way from one area to another, as the county writes them on both sides.

Where a record leaves, a tombstone stays: an id without contents, so that every PC drops it. Where
it arrives, its history comes along, change by change under new numbers, so that what a PC wrote
offline is judged there as it would have been at home.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, delete, insert, select
from uuid_utils import uuid7

from sync.merge import merge_create
from sync.protocol import Change, Operation, to_blocks, values_to_json
from sync.records import KINDS, Conflict, Grid, Record, Value, Values
from sync.records.belonging import MOVED
from sync.server.asking import among
from sync.server.intake import Intake
from sync.server.log import Answer, answers_of, rows_at
from sync.server.tables import moved_record

Row = Mapping[str, Any]


@dataclass
class Tally:
    """What a move did: records that went, references across the border that were emptied,
    questions that were opened for a cadre, and devices that went along."""

    records: int = 0
    emptied: int = 0
    conflicts: int = 0
    devices: int = 0


class Side(Intake):
    """One of the two areas, under its lock; what the county itself writes there."""

    def beyond(self, area: str) -> Side:
        """The side of another area, for what the same PC sends there."""
        device = replace(self.device, area=area)
        return Side(self._connection, device, self.received_at, follows=self._follows)

    def find(self, kind: str, records: Collection[str]) -> None:
        """Read what stands here of some records."""
        self.village.read(kind, set(records))

    def look_up(self, kind: str, rows: Sequence[Row]) -> None:
        """Read what stands here of these records, and who holds their unique values."""
        names = KINDS[kind].fields
        blocks = to_blocks(
            Change(f"look.{n}", kind, row["id"], "create", 0, {f: row[f] for f in names}, "", "")
            for n, row in enumerate(rows)
        )
        self.load(blocks, blocks)

    def edit(self, kind: str, record: str, values: Values) -> int:
        """Change fields of a record that is there, deleted or not; return its new number."""
        row = self.village.row(kind, record)
        assert row is not None  # noqa: S101
        change = self._change(kind, record, "edit")
        self.write(change, "accepted", values, deleted=row["deleted"])
        return self._numbers.head

    def bury(self, kind: str, record: str) -> int:
        """Leave a tombstone of a record that goes; return its number."""
        row = self.village.row(kind, record)
        assert row is not None  # noqa: S101
        number, previous = self._numbers.take(), row["revision"]
        nothing = dict.fromkeys(KINDS[kind].fields) | {"made_by": "", "made_at": ""}
        self.village.write(kind, record, nothing, revision=number, deleted=MOVED)
        change = self._change(kind, record, "delete")
        # What it held goes along to the new area and is told nobody here.
        self._note(change, Answer("accepted", number, ""), previous, None, device="")
        return number

    def bury_unseen(self, kind: str, record: str) -> int:
        """Leave a tombstone of a new record that was taken in elsewhere; return its number."""
        number = self._numbers.take()
        self.village.add(kind, [], [(self.device.area, record, number, MOVED, "", "")])
        change = self._change(kind, record, "delete")
        self._note(change, Answer("accepted", number, ""), 0, None, device="")
        return number

    def note_elsewhere(self, change: Change, answer: Answer) -> None:
        """Remember what a change was answered that was judged elsewhere."""
        self._note(change, answer, 0, None, self.device.id)

    def put(self, kind: str, row: Row, values: Values, history: Sequence[Row]) -> int:
        """Take in a record that is not here, with its ``history``, oldest first; where ``values``
        are not what it held (``row``) that is its newest change. Returns its number."""
        record, number = row["id"], 0
        for entry in history:
            previous, number = number, self._numbers.take()
            here = {"area": self.device.area, "revision": number, "previous": previous}
            self._log.append(tuple({**entry, **here}.values()))
        lost = {n: [row[n], value] for n, value in values.items() if value != row[n]}
        if lost or not number:
            previous, number = number, self._numbers.take()
            change = self._change(kind, record, "edit" if previous else "create")
            self._note(change, Answer("accepted", number, ""), previous, lost or None, device="")
        head = (self.device.area, record, number, row["deleted"], row["made_by"], row["made_at"])
        self.village.add(kind, list(values), [(*head, *values.values())])
        return number

    def put_over(self, kind: str, row: Row, values: Values) -> int:
        """Take in a record over one that is deleted here, or had moved away; return its number."""
        record, there = row["id"], self.village.row(kind, row["id"])
        assert there is not None  # noqa: S101
        new = {name: value for name, value in values.items() if there[name] != value}
        self.write(self._change(kind, record, "create"), "accepted", new, deleted=row["deleted"])
        number = self._numbers.head
        made = {"made_by": row["made_by"], "made_at": row["made_at"]}
        self.village.write(kind, record, made, revision=number, deleted=row["deleted"])
        return number

    def ask(self, kind: str, record: str, county: Values, other: Values, row: Row) -> None:
        """Open a conflict: ``county`` stands of the record here, ``other`` came with it."""
        title = row[KINDS[kind].title]
        self.add_by_county(
            Conflict.kind,
            {
                "record_kind": kind,
                "record": record,
                "record_title": None if title is None else str(title)[: Conflict.LONGEST_TITLE],
                "fields_in_conflict": ",".join(other),
                "county_values": values_to_json(dict(county)),
                "other_values": values_to_json(dict(other)),
                "other_by": row["made_by"].strip() or None,
                "other_at": row["made_at"].strip() or None,
                "state": "open",
            },
        )

    def _change(self, kind: str, record: str, operation: Operation) -> Change:
        return Change(str(uuid7()), kind, record, operation, 0, {}, "", self.received_at)


def move_records(
    connection: Connection,
    source: Side,
    target: Side,
    kind: str,
    records: Collection[str],
    emptied: Mapping[str, Collection[str]],
    tally: Tally,
) -> None:
    """Move some records of one kind, of all that may be said of each: ``emptied`` names, by record,
    the references that stay behind. The caller holds both locks and commits."""
    rows = _rows(connection, source.device.area, kind, records)
    # Who is live takes a unique value first; a deleted one holds none. What was written one after
    # the other stays so.
    rows.sort(key=lambda row: (bool(row["deleted"]), row["revision"]))
    history = _histories(connection, source.device.area, target.device.area, rows)
    source.look_up(kind, rows)
    target.look_up(kind, rows)
    moved = []
    for row in rows:
        left = emptied.get(row["id"], ())
        new = _arrive(target, KINDS[kind], row, history[row["id"]], left, tally)
        source.bury(kind, row["id"])
        moved.append((kind, row["id"], row["revision"], new))
        tally.emptied += len(left)
    tally.records += len(rows)
    source.save()
    target.save()
    note_moved(connection, source.device.area, target.device.area, moved)


def note_moved(
    connection: Connection, area: str, new_area: str, moved: Sequence[tuple[str, str, int, int]]
) -> None:
    """Remember where records went: kind, id, their number before and the same contents' after."""
    if not moved:
        return
    names = ("kind", "record", "revision", "new_revision")
    rows = [dict(zip(names, entry, strict=True)) for entry in moved]
    connection.execute(
        insert(moved_record), [r | {"area": area, "new_area": new_area} for r in rows]
    )
    back = moved_record.c
    for kind in {entry[0] for entry in moved}:
        ids = [entry[1] for entry in moved if entry[0] == kind]
        here = (back.area == new_area, back.kind == kind, among(connection, back.record, ids))
        connection.execute(delete(moved_record).where(*here))


def _arrive(
    target: Side,
    record: type[Record],
    row: Row,
    history: Sequence[Row],
    left: Collection[str],
    tally: Tally,
) -> int:
    """Take a record in; return the number here that holds what it held there, 0 for none."""
    kind, own = record.kind, row["id"]
    values: dict[str, Value] = {name: row[name] for name in record.fields}
    there = target.village.row(kind, own)
    if there is not None and (not there["deleted"] or (row["deleted"] and there["deleted"] == 1)):
        if not row["deleted"]:
            _join(target, record, row, values | dict.fromkeys(left), tally)
        return 0
    taken = {} if row["deleted"] else _taken(target, record, own, values)
    kept = values | dict.fromkeys((*left, *taken))
    if record is Grid:
        # Its code says which village it is in: here it gets one of this village.
        taken.pop("code", None)
        kept["code"] = None if row["deleted"] else target.grids.take(own)
    if there is None:
        number = target.put(kind, row, kept, history)
    else:
        number = target.put_over(kind, row, kept)
    if taken:
        target.ask(kind, own, dict.fromkeys(taken), taken, row)
        tally.conflicts += 1
    return number


def _join(target: Side, record: type[Record], row: Row, values: Values, tally: Tally) -> None:
    """One person registered in both villages becomes one record; where the two differ, a cadre is
    asked."""
    there = target.village.row(record.kind, row["id"])
    assert there is not None  # noqa: S101
    county = {name: there[name] for name in record.fields}
    if record is Grid:
        # A code is the county's to give; nobody is asked about two.
        values = {**values, "code": county["code"]}
    verdict = merge_create(values, county, deleted=False)
    taken = _taken(target, record, row["id"], verdict.values)
    if fills := {n: v for n, v in verdict.values.items() if n not in taken}:
        target.edit(record.kind, row["id"], fills)
    if asked := (*verdict.losing, *taken):
        other = {name: values[name] for name in asked}
        target.ask(record.kind, row["id"], {n: county[n] for n in asked}, other, row)
        tally.conflicts += 1


def _taken(target: Side, record: type[Record], own: str, values: Values) -> dict[str, Value]:
    """The values of unique fields that another record of the area holds already."""
    holders = {
        name: target.village.holder(record.kind, name, value)
        for name, value in values.items()
        if record.fields[name].unique and value is not None
    }
    return {name: values[name] for name, holder in holders.items() if holder not in (None, own)}


def _rows(connection: Connection, area: str, kind: str, records: Collection[str]) -> list[Row]:
    table = KINDS[kind].table
    here = (table.c.area == area, among(connection, table.c.id, records))
    return [dict(row) for row in connection.execute(select(table).where(*here)).mappings()]


def _histories(
    connection: Connection, area: str, new_area: str, rows: Sequence[Row]
) -> dict[str, list[dict[str, Any]]]:
    """All that the log of ``area`` tells of the records, by id, oldest first, as the log of
    ``new_area`` can take it."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    wanted = {row["revision"] for row in rows} - {0}
    while wanted:
        entries = rows_at(connection, area, wanted)
        for entry in entries:
            found[entry["record"]].insert(0, entry)
        wanted = {entry["previous"] for entry in entries} - {0}
    changes = {entry["change"] for entries in found.values() for entry in entries}
    for taken in answers_of(connection, new_area, changes):
        # An id that is in use there already would answer for another change.
        for entries in found.values():
            for entry in entries:
                entry["change"] = str(uuid7()) if entry["change"] == taken else entry["change"]
    return found
