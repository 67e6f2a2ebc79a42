"""The log of handled changes: what was answered, and who changed which field of a record when."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, exists, func, select

from sync.protocol import Change, Code, Histories
from sync.records import Value
from sync.server.bulk import Row
from sync.server.database import among
from sync.server.forms import LONGEST_AT, LONGEST_BY, LONGEST_ID, keepable
from sync.server.tables import change_log, moved_record
from sync.server.tables import device as devices

#: The columns of a log row, in the order of the tuples made here.
COLUMNS = tuple(column.name for column in change_log.columns)

#: Of what was rejected no more than this is kept: more fields than any record has, and more
#: characters than a village may write into any of them.
MOST_FIELDS = 200
LONGEST_VALUE = 5000

#: Field name → [value before, value after].
Differences = dict[str, list[Value]]


class Answer(NamedTuple):
    """What a change was answered; ``revision`` is 0 where nothing was written."""

    code: Code
    revision: int
    reason: str


class Entry(NamedTuple):
    """One earlier change of a record that the county took in."""

    revision: int
    change: str
    device: str
    operation: str
    fields: Differences | None


def answers_of(connection: Connection, area: str, changes: Collection[str]) -> dict[str, Answer]:
    """What those of ``changes`` that were handled before were answered, by change id."""
    log = change_log.c
    found = connection.execute(
        select(log.change, log.code, log.revision, log.reason).where(
            log.area == area, among(connection, log.change, changes)
        )
    )
    return {change: Answer(code, revision or 0, reason) for change, code, revision, reason in found}


def histories_of(
    connection: Connection, area: str, bases: Mapping[int, int]
) -> dict[tuple[str, str], list[Entry]]:
    """What the county took in about some records after a base each, newest first.

    ``bases`` gives, for the number that a record has now, the number to go back to. Returned by
    kind and id. Each turn follows all records one number back, so it costs what happened since.
    """
    log = change_log.c
    histories: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    wanted = {revision: base for revision, base in bases.items() if revision > base}
    while wanted:
        statement = select(
            log.kind,
            log.record,
            log.previous,
            log.fields,
            log.revision,
            log.change,
            log.device,
            log.operation,
        ).where(log.area == area, among(connection, log.revision, wanted))
        earlier: dict[int, int] = {}
        for row in connection.execute(statement):
            written = None if row.fields is None else json.loads(row.fields)
            entry = Entry(row.revision, row.change, row.device, row.operation, written)
            histories[row.kind, row.record].append(entry)
            if row.previous > wanted[row.revision]:
                earlier[row.previous] = wanted[row.revision]
        wanted = earlier
    return histories


def histories_between(
    connection: Connection, area: str, after: int, upto: int, but: Collection[int]
) -> list[Histories]:
    """What was done to records of an area by the numbers behind ``after`` up to ``upto``, without
    those that the PC wrote itself (``but``). Plain creates are left out: the record says it all."""
    log = change_log.c
    names = select(devices.c.name).where(devices.c.id == log.device).scalar_subquery()
    moved = moved_record.c
    # The history of a record that moved is told where it went.
    left = exists().where(moved.area == area, moved.kind == log.kind, moved.record == log.record)
    statement = (
        select(
            log.revision,
            log.kind,
            log.record,
            log.operation,
            log.code,
            log.by,
            log.at,
            func.coalesce(names, ""),
            log.fields,
        )
        .where(
            log.area == area,
            log.revision > after,
            log.revision <= upto,
            log.fields.is_not(None),
            ~left,
        )
        .order_by(log.revision)
    )
    found = [row for row in connection.execute(statement) if row.revision not in but]
    if not found:
        return []
    columns: list[list[Any]] = [list(column) for column in zip(*found, strict=True)]
    columns[-1] = [json.loads(written) for written in columns[-1]]
    return [Histories(area, *columns)]


def changed_by_others(
    history: Sequence[Entry],
    values: Mapping[str, Value],
    *,
    since: int,
    seen: Callable[[Entry], bool],
) -> list[str]:
    """The fields that were changed after revision ``since`` without being ``seen``, in order.

    ``history`` goes back at least to ``since``, newest first; ``values`` are the record's fields as
    they stand. A PC never conflicts with its own earlier changes that its later ones follow: those
    were written by somebody who had them before their eyes. With what it has forgotten, it does.
    """
    before = dict(values)
    changed: dict[str, None] = {}
    for entry in history:
        if entry.revision > since and not seen(entry):
            if entry.fields is not None:
                changed.update(dict.fromkeys(entry.fields))
            elif entry.operation == "create":
                changed.update({name: None for name, old in before.items() if old is not None})
        before.update({name: old for name, (old, _) in (entry.fields or {}).items()})
    return list(changed)


def log_row(
    area: str,
    change: Change,
    answer: Answer,
    previous: int,
    fields: Differences | None,
    stamp: tuple[str, str],
) -> Row:
    """The log's row for one handled change; of a malformed one what can be kept.

    ``stamp`` is the device it came from and the county's time.
    """
    return (
        area,
        change.id,
        answer.revision or None,
        previous,
        keepable(change.kind, LONGEST_ID),
        keepable(change.record, LONGEST_ID),
        change.operation,
        answer.code,
        answer.reason,
        None if fields is None else json.dumps(fields, ensure_ascii=False),
        keepable(change.by, LONGEST_BY),
        keepable(change.at, LONGEST_AT),
        *stamp,
    )


def refused_values(values: Mapping[str, Value]) -> Differences:
    """What a rejected change would have written, as the log keeps it: cut where it is longer than
    any field may be, for the wire brings what it likes."""
    kept = list(values.items())[:MOST_FIELDS]
    cut = {n[:LONGEST_ID]: v[:LONGEST_VALUE] if isinstance(v, str) else v for n, v in kept}
    # What no database takes as text is kept as a reader can still make it out.
    return {_plain(n): [None, _plain(v) if isinstance(v, str) else v] for n, v in cut.items()}


def differences(before: Mapping[str, Any], after: Mapping[str, Value]) -> Differences:
    """What ``after`` changes of ``before``."""
    return {name: [before.get(name), value] for name, value in after.items()}


def _plain(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
