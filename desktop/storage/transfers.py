"""What of this PC's photos and documents the county does not have yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, exists, func, select, update
from sqlalchemy.dialects.sqlite import insert

from desktop.storage.driver import tuples_of
from desktop.storage.files import Files
from desktop.storage.tables import transfer
from sync.records import Attachment

_named = Attachment.table.c
#: One that nobody's record names any more does not go; undone, it goes after all.
_in_use = exists().where(_named.sha256 == transfer.c.sha256, _named.deleted == 0)
_wanted = _in_use | (transfer.c.moved == 1)


@dataclass(frozen=True)
class Transfer:
    """A file on its way to the county; ``trouble`` says in Chinese why it has not gone yet. When
    the record that named it has ``moved`` to another village, it goes from here then."""

    sha256: str
    size: int
    sent: int
    at: str
    trouble: str
    moved: int = 0


@dataclass(frozen=True)
class Waiting:
    """How many files the county does not have yet, and how many bytes of them are to go."""

    number: int = 0
    size: int = 0


def queue(connection: Connection, sha256: str, size: int, at: str) -> None:
    """Let a file wait to be sent; the record that names it is written in the same transaction."""
    statement = insert(transfer).values(sha256=sha256, size=size, at=at)
    connection.execute(statement.on_conflict_do_nothing())


def queue_again(connection: Connection, area: str, files: Files) -> None:
    """Let all that lies here of an area be offered once more: a county that went back to a backup
    may have lost it. What it has after all is not sent."""
    _queue_what_is_here(connection, files, _named.area == area)


def queue_appeared(
    connection: Connection, area: str, attachments: Sequence[str], files: Files
) -> None:
    """Let what lies here of attachments that have come be offered to the county: a database that
    went back to a backup no longer knows what of it is still to go. What the county has is not
    sent; of a PC's first pull nothing lies here."""
    if attachments:
        these = (_named.area == area) & _named.id.in_(list(attachments))
        _queue_what_is_here(connection, files, these)


def _queue_what_is_here(connection: Connection, files: Files, of: ColumnElement[bool]) -> None:
    # What the county gives is taken as it is, also a record that names no bytes.
    live = (of, _named.deleted == 0, _named.sha256.is_not(None), _named.size.is_not(None))
    named = select(_named.sha256, _named.size, _named.made_at).where(*live)
    for sha256, size, at in connection.execute(named).all():
        if files.has(sha256):
            queue(connection, sha256, size, at)


def hand_over(connection: Connection, area: str, attachments: Sequence[str]) -> None:
    """Let the files of attachments that move to another village go to the county, as far as it has
    none, and then from here."""
    here = (_named.area == area, _named.id.in_(list(attachments)), _named.deleted == 0)
    found = select(_named.sha256, _named.size, _named.made_at).where(*here)
    for sha256, size, at in connection.execute(found).all():
        statement = insert(transfer).values(sha256=sha256, size=size, at=at, moved=1)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["sha256"], set_={"moved": 1})
        )


def any_known(connection: Connection) -> bool:
    """Whether anything is noted as still to go, be it wanted or not: a quick look."""
    return bool(tuples_of(connection, "SELECT 1 FROM transfer LIMIT 1"))


def waiting(connection: Connection) -> list[Transfer]:
    """What is still to go, oldest first."""
    found = connection.execute(select(transfer).where(_wanted).order_by(transfer.c.at))
    return [Transfer(**row) for row in found.mappings()]


def count(connection: Connection) -> Waiting:
    """How much is still to go."""
    left = func.coalesce(func.sum(transfer.c.size - transfer.c.sent), 0)
    number, size = connection.execute(select(func.count(), left).where(_wanted)).one()
    return Waiting(int(number), int(size))


def any_can_go(connection: Connection, files: Files) -> bool:
    """Whether a file that lies here is still to go; one that is lost or damaged waits for
    nothing."""
    return any(files.is_sound(each.sha256) for each in waiting(connection))


def arrived(connection: Connection, sha256: str) -> bool:
    """The county has a file. Whether it is of no use here any more, for its record has moved."""
    this = transfer.c.sha256 == sha256
    gone = connection.execute(select(transfer.c.moved).where(this, ~_in_use)).scalar()
    connection.execute(delete(transfer).where(this))
    return bool(gone)


def note(connection: Connection, sha256: str, *, sent: int, trouble: str) -> None:
    """Write down how far a file has come, and why not further."""
    this = update(transfer).where(transfer.c.sha256 == sha256)
    connection.execute(this.values(sent=sent, trouble=trouble))
