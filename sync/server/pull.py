"""What a PC has not read yet, in the order of its area's numbers, page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from sync.protocol import Histories, Rows
from sync.records import KINDS, SYSTEM_COLUMNS
from sync.records.base import bulky_in_one_message, bulky_kinds
from sync.server.database import ask, in_list, listed
from sync.server.log import histories_between
from sync.server.numbering import Head

_WITHIN = "FROM change_log l WHERE l.area = ? AND l.revision > ? AND l.revision <= ?"
#: Of a table of records as ``r``.
_NEWEST = (
    "JOIN change_log l ON l.record = r.id AND l.revision = r.revision AND l.area = r.area"
    " WHERE l.area = ? AND l.revision > ? AND l.revision <= ?"
)

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
        last = _without_last(cursor, upto, skipped)
        if cursor < last:
            answer.rows += _changed_rows(connection, area, cursor, last, skipped)
        if area == own and cursor < last:
            answer.histories += histories_between(connection, area, cursor, last, skipped)
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
            these = f"WHERE r.area = ? AND r.id {in_list(connection)}"
            found += _rows(connection, area, kind, these, (area, listed(connection, asked)))
    return found


def _before_too_much(connection: Connection, area: str, cursor: int, upto: int, most: int) -> int:
    """Let a page end before it has more bulky records than fit into a message."""
    if upto - cursor <= most:
        return upto
    kinds = listed(connection, bulky_kinds())
    sql = (
        f"SELECT l.revision {_WITHIN} AND l.kind {in_list(connection)}"
        " ORDER BY l.revision LIMIT 1 OFFSET ?"
    )
    beyond = ask(connection, sql, (area, cursor, upto, kinds, most)).scalar()
    return upto if beyond is None else int(beyond) - 1


def _skip(cursor: int, head: int, known: Collection[int]) -> int:
    """Pass over the numbers next to the cursor that the PC knows: mostly all it has just sent."""
    while cursor < head and cursor + 1 in known:
        cursor += 1
    return cursor


def _without_last(cursor: int, upto: int, known: Collection[int]) -> int:
    """The last number that need be read: what a PC has just sent comes after what others had."""
    while cursor < upto and upto in known:
        upto -= 1
    return upto


def _changed_rows(
    connection: Connection, area: str, cursor: int, upto: int, known: Collection[int]
) -> list[Rows]:
    within = (area, cursor, upto)
    kinds = ask(connection, f"SELECT DISTINCT kind {_WITHIN} ORDER BY kind", within)
    found: list[Rows] = []
    for kind in kinds.scalars().all():
        if kind in KINDS:
            found += _rows(
                connection, area, kind, f"{_NEWEST} AND l.kind = ?", (*within, kind), known
            )
    return found


def _rows(
    connection: Connection,
    area: str,
    kind: str,
    condition: str,
    values: Sequence[Any],
    known: Collection[int] = (),
) -> list[Rows]:
    names = [*SYSTEM_COLUMNS[1:], *KINDS[kind].fields]
    columns = ", ".join(f'r."{name}"' for name in names)
    # Kinds and columns are our own names, values travel as parameters.
    sql = f'SELECT {columns} FROM "{kind}" r {condition} ORDER BY r.revision'  # noqa: S608
    rows = ask(connection, sql, values).fetchall()
    if known:
        place = names.index("revision")
        rows = [row for row in rows if row[place] not in known]
    if not rows:
        return []
    return [Rows(kind, area, names, [list(column) for column in zip(*rows, strict=True)])]
