"""Sending again what the county has forgotten, as ordinary changes that the usual merge judges.

A county that goes back to a backup forgets what PCs have read from it. Their copies are then the
better ones: each record that it cannot know is laid into the outbox anew, under whatever waits
already, on the last revision that the county still knows. Nobody's later work is overwritten by
that: it meets the county's like any change that was made offline.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from hashlib import blake2b
from heapq import heappop, heappush
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update
from uuid_utils import uuid7

from desktop.storage import derived, holdings, searching, settled
from desktop.storage.layers import layers_of, take_off
from desktop.storage.standing import mark, places_moved
from desktop.storage.tables import courier, outbox
from sync.proof import Step
from sync.protocol import Era
from sync.records import KINDS, Record
from sync.records.belonging import MOVED

#: A record that is to be sent again, and the number of the county's on which it stands.
Forgotten = tuple[type[Record], Mapping[str, Any], int]


def bring_again(
    connection: Connection, forgotten: Sequence[Forgotten], era: int = 0
) -> dict[str, int]:
    """Lay records into the outbox under what waits there; how many of each kind.

    With an ``era`` all PCs give the same change the same id: it is the same version of the record
    that they bring, and the county takes it in once.
    What only the county makes simply goes from this PC: the county's word is the last one there.
    So it is of a record that had moved to another village: nobody here deleted it.
    """
    entries: list[dict[str, Any]] = []
    transaction = "" if era else str(uuid7())
    for record, row, base in _in_order(forgotten):
        if not record.villages_may or row["deleted"] == MOVED:
            drop(connection, record, row)
            continue
        change = f"{transaction}.{len(entries)}" if transaction else _version_id(record, row, era)
        entries.append(_entry(record, row, base, change))
        _release(connection, record, row)
    _lay_under(connection, entries)
    brought: dict[str, int] = {}
    for entry in entries:
        mark(connection, entry["kind"], [entry["record"]], "waiting")
        brought[entry["kind"]] = brought.get(entry["kind"], 0) + 1
    for kind in brought:
        # They wait now, behind what the county still knows.
        derived.touched(connection, kind, [e["record"] for e in entries if e["kind"] == kind])
    return brought


def fall_back(connection: Connection, area: str, era: Era) -> dict[str, int]:
    """Bring again all of an area that the county gave before it went back to begin ``era``."""
    forgotten: list[Forgotten] = []
    for record in KINDS.values():
        table = record.table
        later = select(table).where(table.c.area == area, table.c.revision > era.since)
        rows = list(map(dict, connection.execute(later).mappings()))
        forgotten += [(record, bare, era.since) for bare in bare_rows(connection, rows)]
    return bring_again(connection, forgotten, era.number)


def bare_rows(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of one kind as the county gave them, without what waits here on top of them."""
    layers = layers_of(connection, [row["id"] for row in rows])
    return [_bare(row, layers[row["id"]]) if row["id"] in layers else row for row in rows]


def _bare(row: dict[str, Any], layers: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    bare = take_off(row, layers)
    # One that was refused does not cover the record: it shows as it stands at the county.
    waits = any(e["operation"] == "delete" and e["state"] == "waiting" for e in layers)
    if waits and "deleted" in bare:
        covered = any("deleted" in json.loads(entry["previous_json"]) for entry in layers)
        bare["deleted"] = bare["deleted"] if covered else 0
    return bare


def _entry(record: type[Record], row: Mapping[str, Any], base: int, change: str) -> dict[str, Any]:
    values = {} if row["deleted"] else {name: row[name] for name in record.fields}
    return {
        "change": change,
        "area": row["area"],
        "kind": record.kind,
        "record": row["id"],
        "operation": "delete" if row["deleted"] else "create",
        "base": base,
        "values_json": json.dumps(values, ensure_ascii=False),
        # What lies under it the county will tell; until then the same.
        "previous_json": json.dumps(values, ensure_ascii=False),
        "by": row["made_by"],
        "at": row["made_at"],
    }


def _version_id(record: type[Record], row: Mapping[str, Any], era: int) -> str:
    """The same on all PCs that bring the same. One whose program knows more fields than another's
    brings more, where they hold anything: that must not pass for what the other has brought."""
    brings = () if row["deleted"] else sorted(n for n in record.fields if row[n] is not None)
    version = f"{row['area']} {record.kind} {row['id']} {row['revision']} {era} {','.join(brings)}"
    return blake2b(version.encode(), digest_size=16).hexdigest()


def _release(connection: Connection, record: type[Record], row: Mapping[str, Any]) -> None:
    """The county does not hold this version: it counts from what the county answers next."""
    table = record.table
    here = (table.c.area == row["area"], table.c.id == row["id"])
    connection.execute(update(table).where(*here).values(revision=0))
    step: Step = (row["id"], 0, row["revision"])
    holdings.note(connection, row["area"], record.kind, [step])


def drop(connection: Connection, record: type[Record], row: Mapping[str, Any]) -> None:
    """Let go of a record that the county does not have, and need not have."""
    _release(connection, record, row)
    searching.drop(connection, record, row["area"], [row["id"]])
    table = record.table
    here = (table.c.area == row["area"], table.c.id == row["id"])
    with derived.within_reach(connection, record.kind, [row["id"]]):
        connection.execute(delete(table).where(*here))


def _lay_under(connection: Connection, entries: Sequence[dict[str, Any]]) -> None:
    """Put entries before all that waits, which may stand on them."""
    if not entries:
        return
    settled.let_go(connection)
    last = connection.execute(select(func.coalesce(func.max(outbox.c.number), 0))).scalar_one()
    further = last + len(entries)
    connection.execute(update(outbox).values(number=outbox.c.number + further))
    # No number is given twice, also when all that waits has gone.
    connection.exec_driver_sql(
        "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'outbox'", (last + further,)
    )
    places_moved(connection, further)
    # What left on a stick is on its way still.
    on_its_way = update(courier).where(courier.c.upto > 0)
    connection.execute(on_its_way.values(upto=courier.c.upto + further))
    # What waits was written by somebody who had the forgotten records before their eyes.
    connection.exec_driver_sql(
        "UPDATE outbox SET after_json = json_insert(after_json, '$[#]', ?) WHERE record = ?",
        [(entry["change"], entry["record"]) for entry in entries],
    )
    numbered = [{"number": last + place, **e} for place, e in enumerate(entries, 1)]
    connection.execute(insert(outbox), numbered)


def _in_order(forgotten: Sequence[Forgotten]) -> list[Forgotten]:
    """What others refer to before those that refer, else in the order in which the county had given
    them, as what is spent comes after what was earned; deletions the other way round, at the end.
    """
    by_id = {row["id"]: (record, row, base) for record, row, base in forgotten}
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for record_id, (record, row, _) in by_id.items():
        needed = (row[reference.name] for reference in record.references())
        sorter.add(record_id, *(to for to in needed if to in by_id and to != record_id))
    try:
        ordered = [by_id[record_id] for record_id in _earliest_first(sorter, by_id)]
    except CycleError:
        # Two grids that name each other: whichever comes first is refused, and a person sees it.
        ordered = sorted(forgotten, key=lambda each: each[1]["revision"])
    live = [one for one in ordered if not one[1]["deleted"]]
    return live + [one for one in reversed(ordered) if one[1]["deleted"]]


def _earliest_first(
    sorter: TopologicalSorter[str], by_id: Mapping[str, Forgotten]
) -> Iterator[str]:
    """Of what may come next, always what the county had given first. Raises CycleError."""
    sorter.prepare()
    ready: list[tuple[int, str]] = []
    while sorter.is_active():
        for record_id in sorter.get_ready():
            heappush(ready, (by_id[record_id][1]["revision"], record_id))
        _, record_id = heappop(ready)
        sorter.done(record_id)
        yield record_id
