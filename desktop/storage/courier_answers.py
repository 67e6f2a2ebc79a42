"""The pages of an answer from a stick, settled as those of the line are."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from sqlalchemy import Connection

from desktop.storage import settings
from desktop.storage.outbox import Outbox, waiting_among
from desktop.storage.store import Store
from sync.client.ports import Tally
from sync.courier import Page
from sync.protocol import Rows, by_outcome, to_outcomes
from sync.records import KINDS
from sync.records.divisions import county_of


def settle_page(store: Store, page: Page, tally: Tally) -> None:
    """Write down one page of an answer, in one transaction; safe at any time and in any order.

    Outcomes count for those changes that wait still. Rows are laid under what waits, and an older
    one never takes a record back. The cursor moves only where the page begins at or before the
    place where this PC stands, so that nothing in between is passed over.
    """
    answer, line = page.answer, Outbox(store)
    cursors = line.cursors()
    with store.read() as connection:
        area = settings.read(connection, settings.AREA)
        batch, places = waiting_among(connection, page.changes)
        ours = (area, county_of(area))
        rows = [each for each in answer.rows if each.area in ours]
        known = [_known(connection, each) for each in rows]
    outcomes = {place: rest for place, *rest in by_outcome(answer.outcomes)}
    again = [(*outcomes[place], False) for place in places]
    moved = {
        of: to
        for of, to in answer.cursors.items()
        if of in ours and _follows(page.since.get(of, 0), cursors.get(of, 0), to)
    }
    line.settle(
        batch,
        msgspec.structs.replace(
            answer,
            outcomes=to_outcomes(again),  # type: ignore[arg-type]
            rows=rows,
            cursors={**cursors, **moved},
        ),
        tally,
    )
    for each, number in zip(rows, known, strict=True):
        if number and each.kind in KINDS and "create" in KINDS[each.kind].villages_may:
            # The answer brings this PC's own records as well; only others' are news.
            tally.count("received", each.kind, -number)


def _follows(since: int, here: int, to: int) -> bool:
    # Just where this PC stands, the county may also send it back: it was restored from a backup.
    return since == here or since <= here < to


def _known(connection: Connection, rows: Rows) -> int:
    """How many of these records this PC has in this version or a newer one."""
    if rows.kind not in KINDS:
        return 0
    revisions = connection.exec_driver_sql(
        f"SELECT id, revision FROM {rows.kind}"  # noqa: S608 - kinds are our own class names
        " WHERE area = ? AND id IN (SELECT value FROM json_each(?))",
        (rows.area, json.dumps(rows.columns[rows.names.index("id")])),
    )
    here: dict[Any, int] = dict(revisions.all())
    numbers = zip(
        rows.columns[rows.names.index("id")],
        rows.columns[rows.names.index("revision")],
        strict=True,
    )
    return sum(here.get(record, -1) >= int(revision or 0) for record, revision in numbers)
