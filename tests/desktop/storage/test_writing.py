"""Records are written at once, with what must be sent of them, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop.storage.checking import check
from desktop.storage.entering import natural_id
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.listing import row_of
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.storage.writing import Writing
from sync.client.ports import Tally
from sync.protocol import Era, Outcome
from sync.records import (
    KINDS,
    Division,
    Grid,
    Household,
    PointsEntry,
    PointsSubject,
    Record,
    Resident,
    Value,
)
from tests.support.store import (
    VILLAGE,
    answer,
    county_rows,
    id_number,
    new_store,
    outbox_of,
    receive,
    send_all,
    standing_of,
)

pytestmark = pytest.mark.promise(1)

REFUSED = Outcome("rejected", 0, reason="身份证号码已登记在“李四”名下")


def add(store: Store, record: type[Record], **values: Value) -> str:
    with store.write() as writing:
        return writing.create(record, values)


def edit(store: Store, record: type[Record], record_id: str, **values: Value) -> bool:
    with store.write() as writing:
        return writing.edit(record, record_id, values)


def delete(store: Store, record: type[Record], record_id: str) -> None:
    with store.write() as writing:
        writing.delete(record, record_id)


def undelete(store: Store, record: type[Record], record_id: str) -> bool:
    with store.write() as writing:
        return writing.undelete(record, record_id)


def give_up(store: Store, record: type[Record], record_id: str) -> None:
    with store.write() as writing:
        writing.give_up(record, record_id)


def values_of(store: Store, record: type[Record], record_id: str) -> dict[str, Value] | None:
    with store.read() as connection:
        row = row_of(connection, record.kind, record_id)
    return None if row is None else {n: v for n, v in row.values.items() if v is not None}


def sent(entry: dict[str, Any]) -> tuple[str, int, dict[str, Value]]:
    return entry["operation"], entry["base"], json.loads(entry["values_json"])


def known_to_county(store: Store, revision: int = 7, **values: Value) -> str:
    """A resident that the county has and this PC has pulled."""
    receive(store, county_rows(Resident, {"id": "r1", "revision": revision, **values}))
    return "r1"


# --- record and outbox, both or neither ------------------------------------------------------


def test_a_new_record_and_its_outbox_entry_are_written_together(store: Store) -> None:
    record = add(store, Resident, name="王芳", id_number=id_number("19880921", 164))
    (entry,) = outbox_of(store)
    assert (entry["record"], entry["kind"], entry["state"]) == (record, "resident", "waiting")
    assert sent(entry) == (
        "create",
        0,
        {
            "name": "王芳",
            "id_number": id_number("19880921", 164),
            "sex": "female",
            "birth_date": "1988-09-21",
        },
    )
    assert (entry["by"], standing_of(store, record)) == ("王会计", "waiting")


def test_a_crash_inside_a_write_leaves_neither_record_nor_outbox_entry(store: Store) -> None:
    kept = add(store, Grid, name="一组")
    before = outbox_of(store)

    def crash(writing: Writing) -> None:
        writing.create(Grid, {"name": "二组"})
        writing.edit(Grid, kept, {"name": "三组"})
        writing.delete(Grid, kept)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), store.write() as writing:
        crash(writing)
    assert outbox_of(store) == before
    assert values_of(store, Grid, kept) == {"name": "一组", "level": "micro", "state": "open"}
    assert check(store).figures["grid"] == 1
    assert not check(store).problems


def test_a_bad_row_among_many_leaves_none_of_them(store: Store) -> None:
    with pytest.raises(RecordInvalid), store.write() as writing:
        writing.create_many(Grid, [{"name": "一组"}, {"name": None}])
    assert outbox_of(store) == []


def _create(writing: Writing, grid: str) -> None:
    writing.create(Grid, {"name": "二组"})


def _create_many(writing: Writing, grid: str) -> None:
    writing.create_many(Grid, [{"name": "二组"}, {"name": "三组"}])


def _edit(writing: Writing, grid: str) -> None:
    writing.edit(Grid, grid, {"name": "二组"})


def _delete(writing: Writing, grid: str) -> None:
    writing.delete(Grid, grid)


@pytest.mark.parametrize("write", [_create, _create_many, _edit, _delete])
def test_whatever_changes_a_record_leaves_an_outbox_entry(
    store: Store, write: Callable[[Writing, str], None]
) -> None:
    grid = add(store, Grid, name="一组")
    before = len(outbox_of(store))
    rows_before = _rows(store)
    with store.write() as writing:
        write(writing, grid)
    changed = _rows(store) ^ rows_before
    assert {row[1] for row in changed} == {e["record"] for e in outbox_of(store)[before:]}


def _rows(store: Store) -> set[tuple[Any, ...]]:
    with store.read() as connection:
        return {
            tuple(row)
            for kind in KINDS
            for row in connection.exec_driver_sql(f"SELECT * FROM {kind}")
        }


def test_each_change_has_an_id_of_its_own_for_ever(store: Store) -> None:
    with store.write() as writing:
        writing.create_many(Grid, [{"name": f"{n}组"} for n in range(5)])
    grid = add(store, Grid, name="六组")
    edit(store, Grid, grid, name="七组")
    changes = [entry["change"] for entry in outbox_of(store)]
    assert len(set(changes)) == 7
    send_all(store, Outcome("accepted", 0, 7, 1))
    edit(store, Grid, grid, name="八组")
    assert outbox_of(store)[0]["change"] not in changes


def test_an_edit_names_only_what_it_touched_and_the_revision_it_was_made_on(store: Store) -> None:
    record = known_to_county(store, name="王芳", phone="13800000000", address="一组")
    assert edit(store, Resident, record, name="王芳", address="二组")
    (entry,) = outbox_of(store)
    assert sent(entry) == ("edit", 7, {"address": "二组"})


def test_an_edit_that_changes_nothing_sends_nothing(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    assert not edit(store, Resident, record, name="王芳", phone=None)
    assert outbox_of(store) == []
    assert standing_of(store, record) == "synced"


# --- what no record can know alone ------------------------------------------------------------


def test_an_id_number_belongs_to_one_live_resident_only(store: Store) -> None:
    first = add(store, Resident, name="王芳", id_number=id_number())
    with pytest.raises(RecordInvalid, match="身份证号码已登记在“王芳”名下"):
        add(store, Resident, name="李四", id_number=id_number())
    second = add(store, Resident, name="李四")
    with pytest.raises(RecordInvalid, match="身份证号码已登记在“王芳”名下"):
        edit(store, Resident, second, id_number=id_number())
    twice = [{"name": name, "id_number": id_number(sequence=7)} for name in "甲乙"]
    with pytest.raises(RecordInvalid, match="这一批里有重复的身份证号码"), store.write() as writing:
        writing.create_many(Resident, twice)
    delete(store, Resident, first)
    assert edit(store, Resident, second, id_number=id_number())
    assert edit(store, Resident, second, name="李四改名")


def test_any_number_of_residents_may_have_no_id_number(store: Store) -> None:
    with store.write() as writing:
        assert len(writing.create_many(Resident, [{"name": "王"}, {"name": "王"}])) == 2


def test_the_same_person_gets_the_same_id_on_two_pcs(store: Store, tmp_path: Path) -> None:
    other = new_store(tmp_path / "other")
    try:
        here = add(store, Resident, name="王芳", id_number=id_number())
        there = add(other, Resident, name="王 芳", id_number=id_number())
        assert here == there == natural_id(Resident, id_number())
        assert add(store, Resident, name="王") != add(other, Resident, name="王")
    finally:
        other.close()


def test_natural_ids_differ_by_kind_and_number_and_say_how_they_were_made() -> None:
    ids = {natural_id(r, key) for r in (Resident, Household) for key in ("1", "2", "")}
    assert len(ids) == 6
    assert all(i[14] == "8" and i[19] == "a" and len(i) == 36 for i in ids)


def test_a_reference_must_lead_to_a_live_record(store: Store) -> None:
    with pytest.raises(RecordInvalid, match="所在网格指向的记录不存在或已删除"):
        add(store, Resident, name="王芳", grid="nowhere")
    grid = add(store, Grid, name="一组")
    person = add(store, Resident, name="王芳", grid=grid)
    with pytest.raises(RecordInvalid, match="还有别的记录在“所在网格”里连着它"):
        delete(store, Grid, grid)
    edit(store, Resident, person, grid=None)
    delete(store, Grid, grid)
    with pytest.raises(RecordInvalid, match="已删除"):
        edit(store, Resident, person, grid=grid)


def test_what_only_the_county_writes_cannot_be_added_here(store: Store) -> None:
    with pytest.raises(RecordInvalid, match="区划由县里统一维护"):
        add(store, Division, code="510183001002", name="新村", level="village")
    assert outbox_of(store) == []


def test_fields_nobody_declared_are_refused(store: Store) -> None:
    with pytest.raises(RecordInvalid, match="居民没有“nickname”这一项"):
        add(store, Resident, name="王芳", nickname="小王")


def test_a_written_record_can_be_neither_edited_nor_deleted(store: Store) -> None:
    subject = add(store, PointsSubject, name="王芳")
    entry = add(store, PointsEntry, subject=subject, points=5, reason="清扫")
    with pytest.raises(RecordInvalid, match="记下以后不能改，只能另记一笔"):
        edit(store, PointsEntry, entry, points=50)
    with pytest.raises(RecordInvalid, match="记下以后不能删，只能另记一笔"):
        delete(store, PointsEntry, entry)
    assert len(outbox_of(store)) == 2


@pytest.mark.parametrize("record", [Resident, Grid])
def test_what_is_not_there_cannot_be_changed(store: Store, record: type[Record]) -> None:
    for change in (edit, delete, give_up):
        with pytest.raises(RecordMissing, match=f"找不到这条{record.label}"):
            change(store, record, "nobody")
    assert not undelete(store, record, "nobody")


# --- deletions and taking them back ------------------------------------------------------------


def test_a_deletion_that_still_waits_can_be_taken_back(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    delete(store, Resident, record)
    assert values_of(store, Resident, record) is None
    assert undelete(store, Resident, record)
    assert values_of(store, Resident, record) == {"name": "王芳"}
    assert outbox_of(store) == []
    assert standing_of(store, record) == "synced"


def test_a_deletion_on_its_way_cannot_be_taken_back_nor_once_no_answer_came(
    store: Store,
) -> None:
    record = known_to_county(store, name="王芳")
    delete(store, Resident, record)
    Outbox(store).take(10)
    assert not undelete(store, Resident, record)
    Outbox(store).put_back()
    assert not undelete(store, Resident, record)


def test_a_deletion_that_was_sent_is_known_for_it_when_the_next_sync_sends_less_at_once(
    store: Store,
) -> None:
    first, second = (add(store, Resident, name=name) for name in ("王芳", "李强"))
    send_all(store, Outcome("accepted", 0, 2, 7))
    for record in (first, second):
        delete(store, Resident, record)
    Outbox(store).take(10)
    # It was killed, and the next one sends the first alone.
    Outbox(store).take(1)
    assert not undelete(store, Resident, second)


def test_a_deletion_written_after_a_lost_answer_can_be_taken_back(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, address="一组")
    Outbox(store).take(10)
    Outbox(store).put_back()
    delete(store, Resident, record)
    assert undelete(store, Resident, record)
    assert [entry["operation"] for entry in outbox_of(store)] == ["edit"]


def test_what_was_sent_without_an_answer_is_known_for_it_when_the_county_went_back(
    store: Store,
) -> None:
    record = known_to_county(store, name="王芳")
    delete(store, Resident, record)
    Outbox(store).take(10)
    Outbox(store).put_back()
    Outbox(store).fall_back({VILLAGE: Era(1, 0)})
    assert not undelete(store, Resident, record)


def test_a_deletion_that_was_sent_cannot_be_taken_back(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    delete(store, Resident, record)
    send_all(store, Outcome("accepted", 0, 1, 8))
    assert not undelete(store, Resident, record)
    assert values_of(store, Resident, record) is None


def test_a_deletion_is_not_taken_back_where_another_took_the_place(store: Store) -> None:
    first = add(store, Resident, name="王芳", id_number=id_number())
    delete(store, Resident, first)
    add(store, Resident, name="王芳", id_number=id_number())
    with pytest.raises(RecordInvalid, match="已登记在“王芳”名下"):
        undelete(store, Resident, first)
    home = add(store, Household, head="李四")
    lodger = add(store, Resident, name="李五", household=home)
    delete(store, Resident, lodger)
    delete(store, Household, home)
    with pytest.raises(RecordInvalid, match="所属家庭户指向的记录不存在或已删除"):
        undelete(store, Resident, lodger)


def test_a_waiting_edit_stays_when_a_deletion_is_taken_back(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, name="王方")
    delete(store, Resident, record)
    assert undelete(store, Resident, record)
    assert [sent(entry) for entry in outbox_of(store)] == [("edit", 7, {"name": "王方"})]
    assert standing_of(store, record) == "waiting"


# --- what the county refused --------------------------------------------------------------------


def test_editing_a_new_record_that_was_refused_sends_it_whole_as_one_new_change(
    store: Store,
) -> None:
    record = add(store, Resident, name="王芳", id_number=id_number(), phone="13800000000")
    first = outbox_of(store)[0]
    send_all(store, REFUSED)
    assert standing_of(store, record) == "refused"
    number = id_number("19900101", 1)
    assert edit(store, Resident, record, id_number=number)
    (entry,) = outbox_of(store)
    assert entry["change"] != first["change"]
    assert (entry["state"], entry["reason"]) == ("waiting", "")
    operation, base, values = sent(entry)
    assert (operation, base) == ("create", 0)
    assert values == values_of(store, Resident, record)
    assert (values["name"], values["id_number"]) == ("王芳", number)
    assert standing_of(store, record) == "waiting"


def test_editing_a_refused_edit_sends_both_as_one_new_change(store: Store) -> None:
    record = known_to_county(store, name="王芳", phone="13800000000", address="一组")
    edit(store, Resident, record, phone="13900000000")
    send_all(store, REFUSED)
    edit(store, Resident, record, address="二组")
    (entry,) = outbox_of(store)
    assert sent(entry) == ("edit", 7, {"phone": "13900000000", "address": "二组"})


def test_saving_a_refused_record_as_it_is_sends_it_again(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, name="王方")
    send_all(store, REFUSED)
    assert edit(store, Resident, record, name="王方")
    assert [sent(entry) for entry in outbox_of(store)] == [("edit", 7, {"name": "王方"})]
    assert standing_of(store, record) == "waiting"


def test_a_refused_edit_that_is_still_wrong_stays_refused(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, phone="13900000000")
    send_all(store, REFUSED)
    before = outbox_of(store)
    # A caller may go on after one bad row and commit.
    with store.write() as writing, pytest.raises(RecordInvalid):
        writing.edit(Resident, record, {"id_number": "1"})
    assert outbox_of(store) == before
    assert standing_of(store, record) == "refused"


def test_a_refused_value_never_overtakes_one_that_was_written_later(store: Store) -> None:
    """Edited again while the first edit was on its way, and the first was refused."""
    record = known_to_county(store, name="王芳", address="一组")
    edit(store, Resident, record, address="二组")
    batch = Outbox(store).take(10)
    edit(store, Resident, record, address="三组")
    Outbox(store).settle(batch, answer([REFUSED]), Tally())
    assert standing_of(store, record) == "refused"
    edit(store, Resident, record, name="王方")
    last: dict[str, Value] = {}
    for entry in outbox_of(store):
        last |= sent(entry)[2]
    assert last == {"address": "三组", "name": "王方"}
    assert values_of(store, Resident, record) == last
    give_up(store, Resident, record)
    assert values_of(store, Resident, record) == last, "nothing is refused any more"


def test_edits_behind_a_refused_new_record_go_along_with_it(store: Store) -> None:
    record = add(store, Resident, name="王芳")
    batch = Outbox(store).take(10)
    edit(store, Resident, record, address="三组")
    Outbox(store).settle(batch, answer([REFUSED]), Tally())
    edit(store, Resident, record, name="王方")
    assert [sent(entry) for entry in outbox_of(store)] == [
        ("create", 0, {"name": "王方", "address": "三组"})
    ]
