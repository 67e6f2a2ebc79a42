"""Where records stand between this PC and the county, kept in step with the outbox.

What is being sent is not marked record by record: it is what waits up to one place in the outbox.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, and_, case, cast, func, select

from desktop.storage import settings, settled
from desktop.storage.driver import carry_out, tuples_of
from desktop.storage.tables import outbox, setting, standing

_under_way = func.coalesce(
    select(cast(setting.c.value, Integer))
    .where(setting.c.name == settings.UNDER_WAY)
    .scalar_subquery(),
    0,
)
_is_sent = and_(
    standing.c.state == "waiting",
    _under_way > 0,
    # What was written since waits for the next message, and its record with it.
    ~select(outbox.c.number)
    .where(outbox.c.record == standing.c.record, outbox.c.number > _under_way)
    .correlate(standing)
    .exists(),
)
#: Where a record stands, as it is shown.
shown_state: ColumnElement[str] = case((_is_sent, "sending"), else_=standing.c.state)


def under_way(connection: Connection) -> int:
    """The place in the outbox of the last change that is on its way to the county; 0 for none."""
    return int(settings.read(connection, settings.UNDER_WAY, "0"))


def on_the_way(connection: Connection, upto: int) -> None:
    """What waits up to this place in the outbox is being sent."""
    before = under_way(connection)
    if upto < before:
        # What waits still up to there was sent, and its answer may have been lost.
        settings.write(connection, asked=str(max(_asked(connection), before)))
    settings.write(connection, under_way=str(upto))


def may_be_known(connection: Connection, entries: Iterable[Mapping[str, Any]]) -> bool:
    """Whether the county may know one of these outbox entries already: it is on its way, or it was
    and no answer came. Such a one cannot be taken back, only followed by something else."""
    upto = max(under_way(connection), _asked(connection))
    return any(entry["number"] <= upto for entry in entries)


def places_moved(connection: Connection, by: int) -> None:
    """All that is in the outbox stands so many places further on."""
    settings.write(connection, laid_under=str(times_moved(connection) + 1))
    asked = max(under_way(connection), _asked(connection))
    if asked:
        settings.write(connection, asked=str(asked + by))


def times_moved(connection: Connection) -> int:
    """How often what is in the outbox was moved to other places."""
    return int(settings.read(connection, settings.LAID_UNDER, "0"))


def _asked(connection: Connection) -> int:
    return int(settings.read(connection, settings.ASKED, "0"))


def mark(connection: Connection, kind: str, records: Iterable[str], state: str) -> None:
    """Set where records stand."""
    mark_each(connection, [(record, kind, state) for record in records])


def mark_each(connection: Connection, stands: Sequence[tuple[str, str, str]]) -> None:
    """Set where each record stands: its id, its kind, its state."""
    carry_out(
        connection,
        "INSERT INTO standing (record, kind, state) VALUES (?, ?, ?)"
        " ON CONFLICT (record) DO UPDATE SET state = excluded.state",
        stands,
    )


def none_is_sent(connection: Connection) -> None:
    """Nothing is under way: what was being sent is at the county, or waits again."""
    if not under_way(connection):
        return
    on_the_way(connection, 0)
    settled.let_go(connection)
    left = "SELECT 1 FROM outbox UNION ALL SELECT 1 FROM standing WHERE state <> 'waiting'"
    if not tuples_of(connection, f"{left} LIMIT 1"):
        # After a first sync: SQLite lets go of the whole table at once, not mark by mark.
        carry_out(connection, "DELETE FROM standing", [()])
        return
    carry_out(
        connection,
        "DELETE FROM standing WHERE state = 'waiting'"
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.record = standing.record)",
        [()],
    )


def no_longer_in_conflict(connection: Connection, records: Collection[str]) -> None:
    """Let records stand without a conflict, unless another one of them is open still."""
    if not records:
        return
    carry_out(
        connection,
        "DELETE FROM standing WHERE record IN (SELECT value FROM json_each(?))"
        " AND state = 'conflict' AND NOT EXISTS (SELECT 1 FROM conflict"
        " WHERE record = standing.record AND state = 'open' AND deleted = 0)",
        [(json.dumps(list(records)),)],
    )
    restate(connection, records)


def restate(connection: Connection, records: Collection[str]) -> None:
    """Let records stand where the outbox says: refused or waiting; with nothing left in it they
    simply are at the county, or still in conflict."""
    if not records:
        return
    left = tuples_of(
        connection,
        "SELECT record, kind,"  # noqa: S608 - our own words
        " CASE WHEN max(state = 'refused') THEN 'refused' ELSE 'waiting' END"
        f" FROM outbox WHERE record IN (SELECT value FROM json_each(?)) AND {settled.UNSETTLED}"
        " GROUP BY record",
        (json.dumps(list(records)),),
    )
    carry_out(
        connection,
        "INSERT INTO standing (record, kind, state) VALUES (?, ?, ?)"
        # What a person must see to is not hidden by what goes by itself.
        " ON CONFLICT (record) DO UPDATE SET state = excluded.state"
        " WHERE excluded.state = 'refused' OR standing.state <> 'conflict'",
        left,
    )
    busy = {row[0] for row in left}
    carry_out(
        connection,
        "DELETE FROM standing WHERE record IN (SELECT value FROM json_each(?))"
        " AND state IN ('waiting', 'refused')",
        [(json.dumps([record for record in records if record not in busy]),)],
    )
    carry_out(
        connection,
        "INSERT INTO standing (record, kind, state) SELECT record, record_kind,"
        " 'conflict' FROM conflict WHERE state = 'open' AND deleted = 0"
        # A later change of the record that merged leaves its conflict open.
        " ON CONFLICT (record) DO UPDATE SET state = 'conflict' WHERE standing.state = 'merged'",
        [()],
    )
