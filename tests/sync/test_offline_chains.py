"""Promises 2 and 3: many edits of one record without a line, which then arrive in any order."""

from __future__ import annotations

import pytest

from sync.records import Resident
from tests.support.village import Fault, Plan
from tests.sync.agreement import Villages
from tests.sync.scenes import (
    answers,
    at_county,
    conflicts,
    edit,
    known_to_all,
    resident,
    someone,
)

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(3)]

CHAIN = [f"{turn}组" for turn in range(6)]


@pytest.mark.parametrize("page", [1, 2, 100])
@pytest.mark.parametrize(
    "faults",
    [
        (),
        (Fault.OVERTAKEN,),
        (Fault.NONE, Fault.OVERTAKEN),
        (Fault.REPEAT, Fault.REPEAT_FIRST),
        (Fault.NONE, Fault.LOSE_ANSWER),
        (Fault.LOSE_REQUEST,),
    ],
    ids=lambda faults: " ".join(fault.name.lower() for fault in faults) or "sound",
)
def test_a_chain_of_edits_ends_as_the_cadre_wrote_it_however_it_arrives(
    village: Villages, faults: tuple[Fault, ...], page: int
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    for address in CHAIN[:4]:
        village.write(here, edit(address=address))
    village.sync(here, Plan(page=page, faults=faults))
    # What was held up on the way arrives after what was written later.
    for address in CHAIN[4:]:
        village.write(here, edit(address=address))
    village.sync(here, Plan(page=page))
    village.sync(there)
    assert at_county(village, record)["address"] == CHAIN[-1]
    assert conflicts(there) == []
    village.rest()
    assert answers(village) == {"create accepted": 1, "edit accepted": len(CHAIN)}


def test_a_chain_that_meets_an_edit_of_the_same_field_stays_open_once_for_each_link(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳", address="老屋"))
    for address in CHAIN[:3]:
        village.write(here, edit(address=address))
    village.write(there, edit(address="新村"))
    village.sync(there)
    village.rest()
    assert resident(here, record)["address"] == "新村", "the county's value stands for now"
    kept = [conflict["other_values"]["address"] for conflict in conflicts(there)]
    assert kept == CHAIN[:3], "nothing the cadre wrote is gone"


def test_a_chain_that_meets_an_edit_of_other_fields_stands_whole_beside_it(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    for address in CHAIN[:3]:
        village.write(here, edit(address=address))
    village.write(there, edit(phone="13800000001"))
    village.sync(there)
    village.rest()
    row = at_county(village, record)
    assert (row["address"], row["phone"]) == (CHAIN[2], "13800000001")
    assert answers(village)["edit merged"] >= 1
    assert conflicts(here) == []


def test_edits_of_many_fields_on_two_pcs_merge_softly_into_one_record(village: Villages) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    mine = {"address": "一组", "relation": "户主", "political_status": "群众"}
    theirs = {"phone": "13800000001", "sex": "female", "birth_date": "1988-09", "note": "常住"}
    for name, value in mine.items():
        village.write(here, edit(**{name: value}))
    for name, value in theirs.items():
        village.write(there, edit(**{name: value}))
    village.sync(here)
    village.sync(there, Plan(page=1))
    village.rest()
    row = at_county(village, record)
    assert {name: row[name] for name in mine | theirs} == mine | theirs
    assert conflicts(here) == conflicts(there) == []


def test_three_pcs_that_touch_three_fields_lose_none_of_them(villages: Villages) -> None:
    first, second, third, _ = villages.pcs
    record = known_to_all(villages, someone(name="王芳"))
    villages.write(first, edit(address="一组"))
    villages.write(second, edit(phone="13800000001"))
    villages.write(third, edit(note="常住"))
    for pc in (third, first, second):
        villages.sync(pc)
    villages.rest()
    row = at_county(villages, record)
    assert (row["address"], row["phone"], row["note"]) == ("一组", "13800000001", "常住")


def test_a_record_entered_and_edited_without_a_line_arrives_as_it_was_last_written(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = str(village.write(here, someone(name="王芳")))
    for address in CHAIN:
        village.write(here, edit(address=address))
    # The first link is held up, and comes again together with the others.
    village.sync(here, Plan(page=1, faults=(Fault.OVERTAKEN,)))
    village.rest()
    assert there.rows(Resident.kind)[there.area, record]["address"] == CHAIN[-1]
    assert conflicts(here) == []
