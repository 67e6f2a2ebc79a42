"""What the history says of our own changes to which the county answers a second time.

The first answer was lost. The county may have shown the record as it stands, with a change in it,
before it told what became of that change: then what the change covers here is no longer what its
writer saw, and the steps before it tell that.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from desktop.storage import histories
from desktop.storage.driver import tuples_of

_SENT = (
    "SELECT number, kind, record, values_json, previous_json FROM outbox"
    " WHERE operation = 'edit' AND number IN (SELECT value FROM json_each(?)) ORDER BY number"
)


def told_again(connection: Connection, numbers: Mapping[int, int]) -> dict[int, histories.Kept]:
    """What the history will say of edits that were answered before, by outbox number → revision:
    of those only that the county has shown already."""
    entries = [
        entry
        for entry in tuples_of(connection, _SENT, (json.dumps(list(numbers)),))
        if numbers[entry[0]] <= _revision(connection, entry[1], entry[2])
    ]
    if not entries:
        return {}
    told = histories.told_of(connection, [entry[0] for entry in entries])
    stood = _values_before(connection, {entry[2]: numbers[entry[0]] for entry in reversed(entries)})
    found: dict[int, histories.Kept] = {}
    for number, _, record, values, previous in entries:
        wanted = json.loads(values)
        seen = json.loads(previous) | stood[record]
        pairs = {n: [seen.get(n), v] for n, v in wanted.items() if seen.get(n) != v}
        found[number] = told[number]._replace(fields=json.dumps(pairs, ensure_ascii=False))
        stood[record].update(wanted)
    return found


def _revision(connection: Connection, kind: str, record: str) -> int:
    sql = f"SELECT revision FROM {kind} WHERE id = ?"  # noqa: S608 - kinds are our own names
    return max((int(revision) for (revision,) in tuples_of(connection, sql, (record,))), default=0)


def _values_before(
    connection: Connection, revisions: Mapping[str, int]
) -> defaultdict[str, dict[str, Any]]:
    """What the history knows of the fields of some records before a revision of each."""
    stood: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for step in reversed(histories.steps_of(connection, revisions)):
        if step.revision is not None and step.revision < revisions[step.record]:
            after = {name: pair[1] for name, pair in json.loads(step.fields).items()}
            stood[step.record].update(after)
    return stood
