"""A village PC as a process of its own that writes and syncs until it is killed.

``python -m tests.support.pc FOLDER PASSWORD``. It says ``ready`` once the store is open, then
writes, edits and syncs in small pages without end. Each record that was written is noted in
``FOLDER/written.txt`` after its transaction, so that a test knows what must never be lost.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path

from desktop.storage.errors import StorageError
from desktop.storage.listing import Listing, order_of, rows_at
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from sync.client.engine import synchronise
from sync.client.http import HttpLine
from sync.client.pace import Pace
from sync.client.ports import NoLine
from sync.records import Resident

#: Small pages: many messages, so that a kill falls into the middle of a push or a pull.
PAGE = 7
BATCH = 20


def main() -> None:
    """Work until somebody pulls the plug."""
    folder, password = Path(sys.argv[1]), sys.argv[2]
    chance = random.Random()
    store = Store.open(folder, password)
    line = HttpLine(store.setting("server"), store.setting("token"))
    print("ready", flush=True)
    with (folder / "written.txt").open("a") as written:
        while True:
            with store.write() as writing:
                names = [f"{folder.name}{chance.randrange(10**9)}" for _ in range(BATCH)]
                ids = writing.create_many(Resident, [{"name": name} for name in names])
            written.write("".join(f"{record}\n" for record in ids))
            written.flush()
            edit_one(store, chance)
            try:
                synchronise(Outbox(store), line, pace=Pace(PAGE))
            except NoLine:
                # The county was killed as well; the next turn finds it again or not.
                continue


def edit_one(store: Store, chance: random.Random) -> None:
    """Edit a record that any PC may have written: two PCs will meet in the same field."""
    with store.read() as connection:
        numbers = order_of(connection, Listing(Resident.kind))
        row = rows_at(connection, Resident.kind, [chance.choice(numbers)])[0]
    with store.write() as writing:
        writing.edit(Resident, row.id, {"address": f"{chance.randrange(100)}组"})


if __name__ == "__main__":
    try:
        main()
    except StorageError as fault:
        sys.exit(f"{type(fault).__name__}: {fault.detail}")
