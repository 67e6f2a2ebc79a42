"""Edits before they are written: what each makes of its record, what is wrong with it, and which of
them go together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from desktop.storage.constraints import PART, problems_here
from desktop.storage.entering import with_what_follows
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.layers import Entry, layers_of, refused_of
from desktop.storage.naming import name_edits
from sync.records import Record, Value, Values
from sync.records.checks import problems_of_edit


@dataclass
class Edit:
    """An edit of one record: its row and its ``layers`` as they stand, all fields ``after`` the
    edit, those that it ``touched``, and the ``fault`` for which it is not made."""

    id: str
    before: Mapping[str, Any] = field(default_factory=dict, repr=False)
    layers: Sequence[Entry] = field(default=(), repr=False)
    after: dict[str, Value] = field(default_factory=dict, repr=False)
    touched: dict[str, Value] = field(default_factory=dict, repr=False)
    fault: RecordInvalid | RecordMissing | None = None

    @property
    def again(self) -> bool:
        """Whether the county refused something of the record, which is sent once more with it."""
        return bool(refused_of(self.layers))

    @property
    def made(self) -> bool:
        """Whether there is something to write, and nothing against it."""
        return self.fault is None and (bool(self.touched) or self.again)

    @property
    def previous(self) -> dict[str, Value]:
        """What stood in the fields that it touched."""
        return {name: self.before[name] for name in self.touched}


def each_once(edits: Iterable[tuple[str, Values]]) -> Iterator[dict[str, Values]]:
    """Parts of edits, by id: no record comes twice in one, and one statement takes each."""
    part: dict[str, Values] = {}
    for record_id, values in edits:
        if record_id in part or len(part) == PART:
            yield part
            part = {}
        part[record_id] = values
    if part:
        yield part


def read_edits(
    connection: Connection, area: str, record: type[Record], asked: Mapping[str, Values]
) -> list[Edit]:
    """Work out what the fields that somebody typed make of some records."""
    table = record.table
    wanted = select(table).where(
        table.c.area == area, table.c.id.in_(list(asked)), table.c.deleted == 0
    )
    rows = {row["id"]: dict(row) for row in connection.execute(wanted).mappings()}
    layers = layers_of(connection, rows)
    edits = [Edit(one, rows.get(one, {}), layers.get(one, ())) for one in asked]
    live = [edit for edit in edits if edit.before]
    for edit in live:
        typed = {n: v for n, v in asked[edit.id].items() if edit.before.get(n) != v}
        edit.touched, edit.after = typed, with_what_follows(record, _fields(record, edit), typed)
    named = name_edits(connection, area, record, [(e.touched, e.after) for e in live])
    for edit, problems in zip(live, named, strict=True):
        edit.touched = {n: v for n in record.fields if (v := edit.after[n]) != edit.before[n]}
        if not problems and edit.made:
            problems = problems_of_edit(record, edit.touched, _fields(record, edit))
        edit.fault = RecordInvalid(problems) if problems else None
    for edit in edits:
        if not edit.before:
            edit.fault = RecordMissing(record.label)
    return edits


def runs(record: type[Record], edits: Iterable[Edit]) -> Iterator[list[Edit]]:
    """Parts of edits that are checked and written together: in none of them does an edit bear upon
    what is checked of a later one. What is sent again goes alone."""
    run = _Run(record)
    for edit in edits:
        if run.edits and run.bears_upon(edit):
            yield run.edits
            run = _Run(record)
        run.add(edit)
    if run.edits:
        yield run.edits


def check(connection: Connection, area: str, record: type[Record], run: Sequence[Edit]) -> None:
    """Note in the edits of a run what no record can know alone."""
    made = [edit for edit in run if edit.made]
    rows, befores = [edit.after for edit in made], [edit.before for edit in made]
    for place, problems in problems_here(connection, area, record, rows, befores).items():
        made[place].fault = RecordInvalid(problems)


def put(connection: Connection, area: str, record: type[Record], edits: Sequence[Edit]) -> None:
    """Write what edits touched into the rows of their records."""
    table = record.table
    alike: defaultdict[tuple[str, ...], list[dict[str, Value]]] = defaultdict(list)
    for edit in edits:
        if edit.touched:
            values = {f"new_{name}": value for name, value in edit.touched.items()}
            alike[tuple(edit.touched)].append({"edited": edit.id, **values})
    for names, rows in alike.items():
        here = (table.c.area == area, table.c.id == bindparam("edited"))
        changed: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        connection.execute(update(table).where(*here).values(changed), rows)


class _Run:
    """Some edits, and what of the records they change."""

    def __init__(self, record: type[Record]) -> None:
        self.edits: list[Edit] = []
        self._unique = [f.name for f in record.fields.values() if f.unique]
        #: Fields that name other records of the kind, which are looked at there: grids.
        self._own = [r.name for r in record.references() if r.to == record.kind]
        self._alone = False
        self._values: defaultdict[str, set[Value]] = defaultdict(set)
        self._ids: set[Value] = set()
        self._named: set[Value] = set()

    def add(self, edit: Edit) -> None:
        """Take an edit in, behind the others."""
        self.edits.append(edit)
        if not edit.made:
            return
        self._alone = edit.again
        for name in self._unique:
            if name in edit.touched:
                self._values[name] |= {edit.before[name], edit.after[name]} - {None}
        if self._own:
            self._ids.add(edit.id)
            for name in self._own:
                self._named |= {edit.before[name], edit.after[name]} - {None}

    def bears_upon(self, edit: Edit) -> bool:
        """Whether what is checked of an edit may be otherwise once these are made."""
        if not edit.made:
            return False
        return (
            self._alone
            or edit.again
            or edit.id in self._named
            or any(edit.after[name] in self._ids for name in self._own)
            or any(edit.after[name] in values for name, values in self._values.items())
        )


def _fields(record: type[Record], edit: Edit) -> dict[str, Value]:
    return {name: edit.before[name] for name in record.fields}
