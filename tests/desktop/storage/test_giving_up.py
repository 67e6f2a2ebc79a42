"""What the county refused can be given up, deleted or mended, and nothing else is lost by it."""

from __future__ import annotations

import json

import pytest

from desktop.storage.checking import check
from desktop.storage.histories import steps_of
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.syncing.refusals import Refusals
from sync.client.ports import Tally
from sync.protocol import Outcome
from sync.records import (
    Resident,
    Values,
)
from tests.desktop.storage.test_writing import (
    REFUSED,
    add,
    delete,
    edit,
    give_up,
    known_to_county,
    sent,
    undelete,
    values_of,
)
from tests.support.store import (
    answer,
    county_rows,
    id_number,
    outbox_of,
    receive,
    send_all,
    standing_of,
)

pytestmark = pytest.mark.promise(4)


def test_giving_up_a_new_record_takes_it_away(store: Store) -> None:
    record = add(store, Resident, name="王芳")
    send_all(store, REFUSED)
    give_up(store, Resident, record)
    assert values_of(store, Resident, record) is None
    assert outbox_of(store) == []
    assert not check(store).problems


def test_giving_up_a_new_record_that_another_pc_brought_to_the_county_keeps_theirs(
    store: Store,
) -> None:
    record = add(store, Resident, name="王芳", id_number=id_number(), phone="13800000000")
    theirs: Values = {"id": record, "revision": 3, "name": "王芳", "id_number": id_number()}
    send_all(store, REFUSED, rows=[county_rows(Resident, theirs)])
    give_up(store, Resident, record)
    kept = values_of(store, Resident, record)
    assert kept == {"name": "王芳", "id_number": id_number()}
    assert standing_of(store, record) == "synced"


def test_giving_up_an_edit_restores_what_the_county_has(store: Store) -> None:
    record = known_to_county(store, name="王芳", phone="13800000000")
    edit(store, Resident, record, phone="13900000000", address="二组")
    send_all(store, REFUSED)
    give_up(store, Resident, record)
    assert values_of(store, Resident, record) == {"name": "王芳", "phone": "13800000000"}
    assert (outbox_of(store), standing_of(store, record)) == ([], "synced")


def test_giving_up_an_edit_restores_what_others_wrote_meanwhile(store: Store) -> None:
    record = known_to_county(store, name="王芳", phone="13800000000")
    edit(store, Resident, record, phone="13900000000")
    newer: Values = {"id": record, "revision": 9, "name": "王方", "phone": "13700000000"}
    send_all(store, REFUSED, rows=[county_rows(Resident, newer)])
    assert values_of(store, Resident, record) == {"name": "王方", "phone": "13900000000"}
    give_up(store, Resident, record)
    assert values_of(store, Resident, record) == {"name": "王方", "phone": "13700000000"}


def test_giving_up_an_edit_leaves_what_was_written_after_it(store: Store) -> None:
    record = known_to_county(store, name="王芳", address="一组", phone="13800000000")
    edit(store, Resident, record, address="二组", phone="13900000000")
    batch = Outbox(store).take(10)
    edit(store, Resident, record, address="三组")
    Outbox(store).settle(batch, answer([REFUSED]), Tally())
    give_up(store, Resident, record)
    assert values_of(store, Resident, record) == {
        "name": "王芳",
        "address": "三组",
        "phone": "13800000000",
    }
    assert standing_of(store, record) == "waiting"
    send_all(store, REFUSED)
    give_up(store, Resident, record)
    assert values_of(store, Resident, record)["address"] == "一组"  # type: ignore[index]


def first_refused_then_taken_in(store: Store) -> None:
    """The county refuses the first of two changes and takes the second in."""
    send_all(store, REFUSED, Outcome("accepted", 1, 1, 8))


def test_giving_up_leaves_what_was_taken_in_on_top_of_it(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, address="一组", phone="13900000000")
    edit(store, Resident, record, address="二组")
    first_refused_then_taken_in(store)
    assert standing_of(store, record) == "refused"
    give_up(store, Resident, record)
    assert values_of(store, Resident, record) == {"name": "王芳", "address": "二组"}
    assert (outbox_of(store), standing_of(store, record)) == ([], "synced")


def test_what_is_refused_does_not_cover_what_was_taken_in_on_top_of_it(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, address="一组", phone="13900000000")
    edit(store, Resident, record, address="二组")
    first_refused_then_taken_in(store)
    newer: Values = {"id": record, "revision": 9, "name": "王方", "address": "三组"}
    receive(store, county_rows(Resident, newer))
    shown = values_of(store, Resident, record)
    assert shown == {"name": "王方", "address": "三组", "phone": "13900000000"}


def test_what_is_sent_again_says_what_was_taken_in_on_top_of_it_no_second_time(
    store: Store,
) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, address="一组", phone="13900000000")
    edit(store, Resident, record, address="二组")
    changes = {entry["change"] for entry in outbox_of(store)}
    first_refused_then_taken_in(store)
    edit(store, Resident, record, phone="13800000000")
    (again,) = outbox_of(store)
    assert sent(again) == ("edit", 7, {"phone": "13800000000"})
    assert set(json.loads(str(again["after_json"]))) == changes


def test_what_was_refused_is_given_up_once_all_of_it_was_taken_in_otherwise(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, address="一组")
    edit(store, Resident, record, address="二组")
    first_refused_then_taken_in(store)
    assert (outbox_of(store), standing_of(store, record)) == ([], "synced")
    assert values_of(store, Resident, record) == {"name": "王芳", "address": "二组"}
    with store.read() as connection:
        told = {step.code: step.fields for step in steps_of(connection, [record])}
    assert told["given_up"] == '{"address":[null,"一组"]}'


def test_a_refused_edit_on_top_of_one_that_was_taken_in_is_as_it_was(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, address="一组")
    edit(store, Resident, record, address="二组")
    send_all(store, Outcome("accepted", 0, 1, 8), Outcome("rejected", 1, 1, reason="不行"))
    assert values_of(store, Resident, record) == {"name": "王芳", "address": "二组"}
    give_up(store, Resident, record)
    assert values_of(store, Resident, record) == {"name": "王芳", "address": "一组"}


def test_what_is_given_up_while_a_later_edit_is_under_way_was_never_in_the_history(
    store: Store,
) -> None:
    record = known_to_county(store, name="王芳", address="一组")
    edit(store, Resident, record, address="二组")
    outbox = Outbox(store)
    batch = outbox.take(10)
    edit(store, Resident, record, address="三组")
    outbox.settle(batch, answer([REFUSED]), Tally())
    _, later = outbox.begin(10)
    outbox.expect(later)
    give_up(store, Resident, record)
    outbox.settle(later, answer([Outcome("accepted", 0, 1, 5)]), Tally())
    with store.read() as connection:
        told = [s.fields for s in steps_of(connection, [record]) if s.code == "accepted"]
    assert told == ['{"address":["一组","三组"]}']


def test_a_refused_deletion_shows_the_record_again_and_can_be_given_up(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    delete(store, Resident, record)
    send_all(store, REFUSED)
    assert values_of(store, Resident, record) == {"name": "王芳"}
    assert standing_of(store, record) == "refused"
    assert not undelete(store, Resident, record)
    give_up(store, Resident, record)
    assert values_of(store, Resident, record) == {"name": "王芳"}
    assert (outbox_of(store), standing_of(store, record)) == ([], "synced")


def test_a_refused_deletion_can_be_tried_again_or_dropped_by_an_edit(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    delete(store, Resident, record)
    send_all(store, REFUSED)
    delete(store, Resident, record)
    assert [sent(entry)[0] for entry in outbox_of(store)] == ["delete"]
    send_all(store, REFUSED)
    edit(store, Resident, record, name="王芳")
    assert (outbox_of(store), standing_of(store, record)) == ([], "synced")


def test_deleting_a_new_record_that_was_refused_sends_nothing(store: Store) -> None:
    record = add(store, Resident, name="王芳")
    batch = Outbox(store).take(10)
    edit(store, Resident, record, name="王方")
    Outbox(store).settle(batch, answer([REFUSED]), Tally())
    delete(store, Resident, record)
    assert (outbox_of(store), standing_of(store, record)) == ([], "synced")
    with store.read() as connection:
        left = connection.exec_driver_sql("SELECT count(*) FROM resident").scalar()
        kept = connection.exec_driver_sql("SELECT code FROM history").scalars().all()
    # Nobody else ever knew of it; what was wanted is told where one looks up what was given up.
    assert (left, kept) == (0, ["given_up"])
    assert not check(store).problems


def test_a_deletion_taken_back_shows_a_refused_edit_still_refused(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, name="王方")
    send_all(store, REFUSED)
    delete(store, Resident, record)
    assert undelete(store, Resident, record)
    assert values_of(store, Resident, record) == {"name": "王方"}
    assert standing_of(store, record) == "refused"
    give_up(store, Resident, record)
    assert values_of(store, Resident, record) == {"name": "王芳"}


def test_a_deletion_that_went_through_gives_up_refused_edits_and_the_history_keeps_them(
    store: Store,
) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, name="王方")
    send_all(store, REFUSED)
    delete(store, Resident, record)
    send_all(store, Outcome("accepted", 0, 1, 8))
    assert (outbox_of(store), standing_of(store, record)) == ([], "synced")
    (given_up,) = Refusals(store).given_up()
    assert (given_up.name, given_up.gone) == ("居民：王芳", True)
    assert [(one.county.masked, one.wanted.masked) for one in given_up.wanted] == [("王芳", "王方")]
    with store.read() as connection:
        codes = [(step.operation, step.code) for step in steps_of(connection, [record])]
    assert codes == [("edit", "given_up"), ("delete", "accepted")]


def test_giving_up_never_revives_what_the_county_deleted(store: Store) -> None:
    record = known_to_county(store, name="王芳")
    edit(store, Resident, record, name="王方")
    gone: Values = {"id": record, "revision": 9, "name": "王芳", "deleted": 1}
    send_all(store, REFUSED, rows=[county_rows(Resident, gone)])
    assert values_of(store, Resident, record) is None
    give_up(store, Resident, record)
    assert values_of(store, Resident, record) is None
    assert (outbox_of(store), standing_of(store, record)) == ([], "synced")
