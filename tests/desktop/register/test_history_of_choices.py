"""Who chose in a conflict, when, on which PC and why stands in the record's history on every PC."""

from __future__ import annotations

import pytest

from desktop.register.history import History
from desktop.register.steps import Step
from desktop.syncing.conflicts import COUNTY, OTHER, WHOLE
from sync.records import Resident
from tests.desktop.register.two_offices import choose, edit, person, rest, steps, told
from tests.support.village import VillagePc, Write
from tests.sync.agreement import Villages
from tests.sync.scenes import person as with_id_number

pytestmark = pytest.mark.promise(3)

WHY = "打电话问过本人"


def meet(villages: Villages, record: str, **values: tuple[str, str]) -> None:
    """Both PCs write the same fields, the first one first."""
    here, there = villages.pcs[:2]
    edit(here, record, **{name: mine for name, (mine, _) in values.items()})
    edit(there, record, **{name: theirs for name, (_, theirs) in values.items()})
    rest(villages)


def everywhere(villages: Villages, record: str) -> list[Step]:
    """The changes of a record but for its making, which both PCs tell alike."""
    here, there = villages.pcs[:2]
    assert steps(here, record)[:-1] == steps(there, record)[:-1]
    return steps(there, record)[:-1]


def test_the_reason_of_a_choice_stands_beside_it_before_and_after_syncs(
    villages: Villages,
) -> None:
    here, record = villages.pcs[0], person(villages)
    meet(villages, record, note=("这边", "那边"), address=("一组", "二组"))
    choose(here, WHY, note=OTHER, address=COUNTY)
    waits = steps(here, record)[0]
    assert (waits.how, waits.besides, waits.reason) == ("waiting", "chosen", WHY)
    rest(villages)
    newest, lost, *_ = everywhere(villages, record)
    assert told(newest) == ("电脑0的会计", "电脑0", "edit", "chosen")
    assert newest.reason == WHY
    assert newest.changes == (("note", "这边", "那边"),)
    assert newest.left == (("address", "一组", "二组"),)
    assert lost.how == "conflict"


def test_a_choice_for_what_stands_is_told_though_it_changes_nothing(villages: Villages) -> None:
    there, record = villages.pcs[1], person(villages)
    meet(villages, record, note=("这边", "那边"))
    before = everywhere(villages, record)
    choose(there, WHY, note=COUNTY)
    waits = steps(there, record)[0]
    assert (waits.operation, waits.how, waits.besides) == ("choose", "waiting", "chosen")
    rest(villages)
    newest, *older = everywhere(villages, record)
    assert older == before, "no edit is written"
    assert told(newest) == ("电脑1的会计", "电脑1", "choose", "chosen")
    assert (newest.reason, newest.changes) == (WHY, ())
    assert newest.left == (("note", "这边", "那边"),)
    assert newest.at


def test_what_stood_when_it_was_chosen_is_told_not_what_stood_when_they_met(
    villages: Villages,
) -> None:
    here, record = villages.pcs[0], person(villages)
    meet(villages, record, note=("这边", "那边"))
    edit(here, record, note="后来改的")
    choose(here, "", note=COUNTY)
    rest(villages)
    assert everywhere(villages, record)[0].left == (("note", "后来改的", "那边"),)


def test_a_choice_that_meets_an_edit_of_another_field_is_told_as_chosen_and_merged(
    villages: Villages,
) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    meet(villages, record, note=("这边", "那边"))
    edit(here, record, address="三组")
    villages.sync(here)
    choose(there, WHY, note=OTHER)
    rest(villages)
    newest = everywhere(villages, record)[0]
    assert (newest.how, newest.besides, newest.reason) == ("chosen", "merged", WHY)
    assert newest.changes == (("note", "这边", "那边"),)


def test_edits_of_one_second_that_lose_show_what_each_of_them_lost(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    edit(here, record, note="这边")
    villages.sync(here)
    for words in ("一", "二", "三"):
        edit(there, record, note=words)
    rest(villages)
    lost = [step.lost for step in everywhere(villages, record) if step.how == "conflict"]
    assert lost == [(("note", "这边", words),) for words in ("三", "二", "一")]


def test_an_ordinary_edit_beside_a_choice_is_not_taken_for_it(villages: Villages) -> None:
    here, record = villages.pcs[0], person(villages)
    meet(villages, record, note=("这边", "那边"))
    edit(here, record, note="先改一下")
    choose(here, WHY, note=OTHER)
    edit(here, record, note="再改一下")
    rest(villages)
    told_now = everywhere(villages, record)[:3]
    assert [(step.how, step.reason) for step in told_now] == [
        ("accepted", ""),
        ("chosen", WHY),
        ("accepted", ""),
    ]


@pytest.mark.parametrize(
    ("side", "operation", "deleted"),
    [(COUNTY, "leave_deleted", 1), (OTHER, "back", 0)],
)
def test_a_choice_about_what_was_deleted_is_told(
    villages: Villages, side: str, operation: str, deleted: int
) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    here.write(Resident, record, lambda w: w.delete(Resident, record), "")
    edit(there, record, note="那边")
    rest(villages)
    choose(there, WHY, **{WHOLE: side})
    rest(villages)
    newest = everywhere(villages, record)[0]
    assert told(newest) == ("电脑1的会计", "电脑1", operation, "chosen")
    assert newest.reason == WHY
    assert newest.left == ((("note", None, "那边"),) if deleted else ())
    assert here.rows(Resident.kind)[here.area, record]["deleted"] == deleted


@pytest.mark.parametrize(("side", "operation"), [(COUNTY, "keep"), (OTHER, "delete")])
def test_a_choice_about_a_deletion_that_met_an_edit_is_told(
    villages: Villages, side: str, operation: str
) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    edit(here, record, note="这边")
    there.write(Resident, record, lambda w: w.delete(Resident, record), "")
    rest(villages)
    choose(here, WHY, **{WHOLE: side})
    rest(villages)
    newest = everywhere(villages, record)[0]
    assert told(newest) == ("电脑0的会计", "电脑0", operation, "chosen")
    assert newest.reason == WHY


@pytest.mark.parametrize("last", [COUNTY, OTHER])
def test_two_who_chose_differently_and_the_one_who_decided_are_all_told(
    villages: Villages, last: str
) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    meet(villages, record, note=("这边", "那边"))
    choose(here, "甲", note=OTHER)
    choose(there, "乙", note=COUNTY)
    rest(villages)
    second, first, *_ = everywhere(villages, record)
    assert (first.how, first.reason) == ("chosen", "甲")
    assert (second.how, second.besides, second.reason) == ("conflict", "chosen", "乙")
    assert told(second)[:2] == ("电脑1的会计", "电脑1")
    choose(there, "丙", note=last)
    rest(villages)
    newest = everywhere(villages, record)[0]
    assert (newest.how, newest.reason) == ("chosen", "丙")
    if last == COUNTY:
        assert newest.left == (("note", "那边", "这边"),)
    else:
        assert newest.changes == (("note", "那边", "这边"),)


def test_of_two_who_choose_the_same_the_reason_of_the_second_is_told_where_the_first_gave_none(
    villages: Villages,
) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    meet(villages, record, note=("这边", "那边"))
    choose(here, "", note=OTHER)
    choose(there, WHY, note=OTHER)
    rest(villages)
    second, first = [step for step in everywhere(villages, record) if "chosen" in step.how][:2]
    assert (first.by, first.reason) == ("电脑0的会计", "")
    assert (second.by, second.operation, second.reason) == ("电脑1的会计", "choose", WHY)


def test_a_pc_that_comes_new_to_the_village_learns_what_was_chosen(villages: Villages) -> None:
    here, _, new, _ = villages.pcs
    record = person(villages)
    meet(villages, record, note=("这边", "那边"))
    choose(here, WHY, note=COUNTY)
    rest(villages)
    villages.sync(new)
    assert steps(new, record)[:-1] == everywhere(villages, record)


def test_what_came_back_after_a_deletion_says_so_where_it_was_done_and_elsewhere(
    villages: Villages,
) -> None:
    here, record = villages.pcs[0], person(villages)
    here.write(Resident, record, lambda w: w.delete(Resident, record), "")
    rest(villages)
    here.write(Resident, record, lambda w: w.bring_back(Resident, record, {}), "")
    assert [(step.operation, step.how) for step in steps(here, record)][:2] == [
        ("back", "waiting"),
        ("delete", "accepted"),
    ]
    rest(villages)
    back, gone = everywhere(villages, record)
    assert (back.operation, back.how, back.changes) == ("back", "accepted", ())
    assert gone.operation == "delete"


def test_a_long_history_is_cut_at_its_oldest_end_whatever_was_chosen(villages: Villages) -> None:
    here, record = villages.pcs[0], person(villages)
    meet(villages, record, note=("这边", "那边"))
    choose(here, WHY, note=COUNTY)
    rest(villages)
    whole = History(here.store).of(Resident.kind, record)
    for limit in range(1, len(whole) + 1):
        assert History(here.store).of(Resident.kind, record, limit) == whole[:limit]


def entered_twice(villages: Villages) -> tuple[VillagePc, VillagePc, str]:
    here, there = villages.pcs[:2]
    record = villages.write(here, with_id_number(name="王芳", address="一组"))
    assert record == villages.write(there, with_id_number(name="王芳", address="二组"))
    rest(villages)
    return here, there, str(record)


def test_the_pc_that_entered_a_person_first_is_told_where_another_entered_her_too(
    villages: Villages,
) -> None:
    here, there, record = entered_twice(villages)
    for pc in (here, there):
        again, made = steps(pc, record)
        assert told(again) == ("电脑1的会计", "电脑1", "create", "conflict")
        assert told(made) == ("电脑0的会计", "电脑0", "create", "accepted")


def test_a_record_names_its_pc_where_it_was_made(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    made = [
        villages.write(here, Write("create", Resident.kind, 0, (("name", name),)))
        for name in ("甲", "乙")
    ]
    assert [steps(here, str(record))[0].device for record in made] == ["电脑0", "电脑0"]
    rest(villages)
    for record in map(str, made):
        assert steps(here, record)[0].device == "电脑0"
        assert steps(there, record)[0].device == "", "nobody claims what it does not know"
        edit(there, record, note="那边")
    rest(villages)
    assert [step.device for step in steps(here, str(made[0]))] == ["电脑1", "电脑0"]
