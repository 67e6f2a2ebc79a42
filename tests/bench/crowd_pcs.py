"""A part of the crowd: PCs as threads of one process that all start at one word.

``python -m tests.bench.crowd_pcs URL BLANK_STORE`` reads a line of plans (JSON: folder, code,
seed), prepares a store each, says ``ready``, syncs all at the word ``go`` and prints the results.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import sync.client.http  # noqa: F401  (a running program has it already)
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.records import Resident
from tests.bench.one_pc import PASSWORD
from tests.bench.people import people

#: How many new residents wait on each PC.
CHANGES = 100


def main() -> None:
    """Prepare, wait for the word, sync, tell."""
    url, blank = sys.argv[1:]
    plans = json.loads(sys.stdin.readline())
    stores = [_prepared(Path(blank), url, plan) for plan in plans]
    print("ready", flush=True)
    sys.stdin.readline()
    together = Barrier(len(stores))
    with ThreadPoolExecutor(len(stores)) as pool:
        print(json.dumps(list(pool.map(lambda store: _sync(store, together), stores))))


def _prepared(blank: Path, url: str, plan: dict[str, Any]) -> Store:
    store = Store.open(shutil.copytree(blank, Path(plan["folder"])), PASSWORD)
    Syncing(store).enrol(url, plan["code"])
    with store.write() as writing:
        writing.create_many(Resident, people(CHANGES, plan["seed"], first=plan["seed"] * CHANGES))
    return store


def _sync(store: Store, together: Barrier) -> dict[str, Any]:
    result = {"error": "", "sent": 0, "round_trips": 0}
    together.wait()
    start = time.perf_counter()
    try:
        receipt = Syncing(store).run()
        result |= {"sent": receipt.sent, "round_trips": receipt.round_trips}
        if receipt.refused or not receipt.finished or receipt.waiting:
            result["error"] = f"not all arrived: {receipt}"
    except Exception as error:
        result["error"] = f"{type(error).__name__}: {error} {getattr(error, 'detail', '')}"
    return result | {"seconds": time.perf_counter() - start}


if __name__ == "__main__":
    main()
