"""Village PCs as the county sees them: they send changes, keep cursors, and remember rows."""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import Any

from sqlalchemy import Engine, func, select

from sync.protocol import (
    VERSION,
    Change,
    ExchangeAnswer,
    ExchangeRequest,
    Operation,
    by_outcome,
    to_blocks,
)
from sync.records import KINDS, Value
from sync.server.accounts import Device
from sync.server.exchange import exchange

VILLAGE = "510183001002"
OTHER_VILLAGE = "510183001003"
COUNTY = "510183000000"
ID_NUMBERS = ("51018319800101001X", "510183198001010028", "510183199912310034")

_numbers = count(1)


def create(kind: str, record: str = "", base: int = 0, **values: Value) -> Change:
    return _change(kind, record or f"{kind}-{next(_numbers)}", "create", base, values)


def edit(kind: str, record: str, base: int, **values: Value) -> Change:
    return _change(kind, record, "edit", base, values)


def delete(kind: str, record: str, base: int) -> Change:
    return _change(kind, record, "delete", base, {})


def _change(
    kind: str, record: str, operation: Operation, base: int, values: dict[str, Value]
) -> Change:
    at = "2026-11-25T09:00:00+08:00"
    return Change(f"change-{next(_numbers)}", kind, record, operation, base, values, "李会计", at)


class Pc:
    """A PC of one village. ``rows`` is what it was sent, by kind and id, newest first seen last. A
    ``brief`` one asks for no more than what was edited, once it has all."""

    def __init__(
        self, county: Engine, name: str, area: str = VILLAGE, *, brief: bool = False
    ) -> None:
        self.county = county
        self.brief, self.whole = brief, False
        self.device = Device(f"device-{name}", area, name)
        self.cursors: dict[str, int] = {}
        self.eras: dict[str, int] = {}
        self.rows: dict[tuple[str, str], dict[str, Value]] = {}
        self.received: list[tuple[str, str]] = []
        self._sent: defaultdict[str, list[str]] = defaultdict(list)

    def send(self, *changes: Change, page: int = 2000) -> ExchangeAnswer:
        """Exchange once, and take in the answer."""
        answer = self.send_and_lose(*changes, page=page)
        self.cursors = dict(answer.cursors)
        self.whole = answer.remaining == 0
        for rows in answer.rows:
            for place, values in enumerate(zip(*rows.columns, strict=True)):
                row = dict(zip(rows.names, values, strict=True))
                self._lay(rows.kind, row, rows.since[place] if rows.since else None)
        return answer

    def send_and_lose(self, *changes: Change, page: int = 2000) -> ExchangeAnswer:
        """Exchange once, but the answer never gets here (it is returned for the test to see)."""
        blocks = to_blocks(changes)
        # This PC forgets nothing: whatever it sent before is before the cadre's eyes.
        follows = {c.id: list(before) for c in changes if (before := self._sent[c.record])}
        for change in changes:
            self._sent[change.record].append(change.id)
        request = ExchangeRequest(
            VERSION,
            self.cursors,
            blocks,
            page,
            eras=self.eras,
            follows=follows,
            brief=self.brief and self.whole,
        )
        return self._ask(request)

    def _ask(self, request: ExchangeRequest) -> ExchangeAnswer:
        return exchange(self.county, self.device, request)

    def _lay(self, kind: str, row: dict[str, Value], since: int | None) -> None:
        key = (kind, str(row["id"]))
        if since is not None:
            before = self.rows[key]
            assert before["revision"] in range(since, int(str(row["revision"])))
            row = before | row
        self.rows[key] = row
        self.received.append(key)

    def read_all(self, page: int = 2000) -> None:
        """Exchange until nothing is left to read."""
        while self.send(page=page).remaining:
            pass

    def row(self, kind: str, record: str) -> dict[str, Value]:
        return self.rows[kind, record]


def codes(answer: ExchangeAnswer) -> list[str]:
    """The outcome code of each change, in order."""
    return [code for _, code, _, _ in by_outcome(answer.outcomes)]


def revisions(answer: ExchangeAnswer) -> list[int]:
    return [revision for _, _, revision, _ in by_outcome(answer.outcomes)]


def reasons(answer: ExchangeAnswer) -> list[str]:
    return [reason for _, _, _, reason in by_outcome(answer.outcomes)]


def at_county(county: Engine, kind: str, record: str, area: str = VILLAGE) -> dict[str, Any]:
    """A record as it stands at the county."""
    table = KINDS[kind].table
    statement = select(table).where(table.c.area == area, table.c.id == record)
    with county.connect() as connection:
        return dict(connection.execute(statement).mappings().one())


def count_of(county: Engine, kind: str, area: str = VILLAGE) -> int:
    """How many records of a kind an area has, deleted ones too."""
    table = KINDS[kind].table
    statement = select(func.count()).where(table.c.area == area)
    with county.connect() as connection:
        return int(connection.execute(statement).scalar_one())
