"""The county's points ledger: no right to spend and no balance goes below zero, a reversal undoes
one entry, once, and what nobody holds lies in the pool."""

from typing import Any

import pytest
from sqlalchemy import Engine, insert, update

from sync.protocol import Change
from sync.records import PointsEntry, Value
from sync.server.database import writing
from sync.server.points import rights_of
from sync.server.rights import release_rights
from sync.server.tables import device as devices
from tests.sync.server.pcs import (
    OTHER_VILLAGE,
    VILLAGE,
    Pc,
    at_county,
    codes,
    create,
    reasons,
    revisions,
)

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


@pytest.fixture
def two(county: Engine, pc: Pc) -> Pc:
    """Another PC of the village; the county knows both."""
    other = Pc(county, "two")
    for place, each in enumerate((pc, other)):
        with writing(county) as connection:
            connection.execute(insert(devices).values(**_known(each, place)))
    return other


def _known(pc: Pc, place: int) -> dict[str, Any]:
    who = {"id": pc.device.id, "area": pc.device.area, "name": f"{place}号机"}
    return {**who, "token_hash": str(place), "enrolled_at": "", "last_seen_at": ""}


def rights(county: Engine, subject: str = "a") -> dict[Value, int]:
    """Who may spend what, without the zeros."""
    with county.connect() as connection:
        found = rights_of(connection, VILLAGE, [subject])[subject]
    return {device: points for device, points in found.items() if points}


def handover(
    points: int, to: str | None, subject: str = "a", record: str = "", **more: Value
) -> Change:
    return create(
        "points_handover", record, 0, subject=subject, to_device=to, points=points, **more
    )


def ask(points: int, subject: str = "a") -> Change:
    return create("points_request", subject=subject, points=points)


def old(points: int, county: Engine) -> None:
    """An entry of before there were rights: it belongs to nobody."""
    table = PointsEntry.table
    row = {"area": VILLAGE, "id": f"old{points}", "subject": "a", "points": points}
    with writing(county) as connection:
        connection.execute(insert(table).values(**row, entry_type="positive"))


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
    two = Pc(county, "two")
    assert codes(pc.send(entry(-8))) == ["accepted"]
    assert reasons(two.send(entry(-8))) == ["积分不够：现有2分，要扣8分"]
    assert codes(two.send(entry(5), entry(-5))) == ["accepted"] * 2


def test_points_are_spent_on_the_pc_that_earned_them(county: Engine, pc: Pc) -> None:
    two = Pc(county, "two")
    assert codes(two.send(entry(3), entry(-3))) == ["accepted"] * 2
    (reason,) = reasons(two.send(entry(-8)))
    assert reason.startswith("这位积分对象在本机只能用0分；另外10分记在别的电脑上。")
    assert rights(county) == {pc.device.id: 10}
    assert codes(pc.send(entry(-10))) == ["accepted"]
    assert rights(county) == {}


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


def test_a_pc_gives_what_it_has_and_the_other_may_spend_it(county: Engine, pc: Pc, two: Pc) -> None:
    assert reasons(pc.send(handover(11, two.device.id))) == ["本机只有10分可以移交"]
    assert codes(pc.send(handover(7, two.device.id), entry(-4), entry(-3))) == [
        "accepted",
        "rejected",
        "accepted",
    ]
    assert rights(county) == {two.device.id: 7}
    assert codes(two.send(entry(-7))) == ["accepted"]


def test_a_pc_gives_only_its_own_whatever_it_claims(county: Engine, pc: Pc, two: Pc) -> None:
    stolen = handover(5, two.device.id, from_device=pc.device.id)
    assert codes(two.send(stolen)) == ["rejected"]
    disguised = entry(9, record="disguised", device=pc.device.id)
    assert codes(two.send(disguised)) == ["accepted"]
    assert at_county(county, "points_entry", "disguised")["device"] == two.device.id
    assert rights(county) == {pc.device.id: 10, two.device.id: 9}
    # It is shown what it did not write.
    assert two.row("points_entry", "disguised")["device"] == two.device.id


def test_an_older_pc_names_no_device_and_the_county_fills_in_its_own(
    county: Engine, pc: Pc, two: Pc
) -> None:
    many = [entry(1, record=f"many{n}") for n in range(30)]
    two.send(*many, entry(-30, record="spent"))
    assert at_county(county, "points_entry", "many29")["device"] == two.device.id
    assert at_county(county, "points_entry", "spent")["device"] == two.device.id
    assert two.row("points_entry", "many0")["device"] == two.device.id
    named = entry(1, record="named", device=two.device.id)
    two.send(named)
    # What stands as it was sent need not come back.
    assert ("points_entry", "named") not in two.rows


def test_a_lost_answer_is_repeated_with_what_the_county_filled_in(pc: Pc, two: Pc) -> None:
    change = entry(1, record="lost")
    two.send_and_lose(change)
    two.read_all()
    two.rows.clear()
    assert codes(two.send(change)) == ["accepted"]
    assert two.row("points_entry", "lost")["device"] == two.device.id


def test_points_of_nobody_go_to_whoever_spends_or_asks_first(
    county: Engine, pc: Pc, two: Pc
) -> None:
    old(20, county)
    assert rights(county) == {None: 20, pc.device.id: 10}
    # A PC that asks has the points with the same answer.
    answer = two.send(ask(15))
    assert codes(answer) == ["accepted"]
    given = [row for (kind, _), row in two.rows.items() if kind == "points_handover"]
    assert [(g["from_device"], g["to_device"], g["points"]) for g in given] == [
        (None, two.device.id, 15)
    ]
    # One that only spends, as PCs did before they asked, is helped out with what it lacks.
    assert codes(pc.send(entry(-12))) == ["accepted"]
    assert rights(county) == {None: 3, two.device.id: 15}
    assert codes(pc.send(entry(-4))) == ["rejected"]


def test_a_request_and_what_it_brings_take_their_numbers_in_order(pc: Pc, two: Pc) -> None:
    pc.send(handover(10, None))
    answer = two.send(ask(4), entry(1), ask(4), entry(-9))
    assert reasons(answer) == [""] * 4
    assert codes(answer) == ["accepted"] * 4
    numbers = revisions(answer)
    assert sorted(numbers) == numbers
    assert len(set(numbers)) == 4
    # Each handover stands between the request and what follows it.
    assert [numbers[0] + 2, numbers[2] + 2] == [numbers[1], numbers[3]]


def test_a_reversal_gives_back_where_it_was_taken(county: Engine, pc: Pc, two: Pc) -> None:
    pc.send(entry(-6, record="spent"))
    two.send(entry(6, kind="reversal", reverses="spent", record="back"))
    assert at_county(county, "points_entry", "back")["device"] == pc.device.id
    assert rights(county) == {pc.device.id: 10}


def test_taking_back_what_another_pc_earned_needs_the_right_to_spend_it(
    county: Engine, pc: Pc, two: Pc
) -> None:
    undo = entry(-10, kind="reversal", reverses="ten-a")
    assert "在本机只能用0分" in reasons(two.send(undo))[0]
    pc.send(handover(10, two.device.id))
    assert codes(two.send(entry(-10, kind="reversal", reverses="ten-a"))) == ["accepted"]
    assert rights(county) == {}


def test_what_a_lost_pc_held_falls_to_the_pool(county: Engine, pc: Pc, two: Pc) -> None:
    pc.send(entry(5, "b"), handover(3, two.device.id))
    for expected in (2, 0):
        with writing(county) as connection:
            assert release_rights(connection, VILLAGE, pc.device.id, "2026-11-25") == expected
    assert rights(county) == {None: 7, two.device.id: 3}
    assert rights(county, "b") == {None: 15}
    assert codes(two.send(entry(-10))) == ["accepted"]


def test_what_is_given_to_a_pc_that_is_gone_falls_to_the_pool(
    county: Engine, pc: Pc, two: Pc
) -> None:
    with writing(county) as connection:
        gone = devices.c.id == two.device.id
        connection.execute(update(devices).where(gone).values(revoked=1))
    answer = pc.send(handover(4, two.device.id, record="late"), handover(1, "nobody"))
    assert codes(answer) == ["accepted"] * 2
    assert rights(county) == {None: 5, pc.device.id: 5}
    assert pc.row("points_handover", "late")["to_device"] is None


def test_rows_of_the_ledger_come_with_the_names_of_their_pcs(pc: Pc, two: Pc) -> None:
    assert two.send().devices == {pc.device.id: "0号机"}
    assert two.send().devices == {}


def test_rights_end_at_the_village(county: Engine, pc: Pc, two: Pc) -> None:
    stranger = Pc(county, "stranger", OTHER_VILLAGE)
    answer = stranger.send(ask(5), handover(1, pc.device.id))
    assert codes(answer) == ["rejected"] * 2
    assert rights(county) == {pc.device.id: 10}
