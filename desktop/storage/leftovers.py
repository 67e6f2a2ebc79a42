"""Files that go from this PC with what has left it: photos, and the copies that upgrades made.

They are noted in the transaction in which it leaves and taken away after that, again and again
until all are gone: the plug may be pulled in between, and Windows deletes no file that is open.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from sqlalchemy import Connection, select

from desktop.storage import settings, tables
from desktop.storage.errors import StorageError
from desktop.storage.store import Store
from sync.records import Attachment

#: The copies from before an upgrade, and what is left of one that broke off. They are only there to
#: go back to, and hold in full whatever has left since.
COPIES = "backup/*.db*"
_SHA256 = re.compile(r"\b[0-9a-f]{64}\b")


def photos(store: Store) -> list[str]:
    """All photos and documents that lie here now, half ones too, as ``note`` takes them."""
    files = (path for path in store.files.folder.rglob("*") if path.is_file())
    return [path.relative_to(store.folder).as_posix() for path in files]


def note(connection: Connection, names: Iterable[str]) -> None:
    """Let files go, named from the data folder on."""
    _keep(connection, {*_noted(connection), *names})


def take_away(store: Store) -> None:
    """Take away what is noted; what cannot go now stays noted. A photo that somebody has added or
    fetched since, in the village that the PC works for now, is let be."""
    with suppress(StorageError):
        with store.read() as connection:
            noted = _noted(connection)
            wanted = _wanted(connection, store) if noted else set()
        gone = {name for name in noted if _is_done_with(store.folder, name, wanted)}
        if gone:
            with store.change() as connection:
                _keep(connection, _noted(connection) - gone)


def _is_done_with(folder: Path, name: str, wanted: set[str]) -> bool:
    if Path(name).name.partition(".")[0] in wanted:
        return True
    try:
        for path in folder.glob(name) if "*" in name else [folder / name]:
            path.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _wanted(connection: Connection, store: Store) -> set[str]:
    """Under which names those files lie that records, what is to be sent and drafts name now."""
    return {store.files.name_of(sha256) for sha256 in _named(connection)}


def _named(connection: Connection) -> Iterator[str]:
    sha256 = Attachment.table.c.sha256
    yield from connection.execute(select(sha256).where(sha256.is_not(None))).scalars()
    yield from connection.execute(select(tables.transfer.c.sha256)).scalars()
    for text in connection.execute(select(tables.draft.c.values_json)).scalars():
        yield from _SHA256.findall(text)


def _noted(connection: Connection) -> set[str]:
    return set(json.loads(settings.read(connection, settings.LEFTOVERS) or "[]"))


def _keep(connection: Connection, names: set[str]) -> None:
    settings.write(connection, leftovers=json.dumps(sorted(names)) if names else "")
