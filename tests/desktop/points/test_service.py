"""The points ledger: written once, only followed, never below zero, and every sum derived."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.points.service import PointsLedger, PointsSubjects
from desktop.storage.checking import check
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.store import Store
from sync.protocol import Outcome
from sync.records import Values
from tests.support.store import outbox_of, send_all

pytestmark = pytest.mark.promise(10)


@pytest.fixture
def ledger(store: Store) -> PointsLedger:
    return PointsLedger(store)


@pytest.fixture
def wang(store: Store) -> str:
    return PointsSubjects(store).add({"name": "王芳"})


def earn(ledger: PointsLedger, subject: str, points: int) -> str:
    return ledger.add({"subject": subject, "points": points, "reason": "清扫院坝"})


def spend(ledger: PointsLedger, subject: str, points: int, how: str = "redemption") -> str:
    return ledger.add({"subject": subject, "entry_type": how, "points": -points})


def balance(ledger: PointsLedger, subject: str) -> int:
    return ledger.balances([subject])[subject]


def test_a_balance_is_the_sum_of_the_entries(ledger: PointsLedger, wang: str) -> None:
    assert balance(ledger, wang) == 0
    earn(ledger, wang, 10)
    earn(ledger, wang, 5)
    spend(ledger, wang, 3)
    assert balance(ledger, wang) == 12
    assert ledger.balances([]) == {}
    assert ledger.balances([wang, "nobody"]) == {wang: 12, "nobody": 0}


@pytest.mark.parametrize("how", ["redemption", "negative", "donation"])
def test_nobody_spends_what_is_not_there(ledger: PointsLedger, wang: str, how: str) -> None:
    earn(ledger, wang, 10)
    spend(ledger, wang, 10, how)
    with pytest.raises(RecordInvalid, match="积分不够：现有0分，要扣1分"):
        spend(ledger, wang, 1, how)
    assert balance(ledger, wang) == 0


def test_one_subject_never_spends_the_points_of_another(
    ledger: PointsLedger, store: Store, wang: str
) -> None:
    other = PointsSubjects(store).add({"name": "李四"})
    earn(ledger, other, 10)
    with pytest.raises(RecordInvalid, match="现有0分"):
        spend(ledger, wang, 1)


def test_what_the_county_refused_still_counts_until_it_is_given_up(
    ledger: PointsLedger, store: Store, wang: str
) -> None:
    send_all(store, Outcome("accepted", 0, 1, 1))
    entry = earn(ledger, wang, 10)
    send_all(store, Outcome("rejected", 0, reason="不行"))
    assert balance(ledger, wang) == 10
    with store.write() as writing:
        writing.give_up(ledger.record, entry)
    assert balance(ledger, wang) == 0


def test_a_reversal_takes_back_one_entry_and_names_it(ledger: PointsLedger, wang: str) -> None:
    entry = earn(ledger, wang, 10)
    reversal = ledger.get(ledger.reverse(entry, "登错了"))
    assert balance(ledger, wang) == 0
    assert reversal.values["reverses"] == entry
    assert (reversal.values["points"], reversal.values["reason"]) == (-10, "登错了")


def test_a_redemption_taken_back_gives_the_points_back(ledger: PointsLedger, wang: str) -> None:
    earn(ledger, wang, 10)
    ledger.reverse(spend(ledger, wang, 7), "没有领")
    assert balance(ledger, wang) == 10


def test_an_entry_is_reversed_once(ledger: PointsLedger, wang: str) -> None:
    entry = earn(ledger, wang, 10)
    earn(ledger, wang, 50)
    ledger.reverse(entry, "登错了")
    with pytest.raises(RecordInvalid, match="那一笔已经冲正过了"):
        ledger.reverse(entry, "再来一次")
    assert balance(ledger, wang) == 50


def test_what_was_spent_already_cannot_be_taken_back_before_the_spending_is(
    ledger: PointsLedger, wang: str
) -> None:
    entry = earn(ledger, wang, 10)
    spent = spend(ledger, wang, 7)
    with pytest.raises(RecordInvalid, match="冲正以后积分会不够：现有3分，要冲掉10分"):
        ledger.reverse(entry, "登错了")
    ledger.reverse(spent, "没有领")
    ledger.reverse(entry, "登错了")
    assert balance(ledger, wang) == 0


def test_a_reversal_stays_with_its_subject_and_its_sum(
    ledger: PointsLedger, store: Store, wang: str
) -> None:
    entry = earn(ledger, wang, 10)
    other = PointsSubjects(store).add({"name": "李四"})
    wrong = {"subject": other, "entry_type": "reversal", "points": -10, "reverses": entry}
    with pytest.raises(RecordInvalid, match="不在这位积分对象名下"):
        ledger.add(wrong)
    with pytest.raises(RecordInvalid, match="冲正的分值应是-10分"):
        ledger.add({**wrong, "subject": wang, "points": -9})
    with pytest.raises(RecordMissing):
        ledger.reverse("nothing", "")


def test_an_entry_is_neither_edited_nor_deleted(ledger: PointsLedger, wang: str) -> None:
    entry = earn(ledger, wang, 10)
    for change in (lambda: ledger.edit(entry, {"points": 99}), lambda: ledger.delete(entry)):
        with pytest.raises(RecordInvalid, match="记下以后不能"):
            change()
    assert balance(ledger, wang) == 10


def test_a_subject_with_entries_is_not_deleted(
    ledger: PointsLedger, store: Store, wang: str
) -> None:
    earn(ledger, wang, 1)
    with pytest.raises(RecordInvalid, match="还有别的记录在“积分对象”里连着它"):
        PointsSubjects(store).delete(wang)


def test_many_entries_at_once_are_each_checked_against_the_ones_before(
    ledger: PointsLedger, store: Store, wang: str
) -> None:
    entries = (("positive", 5), ("redemption", -5), ("redemption", -1))
    rows: list[Values] = [{"subject": wang, "entry_type": t, "points": n} for t, n in entries]
    before = outbox_of(store)
    with pytest.raises(RecordInvalid, match="现有0分"), store.write() as writing:
        writing.create_many(ledger.record, rows)
    assert outbox_of(store) == before
    with store.write() as writing:
        writing.create_many(ledger.record, rows[:2])
    assert balance(ledger, wang) == 0


steps = st.tuples(st.sampled_from(["positive", "redemption", "donation"]), st.integers(1, 9))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tried=st.lists(steps, max_size=8))
def test_whatever_is_tried_the_balance_is_the_sum_and_never_below_zero(
    ledger: PointsLedger, tried: list[tuple[str, int]]
) -> None:
    subject = PointsSubjects(ledger.store).add({"name": "王芳"})
    expected = 0
    for kind, points in tried:
        signed = points if kind == "positive" else -points
        entry = {"subject": subject, "entry_type": kind, "points": signed}
        if expected + signed < 0:
            with pytest.raises(RecordInvalid, match="积分不够"):
                ledger.add(entry)
        else:
            ledger.add(entry)
            expected += signed
        assert balance(ledger, subject) == expected
    assert not check(ledger.store).problems
