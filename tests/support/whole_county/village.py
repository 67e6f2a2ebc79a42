"""One village as its cadres would have written it, by seed, in one transaction as an import is."""

from __future__ import annotations

from desktop.storage.store import Store
from tests.support.whole_county import doctors, events, ground, party, team
from tests.support.whole_county.made import Made
from tests.support.whole_county.plan import VillagePlan


def fill(store: Store, plan: VillagePlan) -> None:
    """Write a village's records into its PC, in the order in which one thing names another."""
    with store.write() as writing:
        made = Made(writing, plan)
        for concept in (ground, team, party, doctors, events):
            concept.write(made)
