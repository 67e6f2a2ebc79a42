"""Promise 3: one PC edits what another deletes, in either order; nobody's work goes unseen."""

from __future__ import annotations

import pytest

from tests.support.village import Write
from tests.sync.agreement import Villages
from tests.sync.scenes import DELETE, at_county, conflicts, edit, known_to_all, resident, someone

pytestmark = pytest.mark.promise(3)

EDIT = edit(address="新村")


@pytest.mark.parametrize("chosen", ["county", "other"])
def test_an_edit_of_a_record_deleted_elsewhere_is_kept_whole_until_a_cadre_chooses(
    village: Villages, chosen: str
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳", phone="13800000001"))
    village.write(there, DELETE)
    village.write(here, EDIT)
    village.sync(there)
    village.sync(here)
    village.sync(there)
    assert at_county(village, record)["deleted"] == 1, "the county's state stands for now"
    for pc in (here, there):
        (conflict,) = conflicts(pc)
        assert conflict["other_values"] == {"address": "新村"}
        assert (conflict["other_by"], conflict["other_device"]) == ("电脑0的会计", "电脑0")
    village.choose(there, chosen)
    village.rest()
    row = at_county(village, record)
    if chosen == "county":
        assert row["deleted"] == 1
    else:
        assert (row["deleted"], row["address"], row["phone"]) == (0, "新村", "13800000001")
    assert conflicts(here) == conflicts(there) == []


@pytest.mark.parametrize("chosen", ["county", "other"])
def test_a_deletion_of_a_record_edited_elsewhere_waits_until_a_cadre_chooses(
    village: Villages, chosen: str
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(there, EDIT)
    village.write(here, DELETE)
    village.sync(there)
    village.sync(here)
    village.sync(there)
    row = at_county(village, record)
    assert (row["deleted"], row["address"]) == (0, "新村"), "what was edited is not thrown away"
    assert resident(here, record)["deleted"] == 0, "who deleted it sees it again"
    for pc in (here, there):
        (conflict,) = conflicts(pc)
        assert (conflict["other_values"], conflict["fields_in_conflict"]) == ({}, "address")
    village.choose(here, chosen)
    village.rest()
    assert at_county(village, record)["deleted"] == (1 if chosen == "other" else 0)


def test_a_record_deleted_on_two_pcs_is_deleted_without_a_question(village: Villages) -> None:
    record = known_to_all(village, someone(name="王芳"))
    for pc in village.pcs:
        village.write(pc, DELETE)
    village.rest()
    assert at_county(village, record)["deleted"] == 1
    assert conflicts(village.pcs[0]) == []


def test_a_deleted_record_that_is_brought_back_and_edited_is_there_on_all_pcs(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳", phone="13800000001"))
    village.write(there, DELETE)
    village.write(here, EDIT)
    for pc in (there, here, there):
        village.sync(pc)
    village.choose(there, "other")
    # Nobody has told the county yet, and the cadre goes on with the record that is there again.
    village.write(there, edit(note="搬回来了"))
    village.rest()
    row = resident(here, record)
    assert (row["deleted"], row["address"], row["note"]) == (0, "新村", "搬回来了")


def test_what_is_brought_back_here_and_edited_there_meanwhile_is_asked_about_again(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(there, DELETE)
    village.write(here, EDIT)
    for pc in (there, here, there):
        village.sync(pc)
    village.choose(here, "county")
    village.choose(there, "other")
    village.sync(here)
    village.rest()
    assert at_county(village, record)["deleted"] == 0
    (again,) = conflicts(here)
    assert again["record_kind"] == "conflict", "two chose differently about one deletion"


def test_many_edits_of_what_was_deleted_elsewhere_are_all_kept(village: Villages) -> None:
    here, there = village.pcs
    known_to_all(village, someone(name="王芳"))
    village.write(there, DELETE)
    written = [{"address": "一组"}, {"phone": "13800000001"}, {"address": "二组", "note": "x"}]
    for values in written:
        village.write(here, Write("edit", "resident", 0, tuple(values.items())))
    village.sync(there)
    village.rest()
    assert [conflict["other_values"] for conflict in conflicts(there)] == written
