"""The log of handled changes: what was answered, and who changed which field of a record when.

Whoever asks need not know that new records may lie in runs (``log_runs``).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from sync.protocol import Change, Code, Histories
from sync.records import Value
from sync.server.asking import SPLIT, ask, ask_each, in_list, listed
from sync.server.bulk import Row
from sync.server.forms import LONGEST_AT, LONGEST_BY, LONGEST_ID, keepable
from sync.server.log_runs import numbers_of
from sync.server.log_runs import rows_at as rows_of_runs
from sync.server.tables import change_log

#: The columns of a log row, in the order of the tuples made here.
COLUMNS = tuple(column.name for column in change_log.columns)
_ALL = ", ".join(f'"{name}"' for name in COLUMNS)

#: Of what was rejected no more than this is kept: more fields than any record has, and more
#: characters than a village may write into any of them.
MOST_FIELDS = 200
LONGEST_VALUE = 5000

_STEPS = (
    'SELECT l.revision, l.previous, l.kind, l.record, l.operation, l.code, l."by", l.at, l.device,'
    " coalesce(d.name, ''), l.fields, m.record IS NOT NULL"
    " FROM change_log l LEFT JOIN device d ON d.id = l.device"
    " LEFT JOIN moved_record m ON m.area = l.area AND m.kind = l.kind AND m.record = l.record"
    " WHERE l.area = ? AND l.revision > ? AND l.revision <= ? ORDER BY l.revision"
)
#: Fewer changes are looked for one by one.
_MANY = 300
_BETWEEN_THEM = (
    f"SELECT 1 FROM (SELECT CAST(? AS TEXT) AS area, min(value) AS first, max(value) AS last"  # noqa: S608
    f" FROM unnest({SPLIT}) w (value)) w, LATERAL (SELECT 1 FROM change_log WHERE area = w.area"
    " AND change BETWEEN w.first AND w.last ORDER BY change LIMIT 1) found"
)
_decode = msgspec.json.Decoder().decode
#: Made once: ``json.dumps`` makes an encoder for each call that wants Chinese as it is.
_encode = json.JSONEncoder(ensure_ascii=False).encode

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


class Step(NamedTuple):
    """One number of an area as the log tells it: what was done to which record, by whom, when, on
    which ``device`` ('' for the county), called ``pc``, and whether the record has ``moved``."""

    revision: int
    previous: int
    kind: str
    record: str
    operation: str
    code: str
    by: str
    at: str
    device: str
    pc: str
    fields: Differences | None
    moved: bool


def answers_of(connection: Connection, area: str, changes: Collection[str]) -> dict[str, Answer]:
    """What those of ``changes`` that were handled before were answered, by change id."""
    if not changes:
        return {}
    runs = numbers_of(connection, area, changes)
    answers = {change: Answer("accepted", number, "") for change, number in runs}
    if _none_between(connection, area, changes):
        return answers
    wanted = "change, code, revision, reason"
    found = ask_each(connection, wanted, "change_log", ("change", area), changes)
    for change, code, revision, reason in found:
        answers[change] = Answer(code, revision or 0, reason)
    return answers


def rows_at(connection: Connection, area: str, revisions: Collection[int]) -> list[dict[str, Any]]:
    """The rows of the log under some numbers of an area, by column."""
    key = ("revision", area)
    asked = ask_each(connection, _ALL, "change_log", key, revisions, numbers=True)
    found = [dict(zip(COLUMNS, row, strict=True)) for row in asked]
    if len(found) < len(revisions):
        missing = set(revisions).difference(row["revision"] for row in found)
        found += rows_of_runs(connection, area, missing)
    return found


def _none_between(connection: Connection, area: str, changes: Collection[str]) -> bool:
    """Whether no change from the first to the last of these was handled, as far as one look tells:
    the ids of what a PC wrote at once stand next to each other, and mostly nothing else between
    them."""
    if connection.dialect.name == "sqlite":
        sql = "SELECT 1 FROM change_log WHERE area = ? AND change BETWEEN ? AND ? LIMIT 1"
        return not ask(connection, sql, (area, min(changes), max(changes)))
    # To look for a few costs no more; which is first PostgreSQL must say, for its order of texts
    # may be that of a language.
    return len(changes) >= _MANY and not ask(
        connection, _BETWEEN_THEM, (area, listed(connection, changes))
    )


def histories_of(
    connection: Connection, area: str, bases: Mapping[int, int]
) -> dict[tuple[str, str], list[Entry]]:
    """What the county took in about some records after a base each, newest first.

    ``bases`` gives, for the number that a record has now, the number to go back to. Returned by
    kind and id. Each turn follows all records one number back, so it costs what happened since.
    """
    histories: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    wanted = {revision: base for revision, base in bases.items() if revision > base}
    while wanted:
        earlier: dict[int, int] = {}
        for row in rows_at(connection, area, wanted):
            written = None if row["fields"] is None else _decode(row["fields"])
            revision, previous = row["revision"], row["previous"]
            entry = Entry(revision, row["change"], row["device"], row["operation"], written)
            histories[row["kind"], row["record"]].append(entry)
            if previous > wanted[revision]:
                earlier[previous] = wanted[revision]
        wanted = earlier
    return histories


def steps_between(connection: Connection, area: str, after: int, upto: int) -> list[Step]:
    """What the log tells of the numbers behind ``after`` up to ``upto``, in their order; of new
    records only those that lie in no run."""
    return [
        Step._make((*head, None if fields is None else _decode(fields), bool(moved)))
        for *head, fields, moved in ask(connection, _STEPS, (area, after, upto))
    ]


def histories_told(
    connection: Connection, area: str, steps: Sequence[Step], but: Collection[int]
) -> list[Histories]:
    """What was done to records by some steps, without those that the PC took itself (``but``).
    Plain creates are left out, for the record says it all, but for what another PC entered as well:
    there it is asked which PC wrote which. The history of a record that moved is told where it
    went."""
    others = [s for s in steps if s.fields is not None and not s.moved and s.revision not in but]
    told = [
        (s.revision, s.kind, s.record, s.operation, s.code, s.by, s.at, s.pc, s.fields or {})
        for s in [*_first_entered(connection, area, others), *others]
    ]
    columns: list[list[Any]] = [list(column) for column in zip(*told, strict=True)]
    return [Histories(area, *columns)] if columns else []


def _first_entered(connection: Connection, area: str, steps: Sequence[Step]) -> list[Step]:
    """The making of those records that some steps entered once more and otherwise."""
    again = [s for s in steps if s.operation == "create" and (s.code == "conflict" or s.fields)]
    wanted, found = {s.previous for s in again if s.previous}, list[dict[str, Any]]()
    while wanted:
        rows = rows_at(connection, area, wanted)
        found += [row for row in rows if not row["previous"] and row["fields"] is None]
        # What comes back after a deletion says itself what it holds.
        followed = [row for row in rows if row["operation"] != "delete"]
        wanted = {row["previous"] for row in followed if row["previous"]}
    sql = f"SELECT id, name FROM device WHERE id {in_list(connection)}"  # noqa: S608
    asked = listed(connection, {row["device"] for row in found})
    names = dict(ask(connection, sql, (asked,), anew=True)) if found else {}
    head = ("revision", "previous", "kind", "record", "operation", "code", "by", "at", "device")
    return [
        Step._make((*(row[name] for name in head), names.get(row["device"]) or "", None, False))
        for row in sorted(found, key=itemgetter("revision"))
    ]


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
        None if fields is None else _encode(fields),
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
