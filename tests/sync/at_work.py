"""What all machines of villages at work have in common: how they begin, how they come to rest."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.store import VILLAGE
from tests.support.village import OTHER_VILLAGE, THIRD_VILLAGE, VillagePc, Write
from tests.sync.agreement import Villages
from tests.sync.writes import creates

#: Steps between two rests.
PATIENCE = 12
#: Which PC does something: there may be fewer, then one of them has two numbers.
places = st.integers(0, 3)
AREAS = (VILLAGE, OTHER_VILLAGE, THIRD_VILLAGE)
#: Two to four PCs in one to three villages; most of them have a neighbour to meet.
_shapes = st.sampled_from(
    (
        (VILLAGE, VILLAGE, VILLAGE, OTHER_VILLAGE),
        (VILLAGE, VILLAGE),
        (VILLAGE, VILLAGE, VILLAGE),
        (VILLAGE, VILLAGE, OTHER_VILLAGE),
        (VILLAGE, VILLAGE, OTHER_VILLAGE, OTHER_VILLAGE),
        (VILLAGE, VILLAGE, OTHER_VILLAGE, THIRD_VILLAGE),
        (VILLAGE, VILLAGE, VILLAGE, VILLAGE),
        (VILLAGE, OTHER_VILLAGE, THIRD_VILLAGE),
    )
)


class AtWork(RuleBasedStateMachine):
    """A county and its villages. Rules are added by the machines that come of this one."""

    villages: Villages

    def __init__(self) -> None:
        super().__init__()
        self.since_rest = 0

    @initialize(shape=_shapes, writes=st.lists(st.tuples(places, creates()), max_size=4))
    def start(self, shape: tuple[str, ...], writes: list[tuple[int, Write]]) -> None:
        """Some records to begin with, on every PC that may see them."""
        self.villages = Villages(shape)
        for place, write in writes:
            self.villages.write(self.pc(place), write)
        for pc in (*self.villages.pcs, *self.villages.pcs):
            self.villages.sync(pc)

    def pc(self, place: int) -> VillagePc:
        """One of the PCs."""
        return self.villages.pcs[place % len(self.villages.pcs)]

    def neighbours(self, which: int = 0) -> Sequence[VillagePc]:
        """All PCs of a village that has at least two now, the most often the first one; none where
        there is no such village."""
        by_area: dict[str, list[VillagePc]] = {}
        for pc in self.villages.pcs:
            by_area.setdefault(pc.area, []).append(pc)
        found = [pcs for pcs in by_area.values() if len(pcs) > 1]
        return found[which % len(found)] if found else ()

    @precondition(lambda self: self.since_rest > PATIENCE)
    @rule()
    def rest(self) -> None:
        """Everybody comes to rest."""
        self.since_rest = 0
        self.villages.rest()

    @invariant()
    def holds(self) -> None:
        """What must be true after every step."""
        self.since_rest += 1
        self.villages.check()

    def teardown(self) -> None:
        """However it went, in the end all agree."""
        try:
            self.villages.rest()
        finally:
            self.villages.close()
