"""``python -m tests.bench [NAME] [--json]``: take the measurements and print each as it comes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

from tests.bench import crowd_bench, list_bench, map_bench, pages_bench, sync_bench

BENCHES: dict[str, Callable[[int | None], Iterator[Any]]] = {
    "sync": sync_bench.measure,
    "crowd": crowd_bench.measure,
    "list": list_bench.measure,
    "pages": pages_bench.measure,
    "map": map_bench.measure,
}


def main() -> int:
    """Run one bench or all."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("name", nargs="?", choices=sorted(BENCHES))
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--n", type=int, help="how many records instead of the usual number")
    options = parser.parse_args()
    for name, measure in BENCHES.items():
        if options.name in (None, name):
            _tell_load()
            for measurement in measure(options.n):
                print(measurement.to_json() if options.json else measurement.to_words(), flush=True)
    return 0


def _tell_load() -> None:
    """Say how busy the machine is: beside other work only ratios mean something, and on a crowded
    one not even they, for ours works on two cores at once and the floor on one after the other."""
    if hasattr(os, "getloadavg"):
        print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
