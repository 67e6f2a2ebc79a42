"""The two versions behind an open conflict, as they stand on this PC now. No Qt.

A conflict may be about another conflict: two PCs chose differently. Then it is followed back to the
record that both were about, whose one version is what stands now and the other is what does not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from desktop.storage import settings
from desktop.storage.errors import RecordMissing
from sync.records import KINDS, Conflict, Record, Value
from sync.records.conflicts import COUNTY, OTHER, WHOLE, choice_of

_Stored = Mapping[str, Any]
_Side = dict[str, Value]


@dataclass(frozen=True)
class Versions:
    """The record as it stands (``row``, with ``deleted``), and what the other version says.

    Where the question is whether the record is there at all, ``whole`` holds: the other version is
    a deletion, or, of a record that is deleted, the record with ``other`` written into it. Else
    ``other`` holds just the fields that differ.
    """

    record: type[Record]
    row: _Stored = field(repr=False)
    whole: bool
    other: dict[str, Value] = field(repr=False)
    #: Who wrote the other version, when, and on which PC; each may be empty.
    by: str = ""
    at: str = ""
    device: str = ""

    @property
    def names(self) -> list[str]:
        """What there is to choose."""
        return [WHOLE] if self.whole else list(self.other)


def stored(connection: Connection, record: type[Record], record_id: str) -> _Stored:
    """The whole row of a record of this village, deleted or not. Raises RecordMissing."""
    table, area = record.table, settings.read(connection, settings.AREA)
    statement = select(table).where(table.c.area == area, table.c.id == record_id)
    found = connection.execute(statement).mappings().first()
    if found is None:
        raise RecordMissing(record.label)
    return dict(found)


def versions_of(
    connection: Connection, conflict: _Stored, known: Mapping[str, _Stored] | None = None
) -> Versions:
    """Both versions of what ``conflict`` is about; rows of records that are ``known`` by id are not
    read once more. Raises RecordMissing where this PC has not received the record, or does not know
    its kind or a field in conflict yet."""
    root, asked, first = _root(connection, conflict)
    record = KINDS.get(root["record_kind"])
    if record is None:
        raise RecordMissing("记录")
    row = (known or {}).get(root["record"]) or stored(connection, record, root["record"])
    sides = {OTHER: _values(root["other_values"]), COUNTY: _values(root["county_values"])}
    if root is conflict:
        # Only one of them was not taken in; what the county had may have changed since.
        del sides[COUNTY]
    whole = bool(row["deleted"]) or not sides[OTHER] or WHOLE in asked
    names = str(root["fields_in_conflict"]).split(",")
    if not whole and not all(name in record.fields for name in names):
        # Nobody chooses between two values that this program cannot show.
        raise RecordMissing(record.label)
    shown, other = _whole(row, sides) if whole else _differing(root, row, sides, asked)
    overruled = bool(asked) and all(asked.get(name) != side for name, side in shown.items())
    told = ("other_by", "other_at", "other_device")
    by = (first, "", "") if overruled else tuple(conflict[name] or "" for name in told)
    return Versions(record, row, WHOLE in shown, other, *by)


def _whole(row: _Stored, sides: Mapping[str, _Side]) -> tuple[dict[str, str], dict[str, Value]]:
    """Which side the other version is, and what it writes, where it is about the whole record."""
    kept = OTHER if sides[OTHER] else COUNTY
    gone = COUNTY if kept == OTHER else OTHER
    if not row["deleted"]:
        return {WHOLE: gone}, {}
    # Of a deletion that was not taken in nothing is left to choose once the record is deleted.
    return ({WHOLE: kept}, dict(sides[kept])) if kept in sides else ({}, {})


def _differing(
    root: _Stored, row: _Stored, sides: Mapping[str, _Side], asked: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, Value]]:
    """By field that differs from what stands: which side the other version is, and its value."""
    shown: dict[str, str] = {}
    other: dict[str, Value] = {}
    names = [name for name in root["fields_in_conflict"].split(",") if name in row]
    for name in [name for name in names if name in asked] or names:
        for side, values in sides.items():
            if name not in shown and name in values and values[name] != row[name]:
                shown[name], other[name] = side, values[name]
    return shown, other


def _root(connection: Connection, conflict: _Stored) -> tuple[_Stored, dict[str, str], str]:
    """The conflict at the bottom, which is about a record; what was chosen there second, by field,
    where it is not what was chosen first; and who chose first."""
    asked: dict[str, str] = {}
    first, seen = "", set()
    while conflict["record_kind"] == Conflict.kind and conflict["id"] not in seen:
        seen.add(conflict["id"])
        below = stored(connection, Conflict, conflict["record"])
        chosen = choice_of(below)
        theirs = choice_of(_values(conflict["other_values"]))
        asked = {name: side for name, side in theirs.items() if chosen.get(name) != side}
        first = below["chosen_by"] or ""
        conflict = below
    return conflict, asked, first


def _values(text: object) -> _Side:
    try:
        found = json.loads(str(text or "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
