"""Handing over the right to spend points: what this PC gives, asks for, and answers at a sync."""

from __future__ import annotations

from sqlalchemy import Connection

from desktop.storage import settings
from desktop.storage.driver import tuples_of
from desktop.storage.errors import RecordInvalid
from desktop.storage.ledger import (
    SOME_PC,
    OpenRequest,
    names_of,
    open_requests_of,
    own_device,
    rights_of,
)
from desktop.storage.store import Store
from desktop.storage.writing import Writing
from sync.records import PointsHandover, PointsRequest, Value


def ask(writing: Writing, subject: str, points: int) -> str:
    """Ask the county and the other PCs for the right to spend points; returns the request's id."""
    return writing.create(PointsRequest, {"subject": subject, "points": points})


def hand_over(writing: Writing, subject: str, to: Value, points: int, note: str = "") -> str:
    """Give the right to spend points to another PC, or (None) to the county's pool; returns the
    handover's id. Raises RecordInvalid."""
    values: dict[str, Value] = {"subject": subject, "to_device": to, "points": points}
    return writing.create(PointsHandover, {**values, "note": note or None})


def any_asked(connection: Connection) -> bool:
    """Whether any PC has ever asked for the right to spend points: a quick look."""
    return bool(tuples_of(connection, "SELECT 1 FROM points_request LIMIT 1"))


def answer_requests(store: Store) -> int:
    """Hand over what other PCs of the village have asked for, as far as this PC has it.

    Nobody loses by it: a PC that turns out to need the points asks back. But one that has asked
    itself, before the other, keeps them until it has spent: somebody stands at its counter. Returns
    how many handovers wait now to be sent.
    """
    with store.read() as connection:
        own, area = own_device(connection), settings.read(connection, settings.AREA)
        wanted = [r for r in open_requests_of(connection, area) if r.device != own]
        if own is None or not wanted:
            return 0
    given = 0
    with store.write() as writing:
        names = names_of(writing.connection)
        for request in wanted:
            subject = request.subject
            rights = rights_of(writing.connection, area, [subject])[subject]
            points = min(rights[own], request.points)
            if points <= 0 or _keeps(writing.connection, area, own, request):
                continue
            note = f"应“{names.get(request.device, SOME_PC)}”的请求"
            try:
                hand_over(writing, subject, request.device, points, note)
                given += 1
            except RecordInvalid:
                # The subject is gone meanwhile.
                continue
    return given


def _keeps(connection: Connection, area: str, own: str, request: OpenRequest) -> bool:
    """Whether this PC has asked for the same points before another, and not spent any since."""
    found = connection.exec_driver_sql(
        "SELECT EXISTS (SELECT 1 FROM points_request r WHERE r.area = ? AND r.subject = ?"
        " AND r.device = ? AND r.revision BETWEEN 1 AND ? AND NOT EXISTS"
        " (SELECT 1 FROM points_entry e WHERE e.area = r.area AND e.subject = r.subject"
        " AND e.device = r.device AND e.points < 0"
        # What waits here was written after what the county has.
        " AND (e.revision = 0 OR e.revision > r.revision)))",
        (area, request.subject, own, request.turn),
    )
    return bool(found.scalar_one())
