"""Promise 3: a village chooses between the two sides of a conflict, and changes nothing else."""

import json

import pytest
from msgspec.structs import replace
from sqlalchemy import Engine

from sync.protocol import Change
from sync.records import Value
from tests.sync.server.pcs import Pc, at_county, codes, count_of, create, delete, edit, reasons

pytestmark = pytest.mark.promise(3)

OTHER, COUNTY = '{"phone": "other"}', '{"phone": "county"}'


@pytest.fixture
def here(county: Engine) -> Pc:
    """A PC whose edit of a telephone number met another one."""
    pc, neighbour = Pc(county, "here"), Pc(county, "neighbour")
    pc.send(create("resident", "r", name="张三", phone="13800000000"))
    neighbour.send(edit("resident", "r", 1, phone="13900000000"))
    assert codes(pc.send(edit("resident", "r", 1, phone="13700000000"))) == ["conflict"]
    pc.read_all()
    return pc


@pytest.fixture
def there(county: Engine, here: Pc) -> Pc:
    pc = Pc(county, "there")
    pc.read_all()
    return pc


def the_conflict(pc: Pc) -> dict[str, Value]:
    found = conflicts(pc)
    assert len(found) == 1
    return found[0]


def conflicts(pc: Pc) -> list[dict[str, Value]]:
    pc.read_all()
    return [row for (kind, _), row in pc.rows.items() if kind == "conflict"]


def choose(conflict: dict[str, Value], choice: str, by: str = "李会计", reason: str = "") -> Change:
    given: dict[str, Value] = {"reason": reason} if reason else {}
    values = {"state": "chosen", "choice": choice, "chosen_by": by, **given}
    return edit("conflict", str(conflict["id"]), int(str(conflict["revision"])), **values)


def test_a_choice_closes_the_conflict_for_all_pcs_and_the_value_is_an_ordinary_edit(
    county: Engine, here: Pc, there: Pc
) -> None:
    row, conflict = here.row("resident", "r"), the_conflict(here)
    value = edit("resident", "r", int(str(row["revision"])), phone="13700000000")
    assert codes(here.send(value, choose(conflict, OTHER, reason="本人确认"))) == ["accepted"] * 2
    closed = the_conflict(there)
    told = [closed[name] for name in ("state", "choice", "chosen_by", "reason")]
    assert told == ["chosen", OTHER, "李会计", "本人确认"]
    assert there.row("resident", "r")["phone"] == "13700000000"


def test_two_who_choose_the_same_do_not_meet(county: Engine, here: Pc, there: Pc) -> None:
    conflict = the_conflict(here)
    here.send(choose(conflict, OTHER, "李会计"))
    assert codes(there.send(choose(conflict, OTHER, "周会计", "问过本人"))) == ["merged"]
    row = the_conflict(here)
    assert (row["chosen_by"], row["reason"]) == ("李会计", "问过本人")


def test_a_second_choice_that_differs_is_kept_whole_as_a_conflict_of_its_own(
    county: Engine, here: Pc, there: Pc
) -> None:
    conflict = the_conflict(here)
    here.send(choose(conflict, COUNTY, "李会计", "县里对"))
    assert codes(there.send(choose(conflict, OTHER, "周会计", "问过本人"))) == ["conflict"]
    first, second = sorted(conflicts(here), key=lambda row: str(row["record_kind"] == "conflict"))
    assert (first["choice"], first["reason"]) == (COUNTY, "县里对")
    assert (second["record_kind"], second["record"]) == ("conflict", conflict["id"])
    assert second["state"] == "open"
    kept = json.loads(str(second["other_values"]))
    assert (kept["choice"], kept["chosen_by"], kept["reason"]) == (OTHER, "周会计", "问过本人")


@pytest.mark.parametrize(
    "name", ["record_kind", "record_title", "county_values", "other_values", "other_by"]
)
@pytest.mark.parametrize("base", ["stale", "newest"])
def test_what_the_county_wrote_of_a_conflict_never_changes(
    county: Engine, here: Pc, name: str, base: str
) -> None:
    conflict = the_conflict(here)
    revision = int(str(conflict["revision"])) if base == "newest" else 0
    answer = here.send(edit("conflict", str(conflict["id"]), revision, **{name: "resident2"}))
    assert codes(answer) == ["rejected"]
    assert "写下以后不能改" in reasons(answer)[0]
    assert at_county(county, "conflict", str(conflict["id"]))[name] == conflict[name]
    assert count_of(county, "conflict") == 1


@pytest.mark.parametrize("choice", ["other", "[]", '{"phone": "mine"}', "{", "7"])
def test_a_choice_that_nobody_understands_is_refused(here: Pc, choice: str) -> None:
    assert codes(here.send(choose(the_conflict(here), choice))) == ["rejected"]


def test_a_conflict_can_be_neither_made_nor_deleted_by_a_village(county: Engine, here: Pc) -> None:
    conflict = the_conflict(here)
    made = create("conflict", "c", record_kind="resident", state="open")
    gone = delete("conflict", str(conflict["id"]), int(str(conflict["revision"])))
    answer = here.send(made, gone)
    assert codes(answer) == ["rejected"] * 2
    assert [sentence[-2:] for sentence in reasons(answer)] == ["添加", "能删"]
    assert at_county(county, "conflict", str(conflict["id"]))["deleted"] == 0


def test_divisions_can_be_neither_made_edited_nor_deleted_by_a_village(here: Pc) -> None:
    changes = (
        create("division", "d"),
        edit("division", "d", 1, name="村"),
        delete("division", "d", 1),
    )
    assert codes(here.send(*changes)) == ["rejected"] * 3


def test_a_conflict_whose_writer_left_no_name_can_be_closed_too(county: Engine, here: Pc) -> None:
    Pc(county, "neighbour").send(edit("resident", "r", 1, name="张三丰"))
    nameless = replace(edit("resident", "r", 1, name="张山"), by="", at="")
    assert codes(here.send(nameless)) == ["conflict"]
    (found,) = [row for row in conflicts(here) if row["fields_in_conflict"] == "name"]
    assert codes(here.send(choose(found, '{"name": "county"}'))) == ["accepted"]
