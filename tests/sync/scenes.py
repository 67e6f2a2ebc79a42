"""What the cadres of the named scenarios do, in few words."""

from __future__ import annotations

import json
from typing import Any

from sync.records import KINDS, Conflict, Resident
from tests.support.store import id_number
from tests.support.village import VillagePc, Write
from tests.sync.agreement import Villages

#: Chinese time on a PC whose clock was never set, and on one whose battery lost a year.
LONG_AGO = "1999-01-01T00:00:00+08:00"


def person(**values: Any) -> Write:
    """Enter a resident by the ID number, so that two PCs enter the same one."""
    return Write("create", Resident.kind, 0, (("id_number", id_number()), *values.items()))


def someone(**values: Any) -> Write:
    """Enter a resident whose ID number nobody knows."""
    return Write("create", Resident.kind, 0, tuple(values.items()))


def edit(at: str = "", **values: Any) -> Write:
    """Change the first resident there is."""
    return Write("edit", Resident.kind, 0, tuple(values.items()), at)


DELETE = Write("delete", Resident.kind)


def known_to_all(villages: Villages, write: Write) -> str:
    """Let the first PC write, and everybody receive it; return the record's id."""
    record = villages.write(villages.pcs[0], write)
    assert record is not None
    for pc in villages.pcs:
        assert villages.sync(pc)
    return record


def resident(pc: VillagePc, record: str) -> dict[str, Any]:
    """A resident as this PC has it."""
    return pc.rows(Resident.kind)[pc.area, record]


def at_county(villages: Villages, record: str, kind: str = Resident.kind) -> dict[str, Any]:
    """A record of the first PC's village as it stands at the county."""
    return villages.county.rows()[kind][villages.pcs[0].area, record]


def conflicts(pc: VillagePc) -> list[dict[str, Any]]:
    """The open conflicts that this PC shows, oldest first, their values as objects."""
    found = [row for row in pc.rows(Conflict.kind).values() if row["state"] == "open"]
    return [
        row | {name: json.loads(row[name]) for name in ("other_values", "county_values")}
        for row in sorted(found, key=lambda row: row["revision"])
    ]


def answers(villages: Villages) -> dict[str, int]:
    """How often the county gave which answer to which operation, like ``{"edit merged": 2}``."""
    known = {f"{o} {c}" for o in ("create", "edit", "delete") for c in _CODES}
    return {name: n for name, n in villages.county.truth.codes.items() if name in known}


_CODES = ("accepted", "merged", "conflict", "rejected")


def count(villages: Villages, kind: str = Resident.kind) -> int:
    """How many records of a kind the county has, deleted ones too."""
    assert kind in KINDS
    return len(villages.county.rows()[kind])
