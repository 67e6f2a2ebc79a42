"""What was written of a village so far, for what is written on it."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping, Sequence

from desktop.storage.writing import Writing
from sync.records import Record, Value
from tests.support.whole_county.plan import SEED, VillagePlan

#: The day that the made-up county looks back from.
TODAY = datetime.date(2026, 11, 25)


class Made:
    """Ids of a village's records by concept, and the chance that decides the next ones."""

    def __init__(self, writing: Writing, plan: VillagePlan) -> None:
        self.plan = plan
        self.chance = random.Random(SEED + plan.place)
        self.general: list[str] = []
        self.micro: list[str] = []
        self.residents: list[str] = []
        self._writing = writing

    def write(self, record: type[Record], rows: Sequence[Mapping[str, Value]]) -> list[str]:
        """Write new records; their ids in the same order."""
        return self._writing.create_many(record, rows)

    def day(self, least: int, most: int) -> str:
        """A day between so many days ago."""
        return (TODAY - datetime.timedelta(days=self.chance.randint(least, most))).isoformat()
