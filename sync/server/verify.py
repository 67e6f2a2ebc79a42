"""Comparing contents: an area's records as checksums or, where those differ, as rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, select

from sync.proof import bucket_of, contents
from sync.protocol import Rows, VerifyAnswer, VerifyRequest
from sync.records import KINDS, SYSTEM_COLUMNS
from sync.records.divisions import county_of
from sync.server.accounts import Device
from sync.server.database import reading, writing
from sync.server.errors import Refusal
from sync.server.holdings import recount
from sync.server.numbering import Numbers, heads_of

_PART = 2000


def verify(engine: Engine, device: Device, request: VerifyRequest) -> VerifyAnswer:
    """Sum up what the county holds of an area by reading all of it, or send what lies in buckets.

    The county's own sums are made anew on the way: whoever asks doubts them. Raises Refusal (403)
    for an area that is not the device's to read.
    """
    if request.area not in (device.area, county_of(device.area)):
        raise Refusal(403, "wrong_area", "这台电脑不能看别的村的资料")
    known = {kind: names for kind, names in request.kinds.items() if kind in KINDS}
    if not request.buckets:
        with writing(engine) as connection:
            Numbers(connection, request.area)
            recount(connection, request.area, known)
    with reading(engine) as connection:
        head = heads_of(connection, [request.area])[request.area].head
        if not request.buckets:
            sums = {
                kind: contents(_rows(connection, request.area, kind, _names(kind, names)))
                for kind, names in known.items()
            }
            return VerifyAnswer(request.version, head, sums)
        wanted = [
            _in_buckets(connection, request.area, kind, _names(kind, names), request.buckets[kind])
            for kind, names in known.items()
            if kind in request.buckets
        ]
    return VerifyAnswer(request.version, head, rows=wanted)


def _names(kind: str, asked: Sequence[str]) -> list[str]:
    """The columns that are compared: what every record carries, and the fields asked for."""
    known = (name for name in dict.fromkeys(asked) if name in KINDS[kind].fields)
    return [*SYSTEM_COLUMNS[1:], *known]


def _rows(
    connection: Connection, area: str, kind: str, names: Sequence[str]
) -> Iterator[Sequence[Any]]:
    table = KINDS[kind].table
    statement = select(*(table.c[name] for name in names)).where(table.c.area == area)
    yield from connection.execute(statement.execution_options(yield_per=_PART))


def _in_buckets(
    connection: Connection, area: str, kind: str, names: list[str], buckets: Sequence[int]
) -> Rows:
    wanted = set(buckets)
    found = [
        row for row in _rows(connection, area, kind, names) if bucket_of(str(row[0])) in wanted
    ]
    columns = [list(column) for column in zip(*found, strict=True)] or [[] for _ in names]
    return Rows(kind, area, names, columns)
