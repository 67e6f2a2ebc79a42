"""Which PCs the county knows: one-time codes that let one in, and tokens that tell it again."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, insert, select, update
from uuid_utils import uuid7

from sync.protocol import VERSION, EnrolAnswer, EnrolRequest
from sync.records import Division, tidy
from sync.server.asking import ask_one
from sync.server.database import reading, writing
from sync.server.errors import Refusal, ServerError
from sync.server.forms import keepable
from sync.server.own_keys import own_keys
from sync.server.tables import device, enrol_code

#: No 0 and O, no 1, I and L: codes are read out over the telephone and copied by hand.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_GROUPS, _GROUP = 3, 4
CODE_DAYS = 14
LONGEST_NAME = 60
UNNAMED = "未命名的电脑"
# When a PC was last seen is kept to the hour: enough to find a dead one, useless to watch people.
_SEEN_EVERY = timedelta(hours=1)

_KNOWN = (
    "SELECT d.id, d.area, d.name, d.last_seen_at, d.revoked,"
    " EXISTS (SELECT 1 FROM left_area l WHERE l.device = d.id) FROM device d WHERE d.token_hash = ?"
)


@dataclass(frozen=True)
class Device:
    """A PC that has shown its token: its id, its one village, the name it goes by, whether it has
    ``moved`` there and may still work for the village that it leaves, and when it was last seen."""

    id: str
    area: str
    name: str
    moved: bool = False
    last_seen_at: str = ""


def new_code(engine: Engine, village: str, now: datetime | None = None) -> str:
    """Make a one-time code for one village, good for 14 days; only its hash is kept.

    Raises ServerError where the county has no such village or community.
    """
    now = now or datetime.now(UTC)
    letters = [secrets.choice(ALPHABET) for _ in range(_GROUPS * _GROUP)]
    code = "-".join("".join(letters[i : i + _GROUP]) for i in range(0, len(letters), _GROUP))
    with writing(engine) as connection:
        if village_name(connection, village) is None:
            raise ServerError(f"区划表里没有代码为“{village}”的村或社区")
        expires = now + timedelta(days=CODE_DAYS)
        row = {"code_hash": _hash(_plain(code)), "area": village, "expires_at": _iso(expires)}
        connection.execute(insert(enrol_code).values(row))
    return code


def enrol(engine: Engine, request: EnrolRequest, now: datetime | None = None) -> EnrolAnswer:
    """Take a PC in for the village of its code, and use the code up. Raises Refusal (403)."""
    now = now or datetime.now(UTC)
    name = keepable(tidy.line(request.device_name)[:LONGEST_NAME], LONGEST_NAME)
    token, id_ = secrets.token_urlsafe(32), str(uuid7())
    own = own_keys(engine).public
    with writing(engine) as connection:
        area = _use_up(connection, _hash(_plain(request.code)), now)
        village = village_name(connection, area)
        if village is None:
            raise Refusal(403, "bad_code", "这个注册码的村已经不在区划表里，请与县里联系")
        row = {"id": id_, "area": area, "name": name or UNNAMED, "token_hash": _hash(token)}
        stamp = {"enrolled_at": _iso(now), "last_seen_at": _iso(now)}
        keys = {"courier_keys": request.keys.to_text() if request.keys else ""}
        connection.execute(insert(device).values(row | stamp | keys))
    return EnrolAnswer(VERSION, id_, token, area, village, _iso(now), own)


def device_of(engine: Engine, token: str, now: datetime | None = None) -> Device:
    """The PC that a token belongs to, which is seen now. Raises Refusal (401) for none, or one no
    longer let in."""
    with reading(engine) as connection:
        known = known_device(connection, token)
    note_seen(engine, known, now)
    return known


def known_device(connection: Connection, token: str) -> Device:
    """As ``device_of``, in a transaction that only reads: the caller has it noted as seen."""
    found = ask_one(connection, _KNOWN, (_hash(token),))
    if found is None:
        raise Refusal(401, "unknown_device", "县里不认识这台电脑，请向县里要注册码重新登记")
    id_, area, name, last_seen_at, revoked, moved = found
    if revoked:
        raise Refusal(401, "revoked", "县里停用了这台电脑，不再收发。您填的都在本机，请与县里联系")
    return Device(id_, area, name, bool(moved), last_seen_at)


def note_seen(engine: Engine, pc: Device, now: datetime | None = None) -> None:
    """Keep that a PC is seen, if that was not so within the hour."""
    now = now or datetime.now(UTC)
    if pc.last_seen_at < _iso(now - _SEEN_EVERY):
        seen = update(device).where(device.c.id == pc.id).values(last_seen_at=_iso(now))
        with writing(engine) as connection:
            connection.execute(seen)


def village_name(connection: Connection, code: str) -> str | None:
    """The name of a village or community by its code; None where the county has none."""
    table = Division.table
    statement = select(table.c.name).where(
        table.c.id == code, table.c.deleted == 0, table.c.level.in_(("village", "community"))
    )
    name: str | None = connection.execute(statement).scalar()
    return name


def _use_up(connection: Connection, code_hash: str, now: datetime) -> str:
    known = enrol_code.c
    # One statement decides, so two PCs with one code cannot both get in.
    used = connection.execute(
        update(enrol_code)
        .where(known.code_hash == code_hash, known.used_at.is_(None), known.expires_at > _iso(now))
        .values(used_at=_iso(now))
    )
    area: str | None = connection.execute(
        select(known.area).where(known.code_hash == code_hash)
    ).scalar()
    if area is None:
        raise Refusal(403, "bad_code", "注册码不对，请对照县里给的再输一遍")
    if used.rowcount == 0:
        raise Refusal(403, "bad_code", "这个注册码已经用过或者过期了，请向县里要一个新的")
    return area


def _plain(code: str) -> str:
    """A code as it is compared: without dashes and spaces, in capitals, half-width."""
    return "".join(c for c in tidy.fold(code).upper() if c.isalnum())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
