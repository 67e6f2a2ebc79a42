"""First push, first pull, 100 + 100 edits exchanged and nothing to do, each beside its floor.

Real parts: a county's server process on a real socket over SQLite and over PostgreSQL, encrypted
stores, each sync in a PC's process of its own. What is measured is the whole sync as the button
starts it, from opening the connection to keeping the receipt. Ours and the floor take turns in one
run on the same rows; the figures are medians of several rounds, each on fresh databases.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.records import Resident
from tests.bench.floor import Floor, floor_server
from tests.bench.measurement import Growth, Measurement, median_seconds
from tests.bench.one_pc import EDITS, PASSWORD
from tests.bench.people import an_address, people
from tests.support.postgres import fresh_database, postgres_server
from tests.support.server import County, county_process
from tests.support.store import cheap_keys

VILLAGE = "510183001002"
USUAL = (10_000, 50_000)
ROUNDS = 3
NAMES = ["area", "id", "revision", "deleted", "made_by", "made_at", *Resident.fields]
_PART = 10_000
_FLOOR_EXCHANGES, _FLOOR_IDLES = 7, 25


def measure(count: int | None = None) -> Iterator[Measurement]:
    """Measure on the embedded database and on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder, postgres_server() as postgres:
        prepared = Prepared(Path(folder))
        for number in [count] if count else USUAL:
            prepared.fill(number)
            for database in ("sqlite", "postgresql"):
                found: defaultdict[str, list[Measurement]] = defaultdict(list)
                for _ in range(int(os.environ.get("SHIGE_BENCH_ROUNDS", ROUNDS))):
                    with tempfile.TemporaryDirectory() as place, ExitStack() as databases:
                        ours, floor = _databases(Path(place), database, postgres, databases)
                        for one in _round(Path(place), prepared, number, ours, floor):
                            found[one.name].append(replace(one, database=database))
                yield from map(_middle, found.values())


class Prepared:
    """Village stores to copy: one that knows the county's lists, and filled ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        county = County(folder / "county")
        with county_process(county), cheap_keys():
            store = Store.create(folder / "blank", PASSWORD)
            syncing = Syncing(store)
            syncing.enrol(county.url, county.enrol_code(VILLAGE))
            syncing.run()
            store.close()

    def fill(self, count: int) -> None:
        """Prepare a store in which ``count`` new residents wait."""
        store = Store.open(shutil.copytree(self._folder / "blank", self._full(count)), PASSWORD)
        everybody = list(people(count))
        for at in range(0, count, _PART):
            with store.write() as writing:
                writing.create_many(Resident, everybody[at : at + _PART])
        store.close()

    def pc(self, folder: Path, county: County, count: int | None = None) -> Path:
        """A PC of the village, taken in by this county; with ``count`` residents waiting."""
        shutil.copytree(self._full(count) if count else self._folder / "blank", folder)
        store = Store.open(folder, PASSWORD)
        Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
        store.close()
        return folder

    def columns(self, count: int) -> list[list[Any]]:
        """The same residents as rows of the floor's table, by columns."""
        store = Store.open(self._full(count), PASSWORD)
        with store.read() as connection:
            rows = connection.execute(select(*(Resident.table.c[n] for n in NAMES))).fetchall()
        store.close()
        return [list(column) for column in zip(*map(tuple, rows), strict=True)]

    def _full(self, count: int) -> Path:
        return self._folder / f"full-{count}"


def _databases(
    place: Path, database: str, postgres: str, stack: ExitStack
) -> tuple[str | None, str]:
    """The URLs of two empty databases: the county's (None: its own file) and the floor's."""
    if database == "sqlite":
        return None, f"sqlite:///{place / 'floor.db'}"
    ours, floor = (stack.enter_context(fresh_database(postgres)) for _ in range(2))
    return ours, floor


def _round(
    place: Path, prepared: Prepared, count: int, ours: str | None, floor_db: str
) -> Iterator[Measurement]:
    columns = prepared.columns(count)
    county = County(place / "county", database=ours)
    with (
        county_process(county) as server,
        floor_server(floor_db, NAMES) as floor,
        _floor_file(floor, place / "here.db") as here,
        _floor_file(floor, place / "there.db") as there,
    ):
        first = prepared.pc(place / "first", county, count)
        second = prepared.pc(place / "second", county)
        floor.keep(here, columns)
        # As a PC opens its store: the key is there, and nothing is decrypted yet.
        here.dispose()
        edits = _Edits(floor, here, columns)
        work: dict[str, tuple[Callable[[], float], list[Path]]] = {
            "push": (partial(median_seconds, lambda: floor.push(here), 1), [first]),
            "pull": (partial(median_seconds, lambda: floor.pull(there), 1), [second]),
            "exchange": (edits.median_seconds, [first, second]),
            "idle": (partial(median_seconds, lambda: floor.nothing(here), _FLOOR_IDLES), [first]),
        }
        # Neither end meets its first request, nor imports anything, while the clock runs.
        _pc("idle", second)
        floor.nothing(here)
        for name, (floor_seconds, folders) in work.items():
            floor_s = floor_seconds()
            growth = Growth(server.pid)
            taken = _pc(name, *folders)
            ours_s = statistics.median(taken["seconds"])
            moved = {"push": count, "pull": count, "exchange": 2 * EDITS, "idle": 0}[name]
            yield Measurement(
                name,
                count,
                ours_s=ours_s,
                floor_s=floor_s,
                ratio=ours_s / floor_s,
                bytes=taken["bytes"],
                bytes_per_record=taken["bytes"] / moved if moved else None,
                round_trips=taken["round_trips"],
                peak_mb=taken["peak_mb"],
                server_peak_mb=growth.mb(),
                behind_s=statistics.median(taken["behind"]),
            )


class _Edits:
    """100 rows edited here and 100 elsewhere, spread over the register as ours are, and exchanged
    with the floor's server."""

    def __init__(self, floor: Floor, file: Engine, columns: list[list[Any]]) -> None:
        self._floor, self._file = floor, file
        self._area, self._ids = columns[0][0], columns[1]
        self._chance = random.Random(7)
        self._mine: list[str] = []
        self._theirs: list[str] = []

    def median_seconds(self) -> float:
        """How long an exchange takes, after a first one."""
        self._edit()
        self._exchange()
        return median_seconds(self._exchange, _FLOOR_EXCHANGES, self._edit)

    def _edit(self) -> None:
        self._mine, self._theirs = (self._chance.sample(self._ids, EDITS) for _ in range(2))
        self._floor.edit(self._file, self._addresses(self._mine))
        self._floor.edit_there(self._addresses(self._theirs))

    def _exchange(self) -> None:
        self._floor.exchange(self._file, self._area, self._mine, self._theirs)

    def _addresses(self, ids: list[str]) -> list[tuple[str, str, str]]:
        return [(an_address(self._chance), self._area, record) for record in ids]


@contextmanager
def _floor_file(floor: Floor, path: Path) -> Iterator[Engine]:
    engine = floor.file(path)
    yield engine
    engine.dispose()


def _pc(verb: str, *folders: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.one_pc", verb, *map(str, folders)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    taken: dict[str, Any] = json.loads(done.stdout)
    return taken


def _middle(rounds: list[Measurement]) -> Measurement:
    """The median of each figure over the rounds."""
    figures: dict[str, Any] = {}
    for name in (
        "ours_s",
        "floor_s",
        "ratio",
        "bytes_per_record",
        "peak_mb",
        "server_peak_mb",
        "behind_s",
    ):
        known = [value for one in rounds if (value := getattr(one, name)) is not None]
        figures[name] = statistics.median(known) if known else None
    whole: dict[str, Any] = {
        n: round(statistics.median(getattr(one, n) for one in rounds)) for n in ("bytes",)
    }
    trips = max(one.round_trips or 0 for one in rounds)
    return replace(rounds[0], **figures, **whole, round_trips=trips)
