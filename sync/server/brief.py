"""Records of which a PC need be told no more than what was edited since it has read them.

A whole record of a register is three times as long as what others changed of it, and the county
must look it up. What its log tells is enough where the PC had the record whole before, and where
nothing but edits of others came to it since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from sync.protocol import Rows
from sync.records import KINDS, Value
from sync.server.log import Step

#: A record by its kind and id.
Named = tuple[str, str]


def told_by_edits(
    area: str, steps: Iterable[Step], cursor: int, device: str, but: Collection[Named]
) -> tuple[list[Rows], set[Named]]:
    """What the steps behind ``cursor`` edited, for the PC ``device`` that has every record of the
    area as it stood there; and which records that tells whole. Those in ``but`` are not among them.

    The steps are all up to the last number of the area, but for what the PC itself has just sent:
    a record that it changed behind them it has at a later number, and lets this pass.
    """
    found: defaultdict[Named, list[Step]] = defaultdict(list)
    for step in steps:
        found[step.kind, step.record].append(step)
    told = {
        named: of_it
        for named, of_it in found.items()
        if named not in but and 0 < of_it[0].previous <= cursor and _are_edits(of_it, device)
    }
    return _by_columns(area, told.values()), set(told)


def _are_edits(steps: Sequence[Step], device: str) -> bool:
    """Whether these are edits by others of a record that is still here."""
    return steps[0].kind in KINDS and all(
        step.operation == "edit"
        and step.fields is not None
        and step.device != device
        and not step.moved
        for step in steps
    )


def _by_columns(area: str, told: Iterable[Sequence[Step]]) -> list[Rows]:
    """Rows by kind and touched fields, in the order of their numbers."""
    alike: defaultdict[tuple[str, tuple[str, ...]], list[tuple[Value, ...]]] = defaultdict(list)
    for steps in sorted(told, key=lambda steps: steps[-1].revision):
        first, last = steps[0], steps[-1]
        values = {n: new for step in steps for n, (_, new) in (step.fields or {}).items()}
        known = {n: value for n, value in values.items() if n in KINDS[last.kind].fields}
        row = (first.previous, last.record, last.revision, *known.values())
        alike[last.kind, tuple(known)].append(row)
    found = []
    for (kind, names), rows in alike.items():
        since, *columns = map(list, zip(*rows, strict=True))
        found.append(Rows(kind, area, ["id", "revision", *names], columns, since))
    return found
