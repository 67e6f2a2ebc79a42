"""A sync by stick keeps every promise of the line: on real stores, against a real county database.

``VillagePc`` and ``CountyHere`` are those of the machine of ``tests/sync/agreement.py``: after each
test the county holds what it took in, by a second account, and the PCs hold what the county does.
"""

from __future__ import annotations

import io
import shutil

import msgspec
import pytest

from desktop.residents.service import Residents
from desktop.storage.courier_keys import own_keys
from desktop.storage.store import Store
from desktop.syncing import courier as courier_service
from desktop.syncing.courier import (
    AlreadyRead,
    CountyWentBack,
    Courier,
)
from desktop.syncing.service import Syncing
from sync.courier import BACK, Page, Sealer, inspect, unseal
from sync.protocol import pack, unpack
from sync.records import KINDS, Grid, PointsSubject, Resident, Values
from sync.server import courier as county_courier
from sync.server.own_keys import own_keys as county_own_keys
from tests.desktop.syncing.sticks import World, add, edit, names, refused, state_of
from tests.support.store import PASSWORD, VILLAGE

pytestmark = pytest.mark.promise(12)


# --- there and back --------------------------------------------------------------------------


def test_what_waits_reaches_the_county_and_what_others_wrote_comes_back(world: World) -> None:
    add(world.two, "王芳")
    world.two.sync()
    add(world.one, "张伟", "李强")
    answer = world.one.courier_carry(world.one.courier_out())
    assert world.one.courier_in(answer)
    assert names(world.one) == {"王芳", "张伟", "李强"}
    assert world.one.outbox() == []
    receipt = Syncing(world.one.store).last_receipt()
    assert receipt is not None
    assert (receipt.sent, receipt.received, receipt.by) == (2, 1, "courier")
    assert Syncing(world.one.store).status().last_sync == receipt.county_time
    world.agree()


def test_a_file_without_changes_fetches_what_others_wrote(world: World) -> None:
    add(world.two, "王芳")
    world.two.sync()
    assert world.one.courier_in(world.one.courier_carry(world.one.courier_out()))
    assert names(world.one) == {"王芳"}
    world.agree()


def test_who_was_entered_under_a_name_corrected_meanwhile_gets_it_with_the_next_file(
    world: World,
) -> None:
    one, two = world.one, world.two
    (resident,) = add(two, "王芳")
    two.sync()
    assert one.courier_in(one.courier_carry(one.courier_out()))
    edit(two, resident, name="王方")
    two.sync()
    said: Values = {"subject_type": "resident", "resident": resident}
    subject = one.write(PointsSubject, "", lambda w: w.create(PointsSubject, said), "")
    assert one.courier_in(one.courier_carry(one.courier_out()))
    assert one.rows(PointsSubject.kind)[one.area, subject]["name"] == "王芳"
    with one.noting(*KINDS):
        file = one.courier_out()
    assert one.courier_in(one.courier_carry(file))
    two.sync()
    assert two.rows(PointsSubject.kind)[two.area, subject]["name"] == "王方"
    world.agree()


def test_a_conflict_and_a_refusal_come_back_by_stick(world: World) -> None:
    (person,) = add(world.one, "张三")
    world.one.sync()
    world.two.sync()
    edit(world.two, person, phone="13900000000")
    world.two.sync()
    edit(world.one, person, phone="13700000000")
    world.two.write(
        Grid, "", lambda w: w.create(Grid, {"name": "一组", "code": f"{VILLAGE}01"}), ""
    )
    world.two.sync()
    world.one.write(
        Grid, "", lambda w: w.create(Grid, {"name": "二组", "code": f"{VILLAGE}01"}), ""
    )
    (gone,) = add(world.one, "李四")
    assert world.one.courier_in(world.one.courier_carry(world.one.courier_out()))
    receipt = Syncing(world.one.store).last_receipt()
    assert receipt is not None
    assert (receipt.sent, receipt.conflicts, receipt.refused) == (3, 1, 1)
    (left,) = world.one.outbox()
    assert (left["kind"], left["state"]) == ("grid", "refused")
    assert "已登记" in left["reason"]
    assert Syncing(world.one.store).status().conflicts == 1
    assert world.one.rows("resident")[VILLAGE, person]["phone"] == "13900000000"
    assert (VILLAGE, gone) in world.one.rows("resident")


def test_half_goes_by_line_and_half_by_stick(world: World) -> None:
    add(world.one, "甲")
    first = world.one.courier_out()
    add(world.one, "乙")
    assert world.one.sync()
    add(world.one, "丙")
    second = world.one.courier_out()
    answers = [world.one.courier_carry(file) for file in (first, second)]
    assert all(world.one.courier_in(answer) for answer in answers)
    assert names(world.one) == {"甲", "乙", "丙"}
    assert world.one.outbox() == []
    world.agree()


def test_what_is_written_while_the_file_is_away_waits_for_the_next(world: World) -> None:
    (person,) = add(world.one, "张三")
    file = world.one.courier_out()
    edit(world.one, person, address="二组")
    assert world.one.courier_in(world.one.courier_carry(file))
    (left,) = world.one.outbox()
    assert left["operation"] == "edit"
    assert world.one.rows("resident")[VILLAGE, person]["address"] == "二组"
    assert world.one.courier_in(world.one.courier_carry(world.one.courier_out()))
    assert world.one.outbox() == []
    world.agree()


# --- twice, out of order, late ---------------------------------------------------------------


def test_the_county_takes_a_file_that_comes_again_only_once(world: World) -> None:
    add(world.one, "张伟", "李强")
    file = world.one.courier_out()
    first = world.one.courier_carry(file)
    rows = world.county.rows()
    again = world.one.courier_carry(file)
    assert world.county.rows() == rows
    assert world.one.courier_in(again)
    assert world.one.courier_in(first)
    assert world.one.outbox() == []
    world.agree()


def test_an_answer_read_twice_says_so_and_changes_nothing(world: World) -> None:
    add(world.one, "张伟")
    answer = world.one.courier_carry(world.one.courier_out())
    assert world.one.courier_in(answer)
    refused(world.one, answer, AlreadyRead)


def test_two_answers_may_be_read_in_either_order(world: World) -> None:
    (person,) = add(world.one, "张三")
    first = world.one.courier_out()
    edit(world.one, person, address="一组")
    second = world.one.courier_out()
    early = world.one.courier_carry(first)
    add(world.two, "王芳")
    world.two.sync()
    late = world.one.courier_carry(second)
    assert world.one.courier_in(late)
    newest = world.one.rows("resident")
    cursors = state_of(world.one.store)[1]
    assert world.one.courier_in(early)
    assert world.one.rows("resident") == newest
    assert state_of(world.one.store)[1] == cursors
    assert names(world.one) == {"张三", "王芳"}
    world.agree()


@pytest.mark.parametrize("by_line", [True, False])
def test_what_others_made_of_our_change_is_not_covered_by_it_for_ever(
    world: World, by_line: bool
) -> None:
    """The newer answer, to the older file, brings what came after our change, which still waits."""
    (person,) = add(world.one, "张三")
    world.one.sync()
    world.two.sync()
    older = world.one.courier_out()
    edit(world.one, person, phone="13700000000")
    newer = world.one.courier_out()
    early = world.one.courier_carry(newer)
    world.two.sync()
    edit(world.two, person, phone="13900000000")
    world.two.sync()
    late = world.one.courier_carry(older)
    assert world.one.courier_in(late)
    assert world.one.rows("resident")[VILLAGE, person]["phone"] == "13700000000"
    assert by_line or world.one.courier_in(early)
    world.one.check(world.county.rows(), at_rest=False)
    if by_line:
        world.one.sync()
    else:
        assert world.one.courier_in(world.one.courier_carry(world.one.courier_out()))
    assert world.one.outbox() == []
    assert world.one.rows("resident")[VILLAGE, person]["phone"] == "13900000000"
    world.agree()


def test_an_old_answer_takes_nothing_back_that_came_by_line_meanwhile(world: World) -> None:
    (person,) = add(world.one, "张三")
    answer = world.one.courier_carry(world.one.courier_out())
    world.two.sync()
    edit(world.two, person, phone="13900000000")
    world.two.sync()
    world.one.sync()
    newest = world.one.rows("resident")
    assert world.one.courier_in(answer)
    assert world.one.rows("resident") == newest
    world.agree()


def test_an_answer_that_starts_behind_where_this_pc_stands_leaves_no_gap(world: World) -> None:
    """The PC is put back to a backup from before: the answer begins later than it has read."""
    add(world.two, "甲")
    world.two.sync()
    world.one.store.close()
    shutil.copytree(world.folder / "one", world.folder / "backup")
    world.one.store = Store.open(world.folder / "one", PASSWORD)
    assert world.one.courier_in(world.one.courier_carry(world.one.courier_out()))
    add(world.two, "乙")
    world.two.sync()
    answer = world.one.courier_carry(world.one.courier_out())
    restore(world)
    assert world.one.courier_in(answer)
    assert names(world.one) == {"乙"}
    assert world.one.courier_in(world.one.courier_carry(world.one.courier_out()))
    assert names(world.one) == {"甲", "乙"}
    world.one._newest.clear()
    world.agree()


def test_after_a_restored_backup_an_answer_to_a_forgotten_file_settles_what_still_waits(
    world: World,
) -> None:
    (known,) = add(world.one, "先写的")
    world.one.store.close()
    shutil.copytree(world.folder / "one", world.folder / "backup")
    world.one.store = Store.open(world.folder / "one", PASSWORD)
    edit(world.one, known, address="一组")
    add(world.one, "后写的")
    file = world.one.courier_out()
    answer = world.one.courier_carry(file)
    restore(world)
    path = world.one._stick / f"answer{BACK}"
    path.write_bytes(answer)
    taken = Courier(world.one.store).take_in(path)
    assert not taken.remembered
    assert taken.receipt.sent == 1
    assert world.one.outbox() == []
    # What the backup had forgotten comes back from the county.
    assert names(world.one) == {"先写的", "后写的"}
    assert world.one.rows("resident")[VILLAGE, known]["address"] == "一组"
    world.one._newest.clear()
    world.agree()


def restore(world: World) -> None:
    """Put yesterday's copy of the first PC in its place."""
    world.one.store.close()
    shutil.rmtree(world.folder / "one")
    shutil.copytree(world.folder / "backup", world.folder / "one")
    world.one.store = Store.open(world.folder / "one", PASSWORD)
    here = {entry["change"] for entry in world.one.outbox()}
    world.one.changes = {c: r for c, r in world.one.changes.items() if c in here}


def test_a_county_put_back_to_a_backup_is_heard_of_by_stick(world: World) -> None:
    backup = world.folder / "county.backup"
    add(world.two, "甲")
    world.two.sync()
    stale = world.one.courier_out()
    county = world.folder / "county" / "county.sqlite3"
    # With its last connection closed, the file is whole.
    world.county.engine.dispose()
    shutil.copy(county, backup)
    add(world.one, "乙")
    lost = world.one.courier_carry(world.one.courier_out())
    assert world.one.courier_in(lost)
    world.county.engine.dispose()
    shutil.copy(backup, county)
    path = world.one._stick / f"answer{BACK}"
    path.write_bytes(carried(world, world.one.courier_out()))
    taken = Courier(world.one.store).take_in(path)
    assert (taken.receipt.finished, bool(taken.remaining)) == (False, True)
    # What the county forgot waits again; an answer from before is worth nothing.
    assert len(world.one.outbox()) == 1
    refused(world.one, stale_of(world, stale), CountyWentBack)
    path.write_bytes(carried(world, world.one.courier_out()))
    assert Courier(world.one.store).take_in(path).receipt.finished
    assert world.one.outbox() == []
    assert names(world.one) == {"甲", "乙"}
    with world.county.engine.connect() as connection:
        there = set(connection.exec_driver_sql("SELECT name FROM resident").scalars())
    assert there == {"甲", "乙"}


def carried(world: World, file: bytes) -> bytes:
    """As ``courier_carry``, beside the second account, which knows of no backup."""
    target = io.BytesIO()
    county_courier.answer_file(world.county.engine, io.BytesIO(file), target)
    return target.getvalue()


def stale_of(world: World, file: bytes) -> bytes:
    """An answer that the county made before it went back: its era is the first."""
    honest = io.BytesIO(carried(world, file))
    own = own_keys(world.one.store)
    county = county_own_keys(world.county.engine)
    target = io.BytesIO()
    sealer = Sealer(target, inspect(honest), county, own.public)
    for message in unseal(honest, own, county.public):
        page = unpack(message, Page)
        answer = msgspec.structs.replace(page.answer, eras={})
        sealer.add(pack(msgspec.structs.replace(page, answer=answer)))
    sealer.close()
    return target.getvalue()


def test_a_county_with_more_to_tell_than_fits_tells_the_rest_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The county's lists travel too, so that a page of fewer would take a long afternoon.
    monkeypatch.setattr(county_courier, "PAGE", 20)
    monkeypatch.setattr(county_courier, "FULL", 2000)
    add(world.two, *"甲乙丙丁戊己庚")
    world.two.sync()
    rounds = 0
    remaining = 1
    while remaining and rounds < 30:
        rounds += 1
        path = world.one._stick / f"answer{BACK}"
        path.write_bytes(world.one.courier_carry(world.one.courier_out()))
        taken = Courier(world.one.store).take_in(path)
        remaining = taken.remaining
        assert taken.receipt.finished == (remaining == 0)
    assert 1 < rounds < 30
    assert names(world.one) == set("甲乙丙丁戊己庚")
    world.agree()


def test_more_than_fits_into_a_file_goes_with_the_next_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier_service, "_PAGE", 2)
    monkeypatch.setattr(courier_service, "FULL", 900)
    add(world.one, *"甲乙丙丁戊己庚")
    path = world.one._stick
    exported = Courier(world.one.store).export(path)
    assert 0 < exported.changes < 7
    assert exported.left == 7 - exported.changes
    assert world.one.courier_in(world.one.courier_carry(exported.path.read_bytes()))
    assert len(world.one.outbox()) == exported.left
    monkeypatch.undo()
    assert world.one.courier_in(world.one.courier_carry(world.one.courier_out()))
    assert world.one.outbox() == []
    world.agree()


@pytest.mark.parametrize("commit", range(6))
def test_a_power_cut_while_an_answer_is_read_loses_nothing(world: World, commit: int) -> None:
    add(world.two, "王芳")
    world.two.sync()
    add(world.one, "张伟")
    answer = world.one.courier_carry(world.one.courier_out())
    world.one.courier_in(answer, cut_at=commit)
    world.one.check(world.county.rows(), at_rest=False)
    world.one.courier_in(answer)
    assert names(world.one) == {"王芳", "张伟"}
    assert world.one.outbox() == []
    world.agree()


def test_a_deletion_that_left_on_a_stick_cannot_be_taken_back_only_followed(world: World) -> None:
    (person,) = add(world.one, "张三")
    world.one.sync()
    world.one.write(Resident, person, lambda w: w.delete(Resident, person), "")
    file = world.one.courier_out()
    with world.one.store.write() as writing:
        assert not writing.undelete(Resident, person)
    assert world.one.courier_in(world.one.courier_carry(file))
    assert world.one.outbox() == []
    assert names(world.one) == set()
    world.agree()


def test_undoing_a_deletion_that_left_on_a_stick_enters_the_record_anew_behind_it(
    world: World,
) -> None:
    (person,) = add(world.one, "张三")
    world.one.sync()
    world.one.write(Resident, person, lambda w: w.delete(Resident, person), "")
    file = world.one.courier_out()
    assert Residents(world.one.store).undelete(person)
    assert world.one.courier_in(world.one.courier_carry(file))
    world.one.sync()
    assert (world.one.outbox(), names(world.one)) == ([], {"张三"})
    world.agree()
