"""The machine of ``agreement`` with sticks: files carried late, twice, swapped, or never."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.support.village import VillagePc, Write
from tests.sync.agreement import WRITES, Agreement, Villages, _pick

#: Files that a village keeps on its sticks: older ones are thrown away.
_KEPT = 6


@dataclass(frozen=True)
class OnStick:
    """A file and the PC that it is of."""

    pc: VillagePc
    data: bytes


class Sticks:
    """What lies on the sticks of all villages."""

    def __init__(self, villages: Villages) -> None:
        self._villages = villages
        self.out: list[OnStick] = []
        self.back: list[OnStick] = []

    def save(self, pc: VillagePc) -> None:
        """A PC writes what waits to a stick."""
        self.out = [*self.out, OnStick(pc, pc.courier_out())][-_KEPT:]

    def carry(self, which: int) -> None:
        """Somebody carries one of the files, perhaps not for the first time."""
        if self.out:
            found = self.out[which % len(self.out)]
            self._villages.county.deliver_overtaken()
            answer = OnStick(found.pc, found.pc.courier_carry(found.data))
            self.back = [*self.back, answer][-_KEPT:]

    def read(self, which: int, cut_at: int | None, flip: int | None) -> None:
        """A PC reads one of its answers, perhaps an old one, perhaps until its power goes."""
        if self.back:
            found = self.back[which % len(self.back)]
            data = found.data
            self._villages.touched.add(found.pc)
            if flip is not None:
                place = flip % len(data)
                data = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
                assert not found.pc.courier_in(data)
            else:
                found.pc.courier_in(data, cut_at)

    def mistake(self, place: int, which: int) -> None:
        """An answer is read on a PC that it is not for."""
        pc = self._villages.pcs[place]
        others = [file for file in self.back if file.pc is not pc]
        if others:
            assert not pc.courier_in(others[which % len(others)].data)


class AgreementBySticks(Agreement):
    """As ``Agreement``, and sticks are about."""

    def __init__(self) -> None:
        super().__init__()
        self.sticks = Sticks(self.villages)

    @rule(place=st.integers(0, 3), writes=st.lists(WRITES, max_size=4))
    def save_to_stick(self, place: int, writes: list[Write]) -> None:
        """A cadre writes and saves to a stick."""
        pc = self.villages.pcs[place]
        for write in writes:
            self.villages.write(pc, write)
        self.sticks.save(pc)

    @rule(which=_pick)
    def carry(self, which: int) -> None:
        """A file is carried."""
        self.sticks.carry(which)

    @rule(which=_pick, cut_at=st.none() | st.integers(0, 12), flip=st.none() | st.integers(0, 5000))
    def read_from_stick(self, which: int, cut_at: int | None, flip: int | None) -> None:
        """An answer is read."""
        self.sticks.read(which, cut_at, flip)

    @rule(place=st.integers(0, 3), which=_pick)
    def read_on_the_wrong_pc(self, place: int, which: int) -> None:
        """Somebody mixes the sticks up."""
        self.sticks.mistake(place, which)

    @rule(place=st.integers(0, 3), first=WRITES, then=WRITES, which=_pick)
    def go_on_while_it_is_away(self, place: int, first: Write, then: Write, which: int) -> None:
        """A PC saves, writes on, syncs by line or not, and reads the answer at last."""
        pc = self.villages.pcs[place]
        self.villages.write(pc, first)
        self.sticks.save(pc)
        self.villages.write(pc, then)
        self.sticks.carry(len(self.sticks.out) - 1)
        if which % 2:
            self.villages.sync(pc)
        self.sticks.read(len(self.sticks.back) - 1, None, None)
