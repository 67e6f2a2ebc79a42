"""One village as its cadres would have written it, by seed: grids, people, party, doctors, events."""

from __future__ import annotations

import random

from desktop.storage.store import Store
from desktop.storage.writing import Writing
from sync.records import Grid, Household, Resident, Value
from tests.bench.people import people
from tests.support.whole_county.plan import SEED, VillagePlan

_PEOPLE_APART = 2_000


class Village:
    """What was written so far, for what is written on it: ids by concept."""

    def __init__(self, writing: Writing, plan: VillagePlan) -> None:
        self.writing = writing
        self.plan = plan
        self.chance = random.Random(SEED + plan.place)
        self.general: list[str] = []
        self.micro: list[str] = []
        self.residents: list[str] = []

    def make(self) -> None:
        """Write everything, in the order in which one thing names another."""
        self._make_grids()
        self._make_people()

    def _make_grids(self) -> None:
        plan, chance = self.plan, self.chance
        common = {
            "scene": chance.choice(("rural", "rural", "urban")),
            "terrain": chance.choice(("mountain", "hill", "plain")),
        }
        general: list[dict[str, Value]] = [
            {"name": f"第{number}网格", "level": "general", **common}
            for number in range(1, plan.general_grids + 1)
        ]
        self.general = self.writing.create_many(Grid, general)
        micro: list[dict[str, Value]] = [
            {
                "name": f"{number}组微网格",
                "level": "micro",
                "parent": self.general[number % len(self.general)],
                "planned_households": chance.randint(30, 100),
                **common,
            }
            for number in range(1, plan.counts["micro_grid"] + 1)
        ]
        self.micro = self.writing.create_many(Grid, micro)

    def _make_people(self) -> None:
        first = self.plan.place * _PEOPLE_APART
        everybody = list(people(self.plan.residents, SEED + self.plan.place, first=first))
        heads = self.writing.create_many(
            Household,
            [
                {
                    "head": one["name"],
                    "address": one["address"],
                    "grid": self.micro[number % len(self.micro)],
                }
                for number, one in enumerate(everybody[::3])
            ],
        )
        rows = [
            {
                **one,
                "household": heads[number // 3],
                "grid": self.micro[(number // 3) % len(self.micro)],
            }
            for number, one in enumerate(everybody)
        ]
        self.residents = self.writing.create_many(Resident, rows)


def fill(store: Store, plan: VillagePlan) -> None:
    """Write a village's records into its PC, as one import would: all or nothing."""
    with store.write() as writing:
        Village(writing, plan).make()
