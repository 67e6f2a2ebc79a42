"""Promise 3: a cadre chooses between two versions, offline, and nothing is lost whoever chooses."""

from __future__ import annotations

import pytest

from desktop.storage.errors import RecordInvalid
from desktop.syncing.conflicts import COUNTY, OTHER
from sync.records import Conflict, Project, Resident, Settlement
from tests.desktop.syncing.two_pcs import Pc, no_conflict, settled
from tests.support.store import standing_of

pytestmark = pytest.mark.promise(3)

OLD, MINE, THEIRS = "13800000000", "13700000000", "13900000000"


@pytest.fixture
def person(one: Pc, two: Pc) -> str:
    """A resident that both PCs have."""
    made = one.add(Resident, name="张三", phone=OLD, address="一组")
    one.sync()
    two.sync()
    return made


@pytest.fixture
def met(one: Pc, two: Pc, person: str) -> str:
    """The resident after both PCs wrote the same two fields, the second one too late."""
    one.edit(Resident, person, phone=THEIRS, address="二组")
    one.sync()
    two.edit(Resident, person, phone=MINE, address="三组", note="新装")
    two.sync()
    one.sync()
    return person


def test_both_pcs_see_both_versions_with_who_wrote_the_other_and_nothing_personal(
    one: Pc, two: Pc, met: str
) -> None:
    for pc in (one, two):
        found = pc.the_conflict()
        assert (found.kind_label, found.title) == ("居民", "张三")
        assert (found.by, found.device) == ("李会计", "二号电脑")
        assert found.at.startswith("20")
        phone, address = found.differences
        assert (phone.label, phone.county.masked, phone.other.masked) == (
            "联系电话",
            "139******00",
            "137******00",
        )
        assert (phone.county.full, phone.other.full) == (THEIRS, MINE)
        assert (address.county.masked, address.other.masked) == ("二组", "三组")
        assert MINE not in repr(found)
        assert found.masked


def test_a_choice_by_field_is_one_ordinary_edit_made_without_a_line(
    one: Pc, two: Pc, met: str
) -> None:
    found = one.the_conflict()
    one.conflicts.choose(found.id, {"phone": OTHER, "address": COUNTY}, "打电话问过本人")
    assert no_conflict(one)
    assert one.syncing.status().waiting == 2
    assert standing_of(one.store, met) == "waiting"
    row = one.row(Resident, met)
    assert (row["phone"], row["address"], row["note"]) == (MINE, "二组", "新装")
    settled(one, two)
    assert two.row(Resident, met)["phone"] == MINE
    assert no_conflict(one, two)
    assert [standing_of(pc.store, met) for pc in (one, two)] == ["synced", "synced"]
    chosen = two.row(Conflict, found.id)
    assert chosen["choice"] == '{"address": "county", "phone": "other"}'
    assert (chosen["chosen_by"], chosen["reason"]) == ("王主任", "打电话问过本人")


def test_to_leave_what_the_county_has_writes_nothing_into_the_record(
    one: Pc, two: Pc, met: str
) -> None:
    two.choose(COUNTY)
    assert two.syncing.status().waiting == 1
    settled(two, one)
    assert no_conflict(one, two)
    assert one.row(Resident, met)["phone"] == THEIRS


def test_every_field_must_be_chosen_and_an_unfinished_choice_writes_nothing(
    one: Pc, met: str
) -> None:
    found = one.the_conflict()
    for choice in ({}, {"phone": OTHER}, {"phone": OTHER, "address": "mine"}):
        with pytest.raises(RecordInvalid, match="每一项都要选"):
            one.conflicts.choose(found.id, choice)
    assert one.the_conflict() == found
    assert one.syncing.status().waiting == 0


def test_a_choice_that_breaks_a_rule_is_refused_whole(one: Pc, two: Pc) -> None:
    settlement = one.add(Settlement, name="花楸小区")
    project = one.add(Project, name="管网", settlement=settlement)
    settled(one, two)
    one.edit(Project, project, planned_end="2026-05-01")
    one.sync()
    two.edit(Project, project, planned_end="2026-03-01")
    settled(two, one)
    one.edit(Project, project, planned_start="2026-04-01")
    found = one.the_conflict()
    with pytest.raises(RecordInvalid, match="完工不能早于开工"):
        one.choose(OTHER)
    assert one.the_conflict() == found
    assert one.row(Project, project)["planned_end"] == "2026-05-01"


def test_what_arrived_since_the_person_looked_is_shown_again_before_anything_is_written(
    one: Pc, two: Pc, met: str
) -> None:
    seen = one.the_conflict()
    two.edit(Resident, met, phone="13600000000")
    settled(two, one)
    with pytest.raises(RecordInvalid, match="再看一遍"):
        one.conflicts.choose(seen.id, {"phone": OTHER, "address": OTHER}, seen=seen)
    assert one.the_conflict().differences[0].county.full == "13600000000"


def test_once_the_values_are_the_same_there_is_nothing_to_choose_but_to_close_it(
    one: Pc, two: Pc, met: str
) -> None:
    one.edit(Resident, met, phone=MINE, address="三组")
    assert one.the_conflict().differences == ()
    one.choose(COUNTY)
    settled(one, two)
    assert no_conflict(one, two)


def test_an_edit_of_what_was_deleted_can_bring_the_record_back(
    one: Pc, two: Pc, person: str
) -> None:
    one.delete(Resident, person)
    one.sync()
    two.edit(Resident, person, phone=MINE)
    settled(two, one)
    (whole,) = one.the_conflict().differences
    assert (whole.label, whole.county.masked) == ("这条居民", "已删除")
    assert whole.other.masked == "留着\n联系电话：137******00"
    one.choose(OTHER)
    assert one.row(Resident, person)["deleted"] == 0
    # What waits stays on top of what the county sends meanwhile.
    two.sync()
    settled(one, two)
    for pc in (one, two):
        row = pc.row(Resident, person)
        assert (row["deleted"], row["phone"], row["address"]) == (0, MINE, "一组")
    assert no_conflict(one, two)


def test_an_edit_of_what_was_deleted_can_stay_deleted(one: Pc, two: Pc, person: str) -> None:
    one.delete(Resident, person)
    one.sync()
    two.edit(Resident, person, phone=MINE)
    settled(two, one)
    two.choose(COUNTY)
    settled(two, one)
    assert no_conflict(one, two)
    assert [pc.row(Resident, person)["deleted"] for pc in (one, two)] == [1, 1]


@pytest.mark.parametrize(("side", "deleted"), [(OTHER, 1), (COUNTY, 0)])
def test_a_deletion_of_what_was_edited_is_carried_out_or_given_up(
    one: Pc, two: Pc, person: str, side: str, deleted: int
) -> None:
    one.edit(Resident, person, phone=THEIRS)
    one.sync()
    two.delete(Resident, person)
    settled(two, one)
    (whole,) = two.the_conflict().differences
    assert whole.county.masked == "留着\n联系电话：139******00"
    assert whole.other.masked == "删除"
    two.choose(side)
    settled(two, one)
    assert no_conflict(one, two)
    assert [pc.row(Resident, person)["deleted"] for pc in (one, two)] == [deleted] * 2


@pytest.mark.parametrize("side", [COUNTY, OTHER])
def test_two_pcs_that_choose_the_same_agree(one: Pc, two: Pc, met: str, side: str) -> None:
    one.choose(side, "甲")
    two.choose(side, "乙")
    settled(one, two)
    assert no_conflict(one, two)
    assert one.row(Resident, met) == two.row(Resident, met)
    assert one.row(Resident, met)["phone"] == (MINE if side == OTHER else THEIRS)


@pytest.mark.parametrize("first", [COUNTY, OTHER])
@pytest.mark.parametrize("last", [COUNTY, OTHER])
def test_two_pcs_that_choose_differently_are_asked_once_more_and_nothing_is_lost(
    one: Pc, two: Pc, met: str, first: str, last: str
) -> None:
    one.choose(first, "甲")
    two.choose(COUNTY if first == OTHER else OTHER, "乙")
    settled(one, two)
    # The one edit that was made stands, and the version that does not is there to be chosen.
    for pc in (one, two):
        found = pc.the_conflict()
        assert (found.kind_label, found.title) == ("居民", "张三")
        assert found.by == ("李会计" if first == OTHER else "王主任")
        sides = [(d.name, d.county.full, d.other.full) for d in found.differences]
        assert sides == [("phone", MINE, THEIRS), ("address", "三组", "二组")]
    two.choose(last)
    settled(two, one)
    assert no_conflict(one, two)
    assert one.row(Resident, met) == two.row(Resident, met)
    assert one.row(Resident, met)["phone"] == (MINE if last == COUNTY else THEIRS)


@pytest.mark.parametrize("last", [COUNTY, OTHER])
def test_two_pcs_that_differ_about_a_deletion_are_asked_once_more(
    one: Pc, two: Pc, person: str, last: str
) -> None:
    one.delete(Resident, person)
    one.sync()
    two.edit(Resident, person, phone=MINE)
    settled(two, one)
    one.choose(COUNTY)
    two.choose(OTHER)
    settled(one, two)
    (whole,) = one.the_conflict().differences
    assert (whole.county.masked, whole.other.masked) == ("留着", "删除")
    assert one.the_conflict().by == "王主任"
    one.choose(last)
    settled(one, two)
    assert no_conflict(one, two)
    deleted = 1 if last == OTHER else 0
    assert [pc.row(Resident, person)["deleted"] for pc in (one, two)] == [deleted] * 2


def test_a_choice_may_itself_meet_another_edit(one: Pc, two: Pc, met: str) -> None:
    two.edit(Resident, met, phone="13600000000")
    two.sync()
    one.choose(OTHER)
    settled(one, two)
    for pc in (one, two):
        found = pc.the_conflict()
        (phone,) = found.differences
        assert (phone.county.full, phone.other.full) == ("13600000000", MINE)
        assert found.by == "王主任"


def test_a_choice_made_twice_is_refused(one: Pc, met: str) -> None:
    found = one.the_conflict()
    one.choose(OTHER)
    with pytest.raises(RecordInvalid, match="已经选定"):
        one.conflicts.choose(found.id, {"phone": COUNTY, "address": COUNTY})


def test_a_conflict_about_what_has_not_arrived_yet_waits(one: Pc, met: str) -> None:
    with one.store.change() as connection:
        connection.exec_driver_sql("DELETE FROM resident")
    found = one.the_conflict()
    assert (found.ready, found.title) == (False, "张三")


def test_to_look_at_whole_numbers_is_noted(one: Pc, met: str) -> None:
    one.conflicts.log_full_view(one.the_conflict().id)
    with one.store.read() as connection:
        (noted,) = connection.exec_driver_sql("SELECT * FROM view_log").mappings().all()
    assert (noted["by"], noted["kind"], noted["record"]) == ("王主任", "resident", met)
    assert noted["purpose"] == "处理冲突"
