"""Open conflicts: both versions to read, and the choice, made of ordinary changes. No Qt."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from desktop.register.history import History
from desktop.register.service import Register
from desktop.reports.register import Cancelled, Progress
from desktop.storage import settings
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.standing import no_longer_in_conflict
from desktop.storage.store import Store
from desktop.storage.writing import Writing
from desktop.syncing.conflict_alike import Alike, alike_to
from desktop.syncing.conflict_makers import Who, maker_of
from desktop.syncing.told import Told, told
from desktop.syncing.versions import Versions, stored, versions_of
from sync.records import KINDS, Conflict, Record, Value
from sync.records.conflicts import COUNTY, OTHER, WHOLE

# What the screen needs to know of a choice.
__all__ = [
    "COUNTY",
    "OTHER",
    "WHOLE",
    "Alike",
    "Conflicts",
    "Difference",
    "Left",
    "ManyChosen",
    "OpenConflict",
    "Told",
    "Who",
]

#: So many are chosen in one transaction. Whoever waits to save looks again every 0.1 s: without a
#: pause that is longer, a form would wait until all is chosen.
PART = 50
LET_IN_S = 0.12

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


@dataclass(frozen=True)
class Left:
    """A conflict that was not chosen with the others, and why, in a sentence."""

    id: str
    title: str
    sentence: str


@dataclass(frozen=True)
class ManyChosen:
    """How many were chosen, what was left, and whether a person stopped it."""

    count: int
    left: tuple[Left, ...] = ()
    stopped: bool = False


class Conflicts:
    """What the village has to choose between. Every method but ``choose_many`` is one
    transaction."""

    def __init__(self, store: Store, history: History | None = None) -> None:
        self._store = store
        self._history = history or History(store)

    def open(self, limit: int = 50) -> list[OpenConflict]:
        """The open conflicts, oldest first."""
        table = Conflict.table
        with self._store.read() as connection:
            wanted = select(table).where(*_open(connection))
            rows = connection.execute(wanted.order_by(table.c.revision, table.c.id).limit(limit))
            return [_told(connection, dict(row)) for row in rows.mappings().all()]

    def count(self) -> int:
        """How many conflicts of this village are open."""
        with self._store.read() as connection:
            counted = select(func.count()).select_from(Conflict.table).where(*_open(connection))
            return int(connection.execute(counted).scalar_one())

    def one(self, conflict_id: str) -> OpenConflict | None:
        """One open conflict with all there is to tell of it, or None where it is chosen by now."""
        with self._store.read() as connection:
            try:
                conflict = stored(connection, Conflict, conflict_id)
            except RecordMissing:
                return None
            if conflict["state"] != "open" or conflict["deleted"]:
                return None
            told_now = _told(connection, conflict)
            if not told_now.ready:
                return told_now
            found = versions_of(connection, conflict)
            same = _same(connection, found, str(conflict["fields_in_conflict"]).split(","))
        steps = self._history.of(found.record.kind, found.row["id"])
        differences = tuple(
            replace(one, who=maker_of(steps, one.name, found)) for one in told_now.differences
        )
        return replace(told_now, differences=differences, same=same)

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
            _choose(writing, conflict_id, choice, reason, seen)

    def alike(self, conflict_id: str) -> Alike | None:
        """The open conflicts that ask the same as this one, itself among them; None where it cannot
        be shown or nothing differs any more."""
        with self._store.read() as connection:
            try:
                return alike_to(connection, stored(connection, Conflict, conflict_id))
            except RecordMissing:
                return None

    def some(self, ids: Sequence[str]) -> list[OpenConflict]:
        """Those of these conflicts that are open and can be shown, in their order."""
        table = Conflict.table
        with self._store.read() as connection:
            wanted = select(table).where(*_open(connection), table.c.id.in_(list(ids)))
            rows = {row["id"]: dict(row) for row in connection.execute(wanted).mappings()}
            found = [_told(connection, rows[one]) for one in ids if one in rows]
        return [one for one in found if one.ready]

    def choose_many(
        self,
        seen: Sequence[OpenConflict],
        side: str,
        reason: str = "",
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> ManyChosen:
        """Choose one version whole in each of many conflicts, with the same changes as one by one.

        What is chosen already, is not any more as the person has ``seen`` it, or breaks a rule is
        left as it is, and told. Once ``cancelled`` holds, what was chosen so far stays chosen.
        """
        chosen, left = 0, list[Left]()
        village = self._store.setting(settings.AREA)
        for start in range(0, len(seen), PART):
            if start:
                time.sleep(LET_IN_S)
            if cancelled and cancelled():
                return ManyChosen(chosen, tuple(left), stopped=True)
            with self._store.write(village) as writing:
                for conflict in seen[start : start + PART]:
                    if (why := _choose_whole(writing, conflict, side, reason)) is None:
                        chosen += 1
                    else:
                        left.append(Left(conflict.id, conflict.title, why))
            if progress:
                progress(min(start + PART, len(seen)), len(seen))
        return ManyChosen(chosen, tuple(left))

    def log_full_view(self, conflict_id: str) -> None:
        """Note that the masked fields of both versions were shown whole."""
        with self._store.read() as connection:
            found = versions_of(connection, stored(connection, Conflict, conflict_id))
        Register(self._store, found.record).log_full_view(found.row["id"], 1, "处理冲突")


def _open(connection: Connection) -> tuple[ColumnElement[bool], ...]:
    table = Conflict.table.c
    mine = table.area == settings.read(connection, settings.AREA)
    return mine, table.state == "open", table.deleted == 0


def _choose(
    writing: Writing,
    conflict_id: str,
    choice: Mapping[str, str],
    reason: str,
    seen: OpenConflict | None,
) -> None:
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


def _choose_whole(writing: Writing, seen: OpenConflict, side: str, reason: str) -> str | None:
    """Choose one side of all that differs; why not, where that cannot be. Then nothing of it is
    written, and the transaction goes on."""
    choice = {difference.name: side for difference in seen.differences}
    try:
        with writing.connection.begin_nested():
            _choose(writing, seen.id, choice, reason, seen)
    except (RecordInvalid, RecordMissing) as error:
        return str(error)
    return None


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
    now = told(connection, record.fields[record.title], row[record.title]).full
    if found.whole:
        differences: tuple[Difference, ...] = (_whole(connection, conflict, found),)
    else:
        differences = tuple(
            Difference(
                name,
                record.fields[name].label,
                told(connection, record.fields[name], row[name]),
                told(connection, record.fields[name], value),
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
        (record.fields[name].label, told(connection, record.fields[name], value))
        for name, value in values.items()
        if name in record.fields
        and not record.fields[name].inner
        and not (before and before.get(name) == value)
    ]
    masked = "\n".join([_KEPT, *(f"{label}：{one.masked}" for label, one in said)])
    return Told(masked, "\n".join([_KEPT, *(f"{label}：{one.full}" for label, one in said)]))


def _same(
    connection: Connection, versions: Versions, names: Sequence[str]
) -> tuple[tuple[str, Told], ...]:
    """What the record says beside what differs (or, where the whole is asked about, beside the
    ``names`` that are told there), so that one sees whom it is about."""
    differing = names if versions.whole else versions.other
    return tuple(
        (declared.label, told(connection, declared, versions.row[name]))
        for name, declared in versions.record.fields.items()
        if versions.row[name] is not None
        and not declared.inner
        and name != versions.record.title
        and name not in differing
    )
