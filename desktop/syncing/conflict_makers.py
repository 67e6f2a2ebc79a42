"""Who wrote what stands at the county in a conflict, as far as this PC knows. No Qt."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from desktop.register.history import Step
from desktop.syncing.versions import Versions
from sync.records.conflicts import WHOLE


@dataclass(frozen=True)
class Who:
    """Who wrote something, when, and on which PC; each may be ''."""

    by: str = ""
    at: str = ""
    device: str = ""


def maker_of(steps: Sequence[Step], name: str, versions: Versions) -> Who:
    """Who wrote what stands in a field: the newest change of it that is no refused one, if it says
    what stands. The history may be shorter than the record is old."""
    for step in steps:
        if step.how in ("refused", "given_up", "conflict"):
            continue
        if name == WHOLE:
            # Of the two that met one was a deletion, and the other no creation.
            if step.operation == ("delete" if versions.row["deleted"] else "edit"):
                return Who(step.by, step.at, step.device)
            continue
        for touched, _old, new in step.changes:
            if touched == name:
                stands = new == versions.row[name]
                return Who(step.by, step.at, step.device) if stands else Who()
    return Who()


def steps_of(connection: Connection, records: Iterable[str]) -> Mapping[str, Sequence[Step]]:
    """What came to stand in many records at the county, newest first, asked at once."""
    found = connection.exec_driver_sql(
        'SELECT record, at, "by", device, operation, code, fields_json FROM history'
        " WHERE record IN (SELECT value FROM json_each(?)) ORDER BY number DESC",
        (json.dumps(list(records)),),
    )
    steps: defaultdict[str, list[Step]] = defaultdict(list)
    for record, at, by, device, operation, code, fields in found:
        changes = tuple((name, old, new) for name, (old, new) in json.loads(fields).items())
        steps[record].append(Step(at, by, device, operation, code, changes))
    return steps
