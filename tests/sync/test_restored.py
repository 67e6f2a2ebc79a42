"""Promises 2, 3 and 6: a PC's data folder goes back to yesterday's backup, or is copied to another.

Nothing is lost that the county was told, nothing comes twice, and nobody's work is silently
overwritten, although the PC knows nothing of what it did in between.
"""

from __future__ import annotations

import pytest

from desktop.attachments.limits import NEVER
from desktop.attachments.service import Incoming
from desktop.syncing.service import Syncing
from sync.records import Grid, PointsEntry, PointsSubject, Resident
from tests.support.files_here import FileFault
from tests.support.photos import photo
from tests.support.store import VILLAGE
from tests.support.village import Backup, Fault, Plan, VillagePc, Write
from tests.sync.agreement import Villages
from tests.sync.scenes import (
    DELETE,
    answers,
    at_county,
    conflicts,
    count,
    edit,
    known_to_all,
    resident,
    someone,
)

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(3), pytest.mark.promise(6)]


def restored(village: Villages, pc: VillagePc, backup: Backup) -> None:
    village.touched.add(pc)
    pc.restore(backup)


def test_what_waited_in_the_backup_and_was_sent_since_is_not_sent_twice(village: Villages) -> None:
    here, _ = village.pcs
    village.write(here, someone(name="王芳"))
    backup = here.back_up()
    village.sync(here)
    restored(village, here, backup)
    assert len(here.outbox()) == 1
    village.rest()
    assert count(village) == 1
    assert answers(village) == {"create accepted": 1}


def test_what_was_written_and_sent_since_the_backup_comes_back(village: Villages) -> None:
    here, there = village.pcs
    known_to_all(village, someone(name="王芳"))
    backup = here.back_up()
    village.write(here, someone(name="李强"))
    village.write(here, edit(address="一组"))
    village.sync(here)
    restored(village, here, backup)
    assert len(here.rows(Resident.kind)) == 1
    village.rest()
    names = {row["name"]: row["address"] for row in here.rows(Resident.kind).values()}
    assert names == {"王芳": "一组", "李强": None}
    assert here.rows(Resident.kind) == there.rows(Resident.kind)


def test_a_photo_made_since_the_backup_of_the_database_alone_still_goes_to_the_county(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    backup = here.back_up()
    attachment = here.attach("resident", record, Incoming("1.jpg", photo(1)))
    here.store.set(photos=NEVER)
    village.sync(here)
    here.restore_database(backup)
    village.sync(here)
    village.sync(there)
    with here.attachments.open(attachment) as file:
        whole = file.read()
    assert there.attachments.fetch(attachment)
    with there.attachments.open(attachment) as file:
        assert file.read() == whole
    assert here.attachments.to_go() == []


def test_a_photo_that_the_county_has_is_offered_after_such_a_backup_and_not_sent_again(
    village: Villages,
) -> None:
    here, _ = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    backup = here.back_up()
    attachment = here.attach("resident", record, Incoming("1.jpg", photo(1)))
    village.sync(here)
    here.restore_database(backup)
    here.store.set(photos=NEVER)
    village.sync(here)
    assert here.attachments.one(attachment).to_go, "until the county says that it has it"
    # Nothing gets through that is not whole at once.
    here.send_photos(Plan(files=(FileFault.NONE, FileFault.GONE)), leaving=True)
    assert here.attachments.to_go() == []


def test_what_another_pc_edited_since_the_backup_comes_again(village: Villages) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    backup = here.back_up()
    village.write(there, edit(address="新村"))
    village.sync(there)
    village.sync(here)
    restored(village, here, backup)
    village.rest()
    assert resident(here, record)["address"] == "新村"
    assert conflicts(here) == []


def test_an_edit_that_waited_in_the_backup_meets_what_another_pc_wrote_since(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(here, edit(address="一组"))
    backup = here.back_up()
    village.sync(here)
    village.sync(there)
    village.write(there, edit(address="二组"))
    village.sync(there)
    restored(village, here, backup)
    village.rest()
    assert at_county(village, record)["address"] == "二组", "it was written by who had seen 一组"
    assert conflicts(here) == []


@pytest.mark.parametrize("turns", [1, 3])
def test_an_edit_made_after_the_restore_never_overwrites_what_this_pc_wrote_and_forgot(
    village: Villages, turns: int
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    backup = here.back_up()
    village.write(here, edit(address="一组"))
    village.sync(here)
    village.sync(there)
    restored(village, here, backup)
    # The cadre sees no address and writes one, in several goes, before there is a line again.
    for turn in range(turns):
        village.write(here, edit(address=f"{turn + 2}组"))
    village.sync(here)
    village.sync(there)
    assert at_county(village, record)["address"] == "一组"
    kept = [conflict["other_values"]["address"] for conflict in conflicts(there)]
    assert kept == [f"{turn + 2}组" for turn in range(turns)]
    village.rest()


def test_a_deletion_made_after_the_restore_never_takes_with_it_what_this_pc_wrote_and_forgot(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    backup = here.back_up()
    village.write(here, edit(address="一组"))
    village.sync(here)
    restored(village, here, backup)
    village.write(here, DELETE)
    village.sync(here)
    village.sync(there)
    assert at_county(village, record)["deleted"] == 0
    assert len(conflicts(there)) == 1
    village.rest()


@pytest.mark.parametrize("chosen_on", [0, 1], ids=["on this PC", "on another"])
def test_a_conflict_that_was_chosen_since_the_backup_stays_chosen(
    village: Villages, chosen_on: int
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(here, edit(address="一组"))
    village.write(there, edit(address="二组"))
    for pc in (here, there, here):
        village.sync(pc)
    backup = here.back_up()
    village.choose(village.pcs[chosen_on], "other")
    for pc in (here, there, here):
        village.sync(pc)
    restored(village, here, backup)
    assert len(conflicts(here)) == 1, "it does not know yet"
    village.rest()
    assert conflicts(here) == conflicts(there) == []
    assert resident(here, record)["address"] == "二组"


def test_a_choice_made_anew_after_the_restore_meets_the_one_that_was_forgotten(
    village: Villages,
) -> None:
    here, there = village.pcs
    known_to_all(village, someone(name="王芳"))
    village.write(here, edit(address="一组"))
    village.write(there, edit(address="二组"))
    for pc in (here, there, here):
        village.sync(pc)
    backup = here.back_up()
    village.choose(here, "other")
    village.sync(here)
    restored(village, here, backup)
    village.choose(here, "county")
    village.sync(here)
    village.sync(there)
    (again,) = conflicts(there)
    assert again["record_kind"] == "conflict", "two choices that differ: somebody is asked"
    village.rest()


def test_a_record_refused_since_the_backup_is_refused_again_and_seen(village: Villages) -> None:
    here, there = village.pcs
    village.write(
        there, Write("create", Grid.kind, 0, (("name", "一组"), ("code", f"{VILLAGE}01")))
    )
    village.sync(there)
    village.write(here, Write("create", Grid.kind, 0, (("name", "二组"), ("code", f"{VILLAGE}01"))))
    backup = here.back_up()
    village.sync(here)
    ((_, reason),) = Syncing(here.store).refused()
    restored(village, here, backup)
    assert Syncing(here.store).refused() == []
    village.sync(here)
    assert [told for _, told in Syncing(here.store).refused()] == [reason]
    village.rest()
    assert count(village, Grid.kind) == 1


def test_points_given_since_the_backup_are_neither_lost_nor_given_twice(village: Villages) -> None:
    here, there = village.pcs
    village.write(here, Write("create", PointsSubject.kind, 0, (("name", "王芳"),)))
    given = (("entry_type", "positive"), ("points", 3), ("subject", 0))
    village.write(here, Write("create", PointsEntry.kind, 0, given))
    backup = here.back_up()
    village.sync(here)
    village.write(here, Write("create", PointsEntry.kind, 0, given))
    village.sync(here)
    restored(village, here, backup)
    village.rest()
    for pc in (here, there):
        assert [entry["points"] for entry in pc.rows(PointsEntry.kind).values()] == [3, 3]


def test_a_restore_in_the_middle_of_a_long_push_ends_with_each_record_once(
    village: Villages,
) -> None:
    here, there = village.pcs
    rows = [{"name": f"居民{n}"} for n in range(50)]
    here.write(Resident, "", lambda w: w.create_many(Resident, rows), "")
    backup = here.back_up()
    village.sync(here, Plan(page=10, faults=(Fault.NONE, Fault.NONE, Fault.LOSE_ANSWER)))
    restored(village, here, backup)
    village.rest()
    assert len(there.rows(Resident.kind)) == count(village) == 50


# --- a copied folder -----------------------------------------------------------------------------


def test_a_copied_data_folder_on_two_pcs_loses_nothing_and_doubles_nothing(
    village: Villages,
) -> None:
    here, there = village.pcs
    known_to_all(village, someone(name="王芳"))
    village.write(here, someone(name="李强"))
    twin = village.copy(here)
    village.write(here, someone(name="张伟"))
    village.write(twin, someone(name="赵敏"))
    for pc in (twin, here, twin):
        village.sync(pc)
    village.rest()
    names = sorted(row["name"] for row in there.rows(Resident.kind).values())
    assert names == sorted(["王芳", "李强", "张伟", "赵敏"])


@pytest.mark.parametrize("turns", [1, 3])
def test_two_pcs_on_copies_of_one_folder_never_silently_overwrite_each_other(
    village: Villages, turns: int
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    twin = village.copy(here)
    for turn in range(turns):
        village.write(here, edit(address=f"本机{turn}"))
        village.write(twin, edit(address=f"副本{turn}"))
    village.sync(here)
    village.sync(twin)
    village.sync(there)
    assert at_county(village, record)["address"] == f"本机{turns - 1}"
    kept = [conflict["other_values"]["address"] for conflict in conflicts(there)]
    assert kept == [f"副本{turn}" for turn in range(turns)]
    village.rest()


def test_copies_of_one_folder_that_edit_what_the_other_has_shown_them_do_not_meet(
    village: Villages,
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    twin = village.copy(here)
    for turn in range(3):
        pc = (here, twin)[turn % 2]
        village.sync(pc)
        village.write(pc, edit(address=f"{turn}组"))
        village.write(pc, edit(address=f"{turn}组东"))
        village.sync(pc)
    village.rest()
    assert resident(there, record)["address"] == "2组东"
    assert conflicts(there) == []
