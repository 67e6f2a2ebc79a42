"""Open conflicts: both versions to read, and the choice, made of ordinary changes. No Qt."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, func, select

from desktop.register.history import History
from desktop.register.service import Register
from desktop.reports.register import Cancelled, Progress
from desktop.storage import settings
from desktop.storage.errors import RecordMissing
from desktop.storage.store import Store
from desktop.syncing import conflict_writing
from desktop.syncing.conflict_alike import Alike, alike_to
from desktop.syncing.conflict_makers import Who, maker_of
from desktop.syncing.conflict_telling import Difference, OpenConflict, Telling
from desktop.syncing.told import Told
from desktop.syncing.versions import stored, versions_of
from sync.records import Conflict
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

#: So many are chosen in one transaction, which takes an old PC a fifth of a second. Whoever waits
#: to save looks again every 0.1 s: without a pause that is longer, a form would wait until all is
#: chosen.
PART = 200
#: Records that are deleted or entered anew as wholes are so one by one.
PART_OF_WHOLES = 50
LET_IN_S = 0.12


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
            found = connection.execute(wanted.order_by(table.c.revision, table.c.id).limit(limit))
            rows = [dict(row) for row in found.mappings()]
            telling = Telling(connection, rows)
            return [telling.open(row) for row in rows]

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
            telling = Telling(connection, [conflict])
            told_now = telling.open(conflict)
            if not told_now.ready:
                return told_now
            found = telling.versions(conflict)
            same = telling.same(found, str(conflict["fields_in_conflict"]).split(","))
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
            conflict_writing.choose(writing, conflict_id, choice, reason, seen)

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
            telling = Telling(connection, list(rows.values()))
            found = [telling.open(rows[one]) for one in ids if one in rows]
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
        done, left = 0, list[Left]()
        store = self._store.for_this_village()
        size = PART_OF_WHOLES if any(_of_a_whole(one) for one in seen) else PART
        for start in range(0, len(seen), size):
            if start:
                time.sleep(LET_IN_S)
            if cancelled and cancelled():
                return ManyChosen(done - len(left), tuple(left), stopped=True)
            part = seen[start : start + size]
            with store.write() as writing:
                why = conflict_writing.choose_whole(writing, part, side, reason)
            left += [Left(one.id, one.title, why[one.id]) for one in part if one.id in why]
            done += len(part)
            if progress:
                progress(done, len(seen))
        return ManyChosen(done - len(left), tuple(left))

    def log_full_view(self, conflict_id: str) -> None:
        """Note that the masked fields of both versions were shown whole."""
        with self._store.read() as connection:
            found = versions_of(connection, stored(connection, Conflict, conflict_id))
        Register(self._store, found.record).log_full_view(found.row["id"], 1, "处理冲突")


def _of_a_whole(conflict: OpenConflict) -> bool:
    return any(difference.name == WHOLE for difference in conflict.differences)


def _open(connection: Connection) -> tuple[ColumnElement[bool], ...]:
    table = Conflict.table.c
    mine = table.area == settings.read(connection, settings.AREA)
    return mine, table.state == "open", table.deleted == 0
