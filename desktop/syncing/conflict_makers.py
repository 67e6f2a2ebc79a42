"""Who wrote what stands at the county in a conflict, as far as this PC knows. No Qt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from desktop.register.history import Step, changes_of
from desktop.storage import histories
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
    steps: defaultdict[str, list[Step]] = defaultdict(list)
    for kept in histories.steps_of(connection, set(records)):
        head = (kept.at, kept.by, kept.device, kept.operation, kept.code)
        steps[kept.record].append(Step(*head, changes_of(kept)))
    return steps
