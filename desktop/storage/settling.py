"""What the county made of our changes, written down: accepted, merged, in conflict, refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select, update

from desktop.storage import searching, settings
from desktop.storage.standing import mark, restate
from sync.client.ports import Batch, Tally
from sync.protocol import Block, Outcome, by_outcome
from sync.records import KINDS


def settle_outcomes(
    connection: Connection, batch: Batch, outcomes: Iterable[Outcome], tally: Tally
) -> None:
    """Write down the outcomes of a batch. What the county took in leaves the outbox; what it
    refused stays there, with the reason, until a person edits it or gives it up."""
    changes = [(block, record) for block in batch.blocks for record in block.records]
    settled: list[tuple[int]] = []
    refused: list[tuple[str, int]] = []
    marks: dict[str, list[tuple[str, str]]] = {}
    revisions: dict[str, list[tuple[int, str]]] = {}
    for place, code, revision, reason in by_outcome(outcomes):
        block, record = changes[place]
        number = batch.numbers[place]
        tally.count("sent", block.kind)
        if code == "rejected":
            refused.append((reason, number))
            if block.operation == "delete":
                _bring_back(connection, block.kind, record)
        else:
            settled.append((number,))
        if revision:
            revisions.setdefault(block.kind, []).append((revision, record))
        if code != "accepted":
            _tell(tally, code, block)
            marks.setdefault(block.kind, []).append((record, _STANDING[code]))
    _execute(connection, "DELETE FROM outbox WHERE number = ?", settled)
    _execute(
        connection, "UPDATE outbox SET state = 'refused', reason = ? WHERE number = ?", refused
    )
    area = settings.read(connection, settings.AREA)
    for kind, rows in revisions.items():
        # Kinds are our own names. A PC may have pulled a newer revision meanwhile.
        sql = f"UPDATE {kind} SET revision = ? WHERE area = ? AND id = ? AND revision < ?"  # noqa: S608
        _execute(connection, sql, [(new, area, record, new) for new, record in rows])
    restate(connection, [record for _, record in changes])
    for kind, states in marks.items():
        for record, state in states:
            mark(connection, kind, [record], state)
    _still_waiting(connection)


_STANDING = {"merged": "merged", "conflict": "conflict", "rejected": "refused"}
_COUNTED = {"merged": "merged", "conflict": "conflicts", "rejected": "refused"}


def _tell(tally: Tally, code: str, block: Block) -> None:
    tally.count(_COUNTED[code], block.kind)


def _bring_back(connection: Connection, kind: str, record_id: str) -> None:
    """A deletion that was refused: the record shows again, marked, so that a person sees it."""
    table = KINDS[kind].table
    connection.execute(update(table).where(table.c.id == record_id).values(deleted=0))
    row = connection.execute(select(table).where(table.c.id == record_id)).mappings().one()
    entry = searching.entry_of(KINDS[kind], row["area"], record_id, dict(row))
    searching.put(connection, [entry])


def _still_waiting(connection: Connection) -> None:
    """Records edited again while they were being sent wait once more."""
    connection.exec_driver_sql(
        "UPDATE standing SET state = 'waiting' WHERE state IN ('sending', 'merged') AND EXISTS"
        " (SELECT 1 FROM outbox WHERE outbox.record = standing.record AND outbox.state = 'waiting')"
    )


def _execute(connection: Connection, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        connection.exec_driver_sql(sql, list(rows))
