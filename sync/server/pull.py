"""What a PC has not read yet, in the order of its area's numbers, page by page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import Connection

from sync.protocol import Histories, Rows
from sync.records import KINDS, SYSTEM_COLUMNS
from sync.records.base import bulky_in_one_message, bulky_kinds
from sync.server.asking import ask, ask_one, in_list, listed
from sync.server.brief import Named, told_by_edits
from sync.server.log import Step, histories_told, steps_between
from sync.server.log_runs import Run, runs_within
from sync.server.numbering import Head

_WITHIN = "FROM change_log l WHERE l.area = ? AND l.revision > ? AND l.revision <= ?"

#: Where a record's id and revision are among the columns that are read.
_ID, _REVISION = (SYSTEM_COLUMNS[1:].index(name) for name in ("id", "revision"))
#: The most records in one answer, whatever the PC asks for: memory stays flat on both ends.
LONGEST_PAGE = 5000


class Brief(NamedTuple):
    """A PC that has every record as it stood at its cursor: its id, and the records that it must be
    shown whole all the same."""

    device: str
    but: Collection[Named]


@dataclass
class Page:
    """Rows for one answer, the cursors after them, and how many numbers are still unread."""

    rows: list[Rows] = field(default_factory=list)
    histories: list[Histories] = field(default_factory=list)
    cursors: dict[str, int] = field(default_factory=dict)
    remaining: int = 0


class _Span(NamedTuple):
    """Numbers of an area: those behind ``after`` up to ``upto`` without the ``known`` ones."""

    area: str
    after: int
    upto: int
    known: Collection[int]


def read_page(
    connection: Connection,
    heads: Mapping[str, Head],
    cursors: Mapping[str, int],
    page: int,
    known: Collection[int],
    brief: Brief | None = None,
) -> Page:
    """Read at most ``page`` records that changed after the ``cursors``, and how they changed.

    ``heads`` are how far each area has come, read in this transaction or before; the PC's own area
    comes last. ``known`` are numbers in it whose records the PC has as they stand. Each record
    comes once, at its newest revision: an older number of it is passed over, its newest lies
    further on. Where the reading ends, of what was only edited no more than that need be told
    (``brief``).
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
            span = _Span(area, cursor, last, skipped)
            _read_span(connection, answer, span, own, brief if upto == head.head else None)
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
            rows = _as_they_stand(connection, kind, area, asked)
            found += _by_columns(area, kind, rows)
    return found


def _before_too_much(connection: Connection, area: str, cursor: int, upto: int, most: int) -> int:
    """Let a page end before it has more bulky records than fit into a message."""
    if upto - cursor <= most:
        return upto
    kinds = tuple(sorted(bulky_kinds()))
    sql = (
        f"SELECT l.revision {_WITHIN} AND l.kind IN ({', '.join('?' * len(kinds))})"
        " ORDER BY l.revision LIMIT 1 OFFSET ?"
    )
    beyond = ask_one(connection, sql, (area, cursor, upto, *kinds, most))
    return upto if beyond is None else int(beyond[0]) - 1


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


def _read_span(
    connection: Connection, answer: Page, span: _Span, own: str, brief: Brief | None
) -> None:
    """Add to an answer what some numbers of an area are about."""
    area, after, upto, known = span
    steps = steps_between(connection, area, after, upto)
    # Each number lies in the log or in a run.
    runs = runs_within(connection, area, after, upto) if len(steps) < upto - after else []
    told: set[Named] = set()
    if area == own:
        answer.histories += histories_told(connection, area, steps, known)
        if brief:
            rows, told = told_by_edits(area, steps, after, *brief)
            answer.rows += rows
    whole = [s for s in steps if s.revision not in known and (s.kind, s.record) not in told]
    answer.rows += _changed_rows(connection, area, whole, runs, known)


def _changed_rows(
    connection: Connection,
    area: str,
    steps: Iterable[Step],
    runs: Iterable[Run],
    known: Collection[int],
) -> list[Rows]:
    """The records that ``steps`` and ``runs`` are about, whole, where their newest number is among
    these."""
    numbers: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for run in runs:
        numbers[run.kind].update({i: n for i, n in run.numbers.items() if n not in known})
    for step in steps:
        numbers[step.kind][step.record] = step.revision
    found: list[Rows] = []
    for kind in sorted(numbers.keys() & KINDS.keys()):
        newest = numbers[kind]
        there = _as_they_stand(connection, kind, area, newest) if newest else []
        # What was changed since comes with that change.
        rows = [row for row in there if row[_REVISION] == newest[row[_ID]]]
        found += _by_columns(area, kind, rows)
    return found


def _as_they_stand(
    connection: Connection, kind: str, area: str, records: Collection[str]
) -> list[tuple[Any, ...]]:
    # Kinds and columns are our own names, values travel as parameters.
    sql = f'SELECT {_columns(kind)} FROM "{kind}" r WHERE area = ? AND id {in_list(connection)}'  # noqa: S608
    return ask(connection, sql, (area, listed(connection, records)), anew=True)


def _columns(kind: str) -> str:
    return ", ".join(f'r."{name}"' for name in _names(kind))


def _names(kind: str) -> list[str]:
    return [*SYSTEM_COLUMNS[1:], *KINDS[kind].fields]


def _by_columns(area: str, kind: str, rows: Sequence[Any]) -> list[Rows]:
    """Rows as one message has them: by columns, in the order of their numbers."""
    if not rows:
        return []
    ordered = sorted(rows, key=itemgetter(_REVISION))
    return [Rows(kind, area, _names(kind), [list(column) for column in zip(*ordered, strict=True)])]
