"""Two PCs of a village with real stores, and a county with its own rules, without a socket."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, insert

from desktop.storage.store import Store
from desktop.syncing.conflicts import Conflicts, OpenConflict
from desktop.syncing.service import Syncing
from sync.protocol import ExchangeAnswer, ExchangeRequest, VerifyAnswer, VerifyRequest
from sync.records import Record, Value
from sync.server.accounts import Device
from sync.server.exchange import exchange
from sync.server.tables import device as devices
from sync.server.verify import verify
from tests.support.line import PlainLine
from tests.support.store import VILLAGE


@dataclass
class Wire(PlainLine):
    """A line that ends in the county's own rules, without a socket."""

    county: Engine
    device: Device

    def exchange(self, request: ExchangeRequest) -> ExchangeAnswer:
        return exchange(self.county, self.device, request)

    def verify(self, request: VerifyRequest) -> VerifyAnswer:
        return verify(self.county, self.device, request)


class Pc:
    """One of the village's PCs."""

    def __init__(self, store: Store, county: Engine, name: str, operator: str) -> None:
        self.store = store
        store.set(operator=operator, device_name=name, token="t", server="https://county")
        device = Device(f"device-{name}", VILLAGE, name)
        with county.begin() as connection:
            # The county tells of whoever wrote something by the name that it knows.
            known = {"id": device.id, "area": VILLAGE, "name": name, "token_hash": name}
            connection.execute(insert(devices).values(**known, enrolled_at="", last_seen_at=""))
        self.syncing = Syncing(store, lambda server, token: Wire(county, device))
        self.conflicts = Conflicts(store)

    def sync(self) -> None:
        self.syncing.run()

    def edit(self, record: type[Record], record_id: str, **values: Value) -> None:
        with self.store.write() as writing:
            writing.edit(record, record_id, values)

    def delete(self, record: type[Record], record_id: str) -> None:
        with self.store.write() as writing:
            writing.delete(record, record_id)

    def add(self, record: type[Record], **values: Value) -> str:
        with self.store.write() as writing:
            return writing.create(record, values)

    def row(self, record: type[Record], record_id: str) -> dict[str, Value]:
        with self.store.read() as connection:
            found = connection.exec_driver_sql(
                f"SELECT * FROM {record.kind} WHERE id = ?", (record_id,)
            )
            return dict(found.mappings().one())

    def the_conflict(self) -> OpenConflict:
        (found,) = self.conflicts.open()
        return found

    def choose(self, side: str, reason: str = "") -> None:
        found = self.the_conflict()
        choice = {difference.name: side for difference in found.differences}
        self.conflicts.choose(found.id, choice, reason, seen=found)


def settled(*pcs: Pc) -> None:
    """Let all of them agree."""
    for pc in (*pcs, *pcs):
        pc.sync()


def no_conflict(*pcs: Pc) -> bool:
    return all(not pc.conflicts.open() and pc.syncing.status().conflicts == 0 for pc in pcs)
