"""A sync tells how many bytes went and came while it goes on: on the real line, to a county."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from desktop.syncing.strip import far_words
from desktop.widgets.words import size
from sync.client.engine import Progress
from sync.records import Resident
from tests.support.server import running_county
from tests.support.store import PASSWORD
from tests.support.working import enrolled

PEOPLE = 400


def test_the_bytes_that_are_told_grow_with_each_message_and_end_at_what_the_receipt_says(
    tmp_path: Path,
) -> None:
    with running_county(tmp_path / "county") as county:
        stores = []
        for name in ("here", "there"):
            store = Store.open(enrolled(tmp_path / name, county), PASSWORD)
            # Small messages, so that there are several.
            store.set(line_limit="very_slow")
            with store.write() as writing:
                rows = [{"name": f"{name}{n}", "note": "住院坝边"} for n in range(PEOPLE)]
                writing.create_many(Resident, rows)
            stores.append(store)
        for store in stores:
            told: list[Progress] = []
            receipt = Syncing(store).run(told.append)
            assert (receipt.finished, receipt.sent) == (True, PEOPLE)
            assert receipt.round_trips == len(told) > 3
            sent = [progress.bytes_sent for progress in told]
            came = [progress.bytes_received for progress in told]
            for figures in (sent, came):
                assert 0 < figures[0] < figures[-1]
                assert all(before <= after for before, after in pairwise(figures))
            assert (sent[-1], came[-1]) == (receipt.bytes_sent, receipt.bytes_received)
            assert size(sent[-1]) in far_words(told[-1])
        for store in stores:
            store.close()
