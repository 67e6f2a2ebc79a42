"""First push, first pull on a second PC, and a sync with nothing to do, each beside its floor.

Real parts: a county server process on a real socket over SQLite and over PostgreSQL, encrypted
stores on the PCs. The floor of a push is a bulk insert on both ends and one compressed POST; of a
pull, one answer with all rows and a bulk insert; of nothing to do, the smallest round trip.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from desktop.storage.database import open_engine
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.client.engine import Result, synchronise
from sync.client.http import HttpLine
from sync.records import Resident
from tests.bench.floor import Floor, bulk_insert, floor_server, floor_table
from tests.bench.measurement import Measurement, forget_peak, median_seconds, peak_mb, seconds
from tests.bench.people import people
from tests.support.postgres import fresh_database, postgres_server
from tests.support.server import County, running_county

VILLAGE = "510183001002"
USUAL = 20_000
PASSWORD = "bench-password"
_NAMES = ["id", "made_by", "made_at", *Resident.fields]


def measure(count: int | None = None) -> Iterator[Measurement]:
    """Measure on the embedded database and on PostgreSQL."""
    count = count or USUAL
    with tempfile.TemporaryDirectory() as folder:
        embedded = Path(folder) / "embedded"
        embedded.mkdir()
        yield from _on(embedded, None, f"sqlite:///{embedded / 'floor.db'}", count)
        with postgres_server() as url, fresh_database(url) as ours, fresh_database(url) as floor:
            served = Path(folder) / "served"
            served.mkdir()
            yield from _on(served, ours, floor, count)


def _on(folder: Path, database: str | None, floor_db: str, count: int) -> Iterator[Measurement]:
    name = "postgresql" if database else "sqlite"
    columns = _columns(count)
    with (
        running_county(folder / "county", database=database) as county,
        floor_server(floor_db, _NAMES) as floor,
    ):
        first = _village_pc(folder / "first", county)
        with first.write() as writing:
            writing.create_many(Resident, people(count))
        floor_s = {
            "push": seconds(lambda: _floor_push(folder / "plain1.db", floor, columns)),
            "pull": seconds(lambda: _floor_pull(folder / "plain2.db", floor)),
            "idle": median_seconds(floor.nothing, 20),
        }
        for measurement in _ours(folder, county, first, count):
            floor_time = floor_s[measurement.name]
            ratio = (measurement.ours_s or 0) / floor_time
            yield replace(measurement, database=name, floor_s=floor_time, ratio=ratio)


def _ours(folder: Path, county: County, first: Store, count: int) -> Iterator[Measurement]:
    yield _measured("push", first, count)
    second = _village_pc(folder / "second", county)
    yield _measured("pull", second, count)
    idle = _measured("idle", second, 0)
    with _line(second) as line:
        ours = median_seconds(lambda: synchronise(Outbox(second), line), 20)
    yield replace(idle, n=count, ours_s=ours, bytes_per_record=None)


def _measured(name: str, store: Store, count: int) -> Measurement:
    results: list[Result] = []
    with _line(store) as line:
        forget_peak()
        ours = seconds(lambda: results.append(synchronise(Outbox(store), line)))
        moved = line.bytes_sent + line.bytes_received
    return Measurement(
        name,
        count,
        ours_s=ours,
        bytes_per_record=moved / count if count else float(moved),
        round_trips=results[0].round_trips,
        peak_mb=peak_mb(),
    )


@contextmanager
def _line(store: Store) -> Iterator[HttpLine]:
    line = HttpLine(store.setting("server"), store.setting("token"))
    try:
        yield line
    finally:
        line.close()


def _village_pc(folder: Path, county: County) -> Store:
    store = Store.create(folder, PASSWORD)
    syncing = Syncing(store)
    syncing.enrol(county.url, county.enrol_code(VILLAGE))
    # The county's published lists come first, so that the measurement is of residents alone.
    if folder.name == "first":
        syncing.run()
    return store


def _columns(count: int) -> list[list[Any]]:
    rows = [
        [f"{i:036d}", "经办人", "2026-11-25T09:00:00+08:00", *map(person.get, Resident.fields)]
        for i, person in enumerate(people(count))
    ]
    return [list(column) for column in zip(*rows, strict=True)]


def _plain(path: Path) -> Engine:
    engine = open_engine(path, b"k" * 32)
    with engine.begin() as connection:
        floor_table(_NAMES).metadata.create_all(connection)
    return engine


def _floor_push(path: Path, floor: Floor, columns: list[list[Any]]) -> None:
    bulk_insert(_plain(path), floor_table(_NAMES), columns)
    floor.push(_NAMES, columns)


def _floor_pull(path: Path, floor: Floor) -> None:
    _, columns = floor.pull()
    bulk_insert(_plain(path), floor_table(_NAMES), columns)
