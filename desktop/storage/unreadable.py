"""Entries of the outbox that no message can carry, as only a fault of the program itself leaves
them: they are refused here, before they are sent, so that all others go.

What was typed is not lost by it: the record holds it, for entry and record are written together.
What cannot be read in the entry is taken from there, so that it can be looked at and sent again.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from desktop.storage import derived
from desktop.storage.driver import carry_out, tuples_of
from desktop.storage.settling import bring_back
from desktop.storage.standing import restate
from sync.records import KINDS, Value

#: Said where else stands what the county says.
SENTENCE = (
    "这一条在本机没有存好，送不出去：是程序出的毛病，不是您填错，县里还没有看到。"
    "内容都在，请核对一遍再送。"
)
_REFUSE = (
    "UPDATE outbox SET state = 'refused', reason = ?, values_json = ?, after_json = ?"
    " WHERE number = ? AND state = 'waiting'"
)


def refuse(connection: Connection, numbers: Sequence[int]) -> list[str]:
    """Refuse what waits at these places of the outbox; the kind of each."""
    refused: list[tuple[Any, ...]] = []
    records: defaultdict[str, list[str]] = defaultdict(list)
    for number in numbers:
        ((kind, record, operation, written, before, after),) = tuples_of(
            connection,
            "SELECT kind, record, operation, values_json, previous_json, after_json"
            " FROM outbox WHERE number = ?",
            (number,),
        )
        row = _row(connection, kind, record)
        values = _values(row, operation, _object(written), _object(before))
        known = after if _list(after) is not None else "[]"
        refused.append((SENTENCE, json.dumps(values, ensure_ascii=False), known, number))
        records[kind].append(record)
        if operation == "delete" and row:
            bring_back(connection, kind, record)
    carry_out(connection, _REFUSE, refused)
    for kind, of_kind in records.items():
        restate(connection, of_kind)
        derived.touched(connection, kind, of_kind)
    return [kind for kind, of_kind in records.items() for _ in of_kind]


def _row(connection: Connection, kind: str, record: str) -> Mapping[str, Any]:
    if kind not in KINDS:
        return {}
    table = KINDS[kind].table
    found = connection.execute(select(table).where(table.c.id == record)).mappings().first()
    fields = KINDS[kind].fields
    return {n: v for n, v in dict(found).items() if n in fields} if found else {}


def _values(
    row: Mapping[str, Any],
    operation: str,
    written: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
) -> dict[str, Value]:
    """What the entry says, as far as it can be read, and for the rest what the record holds."""
    if written is not None:
        return {n: v if _is_value(v) else _value(row.get(n, v)) for n, v in written.items()}
    if operation == "delete":
        return {}
    # An edit names in what it replaced which fields it touched.
    touched = before or {name for name, value in row.items() if value is not None}
    return {name: _value(row[name]) for name in row if name in touched}


def _is_value(value: object) -> bool:
    return value is None or type(value) in (str, int)


def _value(value: Any) -> Value:
    return value if _is_value(value) else json.dumps(value, ensure_ascii=False)


def _object(text: str) -> Mapping[str, Any] | None:
    found = _read(text)
    return found if isinstance(found, dict) else None


def _list(text: str) -> list[Any] | None:
    found = _read(text)
    return found if isinstance(found, list) else None


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None
