"""Which files this PC sent off on a stick, and which of them were answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from desktop.storage.driver import tuples_of
from desktop.storage.settled import WAITS
from desktop.storage.tables import courier


@dataclass(frozen=True)
class Out:
    """A file that left and has no answer yet. ``waiting`` of its ``changes`` wait still; the others
    went by line meanwhile."""

    file: str
    number: int
    at: str
    name: str
    changes: int
    waiting: int


def note_out(
    connection: Connection, file: str, at: str, name: str, changes: int, upto: int
) -> None:
    """Note that a file leaves; its number is ``next_number``."""
    connection.execute(
        insert(courier).values(
            file=file,
            number=next_number(connection),
            at=at,
            name=name,
            changes=changes,
            upto=upto,
        )
    )


def never_left(connection: Connection, file: str) -> None:
    """Forget a file that could not be written after all."""
    connection.execute(delete(courier).where(courier.c.file == file))


def next_number(connection: Connection) -> int:
    """The number of the next file, from 1."""
    return (
        int(connection.execute(select(func.coalesce(func.max(courier.c.number), 0))).scalar_one())
        + 1
    )


def note_answer(connection: Connection, file: str, answer: str, county_time: str) -> None:
    """Note that an answer to a file was read to its end."""
    connection.execute(
        update(courier).where(courier.c.file == file).values(answer=answer, county_time=county_time)
    )


def knows(connection: Connection, file: str) -> bool:
    """Whether this PC remembers having made a file."""
    return (
        connection.execute(select(courier.c.file).where(courier.c.file == file)).first() is not None
    )


def was_read(connection: Connection, answer: str) -> bool:
    """Whether this very answer was read to its end before."""
    return (
        connection.execute(select(courier.c.file).where(courier.c.answer == answer)).first()
        is not None
    )


def out_now(connection: Connection) -> Out | None:
    """The newest file that left, unless it or a later one was answered: then nothing is out."""
    newest = connection.execute(
        select(courier).order_by(courier.c.number.desc(), courier.c.at.desc()).limit(1)
    ).first()
    if newest is None or newest.answer:
        return None
    still = f"SELECT count(*) FROM outbox WHERE {WAITS} AND number <= ?"  # noqa: S608 - our own
    ((waiting,),) = tuples_of(connection, still, (newest.upto,))
    return Out(newest.file, newest.number, newest.at, newest.name, newest.changes, waiting)


def on_a_stick(connection: Connection, entries: Sequence[Mapping[str, Any]]) -> bool:
    """Whether one of these outbox entries left in a file, so that the county may know it already:
    what is on its way cannot be taken back, only followed by something else."""
    upto = connection.execute(
        select(func.max(courier.c.upto)).where(courier.c.answer == "")
    ).scalar()
    return upto is not None and any(entry["number"] <= upto for entry in entries)
