"""A county in this process, on a real database, and the second account of what it took in.

Every message crosses as bytes through ``sync.protocol``. ``Truth`` is an independent account of
what crossed the line: what any end has is held against it.
"""

from __future__ import annotations

import io
import json
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event, select

from sync.courier import Page, inspect, unseal
from sync.keys import SecretKeys
from sync.protocol import (
    VERSION,
    ExchangeAnswer,
    ExchangeRequest,
    VerifyAnswer,
    VerifyRequest,
    pack,
    unpack,
)
from sync.records import (
    KINDS,
    Conflict,
    Division,
    Grid,
    PointsEntry,
    PointsHandover,
    Record,
    Value,
)
from sync.records.lists import default_lists
from sync.server.accounts import Device, device_of
from sync.server.api import Api
from sync.server.app import make_app
from sync.server.courier import answer_file
from sync.server.database import bring_up_to_date, open_engine
from sync.server.divisions import load_divisions
from sync.server.errors import Refusal
from sync.server.lists import publish_defaults
from sync.server.own_keys import own_keys
from sync.server.points import rights_of
from sync.server.tables import device as device_table
from sync.server.tables import left_area
from tests.support.files_here import DoorHere
from tests.support.store import COUNTY, VILLAGE
from tests.support.truth import Truth, Unasked

OTHER_VILLAGE = "510183001003"


THIRD_VILLAGE = "510183001004"


TOWN = "510183001000"


DIVISIONS: list[tuple[str, str, str, str | None]] = [
    (COUNTY, "邛崃市", "county", None),
    (TOWN, "文君街道", "town", COUNTY),
    (VILLAGE, "文脉坊社区", "community", TOWN),
    (OTHER_VILLAGE, "东街社区", "community", TOWN),
    (THIRD_VILLAGE, "西街社区", "community", TOWN),
]
#: So many records the county publishes to all before anything is written: what a PC reads first.
PUBLISHED = len(DIVISIONS) + sum(map(len, default_lists().values()))


Row = dict[str, Any]


class PowerCut(Exception):
    """The machine went dark between two instructions."""


class CountyHere:
    """The county's server on a real database, reached without a socket: messages go in at its api,
    photos and documents at its app. ``overtaken`` are requests under way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.engine = fresh_county(folder)
        self._api = Api(self.engine)
        self.truth = Truth()
        #: What happened, to see that what is tried does happen.
        self.tally: Counter[str] = Counter()
        #: The photos and documents that PCs were given, by their SHA-256, and those of them that
        #: went with a data folder which was set back before the county had them.
        self.originals: dict[str, bytes] = {}
        self.gone: set[str] = set()
        self.overtaken: list[tuple[str, bytes]] = []
        self._dies = False
        event.listen(self.engine, "commit", self._on_commit)

    @cached_property
    def door(self) -> DoorHere:
        """The way in for photos and documents."""
        return DoorHere(make_app(self.engine, self.folder))

    def close(self) -> None:
        """Let go of the database and of the door."""
        if "door" in self.__dict__:
            self.door.close()
        self.engine.dispose()

    def handle(self, token: str, data: bytes, *, dies: bool = False) -> bytes:
        """Bytes in, bytes out. Raises BadMessage, PowerCut."""
        request = unpack(data, ExchangeRequest)
        device = device_of(self.engine, token)
        self._dies = dies and bool(request.blocks)
        try:
            with self._arrivals():
                answered = self._api.exchange(data, f"Bearer {token}")
        finally:
            self._dies = False
        answer = unpack(answered, ExchangeAnswer)
        self._note(_at_work_in(device, request.area), request, answer)
        return answered

    def carry(self, data: bytes, secret: SecretKeys) -> bytes:
        """A file from a stick in, the answer file out; ``secret`` is the PC's, so that the second
        account can read what was said. Raises Refusal."""
        source, target = io.BytesIO(data), io.BytesIO()
        with self._arrivals() as leaving:
            answer_file(self.engine, source, target)
        county = own_keys(self.engine)
        sent = [unpack(m, ExchangeRequest) for m in unseal(source, county, secret.public)]
        device = self._device(inspect(source).device, leaving)
        device = _at_work_in(device, sent[0].area)
        blocks = [request for request in sent if request.blocks]
        for message in unseal(target, secret, county.public):
            page = unpack(message, Page)
            asked = blocks.pop(0) if page.changes else ExchangeRequest(VERSION, page.since)
            self._note(device, asked, page.answer)
        assert not blocks, "a page without an answer"
        return target.getvalue()

    def _note(self, device: Device, request: ExchangeRequest, answer: ExchangeAnswer) -> None:
        self.truth.note(device, request, answer)
        if any(block.kind == Grid.kind for block in request.blocks):
            with self.engine.connect() as connection:
                self.truth.learn_codes(rows_in(connection, Grid))

    @contextmanager
    def _arrivals(self) -> Iterator[set[tuple[str, str]]]:
        """What a PC may spend goes back to the pool of a village that the county forgets it was
        of. Gives the PCs that are leaving, and what they leave."""
        before = self._leaving()
        yield before
        for device, area in sorted(before - self._leaving()):
            self.truth.rights.release(device, area)

    def _leaving(self) -> set[tuple[str, str]]:
        with self.engine.connect() as connection:
            found = connection.execute(select(left_area.c.device, left_area.c.area))
            return {(device, area) for device, area in found}

    def _device(self, id_: str, leaving: Collection[tuple[str, str]]) -> Device:
        known = device_table.c
        statement = select(known.id, known.area, known.name).where(known.id == id_)
        with self.engine.connect() as connection:
            found = Device(*connection.execute(statement).one())
        return replace(found, moved=any(device == id_ for device, _ in leaving))

    def verify(self, token: str, request: VerifyRequest) -> VerifyAnswer:
        """Compare contents with a device."""
        return unpack(self._api.verify(pack(request), f"Bearer {token}"), VerifyAnswer)

    def deliver_overtaken(self) -> None:
        """What was on its way arrives now; nobody waits for the answer any more."""
        late, self.overtaken = self.overtaken, []
        for token, data in late:
            # Whoever has left a village meanwhile had an answer for all that it sent there.
            with suppress(Refusal):
                self.handle(token, data)

    def rows(self) -> dict[str, dict[tuple[str, str], Row]]:
        """All records by kind, area and id."""
        with self.engine.connect() as connection:
            return {kind: rows_in(connection, record) for kind, record in KINDS.items()}

    def check(self) -> None:
        """The county holds what it took in, each record once, and no balance below zero."""
        found = self.rows()
        for kind in KINDS:
            if kind in (Conflict.kind, Division.kind):
                continue
            expected = {
                (area, record): {
                    "area": area,
                    "id": record,
                    "revision": known.revision,
                    "deleted": known.deleted,
                    "made_by": known.made[0],
                    "made_at": known.made[1],
                    **known.values,
                }
                for (area, of, record), known in self.truth.records.items()
                if of == kind
            }
            took_in = {k: row for k, row in found[kind].items() if row["made_by"]}
            wrong = {k: (took_in.get(k), expected.get(k)) for k in took_in.keys() | expected.keys()}
            wrong = {k: (a, b) for k, (a, b) in wrong.items() if a != b}
            assert not wrong, f"{kind} is not what the county took in: {wrong}"
        self._check_conflicts(found[Conflict.kind].values())
        self.check_points(found)

    def check_points(self, found: dict[str, dict[tuple[str, str], Row]]) -> None:
        """No balance and no right below zero, and the pool gave what it must."""
        balances: Counter[tuple[str, str]] = Counter()
        for row in found[PointsEntry.kind].values():
            balances[row["area"], row["subject"]] += row["points"]
        assert min(balances.values(), default=0) >= 0, f"balances below zero: {balances}"
        rights = self.rights()
        assert {key: held.total() for key, held in rights.items()} == dict(balances)
        if isinstance(self.truth, Unasked):
            return
        expected = {key: +held for key, held in self.truth.rights.held.items() if +held}
        shown = {key: held for key, held in rights.items() if held}
        assert shown == expected, f"rights {shown}, must be {expected}"
        given = Counter(
            (row["area"], row["subject"], row["to_device"], row["points"])
            for row in found[PointsHandover.kind].values()
            if not row["made_by"]
        )
        assert given == self.truth.rights.from_pool

    def rights(self) -> dict[tuple[str, str], Counter[Value]]:
        """Who may spend what, by area and subject, without the zeros; none is below."""
        entries = PointsEntry.table.c
        with self.engine.connect() as connection:
            named = connection.execute(select(entries.area, entries.subject).distinct()).all()
            found = {
                (area, subject): rights_of(connection, area, [subject])[subject]
                for area, subject in named
            }
        assert all(points >= 0 for held in found.values() for points in held.values()), found
        return {key: +held for key, held in found.items()}

    def _check_conflicts(self, rows: Any) -> None:
        stand: Counter[tuple[str, ...]] = Counter()
        for row in rows:
            other = json.dumps(json.loads(row["other_values"]), ensure_ascii=False, sort_keys=True)
            losing = ",".join(sorted(filter(None, row["fields_in_conflict"].split(","))))
            known = self.truth.records.get((row["area"], Conflict.kind, row["id"]))
            # What no PC has been sent, nobody can have chosen in.
            state = known.values["state"] if known else "open"
            assert (row["state"], row["deleted"]) == (state, 0)
            if known:
                assert {name: row[name] for name in known.values} == known.values
            stand[row["area"], row["record_kind"], row["record"], other, losing] += 1
        kept = Counter(self.truth.conflicts)
        assert stand == kept, f"not kept whole: {kept - stand}, unasked: {stand - kept}"

    def _on_commit(self, _connection: object) -> None:
        if self._dies:
            raise PowerCut


def rows_in(connection: Any, record: type[Record]) -> dict[tuple[str, str], Row]:
    """All records of a kind in a database, by area and id."""
    found = list(map(dict, connection.exec_driver_sql(f"SELECT * FROM {record.kind}").mappings()))
    return {(row["area"], row["id"]): row for row in found}


def _at_work_in(device: Device, area: str) -> Device:
    """Until it has handed in what waits a PC works for the village that it leaves."""
    return replace(device, area=area) if device.moved and area else device


@cache
def _county_file() -> bytes:
    """A county with one town and three villages, and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "county.sqlite3"
        engine = open_engine(f"sqlite:///{path}")
        bring_up_to_date(engine)
        load_divisions(engine, {row[0]: _division(*row) for row in DIVISIONS})
        publish_defaults(engine)
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()
        return path.read_bytes()


def _division(code: str, name: str, level: str, parent: str | None) -> dict[str, Value]:
    return {"code": code, "name": name, "level": level, "parent_code": parent}


def fresh_county(folder: Path) -> Engine:
    """A county's database in ``folder`` with one town and three villages."""
    path = folder / "county.sqlite3"
    path.write_bytes(_county_file())
    return open_engine(f"sqlite:///{path}")
