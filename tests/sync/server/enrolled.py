"""Village PCs that the county knows by their token: each request goes the whole way it would go."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Engine, select

from sync.protocol import VERSION, EnrolRequest, ExchangeAnswer, ExchangeRequest
from sync.records import KINDS
from sync.server.accounts import device_of, enrol, new_code
from sync.server.database import reading
from sync.server.divisions import load_divisions
from sync.server.exchange import answer_at_once, exchange
from sync.server.lists import publish_defaults
from tests.sync.server.pcs import COUNTY, OTHER_VILLAGE, VILLAGE, Pc

TOWN = "510183001000"
NEW_VILLAGE = "510183001777"
THIRD_VILLAGE = "510183001004"


def load_villages(county: Engine) -> None:
    """A town with three villages."""
    rows = [
        (COUNTY, "邛崃市", "county", None),
        (TOWN, "文君街道", "town", COUNTY),
        (VILLAGE, "文脉坊社区", "community", TOWN),
        (OTHER_VILLAGE, "东街社区", "community", TOWN),
        (THIRD_VILLAGE, "西街社区", "community", TOWN),
    ]
    names = ("code", "name", "level", "parent_code")
    load_divisions(county, {row[0]: dict(zip(names, row, strict=True)) for row in rows})
    publish_defaults(county)


class EnrolledPc(Pc):
    """A PC that enrolled. ``names`` is the village that it says it works for."""

    def __init__(self, county: Engine, name: str, area: str = VILLAGE) -> None:
        super().__init__(county, name, area)
        code = new_code(county, area)
        answer = enrol(county, EnrolRequest(VERSION, code, name))
        self.id, self.token, self.names = answer.device, answer.token, answer.area
        self.device = device_of(county, self.token)

    def _ask(self, request: ExchangeRequest) -> ExchangeAnswer:
        self.device = device_of(self.county, self.token)
        named = msgspec.structs.replace(request, area=self.names)
        with reading(self.county) as connection:
            answer = answer_at_once(connection, self.device, named)
        return answer or exchange(self.county, self.device, named)

    def take_up(self, answer: ExchangeAnswer) -> None:
        """Go where the county says, with nothing of the old village."""
        assert answer.move is not None
        self.names, self.cursors, self.rows = answer.move.area, {}, {}

    def read_anew(self) -> dict[tuple[str, str], dict[str, Any]]:
        """All that the PC may read, as a PC that has nothing yet."""
        self.cursors, self.rows = {}, {}
        self.read_all()
        return self.rows


def live(county: Engine, area: str) -> set[tuple[str, str]]:
    """Kind and id of what is live in an area."""
    found: set[tuple[str, str]] = set()
    with county.connect() as connection:
        for kind, record in KINDS.items():
            table = record.table.c
            here = select(table.id).where(table.area == area, table.deleted == 0)
            found |= {(kind, id_) for id_ in connection.execute(here).scalars()}
    return found


def all_of(county: Engine, area: str) -> list[dict[str, Any]]:
    """All rows of an area, whatever became of them."""
    with county.connect() as connection:
        return [
            {"kind": kind, **row}
            for kind, record in KINDS.items()
            for row in connection.execute(
                select(record.table).where(record.table.c.area == area)
            ).mappings()
        ]
