"""Some of the county's PCs, one after the other: each filled, enrolled and synced.

``python -m tests.support.whole_county.pcs URL FOLDER`` reads a JSON list of places and enrolment
codes and prints a line of JSON for each village.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import sync.client.http  # noqa: F401  (a running program has it already)
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from tests.support.store import PASSWORD
from tests.support.whole_county.plan import VillagePlan, plans
from tests.support.whole_county.village import fill


def main() -> None:
    """Carry out what was asked."""
    url, folder = sys.argv[1], Path(sys.argv[2])
    every = plans()
    for asked in json.load(sys.stdin):
        plan = every[asked["place"]]
        print(json.dumps(_one(url, folder, plan, asked["code"]), ensure_ascii=False), flush=True)


def _one(url: str, folder: Path, plan: VillagePlan, code: str) -> dict[str, Any]:
    told = {"village": plan.code, "sent": 0, "error": ""}
    store = Store.open(shutil.copytree(folder / "blank", folder / plan.code), PASSWORD)
    try:
        syncing = Syncing(store)
        syncing.enrol(url, code)
        fill(store, plan)
        receipt = syncing.run()
        told["sent"] = receipt.sent
        if receipt.refused or receipt.conflicts or receipt.waiting or not receipt.finished:
            told["error"] = f"not all arrived: {receipt}"
    except Exception as error:
        told["error"] = f"{type(error).__name__}: {error} {getattr(error, 'detail', '')}"
    finally:
        store.close()
    return told


if __name__ == "__main__":
    main()
