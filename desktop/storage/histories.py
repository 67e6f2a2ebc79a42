"""The history of records on this PC: what others did, as the county tells it, and what we did."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from desktop.storage import settings
from desktop.storage.database import carry_out, tuples_of
from sync.protocol import Histories

_KEPT = (
    'SELECT number, area, kind, record, operation, "by", at, reason, values_json, previous_json'
    " FROM outbox WHERE number IN (SELECT value FROM json_each(?))"
)
_decode = msgspec.json.Decoder(dict[str, Any]).decode
_encode = msgspec.json.Encoder().encode

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


def note_taken_in(connection: Connection, numbers: Mapping[int, int]) -> None:
    """Keep what we did and the county took in as it was sent: outbox number → revision."""
    _keep(connection, numbers, [(n, "accepted", revision) for n, revision in numbers.items()])


def note_given_up(connection: Connection, entries: Iterable[Mapping[str, Any]]) -> None:
    """Keep what the county refused and a cadre does not send again, with the reason."""
    numbers = [entry["number"] for entry in entries]
    _keep(connection, numbers, [(number, "given_up", None) for number in numbers])


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
    connection: Connection, numbers: Iterable[int], told: Sequence[tuple[int, str, int | None]]
) -> None:
    if not told:
        return
    wanted = tuples_of(connection, _KEPT, (json.dumps(list(numbers)),))
    entries = {number: rest for number, *rest in wanted}
    device = settings.read(connection, settings.DEVICE_NAME)
    rows = []
    for number, code, revision in told:
        area, kind, record, operation, by, at, reason, values, previous = entries[number]
        fields = _differing(_decode(values), _decode(previous))
        if operation == "create" and code == "accepted" and not fields:
            # What the county had forgotten and was told again: nothing has changed.
            continue
        head = (area, revision, kind, record, operation, code)
        rows.append((*head, by, at, device, _encode(fields).decode(), reason))
    carry_out(connection, _INSERT, rows)


def _differing(values: Mapping[str, Any], previous: Mapping[str, Any]) -> dict[str, list[Any]]:
    pairs = {name: [previous.get(name), value] for name, value in values.items()}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
