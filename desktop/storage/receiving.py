"""Records that came from the county, laid under what this PC has not sent yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from desktop.storage import holdings, searching
from desktop.storage.layers import lay_on, layers_of
from desktop.storage.standing import mark, no_longer_in_conflict
from sync.client.ports import Tally
from sync.protocol import Rows
from sync.records import KINDS, Conflict, Record

Row = tuple[Any, ...]


def receive(connection: Connection, rows: Rows, tally: Tally) -> None:
    """Write rows as they stand at the county; fields still waiting here keep our value on top."""
    record = KINDS.get(rows.kind)
    if record is None or not len(rows):
        # A newer county knows kinds that this program does not: they come with the next version.
        return
    names = [name for name in rows.names if name in record.table.c]
    columns = [rows.columns[rows.names.index(name)] for name in names]
    found, before = _without_older(
        connection, record, rows.area, names, list(zip(*columns, strict=True))
    )
    place_of_id, place_of_revision = names.index("id"), names.index("revision")
    holdings.note(
        connection,
        rows.area,
        record.kind,
        ((r[place_of_id], r[place_of_revision], before.get(r[place_of_id], 0)) for r in found),
    )
    newer = sum(before.get(r[place_of_id], 0) < r[place_of_revision] for r in found)
    found = _lay_under(connection, names, found)
    _upsert(connection, record, rows.area, names, found)
    _index(connection, record, rows.area, names, found)
    if record is Conflict:
        _mark_conflicts(connection, names, found)
    if "create" not in record.villages_may:
        # What only the county makes is no news of a neighbour.
        tally.note("received", record.kind, newer)
    else:
        tally.count("received", record.kind, newer)


def _without_older(
    connection: Connection,
    record: type[Record],
    area: str,
    names: Sequence[str],
    rows: list[Row],
) -> tuple[list[Row], dict[Any, int]]:
    """Leave out rows that this PC has at a newer revision: an older answer that arrives late must
    not take a record back. Also the revisions that records have here."""
    place_of_id, place_of_revision = names.index("id"), names.index("revision")
    revisions = connection.exec_driver_sql(
        f"SELECT id, revision FROM {record.kind}"  # noqa: S608 - kinds are our own class names
        " WHERE area = ? AND id IN (SELECT value FROM json_each(?))",
        (area, json.dumps([row[place_of_id] for row in rows])),
    )
    here: dict[Any, int] = dict(revisions.all())
    fresh = [row for row in rows if here.get(row[place_of_id], 0) <= row[place_of_revision]]
    return fresh, here


def _lay_under(connection: Connection, names: Sequence[str], rows: list[Row]) -> list[Row]:
    """Put our values that the county has not taken in on top of the county's."""
    place_of_id = names.index("id")
    layers = layers_of(connection, [row[place_of_id] for row in rows])
    if not layers:
        return rows
    laid = []
    for row in rows:
        ours = layers.get(row[place_of_id])
        if ours:
            row = tuple(lay_on(connection, dict(zip(names, row, strict=True)), ours).values())
        laid.append(row)
    return laid


def _upsert(
    connection: Connection,
    record: type[Record],
    area: str,
    names: Sequence[str],
    rows: Sequence[Row],
) -> None:
    places = ", ".join("?" for _ in range(len(names) + 1))
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name != "id")
    quoted = ", ".join(f'"{name}"' for name in names)
    # Kinds and column names are our own class and field names.
    sql = (
        f'INSERT INTO {record.kind} ("area", {quoted}) VALUES ({places})'  # noqa: S608
        f" ON CONFLICT (area, id) DO UPDATE SET {updates}"
    )
    if rows:
        connection.exec_driver_sql(sql, [(area, *row) for row in rows])


def _index(
    connection: Connection,
    record: type[Record],
    area: str,
    names: Sequence[str],
    rows: Sequence[Row],
) -> None:
    place_of_id, place_of_deleted = names.index("id"), names.index("deleted")
    gone = [row[place_of_id] for row in rows if row[place_of_deleted]]
    searching.drop(connection, record, area, gone)
    live = (
        (row[place_of_id], dict(zip(names, row, strict=True)))
        for row in rows
        if not row[place_of_deleted]
    )
    searching.put(connection, record, area, live)


def _mark_conflicts(connection: Connection, names: Sequence[str], rows: Sequence[Row]) -> None:
    for row in rows:
        values = dict(zip(names, row, strict=True))
        if values["state"] == "open" and not values["deleted"]:
            mark(connection, values["record_kind"], [values["record"]], "conflict")
        else:
            no_longer_in_conflict(connection, values["record"])
