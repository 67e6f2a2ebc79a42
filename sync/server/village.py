"""The records of one area as the changes of a request find and leave them.

All that the changes ask about is read in a few bulk queries before the first one is judged, and all
that they write goes out in bulk after the last. In between, this is where a change sees what the
changes before it did.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, func, select

from sync.proof import Step
from sync.protocol import Block
from sync.records import KINDS, SYSTEM_COLUMNS, Grid, Value, Values
from sync.records.divisions import area_of
from sync.records.fields import Reference
from sync.records.grids import CLOSED
from sync.server.asking import ask, askable, in_list, listed
from sync.server.bulk import Row, insert_rows, update_rows
from sync.server.log import Differences, differences

Standing = dict[str, Any]


class Village:
    """What stands in one area, with what the request wrote so far."""

    def __init__(self, connection: Connection, area: str) -> None:
        self._connection = connection
        self._area = area
        # All by kind, then by record id (or by value, for the holders of unique fields).
        self._rows: defaultdict[str, dict[str, Standing]] = defaultdict(dict)
        self._made: defaultdict[str, dict[str, tuple[Sequence[str], Row]]] = defaultdict(dict)
        self._referred: defaultdict[str, dict[str, bool]] = defaultdict(dict)
        self._titles: defaultdict[str, dict[str, Value]] = defaultdict(dict)
        self._holders: defaultdict[tuple[str, str], dict[Value, str]] = defaultdict(dict)
        self._inserts: defaultdict[tuple[str, tuple[str, ...]], list[Row]] = defaultdict(list)
        self._updates: dict[tuple[str, str], set[str]] = {}
        #: Which version of which record stands now, and which stood before, by kind.
        self.steps: defaultdict[str, list[Step]] = defaultdict(list)

    def load(self, blocks: Iterable[Block]) -> None:
        """Read what the blocks name: their records, what they refer to, who holds unique values."""
        records: defaultdict[str, set[Value]] = defaultdict(set)
        referred: defaultdict[str, set[Value]] = defaultdict(set)
        unique: defaultdict[tuple[str, str], set[Value]] = defaultdict(set)
        for block in blocks:
            records[block.kind].update(block.records)
            fields = KINDS[block.kind].fields
            for name, column in zip(block.names, block.columns, strict=True):
                if to := getattr(fields[name], "to", None):
                    referred[to].update(column)
                if KINDS[block.kind] is Grid and name == "parent":
                    # What may stand below it depends on what it is.
                    records[Grid.kind].update(column)
                if fields[name].unique:
                    unique[block.kind, name].update(column)
        for kind, ids in records.items():
            if asked := askable(ids):
                self.read(kind, asked)
        for kind, ids in referred.items():
            if asked := askable(ids):
                self._load_referred(kind, asked)
        for (kind, name), values in unique.items():
            if asked := askable(values):
                self._load_holders(kind, name, asked)

    def row(self, kind: str, record: str) -> Standing | None:
        """The whole record as it stands, with its system columns; None where there is none."""
        row = self._rows[kind].get(record)
        if row is None and (made := self._made[kind].get(record)):
            names, values = made
            row = dict.fromkeys(KINDS[kind].fields) | dict(zip(names, values, strict=True))
            self._rows[kind][record] = row
        return row

    def known(self, kind: str, records: Iterable[str]) -> set[Value]:
        """Those of ``records`` that exist, deleted ones too."""
        asked = set(records)
        return {*(self._rows[kind].keys() & asked), *(self._made[kind].keys() & asked)}

    def is_live(self, kind: str, record: Value) -> bool:
        """Whether the record exists and is not deleted."""
        if not isinstance(record, str):
            return False
        if row := self._rows[kind].get(record):
            return not row["deleted"]
        return record in self._made[kind] or self._referred[kind].get(record, False)

    def holder(self, kind: str, name: str, value: Value) -> str | None:
        """The live record that holds ``value`` in the unique field ``name``."""
        return self._holders[kind, name].get(value)

    def title(self, kind: str, record: str) -> str:
        """How the record is called in lists."""
        row = self.row(kind, record)
        title = row[KINDS[kind].title] if row else self._titles[kind].get(record)
        return "" if title is None else str(title)

    def referrer(self, kind: str, record: str) -> Reference | None:
        """The field through which a live record points to this one; None where none does."""
        self.save()
        for other in KINDS.values():
            table = other.table
            for reference in other.references():
                if reference.to == kind:
                    statement = select(table.c.id).where(
                        table.c.area == self._area,
                        table.c[reference.name] == record,
                        table.c.deleted == 0,
                    )
                    if self._connection.execute(statement.limit(1)).first():
                        return reference
        return None

    def has_open_members(self, grid: str) -> bool:
        """Whether a live grid that is not closed names this one as the one above it."""
        self.save()
        table = Grid.table.c
        members = select(table.id).where(
            table.area == self._area,
            table.parent == grid,
            table.deleted == 0,
            func.coalesce(table.state, "") != CLOSED,
        )
        return self._connection.execute(members.limit(1)).first() is not None

    def add(self, kind: str, names: Sequence[str], rows: Sequence[Row]) -> None:
        """Add new records: system columns in the order of the wire, then the fields ``names``."""
        columns = (*SYSTEM_COLUMNS, *names)
        self._inserts[kind, columns].extend(rows)
        self._made[kind].update({row[1]: (columns, row) for row in rows})
        self.steps[kind].extend((row[1], row[2], 0) for row in rows)
        for place, name in enumerate(columns):
            if (kind, name) in self._holders:
                held = {row[place]: row[1] for row in rows if row[place] is not None}
                self._holders[kind, name].update(held)

    def write(
        self, kind: str, record: str, values: Values, *, revision: int, deleted: int
    ) -> Differences:
        """Set fields of an existing record, under its new revision; return what that changed.

        What is logged as an edit leaves ``deleted`` as it was, and writes nothing that its log does
        not name: PCs that had the record are told by the log alone (``brief``).
        """
        row = self.row(kind, record)
        assert row is not None  # noqa: S101
        for name in _unique(kind):
            if deleted or row["deleted"] or name in values:
                now = None if deleted else values.get(name, row[name])
                self._pass_on(kind, name, record, row[name], now)
        changed = differences(row, values)
        self.steps[kind].append((record, revision, row["revision"]))
        row.update(values, revision=revision, deleted=deleted)
        self._updates.setdefault((kind, record), set()).update(values)
        return changed

    def save(self) -> None:
        """Send out what was written so far."""
        for (kind, names), rows in self._inserts.items():
            insert_rows(self._connection, KINDS[kind].table, names, rows)
        self._inserts.clear()
        alike: defaultdict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
        for (kind, record), touched in self._updates.items():
            alike[kind, ("revision", "deleted", *sorted(touched))].append(record)
        for (kind, names), records in alike.items():
            values, stand = itemgetter(*names), self._rows[kind]
            rows = [(*values(stand[record]), self._area, record) for record in records]
            update_rows(self._connection, KINDS[kind].table, names, rows)
        self._updates.clear()

    def _pass_on(self, kind: str, name: str, record: str, before: Value, now: Value) -> None:
        """Let a record hold the unique value ``now`` instead of ``before``; nothing is no value."""
        holders = self._holders[kind, name]
        if holders.get(before) == record:
            del holders[before]
        if now is not None:
            holders[now] = record

    def read(self, kind: str, ids: set[str]) -> None:
        """Read some records, deleted ones too."""
        names = [*SYSTEM_COLUMNS, *KINDS[kind].fields]
        for row in self._asked(kind, names, "id", ids):
            self._rows[kind][row[1]] = dict(zip(names, row, strict=True))

    def _load_referred(self, kind: str, ids: set[str]) -> None:
        area = area_of(KINDS[kind], self._area)
        found = self._asked(kind, ("id", "deleted"), "id", ids, area=area)
        self._referred[kind].update({record: not deleted for record, deleted in found})

    def _load_holders(self, kind: str, name: str, values: set[str]) -> None:
        holders = self._holders[kind, name]
        # Spelled out, for the index holds only values that are there.
        live = f'AND "{name}" IS NOT NULL AND deleted = 0'
        found = self._asked(kind, (name, "id", KINDS[kind].title), name, values, live)
        for value, holder, title in found:
            holders[value] = holder
            self._titles[kind][holder] = title

    def _asked(
        self,
        kind: str,
        names: Sequence[str],
        name: str,
        values: set[str],
        also: str = "",
        area: str | None = None,
    ) -> Sequence[Sequence[Any]]:
        """The columns ``names`` of an area's records (this one's) whose ``name`` is one of the
        ``values``."""
        columns = ", ".join(f'"{column}"' for column in names)
        # Kinds and columns are our own names, values travel as parameters.
        sql = f'SELECT {columns} FROM "{kind}" WHERE area = ? AND "{name}" '  # noqa: S608
        these = listed(self._connection, values)
        where = self._area if area is None else area
        sql = f"{sql}{in_list(self._connection)} {also}"
        return ask(self._connection, sql, (where, these), anew=True)


@cache
def _unique(kind: str) -> tuple[str, ...]:
    """The fields of a kind whose values belong to one live record."""
    return tuple(name for name, field in KINDS[kind].fields.items() if field.unique)
