"""Who wrote what stands at the county in a conflict, as far as this PC knows. No Qt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from desktop.register.history import step_of
from desktop.register.steps import Step
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
    """Who wrote what stands in a field: the newest change of it that came to stand, if it says what
    stands; else whoever made the record, where its history goes back so far."""
    for step in steps:
        if step.part or step.how in ("refused", "given_up"):
            continue
        if name == WHOLE:
            # Of the two that met one was a deletion, and the other no creation.
            operation = "delete" if versions.row["deleted"] else "edit"
            if step.operation == operation and step.how != "conflict":
                return _who(step)
            continue
        for touched, _old, new in step.changes:
            if touched == name:
                return _who(step) if new == versions.row[name] else Who()
    making = next((step for step in steps if step.is_making and not step.part), None)
    return _who(making) if making and name != WHOLE else Who()


def steps_of(connection: Connection, records: Iterable[str]) -> Mapping[str, Sequence[Step]]:
    """What came to stand in many records at the county, newest first, asked at once."""
    steps: defaultdict[str, list[Step]] = defaultdict(list)
    for kept in histories.steps_of(connection, set(records)):
        steps[kept.record].append(step_of(kept))
    return steps


def _who(step: Step) -> Who:
    return Who(step.by, step.at, step.device)
