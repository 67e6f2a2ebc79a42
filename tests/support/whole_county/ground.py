"""Grids, and the households and residents in them."""

from __future__ import annotations

from sync.records import Grid, Household, Resident, Value
from tests.bench.people import people
from tests.support.whole_county.made import Made
from tests.support.whole_county.plan import SEED

#: No village has so many people: each draws its own from a stretch of its own.
_PEOPLE_APART = 2_000
_IN_A_HOUSEHOLD = 3


def write(made: Made) -> None:
    """General grids, micro grids under them, and people by household."""
    plan, chance = made.plan, made.chance
    common: dict[str, Value] = {
        "scene": chance.choice(("rural", "rural", "urban")),
        "terrain": chance.choice(("mountain", "hill", "plain")),
    }
    made.general = made.write(
        Grid,
        [
            {"name": f"第{number}网格", "level": "general", **common}
            for number in range(1, plan.general_grids + 1)
        ],
    )
    made.micro = made.write(
        Grid,
        [
            {
                "name": f"{number}组微网格",
                "level": "micro",
                "parent": made.general[number % len(made.general)],
                "planned_households": chance.randint(30, 100),
                **common,
            }
            for number in range(1, plan.counts["micro_grid"] + 1)
        ],
    )
    _write_people(made)


def _write_people(made: Made) -> None:
    plan, micro = made.plan, made.micro
    everybody = list(people(plan.residents, SEED + plan.place, first=plan.place * _PEOPLE_APART))
    grids = [micro[number % len(micro)] for number in range(len(everybody))]
    heads = everybody[::_IN_A_HOUSEHOLD]
    households = made.write(
        Household,
        [
            {"head": one["name"], "address": one["address"], "grid": grid}
            for one, grid in zip(heads, grids, strict=False)
        ],
    )
    made.residents = made.write(
        Resident,
        [
            {
                **one,
                "household": households[number // _IN_A_HOUSEHOLD],
                "grid": grids[number // _IN_A_HOUSEHOLD],
            }
            for number, one in enumerate(everybody)
        ],
    )
