"""The right to spend points, beyond single changes: PCs by name, and what a lost PC held."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from sync.protocol import Rows
from sync.records import PointsEntry, PointsHandover
from sync.server.accounts import Device
from sync.server.asking import among, askable
from sync.server.intake import Intake
from sync.server.points import KINDS_OF_RIGHTS, NAMING, rights_of
from sync.server.tables import device as devices

RELEASED = "电脑停用，县里收回"


def names_of_devices(connection: Connection, rows: Iterable[Rows], but: str) -> dict[str, str]:
    """The names of the PCs that rows of the ledger speak of, by id, but for one of them."""
    ids: set[str] = set()
    for part in rows:
        if part.kind in KINDS_OF_RIGHTS:
            for name in NAMING:
                if name in part.names:
                    ids |= askable(part.columns[part.names.index(name)])
    ids.discard(but)
    if not ids:
        return {}
    statement = select(devices.c.id, devices.c.name).where(among(connection, devices.c.id, ids))
    return dict(connection.execute(statement).all())


def release_rights(connection: Connection, area: str, device: str, at: str) -> int:
    """Hand over to the pool all that a PC may spend in an area: it is lost, or works for another.

    Out of the pool every other PC of the village may ask for it. ``at`` is the county's time. In
    the caller's transaction, which writes; returns for how many subjects there was something.
    What the PC has written and never sent is judged as if it came from a PC with nothing.
    """
    intake = Intake(connection, Device("", area, ""), at)
    entries, handovers = PointsEntry.table.c, PointsHandover.table.c
    earned = select(entries.subject).where(entries.area == area, entries.device == device)
    taken = select(handovers.subject).where(handovers.area == area, handovers.to_device == device)
    subjects = set(connection.execute(earned.union(taken)).scalars())
    held = {s: rights[device] for s, rights in rights_of(connection, area, subjects).items()}
    for subject in sorted(s for s in held if isinstance(s, str)):
        if held[subject] > 0:
            intake.add_by_county(
                PointsHandover.kind,
                {
                    "subject": subject,
                    "from_device": device,
                    "points": held[subject],
                    "note": RELEASED,
                },
            )
    intake.save()
    return sum(points > 0 for points in held.values())
