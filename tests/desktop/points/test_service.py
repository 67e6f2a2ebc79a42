"""The points ledger: written once, only followed, never below zero, and every sum derived."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.points.service import PointsLedger, PointsSubjects
from desktop.storage.checking import check
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.ledger import Standing
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from sync.client.ports import Batch, Tally
from sync.protocol import Outcome
from sync.records import PointsEntry, Value, Values
from tests.support.store import VILLAGE, answer, county_rows, outbox_of, send_all

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


def test_what_the_county_refused_counts_no_more_and_cannot_be_spent(
    ledger: PointsLedger, store: Store, wang: str
) -> None:
    send_all(store, Outcome("accepted", 0, 1, 1))
    entry = earn(ledger, wang, 10)
    send_all(store, Outcome("rejected", 0, reason="不行"))
    assert balance(ledger, wang) == 0
    with pytest.raises(RecordInvalid, match="积分不够：现有0分，要扣1分"):
        spend(ledger, wang, 1)
    with pytest.raises(RecordInvalid, match="冲正以后积分会不够"):
        ledger.reverse(entry, "退回了")
    with store.write() as writing:
        writing.give_up(ledger.record, entry)
    assert balance(ledger, wang) == 0
    assert not check(store).problems


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


OWN, OTHER = "pc-own", "pc-other"


@pytest.fixture
def enrolled(store: Store) -> Store:
    """The store of a PC that the county knows, beside another one of the village."""
    store.set(device=OWN, device_name="一号机")
    return store


def from_county(store: Store, *entries: dict[str, Value], names: dict[str, str] | None = None):
    """Entries that the county sends, with the names of the PCs they were written on."""
    rows = county_rows(PointsEntry, *({"entry_type": "positive", **e} for e in entries))
    sent = msgspec.structs.replace(answer((), rows), devices=names or {OTHER: "二号机"})
    Outbox(store).settle(Batch(), sent, Tally())


def test_what_was_written_before_the_pc_was_enrolled_may_be_spent_on_it(
    ledger: PointsLedger, store: Store, wang: str
) -> None:
    earn(ledger, wang, 10)
    spend(ledger, wang, 4)
    assert ledger.rights.standings([wang])[wang] == Standing(6, 6)
    store.join_area(area=VILLAGE, area_name="文脉坊社区", device=OWN, token="t", server="s")
    assert ledger.rights.standings([wang])[wang] == Standing(6, 6)
    spend(ledger, wang, 5)
    sent = [json.loads(str(e["values_json"])) for e in outbox_of(store)]
    assert [e["device"] for e in sent if "entry_type" in e] == [OWN] * 3
    # Taken in anew by the county, it sends what waits under its new name.
    store.join_area(area=VILLAGE, area_name="文脉坊社区", device="pc-new", token="t", server="s")
    assert ledger.rights.standings([wang])[wang] == Standing(1, 1)
    sent = [json.loads(str(e["values_json"])) for e in outbox_of(store)]
    assert [e["device"] for e in sent if "entry_type" in e] == ["pc-new"] * 3


def test_what_the_county_has_from_before_belongs_to_nobody_until_it_is_asked_for(
    ledger: PointsLedger, enrolled: Store, wang: str
) -> None:
    from_county(enrolled, {"id": "old", "revision": 3, "subject": wang, "points": 20})
    assert ledger.rights.standings([wang])[wang] == Standing(20, 0, {None: 20})
    with pytest.raises(RecordInvalid, match="本机只能用0分；另外20分还在县里"):
        spend(ledger, wang, 1)
    assert ledger.rights.standings([wang])[wang].asked == 1


def test_a_form_that_takes_points_away_says_first_how_many_there_are_here(
    ledger: PointsLedger, enrolled: Store, wang: str
) -> None:
    earn(ledger, wang, 30)
    advice = ledger.rights.advice
    assert advice({"subject": wang, "entry_type": "positive"}) == ""
    assert advice({"subject": "", "entry_type": "redemption"}) == ""
    raw = {"subject": wang, "entry_type": "redemption"}
    assert advice(raw) == "现有30分，都可以在本机用。"
    entry: dict[str, Value] = {"id": "e", "revision": 3, "subject": wang, "points": 50}
    from_county(enrolled, {**entry, "device": OTHER})
    assert advice(raw) == "现有80分，本机能用30分；50分记在“二号机”上。"


def test_what_is_handed_over_is_not_spent_here_any_more(
    ledger: PointsLedger, enrolled: Store, wang: str
) -> None:
    earn(ledger, wang, 30)
    from_county(enrolled, {"id": "e", "revision": 3, "subject": wang, "points": 5, "device": OTHER})
    give, to_county, want = ledger.rights.ways(wang)
    assert [way.words for way in (give, to_county, want)] == [
        "把本机的30分移交给“二号机”",
        "把本机的30分交到县里，哪台电脑都可以去要",
        "把别处的5分要到本机",
    ]
    assert "已去要5分" in ledger.rights.go(wang, want)
    assert "已移交30分给“二号机”" in ledger.rights.go(wang, give)
    with pytest.raises(RecordInvalid, match="本机只能用0分；另外35分记在“二号机”上"):
        spend(ledger, wang, 1)
    with pytest.raises(RecordInvalid, match="本机只有0分可以移交"):
        ledger.rights.go(wang, to_county)
    with pytest.raises(RecordInvalid, match="积分都在本机"):
        ledger.rights.go("nobody", want)
    assert balance(ledger, wang) == 35
    assert not check(enrolled).problems


def test_a_pc_that_is_alone_has_nothing_to_hand_over(
    ledger: PointsLedger, store: Store, wang: str
) -> None:
    earn(ledger, wang, 30)
    assert ledger.rights.ways(wang) == []
    assert ledger.rights.facts(wang) == []
    with pytest.raises(RecordInvalid, match="还没有在县里登记"):
        ledger.rights.hand_over(wang, None)


def test_who_writes_an_entry_does_not_say_whose_right_it_changes(
    ledger: PointsLedger, enrolled: Store, wang: str
) -> None:
    entry = ledger.add({"subject": wang, "points": 5, "reason": "值守", "device": OTHER})
    assert ledger.get(entry).values["device"] == OWN


def test_a_reversal_gives_back_on_the_pc_where_it_was_taken(
    ledger: PointsLedger, enrolled: Store, wang: str
) -> None:
    entry: dict[str, Value] = {"revision": 3, "subject": wang, "device": OTHER}
    from_county(
        enrolled,
        {**entry, "id": "earned", "points": 9},
        {**entry, "id": "spent", "points": -9, "entry_type": "redemption", "revision": 4},
    )
    ledger.reverse("spent", "没有领")
    assert ledger.rights.standings([wang])[wang] == Standing(9, 0, {OTHER: 9})
    with pytest.raises(RecordInvalid, match="本机只能用0分"):
        ledger.reverse("earned", "登错了")


def test_a_spending_taken_back_here_and_elsewhere_gives_back_once_while_ours_still_waits(
    ledger: PointsLedger, enrolled: Store, wang: str
) -> None:
    entry: dict[str, Value] = {"subject": wang, "device": OWN}
    spent: dict[str, Value] = {**entry, "points": -9, "entry_type": "redemption"}
    from_county(
        enrolled,
        {**entry, "id": "earned", "points": 9, "revision": 3},
        {**spent, "id": "spent", "revision": 4},
    )
    ledger.reverse("spent", "没有领")
    back: dict[str, Value] = {**entry, "points": 9, "entry_type": "reversal", "reverses": "spent"}
    from_county(enrolled, {**back, "id": "theirs", "revision": 5})
    assert ledger.rights.standings([wang])[wang] == Standing(9, 9)
    with pytest.raises(RecordInvalid, match="积分不够：现有9分，要扣10分"):
        spend(ledger, wang, 10)
