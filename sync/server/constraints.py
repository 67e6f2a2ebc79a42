"""What no record can know alone: references to nothing, values taken, a ledger that objects."""

from __future__ import annotations

from sync.records import Record, Values
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
    return ""


def referrer_problem(village: Village, record: type[Record], own: str) -> str:
    """Say in Chinese why a record cannot be deleted: others point to it. Empty when none does."""
    reference = village.referrer(record.kind, own)
    if reference is None:
        return ""
    return f"还有别的记录在“{reference.label}”里连着它，请先改掉那边再删"


def sentences(problems: dict[str, str]) -> str:
    """Problems by field as one reason for the cadre."""
    return "；".join(dict.fromkeys(problems.values()))
