"""The pages of an answer from a stick, settled as those of the line are."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection

from desktop.storage import settings
from desktop.storage.outbox import Outbox, waiting_among
from desktop.storage.store import Store
from sync.client.ports import Batch, Tally
from sync.courier import Page
from sync.protocol import Rows, by_outcome, to_outcomes
from sync.records.divisions import county_of


def settle_page(store: Store, page: Page, tally: Tally, held: set[str]) -> None:
    """Write down one page of an answer, in one transaction; safe at any time and in any order.

    Outcomes count for those changes that wait still. Rows are laid under what waits, and an older
    one never takes a record back. The cursor moves only where the page begins at or before the
    place where this PC stands, so that nothing in between is passed over.

    ``held`` gathers over the pages of an answer the records of which this PC has read something
    newer meanwhile, with our change on top: only an answer that brings them as they stand now can
    take that off, so their changes wait for the next one. The county answers it the same again.
    """
    answer, line = page.answer, Outbox(store, by_stick=True)
    cursors = line.cursors()
    with store.read() as connection:
        area = settings.read(connection, settings.AREA)
        outcomes = {place: rest for place, *rest in by_outcome(answer.outcomes)}
        batch, places = waiting_among(connection, page.changes)
        records = [record for block in batch.blocks for record in block.records]
        held |= _overtaken(connection, batch, [outcomes[place][1] for place in places], answer.rows)
        if not held.isdisjoint(records):
            settled = {p for p, record in zip(places, records, strict=True) if record not in held}
            kept = [change for place, change in enumerate(page.changes) if place in settled]
            batch, order = waiting_among(connection, kept)
            places = [sorted(settled)[place] for place in order]
        ours = (area, county_of(area))
        rows = [each for each in answer.rows if each.area in ours]
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
            histories=[each for each in answer.histories if each.area in ours],
            cursors={**cursors, **moved},
        ),
        tally,
    )


def _follows(since: int, here: int, to: int) -> bool:
    # Just where this PC stands, the county may also send it back: it was restored from a backup.
    return since == here or since <= here < to


def _overtaken(
    connection: Connection, batch: Batch, revisions: Sequence[Any], rows: Sequence[Rows]
) -> set[str]:
    """The records that this PC has newer than the revisions that their changes were given, and
    newer than the page brings them."""
    brought = {record: revision for each in rows for record, revision in _revisions(each)}
    given = iter(revisions)
    found: set[str] = set()
    for block in batch.blocks:
        here = _here(connection, block.kind, block.records)
        for record in block.records:
            revision = next(given)
            if revision and here.get(record, 0) > max(revision, brought.get(record, 0)):
                found.add(record)
    return found


def _revisions(rows: Rows) -> list[tuple[str, int]]:
    columns = dict(zip(rows.names, rows.columns, strict=True))
    return [(str(r), int(n or 0)) for r, n in zip(columns["id"], columns["revision"], strict=True)]


def _here(connection: Connection, kind: str, records: Sequence[str]) -> dict[str, int]:
    """The revision of each of these records of the village on this PC."""
    found = connection.exec_driver_sql(
        f"SELECT id, revision FROM {kind}"  # noqa: S608 - kinds are our own class names
        " WHERE area = (SELECT value FROM setting WHERE name = 'area')"
        " AND id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(records)),),
    )
    return {record: int(revision) for record, revision in found}
