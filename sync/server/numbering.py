"""Numbers within an area, given under that area's lock.

A plain sequence is not enough: two transactions take 7 and 8, the second commits first, a PC reads
up to 8 and never sees 7. Here whoever wants a number first locks the area's row and keeps it locked
until commit, so numbers become visible in their order, without a gap; other areas go on meanwhile.

A county that went back to a backup has forgotten its last numbers, but PCs have not. It must never
give them again for other changes: a new *era* begins far above them, as soon as a PC comes that has
read further than the county can tell (or when whoever restored it says so).

The same backup may be put back twice, and then the county has forgotten its last era too. So an era
is not counted but named by its first number, which follows the clock: the milliseconds since 1970.
No village writes as fast as that, so an era of a later day begins above all numbers of one that was
forgotten, and neither is taken for the other. Where the clock lies, it is still above all that the
county remembers and the PC has shown.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from sync.protocol import Era
from sync.server.asking import ask, ask_one, write_many
from sync.server.tables import area_head

#: How far a new era begins above the last known number: more than a county writes in a village
#: between two backups.
LEAP = 1_000_000
#: No number lies above this: no clock comes to it, and there is room for eras above.
LARGEST = 2**53

_HEADS = "SELECT area, head, era, since, start FROM area_head WHERE area"
_HEAD = "SELECT head, era, since, start FROM area_head WHERE area = ?"


class Head(NamedTuple):
    """How far an area's numbers have come; from ``since`` to before ``start`` lies nothing."""

    head: int = 0
    era: int = 0
    since: int = 0
    start: int = 0

    def follows(self, cursor: int, era: int) -> bool:
        """Whether a PC that has read to ``cursor`` in ``era`` can read on from there.

        One that claims what no backup can explain is believed nothing: it reads from the head.
        """
        if era == self.era:
            return cursor <= self.head or cursor > self.head + LEAP
        return max(cursor, era) > LARGEST

    def passed(self, cursor: int) -> int:
        """The cursor behind the numbers that nobody gives, if it stands before them."""
        return self.start - 1 if self.era and self.since <= cursor < self.start else cursor

    def last_of(self, cursor: int, page: int) -> int:
        """The last number of the page behind ``cursor``."""
        end = self.since if self.era and cursor < self.since else self.head
        return min(cursor + page, end)

    def unread(self, cursor: int) -> int:
        """How many numbers lie behind ``cursor``."""
        gap = self.start - 1 - self.since if self.era and cursor < self.since else 0
        return self.head - self.passed(cursor) - gap


class Numbers:
    """The numbers of one area, for as long as the transaction holds the area's lock."""

    def __init__(self, connection: Connection, area: str) -> None:
        self._connection = connection
        self._area = area
        self.known = _lock(connection, area)
        self.head = self._before = self.known.head

    def take(self, count: int = 1) -> int:
        """Give the next ``count`` numbers; return the first."""
        first = self.head + 1
        self.head += count
        return first

    def keep(self) -> None:
        """Write down how far the numbers have come."""
        if self.head != self._before:
            self._write(head=self.head)
            self._before = self.head

    def begin_era(self, seen: int = 0, era: int = 0) -> None:
        """Give new numbers far above all that were given, and above what a PC has ``seen`` in an
        ``era``."""
        known = max(self.known.head, self.known.era, seen, era)
        start = max(known + LEAP + 1, time.time_ns() // 1_000_000)
        self.known = Head(start - 1, start, self.known.head, start)
        self._write(**self.known._asdict())
        self.head = self._before = start - 1

    def _write(self, **values: int) -> None:
        columns = ", ".join(f"{name} = ?" for name in values)
        # Columns are our own names, values travel as parameters.
        sql = f"UPDATE area_head SET {columns} WHERE area = ?"  # noqa: S608
        write_many(self._connection, sql, [(*values.values(), self._area)])


def begin_eras(connection: Connection) -> int:
    """Begin an era in every area: the county has just gone back to a backup. Returns how many.

    Whoever restores says so, because a PC only shows it once it has read further than the backup.
    """
    areas = connection.execute(select(area_head.c.area).order_by(area_head.c.area)).scalars().all()
    for area in areas:
        Numbers(connection, area).begin_era()
    return len(areas)


def heads_of(connection: Connection, areas: Sequence[str]) -> dict[str, Head]:
    """How far the numbers of ``areas`` have come."""
    sql = f"{_HEADS} IN ({', '.join('?' * len(areas))})"
    found = {area: Head(*numbers) for area, *numbers in ask(connection, sql, areas)}
    return {area: found.get(area, Head()) for area in areas}


def eras_of(heads: Mapping[str, Head]) -> dict[str, Era]:
    """What a PC is told of eras: only where one is not the first."""
    return {area: Era(h.era, h.since) for area, h in heads.items() if h.era}


def lock_areas(connection: Connection, areas: Iterable[str]) -> None:
    """Hold the locks of several areas until commit, always in the order of their codes: two who
    want the same ones wait for each other once, never each for the other."""
    for area in sorted(set(areas)):
        _lock(connection, area)


def _lock(connection: Connection, area: str) -> Head:
    on_sqlite = connection.dialect.name == "sqlite"
    # SQLite has no FOR UPDATE and needs none: BEGIN IMMEDIATE locked the whole file.
    sql = _HEAD if on_sqlite else f"{_HEAD} FOR UPDATE"
    found = ask_one(connection, sql, (area,))
    if found is None:
        if on_sqlite:
            connection.execute(insert(area_head).values(area=area, head=0))
        else:
            # Two PCs may be the first of their village at the same moment.
            first = insert_unless_there(area_head).values(area=area, head=0)
            connection.execute(first.on_conflict_do_nothing())
        (found,) = ask(connection, sql, (area,))
    return Head(*found)
