"""A village PC as a process of its own that writes and syncs until it is killed.

``python -m tests.support.pc FOLDER PASSWORD NOTES``. It says ``ready`` once the store is open, then
writes, edits and syncs in small pages without end. Each record that was written is noted in the
file NOTES after its transaction, so that a test knows what must never be lost. When a sync or a
write fails by a fault of the surroundings it says ``told`` and the sentence, once; when all goes
well again it says ``well``.
"""

from __future__ import annotations

import random
import sys
import threading
from pathlib import Path

from desktop.storage.errors import DiskFull, StorageError
from desktop.storage.listing import Listing, order_of, rows_at
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from sync.client.engine import synchronise
from sync.client.http import HttpLine
from sync.client.pace import Pace
from sync.client.ports import NoLine, Refused
from sync.records import Resident

#: Small pages: many messages, so that a kill falls into the middle of a push or a pull.
PAGE = 7
BATCH = 20
#: What a county may refuse a request with that goes over without a person.
PASSING = ("busy", "disk_full")


def main() -> None:
    """Work until somebody pulls the plug."""
    folder, password, notes = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    chance = random.Random()
    store = Store.open(folder, password)
    line = HttpLine(store.setting("server"), store.setting("token"))
    told = ""
    with notes.open("a") as written:
        print("ready", flush=True)
        while True:
            try:
                written.write(
                    "".join(f"{record}\n" for record in write(store, folder.name, chance))
                )
                written.flush()
                edit_one(store, chance)
                synchronise(Outbox(store), line, pace=Pace(PAGE))
            except (NoLine, Refused, DiskFull) as fault:
                if isinstance(fault, Refused) and fault.code not in PASSING:
                    raise
                # The county was killed as well, or is ill, or there is no room: the next turn
                # finds it well again or not.
                if fault.sentence != told:
                    print("told", fault.sentence, flush=True)
                told = fault.sentence
                threading.Event().wait(0.05)
            else:
                if told:
                    print("well", flush=True)
                told = ""


def write(store: Store, name: str, chance: random.Random) -> list[str]:
    """Write some residents in one transaction; return their ids."""
    with store.write() as writing:
        names = [f"{name}{chance.randrange(10**9)}" for _ in range(BATCH)]
        return writing.create_many(Resident, [{"name": name} for name in names])


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
