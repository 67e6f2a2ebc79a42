"""Promise 6: whatever moves a record, the sums of both ends are those of a recount."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st
from sqlalchemy import select

from desktop.storage import holdings as here
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.outbox import Outbox
from desktop.syncing import service
from desktop.syncing.courier import Courier
from sync.client.ports import LineFault
from sync.courier import CourierFault
from sync.records import KINDS, Grid, Household, PointsEntry, PointsSubject, Record, Resident
from sync.server import holdings as there
from sync.server.courier import answer_file
from sync.server.database import writing as county_writing
from sync.server.devices import move_device
from sync.server.errors import Refusal, ServerError
from sync.server.numbering import begin_eras
from sync.server.tables import area_head
from sync.server.villages import merge_villages, split_village
from tests.support.store import VILLAGE, id_number
from tests.support.village import fresh_county
from tests.sync.offices import Office, rows_of

pytestmark = pytest.mark.promise(6)

OTHER = "510183001003"
KINDS_WRITTEN: tuple[type[Record], ...] = (Grid, Household, Resident, PointsSubject, PointsEntry)


class World:
    """A county, two PCs of a village and one of another, and a stick."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.county = fresh_county(folder)
        self.backup = self._bytes()
        self.offices = [
            Office(self.county, folder, "甲机"),
            Office(self.county, folder, "乙机"),
            Office(self.county, folder, "丙机", OTHER),
        ]
        for office in self.offices:
            office.sync()
        self.keep()

    def ids(self, office: Office, record: type[Record]) -> list[str]:
        return sorted(
            row["id"]
            for (_, kind, _), row in office.rows().items()
            if kind == record.kind and not row["deleted"]
        )

    def add(self, office: Office, what: int, pick: int) -> None:
        record = KINDS_WRITTEN[what % len(KINDS_WRITTEN)]
        values: dict[str, object] = {record.title: f"第{pick}"}
        for reference in record.references():
            ids = next(self.ids(office, r) for r in KINDS_WRITTEN if r.kind == reference.to)
            if ids and reference.name != "reverses" and (reference.required or pick % 2):
                values[reference.name] = ids[pick % len(ids)]
        if record is PointsEntry:
            values |= {"entry_type": "positive", "points": 1 + pick % 4}
        if record is Resident and pick % 3 == 0:
            values["id_number"] = id_number(sequence=pick)
        if record is Grid:
            above = office.rows().get((office.area, "grid", str(values.get("parent"))))
            if above is None or above["level"] != "general":
                values["parent"] = None
            values["level"] = "micro" if values["parent"] else "general"
            values |= {"code": f"{office.area}{pick % 3:02}" if pick % 2 else None}
        office.add(record, **values)

    def edit(self, office: Office, what: int, pick: int) -> None:
        record = (Grid, Household, Resident)[what % 3]
        if ids := self.ids(office, record):
            office.edit(record, ids[pick % len(ids)], note=f"改{what}.{pick}")

    def delete(self, office: Office, what: int, pick: int) -> None:
        record = (Grid, Household, Resident)[what % 3]
        if ids := self.ids(office, record):
            with office.store.write() as writing:
                writing.delete(record, ids[pick % len(ids)])

    def give_up(self, office: Office, what: int, pick: int) -> None:
        for row, _ in office.syncing.refused():
            with office.store.write() as writing:
                given_up = writing.give_up(KINDS[row.kind], row.id)
            if pick % 2:
                with office.store.write() as writing:
                    writing.take_back(given_up)

    def sync(self, office: Office, what: int, pick: int) -> None:
        office.syncing.run(thorough=pick % 4 == 0)

    def stick(self, office: Office, what: int, pick: int) -> None:
        place = self.folder / f"stick{len(list(self.folder.glob('stick*')))}"
        place.mkdir()
        courier = Courier(office.store)
        path = courier.export(place).path
        answer = path.with_suffix(".shige-back")
        with path.open("rb") as source, answer.open("w+b") as target:
            answer_file(self.county, source, target)
        if pick % 3 == 0:
            # Something else comes first.
            office.sync()
        courier.take_in(answer)

    def move(self, office: Office, what: int, pick: int) -> None:
        move_device(self.county, office.id, (VILLAGE, OTHER)[what % 2])

    def split(self, office: Office, what: int, pick: int) -> None:
        live = [k for k, row in rows_of(self.county).items() if not row["deleted"]]
        source, into = ((VILLAGE, OTHER), (OTHER, VILLAGE))[what % 2]
        grids = sorted(r for area, kind, r in live if (area, kind) == (source, "grid"))
        if grids:
            split_village(self.county, source, into, [grids[pick % len(grids)]])

    def merge(self, office: Office, what: int, pick: int) -> None:
        if pick % 4 == 0:
            merge_villages(self.county, VILLAGE, OTHER)

    def keep(self, *_: object) -> None:
        self.backup = self._bytes()

    def go_back(self, office: Office, what: int, pick: int) -> None:
        self.county.dispose()
        path = self.folder / "county.sqlite3"
        for rest in self.folder.glob("county.sqlite3*"):
            rest.unlink()
        path.write_bytes(self.backup)
        if pick % 2:
            with county_writing(self.county) as connection:
                begin_eras(connection)

    def check(self) -> None:
        """Both ends hold what a recount finds."""
        with self.county.connect() as connection:
            areas = connection.execute(select(area_head.c.area)).scalars().all()
        for area in areas:
            with county_writing(self.county) as connection:
                assert not there.recount(connection, area), f"the county's sums of {area}"
        for office in self.offices:
            with office.store.change() as connection:
                assert here.recount(connection) == [], f"the sums of {office.store.folder.name}"

    def close(self) -> None:
        for office in self.offices:
            office.store.close()
        self.county.dispose()

    def _bytes(self) -> bytes:
        with self.county.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return (self.folder / "county.sqlite3").read_bytes()


VERBS = ("add", "add", "add", "edit", "delete", "sync", "sync", "sync", "stick", "give_up")
RARE = ("move", "split", "merge", "keep", "go_back")
_steps = st.lists(
    st.tuples(
        st.sampled_from(VERBS * 2 + RARE), st.integers(0, 2), st.integers(0, 6), st.integers(0, 9)
    ),
    min_size=8,
    max_size=40,
)


@contextmanager
def nothing_put_right() -> Iterator[None]:
    """No sync makes its sums anew without saying so: what is wrong shows."""

    def recount(self: Outbox) -> None:
        with self._store.change() as connection:
            assert here.recount(connection) == [], "wrong within a sync"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "_FEW", -1)
        patch.setattr(Outbox, "recount", recount)
        yield


@pytest.mark.slow
@tuned(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=_steps)
def test_the_sums_of_both_ends_follow_every_path_that_moves_a_record(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    world = World(tmp_path_factory.mktemp("sums"))
    refusals = (RecordInvalid, RecordMissing, LineFault, Refusal, ServerError, CourierFault)
    try:
        with nothing_put_right():
            for verb, place, what, pick in steps:
                step: Callable[..., None] = getattr(world, verb)
                # Refused at entry, by the county, or for a while: all of that is part of the day.
                with suppress(*refusals):
                    step(world.offices[place], what, pick)
                world.check()
    finally:
        world.close()
