"""What a record is given as it is entered: its defaults, and an id that follows from its key."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import Connection, select
from uuid_utils import uuid7

from desktop.storage.constraints import parts_of
from desktop.storage.errors import RecordInvalid
from sync.records import Record, Value, Values


def natural_id(record: type[Record], key: str) -> str:
    """The id of a record that two PCs may enter offline: the same key gives the same id.

    So the county sees one person and merges, instead of two and a refusal.
    """
    digest = hashlib.blake2b(f"{record.kind}\0{key}".encode(), digest_size=16).hexdigest()
    # Marked as a name-based id of our own kind (RFC 9562, version 8).
    return f"{digest[:8]}-{digest[8:12]}-8{digest[13:16]}-a{digest[17:20]}-{digest[20:]}"


def new_ids(
    connection: Connection, area: str, record: type[Record], rows: Sequence[Values]
) -> list[str]:
    """An id a row: by its natural key, or a random one where it has none or that is taken."""
    key = record.natural_key or ""
    ids = [
        str(uuid7()) if row.get(key) is None else natural_id(record, str(row[key])) for row in rows
    ]
    taken: set[str] = set()
    for part in parts_of(ids if key else []):
        table = record.table.c
        statement = select(table.id).where(table.area == area, table.id.in_(part))
        taken.update(connection.execute(statement).scalars())
    return [str(uuid7()) if record_id in taken else record_id for record_id in ids]


def completed(record: type[Record], values: Values) -> dict[str, Value]:
    """The whole record: what was given, defaults where nothing was, and what follows from both.

    Raises RecordInvalid for fields that the record does not have.
    """
    unknown = [name for name in values if name not in record.fields]
    if unknown:
        raise RecordInvalid({unknown[0]: f"{record.label}没有“{unknown[0]}”这一项"})
    whole = {n: values.get(n, f.default) for n, f in record.fields.items()}
    return record.complete(
        {n: record.fields[n].default if v is None else v for n, v in whole.items()}
    )


def with_what_follows(record: type[Record], before: Values, typed: Values) -> dict[str, Value]:
    """The whole record after a person typed some fields, with what follows from those.

    What was typed stands as it was typed, also where something else follows from another field
    (a birth date beside an ID number); and what stood before, perhaps by somebody's choice, is not
    filled in anew because another field was touched.
    """
    whole = {**before, **typed}
    stood, follows = record.complete(dict(before)), record.complete(dict(whole))
    for name, value in follows.items():
        news = value != stood.get(name) or before.get(name) is None
        if name not in typed and news:
            whole[name] = value
    return whole
