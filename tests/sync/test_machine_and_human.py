"""Promise 3: what the program fills in by itself never silently overwrites what a person wrote.

An ID number gives the birth date and the sex; an import fills whole records.
"""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from desktop.register.service import Register
from desktop.residents.service import Residents
from sync.records import Resident
from tests.support.store import id_number
from tests.support.village import VillagePc
from tests.sync.agreement import Villages
from tests.sync.scenes import (
    at_county,
    conflicts,
    edit,
    known_to_all,
    person,
    resident,
    someone,
)

pytestmark = pytest.mark.promise(3)

BORN, TYPED = "1988-09-21", "1988-09-20"
NUMBER = id_number()


@pytest.mark.parametrize("first", ["machine", "human"])
def test_a_birth_date_filled_from_an_id_number_never_replaces_one_typed_elsewhere(
    village: Villages, first: str
) -> None:
    machine, human = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(machine, edit(id_number=NUMBER))
    village.write(human, edit(birth_date=TYPED))
    order = [machine, human] if first == "machine" else [human, machine]
    for pc in (*order, order[0]):
        village.sync(pc)
    row = at_county(village, record)
    assert row["id_number"] == NUMBER
    assert row["birth_date"] == (BORN if first == "machine" else TYPED)
    for pc in village.pcs:
        (conflict,) = conflicts(pc)
        assert conflict["fields_in_conflict"] == "birth_date"
        kept = {row["birth_date"], conflict["other_values"]["birth_date"]}
        assert kept == {BORN, TYPED}, "a cadre sees both"
    village.rest()


@pytest.mark.parametrize("first", ["machine", "human"])
def test_the_date_that_a_cadre_chose_stands_beside_the_id_number_from_then_on(
    village: Villages, first: str
) -> None:
    machine, human = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(machine, edit(id_number=NUMBER))
    village.write(human, edit(birth_date=TYPED))
    order = [machine, human] if first == "machine" else [human, machine]
    for pc in (*order, order[0]):
        village.sync(pc)
    village.choose(machine, "other" if first == "machine" else "county")
    assert resident(machine, record)["birth_date"] == TYPED
    # Whatever else is edited later, the program does not fill its own date in again.
    village.write(machine, edit(phone="13800000001"))
    village.rest()
    row = at_county(village, record)
    assert (row["birth_date"], row["phone"]) == (TYPED, "13800000001")


def test_a_sex_read_from_an_id_number_never_replaces_one_typed_elsewhere(
    village: Villages,
) -> None:
    machine, human = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(human, edit(sex="female"))
    village.write(machine, edit(id_number=NUMBER))
    village.sync(human)
    village.rest()
    assert at_county(village, record)["sex"] == "female"
    (conflict,) = conflicts(human)
    assert conflict["other_values"]["sex"] == "male"


def test_a_date_typed_over_the_one_from_the_id_number_is_saved_as_it_was_typed(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, person(name="王芳"))
    assert resident(here, record)["birth_date"] == BORN
    assert Register(here.store, Resident).edit(record, {"birth_date": TYPED})
    assert resident(here, record)["birth_date"] == TYPED
    village.write(here, edit(note="以户口簿为准"))
    village.touched.add(here)
    here.sync()
    village.sync(there)
    assert resident(there, record)["birth_date"] == TYPED


def test_a_corrected_id_number_brings_its_birth_date_along(village: Villages) -> None:
    here, there = village.pcs
    record = known_to_all(village, person(name="王芳"))
    village.write(here, edit(id_number=id_number("19880922", 165)))
    village.rest()
    assert resident(there, record)["birth_date"] == "1988-09-22"


@pytest.mark.parametrize("first", ["import", "cadre"])
def test_an_import_fills_what_a_cadre_left_empty_and_overwrites_nothing_that_was_typed(
    village: Villages, first: str, tmp_path: Path
) -> None:
    office, cadre = village.pcs
    imported(office, tmp_path, phone="13900000000", address="旧册上的住址", note="旧册")
    record = str(village.write(cadre, person(name="王芳", address="新村", relation="户主")))
    order = [office, cadre] if first == "import" else [cadre, office]
    for pc in (*order, order[0]):
        village.sync(pc)
    row = at_county(village, record)
    assert len(cadre.rows(Resident.kind)) == 1, "one person"
    assert row["address"] == ("旧册上的住址" if first == "import" else "新村")
    for pc in village.pcs:
        (conflict,) = conflicts(pc)
        kept = {row["address"], conflict["other_values"]["address"]}
        assert kept == {"旧册上的住址", "新村"}
    other = "other" if first == "import" else "county"
    village.choose(cadre, other)
    village.rest()
    row = at_county(village, record)
    assert row["address"] == "新村"
    assert (row["relation"], row["phone"], row["note"]) == ("户主", "13900000000", "旧册")


def test_an_import_of_somebody_known_here_changes_nothing_of_what_was_typed(
    village: Villages, tmp_path: Path
) -> None:
    here, _ = village.pcs
    record = str(village.write(here, person(name="王芳", address="新村")))
    before = resident(here, record)
    imported(here, tmp_path, phone="13900000000", address="旧册上的住址")
    assert resident(here, record) == before
    village.rest()


def imported(pc: VillagePc, folder: Path, **columns: str) -> None:
    """Import a register with one person on a PC, as its page does."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    labels = [Resident.fields[name].label for name in columns]
    sheet.append(["姓名", "身份证号码", *labels])
    sheet.append(["王芳", NUMBER, *columns.values()])
    path = folder / "register.xlsx"
    book.save(path)
    residents = Residents(pc.store)
    before = {entry["change"] for entry in pc.outbox()}
    residents.carry_out(residents.preview(path))
    for entry in pc.outbox():
        if entry["change"] not in before:
            pc.changes[entry["change"]] = entry["record"]
