"""Promise 3: two and three PCs write into one field; both sides are kept, and somebody chooses."""

from __future__ import annotations

import pytest

from desktop.syncing.conflicts import Conflicts
from tests.sync.agreement import Villages
from tests.sync.scenes import at_county, conflicts, edit, known_to_all, resident, someone

pytestmark = pytest.mark.promise(3)


def met(villages: Villages) -> str:
    """The first two PCs wrote different addresses, and everybody knows by now."""
    record = known_to_all(villages, someone(name="王芳", address="老屋"))
    here, there = villages.pcs[:2]
    villages.write(here, edit(address="一组"))
    villages.write(there, edit(address="二组"))
    for pc in (here, there, here):
        villages.sync(pc)
    return record


def test_all_pcs_of_the_village_see_the_losing_value_whole_and_no_other_village_does(
    villages: Villages,
) -> None:
    record = met(villages)
    *ours, foreign = villages.pcs
    for pc in villages.pcs:
        villages.sync(pc)
    for pc in ours:
        assert resident(pc, record)["address"] == "一组", "who came first stands for now"
        (conflict,) = conflicts(pc)
        assert conflict["other_values"] == {"address": "二组"}
        assert conflict["county_values"] == {"address": "一组"}
        assert (conflict["other_by"], conflict["other_device"]) == ("电脑1的会计", "电脑1")
        (shown,) = Conflicts(pc.store).open()
        (difference,) = shown.differences
        assert (difference.county.full, difference.other.full) == ("一组", "二组")
    assert conflicts(foreign) == []
    villages.rest()


def test_the_same_value_written_on_two_pcs_is_no_conflict(village: Villages) -> None:
    known_to_all(village, someone(name="王芳"))
    for pc in village.pcs:
        village.write(pc, edit(address="一组"))
    village.rest()
    assert conflicts(village.pcs[0]) == []


def test_three_pcs_that_write_one_field_leave_two_open_conflicts_and_lose_nothing(
    villages: Villages,
) -> None:
    record = known_to_all(villages, someone(name="王芳"))
    for pc, address in zip(villages.pcs, ("一组", "二组", "三组"), strict=False):
        villages.write(pc, edit(address=address))
    villages.rest()
    for pc in villages.pcs[:3]:
        kept = {conflict["other_values"]["address"] for conflict in conflicts(pc)}
        assert {resident(pc, record)["address"], *kept} == {"一组", "二组", "三组"}


@pytest.mark.parametrize(("side", "stands"), [("county", "一组"), ("other", "二组")])
def test_what_is_chosen_without_a_line_stands_everywhere_after_the_next_sync(
    villages: Villages, side: str, stands: str
) -> None:
    record = met(villages)
    here = villages.pcs[0]
    villages.choose(here, side)
    assert resident(here, record)["address"] == stands, "it shows at once"
    assert conflicts(here) == []
    assert at_county(villages, record)["address"] == "一组", "nobody was asked"
    villages.rest()
    assert at_county(villages, record)["address"] == stands
    assert [conflicts(pc) for pc in villages.pcs] == [[]] * 4


def test_two_who_choose_the_same_agree_without_another_question(village: Villages) -> None:
    record = met(village)
    for pc in village.pcs:
        village.choose(pc, "other")
    village.rest()
    assert at_county(village, record)["address"] == "二组"
    assert conflicts(village.pcs[0]) == []


@pytest.mark.parametrize("second", ["county", "other"])
def test_two_who_choose_differently_are_asked_once_more_and_then_agree(
    village: Villages, second: str
) -> None:
    record = met(village)
    here, there = village.pcs
    village.choose(here, "other")
    village.choose(there, "county")
    for pc in (here, there, here):
        village.sync(pc)
    (again,) = conflicts(there)
    assert again["record_kind"] == "conflict"
    village.choose(there, second)
    village.rest()
    assert conflicts(here) == conflicts(there) == []
    assert resident(here, record) == resident(there, record) == at_county(village, record)


def test_a_choice_that_meets_a_third_pcs_edit_of_the_field_is_asked_about_again(
    villages: Villages,
) -> None:
    record = met(villages)
    here, _, third, _ = villages.pcs
    villages.sync(third)
    villages.write(third, edit(address="三组"))
    villages.choose(here, "other")
    villages.sync(third)
    villages.sync(here)
    assert at_county(villages, record)["address"] == "三组"
    assert [c["other_values"] for c in conflicts(here)] == [{"address": "二组"}]
    villages.rest()


def test_an_edit_made_while_a_conflict_is_open_goes_through(village: Villages) -> None:
    record = met(village)
    here, there = village.pcs
    village.write(there, edit(phone="13800000001"))
    village.choose(here, "other")
    village.rest()
    row = at_county(village, record)
    assert (row["address"], row["phone"]) == ("二组", "13800000001")
