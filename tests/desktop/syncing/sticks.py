"""A county, its PCs and a stick: what the tests of the courier stand on."""

from pathlib import Path

import pytest

from desktop.storage.store import Store
from desktop.syncing.courier import (
    Courier,
)
from sync.courier import BACK, CourierFault
from sync.records import Resident
from tests.support.store import VILLAGE
from tests.support.village import OTHER_VILLAGE, CountyHere, VillagePc


class World:
    """A county, two PCs of one village, one of another."""

    def __init__(self, folder: Path) -> None:
        (folder / "county").mkdir(parents=True)
        self.folder = folder
        self.county = CountyHere(folder / "county")
        self.one = VillagePc("一号机", folder / "one", VILLAGE, self.county)
        self.two = VillagePc("二号机", folder / "two", VILLAGE, self.county)
        self.far = VillagePc("邻村", folder / "far", OTHER_VILLAGE, self.county)
        self.pcs = [self.one, self.two, self.far]

    def agree(self) -> None:
        """At rest all hold the same, and the county what it took in."""
        for pc in (*self.pcs, *self.pcs):
            assert pc.sync()
        rows = self.county.rows()
        for pc in self.pcs:
            pc.check(rows, at_rest=True)
        self.county.check()
        for kind in ("resident", "grid"):
            assert self.one.rows(kind) == self.two.rows(kind)

    def close(self) -> None:
        for pc in self.pcs:
            pc.close()
        self.county.engine.dispose()


def add(pc: VillagePc, *names: str) -> list[str]:
    rows = [{"name": name} for name in names]
    return list(pc.write(Resident, "", lambda w: w.create_many(Resident, rows), ""))


def edit(pc: VillagePc, record: str, **values: str) -> None:
    pc.write(Resident, record, lambda w: w.edit(Resident, record, values), "")


def state_of(store: Store) -> list[object]:
    """All that an answer could change."""
    with store.read() as connection:
        return [
            connection.exec_driver_sql(f"SELECT * FROM {table}").all()
            for table in (
                "outbox",
                "cursor",
                "standing",
                "resident",
                "receipt",
                "courier",
                "setting",
            )
        ]


def refused(pc: VillagePc, data: bytes, fault: type[CourierFault]) -> CourierFault:
    """The answer is refused by this sort of fault, with a sentence, and nothing is changed."""
    before = state_of(pc.store)
    file = pc._stick / f"x{BACK}"
    file.write_bytes(data)
    with pytest.raises(CourierFault) as caught:
        Courier(pc.store).take_in(file)
    assert type(caught.value) is fault
    assert not caught.value.sentence.isascii()
    assert state_of(pc.store) == before
    return caught.value


def names(pc: VillagePc) -> set[object]:
    return {row["name"] for row in pc.rows("resident").values() if not row["deleted"]}
