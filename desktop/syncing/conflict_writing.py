"""What was chosen of open conflicts, written as ordinary changes. No Qt."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, select

from desktop.storage import settings
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.standing import no_longer_in_conflict
from desktop.storage.writing import Writing
from desktop.syncing.conflict_telling import OpenConflict, Telling
from desktop.syncing.versions import Versions
from sync.records import Conflict, Record, Values
from sync.records.conflicts import COUNTY, OTHER, WHOLE

_Stored = Mapping[str, Any]
_Fault = RecordInvalid | RecordMissing


@dataclass(frozen=True)
class _Chosen:
    """A conflict, its versions as they stand, and the side chosen of each difference."""

    conflict: _Stored = field(repr=False)
    versions: Versions
    choice: Mapping[str, str]

    @property
    def edited(self) -> type[Record] | None:
        """The kind of the record, where what was chosen is an edit of it or nothing; None where the
        record as a whole is chosen."""
        return None if self.versions.whole else self.versions.record

    @property
    def wanted(self) -> Values:
        """What the record is to say in the fields of which not the county's side is chosen."""
        return {n: v for n, v in self.versions.other.items() if self.choice[n] == OTHER}

    @property
    def told(self) -> dict[str, str]:
        """What was chosen, as the conflict keeps it; of fields that do not differ any more what
        stands."""
        if self.versions.whole:
            return {WHOLE: self.choice[WHOLE]}
        other = self.versions.other
        names = str(self.conflict["fields_in_conflict"]).split(",")
        return {n: self.choice[n] if n in other else COUNTY for n in {*names, *other}}


def choose(
    writing: Writing,
    conflict_id: str,
    choice: Mapping[str, str],
    reason: str,
    seen: OpenConflict | None,
) -> None:
    """Choose a side for every difference of an open conflict. Raises RecordInvalid,
    RecordMissing."""
    conflicts = _stored(writing.connection, [conflict_id])
    telling = Telling(writing.connection, list(conflicts.values()))
    chosen = _chosen(telling, conflicts.get(conflict_id), choice, seen)
    for fault in _write(writing, [chosen], reason).values():
        raise fault


def choose_whole(
    writing: Writing, seen: Sequence[OpenConflict], side: str, reason: str
) -> dict[str, str]:
    """Choose one side of all that differs in some conflicts. Returns by id why not, where that
    cannot be: of those nothing is written, and the transaction goes on."""
    left: dict[str, str] = {}
    while seen:
        chosen, seen = _together(writing.connection, seen, side, left)
        left.update(_write_what_may_be(writing, chosen, reason))
    return left


def _together(
    connection: Connection, seen: Sequence[OpenConflict], side: str, left: dict[str, str]
) -> tuple[list[_Chosen], Sequence[OpenConflict]]:
    """Those of some conflicts that are chosen together, and the rest, which begins with one about a
    record of which another is among them: it is looked at once that is written. Notes in ``left``
    why one cannot be chosen."""
    conflicts = _stored(connection, [one.id for one in seen])
    telling = Telling(connection, list(conflicts.values()))
    chosen: dict[str, _Chosen] = {}
    for place, one in enumerate(seen):
        choice = {difference.name: side for difference in one.differences}
        try:
            found = _chosen(telling, conflicts.get(one.id), choice, one)
        except (RecordInvalid, RecordMissing) as error:
            left[one.id] = str(error)
            continue
        if found.versions.row["id"] in chosen:
            return list(chosen.values()), seen[place:]
        chosen[found.versions.row["id"]] = found
    return list(chosen.values()), ()


def _chosen(
    telling: Telling,
    conflict: _Stored | None,
    choice: Mapping[str, str],
    seen: OpenConflict | None,
) -> _Chosen:
    """A choice that may be written as far as the conflict itself tells. Raises RecordInvalid,
    RecordMissing."""
    if conflict is None:
        raise RecordMissing(Conflict.label)
    if conflict["state"] != "open" or conflict["deleted"]:
        raise RecordInvalid({"state": "这一条已经选定了"})
    versions = telling.versions(conflict)
    if seen is not None and seen != telling.open(conflict):
        raise RecordInvalid({"choice": "刚收到了新的内容，请再看一遍再定"})
    if any(choice.get(name) not in (COUNTY, OTHER) for name in versions.names):
        raise RecordInvalid({"choice": "还有没选的，每一项都要选一份"})
    return _Chosen(conflict, versions, choice)


def _write_what_may_be(writing: Writing, chosen: Sequence[_Chosen], reason: str) -> dict[str, str]:
    """Write choices, each with its conflict; by id why one cannot be. Where that is because of a
    conflict, one half is tried and then the other."""
    try:
        with writing.connection.begin_nested():
            faults = _write(writing, chosen, reason)
    except (RecordInvalid, RecordMissing) as error:
        if len(chosen) == 1:
            return {chosen[0].conflict["id"]: str(error)}
        half = len(chosen) // 2
        left = _write_what_may_be(writing, chosen[:half], reason)
        return left | _write_what_may_be(writing, chosen[half:], reason)
    return {conflict: str(fault) for conflict, fault in faults.items()}


def _write(writing: Writing, chosen: Sequence[_Chosen], reason: str) -> dict[str, _Fault]:
    """Write choices, about a record each. Returns by the id of the conflict why one could not be:
    nothing is written of it. Raises RecordInvalid, RecordMissing where a conflict cannot be
    closed."""
    faults: dict[str, _Fault] = {}
    for record, some in groupby(chosen, attrgetter("edited")):
        if record is None:
            faults.update(_write_whole(writing, list(some)))
        else:
            faults.update(_write_fields(writing, record, [one for one in some if one.wanted]))
    written = [one for one in chosen if one.conflict["id"] not in faults]
    if written:
        _close(writing, written, reason)
        no_longer_in_conflict(writing.connection, [one.conflict["record"] for one in written])
    return faults


def _write_fields(
    writing: Writing, record: type[Record], chosen: Sequence[_Chosen]
) -> dict[str, _Fault]:
    edits = [(one.versions.row["id"], one.wanted) for one in chosen]
    faults = writing.edit_what_may(record, edits) if edits else []
    return {one.conflict["id"]: fault for one, fault in zip(chosen, faults, strict=True) if fault}


def _write_whole(writing: Writing, chosen: Sequence[_Chosen]) -> dict[str, _Fault]:
    faults: dict[str, _Fault] = {}
    for one in chosen:
        try:
            with writing.connection.begin_nested():
                _keep_or_delete(writing, one)
        except (RecordInvalid, RecordMissing) as error:
            faults[one.conflict["id"]] = error
    return faults


def _keep_or_delete(writing: Writing, chosen: _Chosen) -> None:
    versions = chosen.versions
    record, record_id = versions.record, versions.row["id"]
    if chosen.choice[WHOLE] == COUNTY:
        return
    if not versions.row["deleted"]:
        writing.delete(record, record_id)
    elif writing.undelete(record, record_id):
        writing.edit(record, record_id, versions.other)
    else:
        writing.bring_back(record, record_id, versions.other)


def _close(writing: Writing, chosen: Sequence[_Chosen], reason: str) -> None:
    by = settings.read(writing.connection, settings.OPERATOR, "本机用户")
    why = Conflict.fields["reason"].clean(reason)
    edits: list[tuple[str, Values]] = [
        (
            one.conflict["id"],
            {
                "state": "chosen",
                # In one order, so that two PCs that choose the same write the same.
                "choice": json.dumps(one.told, sort_keys=True),
                "chosen_by": by,
                "reason": why,
            },
        )
        for one in chosen
    ]
    writing.edit_many(Conflict, edits)


def _stored(connection: Connection, ids: Sequence[str]) -> dict[str, _Stored]:
    """Conflicts of this village by id, chosen or not."""
    table, area = Conflict.table, settings.read(connection, settings.AREA)
    wanted = select(table).where(table.c.area == area, table.c.id.in_(list(ids)))
    return {row["id"]: dict(row) for row in connection.execute(wanted).mappings()}
