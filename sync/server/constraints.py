"""What no record can know alone: references to nothing, values taken, a ledger that objects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

from sync.protocol import Block
from sync.records import KINDS, Grid, Record, Value, Values
from sync.records.grids import tree_problem
from sync.server.village import Village


def village_problem(village: Village, record: type[Record], own: str, values: Values) -> str:
    """Say in Chinese why ``values`` of the record with the id ``own`` cannot stand in the village.

    Empty when they can. Only the values given are looked at.
    """
    for name, value in values.items():
        field = record.fields[name]
        if value is None:
            continue
        to = getattr(field, "to", None)
        if to and not village.is_live(to, value):
            return f"{field.label}指向的记录不存在或已删除"
        if field.unique:
            holder = village.holder(record.kind, name, value)
            if holder is not None and holder != own:
                return f"{field.label}已登记在“{village.title(record.kind, holder)}”名下"
    if record is Grid and values.keys() & {"level", "parent"}:
        return _tree_problem(village, own, values)
    return ""


def doubtful(village: Village, block: Block) -> set[int]:
    """The places of a block whose references point nowhere, or whose unique values are held, or
    wanted by others of the block too; what becomes of the rest does not depend on these."""
    found: set[int] = set()
    for name, column in zip(block.names, block.columns, strict=True):
        field = KINDS[block.kind].fields[name]
        if to := getattr(field, "to", None):
            gone = {v for v in set(column) if not (v is None or village.is_live(to, v))}
            found |= places(column, gone)
        if field.unique:
            held = {v for v in set(column) if village.holder(block.kind, name, v)}
            found |= places(column, held | repeated(column))
    return found


def repeated(column: Sequence[Value]) -> set[Value]:
    """The values that come more than once in a column; nothing is no value."""
    if len(set(column)) == len(column):
        return set()
    return {value for value, count in Counter(column).items() if count > 1 and value is not None}


def places(column: Sequence[Value], values: Collection[Value]) -> set[int]:
    """Where a column has one of the values."""
    return {place for place, value in enumerate(column) if value in values} if values else set()


def _tree_problem(village: Village, own: str, values: Values) -> str:
    before = village.row(Grid.kind, own) or {}
    whole = {name: values.get(name, before.get(name)) for name in Grid.fields}
    parent = whole["parent"]
    above = village.row(Grid.kind, parent) if isinstance(parent, str) else None
    has_members = bool(before) and "level" in values and village.has_open_members(own)
    return sentences(tree_problem(whole, above, has_members=has_members))


def referrer_problem(village: Village, record: type[Record], own: str) -> str:
    """Say in Chinese why a record cannot be deleted: others point to it. Empty when none does."""
    reference = village.referrer(record.kind, own)
    if reference is None:
        return ""
    return f"还有别的记录在“{reference.label}”里连着它，请先改掉那边再删"


def sentences(problems: dict[str, str]) -> str:
    """Problems by field as one reason for the cadre."""
    return "；".join(dict.fromkeys(problems.values()))
