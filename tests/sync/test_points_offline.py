"""Promise 10: no sum of points goes below zero, and what a PC allowed offline is never refused.

Three PCs of one village, real stores and a real county, earn, spend, reverse, hand over and ask in
any order, and sync over a line that loses requests and answers. Nothing else happens, so that the
promise is held without exception: all that is refused is a second reversal of one entry, and what
reverses that one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run

from desktop.points.service import PointsLedger, PointsRights
from desktop.storage.checking import check
from desktop.storage.errors import RecordInvalid
from desktop.storage.ledger import Standing
from desktop.syncing.service import Receipt, Syncing
from sync.client.ports import NoLine
from sync.protocol import ExchangeAnswer, ExchangeRequest
from sync.records import PointsEntry, PointsHandover, PointsRequest, PointsSubject
from tests.support.store import VILLAGE
from tests.support.truth import NO_LOSS
from tests.support.village import Fault, FaultyLine, Plan, VillagePc, Write
from tests.sync.agreement import Villages
from tests.sync.test_proof import restored

pytestmark = pytest.mark.promise(10)

SEED = 20261125
_places = st.integers(0, 2)
_subjects = st.integers(0, 1)
_points = st.integers(1, 9)
_lost = st.lists(
    st.sampled_from((Fault.NONE, Fault.LOSE_ANSWER, Fault.LOSE_REQUEST, Fault.REPEAT)), max_size=3
).map(tuple)
_plans = st.builds(Plan, page=st.sampled_from((1, 2, 1000)), faults=_lost)


class Spending(RuleBasedStateMachine):
    """What three PCs of a village do with the points of two people."""

    def __init__(self) -> None:
        super().__init__()
        self.villages = Villages((VILLAGE,) * 3)
        self.pcs = self.villages.pcs

    @initialize()
    def start(self) -> None:
        """Everybody knows two people with some points."""
        for name in ("王芳", "李强"):
            here = self.pcs[0]
            self.villages.write(here, Write("create", PointsSubject.kind, 0, (("name", name),)))
        for which in (0, 1):
            self.earn(0, which, 9)
        for pc in self.pcs:
            assert self.villages.sync(pc)

    @rule(place=_places, which=_subjects, points=_points)
    def earn(self, place: int, which: int, points: int) -> None:
        """Somebody earns."""
        self._entry(self.pcs[place], "positive", points, which)

    @rule(place=_places, which=_subjects, points=_points, how=st.sampled_from(("negative", "")))
    def spend(self, place: int, which: int, points: int, how: str) -> None:
        """A PC spends what it may."""
        self._entry(self.pcs[place], how or "redemption", -points, which)

    @rule(which=_subjects, points=_points)
    def spend_everywhere(self, which: int, points: int) -> None:
        """Every PC spends the same points, and none has a line."""
        for pc in self.pcs:
            self._entry(pc, "donation", -points, which)

    @rule(place=_places, which=st.integers(0, 30))
    def reverse(self, place: int, which: int) -> None:
        """An entry is taken back."""
        values = (("entry_type", "reversal"), ("reverses", which), ("points", 0), ("subject", 0))
        self.villages.write(self.pcs[place], Write("create", PointsEntry.kind, 0, values))

    @rule(which=st.integers(0, 30))
    def reverse_everywhere(self, which: int) -> None:
        """Every PC takes the same entry back."""
        for place in range(3):
            self.reverse(place, which)

    @rule(place=_places, other=_places, which=_subjects, points=_points, again=_points)
    def take_back_on_both(
        self, place: int, other: int, which: int, points: int, again: int
    ) -> None:
        """Two PCs take back what one of them spent; that one spends it again, and once more when
        it has heard of the other."""
        here, there = self.pcs[place], self.pcs[other]
        spent = self._entry(here, "redemption", -points, which)
        if spent is None or here is there:
            return
        for pc in (here, there):
            self.villages.sync(pc)
        for pc in (here, there):
            values = (("entry_type", "reversal"), ("reverses", spent), ("points", 0))
            self.villages.write(pc, Write("create", PointsEntry.kind, 0, values))
        self.villages.sync(there)
        for pc in (here, here, there):
            self._entry(pc, "redemption", -again, which)
            self.villages.sync(here)

    @rule(place=_places, which=_subjects, points=_points, to=_places)
    def hand_over(self, place: int, which: int, points: int, to: int) -> None:
        """A PC gives to another one, or to the county."""
        values = (("points", points), ("to_device", to))
        write = Write("hand over", PointsHandover.kind, which, values)
        self.villages.write(self.pcs[place], write)

    @rule(place=_places, which=_subjects, points=_points)
    def ask(self, place: int, which: int, points: int) -> None:
        """A PC asks the others."""
        write = Write("hand over", PointsRequest.kind, which, (("points", points),))
        self.villages.write(self.pcs[place], write)

    @rule(place=_places)
    def answer(self, place: int) -> None:
        """A PC gives what was asked for."""
        self.pcs[place].answer_requests()

    @rule(place=_places, plan=_plans)
    def sync(self, place: int, plan: Plan) -> None:
        """A PC syncs, as well as it can."""
        self.villages.sync(self.pcs[place], plan)

    @invariant()
    def holds(self) -> None:
        """No sum below zero at any end; nothing refused but a second reversal."""
        self.villages.county.check_points(self.villages.county.rows())
        for pc in self.pcs:
            for held in pc.rights().values():
                assert min(held.values(), default=0) >= 0, f"{pc.name}: {held}"
            refused = [e["reason"] for e in pc.outbox() if e["state"] == "refused"]
            assert all(any(words in reason for words in NO_LOSS) for reason in refused), refused
        assert not self.villages.county.truth.rights.shaken

    def teardown(self) -> None:
        """At rest all ends know the same rights, and nothing is wrong with any store."""
        try:
            self.villages.rest()
            balances: Counter[Any] = Counter()
            for (area, _), row in self.villages.county.rows()[PointsEntry.kind].items():
                balances[area, row["subject"]] += row["points"]
            for pc in self.pcs:
                sums = {key: held.total() for key, held in pc.rights().items()}
                assert sums == {key: balances[key] for key in sums}
                assert not check(pc.store).problems
        finally:
            self.villages.close()

    def _entry(self, pc: VillagePc, kind: str, points: int, which: int) -> str | None:
        values = (("entry_type", kind), ("points", points), ("subject", which))
        return self.villages.write(pc, Write("create", PointsEntry.kind, 0, values))


@pytest.mark.slow
def test_points_never_go_below_zero_and_what_was_allowed_offline_is_never_refused() -> None:
    brief = settings(
        max_examples=15,
        stateful_step_count=30,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    run(seed(SEED)(Spending), settings=brief)


class Office:
    """What a cadre may do with points on one of the PCs."""

    def __init__(self, villages: Villages, pc: VillagePc) -> None:
        self.villages, self.pc = villages, pc
        self.ledger, self.rights = PointsLedger(pc.store), PointsRights(pc.store)
        self._syncing = Syncing(pc.store, lambda *_: FaultyLine(villages.county, pc.token))

    def earn(self, subject: str, points: int) -> str:
        return self.ledger.add({"subject": subject, "points": points, "reason": "清扫院坝"})

    def redeem(self, subject: str, points: int) -> str:
        entry = {"subject": subject, "entry_type": "redemption", "points": -points}
        return self.ledger.add(entry)

    def standing(self, subject: str) -> Standing:
        return self.rights.standings([subject])[subject]

    def here(self, subject: str) -> int:
        return self.standing(subject).here

    def sync(self) -> Receipt:
        return self._syncing.run()


@pytest.fixture
def offices() -> Iterator[list[Office]]:
    villages = Villages((VILLAGE,) * 3)
    yield [Office(villages, pc) for pc in villages.pcs]
    villages.close()


@pytest.fixture
def wang(offices: list[Office]) -> str:
    """Somebody with 30 points on the first PC and 50 on the second; all have synced."""
    first, second = offices[:2]
    with first.pc.store.write() as writing:
        subject = writing.create(PointsSubject, {"name": "王芳"})
    first.earn(subject, 30)
    first.sync()
    second.sync()
    second.earn(subject, 50)
    for office in (second, first, offices[2]):
        office.sync()
    return subject


def test_what_may_be_spent_elsewhere_is_refused_here_with_where_and_what_to_do(
    offices: list[Office], wang: str
) -> None:
    first = offices[0]
    assert first.ledger.balances([wang]) == {wang: 80}
    with pytest.raises(RecordInvalid) as refused:
        first.redeem(wang, 40)
    assert str(refused.value) == (
        "这位积分对象在本机只能用30分；另外50分记在“电脑1”上。"
        "连上网同步一次，或请那台电脑移交过来再记。已替您去要这10分，两台电脑各同步一次就到。"
    )
    first.redeem(wang, 30)
    with pytest.raises(RecordInvalid, match="积分不够：现有50分，要扣51分"):
        first.redeem(wang, 51)


def test_what_was_asked_for_comes_with_each_pcs_next_sync(offices: list[Office], wang: str) -> None:
    first, second, _ = offices
    for _ in range(3):
        with pytest.raises(RecordInvalid, match="已替您去要这10分"):
            first.redeem(wang, 40)
    assert len(first.pc.rows(PointsRequest.kind)) == 1
    first.sync()
    receipt = second.sync()
    assert second.here(wang) == 40
    # What was asked for was on its way at once.
    assert (receipt.sent, receipt.waiting) == (1, 0)
    assert receipt.by_kind["points_handover"] == {"sent": 1}
    first.sync()
    assert first.rights.facts(wang) == [
        ("本机可用", "40分"),
        ("别处可用", "40分记在“电脑1”上"),
    ]
    first.redeem(wang, 40)
    first.sync()
    second.redeem(wang, 40)
    second.sync()
    assert not second.pc.outbox()


def test_what_another_pc_was_lost_with_is_handed_out_by_the_county_at_once(
    offices: list[Office], wang: str
) -> None:
    first, second, third = offices
    second.rights.hand_over(wang, None)
    second.sync()
    first.sync()
    with pytest.raises(RecordInvalid, match=r"另外50分还在县里.*连上网同步一次就到"):
        first.redeem(wang, 80)
    first.sync()
    first.redeem(wang, 80)
    first.sync()
    third.sync()
    assert third.ledger.balances([wang]) == {wang: 0}


def test_of_two_pcs_that_ask_for_each_others_points_the_first_gets_them(
    offices: list[Office], wang: str
) -> None:
    first, second, _ = offices
    for office, points in ((first, 60), (second, 70)):
        with pytest.raises(RecordInvalid, match="已替您去要"):
            office.redeem(wang, points)
    for _ in range(3):
        first.sync()
        second.sync()
    assert first.here(wang) == 60
    first.redeem(wang, 50)
    for office in (first, second):
        office.sync()
    # What it does not need any more it hands over.
    assert (first.here(wang), second.here(wang)) == (0, 30)


def test_a_redemption_taken_back_on_two_pcs_is_given_back_once(
    offices: list[Office], wang: str
) -> None:
    first, second, third = offices
    spent = first.redeem(wang, 30)
    first.sync()
    second.sync()
    first.ledger.reverse(spent, "没有领")
    second.ledger.reverse(spent, "没有领")
    # It was taken from the first PC, so there it may be spent again, at once and without a line.
    first.redeem(wang, 30)
    assert (first.here(wang), second.here(wang)) == (0, 50)
    second.sync()
    first.sync()
    (refused,) = first.pc.outbox()
    assert refused["reason"] == "那一笔已经冲正过了"
    third.sync()
    assert third.ledger.balances([wang]) == {wang: 50}


def test_what_cannot_be_sent_at_once_waits_for_the_next_sync(
    offices: list[Office], wang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, _ = offices
    with pytest.raises(RecordInvalid):
        first.redeem(wang, 40)
    first.sync()
    exchange, calls = FaultyLine.exchange, []

    def only_once(line: FaultyLine, request: ExchangeRequest) -> ExchangeAnswer:
        calls.append(request)
        if len(calls) > 1:
            raise NoLine("gone")
        return exchange(line, request)

    with monkeypatch.context() as patch:
        patch.setattr(FaultyLine, "exchange", only_once)
        receipt = second.sync()
    assert (receipt.sent, receipt.waiting, receipt.finished) == (0, 1, True)
    assert second.here(wang) == 40
    second.sync()
    first.sync()
    assert first.here(wang) == 40


def test_a_county_that_goes_back_to_a_backup_is_told_again_who_may_spend_what(
    offices: list[Office], wang: str, tmp_path: Path
) -> None:
    first, second, third = offices
    villages = first.villages

    def a_day() -> None:
        # What is spent stands on what was earned, handed over and taken back before it.
        second.rights.hand_over(wang, None)
        second.sync()
        with pytest.raises(RecordInvalid, match="已替您去要"):
            first.redeem(wang, 45)
        first.sync()
        spent = first.redeem(wang, 45)
        second.sync()
        first.ledger.reverse(spent, "没有领")
        first.redeem(wang, 40)
        first.earn(wang, 2)
        for office in (first, second, third):
            office.sync()

    restored(villages, tmp_path, a_day)
    before = third.standing(wang)
    assert before == Standing(42, 0, {None: 35, first.pc.device: 7})
    # Not the one that wrote it tells it first, and one goes on meanwhile.
    first.redeem(wang, 7)
    for office in (third, second, first, third, second):
        office.sync()
    for office in offices:
        assert not office.pc.outbox()
    rights = villages.county.rights()[VILLAGE, wang]
    assert rights == {None: 35}
    assert third.standing(wang) == Standing(35, 0, {None: 35})
