"""Where records stand between this PC and the county, kept in step with the outbox."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from sqlalchemy import Connection


def mark(connection: Connection, kind: str, records: Iterable[str], state: str) -> None:
    """Set where records stand."""
    rows = [(record, kind, state) for record in records]
    if rows:
        connection.exec_driver_sql(
            "INSERT INTO standing (record, kind, state) VALUES (?, ?, ?)"
            " ON CONFLICT (record) DO UPDATE SET state = excluded.state",
            rows,
        )


def none_is_sent(connection: Connection) -> None:
    """Nothing is under way: what was being sent is at the county, or waits again."""
    connection.exec_driver_sql(
        "DELETE FROM standing WHERE state = 'sending'"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.record = standing.record)"
    )
    connection.exec_driver_sql("UPDATE standing SET state = 'waiting' WHERE state = 'sending'")


def no_longer_in_conflict(connection: Connection, record: str) -> None:
    """Let a record stand without a conflict, unless another one of it is open still."""
    connection.exec_driver_sql(
        "DELETE FROM standing WHERE record = ? AND state = 'conflict' AND NOT EXISTS"
        " (SELECT 1 FROM conflict WHERE record = standing.record AND state = 'open'"
        " AND deleted = 0)",
        (record,),
    )
    restate(connection, [record])


def restate(connection: Connection, records: Collection[str]) -> None:
    """Let records stand where the outbox says: refused or waiting; with nothing left in it they
    simply are at the county, or still in conflict."""
    if not records:
        return
    these = (json.dumps(list(records)),)
    left = connection.exec_driver_sql(
        "SELECT record, kind, CASE WHEN max(state = 'refused') THEN 'refused' ELSE 'waiting' END"
        " FROM outbox WHERE record IN (SELECT value FROM json_each(?)) GROUP BY record",
        these,
    ).all()
    if left:
        connection.exec_driver_sql(
            "INSERT INTO standing (record, kind, state) VALUES (?, ?, ?)"
            # What a person must see to is not hidden by what goes by itself.
            " ON CONFLICT (record) DO UPDATE SET state = excluded.state"
            " WHERE excluded.state = 'refused' OR standing.state <> 'conflict'",
            [tuple(row) for row in left],
        )
    busy = {row[0] for row in left}
    connection.exec_driver_sql(
        "DELETE FROM standing WHERE record IN (SELECT value FROM json_each(?))"
        " AND state IN ('waiting', 'sending', 'refused')",
        (json.dumps([record for record in records if record not in busy]),),
    )
    connection.exec_driver_sql(
        "INSERT INTO standing (record, kind, state) SELECT record, record_kind,"
        " 'conflict' FROM conflict WHERE state = 'open' AND deleted = 0"
        # A later change of the record that merged leaves its conflict open.
        " ON CONFLICT (record) DO UPDATE SET state = 'conflict' WHERE standing.state = 'merged'"
    )
