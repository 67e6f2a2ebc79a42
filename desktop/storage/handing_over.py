"""Handing over the right to spend points: what this PC gives, asks for, and answers at a sync."""

from __future__ import annotations

from desktop.storage import settings
from desktop.storage.errors import RecordInvalid
from desktop.storage.ledger import (
    SOME_PC,
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


def answer_requests(store: Store) -> int:
    """Hand over what other PCs of the village have asked for, as far as this PC has it.

    Whoever has points to spend loses nothing by it: a PC that turns out to need them asks back. Of
    two PCs that ask for the points of one subject, the one that asked later gives. Returns how many
    handovers wait now to be sent.
    """
    with store.read() as connection:
        own, area = own_device(connection), settings.read(connection, settings.AREA)
        requests = open_requests_of(connection, area)
        wanted = [request for request in requests if request.device != own]
        if own is None or not wanted:
            return 0
    given = 0
    with store.write() as writing:
        connection = writing.connection
        mine = {r.subject: r.turn for r in requests if r.device == own and r.turn}
        names = names_of(connection)
        for request in wanted:
            right = rights_of(connection, area, [request.subject])[request.subject][own]
            points = min(right, request.points)
            if points <= 0 or mine.get(request.subject, request.turn) < request.turn:
                continue
            note = f"应“{names.get(request.device, SOME_PC)}”的请求"
            try:
                hand_over(writing, request.subject, request.device, points, note)
                given += 1
            except RecordInvalid:
                # The subject is gone meanwhile.
                continue
    return given
