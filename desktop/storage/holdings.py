"""What this PC holds as the county gave it, by area and kind, kept in step with every revision."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import Connection, delete, insert

from desktop.storage.driver import carry_out, rows_of, tuples_of
from desktop.storage.tables import holding
from sync.proof import MODULUS, Step, moved
from sync.protocol import Holding
from sync.records import KINDS


def holdings_of(connection: Connection) -> list[Holding]:
    """All that this PC holds."""
    found = tuples_of(connection, "SELECT area, kind, records, checksum FROM holding")
    return [Holding(*row) for row in found]


def note(connection: Connection, area: str, kind: str, steps: Iterable[Step]) -> None:
    """Add to what is held: records that came, went on to another revision, or went."""
    records, checksum = moved(steps)
    if records or checksum:
        carry_out(
            connection,
            "INSERT INTO holding (area, kind, records, checksum) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (area, kind) DO UPDATE SET records = records + excluded.records,"
            " checksum = (checksum + excluded.checksum) % ?",
            [(area, kind, records, checksum, MODULUS)],
        )


def forget(connection: Connection, area: str) -> None:
    """Hold nothing of an area any more."""
    connection.execute(delete(holding).where(holding.c.area == area))


def total(connection: Connection) -> int:
    """How many records are held in all."""
    return sum(h.records for h in holdings_of(connection))


def recount(connection: Connection) -> list[str]:
    """Make the sums anew from the records; the kinds whose sums were wrong."""
    kept = {(h.area, h.kind): h for h in holdings_of(connection) if h.records or h.checksum}
    found = {(h.area, h.kind): h for kind in KINDS for h in _counted(connection, kind) if h.records}
    if found == kept:
        return []
    connection.execute(delete(holding))
    if found:
        columns = ("area", "kind", "records", "checksum")
        rows = [{name: getattr(h, name) for name in columns} for h in found.values()]
        connection.execute(insert(holding), rows)
    return sorted(
        {
            kind
            for place, h in (found | kept).items()
            for _, kind in [place]
            if found.get(place) != kept.get(place)
        }
    )


def _counted(connection: Connection, kind: str) -> Iterator[Holding]:
    # Kinds are our own names.
    for (area,) in tuples_of(connection, f"SELECT DISTINCT area FROM {kind}"):  # noqa: S608
        # What the county has not taken in yet is not held, and may be a whole register.
        held = f"SELECT id, revision, 0 FROM {kind} WHERE area = ? AND revision > 0"  # noqa: S608
        yield Holding(area, kind, *moved(rows_of(connection, held, (area,))))
