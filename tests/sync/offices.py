"""Offices of real stores and the county's real door, bytes for bytes, without a socket between."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from desktop.register.service import Register
from desktop.storage import settings
from desktop.storage.checking import check
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.syncing.service import Receipt, Syncing
from sync.client.ports import NoLine, Refused
from sync.protocol import (
    EnrolAnswer,
    EnrolRequest,
    ExchangeAnswer,
    ExchangeRequest,
    VerifyAnswer,
    VerifyRequest,
    pack,
    unpack,
)
from sync.records import KINDS, Record
from sync.server.accounts import new_code
from sync.server.api import Api
from sync.server.errors import Refusal
from tests.support.line import PlainLine
from tests.support.store import COUNTY, VILLAGE, new_store

#: What stays on a PC for good: who looked at masked fields, and this PC's own settings.
KEPT = {"setting", "view_log", "receipt"}


class Door(PlainLine):
    """A line to the county's door. ``lose`` answers, and the line is gone."""

    def __init__(self, engine: Engine, token: str) -> None:
        self._api, self._token = Api(engine), f"Bearer {token}"
        self.lose = 0

    def enrol(self, request: EnrolRequest) -> EnrolAnswer:
        """Show a one-time code."""
        return unpack(self._ask(self._api.enrol, pack(request), "here"), EnrolAnswer)

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        """Send and ask."""
        answer = self._ask(self._api.exchange, pack(request), self._token)
        if self.lose:
            self.lose -= 1
            raise NoLine("answer lost")
        return unpack(answer, ExchangeAnswer)

    def verify(self, request: VerifyRequest) -> VerifyAnswer:
        """Compare contents."""
        return unpack(self._ask(self._api.verify, pack(request), self._token), VerifyAnswer)

    @staticmethod
    def _ask(verb: Any, *arguments: Any) -> bytes:
        try:
            return bytes(verb(*arguments))
        except Refusal as refusal:
            raise Refused(refusal.fault.code, refusal.fault.sentence) from refusal


class Office:
    """A PC of a village office, enrolled at the county."""

    def __init__(self, county: Engine, folder: Path, name: str, area: str = VILLAGE) -> None:
        self.county, self.lose = county, 0
        self.store: Store = new_store(folder / name, area=area)
        self.store.set(device_name=name)
        self.syncing = Syncing(self.store, self._line)
        self.syncing.enrol("http://county", new_code(county, area))

    @property
    def id(self) -> str:
        """The county's name for this PC."""
        return self.store.setting(settings.DEVICE)

    @property
    def area(self) -> str:
        """The village that it works for."""
        return self.store.setting(settings.AREA)

    def sync(self) -> Receipt:
        """Sync once. Raises LineFault."""
        return self.syncing.run()

    def settle(self) -> None:
        """Sync until nothing moves any more."""
        for _ in range(4):
            self.sync()

    def add(self, record: type[Record], **values: Any) -> str:
        """Write a new record."""
        with self.store.write() as writing:
            return writing.create(record, values)

    def edit(self, record: type[Record], record_id: str, **values: Any) -> None:
        """Change a record."""
        with self.store.write() as writing:
            writing.edit(record, record_id, values)

    def register(self, record: type[Record]) -> Register:
        """The service of a kind."""
        return Register(self.store, record)

    def rows(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """All records here, by area, kind and id."""
        return rows_of(self.store.engine)

    def tables(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every table that may hold something of a village."""
        with self.store.read() as connection:
            names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type='table'")
            wanted = [n for n in names.scalars() if n not in KEPT and not n.startswith("sqlite_")]
            return {
                n: [tuple(r) for r in connection.exec_driver_sql(f'SELECT * FROM "{n}"')]
                for n in wanted
                if not n.startswith("history_")
            }

    def outbox(self) -> Outbox:
        """The outbox as the engine sees it."""
        return Outbox(self.store)

    def _line(self, _server: str, token: str) -> Door:
        door = Door(self.county, token)
        door.lose, self.lose = self.lose, 0
        return door


def rows_of(engine: Engine) -> dict[tuple[str, str, str], dict[str, Any]]:
    """All records of a database, by area, kind and id."""
    found = {}
    with engine.connect() as connection:
        for kind, record in KINDS.items():
            for row in connection.execute(select(record.table)).mappings():
                found[row["area"], kind, row["id"]] = dict(row)
    return found


def agree(county: Engine, *offices: Office) -> None:
    """Each PC holds exactly what the county holds of its village and publishes to all."""
    there = rows_of(county)
    for office in offices:
        expected = {k: row for k, row in there.items() if k[0] in (office.area, COUNTY)}
        assert office.rows() == expected


def the(office: Office, record: Any, title: str = "") -> str:
    """The id of the only live record of a kind, or of the one with that title."""
    found = [
        row["id"]
        for (_, kind, _), row in office.rows().items()
        if kind == record.kind and not row["deleted"] and title in ("", row[record.title])
    ]
    (only,) = found
    return str(only)


def nothing_of(office: Office, area: str) -> None:
    """No table of the PC holds anything of an area, nor anything that hangs on its records."""
    for name, rows in office.tables().items():
        # The division table is the county's, and names every village.
        mine = [row for row in rows if area in row and name != "division"]
        assert mine == [], f"{name} still holds {mine}"
    assert office.tables()["standing"] == office.tables()["draft"] == []
    assert check(office.store).problems == []
