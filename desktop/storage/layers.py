"""Our own changes as layers over what the county has: taken off, laid on, and what each covers."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from desktop.storage.driver import tuples_of
from desktop.storage.settled import UNSETTLED
from sync.records import Value

Entry = Mapping[str, Any]


def layers_of(connection: Connection, records: Iterable[str]) -> dict[str, list[Entry]]:
    """The outbox entries of these records, by record, oldest first."""
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    if not tuples_of(connection, "SELECT 1 FROM outbox LIMIT 1"):
        return found
    entries = connection.exec_driver_sql(
        "SELECT * FROM outbox WHERE record IN (SELECT value FROM json_each(?))"  # noqa: S608
        f" AND {UNSETTLED} ORDER BY number",
        (json.dumps(list(records)),),
    )
    names = list(entries.keys())
    for row in entries.all():
        entry = dict(zip(names, row, strict=True))
        found[entry["record"]].append(entry)
    return found


def take_off(values: Mapping[str, Value], layers: Sequence[Entry]) -> dict[str, Value]:
    """What lies under the layers: the values as the county has them."""
    bare = dict(values)
    for entry in reversed(layers):
        bare.update(json.loads(entry["previous_json"]))
    return bare


def lay_on(
    connection: Connection, values: Mapping[str, Value], layers: Sequence[Entry]
) -> dict[str, Value]:
    """The values under the layers, and note in each layer what it now covers."""
    laid = dict(values)
    for entry in layers:
        ours = {n: v for n, v in json.loads(entry["values_json"]).items() if n in laid}
        if entry["operation"] == "create" and laid.get("deleted"):
            # Entered anew over what the county has as deleted.
            ours["deleted"] = 0
        covered = json.dumps({name: laid[name] for name in ours}, ensure_ascii=False)
        if covered != entry["previous_json"]:
            connection.exec_driver_sql(
                "UPDATE outbox SET previous_json = ? WHERE number = ?", (covered, entry["number"])
            )
        laid.update(ours)
        if entry["operation"] == "delete" and entry["state"] == "waiting" and "deleted" in laid:
            laid["deleted"] = 1
    return laid


def refused_of(layers: Sequence[Entry]) -> list[Entry]:
    """Those that the county refused."""
    return [entry for entry in layers if entry["state"] == "refused"]


def known_with(layers: Sequence[Entry]) -> list[str]:
    """The ids of the changes that whoever writes on top of these layers has before their eyes."""
    known: dict[str, None] = {}
    for entry in layers:
        known.update(dict.fromkeys([*json.loads(entry["after_json"]), entry["change"]]))
    return list(known)


def never_taken_in(row: Mapping[str, Any], layers: Sequence[Entry]) -> bool:
    """Whether the county refused to take in a record, and has none of that id from elsewhere."""
    created = any(entry["operation"] == "create" for entry in refused_of(layers))
    return created and row["revision"] == 0
