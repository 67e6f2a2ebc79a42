"""The points ledger on this PC: balances and rights as sums of entries, and what one more may do.

A right is what may be spent on one PC. What this PC may spend it knows for sure, also without a
line, for nobody else can spend it; what the others may spend it knows as of its last sync.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, select, text

from desktop.storage import settings
from desktop.storage.tables import neighbour
from sync.records import PointsEntry, PointsHandover, PointsRequest, Record, Value, Values
from sync.records.points import Purse, Reversed, ledger_problem
from sync.records.rights import handover_problem

_entries = PointsEntry.table
#: Whose right an entry changes that no PC has written: that of the county's pool.
POOL = None
SOME_PC = "另一台电脑"

# What no end counts: what the county refused; a reversal that waits here, where the county has
# taken in another one of the same entry; a reversal of any of these.
_DEAD = """
WITH RECURSIVE dead(id) AS (
    SELECT record FROM outbox WHERE state = 'refused'
    UNION
    SELECT e.id FROM points_entry e WHERE e.area = :area AND e.revision = 0
        AND e.reverses IS NOT NULL AND EXISTS (SELECT 1 FROM points_entry o
            WHERE o.area = e.area AND o.reverses = e.reverses AND o.id <> e.id AND o.revision > 0)
    UNION
    SELECT e.id FROM points_entry e JOIN dead ON e.reverses = dead.id
        WHERE e.area = :area AND e.revision = 0
)
"""
_COUNTS = """
WHERE area = :area AND subject IN (SELECT value FROM json_each(:subjects)) AND deleted = 0
    AND id NOT IN (SELECT id FROM dead)
"""
_ENTRIES = text(
    f"{_DEAD} SELECT subject, device, sum(points) FROM points_entry {_COUNTS}"  # noqa: S608 - ours
    " GROUP BY subject, device"
)
_HANDOVERS = text(
    f"{_DEAD} SELECT subject, from_device, to_device, sum(points) FROM points_handover"  # noqa: S608
    f" {_COUNTS} GROUP BY subject, from_device, to_device"
)


@dataclass(frozen=True)
class Standing:
    """What a subject has, in points: in all, on this PC, and on the others by id (None: the pool).

    ``asked`` is what this PC has asked for and not been given yet.
    """

    balance: int = 0
    here: int = 0
    elsewhere: dict[Value, int] = field(default_factory=dict)
    asked: int = 0


def own_device(connection: Connection) -> str | None:
    """The id of this PC at the county; None before it is enrolled."""
    return settings.read(connection, settings.DEVICE) or None


def rights_of(
    connection: Connection, area: str, subjects: Iterable[str]
) -> dict[str, Counter[Value]]:
    """How many points each PC may spend of these subjects, as far as this PC knows."""
    asked = list(dict.fromkeys(subjects))
    rights: dict[str, Counter[Value]] = {subject: Counter() for subject in asked}
    these = {"area": area, "subjects": json.dumps(asked)}
    for subject, device, points in connection.execute(_ENTRIES, these):
        rights[subject][device] += points
    for subject, giver, taker, points in connection.execute(_HANDOVERS, these):
        rights[subject][giver] -= points
        rights[subject][taker] += points
    return rights


def standings_of(connection: Connection, area: str, subjects: Iterable[str]) -> dict[str, Standing]:
    """What each of these subjects has, and where it may be spent."""
    own, open_requests = own_device(connection), open_requests_of(connection, area)
    found = {}
    for subject, rights in rights_of(connection, area, subjects).items():
        asked = sum(r.points for r in open_requests if (r.subject, r.device) == (subject, own))
        standing = Standing(sum(rights.values()), rights[own], _but(rights, own), asked)
        found[subject] = standing
    return found


def names_of(connection: Connection) -> dict[Value, str]:
    """The other PCs of the village by id."""
    return dict(connection.execute(select(neighbour.c.device, neighbour.c.name)).all())


def where_in_words(elsewhere: dict[Value, int], names: dict[Value, str]) -> str:
    """Where points may be spent: 「50分记在“二号机”上，10分还在县里」."""
    parts = [
        f"{points}分还在县里"
        if device == POOL
        else f"{points}分记在“{names.get(device, SOME_PC)}”上"
        for device, points in sorted(elsewhere.items(), key=lambda e: (e[0] is POOL, -e[1]))
    ]
    return "，".join(parts)


@dataclass(frozen=True)
class OpenRequest:
    """What a PC has asked for and not been given: the newest of its requests for a subject.

    ``turn`` is the county's number of the request; 0 for one that waits here.
    """

    record: str
    subject: str
    device: str
    points: int
    turn: int


def open_requests_of(connection: Connection, area: str) -> list[OpenRequest]:
    """The requests that are still open, as far as this PC knows, oldest first."""
    newest: dict[tuple[str, str], OpenRequest] = {}
    for record, subject, device, points, turn in connection.exec_driver_sql(
        "SELECT id, subject, device, points, revision FROM points_request e WHERE area = ?"
        " AND id NOT IN (SELECT record FROM outbox WHERE state = 'refused')"
        # What waits here is newer than all that the county has; ids are in the order of writing.
        " ORDER BY revision = 0, revision, id",
        (area,),
    ):
        newest[subject, device] = OpenRequest(record, subject, device, points, turn)
    if not newest:
        return []
    given = connection.exec_driver_sql(
        "SELECT subject, to_device, points, revision FROM points_handover WHERE area = ?"
        " AND subject IN (SELECT value FROM json_each(?))"
        " AND id NOT IN (SELECT record FROM outbox WHERE state = 'refused')",
        (area, json.dumps(sorted({subject for subject, _ in newest}))),
    )
    left = Counter({key: request.points for key, request in newest.items()})
    for subject, device, points, turn in given:
        request = newest.get((subject, device))
        # A handover that waits here answers a request that this PC has read.
        if request and request.turn and (turn > request.turn or not turn):
            left[subject, device] -= points
    still = [
        OpenRequest(r.record, r.subject, r.device, left[key], r.turn)
        for key, r in newest.items()
        if left[key] > 0
    ]
    return sorted(still, key=lambda request: (not request.turn, request.turn))


def stamped(
    connection: Connection, area: str, record: type[Record], rows: Sequence[dict[str, Value]]
) -> None:
    """Note in new records whose right they change: this PC's; of a reversal that gives back that
    of the PC whose entry it reverses, for there it was taken."""
    name = {PointsEntry: "device", PointsHandover: "from_device", PointsRequest: "device"}.get(
        record  # type: ignore[arg-type]
    )
    if name is None:
        return
    own = own_device(connection)
    for values in rows:
        values[name] = own
        points = values.get("points")
        if record is PointsEntry and values.get("reverses") and isinstance(points, int):
            target = connection.execute(
                select(_entries.c.device).where(
                    _entries.c.area == area, _entries.c.id == values["reverses"]
                )
            ).first()
            if target is not None and points > 0:
                values[name] = target.device


def points_problem(
    connection: Connection, area: str, record: type[Record], values: Values
) -> dict[str, str]:
    """Check a new record against the ledger; Chinese sentences by field name."""
    points = values.get("points")
    if record is PointsRequest or (
        record is PointsEntry and values["reverses"] is None and int(points or 0) > 0
    ):
        # Who only earns is never refused, and who asks has nothing to lose.
        return {}
    own, subject = own_device(connection), str(values["subject"])
    rights = rights_of(connection, area, [subject])[subject]
    if record is PointsHandover:
        return handover_problem(values, rights[own])
    words = where_in_words(_but(rights, own), names_of(connection))
    purse = Purse(sum(rights.values()), rights[own], words)
    return ledger_problem(values, purse, _reversed_by(connection, area, values))


def note_neighbours(connection: Connection, names: dict[str, str]) -> None:
    """Keep what the county calls the other PCs."""
    if names:
        connection.exec_driver_sql(
            "INSERT INTO neighbour (device, name) VALUES (?, ?)"
            " ON CONFLICT (device) DO UPDATE SET name = excluded.name",
            list(names.items()),
        )


def become(connection: Connection, device: str) -> None:
    """This PC is known to the county under a (new) id: what it has written and the county has not
    taken in is on its right from now on."""
    before = own_device(connection)
    for kind, name in (
        (PointsEntry.kind, "device"),
        (PointsHandover.kind, "from_device"),
        (PointsRequest.kind, "device"),
    ):
        # Kinds and names are our own.
        connection.exec_driver_sql(
            f"UPDATE {kind} SET {name} = ? WHERE revision = 0 AND {name} IS ?",  # noqa: S608
            (device, before),
        )
        connection.exec_driver_sql(
            f"UPDATE outbox SET values_json = json_set(values_json, '$.{name}', ?)"  # noqa: S608
            f" WHERE kind = ? AND json_extract(values_json, '$.{name}') IS ?",
            (device, kind, before),
        )


def _but(rights: Counter[Value], own: str | None) -> dict[Value, int]:
    """What the others may spend."""
    return {device: points for device, points in rights.items() if device != own and points}


def _reversed_by(connection: Connection, area: str, values: Values) -> Reversed | None:
    """The entry of the same subject that an entry reverses, if any."""
    reverses = values.get("reverses")
    if reverses is None:
        return None
    here = (_entries.c.area == area, _entries.c.deleted == 0)
    points = connection.execute(
        select(_entries.c.points).where(
            *here, _entries.c.id == reverses, _entries.c.subject == values.get("subject")
        )
    ).scalar()
    if points is None:
        return None
    before = select(_entries.c.id).where(*here, _entries.c.reverses == reverses).limit(1)
    return Reversed(points, connection.execute(before).first() is not None)
