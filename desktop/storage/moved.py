"""Records that belong to another village now: only their tombstones stay on this PC."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection

from desktop.storage import histories, leftovers, searching, transfers
from desktop.storage.driver import tuples_of
from desktop.storage.standing import no_longer_in_conflict, restate
from sync.records import Attachment, Conflict, Record
from sync.records.belonging import MOVED


def let_go(connection: Connection, record: type[Record], area: str, ids: Sequence[str]) -> None:
    """Drop all that hangs on records that moved, before their tombstones are written. What waits
    stays until it is sent: the county passes it on. What was refused is kept there."""
    if not ids:
        return
    if _any_here(connection, record, area, ids):
        leftovers.note(connection, [leftovers.COPIES])
    if record is Attachment:
        transfers.hand_over(connection, area, ids)
    these = json.dumps(list(ids))
    histories.forget(connection, record.kind, ids)
    for table, state in (("outbox", " AND state = 'refused'"), ("standing", "")):
        # Tables of our own names.
        connection.exec_driver_sql(
            f"DELETE FROM {table} WHERE kind = ?{state}"  # noqa: S608
            " AND record IN (SELECT value FROM json_each(?))",
            (record.kind, these),
        )
    connection.exec_driver_sql(
        "DELETE FROM draft WHERE EXISTS (SELECT 1 FROM json_each(?)"
        " WHERE draft.record = value OR draft.record LIKE value || '/%')",
        (these,),
    )
    searching.drop(connection, record, area, ids)
    restate(connection, list(ids))


def _any_here(connection: Connection, record: type[Record], area: str, ids: Sequence[str]) -> bool:
    """Whether one of these is more than a tombstone here, so that copies may hold it too."""
    found = tuples_of(
        connection,
        f"SELECT EXISTS (SELECT 1 FROM {record.kind} WHERE area = ? AND deleted != ?"  # noqa: S608
        " AND id IN (SELECT value FROM json_each(?)))",
        (area, MOVED, json.dumps(list(ids))),
    )
    return bool(found[0][0])


def asked_about(connection: Connection, area: str, conflicts: Sequence[str]) -> list[str]:
    """The records that some conflicts are about."""
    if not conflicts:
        return []
    found = tuples_of(
        connection,
        f"SELECT record FROM {Conflict.kind} WHERE area = ? AND record IS NOT NULL"  # noqa: S608
        " AND id IN (SELECT value FROM json_each(?))",
        (area, json.dumps(list(conflicts))),
    )
    return [record for (record,) in found]


def end_conflicts(connection: Connection, about: Sequence[str]) -> None:
    """Let records stand without conflicts that have moved away."""
    no_longer_in_conflict(connection, about)
