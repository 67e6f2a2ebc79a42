"""The history of records on this PC: what others did, as the county tells it, and what we did.

What a sync tells is written down as it is, in one row, and laid into the history behind it
(``catch_up``): a step is a page of the file or two more, which nobody should wait for. Whoever asks
before finds it all the same.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from desktop.storage import settings
from desktop.storage.driver import carry_out, tuples_of
from sync.protocol import Histories

_KEPT = (
    'SELECT number, area, kind, record, operation, "by", at, reason, values_json, previous_json'
    " FROM outbox WHERE number IN (SELECT value FROM json_each(?))"
)
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode
_UNCHANGED = "{}"
_GONE = "deleted"


class Kept(NamedTuple):
    """One step of a record's history; ``fields`` is JSON, {name: [old, new]}. Without a revision
    where the county did not take it in."""

    area: str
    revision: int | None
    kind: str
    record: str
    operation: str
    code: str
    by: str
    at: str
    device: str
    fields: str
    reason: str


_NOTHING: Mapping[int, Kept] = MappingProxyType({})
_decode_steps = msgspec.json.Decoder(list[Kept]).decode
#: A longer list of steps is laid in at once, and all where more lists wait than these: whoever asks
#: looks through all of them.
_FEW, _PARTS = 500, 10

_COLUMNS = 'area, revision, kind, record, operation, code, "by", at, device, fields_json, reason'
# The same is told again after an answer was lost.
_INSERT = (
    f"INSERT INTO history ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    " ON CONFLICT (area, revision) DO NOTHING"
)

_LAID_IN = (
    "SELECT revision FROM history WHERE area = ? AND revision IN (SELECT value FROM json_each(?))"
)


def receive(connection: Connection, told: Histories) -> None:
    """Keep what the county tells of changes by others."""
    fields = [_encode(written).decode() for written in told.fields]
    columns = (
        told.revisions,
        told.kinds,
        told.records,
        told.operations,
        told.codes,
        told.by,
        told.at,
        told.devices,
        fields,
    )
    _keep(connection, [Kept._make((told.area, *row, "")) for row in zip(*columns, strict=True)])


def told_of(connection: Connection, numbers: Iterable[int]) -> dict[int, Kept]:
    """What the history will say of some places of the outbox, but for what the county makes of
    them: the revision and the code."""
    device = settings.read(connection, settings.DEVICE_NAME)
    entries = tuples_of(connection, _KEPT, (json.dumps(list(numbers)),))
    return {number: _told(device, *entry) for number, *entry in entries}


def note_taken_in(
    connection: Connection, numbers: Mapping[int, int], known: Mapping[int, Kept] = _NOTHING
) -> None:
    """Keep what we did and the county took in as it was sent: outbox number → revision. What is
    ``known`` of them by ``told_of`` need not be looked up."""
    told = [(n, "accepted", revision) for n, revision in numbers.items()]
    _keep(connection, list(_steps(connection, told, known)))


def note_given_up(connection: Connection, entries: Iterable[Mapping[str, Any]]) -> None:
    """Keep what the county refused and a cadre does not send again, with the reason."""
    lay_in(connection)
    told = [(entry["number"], "given_up", None) for entry in entries]
    carry_out(connection, _INSERT, list(_steps(connection, told)))


def newest(connection: Connection) -> int:
    """The number of the newest step that is kept; 0 for none."""
    ((number,),) = tuples_of(connection, "SELECT max(number) FROM history")
    return int(number or 0)


def forget_given_up(connection: Connection, record_id: str, after: int) -> None:
    """A person took back what she gave up, which was noted ``after`` this number: it was not."""
    connection.exec_driver_sql(
        "DELETE FROM history WHERE record = ? AND number > ? AND code = 'given_up'",
        (record_id, after),
    )


def forget(connection: Connection, kind: str, records: Sequence[str]) -> None:
    """Keep nothing of what was done to some records of a kind."""
    lay_in(connection)
    connection.exec_driver_sql(
        "DELETE FROM history WHERE kind = ? AND record IN (SELECT value FROM json_each(?))",
        (kind, json.dumps(list(records))),
    )


def steps_of(connection: Connection, records: Collection[str], limit: int = -1) -> list[Kept]:
    """What was done to some records, newest first; at most ``limit`` steps, -1 for all."""
    fresh = _only_fresh(connection, records)
    found = tuples_of(
        connection,
        # What was given up has no revision: it stands where it was written down.
        f"SELECT {_COLUMNS} FROM history WHERE record IN (SELECT value FROM json_each(?))"  # noqa: S608
        " ORDER BY number DESC LIMIT ?",
        (json.dumps(list(records)), limit),
    )
    newest_first = [*reversed(fresh), *(Kept(*row) for row in found)]
    return newest_first if limit < 0 else newest_first[:limit]


def once_had(record: str, field: str, value: str) -> str:
    """SQL that holds where the history knows that a field of a record had a value before; all
    three are SQL of our own."""
    before = f"json_extract({{0}}, '$.{field}[0]') = {value}"
    laid_in = before.format("h.fields_json")
    fresh = before.format("json_extract(step.value, '$[9]')")
    return (
        f"(EXISTS (SELECT 1 FROM history h WHERE h.record = {record} AND {laid_in})"  # noqa: S608
        " OR EXISTS (SELECT 1 FROM fresh_history f, json_each(f.steps) step"
        f" WHERE json_extract(step.value, '$[3]') = {record} AND {fresh}))"
    )


def waits(connection: Connection) -> bool:
    """Whether something is left to be laid in."""
    return bool(tuples_of(connection, "SELECT 1 FROM fresh_history LIMIT 1"))


def catch_up(connection: Connection) -> bool:
    """Lay what one message told into the history; whether there was any."""
    for number, steps in _fresh(connection, 1):
        carry_out(connection, _INSERT, steps)
        carry_out(connection, "DELETE FROM fresh_history WHERE number = ?", [(number,)])
        return True
    return False


def lay_in(connection: Connection) -> None:
    """Lay all into the history that was told."""
    while catch_up(connection):
        pass


def _fresh(connection: Connection, most: int = -1) -> Iterator[tuple[int, list[Kept]]]:
    """The ``most`` oldest parts (-1: all) that are left to be laid in, each with its number."""
    sql = "SELECT number, steps FROM fresh_history ORDER BY number LIMIT ?"
    for number, steps in tuples_of(connection, sql, (most,)):
        yield number, _decode_steps(steps)


def _only_fresh(connection: Connection, records: Collection[str]) -> list[Kept]:
    """The steps of some records that are not laid in yet, oldest first; what was told again, as
    after an upgrade or by a stick, stands where it was told first."""
    fresh: dict[tuple[str, int | None], Kept] = {}
    for _, steps in _fresh(connection):
        for step in steps:
            if step.record in records:
                fresh.setdefault((step.area, step.revision), step)
    for area in {area for area, _ in fresh}:
        told = json.dumps([revision for of, revision in fresh if of == area])
        for (revision,) in tuples_of(connection, _LAID_IN, (area, told)):
            del fresh[area, revision]
    return list(fresh.values())


def _keep(connection: Connection, steps: Sequence[Kept]) -> None:
    if not steps:
        return
    ((parts,),) = tuples_of(connection, "SELECT count(*) FROM fresh_history")
    if len(steps) > _FEW or parts >= _PARTS:
        lay_in(connection)
        carry_out(connection, _INSERT, steps)
        return
    # One message tells of one area.
    row = (steps[0].area, _encode(steps).decode())
    carry_out(connection, "INSERT INTO fresh_history (area, steps) VALUES (?, ?)", [row])


def _steps(
    connection: Connection,
    what: Sequence[tuple[int, str, int | None]],
    known: Mapping[int, Kept] = _NOTHING,
) -> Iterator[Kept]:
    numbers = [number for number, _, _ in what if number not in known]
    told = {**known, **told_of(connection, numbers)} if numbers else known
    for number, code, revision in what:
        step = told[number]
        if step.operation == "create" and code == "accepted" and step.fields == _UNCHANGED:
            # What the county had forgotten and was told again: nothing has changed.
            continue
        yield step._replace(revision=revision, code=code)


def _told(
    device: str,
    area: str,
    kind: str,
    record: str,
    operation: str,
    by: str,
    at: str,
    reason: str,
    values: str,
    previous: str,
) -> Kept:
    before = _decode(previous)
    differing = _differing(_decode(values), before)
    if operation == "create" and before.get(_GONE):
        # It comes back as it was: that is news, even if none of its fields is.
        differing[_GONE] = [before[_GONE], 0]
    fields = _encode(differing).decode()
    return Kept(area, None, kind, record, operation, "", by, at, device, fields, reason)


def _differing(values: Mapping[str, Any], previous: Mapping[str, Any]) -> dict[str, list[Any]]:
    pairs = {name: [previous.get(name), value] for name, value in values.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
