"""What an open conflict says to whoever chooses: both versions of all that differs. No Qt."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from desktop.storage.errors import RecordMissing
from desktop.syncing.conflict_makers import Who
from desktop.syncing.told import Told, told
from desktop.syncing.versions import Versions, versions_of
from sync.records import KINDS, Field, Record, Value
from sync.records.conflicts import WHOLE
from sync.records.fields import Reference

_Stored = Mapping[str, Any]
_KEPT, _GONE = "留着", "删除"


@dataclass(frozen=True)
class Difference:
    """One thing to choose: a field, or whether the record is there at all. ``who`` wrote what
    stands at the county, as far as this PC knows."""

    name: str
    label: str
    county: Told
    other: Told
    who: Who = field(default=Who(), compare=False)


@dataclass(frozen=True)
class OpenConflict:
    """Both versions of a record, and who wrote the other one, when, on which PC (each may be '').

    ``same`` is what else the record says, in which there is nothing to choose. ``ready`` is false
    where this PC has not received the record yet, or is too old to know it.
    """

    id: str
    kind_label: str
    title: str
    by: str = ""
    at: str = ""
    device: str = ""
    differences: tuple[Difference, ...] = ()
    ready: bool = True
    same: tuple[tuple[str, Told], ...] = field(default=(), compare=False)

    @property
    def county(self) -> Who | None:
        """Who wrote the county's version, where one person wrote all of it; None where the lines
        have different makers, or nobody is known."""
        makers = {difference.who for difference in self.differences}
        return makers.pop() if len(makers) == 1 and Who() not in makers else None

    @property
    def masked(self) -> bool:
        """Whether something is hidden until it is asked for."""
        sides = [t for d in self.differences for t in (d.county, d.other)]
        return any(t.masked != t.full for t in [*sides, *(t for _label, t in self.same)])


class Telling:
    """Tells of some conflicts, of which the records were read at once: there may be thousands.
    What several of them name is looked up once."""

    def __init__(self, connection: Connection, conflicts: Sequence[_Stored]) -> None:
        self._connection = connection
        self._known = records_of(connection, conflicts)
        self._told: dict[tuple[Field, Value], Told] = {}

    def versions(self, conflict: _Stored) -> Versions:
        """Both versions of one of them. Raises RecordMissing."""
        return versions_of(self._connection, conflict, self._known)

    def tell(self, declared: Field, value: Value) -> Told:
        """A value of a field."""
        if value is None or not isinstance(declared, Reference):
            return told(self._connection, declared, value)
        if (declared, value) not in self._told:
            self._told[declared, value] = told(self._connection, declared, value)
        return self._told[declared, value]

    def open(self, conflict: _Stored) -> OpenConflict:
        """All there is to choose in one of them."""
        title = str(conflict["record_title"] or "")
        try:
            found = self.versions(conflict)
        except RecordMissing:
            kind = KINDS.get(conflict["record_kind"])
            label = kind.label if kind else "记录"
            return OpenConflict(conflict["id"], label, title, ready=False)
        record, row = found.record, found.row
        now = self.tell(record.fields[record.title], row[record.title]).full
        if found.whole:
            differences: tuple[Difference, ...] = (self._whole(conflict, found),)
        else:
            differences = tuple(
                Difference(
                    name,
                    record.fields[name].label,
                    self.tell(record.fields[name], row[name]),
                    self.tell(record.fields[name], value),
                )
                for name, value in found.other.items()
            )
        return OpenConflict(
            conflict["id"],
            record.label,
            now or title,
            found.by,
            found.at,
            found.device,
            differences,
        )

    def _whole(self, conflict: _Stored, versions: Versions) -> Difference:
        record, row = versions.record, versions.row
        if row["deleted"]:
            county = Told("已删除", "已删除")
            other = self._kept(record, versions.other, row)
        else:
            names = [
                n for n in str(conflict["fields_in_conflict"]).split(",") if n in record.fields
            ]
            county = self._kept(record, {n: row[n] for n in names}, {})
            other = Told(_GONE, _GONE)
        return Difference(WHOLE, f"这条{record.label}", county, other)

    def _kept(
        self,
        record: type[Record],
        values: Mapping[str, Value],
        before: Mapping[str, Value],
    ) -> Told:
        """The record is there, and what of it was written: 「留着，联系电话是 137******00」."""
        said = [
            (record.fields[name].label, self.tell(record.fields[name], value))
            for name, value in values.items()
            if name in record.fields
            and not record.fields[name].inner
            and not (before and before.get(name) == value)
        ]
        masked = "\n".join([_KEPT, *(f"{label}：{one.masked}" for label, one in said)])
        return Told(masked, "\n".join([_KEPT, *(f"{label}：{one.full}" for label, one in said)]))

    def same(self, versions: Versions, names: Sequence[str]) -> tuple[tuple[str, Told], ...]:
        """What the record says beside what differs (or, where the whole is asked about, beside the
        ``names`` that are told there), so that one sees whom it is about."""
        differing = names if versions.whole else versions.other
        return tuple(
            (declared.label, self.tell(declared, versions.row[name]))
            for name, declared in versions.record.fields.items()
            if versions.row[name] is not None
            and not declared.inner
            and name != versions.record.title
            and name not in differing
        )


def records_of(connection: Connection, conflicts: Sequence[_Stored]) -> dict[str, _Stored]:
    """The records that conflicts of one village are about, by id, each kind read at once."""
    asked: defaultdict[str, list[str]] = defaultdict(list)
    for conflict in conflicts:
        if conflict["record_kind"] in KINDS:
            asked[conflict["record_kind"]].append(conflict["record"])
    known: dict[str, _Stored] = {}
    for kind, ids in asked.items():
        found = connection.exec_driver_sql(
            f"SELECT * FROM {kind} WHERE area = ?"  # noqa: S608 - our own names
            " AND id IN (SELECT value FROM json_each(?))",
            (conflicts[0]["area"], json.dumps(ids)),
        )
        known.update({row["id"]: dict(row) for row in found.mappings()})
    return known
