"""Numbers within an area, given under that area's lock.

A plain sequence is not enough: two transactions take 7 and 8, the second commits first, a PC reads
up to 8 and never sees 7. Here whoever wants a number first locks the area's row and keeps it locked
until commit, so numbers become visible in their order, without a gap; other areas go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from sync.server.tables import area_head


class Numbers:
    """The numbers of one area, for as long as the transaction holds the area's lock."""

    def __init__(self, connection: Connection, area: str) -> None:
        self._connection = connection
        self._area = area
        self.head = self._before = _lock(connection, area)

    def take(self, count: int = 1) -> int:
        """Give the next ``count`` numbers; return the first."""
        first = self.head + 1
        self.head += count
        return first

    def keep(self) -> None:
        """Write down how far the numbers have come."""
        if self.head != self._before:
            where = area_head.c.area == self._area
            self._connection.execute(update(area_head).where(where).values(head=self.head))
            self._before = self.head


def lock_areas(connection: Connection, areas: Iterable[str]) -> None:
    """Hold the locks of several areas until commit, always in the order of their codes: two who
    want the same ones wait for each other once, never each for the other."""
    for area in sorted(set(areas)):
        _lock(connection, area)


def _lock(connection: Connection, area: str) -> int:
    # SQLite has no FOR UPDATE and needs none: BEGIN IMMEDIATE locked the whole file.
    statement = select(area_head.c.head).where(area_head.c.area == area).with_for_update()
    head = connection.execute(statement).scalar()
    if head is None:
        if connection.dialect.name == "sqlite":
            connection.execute(insert(area_head).values(area=area, head=0))
        else:
            # Two PCs may be the first of their village at the same moment.
            first = insert_unless_there(area_head).values(area=area, head=0)
            connection.execute(first.on_conflict_do_nothing())
        head = connection.execute(statement).scalar_one()
    return int(head)
