"""Promise 3: nothing is silently overwritten, whoever comes first."""

import json

import pytest
from sqlalchemy import Engine

from sync.protocol import ExchangeAnswer
from sync.records import Resident
from tests.sync.server.pcs import (
    ID_NUMBERS,
    Pc,
    at_county,
    codes,
    count_of,
    create,
    delete,
    edit,
    reasons,
    revisions,
)

pytestmark = pytest.mark.promise(3)


@pytest.fixture
def here(county: Engine) -> Pc:
    """A PC that has written one resident, at revision 1."""
    pc = Pc(county, "here")
    pc.send(create("resident", "r", name="张三", phone="13800000000", address="一组"))
    return pc


@pytest.fixture
def there(county: Engine, here: Pc) -> Pc:
    """Another PC of the village that has read the resident."""
    pc = Pc(county, "there")
    pc.read_all()
    return pc


def the_conflict(pc: Pc) -> dict[str, object]:
    pc.read_all()
    (found,) = [row for (kind, _), row in pc.rows.items() if kind == "conflict"]
    return dict(found)


def test_other_fields_of_one_record_merge(county: Engine, here: Pc, there: Pc) -> None:
    there.send(edit("resident", "r", 1, address="二组"))
    answer = here.send(edit("resident", "r", 1, phone="13900000000"))
    assert codes(answer) == ["merged"]
    assert here.row("resident", "r")["address"] == "二组"
    assert here.row("resident", "r")["phone"] == "13900000000"
    assert here.row("resident", "r")["revision"] == revisions(answer)[0] == 3


def test_the_same_field_with_the_same_value_is_no_conflict(here: Pc, there: Pc) -> None:
    there.send(edit("resident", "r", 1, phone="13900000000"))
    assert codes(here.send(edit("resident", "r", 1, phone="13900000000"))) == ["merged"]


def test_the_same_field_with_another_value_stays_open_for_a_cadre_to_choose(
    county: Engine, here: Pc, there: Pc
) -> None:
    there.send(edit("resident", "r", 1, phone="13900000000"))
    answer = here.send(edit("resident", "r", 1, phone="13700000000", note="新装"))
    assert codes(answer) == ["conflict"]
    row = here.row("resident", "r")
    assert (row["phone"], row["note"]) == ("13900000000", "新装")
    assert row["revision"] == revisions(answer)[0]
    for pc in (here, there):
        conflict = the_conflict(pc)
        assert (conflict["record_kind"], conflict["record"]) == ("resident", "r")
        assert conflict["record_title"] == "张三"
        assert conflict["fields_in_conflict"] == "phone"
        assert json.loads(str(conflict["county_values"])) == {"phone": "13900000000", "note": None}
        assert json.loads(str(conflict["other_values"])) == {"phone": "13700000000", "note": "新装"}
        assert (conflict["other_by"], conflict["other_device"]) == ("李会计", "here")
        assert conflict["state"] == "open"


def test_a_pc_never_conflicts_with_its_own_earlier_changes(here: Pc, there: Pc) -> None:
    # All of them were written offline, before the first was sent.
    assert codes(here.send(edit("resident", "r", 0, phone="13900000000"))) == ["accepted"]
    again = [edit("resident", "r", 0, phone=f"1360000000{i}") for i in range(3)]
    assert codes(here.send(*again)) == ["accepted"] * 3
    there.send(edit("resident", "r", 1, address="二组"))
    assert codes(here.send(edit("resident", "r", 0, phone="13500000000"))) == ["merged"]


def test_an_edit_of_a_record_one_never_saw_does_not_overwrite_it(here: Pc, there: Pc) -> None:
    # The PC's own create was refused, its edit came along all the same.
    refused = create("resident", "r", name="张三", household="nowhere")
    answer = there.send(refused, edit("resident", "r", 0, phone="13700000000", note="新"))
    assert codes(answer) == ["rejected", "conflict"]
    assert there.row("resident", "r")["phone"] == "13800000000"
    assert there.row("resident", "r")["note"] == "新"


def test_what_a_pc_itself_filled_in_a_record_of_another_is_its_own_to_change(
    here: Pc, there: Pc
) -> None:
    assert codes(there.send(edit("resident", "r", 0, note="新"))) == ["merged"]
    assert codes(there.send(edit("resident", "r", 0, note="更新"))) == ["merged"]
    assert codes(here.send(edit("resident", "r", 1, note="老"))) == ["conflict"]


def test_an_edit_of_what_was_deleted_is_kept_whole(county: Engine, here: Pc, there: Pc) -> None:
    there.send(delete("resident", "r", 1))
    answer = here.send(edit("resident", "r", 1, phone="13700000000"))
    assert codes(answer) == ["conflict"]
    assert here.row("resident", "r")["deleted"] == 1
    conflict = the_conflict(there)
    assert json.loads(str(conflict["other_values"])) == {"phone": "13700000000"}


def test_a_deletion_of_what_others_changed_meanwhile_waits_for_a_cadre(
    county: Engine, here: Pc, there: Pc
) -> None:
    there.send(edit("resident", "r", 1, phone="13900000000"))
    assert codes(here.send(delete("resident", "r", 1))) == ["conflict"]
    assert here.row("resident", "r")["deleted"] == 0
    conflict = the_conflict(here)
    assert conflict["fields_in_conflict"] == "phone"
    assert json.loads(str(conflict["county_values"])) == {"phone": "13900000000"}
    assert conflict["other_values"] == "{}"


def test_two_deletions_agree(here: Pc, there: Pc) -> None:
    assert codes(there.send(delete("resident", "r", 1))) == ["accepted"]
    assert codes(here.send(delete("resident", "r", 1))) == ["merged"]


def test_a_person_entered_on_two_pcs_offline_is_one_person(county: Engine) -> None:
    number = ID_NUMBERS[0]
    first, second = Pc(county, "first"), Pc(county, "second")
    first.send(create("resident", "same", name="张三", id_number=number, phone="13800000000"))
    answer = second.send(create("resident", "same", name="张三", id_number=number, address="一组"))
    assert codes(answer) == ["merged"]
    assert count_of(county, "resident") == 1
    row = second.row("resident", "same")
    assert (row["phone"], row["address"]) == ("13800000000", "一组")


def test_two_names_for_one_id_number_are_a_conflict(county: Engine) -> None:
    number = ID_NUMBERS[0]
    first, second = Pc(county, "first"), Pc(county, "second")
    first.send(create("resident", "same", name="张三", id_number=number))
    answer = second.send(create("resident", "same", name="章三", id_number=number))
    assert codes(answer) == ["conflict"]
    assert second.row("resident", "same")["name"] == "张三"
    assert the_conflict(first)["fields_in_conflict"] == "name"


def test_a_deleted_person_comes_back_when_entered_by_somebody_who_knew(
    county: Engine, here: Pc
) -> None:
    deleted = revisions(here.send(delete("resident", "r", 1)))[0]
    whole = dict.fromkeys(Resident.fields) | {"name": "张三", "phone": "13500000000"}
    answer = here.send(create("resident", "r", base=deleted, **whole))
    assert codes(answer) == ["accepted"]
    row = at_county(county, "resident", "r")
    assert (row["deleted"], row["phone"], row["address"]) == (0, "13500000000", None)


def test_what_a_pc_does_not_name_of_a_person_it_brings_back_stays_and_is_shown_to_it(
    county: Engine, here: Pc
) -> None:
    """An older program does not know all fields, and cannot mean to empty what it cannot see."""
    address = at_county(county, "resident", "r")["address"]
    assert address
    deleted = revisions(here.send(delete("resident", "r", 1)))[0]
    answer = here.send(create("resident", "r", base=deleted, name="张三"))
    assert codes(answer) == ["merged"]
    assert at_county(county, "resident", "r")["address"] == address
    assert here.row("resident", "r")["address"] == address


def test_a_merge_that_would_break_a_rule_is_refused_with_a_sentence(county: Engine) -> None:
    here, there = Pc(county, "here"), Pc(county, "there")
    here.send(
        create("settlement", "s", name="新村", settlement_type="rural"),
        create("project", "p", settlement="s", name="改造", stage="survey"),
    )
    there.send(edit("project", "p", 2, planned_end="2026-03-01"))
    answer = here.send(edit("project", "p", 2, planned_start="2026-06-01"))
    assert reasons(answer) == ["完工不能早于开工"]
    # The PC is shown the record as it stands, else nobody could see why.
    assert here.row("project", "p")["planned_end"] == "2026-03-01"


def refusal(answer: ExchangeAnswer) -> str:
    assert codes(answer) == ["rejected"]
    return reasons(answer)[0]


def test_written_records_are_never_edited_or_deleted(county: Engine) -> None:
    pc = Pc(county, "one")
    pc.send(
        create("points_subject", "s", name="张三", subject_type="resident"),
        create("points_entry", "e", subject="s", entry_type="positive", points=5),
    )
    assert "不能改" in refusal(pc.send(edit("points_entry", "e", 2, points=50)))
    assert "不能删" in refusal(pc.send(delete("points_entry", "e", 2)))
    again = create("points_entry", "e", subject="s", entry_type="positive", points=50)
    assert "不能改" in refusal(pc.send(again))
    assert at_county(county, "points_entry", "e")["points"] == 5


def test_fields_fixed_when_written_do_not_change(county: Engine) -> None:
    pc = Pc(county, "one")
    pc.send(
        create("settlement", "s", name="新村", settlement_type="rural"),
        create("project", "p", settlement="s", name="改造", stage="survey"),
        create("project", "q", settlement="s", name="二期", stage="survey"),
        create("milestone", "m", project="p", stage="plan"),
    )
    assert refusal(pc.send(edit("milestone", "m", 4, project="q"))) == "改造项目写下以后不能改"
