"""The machine that tries to break the promises of sync, with all that may happen in one county.

Two to four PCs in one to three villages write, import, delete, undo, choose, give up, add photos
and sync in any order, by line and by stick, with any fault of line, power and clock between; they
are set back to backups and moved to other villages. After each step what every end holds is
checked; at rest all must agree. ``tests/sync/test_agreement.py`` runs it briefly,
``python -m tests.soak`` for long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import rule

from sync.protocol import Operation
from sync.records import KINDS, Attachment, PointsEntry, PointsSubject, Record, Resident
from tests.support.village import Fault, Plan, Write
from tests.sync.at_work import AREAS, AtWork, places
from tests.sync.by_stick import BySticks
from tests.sync.writes import (
    PHOTO_PLANS,
    PLAIN_PLANS,
    PLANS,
    WITH_PHOTOS,
    WRITES,
    creates,
    differing_edits,
    edits,
    entries,
    handovers,
    incoming,
    names_of_files,
    pick,
    registers,
    removals,
    sides,
    sizes,
)


class ByLine(AtWork):
    """Cadres write what they like, and sync over lines of any sort."""

    @rule(place=places, writes=st.lists(WRITES, min_size=4, max_size=12))
    def write(self, place: int, writes: list[Write]) -> None:
        """A cadre writes."""
        for write in writes:
            self.villages.write(self.pc(place), write)

    @rule(
        place=places,
        writes=st.lists(entries() | entries() | handovers(), min_size=3, max_size=8),
    )
    def keep_the_ledger(self, place: int, writes: list[Write]) -> None:
        """A cadre gives, takes and reverses points."""
        pc = self.pc(place)
        if not self.villages.ids(pc, PointsSubject):
            self.villages.write(pc, Write("create", PointsSubject.kind, 0, (("name", "王芳"),)))
        for write in writes:
            self.villages.write(pc, write)

    @rule(spend=st.integers(1, 6), which=pick)
    def spend_everywhere(self, spend: int, which: int) -> None:
        """All PCs of a village spend the same points before any of them has a line."""
        for pc in self.neighbours(which):
            values = {"entry_type": "redemption", "points": -spend, "subject": which}
            write = Write("create", PointsEntry.kind, 0, tuple(values.items()))
            self.villages.write(pc, write)

    @rule(place=places)
    def answer_requests(self, place: int) -> None:
        """A PC hands over what others asked for."""
        pc = self.pc(place)
        self.villages.touched.add(pc)
        pc.answer_requests()

    @rule(all_of=st.lists(places, min_size=2, max_size=3), write=edits() | removals)
    def same_place(self, all_of: list[int], write: Write) -> None:
        """Several cadres have a go at one record."""
        for place in all_of:
            self.villages.write(self.pc(place), write)

    @rule(which=pick, first=edits(), second=edits())
    def meet(self, which: int, first: Write, second: Write) -> None:
        """Two PCs edit a record of one kind before either syncs, then both do."""
        both = self.neighbours(which)[:2]
        for pc, write in zip(both, (first, second), strict=False):
            turned = Write("edit", write.kind, which, write.values, write.at)
            self.villages.write(pc, turned)
        for pc in both:
            self.villages.sync(pc)

    @rule(
        which=pick,
        edits=st.lists(edits(), min_size=3, max_size=3),
        page=st.integers(1, 2),
        lost=st.integers(0, 2),
    )
    def lose_an_answer(self, which: int, edits: list[Write], page: int, lost: int) -> None:
        """A PC does not learn what the county took in, and another goes on from there."""
        if not (both := self.neighbours()):
            return
        here, there = both[:2]
        kind = edits[0].kind
        for edit in edits[:2]:
            self.villages.write(here, edit)
        self.villages.write(here, Write("edit", kind, which, edits[0].values))
        faults = (*[Fault.NONE] * lost, Fault.LOSE_ANSWER)
        self.villages.sync(here, Plan(page, faults))
        self.villages.sync(there)
        named = ((KINDS[kind].title, "李强"),)
        self.villages.write(there, Write("edit", kind, which, named))
        self.villages.sync(there)
        self.villages.sync(here, Plan(page))

    @rule(write=creates(), page=sizes, cut=st.integers(1, 10))
    def cut_the_power(self, write: Write, page: int, cut: int) -> None:
        """A PC goes dark while it brings what another wrote."""
        if not (both := self.neighbours()):
            return
        here, there = both[:2]
        self.villages.write(there, write)
        self.villages.sync(there)
        self.villages.write(here, write)
        self.villages.sync(here, Plan(page, cut_at=cut))

    @rule(which=pick, plan=PLANS, write=edits(), mine=edits())
    def settle_late(self, which: int, plan: Plan, write: Write, mine: Write) -> None:
        """While an answer is on its way another PC writes, and a second run brings that first."""
        if not (both := self.neighbours()):
            return
        here, there = both[:2]
        again = Write("edit", write.kind, which, write.values)
        self.villages.write(there, again)
        self.villages.sync(there)
        self.villages.write(here, mine)
        second = Write("edit", write.kind, which, ((KINDS[write.kind].title, "张伟"),))
        then = (self.villages.pcs.index(there), second)
        self.villages.sync(
            here, replace(plan, cut_at=None, meanwhile=(then, Plan(), *plan.meanwhile))
        )

    @rule(place=places, plan=PLANS)
    def sync_badly(self, place: int, plan: Plan) -> None:
        """A PC syncs over a bad line."""
        self.villages.sync(self.pc(place), plan)

    @rule(place=places, plan=PLAIN_PLANS)
    def sync_until_done(self, place: int, plan: Plan) -> None:
        """A PC syncs over a bad line, and goes on until it has all."""
        self.villages.sync(self.pc(place), plan)
        assert self.villages.sync(self.pc(place))

    @rule(place=places, operation=st.sampled_from(("edit", "delete")), which=pick)
    def reach_over(self, place: int, operation: Operation, which: int) -> None:
        """A PC lies about what is its own."""
        self.villages.reach_over(self.pc(place), operation, which)


class AtTheDesk(AtWork):
    """What else cadres do: they choose, import and add photos."""

    @rule(place=places, which=pick, sides=sides)
    def choose(self, place: int, which: int, sides: list[str]) -> None:
        """A cadre chooses in a conflict, with or without a line."""
        self.villages.choose_somehow(self.pc(place), which, sides)

    @rule(which=pick, writes=differing_edits(), sides=sides, deletes=st.integers(0, 3))
    def differ_and_choose(
        self, which: int, writes: tuple[Write, Write, Write], sides: list[str], deletes: int
    ) -> None:
        """Two PCs write into one record, or one deletes it; both choose before either knows of the
        other's choice."""
        both = self.neighbours(which)[:2]
        if not both or self.villages.write(both[0], writes[0]) is None:
            return
        for pc in both:
            self.villages.sync(pc)
        newest = len(self.villages.ids(both[0], KINDS[writes[0].kind])) - 1
        for place, pc in enumerate(both):
            verb = "delete" if deletes == place else "edit"
            self.villages.write(pc, replace(writes[1 + place], verb=verb, which=newest))
        for pc in (*both, *both):
            self.villages.sync(pc)
        for place, pc in enumerate(both):
            self.villages.choose_somehow(pc, which, sides[place:] or sides)

    @rule(all_of=st.lists(places, min_size=1, max_size=3), rows=registers)
    def import_register(self, all_of: list[int], rows: Sequence[Mapping[str, str | None]]) -> None:
        """Several PCs import the same register, and nobody has a line yet."""
        for place in all_of:
            self.villages.import_register(self.pc(place), rows)

    @rule(
        place=places,
        record=st.sampled_from(WITH_PHOTOS),
        which=pick,
        added=st.lists(names_of_files, min_size=1, max_size=3),
    )
    def attach(self, place: int, record: type[Record], which: int, added: list[str]) -> None:
        """A cadre adds photos to a record."""
        for each in added:
            self.villages.attach(self.pc(place), record, which, incoming(each))

    @rule(
        place=places,
        which=pick,
        added=names_of_files,
        plan=PHOTO_PLANS,
        verb=st.sampled_from(("delete", "restore", "edit")),
    )
    def change_a_photo(self, place: int, which: int, added: str, plan: Plan, verb: str) -> None:
        """A photo is on its way, or not; then it is removed, brought back or described."""
        pc = self.pc(place)
        self.villages.write(pc, Write("create", Resident.kind, 0, (("name", "王芳"),)))
        self.villages.attach(pc, WITH_PHOTOS[which % len(WITH_PHOTOS)], which, incoming(added))
        self.villages.sync(pc, plan)
        values = (("note", "一组"),) if verb == "edit" else ()
        self.villages.write(self.pc(place + which), Write(verb, Attachment.kind, which, values))

    @rule(place=places, which=pick, plan=PLAIN_PLANS)
    def look_at(self, place: int, which: int, plan: Plan) -> None:
        """A cadre wants to see the original of a photo."""
        self.villages.look_at(self.pc(place), which, plan)


class BeyondTheDesk(AtWork):
    """What happens to PCs: they go back to a backup, and to other villages."""

    @rule(place=places)
    def back_up(self, place: int) -> None:
        """A PC is backed up."""
        self.villages.back_up(self.pc(place))

    @rule(place=places, write=WRITES)
    def set_back(self, place: int, write: Write) -> None:
        """A PC goes back to its backup, and its cadre goes on from there."""
        self.villages.restore(self.pc(place))
        self.villages.write(self.pc(place), write)

    @rule(which=pick, writes=differing_edits(), colleague=edits(), deletes=st.booleans())
    def forget_a_day(
        self, which: int, writes: tuple[Write, Write, Write], colleague: Write, deletes: bool
    ) -> None:
        """A PC is set back to before what it wrote and sent, and its cadre writes there again."""
        both = self.neighbours(which)[:2]
        if not both or self.villages.write(both[0], writes[0]) is None:
            return
        here, there = both
        for pc in both:
            self.villages.sync(pc)
        newest = len(self.villages.ids(here, KINDS[writes[0].kind])) - 1
        self.villages.back_up(here)
        self.villages.write(here, replace(writes[1], which=newest))
        self.villages.sync(here)
        self.villages.sync(there)
        self.villages.write(there, replace(colleague, which=which))
        self.villages.restore(here)
        verb = "delete" if deletes else "edit"
        self.villages.write(here, replace(writes[2], verb=verb, which=newest))
        self.villages.sync(here)

    @rule(place=places, area=st.sampled_from(AREAS))
    def move_device(self, place: int, area: str) -> None:
        """A PC belongs to another village from now on."""
        self.villages.move(self.pc(place), area)


class Agreement(ByLine, AtTheDesk, BeyondTheDesk, BySticks):
    """Any sequence of all that; all ends agree at rest."""
