"""The history of records on this PC: what others did, as the county tells it, and what we did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
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


class Told(NamedTuple):
    """What the history says of a change of this PC, but for what the county makes of it; ``fields``
    is JSON."""

    area: str
    kind: str
    record: str
    operation: str
    by: str
    at: str
    device: str
    fields: str
    reason: str


_NOTHING: Mapping[int, Told] = MappingProxyType({})

# The same is told again after an answer was lost.
_INSERT = (
    'INSERT INTO history (area, revision, kind, record, operation, code, "by", at, device,'
    " fields_json, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (area, revision) DO NOTHING"
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
    rows = [(told.area, *row, "") for row in zip(*columns, strict=True)]
    carry_out(connection, _INSERT, rows)


def told_of(connection: Connection, numbers: Iterable[int]) -> dict[int, Told]:
    """What the history will say of some places of the outbox, whatever becomes of them."""
    device = settings.read(connection, settings.DEVICE_NAME)
    entries = tuples_of(connection, _KEPT, (json.dumps(list(numbers)),))
    return {number: _told(device, *entry) for number, *entry in entries}


def note_taken_in(
    connection: Connection, numbers: Mapping[int, int], known: Mapping[int, Told] = _NOTHING
) -> None:
    """Keep what we did and the county took in as it was sent: outbox number → revision. What is
    ``known`` of them by ``told_of`` need not be looked up."""
    told = [(n, "accepted", revision) for n, revision in numbers.items()]
    _keep(connection, told, known)


def note_given_up(connection: Connection, entries: Iterable[Mapping[str, Any]]) -> None:
    """Keep what the county refused and a cadre does not send again, with the reason."""
    _keep(connection, [(entry["number"], "given_up", None) for entry in entries])


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


def _keep(
    connection: Connection,
    what: Sequence[tuple[int, str, int | None]],
    known: Mapping[int, Told] = _NOTHING,
) -> None:
    numbers = [number for number, _, _ in what if number not in known]
    told = {**known, **told_of(connection, numbers)} if numbers else known
    rows = []
    for number, code, revision in what:
        step = told[number]
        if step.operation == "create" and code == "accepted" and step.fields == _UNCHANGED:
            # What the county had forgotten and was told again: nothing has changed.
            continue
        head = (step.area, revision, step.kind, step.record, step.operation, code)
        rows.append((*head, step.by, step.at, step.device, step.fields, step.reason))
    carry_out(connection, _INSERT, rows)


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
) -> Told:
    fields = _encode(_differing(_decode(values), _decode(previous))).decode()
    return Told(area, kind, record, operation, by, at, device, fields, reason)


def _differing(values: Mapping[str, Any], previous: Mapping[str, Any]) -> dict[str, list[Any]]:
    pairs = {name: [previous.get(name), value] for name, value in values.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
