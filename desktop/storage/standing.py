"""Where records stand between this PC and the county, kept in step with the outbox."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import insert as upsert

from desktop.storage.tables import standing


def mark(connection: Connection, kind: str, records: Iterable[str], state: str) -> None:
    """Set where records stand."""
    statement = upsert(standing)
    statement = statement.on_conflict_do_update(
        index_elements=["record"], set_={"state": statement.excluded.state}
    )
    rows = [{"record": r, "kind": kind, "state": state} for r in records]
    if rows:
        connection.execute(statement, rows)


def restate(connection: Connection, records: Collection[str]) -> None:
    """Records with nothing left in the outbox simply are at the county, or still in conflict."""
    if not records:
        return
    connection.exec_driver_sql(
        "DELETE FROM standing WHERE record = ? AND state IN ('waiting', 'sending', 'refused')"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.record = standing.record)",
        [(record,) for record in records],
    )
    connection.exec_driver_sql(
        "INSERT OR IGNORE INTO standing (record, kind, state) SELECT record, record_kind,"
        " 'conflict' FROM conflict WHERE state = 'open' AND deleted = 0"
    )
