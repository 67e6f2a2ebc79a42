"""What lost a conflict, beside the step that lost it. No Qt."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select

from desktop.register.steps import Changed, Told
from sync.records import Conflict, Value

#: A row of the conflicts.
Stored = Mapping[str, Any]


def conflicts_about(connection: Connection, records: Sequence[str]) -> dict[str, Stored]:
    """The conflicts about some records by id, settled or not, and those about these conflicts:
    two PCs may have chosen differently."""
    table = Conflict.table
    found: dict[str, Stored] = {}
    asked = list(records)
    while asked:
        rows = connection.execute(select(table).where(table.c.record.in_(asked))).mappings()
        new = {row["id"]: dict(row) for row in rows if row["id"] not in found}
        found |= new
        asked = list(new)
    return found


def with_losses(told: Sequence[Told], conflicts: Mapping[str, Stored]) -> list[Told]:
    """The same steps, newest first, each that lost something with what it lost.

    A conflict names who wrote the losing side and when, which several steps of one second share:
    the county opens them in the order of those steps.
    """
    open_to: defaultdict[tuple[str, str, str], list[Stored]] = defaultdict(list)
    for conflict in sorted(conflicts.values(), key=lambda row: str(row["id"])):
        by, at = conflict["other_by"] or "", conflict["other_at"] or ""
        open_to[conflict["record"], by, at].append(conflict)
    found: list[Told] = []
    for one in told:
        of_it = open_to[one.record, one.step.by.strip(), one.step.at.strip()]
        if one.step.how == "conflict" and of_it:
            one = replace(one, step=replace(one.step, lost=_lost(of_it.pop())))
        found.append(one)
    return found


def side_of(text: object) -> dict[str, Value]:
    """The values of one side of a conflict by field."""
    try:
        found = json.loads(str(text or "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _lost(conflict: Stored) -> tuple[Changed, ...]:
    stood, written = side_of(conflict["county_values"]), side_of(conflict["other_values"])
    names = str(conflict["fields_in_conflict"]).split(",")
    return tuple((name, stood.get(name), written[name]) for name in names if name in written)
