"""What each of the county's villages has, so that the whole adds up to the county's own account.

The totals are the county's published ones; how they spread over its villages is drawn by seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from sync.server.divisions import read_divisions
from tests.support.server import DIVISIONS

SEED = 510183
TOTALS = {
    "micro_grid": 3_830,
    "event": 4_856,
    "party_organisation": 453,
    "party_group": 2_645,
    "party_member": 14_000,
    "doctor_team": 113,
    "doctor_team_member": 874,
}


@dataclass(frozen=True)
class VillagePlan:
    """One village: its code and name, its place among all, and how much of everything it has.

    ``people_a_grid`` live in each micro grid beside the members of the party: a few, for the county
    publishes no number; a bench takes as many as there are.
    """

    code: str
    name: str
    place: int
    counts: dict[str, int]
    people_a_grid: int = 4

    @property
    def general_grids(self) -> int:
        """Each general grid has one party organisation."""
        return self.counts["party_organisation"]

    @property
    def residents(self) -> int:
        """The members of the party, and others in every micro grid."""
        return self.counts["party_member"] + self.people_a_grid * self.counts["micro_grid"]


def plans(count: int | None = None) -> list[VillagePlan]:
    """The plans of the first ``count`` villages of the division table; of all where None."""
    divisions = read_divisions(DIVISIONS)
    villages = [
        (c, str(d["name"])) for c, d in divisions.items() if len(c) == 12 and _is_village(d)
    ]
    chance = random.Random(SEED)
    size = [chance.uniform(0.5, 1.6) for _ in villages]
    micro = shares(TOTALS["micro_grid"], size, least=[4] * len(size))
    groups = shares(TOTALS["party_group"], micro, least=[1] * len(size), most=micro)
    home = set(chance.sample(range(len(villages)), TOTALS["doctor_team"]))
    teams = [1 if place in home else 0 for place in range(len(villages))]
    spread = {
        "micro_grid": micro,
        "event": shares(TOTALS["event"], size),
        "party_organisation": shares(
            TOTALS["party_organisation"], size, least=[1] * len(size), most=micro
        ),
        "party_group": groups,
        "party_member": shares(TOTALS["party_member"], groups, least=groups),
        "doctor_team": teams,
        "doctor_team_member": shares(TOTALS["doctor_team_member"], teams),
    }
    made = [
        VillagePlan(code, name, place, {kind: each[place] for kind, each in spread.items()})
        for place, (code, name) in enumerate(villages)
    ]
    return made[:count]


def shares(
    total: int,
    weights: Sequence[float],
    least: Sequence[int] | None = None,
    most: Sequence[int] | None = None,
) -> list[int]:
    """Split a total by weight into whole shares that add up to it, within ``least`` and ``most``.

    Raises ValueError where no such split exists.
    """
    low = list(least or [0] * len(weights))
    high = list(most or [total] * len(weights))
    if not sum(low) <= total <= sum(high):
        raise ValueError(f"{total} cannot be split so")
    given = low.copy()
    while rest := total - sum(given):
        open_places = [i for i, w in enumerate(weights) if given[i] < high[i] and w > 0]
        whole = sum(weights[i] for i in open_places)
        wanted = {i: rest * weights[i] / whole for i in open_places}
        before = sum(given)
        for i in open_places:
            given[i] += min(int(wanted[i]), high[i] - given[i])
        if sum(given) == before:
            by_rest = sorted(open_places, key=lambda i: (-wanted[i], i))
            for i in by_rest[:rest]:
                given[i] += 1
    return given


def _is_village(values: object) -> bool:
    return isinstance(values, dict) and values["level"] in ("village", "community")
