"""Records that came from the county, laid under what this PC has not sent yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from desktop.storage import searching, tables
from desktop.storage.standing import mark
from sync.client.ports import Tally
from sync.protocol import Rows
from sync.records import KINDS, Conflict, Record

Values = dict[str, Any]


def receive(connection: Connection, rows: Rows, tally: Tally) -> None:
    """Write rows as they stand at the county; fields still waiting here keep our value on top."""
    record = KINDS.get(rows.kind)
    if record is None or not len(rows):
        # A newer county knows kinds that this program does not: they come with the next version.
        return
    names = [name for name in rows.names if name in record.table.c]
    columns = [rows.columns[rows.names.index(name)] for name in names]
    ids = columns[names.index("id")]
    pending = _pending(connection, record, set(ids))
    if pending:
        columns = _lay_under(connection, names, columns, pending)
    _upsert(connection, record, rows.area, names, columns)
    _index(connection, record, rows.area, names, columns)
    if record is Conflict:
        _mark_conflicts(connection, names, columns)
    if record.county_only:
        tally.note("received", record.kind, len(rows))
    else:
        tally.count("received", record.kind, len(rows))


def _pending(connection: Connection, record: type[Record], ids: set[Any]) -> dict[str, list[Any]]:
    """Our own changes to these records that the county has not taken in, by record, in order."""
    statement = (
        select(tables.outbox)
        .where(tables.outbox.c.kind == record.kind)
        .order_by(tables.outbox.c.number)
    )
    found: dict[str, list[Any]] = {}
    for entry in connection.execute(statement):
        if entry.record in ids:
            found.setdefault(entry.record, []).append(entry)
    return found


def _lay_under(
    connection: Connection,
    names: Sequence[str],
    columns: Sequence[Sequence[Any]],
    pending: dict[str, list[Any]],
) -> list[list[Any]]:
    """Put our waiting values on top of the county's, and note what they now replace."""
    result = []
    for row in zip(*columns, strict=True):
        values = dict(zip(names, row, strict=True))
        for entry in pending.get(values["id"], ()):
            ours = json.loads(entry.values_json)
            replaced = {name: values.get(name) for name in ours}
            connection.execute(
                tables.outbox.update()
                .where(tables.outbox.c.number == entry.number)
                .values(previous_json=json.dumps(replaced, ensure_ascii=False))
            )
            values.update({name: value for name, value in ours.items() if name in values})
            if entry.operation == "delete" and entry.state == "waiting":
                values["deleted"] = 1
        result.append([values[name] for name in names])
    return [list(column) for column in zip(*result, strict=True)]


def _upsert(
    connection: Connection,
    record: type[Record],
    area: str,
    names: Sequence[str],
    columns: Sequence[Sequence[Any]],
) -> None:
    places = ", ".join("?" for _ in range(len(names) + 1))
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != "id")
    quoted = ", ".join(f'"{name}"' for name in names)
    # Kinds and column names are our own class and field names. An older answer that arrives late
    # (two syncs at once) must not take a record back.
    sql = (
        f'INSERT INTO {record.kind} ("area", {quoted}) VALUES ({places})'  # noqa: S608
        f" ON CONFLICT (area, id) DO UPDATE SET {updates}"
        f" WHERE excluded.revision >= {record.kind}.revision"
    )
    connection.exec_driver_sql(sql, [(area, *row) for row in zip(*columns, strict=True)])


def _index(
    connection: Connection,
    record: type[Record],
    area: str,
    names: Sequence[str],
    columns: Sequence[Sequence[Any]],
) -> None:
    place_of_id, place_of_deleted = names.index("id"), names.index("deleted")
    gone = [
        record_id
        for record_id, deleted in zip(columns[place_of_id], columns[place_of_deleted], strict=True)
        if deleted
    ]
    searching.drop(connection, record.kind, gone)
    live = (
        (row[place_of_id], dict(zip(names, row, strict=True)))
        for row in zip(*columns, strict=True)
        if not row[place_of_deleted]
    )
    searching.put(connection, list(searching.entries_of(record, area, live)))


def _mark_conflicts(
    connection: Connection, names: Sequence[str], columns: Sequence[Sequence[Any]]
) -> None:
    for row in zip(*columns, strict=True):
        values = dict(zip(names, row, strict=True))
        if values["state"] == "open" and not values["deleted"]:
            mark(connection, values["record_kind"], [values["record"]], "conflict")
        else:
            connection.exec_driver_sql(
                "DELETE FROM standing WHERE record = ? AND state = 'conflict' AND NOT EXISTS"
                " (SELECT 1 FROM conflict WHERE record = standing.record AND state = 'open'"
                " AND deleted = 0)",
                (values["record"],),
            )
