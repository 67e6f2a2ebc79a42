"""200 PCs that sync at the same moment against one county server process.

Each PC is an encrypted store of its own with 100 new residents, and reads the county's lists and
what its neighbours in the same village send meanwhile. The PCs are threads of a few processes, on
the same cores as the server: the figures are a lower bound of what a county sees.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from desktop.storage.store import Store
from sync.server.accounts import new_code
from sync.server.divisions import read_divisions
from sync.server.settings import open_folder
from tests.bench.measurement import Growth, as_json
from tests.bench.one_pc import PASSWORD
from tests.support.postgres import fresh_database, postgres_server
from tests.support.server import DIVISIONS, County, county_process
from tests.support.store import cheap_keys

USUAL = 200
#: Of five PCs, this share sits with four others in one village; the rest have one to themselves.
_TOGETHER = 5
_PROCESSES = 4


@dataclass(frozen=True)
class Crowd:
    """How a crowd fared: seconds from the common start to the end of each PC's sync."""

    name: str
    n: int
    database: str
    villages: int
    ended: int
    errors: int
    total_s: float
    median_s: float
    p95_s: float
    slowest_s: float
    requests_per_s: float
    changes_per_s: float
    server_peak_mb: float | None

    def to_json(self) -> str:
        """One line of JSON, numbers rounded to what they are worth."""
        return as_json(asdict(self))

    def to_words(self) -> str:
        """One line for a person."""
        return (
            f"{self.name:<14}  n={self.n:<7}  {self.database:<11}"
            f"  {self.ended} ended, {self.errors} errors, {self.villages} villages"
            f"  total {self.total_s:.1f} s  median {self.median_s:.1f} s  p95 {self.p95_s:.1f} s"
            f"  slowest {self.slowest_s:.1f} s  {self.requests_per_s:.0f} requests/s"
            f"  {self.changes_per_s:.0f} changes/s  server {self.server_peak_mb or 0:.1f} MB"
        )


def measure(count: int | None = None) -> Iterator[Crowd]:
    """Measure on the embedded database and on PostgreSQL."""
    count = count or USUAL
    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        for database in ("sqlite", "postgresql"):
            with ExitStack() as stack:
                url = None
                if database == "postgresql":
                    url = stack.enter_context(fresh_database(postgres))
                yield _crowd(Path(folder) / database, database, url, count)


def villages_for(count: int) -> list[str]:
    """A village a PC: every other five sit together, as far as the county's villages reach."""
    divisions = read_divisions(DIVISIONS)
    codes = [c for c, d in divisions.items() if d["level"] in ("village", "community")]
    chosen: list[str] = []
    for number, code in enumerate(codes):
        chosen += [code] * (_TOGETHER if number % 20 == 0 else 1)
    return (chosen * (count // len(chosen) + 1))[:count]


def _crowd(folder: Path, database: str, url: str | None, count: int) -> Crowd:
    folder.mkdir()
    county = County(folder / "county", database=url)
    villages = villages_for(count)
    with county_process(county) as server, cheap_keys():
        Store.create(folder / "blank", PASSWORD).close()
        engine = open_folder(county.folder)
        plans = [
            {"folder": str(folder / f"pc-{i}"), "code": new_code(engine, village), "seed": i}
            for i, village in enumerate(villages)
        ]
        engine.dispose()
        results, peak = _run(county, folder / "blank", plans, server.pid)
    times = sorted(result["seconds"] for result in results)
    total = max(times)
    return Crowd(
        "crowd",
        count,
        database,
        len(set(villages)),
        ended=sum(not result["error"] for result in results),
        errors=sum(bool(result["error"]) for result in results),
        total_s=total,
        median_s=statistics.median(times),
        p95_s=times[int(len(times) * 0.95)],
        slowest_s=times[-1],
        requests_per_s=sum(result["round_trips"] for result in results) / total,
        changes_per_s=sum(result["sent"] for result in results) / total,
        server_peak_mb=peak,
    )


def _run(
    county: County, blank: Path, plans: list[dict[str, Any]], server: int
) -> tuple[list[dict[str, Any]], float | None]:
    with ExitStack() as stack:
        groups = []
        for number in range(min(_PROCESSES, len(plans))):
            mine = plans[number::_PROCESSES]
            command = [sys.executable, "-m", "tests.bench.crowd_pcs", county.url, str(blank)]
            process = stack.enter_context(
                subprocess.Popen(
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
                )
            )
            _pipe(process.stdin).write(json.dumps(mine) + "\n")
            _pipe(process.stdin).flush()
            groups.append(process)
        for process in groups:
            if _pipe(process.stdout).readline() != "ready\n":
                raise RuntimeError("a group of PCs did not get ready")
        growth = Growth(server)
        for process in groups:
            _pipe(process.stdin).write("go\n")
            _pipe(process.stdin).flush()
        results: list[dict[str, Any]] = []
        for process in groups:
            results += json.loads(_pipe(process.stdout).readline())
        for result in results:
            if result["error"]:
                print(result["error"], file=sys.stderr)
        return results, growth.mb()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
