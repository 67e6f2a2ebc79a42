"""What this program knows of records, and what it must read again once it knows more.

A county that is newer sends kinds and fields that this program passes over. They stay at the
county. When the program is upgraded, it knows them, but its cursors say that it has read all: so it
forgets them once, and every record comes again as it stands.
"""

from __future__ import annotations

import hashlib
from functools import cache

from sqlalchemy import update

from desktop.storage import settings, tables
from desktop.storage.store import Store
from sync.records import KINDS


def read_anew_after_upgrade(store: Store, noted: str | None = None) -> bool:
    """Forget how far this PC has read if another program, that knew other kinds or fields, read
    it (as is ``noted`` here); whether that was so. What waits to be sent is not touched."""
    known = fingerprint()
    if (store.setting(settings.KNOWN) if noted is None else noted) == known:
        return False
    with store.change() as connection:
        # In which era of the county it read stays known: only how far is forgotten.
        forgotten = connection.execute(update(tables.cursor).values(revision=0, whole=0)).rowcount
        settings.write(connection, known=known)
    return bool(forgotten)


@cache
def fingerprint() -> str:
    """A short text that differs where other kinds or fields are known."""
    names = sorted(f"{kind}.{name}" for kind, record in KINDS.items() for name in record.fields)
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]
