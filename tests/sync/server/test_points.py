"""The county's points ledger: balances never go below zero, a reversal undoes one entry, once."""

import pytest
from sqlalchemy import Engine

from sync.protocol import Change
from sync.records import Value
from tests.sync.server.pcs import Pc, codes, create, reasons

pytestmark = pytest.mark.promise(10)


@pytest.fixture
def pc(county: Engine) -> Pc:
    """A PC whose village has the subjects a and b, with 10 points each."""
    pc = Pc(county, "one")
    for subject in "ab":
        pc.send(
            create("points_subject", subject, name=subject, subject_type="resident"),
            entry(10, subject, record=f"ten-{subject}"),
        )
    return pc


def entry(
    points: int, subject: str = "a", kind: str = "", record: str = "", **more: Value
) -> Change:
    kind = kind or ("positive" if points > 0 else "redemption")
    values = {"subject": subject, "entry_type": kind, "points": points, **more}
    return create("points_entry", record, 0, **values)


def test_spending_stops_at_zero_within_one_request_too(pc: Pc) -> None:
    answer = pc.send(entry(-6), entry(-6), entry(3), entry(-6, kind="donation"), entry(-2))
    assert codes(answer) == ["accepted", "rejected", "accepted", "accepted", "rejected"]
    assert reasons(answer)[1] == "积分不够：现有4分，要扣6分"
    assert reasons(answer)[4] == "积分不够：现有1分，要扣2分"


def test_two_pcs_cannot_spend_the_same_points(county: Engine, pc: Pc) -> None:
    assert codes(pc.send(entry(-8))) == ["accepted"]
    assert codes(Pc(county, "two").send(entry(-8))) == ["rejected"]
    assert codes(Pc(county, "two").send(entry(-8, "b"))) == ["accepted"]


def test_what_was_earned_in_the_same_request_can_be_spent(pc: Pc) -> None:
    earned = [entry(1, record=f"e{i}") for i in range(100)]
    assert set(codes(pc.send(*earned, entry(-110)))) == {"accepted"}


def test_an_entry_of_a_refused_subject_is_refused(pc: Pc) -> None:
    answer = pc.send(create("points_subject", "c", name=None), entry(5, "c"), entry(-5, "c"))
    assert codes(answer) == ["rejected"] * 3


def test_a_reversal_undoes_one_entry_of_its_subject_once(pc: Pc) -> None:
    answer = pc.send(
        entry(-9, kind="reversal", reverses="ten-a"),
        entry(-10, "b", kind="reversal", reverses="ten-a"),
        entry(-10, kind="reversal", reverses="nowhere"),
        entry(-10, kind="reversal", reverses="ten-a"),
        entry(-10, kind="reversal", reverses="ten-a"),
    )
    assert reasons(answer) == [
        "冲正的分值应是-10分",
        "要冲正的那一笔不在这位积分对象名下",
        "冲正哪一笔指向的记录不存在或已删除",
        "",
        "那一笔已经冲正过了",
    ]
    assert reasons(pc.send(entry(-10, kind="reversal", reverses="ten-a"))) == ["那一笔已经冲正过了"]


def test_an_entry_of_the_same_request_can_be_reversed(pc: Pc) -> None:
    answer = pc.send(
        entry(7, record="seven"),
        entry(-7, kind="reversal", reverses="seven"),
        entry(-7, kind="reversal", reverses="seven"),
        entry(-11),
    )
    assert codes(answer) == ["accepted", "accepted", "rejected", "rejected"]


def test_a_reversal_takes_no_balance_below_zero(pc: Pc) -> None:
    pc.send(entry(-8))
    undo = entry(-10, kind="reversal", reverses="ten-a")
    assert reasons(pc.send(undo)) == ["冲正以后积分会不够：现有2分，要冲掉10分"]
    assert codes(pc.send(entry(8), entry(-10, kind="reversal", reverses="ten-a"))) == [
        "accepted",
        "accepted",
    ]
