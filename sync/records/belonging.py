"""What a record belongs to: where that goes, the record goes along.

When a part of a village becomes another village, each record must lie in one of the two, with what
it points to. One rule decides for all kinds, so that a kind that is added later needs none of its
own: a record belongs to what it must point to, else to the first that it does point to, in the
order of its declaration (a resident to the household, without one to the grid). What names another
record by ``record_kind`` and ``record`` belongs to that.
"""

from __future__ import annotations

from sync.records.base import Record, Values
from sync.records.fields import Reference

Named = tuple[str, str]

#: What ``deleted`` is of a record that went to another village: a tombstone without contents.
MOVED = 2


def owner_of(record: type[Record], values: Values) -> Named | None:
    """Kind and id of what a record with these values belongs to; None for one that stands alone."""
    kind, named = values.get("record_kind"), values.get("record")
    if isinstance(kind, str) and isinstance(named, str) and names_records(record):
        return kind, named
    for reference in owners_first(record):
        value = values.get(reference.name)
        if isinstance(value, str):
            return reference.to, value
    return None


def names_records(record: type[Record]) -> bool:
    """Whether the kind names records of any kind, as conflicts do."""
    return {"record_kind", "record"} <= record.fields.keys()


def owners_first(record: type[Record]) -> list[Reference]:
    """The references of a kind in the order in which they tell what a record belongs to."""
    return sorted(record.references(), key=lambda reference: not reference.required)
