"""Where the parts of sync meet: moves and points, refusals and proof, sticks and upgrades."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import Engine

from desktop.storage import alone as alone_module
from desktop.storage import settings as facts
from desktop.storage.courier_keys import county_keys
from desktop.storage.errors import StorageError
from desktop.storage.leaving import Departure, leave
from desktop.storage.store import Store
from desktop.syncing import courier as courier_module
from desktop.syncing.courier import Courier
from sync.client.ports import Tally
from sync.courier import BACK, CourierFault
from sync.protocol import VERSION, Era, ExchangeAnswer, Move, Outcome
from sync.records import Grid, Household, PointsEntry, PointsSubject, Resident
from sync.server.courier import answer_file
from sync.server.database import reading, writing
from sync.server.devices import move_device, revoke_device
from sync.server.numbering import Numbers
from sync.server.points import POOL, rights_of
from sync.server.villages import merge_villages
from tests.support.store import VILLAGE
from tests.support.village import fresh_county
from tests.sync.offices import Office
from tests.sync.server.enrolled import THIRD_VILLAGE, load_villages

OTHER = "510183001003"


@pytest.fixture
def county(tmp_path: Path) -> Iterator[Engine]:
    engine = fresh_county(tmp_path)
    yield engine
    engine.dispose()


@pytest.fixture
def offices(county: Engine, tmp_path: Path) -> Iterator[list[Office]]:
    made = [Office(county, tmp_path, name) for name in ("一号机", "二号机")]
    yield made
    for office in made:
        office.store.close()


def earned(office: Office, points: int) -> str:
    subject = office.add(PointsSubject, name="张三")
    office.add(PointsEntry, subject=subject, entry_type="positive", points=points)
    office.sync()
    return subject


def rights(county: Engine, area: str, subject: str) -> dict[object, int]:
    with reading(county) as connection:
        return {k: n for k, n in rights_of(connection, area, [subject])[subject].items() if n}


@pytest.mark.promise(10)
def test_a_pc_that_is_revoked_while_it_leaves_takes_no_points_of_either_village_along(
    county: Engine, offices: list[Office]
) -> None:
    one, _ = offices
    subject = earned(one, 9)
    move_device(county, one.id, OTHER)
    revoke_device(county, one.id)
    assert rights(county, VILLAGE, subject) == {POOL: 9}


@pytest.mark.promise(10)
def test_a_merged_village_keeps_no_points_with_a_pc_that_had_left_for_a_third(
    county: Engine, offices: list[Office], tmp_path: Path
) -> None:
    one, two = offices
    subject = earned(one, 9)
    load_villages(county)
    move_device(county, one.id, THIRD_VILLAGE)
    merge_villages(county, VILLAGE, OTHER)
    one.settle()
    two.settle()
    assert rights(county, OTHER, subject) == {POOL: 9}


@pytest.mark.promise(6)
def test_a_refused_deletion_of_what_another_pc_deleted_since_is_no_difference(
    county: Engine, offices: list[Office]
) -> None:
    one, two = offices
    grid = one.add(Grid, name="一组", level="general")
    one.sync()
    two.sync()
    household = two.add(Household, head="张三", grid=grid)
    with one.store.write() as written:
        written.delete(Grid, grid)
    two.sync()
    one.sync()
    assert one.syncing.status().refused == 1
    two.sync()
    two.edit(Household, household, grid=None)
    with two.store.write() as written:
        written.delete(Grid, grid)
    two.sync()
    one.sync()
    for _ in range(2):
        receipt = one.syncing.run(thorough=True)
        assert (receipt.proof, receipt.healed) == ("equal", {})


@pytest.mark.promise(11)
def test_a_pc_that_only_uses_sticks_reads_all_anew_too_after_its_upgrade(
    county: Engine, offices: list[Office], tmp_path: Path
) -> None:
    one, _ = offices
    one.add(Resident, name="张三")
    one.sync()
    # Another program, that knew less, read until now.
    one.store.set(**{facts.KNOWN: "less"})
    assert county_keys(one.store) is not None
    Courier(one.store).export(tmp_path)
    assert one.outbox().cursors()[VILLAGE] == 0


@pytest.mark.promise(6)
def test_a_thorough_sync_finds_a_kind_of_which_this_pc_has_lost_every_record(
    county: Engine, offices: list[Office]
) -> None:
    one, _ = offices
    one.add(Grid, name="一组", level="general")
    one.add(Resident, name="张三")
    one.sync()
    with one.store.change() as connection:
        connection.exec_driver_sql("DELETE FROM grid")
    receipt = one.syncing.run(thorough=True)
    assert (receipt.proof, receipt.healed) == ("healed", {"grid": 1})


@pytest.mark.promise(2)
def test_new_records_that_went_elsewhere_are_given_no_number_of_their_old_village(
    county: Engine, offices: list[Office]
) -> None:
    one, _ = offices
    ids = [one.add(Resident, name=f"居民{n}") for n in range(3)]
    batch = one.outbox().take(10)
    outcomes = [Outcome("accepted", 0, 3, 0)]
    answer = ExchangeAnswer(VERSION, outcomes, [], one.outbox().cursors(), 0, "2026-11-25T08:00:00")
    one.outbox().settle(batch, answer, Tally())
    rows = one.rows()
    assert [rows[VILLAGE, "resident", record]["revision"] for record in ids] == [0, 0, 0]


@pytest.mark.promise(2)
def test_a_folder_that_knows_no_locks_is_said_so_and_waited_for_in_vain_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(_file: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(alone_module, "_lock", no_locks)
    with pytest.raises(StorageError), alone_module.alone(tmp_path):
        raise AssertionError("nobody holds it")


@pytest.mark.promise(7)
def test_a_village_is_left_by_stick_while_no_other_sync_is_at_work(
    county: Engine, offices: list[Office], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, _ = offices
    one.sync()
    file = Courier(one.store).export(tmp_path).path
    answer = file.with_suffix(BACK)
    move_device(county, one.id, OTHER)
    with file.open("rb") as source, answer.open("w+b") as target:
        answer_file(county, source, target)
    held = []

    def leaving(store: Store, move: Move) -> Departure | None:
        with suppress(BlockingIOError), (store.folder / alone_module.FILE).open("ab") as lock:
            alone_module._lock(lock)
            held.append(False)
        return leave(store, move)

    monkeypatch.setattr(courier_module, "leave", leaving)
    Courier(one.store).take_in(answer)
    assert (one.area, held) == (OTHER, [])


@pytest.mark.promise(12)
def test_a_deletion_on_a_stick_is_still_on_its_way_after_the_county_went_back(
    county: Engine, offices: list[Office], tmp_path: Path
) -> None:
    one, _ = offices
    grid = one.add(Grid, name="一组", level="general")
    one.sync()
    with one.store.write() as written:
        written.delete(Grid, grid)
    Courier(one.store).export(tmp_path)
    one.outbox().fall_back({VILLAGE: Era(1, 0)})
    with one.store.write() as written:
        assert not written.undelete(Grid, grid)


@pytest.mark.promise(12)
def test_a_deletion_written_after_a_file_left_is_not_taken_for_one_in_it(
    county: Engine, offices: list[Office], tmp_path: Path
) -> None:
    one, _ = offices
    grid = one.add(Grid, name="一组", level="general")
    Courier(one.store).export(tmp_path)
    one.sync()
    with one.store.write() as written:
        written.delete(Grid, grid)
    with one.store.write() as written:
        assert written.undelete(Grid, grid)


@pytest.mark.promise(12)
def test_an_old_answer_of_a_village_that_was_left_leaves_nothing_of_it_here(
    county: Engine, offices: list[Office], tmp_path: Path
) -> None:
    one, _ = offices
    with writing(county) as connection:
        Numbers(connection, VILLAGE).begin_era()
    one.sync()
    file = Courier(one.store).export(tmp_path).path
    answer = file.with_suffix(BACK)
    with file.open("rb") as source, answer.open("w+b") as target:
        answer_file(county, source, target)
    move_device(county, one.id, OTHER)
    one.settle()
    with suppress(CourierFault):
        Courier(one.store).take_in(answer)
    assert VILLAGE not in one.outbox().cursors()
    assert one.sync().round_trips == 1


@pytest.mark.promise(12)
def test_a_pc_that_only_uses_sticks_falls_back_with_a_county_that_went_back(
    county: Engine, offices: list[Office], tmp_path: Path
) -> None:
    one, _ = offices
    one.add(Grid, name="一组", level="general")
    one.sync()
    one.add(Grid, name="二组", level="general")
    file = Courier(one.store).export(tmp_path).path
    answer = file.with_suffix(BACK)
    with writing(county) as connection:
        numbers = Numbers(connection, VILLAGE)
        numbers.begin_era()
    with file.open("rb") as source, answer.open("w+b") as target:
        answer_file(county, source, target)
    Courier(one.store).take_in(answer)
    assert one.outbox().standpoint().eras == {VILLAGE: numbers.known.era}


@pytest.mark.promise(4)
def test_what_was_taken_in_over_a_refused_edit_stands_when_that_is_given_up_or_sent_again(
    offices: list[Office],
) -> None:
    one, two = offices
    people = [one.add(Resident, name=name) for name in ("王芳", "李强")]
    home = one.add(Household, head="王芳")
    one.sync()
    two.sync()
    two.register(Household).delete(home)
    two.sync()
    for person in people:
        one.edit(Resident, person, household=home, address="一组")
        one.edit(Resident, person, address="二组")
    assert one.sync().refused == 2
    given_up, again = people
    one.syncing.give_up(Resident.kind, given_up)
    one.edit(Resident, again, household=None, address="三组")
    receipt = one.sync()
    two.sync()
    assert (receipt.conflicts, receipt.refused) == (0, 0)
    for office in offices:
        found = {
            row["id"]: row for (_, kind, _), row in office.rows().items() if kind == "resident"
        }
        assert {row["household"] for row in found.values()} == {None}
        assert [found[person]["address"] for person in people] == ["二组", "三组"]
