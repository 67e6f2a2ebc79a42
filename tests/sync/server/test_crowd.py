"""Many PCs at one moment: each comes to its end, and none waits for those who came after it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from desktop.storage.store import Store
from desktop.syncing.service import Receipt, Syncing
from sync.records import Resident
from sync.server.pen import Pen
from tests.bench.crowd_bench import villages_for
from tests.support.server import County, running_county
from tests.support.store import new_store

PCS = 20
CHANGES = 20
PATIENCE_S = 60


def prepared(folder: Path, county: County, village: str, number: int) -> Store:
    store = new_store(folder / f"pc-{number}", area=village)
    Syncing(store).enrol(county.url, county.enrol_code(village))
    with store.write() as writing:
        names = [{"name": f"{number}号{i}"} for i in range(CHANGES)]
        writing.create_many(Resident, names)
    return store


def test_twenty_pcs_that_sync_at_once_all_end(database: str, tmp_path: Path) -> None:
    url = None if database.startswith("sqlite") else database
    with running_county(tmp_path / "county", database=url) as county:
        villages = villages_for(PCS)
        stores = [prepared(tmp_path, county, v, i) for i, v in enumerate(villages)]
        together = threading.Barrier(PCS)

        def sync(store: Store) -> Receipt:
            together.wait(PATIENCE_S)
            return Syncing(store).run()

        with ThreadPoolExecutor(PCS) as pool:
            receipts = list(pool.map(sync, stores))
        assert len(set(villages)) < PCS, "some must meet in one village"
        assert [(r.sent, r.refused, r.waiting, r.finished) for r in receipts] == (
            [(CHANGES, 0, 0, True)] * PCS
        )
        totals = county.verb("totals", "--json")
    assert f'"resident": {PCS * CHANGES}' in totals
    for store in stores:
        store.close()


def test_whoever_has_waited_longest_writes_next() -> None:
    pen, order = Pen(), list[int]()

    def write(number: int) -> None:
        with pen.held():
            order.append(number)

    with pen.held():
        writers = []
        for number in range(5):
            writer = threading.Thread(target=write, args=(number,))
            writer.start()
            writers.append(writer)
            while pen.waiting <= number:
                """Until it waits behind the others."""
        assert order == []
    for writer in writers:
        writer.join(PATIENCE_S)
    assert order == [0, 1, 2, 3, 4]
    with pen.held():
        order.append(5)
    assert order[-1] == 5, "whoever comes when nobody waits need not wait"
