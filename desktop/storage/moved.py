"""Records that belong to another village now: only their tombstones stay on this PC."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Connection, select

from desktop.storage import searching, transfers
from desktop.storage.standing import no_longer_in_conflict, restate
from sync.records import Attachment, Conflict, Record


def let_go(connection: Connection, record: type[Record], area: str, ids: Sequence[str]) -> None:
    """Drop all that hangs on records that moved, before their tombstones are written. What waits
    stays until it is sent: the county passes it on. What was refused is kept there."""
    if not ids:
        return
    if record is Attachment:
        transfers.hand_over(connection, area, ids)
    these = json.dumps(list(ids))
    for table, state in (
        ("outbox", " AND state = 'refused'"),
        ("history", ""),
        ("standing", ""),
    ):
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


def asked_about(connection: Connection, area: str, conflicts: Sequence[str]) -> list[str]:
    """The records that some conflicts are about."""
    table = Conflict.table.c
    here = (table.area == area, table.id.in_(list(conflicts)), table.record.is_not(None))
    return list(connection.execute(select(table.record).where(*here)).scalars())


def end_conflicts(connection: Connection, about: Sequence[str]) -> None:
    """Let records stand without conflicts that have moved away."""
    no_longer_in_conflict(connection, about)
