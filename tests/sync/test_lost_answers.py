"""Promise 2: the county took it in, and the PC never learnt of it."""

from __future__ import annotations

import pytest

from desktop.register.service import Register
from sync.records import Household, PointsEntry, PointsSubject, Resident
from tests.support.village import Fault, Plan, Write
from tests.sync.agreement import Villages
from tests.sync.scenes import (
    DELETE,
    answers,
    conflicts,
    count,
    edit,
    known_to_all,
    resident,
    someone,
)

pytestmark = pytest.mark.promise(2)

LOST = Plan(faults=(Fault.LOSE_ANSWER,))


def test_a_record_whose_answer_was_lost_is_entered_once(village: Villages) -> None:
    here, there = village.pcs
    record = village.write(here, someone(name="王芳"))
    assert not village.sync(here, LOST)
    assert resident(here, str(record))["revision"] == 0, "it does not know yet"
    assert len(here.outbox()) == 1
    village.rest()
    assert count(village) == 1
    assert resident(there, str(record))["name"] == "王芳"


def test_answers_lost_time_and_again_change_nothing_of_the_end(village: Villages) -> None:
    here, _ = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    for turn in range(5):
        village.write(here, edit(address=f"{turn}组"))
        village.sync(here, LOST)
    village.rest()
    assert resident(here, record)["address"] == "4组"
    assert answers(village) == {"create accepted": 1, "edit accepted": 5}


@pytest.mark.parametrize("fault", [Fault.LOSE_ANSWER, Fault.CUT_ANSWER, Fault.FLIP_ANSWER])
def test_an_edit_whose_answer_did_not_arrive_never_meets_itself(
    village: Villages, fault: Fault
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(here, edit(address="一组"))
    assert not village.sync(here, Plan(faults=(fault,), place=40))
    # The cadre goes on, not knowing that the county has the first one already.
    village.write(here, edit(address="二组"))
    village.rest()
    assert conflicts(here) == []
    assert resident(there, record)["address"] == "二组"


def test_what_another_pc_wrote_after_a_lost_answer_is_not_overwritten_by_the_repetition(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(here, edit(address="一组"))
    village.sync(here, LOST)
    village.sync(there)
    village.write(there, edit(address="二组"))
    village.rest()
    assert resident(here, record)["address"] == "二组", "it was written by somebody who saw 一组"
    assert conflicts(here) == []


def test_a_deletion_whose_answer_was_lost_stays_a_deletion(village: Villages) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(here, DELETE)
    village.sync(here, LOST)
    village.rest()
    assert resident(there, record)["deleted"] == resident(here, record)["deleted"] == 1
    assert answers(village) == {"create accepted": 1, "delete accepted": 1}


def test_a_deletion_that_is_undone_after_its_answer_was_lost_leaves_the_record_on_all_ends(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳", address="一组"))
    village.write(here, DELETE)
    assert not village.sync(here, LOST)
    assert village.sync(there)
    assert Register(here.store, Resident).undelete(record)
    assert resident(here, record)["deleted"] == 0
    village.rest()
    assert [resident(pc, record)["deleted"] for pc in village.pcs] == [0, 0]
    assert resident(there, record)["address"] == "一组"
    assert conflicts(here) == []


def test_a_deletion_that_never_arrived_and_is_undone_leaves_the_record_on_all_ends(
    village: Villages,
) -> None:
    here = village.pcs[0]
    record = known_to_all(village, someone(name="王芳"))
    village.write(here, DELETE)
    assert not village.sync(here, Plan(faults=(Fault.LOSE_REQUEST,)))
    assert Register(here.store, Resident).undelete(record)
    village.rest()
    assert [resident(pc, record)["deleted"] for pc in village.pcs] == [0, 0]
    assert conflicts(here) == []


def test_a_deletion_that_the_county_refused_unheard_is_over_when_it_is_undone(
    village: Villages,
) -> None:
    here, there = village.pcs
    home = known_to_all(village, Write("create", Household.kind, 0, (("head", "王芳"),)))
    village.write(there, someone(name="王芳", household=home))
    assert village.sync(there)
    village.write(here, Write("delete", Household.kind))
    assert not village.sync(here, LOST)
    assert Register(here.store, Household).undelete(home)
    village.rest()
    assert here.outbox() == []
    assert here.rows(Household.kind)[here.area, home]["deleted"] == 0


def test_points_whose_answer_was_lost_are_given_once(village: Villages) -> None:
    here, there = village.pcs
    village.write(here, Write("create", PointsSubject.kind, 0, (("name", "王芳"),)))
    given = (("entry_type", "positive"), ("points", 3), ("subject", 0))
    village.write(here, Write("create", PointsEntry.kind, 0, given))
    for _ in range(3):
        village.sync(here, LOST)
    village.rest()
    entries = there.rows(PointsEntry.kind).values()
    assert [entry["points"] for entry in entries] == [3]


def test_when_every_answer_of_a_long_push_is_lost_once_each_record_is_there_once(
    village: Villages,
) -> None:
    here, there = village.pcs
    names = [f"居民{n}" for n in range(40)]
    here.write(Resident, "", lambda w: w.create_many(Resident, [{"name": n} for n in names]), "")
    for lost in range(8):
        village.sync(here, Plan(page=10, faults=(*[Fault.NONE] * (lost % 4), Fault.LOSE_ANSWER)))
    village.rest()
    assert sorted(row["name"] for row in there.rows(Resident.kind).values()) == sorted(names)
