"""Records that came from the county, laid under what this PC has not sent yet."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from desktop.storage import derived, holdings, moved, searching, transfers
from desktop.storage.driver import carry_out, tuples_of
from desktop.storage.files import Files
from desktop.storage.layers import Entry, lay_on, layers_of, take_off
from desktop.storage.standing import mark_each, no_longer_in_conflict
from sync.client.ports import Tally
from sync.protocol import Rows
from sync.records import KINDS, Attachment, Conflict, Record
from sync.records.belonging import MOVED

Row = tuple[Any, ...]


def receive(connection: Connection, rows: Rows, tally: Tally, files: Files) -> None:
    """Write rows as they stand at the county; fields still waiting here keep our value on top.
    ``files`` are this PC's: of an attachment that comes the original may lie there already."""
    record = KINDS.get(rows.kind)
    if record is None or not len(rows):
        # A newer county knows kinds that this program does not: they come with the next version.
        return
    names, sent, here = _brought(connection, record, rows)
    place_of_id, place_of_revision = names.index("id"), names.index("revision")
    before = {record_id: row[place_of_revision] for record_id, row in here.items()}
    # An older answer that arrives late must not take a record back.
    found = [r for r in sent if before.get(r[place_of_id], 0) <= r[place_of_revision]]
    holdings.note(
        connection,
        rows.area,
        record.kind,
        ((r[place_of_id], r[place_of_revision], before.get(r[place_of_id], 0)) for r in found),
    )
    gone = [row[place_of_id] for row in found if row[names.index("deleted")] == MOVED]
    asked = moved.asked_about(connection, rows.area, gone) if record is Conflict else []
    moved.let_go(connection, record, rows.area, gone)
    newer = sum(before.get(r[place_of_id], 0) < r[place_of_revision] for r in found)
    found = _lay_under(connection, names, found)
    with derived.within_reach(connection, record.kind, [r[place_of_id] for r in found]):
        just_made = _write(connection, record, rows.area, names, found, here)
    _index(connection, record, rows.area, names, found, here, just_made)
    if record is Attachment:
        appeared = _appeared(names, found, here)
        transfers.queue_appeared(connection, rows.area, appeared, files)
    if record is Conflict:
        _mark_conflicts(connection, names, found)
        moved.end_conflicts(connection, asked)
    if "create" not in record.villages_may:
        # What only the county makes is no news of a neighbour.
        tally.note("received", record.kind, newer)
    else:
        tally.count("received", record.kind, newer)


def _brought(
    connection: Connection, record: type[Record], rows: Rows
) -> tuple[list[str], list[Row], dict[str, Row]]:
    """Columns, the rows that came by these columns, and those that are here, by id."""
    names = [name for name in rows.names if name in record.table.c]
    columns = [rows.columns[rows.names.index(name)] for name in names]
    sent: list[Row] = list(zip(*columns, strict=True))
    ids = columns[names.index("id")]
    if not rows.since:
        return names, sent, _here(connection, record, rows.area, names, ids)
    layers = layers_of(connection, map(str, ids))
    wanted = _to_lay_on(record, names, whole=bool(layers))
    here = _here(connection, record, rows.area, wanted, ids)
    read_to = "SELECT revision FROM cursor WHERE area = ?"
    cursor = next((number for (number,) in tuples_of(connection, read_to, (rows.area,))), 0)
    since, place = dict(zip(ids, rows.since, strict=True)), wanted.index("revision")
    # As the county knows it; or it has been shown to this PC since, or the PC wrote it.
    as_then = {r: row for r, row in here.items() if row[place] == since[r] or row[place] > cursor}
    return wanted, _completed(names, sent, wanted, as_then, layers), here


def _to_lay_on(record: type[Record], names: Sequence[str], *, whole: bool) -> list[str]:
    """The columns of records of which these were edited that must be read to lay them on: all where
    something waits, where the order of lists may change, and of conflicts, which tell of others."""
    if whole or record.title in names or record is Conflict:
        return [column.name for column in record.table.c if column.name != "area"]
    return [*names, "deleted", record.title]


def _completed(
    names: Sequence[str],
    edited: Sequence[Row],
    wanted: Sequence[str],
    as_then: Mapping[str, Row],
    layers: Mapping[str, Sequence[Entry]],
) -> list[Row]:
    """Rows by the ``wanted`` columns of which only what was ``edited`` came: laid over what the
    county gave before (``as_then``). One that is not among these stays as it is, and is missed when
    both ends compare."""
    place_of_id = names.index("id")
    places = [wanted.index(name) for name in names]
    rows = []
    for values in edited:
        old = as_then.get(values[place_of_id])
        if old is None:
            continue
        if ours := layers.get(values[place_of_id]):
            bare = take_off(dict(zip(wanted, old, strict=True)), ours)
            old = tuple(bare[name] for name in wanted)
        row = list(old)
        for place, value in zip(places, values, strict=True):
            row[place] = value
        rows.append(tuple(row))
    return rows


def _here(
    connection: Connection,
    record: type[Record],
    area: str,
    names: Sequence[str],
    ids: Sequence[Any],
) -> dict[str, Row]:
    """Those of the records that this PC has already, as they stand here."""
    place_of_id, quoted = names.index("id"), ", ".join(f'"{name}"' for name in names)
    found = tuples_of(
        connection,
        f"SELECT {quoted} FROM {record.kind}"  # noqa: S608 - kinds and fields are our own names
        " WHERE area = ? AND id IN (SELECT value FROM json_each(?))",
        (area, json.dumps(ids)),
    )
    return {row[place_of_id]: row for row in found}


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


def _write(
    connection: Connection,
    record: type[Record],
    area: str,
    names: Sequence[str],
    rows: Sequence[Row],
    here: Mapping[str, Row],
) -> dict[str, int]:
    """Add what is new, and tell the number of its row by id; of what is here write only the columns
    that differ, for each that is named costs a page of every index it stands in."""
    place_of_id = names.index("id")
    new: list[Row] = []
    changed: defaultdict[tuple[str, ...], list[Row]] = defaultdict(list)
    for row in rows:
        old = here.get(row[place_of_id])
        if old is None:
            new.append(row)
        elif differing := [p for p, value in enumerate(row) if value != old[p]]:
            written = (*(row[p] for p in differing), area, row[place_of_id])
            changed[tuple(names[p] for p in differing)].append(written)
    # Kinds and column names are our own class and field names.
    just_made: dict[str, int] = {}
    if new:
        places = ", ".join("?" for _ in range(len(names) + 2))
        quoted = ", ".join(f'"{name}"' for name in ("rowid", "area", *names))
        sql = f"INSERT INTO {record.kind} ({quoted}) VALUES ({places})"  # noqa: S608
        # The numbers that SQLite would give: known, they need not be asked for one by one.
        ((last,),) = tuples_of(connection, f"SELECT max(rowid) FROM {record.kind}")  # noqa: S608
        numbered = list(enumerate(new, (last or 0) + 1))
        carry_out(connection, sql, [(number, area, *row) for number, row in numbered])
        just_made = {row[place_of_id]: number for number, row in numbered}
    for columns, written_rows in changed.items():
        updates = ", ".join(f'"{name}" = ?' for name in columns)
        sql = f"UPDATE {record.kind} SET {updates} WHERE area = ? AND id = ?"  # noqa: S608
        carry_out(connection, sql, written_rows)
    return just_made


def _index(
    connection: Connection,
    record: type[Record],
    area: str,
    names: Sequence[str],
    rows: Sequence[Row],
    here: Mapping[str, Row],
    just_made: Mapping[str, int],
) -> None:
    """Let lists show what is there now; the words by which it is found may follow."""
    place_of_id, place_of_deleted = names.index("id"), names.index("deleted")
    listed_by = [place_of_deleted, names.index(record.title)]
    found_by = [names.index(name) for name in record.searched if name in names]
    gone, anew, reworded = [], [], []
    for row in rows:
        old = here.get(row[place_of_id])
        if row[place_of_deleted]:
            gone.append(row[place_of_id])
        elif old is None or any(row[p] != old[p] for p in listed_by):
            anew.append(row)
        elif any(row[p] != old[p] for p in found_by):
            reworded.append(row[place_of_id])
    searching.drop(connection, record, area, gone)
    searching.put_rows(connection, record, area, names, anew, just_made)
    searching.later(connection, record, area, reworded)


def _appeared(names: Sequence[str], rows: Sequence[Row], here: Mapping[str, Row]) -> list[str]:
    """The records that are here now and were not, or were deleted."""
    place_of_id, place_of_deleted = names.index("id"), names.index("deleted")
    gone = {record_id for record_id, old in here.items() if old[place_of_deleted]}
    known = here.keys() - gone
    return [r[place_of_id] for r in rows if not r[place_of_deleted] and r[place_of_id] not in known]


def _mark_conflicts(connection: Connection, names: Sequence[str], rows: Sequence[Row]) -> None:
    opened, closed = [], []
    for row in rows:
        values = dict(zip(names, row, strict=True))
        if values["record"] is None:
            continue
        if values["state"] == "open" and not values["deleted"]:
            opened.append((values["record"], values["record_kind"], "conflict"))
        else:
            closed.append(values["record"])
    mark_each(connection, opened)
    no_longer_in_conflict(connection, closed)
