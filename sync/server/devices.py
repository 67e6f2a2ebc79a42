"""Which PC works for which village: listed, moved to another one, no longer let in.

A PC that was moved learns of it at its next sync. Until it has handed in what waits it goes on to
name the village that it leaves; then it names the new one, and the county forgets the old.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select, update

from sync.protocol import Move
from sync.server.accounts import Device, village_name
from sync.server.database import reading, writing
from sync.server.errors import Refusal, ServerError
from sync.server.rights import release_rights
from sync.server.tables import device, left_area

_WRONG = (
    "这台电脑上是别的村的资料，而县里登记它属于{village}，所以没有收发任何内容。"
    "您填的都在本机，请与县里联系。"
)


class Leave(NamedTuple):
    """A PC that still works for ``area`` and belongs elsewhere: what it is told."""

    area: str
    move: Move


def whereabouts(
    engine: Engine, pc: Device, claimed: str, cursors: Mapping[str, int], *, by_stick: bool = False
) -> Leave | None:
    """Check the village that a PC says it works for; None where it is its own.

    PCs of version 1 name none: theirs is the one among their ``cursors``, and they never move by
    themselves. What comes ``by_stick`` may be old, from when the PC was of its village before: it
    tells where the PC is only where that shows (``_arrives``). Raises Refusal (403) for a village
    that is not theirs.
    """
    if not pc.moved:
        if claimed in ("", pc.area):
            return None
        raise _refusal(engine, pc)
    if claimed == pc.area:
        if not by_stick or _arrives(pc, cursors):
            _forget(engine, pc)
        return None
    with reading(engine) as connection:
        mine = select(left_area.c.area).where(left_area.c.device == pc.id)
        left = list(connection.execute(mine.order_by(left_area.c.left_at)).scalars())
        name = village_name(connection, pc.area) or ""
    if not claimed:
        claimed = next((area for area in (*left, pc.area) if area in cursors), pc.area)
        if claimed == pc.area:
            return None
    if claimed not in left:
        raise _refusal(engine, pc)
    return Leave(claimed, Move(pc.area, name))


def _arrives(pc: Device, cursors: Mapping[str, int]) -> bool:
    """Whether a PC has read nothing of its village yet, but of the county, as one that has just
    come from elsewhere. One that reads all anew after an upgrade names nothing of either."""
    return not cursors.get(pc.area) and any(cursors.values())


def _forget(engine: Engine, pc: Device) -> None:
    """The PC has arrived. What it may spend of points in the villages that it left goes back."""
    with writing(engine) as connection:
        mine = left_area.c.device == pc.id
        left = connection.execute(select(left_area.c.area).where(mine)).scalars()
        _release(connection, pc.id, left)
        connection.execute(delete(left_area).where(mine))


def _release(connection: Connection, id_: str, areas: Iterable[str]) -> None:
    """Give back what a PC may spend of points in some areas, locked in the order of their codes."""
    for area in sorted(set(areas)):
        release_rights(connection, area, id_, _now())


def list_devices(engine: Engine, village: str = "") -> list[dict[str, Any]]:
    """All PCs, or those of a village: id, name, village, times, whether no longer let in, and the
    villages that they are leaving."""
    with reading(engine) as connection:
        statement = select(device).order_by(device.c.area, device.c.enrolled_at)
        if village:
            statement = statement.where(device.c.area == village)
        leaving: dict[str, list[str]] = {}
        for area, id_ in connection.execute(select(left_area.c.area, left_area.c.device)):
            leaving.setdefault(id_, []).append(area)
        return [
            {
                "id": row["id"],
                "name": row["name"],
                "village": row["area"],
                "village_name": village_name(connection, row["area"]) or "",
                "enrolled_at": row["enrolled_at"],
                "last_seen_at": row["last_seen_at"],
                "revoked": bool(row["revoked"]),
                "leaving": leaving.get(row["id"], []),
            }
            for row in connection.execute(statement).mappings()
        ]


def move_device(engine: Engine, id_: str, village: str) -> str:
    """Let a PC belong to another village; return that village's name. Raises ServerError."""
    with writing(engine) as connection:
        row = _known(connection, id_)
        name = village_name(connection, village)
        if name is None:
            raise ServerError(f"区划表里没有代码为“{village}”的村或社区")
        if row.revoked:
            raise ServerError(f"电脑“{row.name}”已经停用")
        if row.area != village:
            leave_for(connection, id_, row.area, village)
            connection.execute(update(device).where(device.c.id == id_).values(area=village))
    return name


def revoke_device(engine: Engine, id_: str) -> str:
    """No longer let a PC in; return its name. Raises ServerError.

    The points that only this PC could have spent go back to where the other PCs may ask for them,
    in the villages that it was leaving too.
    """
    with writing(engine) as connection:
        row, mine = _known(connection, id_), left_area.c.device == id_
        left = connection.execute(select(left_area.c.area).where(mine)).scalars()
        _release(connection, id_, (row.area, *left))
        connection.execute(delete(left_area).where(mine))
        connection.execute(update(device).where(device.c.id == id_).values(revoked=1))
    return str(row.name)


def leave_for(connection: Connection, id_: str, area: str, village: str) -> None:
    """Note that a PC leaves ``area`` for ``village``; it may have been there before."""
    mine = left_area.c.device == id_
    connection.execute(delete(left_area).where(mine, left_area.c.area.in_((area, village))))
    # Fine enough to tell which of several it left first.
    left_at = datetime.now(UTC).isoformat(timespec="microseconds")
    connection.execute(insert(left_area).values(area=area, device=id_, left_at=left_at))


def _known(connection: Connection, id_: str) -> Any:
    row = connection.execute(select(device).where(device.c.id == id_)).first()
    if row is None:
        raise ServerError(f"没有编号为“{id_}”的电脑，请用 devices 查看")
    return row


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _refusal(engine: Engine, pc: Device) -> Refusal:
    with reading(engine) as connection:
        village = village_name(connection, pc.area) or pc.area
    return Refusal(403, "wrong_area", _WRONG.format(village=village))
