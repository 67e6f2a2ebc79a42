"""Open conflicts: both versions to read, and the choice, made of ordinary changes. No Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from desktop.register.service import Register
from desktop.storage import settings
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.standing import no_longer_in_conflict
from desktop.storage.store import Store
from desktop.storage.writing import Writing
from desktop.syncing.versions import Versions, stored, versions_of
from sync.records import KINDS, Conflict, Record, Value
from sync.records.conflicts import COUNTY, OTHER, WHOLE
from sync.records.fields import Field, Money, Number, Reference

# What the screen needs to know of a choice.
__all__ = ["COUNTY", "OTHER", "Conflicts", "Difference", "OpenConflict", "Told"]

_KEPT, _GONE, _NOTHING = "留着", "删除", "（空）"


@dataclass(frozen=True)
class Told:
    """One value as the cadre reads it: ``masked`` at a glance, ``full`` when asked for."""

    masked: str
    full: str = field(repr=False)


@dataclass(frozen=True)
class Difference:
    """One thing to choose: a field, or whether the record is there at all."""

    name: str
    label: str
    county: Told
    other: Told


@dataclass(frozen=True)
class OpenConflict:
    """Both versions of a record, and who wrote the other one, when, on which PC (each may be '').

    ``ready`` is false where this PC has not received the record yet, or is too old to know it.
    """

    id: str
    kind_label: str
    title: str
    by: str = ""
    at: str = ""
    device: str = ""
    differences: tuple[Difference, ...] = ()
    ready: bool = True

    @property
    def masked(self) -> bool:
        """Whether something is hidden until it is asked for."""
        return any(t.masked != t.full for d in self.differences for t in (d.county, d.other))


class Conflicts:
    """What the village has to choose between. Every method is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, limit: int = 50) -> list[OpenConflict]:
        """The open conflicts, oldest first."""
        table = Conflict.table
        with self._store.read() as connection:
            wanted = select(table).where(
                table.c.area == settings.read(connection, settings.AREA),
                table.c.state == "open",
                table.c.deleted == 0,
            )
            rows = connection.execute(wanted.order_by(table.c.revision, table.c.id).limit(limit))
            return [_told(connection, dict(row)) for row in rows.mappings().all()]

    def choose(
        self,
        conflict_id: str,
        choice: Mapping[str, str],
        reason: str = "",
        seen: OpenConflict | None = None,
    ) -> None:
        """Choose ``county`` or ``other`` for every difference of an open conflict.

        It is an ordinary edit (or deletion, or entering anew) of the record, and an edit of the
        conflict. Raises RecordInvalid where something is not chosen, where the record is not any
        more as the person has ``seen`` it, or where what was chosen breaks a rule; RecordMissing.
        """
        with self._store.write() as writing:
            conflict = stored(writing.connection, Conflict, conflict_id)
            if conflict["state"] != "open" or conflict["deleted"]:
                raise RecordInvalid({"state": "这一条已经选定了"})
            versions = versions_of(writing.connection, conflict)
            if seen is not None and seen != _told(writing.connection, conflict):
                raise RecordInvalid({"choice": "刚收到了新的内容，请再看一遍再定"})
            if any(choice.get(name) not in (COUNTY, OTHER) for name in versions.names):
                raise RecordInvalid({"choice": "还有没选的，每一项都要选一份"})
            _write(writing, versions, choice)
            by = settings.read(writing.connection, settings.OPERATOR, "本机用户")
            _close(writing, conflict, _whole_choice(conflict, versions, choice), by, reason)
            no_longer_in_conflict(writing.connection, conflict["record"])

    def log_full_view(self, conflict_id: str) -> None:
        """Note that the masked fields of both versions were shown whole."""
        with self._store.read() as connection:
            found = versions_of(connection, stored(connection, Conflict, conflict_id))
        Register(self._store, found.record).log_full_view(found.row["id"], 1, "处理冲突")


def _write(writing: Writing, versions: Versions, choice: Mapping[str, str]) -> None:
    record, record_id = versions.record, versions.row["id"]
    if not versions.whole:
        chosen = {n: v for n, v in versions.other.items() if choice[n] == OTHER}
        if chosen:
            writing.edit(record, record_id, chosen)
    elif choice[WHOLE] == COUNTY:
        return
    elif not versions.row["deleted"]:
        writing.delete(record, record_id)
    elif writing.undelete(record, record_id):
        writing.edit(record, record_id, versions.other)
    else:
        writing.bring_back(record, record_id, versions.other)


def _whole_choice(
    conflict: Mapping[str, Any], versions: Versions, choice: Mapping[str, str]
) -> dict[str, str]:
    """What was chosen; of fields that do not differ any more what stands."""
    if versions.whole:
        return {WHOLE: choice[WHOLE]}
    names = str(conflict["fields_in_conflict"]).split(",")
    return {n: choice[n] if n in versions.other else COUNTY for n in {*names, *versions.other}}


def _close(
    writing: Writing, conflict: Mapping[str, Any], choice: dict[str, str], by: str, reason: str
) -> None:
    values: dict[str, Value] = {
        "state": "chosen",
        # In one order, so that two PCs that choose the same write the same.
        "choice": json.dumps(choice, sort_keys=True),
        "chosen_by": by,
        "reason": Conflict.fields["reason"].clean(reason),
    }
    writing.edit(Conflict, conflict["id"], values)


def _told(connection: Connection, conflict: Mapping[str, Any]) -> OpenConflict:
    title = str(conflict["record_title"] or "")
    try:
        found = versions_of(connection, conflict)
    except RecordMissing:
        kind = KINDS.get(conflict["record_kind"])
        label = kind.label if kind else "记录"
        return OpenConflict(conflict["id"], label, title, ready=False)
    record, row = found.record, found.row
    now = _text(connection, record.fields[record.title], row[record.title]).full
    if found.whole:
        differences: tuple[Difference, ...] = (_whole(connection, conflict, found),)
    else:
        differences = tuple(
            Difference(
                name,
                record.fields[name].label,
                _text(connection, record.fields[name], row[name]),
                _text(connection, record.fields[name], value),
            )
            for name, value in found.other.items()
        )
    return OpenConflict(
        conflict["id"], record.label, now or title, found.by, found.at, found.device, differences
    )


def _whole(connection: Connection, conflict: Mapping[str, Any], versions: Versions) -> Difference:
    record, row = versions.record, versions.row
    if row["deleted"]:
        county = Told("已删除", "已删除")
        other = _kept(connection, record, versions.other, row)
    else:
        names = [n for n in str(conflict["fields_in_conflict"]).split(",") if n in record.fields]
        county = _kept(connection, record, {n: row[n] for n in names}, {})
        other = Told(_GONE, _GONE)
    return Difference(WHOLE, f"这条{record.label}", county, other)


def _kept(
    connection: Connection,
    record: type[Record],
    values: Mapping[str, Value],
    before: Mapping[str, Value],
) -> Told:
    """The record is there, and what of it was written: 「留着，联系电话是 137******00」."""
    said = [
        (record.fields[name].label, _text(connection, record.fields[name], value))
        for name, value in values.items()
        if name in record.fields and not (before and before.get(name) == value)
    ]
    masked = "\n".join([_KEPT, *(f"{label}：{told.masked}" for label, told in said)])
    return Told(masked, "\n".join([_KEPT, *(f"{label}：{told.full}" for label, told in said)]))


def _text(connection: Connection, declared: Field, value: Value) -> Told:
    if value is None:
        return Told(_NOTHING, _NOTHING)
    if isinstance(declared, Reference):
        named = KINDS[declared.to]
        try:
            row = stored(connection, named, str(value))
        except RecordMissing:
            return Told("（本机没有）", "（本机没有）")
        text = named.fields[named.title].show(row[named.title])
        return Told(text, text)
    unit = declared.unit if isinstance(declared, Number) else ""
    gap = " " if isinstance(declared, Money) else ""
    return Told(f"{declared.mask(value)}{gap}{unit}", f"{declared.show(value)}{gap}{unit}")
