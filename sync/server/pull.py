"""What a PC has not read yet, in the order of its area's numbers, page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, Connection, and_, select

from sync.protocol import Histories, Rows
from sync.records import KINDS, SYSTEM_COLUMNS
from sync.records.base import bulky_in_one_message, bulky_kinds
from sync.server.database import among
from sync.server.log import histories_between
from sync.server.numbering import Head
from sync.server.tables import change_log

#: The most records in one answer, whatever the PC asks for: memory stays flat on both ends.
LONGEST_PAGE = 5000


@dataclass
class Page:
    """Rows for one answer, the cursors after them, and how many numbers are still unread."""

    rows: list[Rows] = field(default_factory=list)
    histories: list[Histories] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    remaining: int = 0


def read_page(
    connection: Connection,
    heads: Mapping[str, Head],
    cursors: Mapping[str, int],
    page: int,
    known: Collection[int],
) -> Page:
    """Read at most ``page`` records that changed after the ``cursors``, and how they changed.

    ``heads`` are how far each area has come, read in this transaction or before; the PC's own area
    comes last. ``known`` are numbers in it whose records the PC has as they stand. Each record
    comes once, at its newest revision: an older number of it is passed over, its newest lies
    further on.
    """
    answer, left = Page(), min(max(page, 0), LONGEST_PAGE)
    own = list(heads)[-1]
    for area, head in heads.items():
        skipped = known if area == own else ()
        # A cursor beyond the head (of a PC that knows no eras) counts as the head.
        cursor = head.passed(min(max(cursors.get(area, 0), 0), head.head))
        cursor = _skip(cursor, head.head, skipped)
        upto = head.last_of(cursor, left)
        upto = _before_too_much(connection, area, cursor, upto, bulky_in_one_message(page))
        answer.rows += _changed_rows(connection, area, cursor, upto, skipped)
        if area == own and cursor < upto:
            answer.histories += histories_between(connection, area, cursor, upto, skipped)
        left -= upto - cursor
        answer.cursors[area] = upto
        answer.remaining += head.unread(upto)
    return answer


def read_records(
    connection: Connection, area: str, wanted: Mapping[str, Iterable[str]], but: Sequence[Rows]
) -> list[Rows]:
    """Read records by kind and id as they stand, without those that ``but`` holds already."""
    held = {(rows.kind, record) for rows in but if rows.area == area for record in rows.columns[0]}
    found: list[Rows] = []
    for kind, records in wanted.items():
        asked = [record for record in records if (kind, record) not in held]
        if asked:
            found += _rows(
                connection, area, kind, among(connection, KINDS[kind].table.c.id, asked), ()
            )
    return found


def _before_too_much(connection: Connection, area: str, cursor: int, upto: int, most: int) -> int:
    """Let a page end before it has more bulky records than fit into a message."""
    if upto - cursor <= most:
        return upto
    log = change_log.c
    within = and_(log.area == area, log.revision > cursor, log.revision <= upto)
    statement = select(log.revision).where(within, log.kind.in_(bulky_kinds()))
    beyond = connection.execute(statement.order_by(log.revision).offset(most).limit(1)).scalar()
    return upto if beyond is None else int(beyond) - 1


def _skip(cursor: int, head: int, known: Collection[int]) -> int:
    """Pass over the numbers next to the cursor that the PC knows: mostly all it has just sent."""
    while cursor < head and cursor + 1 in known:
        cursor += 1
    return cursor


def _changed_rows(
    connection: Connection, area: str, cursor: int, upto: int, known: Collection[int]
) -> list[Rows]:
    if cursor == upto:
        return []
    log = change_log.c
    within = and_(log.area == area, log.revision > cursor, log.revision <= upto)
    kinds = connection.execute(select(log.kind).where(within).distinct().order_by(log.kind))
    found: list[Rows] = []
    for kind in kinds.scalars():
        if kind in KINDS:
            table = KINDS[kind].table
            newest = and_(
                within,
                log.kind == kind,
                log.record == table.c.id,
                log.revision == table.c.revision,
            )
            found += _rows(connection, area, kind, newest, known)
    return found


def _rows(
    connection: Connection,
    area: str,
    kind: str,
    condition: ColumnElement[bool],
    known: Collection[int],
) -> list[Rows]:
    table = KINDS[kind].table
    names = [*SYSTEM_COLUMNS[1:], *KINDS[kind].fields]
    statement = select(*(table.c[name] for name in names)).where(table.c.area == area, condition)
    rows = connection.execute(statement.order_by(table.c.revision)).fetchall()
    if known:
        rows = [row for row in rows if row.revision not in known]
    if not rows:
        return []
    return [Rows(kind, area, names, [list(column) for column in zip(*rows, strict=True)])]
