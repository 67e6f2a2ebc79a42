"""What was sent is settled, what came is laid under what still waits, in one transaction."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest

from desktop.storage.checking import check
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.client.ports import Batch, Tally
from sync.protocol import Outcome, Rows, from_block
from sync.records import Conflict, Division, Grid, Resident, Value
from tests.desktop.storage.residents import (
    delete,
    edit,
    listed,
    people,
    resident,
    revision_of,
    shown,
)
from tests.support.store import (
    COUNTY,
    VILLAGE,
    answer,
    county_rows,
    id_number,
    outbox_of,
    receive,
    send_all,
    standing_of,
)

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(8)]

TAKEN = Outcome("accepted", 0, 1, 8)
REFUSED = Outcome("rejected", 0, reason="县里没有这个网格")


def conflict(about: str, revision: int = 20, *, state: str = "open", record: str = "c1") -> Rows:
    values: dict[str, Value] = {
        "id": record,
        "revision": revision,
        "record_kind": "resident",
        "record": about,
        "fields_in_conflict": "name",
        "state": state,
    }
    return county_rows(Conflict, values)


def whole(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the store that a sync may touch."""
    tables = ("resident", "conflict", "outbox", "standing", "cursor", "search_index")
    with store.read() as connection:
        return {
            table: sorted(map(tuple, connection.exec_driver_sql(f"SELECT * FROM {table}")))
            for table in tables
        }


# --- taking ------------------------------------------------------------------------------------


def test_changes_are_taken_in_the_order_they_were_made(store: Store) -> None:
    first, second = people(store, "甲", "乙")
    edit(store, first, phone="13800000000")
    delete(store, second)
    batch = Outbox(store).take(10)
    taken = [change for block in batch.blocks for change in from_block(block)]
    assert [(c.record, c.operation) for c in taken] == [
        (first, "create"),
        (second, "create"),
        (first, "edit"),
        (second, "delete"),
    ]
    assert not batch.more
    assert {standing_of(store, r) for r in (first, second)} == {"sending"}


def test_a_page_takes_the_oldest_and_says_that_more_wait(store: Store) -> None:
    ids = people(store, "甲", "乙", "丙")
    batch = Outbox(store).take(2)
    assert (len(batch.numbers), batch.more) == (2, True)
    assert [standing_of(store, record) for record in ids] == ["sending", "sending", "waiting"]
    behind = Outbox(store).take(2, after=batch.last)
    assert (len(behind.numbers), behind.more) == (1, False)


def test_a_batch_of_long_notes_ends_before_it_gets_too_large(store: Store) -> None:
    with store.write() as writing:
        grids = writing.create_many(Grid, [{"name": f"{n}"} for n in range(3)])
    send_all(store, Outcome("accepted", 0, 3, 1))
    long = json.dumps({"note": "长" * 2_500_000}, ensure_ascii=False)
    with store.change() as connection:
        connection.exec_driver_sql(
            "INSERT INTO outbox (change, area, kind, record, operation, base, values_json,"
            " previous_json, by, at) VALUES (?, '', 'grid', ?, 'edit', 1, ?, '{}', '', '')",
            [(f"t.{n}", grid, long) for n, grid in enumerate(grids)],
        )
    batch = Outbox(store).take(10)
    assert (len(batch.numbers), batch.more) == (1, True)


def test_what_got_no_answer_waits_again(store: Store) -> None:
    (record,) = people(store, "甲")
    outbox = Outbox(store)
    first = outbox.take(10)
    outbox.put_back()
    assert standing_of(store, record) == "waiting"
    assert outbox.take(10) == first, "the same changes under the same ids"


def test_a_refused_change_is_not_sent_by_itself_again(store: Store) -> None:
    people(store, "甲")
    send_all(store, REFUSED)
    assert Outbox(store).take(10) == Batch()
    assert Outbox(store).waiting() == 0


# --- settling ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "stands", "left"),
    [
        (Outcome("accepted", 0, 1, 8), "synced", 0),
        (Outcome("merged", 0, 1, 8), "merged", 0),
        (Outcome("conflict", 0, 1, 8), "conflict", 0),
        (Outcome("rejected", 0, reason="不行"), "refused", 1),
    ],
)
def test_each_change_stands_where_the_county_put_it(
    store: Store, outcome: Outcome, stands: str, left: int
) -> None:
    (record,) = people(store, "甲")
    tally = send_all(store, outcome)
    assert standing_of(store, record) == stands
    assert len(outbox_of(store)) == left
    assert revision_of(store, record) == outcome.revision
    told = (tally.sent, tally.merged, tally.conflicts, tally.refused)
    assert told == (1, stands == "merged", stands == "conflict", stands == "refused")
    assert not check(store).problems


def test_one_refused_change_does_not_hold_up_its_neighbours(store: Store) -> None:
    ids = people(store, "甲", "乙", "丙")
    send_all(
        store, Outcome("accepted", 0, 1, 1), Outcome("rejected", 1, reason="不行"),
        Outcome("accepted", 2, 1, 2),
    )  # fmt: skip
    assert [standing_of(store, record) for record in ids] == ["synced", "refused", "synced"]
    assert [(e["record"], e["reason"]) for e in outbox_of(store)] == [(ids[1], "不行")]
    assert [revision_of(store, record) for record in ids] == [1, 0, 2]


def test_a_record_edited_while_it_was_sent_waits_again(store: Store) -> None:
    (record,) = people(store, "甲")
    outbox = Outbox(store)
    batch = outbox.take(10)
    edit(store, record, name="甲二")
    for outcome in (TAKEN, Outcome("merged", 0, 1, 8)):
        outbox.settle(batch, answer([outcome]), Tally())
        assert standing_of(store, record) == "waiting"
    assert [entry["operation"] for entry in outbox_of(store)] == ["edit"]
    assert shown(store, record) == {"name": "甲二"}


def test_an_answer_to_a_part_leaves_the_rest_waiting(store: Store) -> None:
    first, second = people(store, "甲", "乙")
    send_all(store, Outcome("accepted", 0, 1, 8))
    assert (standing_of(store, first), standing_of(store, second)) == ("synced", "waiting")
    assert [entry["record"] for entry in outbox_of(store)] == [second]


def test_taking_twice_and_settling_twice_loses_nothing(store: Store) -> None:
    """Two syncs of one PC at once: the timer and a verb."""
    ids = people(store, "甲", "乙", "丙")
    outbox, tally = Outbox(store), Tally()
    first, second = outbox.take(10), outbox.take(10)
    assert first == second
    told = [Outcome("accepted", 0, 1, 1), REFUSED_AT_1, Outcome("merged", 2, 1, 2)]
    outbox.settle(first, answer(told, cursor=2), tally)
    after = whole(store)
    again = [Outcome("accepted", 0, 1, 1, again=True), REFUSED_AT_1, Outcome("merged", 2, 1, 2)]
    outbox.settle(second, answer(again, cursor=2), tally)
    assert whole(store) == after
    assert (tally.sent, tally.refused, tally.merged) == (3, 1, 1), "each change is counted once"
    assert [standing_of(store, r) for r in ids] == ["synced", "refused", "merged"]


REFUSED_AT_1 = Outcome("rejected", 1, reason="不行")


def test_new_records_that_another_sync_has_read_meanwhile_keep_what_it_read(store: Store) -> None:
    first, second, third = people(store, "甲", "乙", "丙")
    outbox = Outbox(store)
    batch = outbox.take(10)
    receive(store, resident(second, 9, name="乙"), resident(third, 3, name="丙"))
    outbox.settle(batch, answer([Outcome("accepted", 0, 3, 5)]), Tally())
    assert [revision_of(store, record) for record in (first, second, third)] == [5, 9, 7]
    assert check(store).healed == [], "what is counted as held is what is here"


def test_what_another_sync_has_read_since_an_edit_was_looked_up_is_kept(store: Store) -> None:
    receive(store, resident("p1", 2, name="王芳"), resident("p2", 3, name="李强"))
    receive(store, resident("p3", 4, name="张三"))
    for record in ("p1", "p2", "p3"):
        edit(store, record, note="新")
    outbox = Outbox(store)
    batch = outbox.take(10)
    outbox.expect(batch)
    # One has gone further than what this sync is told, one not as far.
    receive(store, resident("p1", 20, name="王芳"), resident("p2", 5, name="李强"))
    outbox.settle(batch, answer([Outcome("accepted", 0, 3, 8)]), Tally())
    assert [revision_of(store, record) for record in ("p1", "p2", "p3")] == [20, 9, 10]
    assert check(store).healed == []


def test_of_a_long_sync_that_is_killed_nothing_stays_marked_as_being_sent(store: Store) -> None:
    first, second, third = people(store, "甲", "乙", "丙")
    killed = Outbox(store)
    killed.settle(killed.take(2), answer([Outcome("accepted", 0, 2, 5)]), Tally())
    assert [revision_of(store, record) for record in (first, second)] == [5, 6]
    assert check(store).problems == []
    edit(store, second, phone="13800000000")
    again = Outbox(store)
    _, batch = again.begin(10)
    again.settle(batch, answer([Outcome("accepted", 0, 2, 7)]), Tally())
    again.put_back()
    assert {standing_of(store, record) for record in (first, second, third)} == {"synced"}


def test_while_more_goes_a_record_is_being_sent_unless_something_was_written_since(
    store: Store,
) -> None:
    first, second, third = people(store, "甲", "乙", "丙")
    outbox = Outbox(store)
    batch = outbox.take(2)
    edit(store, second, phone="13800000000")
    stand = [standing_of(store, record) for record in (first, second, third)]
    assert stand == ["sending", "waiting", "waiting"]
    assert Syncing(store).status().sending == 2
    outbox.settle(batch, answer([Outcome("accepted", 0, 2, 5)]), Tally())
    assert standing_of(store, first) == "sending", "until the last message"
    last = outbox.take(10, after=batch.last)
    assert {standing_of(store, record) for record in (first, second, third)} == {"sending"}
    outbox.settle(last, answer([Outcome("accepted", 0, 2, 7)]), Tally())
    assert {standing_of(store, record) for record in (first, second, third)} == {"synced"}
    assert Syncing(store).status().sending == 0


def test_a_new_record_whose_edit_was_refused_stays_refused_while_more_goes(store: Store) -> None:
    first, _ = people(store, "甲", "乙")
    edit(store, first, phone="13800000000")
    people(store, "丙")
    outbox = Outbox(store)
    batch = outbox.take(3)
    told = [Outcome("accepted", 0, 2, 5), Outcome("rejected", 2, reason="不行")]
    outbox.settle(batch, answer(told), Tally())
    last = outbox.take(10, after=batch.last)
    outbox.settle(last, answer([Outcome("accepted", 0, 1, 7)]), Tally())
    assert standing_of(store, first) == "refused"
    assert check(store).problems == []


def test_what_a_killed_sync_left_marked_is_let_go_of_also_where_nothing_waits(store: Store) -> None:
    first, _, third = people(store, "甲", "乙", "丙")
    killed = Outbox(store)
    killed.settle(killed.take(2), answer([Outcome("accepted", 0, 2, 5)]), Tally())
    with store.change() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
        connection.exec_driver_sql("DELETE FROM standing WHERE record = ?", (third,))
    again = Outbox(store)
    assert again.begin(10)[1] == Batch()
    again.put_back()
    assert standing_of(store, first) == "synced"


def test_a_second_answer_does_not_undo_what_a_person_did_after_the_first(store: Store) -> None:
    (record,) = people(store, "甲")
    send_all(store, TAKEN)
    delete(store, record)
    outbox = Outbox(store)
    first, second = outbox.take(10), outbox.take(10)
    outbox.settle(first, answer([REFUSED]), Tally())
    delete(store, record)
    outbox.settle(second, answer([REFUSED]), Tally())
    assert shown(store, record) is None
    assert standing_of(store, record) == "waiting"
    assert [(e["operation"], e["state"]) for e in outbox_of(store)] == [("delete", "waiting")]


def test_a_deletion_that_met_an_edit_of_others_brings_the_record_back_in_conflict(
    store: Store,
) -> None:
    receive(store, resident("r1", 7, name="甲"))
    delete(store, "r1")
    rows = [resident("r1", 9, name="甲二"), conflict("r1")]
    send_all(store, Outcome("conflict", 0, 1, 9), rows=rows)
    assert shown(store, "r1") == {"name": "甲二"}
    assert standing_of(store, "r1") == "conflict"


# --- receiving ---------------------------------------------------------------------------------


def test_rows_and_cursor_move_in_one_transaction(store: Store) -> None:
    receive(store, resident("r1", 7, name="甲"), cursor=7)
    before = whole(store)
    broken = Rows("resident", VILLAGE, ["id", "revision"], [["r3"], [9]])
    with pytest.raises(ValueError):
        receive(store, resident("r2", 8, name="乙"), broken, cursor=9)
    assert whole(store) == before
    assert Outbox(store).cursors() == {VILLAGE: 7}


def test_what_others_wrote_shows_and_is_found_by_its_new_name(store: Store) -> None:
    tally = receive(store, resident("r1", 7, name="甲"))
    assert (shown(store, "r1"), standing_of(store, "r1")) == ({"name": "甲"}, "synced")
    assert tally.received == 1
    receive(store, resident("r1", 8, name="曾荣"))
    assert listed(store, "zengrong") == ["曾荣"]
    assert listed(store, "甲") == []
    receive(store, resident("r1", 9, name="曾荣", deleted=1))
    assert listed(store) == []
    receive(store, resident("r1", 10, name="曾荣"))
    assert listed(store, "zr") == ["曾荣"]


def test_rows_are_laid_under_what_waits_here(store: Store) -> None:
    receive(store, resident("r1", 7, name="甲", phone="13800000000"))
    edit(store, "r1", phone="13900000000")
    edit(store, "r1", address="二组")
    theirs = resident("r1", 9, name="甲二", phone="13700000000", address="一组")
    receive(store, theirs)
    assert shown(store, "r1") == {"name": "甲二", "phone": "13900000000", "address": "二组"}
    assert standing_of(store, "r1") == "waiting"
    assert revision_of(store, "r1") == 9
    first, second = outbox_of(store)
    assert (first["base"], second["base"]) == (7, 7), "the county must see what they were made on"
    assert json.loads(str(first["previous_json"])) == {"phone": "13700000000"}
    assert json.loads(str(second["previous_json"])) == {"address": "一组"}
    assert listed(store, "甲二") == ["甲二"]


def test_a_waiting_deletion_stays_a_deletion_whatever_comes(store: Store) -> None:
    receive(store, resident("r1", 7, name="甲"))
    delete(store, "r1")
    receive(store, resident("r1", 9, name="甲二"))
    assert listed(store) == []
    with store.write() as writing:
        assert writing.undelete(Resident, "r1")
    assert listed(store) == ["甲二"]


def test_the_same_person_entered_here_and_there_is_one_record(store: Store) -> None:
    with store.write() as writing:
        mine = {"name": "王芳", "id_number": id_number(), "phone": "13800000000"}
        record = writing.create(Resident, mine)
    receive(store, resident(record, 5, name="王芳", id_number=id_number(), address="一组"))
    (name,) = listed(store)
    assert name == "王芳"
    together = shown(store, record)
    assert together is not None
    assert (together["phone"], together["address"]) == ("13800000000", "一组")
    assert len(outbox_of(store)) == 1


def test_an_older_answer_that_arrives_late_never_takes_a_record_back(store: Store) -> None:
    old, new = resident("r1", 7, name="曾荣"), resident("r1", 9, name="单丹")
    gone = resident("r2", 9, name="覃芹", deleted=1)
    receive(store, new, gone)
    receive(store, old, resident("r2", 7, name="覃芹"))
    assert shown(store, "r1") == {"name": "单丹"}
    assert listed(store) == ["单丹"]
    assert listed(store, "zeng") == listed(store, "qin") == []
    assert listed(store, "shandan") == ["单丹"]
    assert not check(store).healed


def test_answers_in_any_order_end_the_same(store: Store) -> None:
    rows = [resident("r1", 7 + n, name=name) for n, name in enumerate("甲乙丙")]
    rows.append(resident("r1", 10, name="丙", deleted=1))
    for order in permutations(rows):
        with store.change() as connection:
            connection.exec_driver_sql("DELETE FROM resident")
            connection.exec_driver_sql("DELETE FROM search_index")
        for row in order:
            receive(store, row)
        assert listed(store) == []
        with store.read() as connection:
            kept = connection.exec_driver_sql("SELECT name, revision FROM resident").one()
        assert tuple(kept) == ("丙", 10)


def test_an_older_answer_does_not_reopen_a_conflict_that_was_settled(store: Store) -> None:
    receive(store, resident("r1", 7, name="甲"), conflict("r1", 20))
    assert standing_of(store, "r1") == "conflict"
    receive(store, conflict("r1", 21, state="chosen"))
    assert standing_of(store, "r1") == "synced"
    receive(store, conflict("r1", 20))
    assert standing_of(store, "r1") == "synced"


def test_a_conflict_stays_until_the_last_one_of_a_record_is_settled(store: Store) -> None:
    receive(
        store, resident("r1", 7, name="甲"), conflict("r1", 20), conflict("r1", 21, record="c2")
    )
    receive(store, conflict("r1", 22, state="chosen"))
    assert standing_of(store, "r1") == "conflict"
    receive(store, conflict("r1", 23, state="chosen", record="c2"))
    assert standing_of(store, "r1") == "synced"


def test_an_edit_of_a_record_in_conflict_is_sent_and_leaves_the_conflict_open(store: Store) -> None:
    receive(store, resident("r1", 7, name="甲"), conflict("r1"))
    edit(store, "r1", name="甲二")
    assert standing_of(store, "r1") == "waiting"
    send_all(store, TAKEN)
    assert standing_of(store, "r1") == "conflict"


@pytest.mark.parametrize("refused", [True, False])
def test_behind_a_settled_conflict_shows_what_waits_or_was_refused(
    store: Store, refused: bool
) -> None:
    receive(store, resident("r1", 7, name="甲"))
    edit(store, "r1", name="甲二")
    if refused:
        send_all(store, REFUSED)
    receive(store, conflict("r1"))
    assert standing_of(store, "r1") == "conflict"
    receive(store, conflict("r1", 21, state="chosen"))
    assert standing_of(store, "r1") == ("refused" if refused else "waiting")
    assert not check(store).problems


def test_kinds_and_fields_of_a_newer_county_are_passed_over(store: Store) -> None:
    rows = resident("r1", 7, name="甲")
    newer = Rows("resident", VILLAGE, [*rows.names, "school"], [*rows.columns, ["中心校"]])
    parcel = Rows("parcel", VILLAGE, ["id", "revision"], [["p1"], [8]])
    tally = receive(store, newer, parcel, cursor=8)
    assert shown(store, "r1") == {"name": "甲"}
    assert tally.received == 1
    assert Outbox(store).cursors()[VILLAGE] == 8


def test_what_the_county_publishes_is_not_counted_as_the_village_s(store: Store) -> None:
    row: dict[str, Value] = {"id": "d", "revision": 1, "code": VILLAGE, "name": "文脉坊社区"}
    tally = receive(store, county_rows(Division, {**row, "level": "community"}, area=COUNTY))
    assert (tally.received, tally.by_kind) == (0, {"division": {"received": 1}})


def test_an_answer_without_anything_writes_nothing(store: Store) -> None:
    receive(store, cursor=5)
    log = store.folder / "shige.db-wal"
    before = log.read_bytes()
    receive(store, cursor=5)
    Outbox(store).take(10)
    Outbox(store).put_back()
    assert log.read_bytes() == before
    receive(store, cursor=6)
    assert log.read_bytes() != before
