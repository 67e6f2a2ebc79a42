"""Promises 2, 3 and 6: the county is put back twice to one backup, and forgets its last era too.

What a PC wrote in the era that was forgotten is told again, and is never taken for what others
wrote in the next one, which began after the same backup.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from desktop.syncing.courier import Courier
from sync.courier import BACK
from sync.records import Resident
from sync.server.courier import answer_file
from sync.server.database import writing
from sync.server.numbering import begin_eras
from tests.support.county_here import fresh_county
from tests.sync.offices import Office, agree, rows_of

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(3), pytest.mark.promise(6)]

#: Puts the county back to the backup.
PutBack = Callable[[], None]
HERE, THERE = "13900000001", "13700000002"


@pytest.fixture(params=[False, True], ids=["nobody says so", "restored is run"])
def told(request: pytest.FixtureRequest) -> bool:
    """Whether whoever puts the backup back runs ``restored``."""
    return bool(request.param)


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Engine]:
    folder = tmp_path / "county"
    folder.mkdir()
    engine = fresh_county(folder)
    yield engine
    engine.dispose()


@pytest.fixture
def offices(county: Engine, tmp_path: Path) -> tuple[Office, Office]:
    return Office(county, tmp_path, "甲"), Office(county, tmp_path, "乙")


@pytest.fixture
def person(offices: tuple[Office, Office]) -> str:
    one, two = offices
    record = one.add(Resident, name="王芳", phone="13800000000")
    one.sync()
    two.sync()
    return record


@pytest.fixture
def put_back(county: Engine, person: str, told: bool) -> PutBack:
    """The nightly backup is made; each call puts it back."""
    path = Path(str(county.url.database))
    backup = path.with_name("backup.sqlite3")
    with county.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, backup)

    def back() -> None:
        county.dispose()
        for part in path.parent.glob(f"{path.name}*"):
            part.unlink()
        shutil.copy(backup, path)
        if told:
            with writing(county) as connection:
                begin_eras(connection)

    return back


def phone_of(office: Office, person: str) -> str:
    return next(str(row["phone"]) for key, row in office.rows().items() if key[2] == person)


def rest(county: Engine, *offices: Office) -> None:
    """Sync until nothing moves; all ends are equal, and a thorough look finds nothing."""
    for office in offices * 3:
        office.sync()
    for office in offices:
        receipt = office.syncing.run(thorough=True)
        assert (receipt.proof, receipt.healed) == ("equal", {})
        assert office.syncing.status().waiting == 0
    agree(county, *offices)


def both_are_accounted_for(person: str, *offices: Office) -> None:
    """One phone stands, and the other is kept in the one conflict, which all PCs have."""
    for office in offices:
        (conflict,) = [row for key, row in office.rows().items() if key[1] == "conflict"]
        kept = conflict["county_values"] + conflict["other_values"]
        assert conflict["state"] == "open"
        assert HERE in kept
        assert THERE in kept
        assert phone_of(office, person) in (HERE, THERE)


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["it comes first", "the other first"])
@pytest.mark.parametrize("both", [False, True], ids=["one saw that era", "both saw it"])
def test_two_who_changed_one_field_around_a_county_put_back_twice_are_both_heard(
    county: Engine,
    offices: tuple[Office, Office],
    person: str,
    put_back: PutBack,
    order: tuple[int, int],
    both: bool,
) -> None:
    one, two = offices
    one.add(Resident, name="头一天的人")
    one.sync()
    put_back()
    one.sync()
    if both:
        two.sync()
    one.edit(Resident, person, phone=HERE)
    one.add(Resident, name="第二天的人")
    assert one.sync().refused == 0
    put_back()
    two.edit(Resident, person, phone=THERE)
    two.add(Resident, name="乙添的人")
    for place in order:
        assert offices[place].sync().finished
    rest(county, one, two)
    names = sorted(row["name"] for key, row in one.rows().items() if key[1] == "resident")
    assert names == sorted(["王芳", "头一天的人", "第二天的人", "乙添的人"]), "nothing twice"
    both_are_accounted_for(person, one, two)


def test_what_only_one_pc_knew_of_the_forgotten_era_stands_again_without_a_question(
    county: Engine, offices: tuple[Office, Office], person: str, put_back: PutBack
) -> None:
    one, two = offices
    gone = one.add(Resident, name="头一天的人")
    one.sync()
    put_back()
    one.sync()
    one.edit(Resident, person, phone=HERE)
    one.add(Resident, name="第二天的人")
    with one.store.write() as written:
        written.delete(Resident, gone)
    one.sync()
    put_back()
    two.add(Resident, name="乙添的人")
    rest(county, two, one)
    assert phone_of(two, person) == HERE
    there = [(key[1], row) for key, row in rows_of(county).items() if key[0] == one.area]
    names = {row["name"] for kind, row in there if kind == "resident" and not row["deleted"]}
    assert names == {"王芳", "第二天的人", "乙添的人"}
    assert [kind for kind, _ in there if kind == "conflict"] == []


def test_numbers_of_the_forgotten_era_are_not_given_again(
    county: Engine, offices: tuple[Office, Office], person: str, put_back: PutBack
) -> None:
    one, two = offices
    given: list[set[int]] = []
    for _ in range(2):
        one.add(Resident, name="后来的人")
        one.sync()
        put_back()
        two.sync()
        one.sync()
        there = rows_of(county).items()
        given.append({row["revision"] for key, row in there if key[0] == one.area} - {1})
    assert given[0].isdisjoint(given[1])


@pytest.mark.promise(12)
def test_a_pc_of_the_forgotten_era_that_only_uses_sticks_goes_on_with_them(
    county: Engine,
    offices: tuple[Office, Office],
    person: str,
    put_back: PutBack,
    tmp_path: Path,
) -> None:
    one, two = offices
    one.add(Resident, name="头一天的人")
    one.sync()
    put_back()
    one.sync()
    one.edit(Resident, person, phone=HERE)
    one.sync()
    put_back()
    for trip in range(2):
        stick = tmp_path / f"stick{trip}"
        stick.mkdir()
        file = Courier(one.store).export(stick).path
        answer = file.with_suffix(BACK)
        with file.open("rb") as source, answer.open("w+b") as target:
            answer_file(county, source, target)
        Courier(one.store).take_in(answer)
    two.sync()
    assert phone_of(two, person) == HERE
    rest(county, one, two)
