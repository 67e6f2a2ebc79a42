"""``python -m tests.support.whole_county [--villages N] [--json] [--folder DIR]``.

A county server is started, each village's PC is filled in a folder of its own, enrolled and synced
over the real protocol, and the county's totals are held against what the villages wrote. Exit code
0 when they are equal. ``--villages`` takes the first N of the 189; the folder stays for a look.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from desktop.storage.store import Store
from tests.support.server import ROOT, County, county_process
from tests.support.store import PASSWORD, cheap_keys
from tests.support.whole_county.plan import TOTALS, VillagePlan, plans

_USUAL_FOLDER = ROOT / "build" / "county"
#: PCs are filled by so many processes at a time: writing is Python on one core each.
_PROCESSES = 2


def main() -> int:
    """Make the county and compare; print the figures; return the exit code."""
    options = _options()
    began = time.monotonic()
    wanted = plans(options.villages)
    shutil.rmtree(options.folder, ignore_errors=True)
    county = County(options.folder / "server")
    with county_process(county):
        with cheap_keys():
            Store.create(options.folder / "blank", PASSWORD).close()
        written = _fill_and_sync(options.folder, county, wanted)
    totals = json.loads(county.verb("totals", "--json"))
    figures = {
        "villages": len(wanted),
        "seconds": round(time.monotonic() - began, 1),
        "records_sent": sum(one["sent"] for one in written),
        "county": {kind: totals.get(kind, 0) for kind in TOTALS},
        "villages_wrote": {kind: sum(p.counts[kind] for p in wanted) for kind in TOTALS},
        "failed": [one for one in written if one["error"]],
    }
    agree = figures["county"] == figures["villages_wrote"] and not figures["failed"]
    print(json.dumps(figures, ensure_ascii=False) if options.json else _in_words(figures, agree))
    return 0 if agree else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py county")
    parser.add_argument("--villages", type=int, metavar="N", help="只做前 N 个村 the first N only")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--folder", type=Path, default=_USUAL_FOLDER, help="资料放在哪里")
    return parser.parse_args()


def _fill_and_sync(folder: Path, county: County, wanted: list[VillagePlan]) -> list[dict[str, Any]]:
    codes = {plan.code: county.enrol_code(plan.code) for plan in wanted}
    groups = [codes_of for n in range(_PROCESSES) if (codes_of := wanted[n::_PROCESSES])]

    def carry_out(group: list[VillagePlan]) -> list[dict[str, Any]]:
        command = [sys.executable, "-m", "tests.support.whole_county.pcs", county.url, str(folder)]
        asked = json.dumps([{"place": plan.place, "code": codes[plan.code]} for plan in group])
        done = subprocess.run(
            command, input=asked, stdout=subprocess.PIPE, encoding="utf-8", check=True, cwd=ROOT
        )
        return [json.loads(line) for line in done.stdout.splitlines()]

    with ThreadPoolExecutor(_PROCESSES) as pool:
        return [one for found in pool.map(carry_out, groups) for one in found]


def _in_words(figures: dict[str, Any], agree: bool) -> str:
    lines = [
        f"{figures['villages']} 个村，送出 {figures['records_sent']:,} 条，{figures['seconds']} 秒"
    ]
    for kind, there in figures["county"].items():
        lines.append(f"  {kind:<20} 县里 {there:>7,}   各村 {figures['villages_wrote'][kind]:>7,}")
    lines += [f"  {one['village']}: {one['error']}" for one in figures["failed"]]
    return "\n".join([*lines, "一致 all agree" if agree else "不一致 they differ"])


if __name__ == "__main__":
    sys.exit(main())
