"""What the county publishes for all its villages: records of its own area, added and changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection
from uuid_utils import uuid7

from sync.protocol import Change, to_blocks
from sync.records import Record, Value
from sync.server.accounts import Device
from sync.server.exchange import county_time
from sync.server.intake import Intake


@dataclass(frozen=True)
class Loaded:
    """What publishing did: how many records were added, and how many changed."""

    added: int
    changed: int


def publish(
    connection: Connection,
    county: str,
    record: type[Record],
    wanted: Mapping[str, Mapping[str, Value]],
) -> Loaded:
    """Let the county's records of a kind be as ``wanted`` (values by id); what is not named stays
    as it is. The caller commits."""
    intake = Intake(connection, Device("", county, ""), county_time())
    changes = [_change(record, key, values) for key, values in wanted.items()]
    blocks = to_blocks(changes)
    intake.load(blocks, blocks)
    added = changed = 0
    for change in changes:
        row = intake.village.row(record.kind, change.record)
        if row is None:
            intake.add(change)
            added += 1
        elif touched := {n: v for n, v in change.values.items() if row[n] != v}:
            intake.write(change, "accepted", touched)
            changed += 1
    intake.save()
    return Loaded(added, changed)


def _change(record: type[Record], key: str, values: Mapping[str, Value]) -> Change:
    return Change(str(uuid7()), record.kind, key, "create", 0, dict(values), "", county_time())
