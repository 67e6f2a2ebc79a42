"""A small village with grids, and what must hold of it after each change."""

from __future__ import annotations

from collections import Counter
from typing import Any

from desktop.register.service import Register
from desktop.storage.store import Store
from sync.records import KINDS, Grid, Household, Resident


def add(store: Store, record: type[Any], **values: object) -> str:
    return Register(store, record).add(values)


def rows(store: Store, kind: str) -> dict[str, dict[str, Any]]:
    """All live records of a kind, by id."""
    with store.read() as connection:
        found = connection.exec_driver_sql(f"SELECT * FROM {kind} WHERE deleted = 0").mappings()
        return {row["id"]: dict(row) for row in found}


class Village:
    """A general grid with a micro grid of three households in two neighbourhoods."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.general = add(store, Grid, name="第一网格", level="general")
        self.micro = add(store, Grid, name="一组", parent=self.general, terrain="hill")
        self.other = add(store, Grid, name="二组", parent=self.general)
        self.homes = [
            add(store, Household, head=head, address=f"花楸村{place}", grid=self.micro)
            for head, place in (("张三", "1组"), ("李四", "1组"), ("王五", "2组"))
        ]
        #: Two people a household, one of whom names no grid, and somebody without a household.
        self.people = [
            add(store, Resident, name=f"人{n}", household=home, grid=self.micro if n % 2 else "")
            for n in range(2)
            for home in self.homes
        ]
        self.alone = add(store, Resident, name="独居", grid=self.micro, address="2组9号")

    def grids_of_people(self) -> Counter[str]:
        """How many people each grid has by their records, a person without one by the household."""
        homes = rows(self.store, "household")
        found: Counter[str] = Counter()
        for person in rows(self.store, "resident").values():
            grid = person["grid"] or homes.get(person["household"], {}).get("grid")
            if grid:
                found[grid] += 1
        return found

    def grid(self, grid: str) -> dict[str, Any]:
        return rows(self.store, "grid")[grid]

    def changes(self) -> list[dict[str, Any]]:
        """What was done to grids, oldest first."""
        return sorted(rows(self.store, "grid_change").values(), key=lambda row: row["id"])


def snapshot(store: Store) -> dict[str, dict[str, dict[str, Any]]]:
    """All live records by kind."""
    return {kind: rows(store, kind) for kind in KINDS}
