"""What the county sent back is listed with what was wanted and why not, and can be let go."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.points.service import PointsLedger, PointsSubjects
from desktop.register.service import RecordInvalid, Register
from desktop.residents.service import Residents
from desktop.storage.checking import check
from desktop.storage.outbox import Outbox
from desktop.storage.store import Store
from desktop.syncing.behind import follow_up
from desktop.syncing.refusals import Refusals
from desktop.syncing.service import Syncing
from sync.protocol import Era, Outcome
from sync.records import PointsEntry, Resident, Values
from tests.support.store import (
    VILLAGE,
    county_rows,
    id_number,
    outbox_of,
    receive,
    send_all,
    standing_of,
)


def refuse_all(store: Store, reason: str = "不行") -> None:
    waiting = [entry for entry in outbox_of(store) if entry["state"] == "waiting"]
    send_all(store, Outcome("rejected", 0, len(waiting), reason=reason))


def test_a_refusal_tells_what_was_wanted_over_what_the_county_has_and_masks_it(
    store: Store,
) -> None:
    before: Values = {"id": "r1", "revision": 7, "name": "王建国", "phone": "13800000001"}
    receive(store, county_rows(Resident, before))
    residents = Residents(store)
    residents.edit("r1", {"phone": "13900000002", "address": "3组"})
    refuse_all(store, "电话不对")
    (found,) = Refusals(store).newest()
    assert (found.label, found.title, found.operation) == ("居民", "王建国", "edit")
    assert (found.reason, found.by) == ("电话不对", "王会计")
    told = {one.label: (one.county.masked, one.wanted.masked) for one in found.wanted}
    assert told == {"联系电话": ("138******01", "139******02"), "住址": ("（空）", "3组")}
    assert "13900000002" not in repr(found)


def test_a_record_refused_twice_is_one_line_and_counts_once(store: Store) -> None:
    receive(store, county_rows(Resident, {"id": "r1", "revision": 7, "name": "王建国"}))
    with store.write() as writing:
        writing.edit(Resident, "r1", {"phone": "13900000002"})
        writing.edit(Resident, "r1", {"address": "3组"})
    refuse_all(store)
    (found,) = Refusals(store).newest()
    assert [one.label for one in found.wanted] == ["联系电话", "住址"]
    assert (Refusals(store).count(), Syncing(store).status().refused) == (1, 1)


def test_the_newest_come_first_and_no_more_than_asked_for(store: Store) -> None:
    with store.write() as writing:
        writing.create_many(Resident, [{"name": f"村民{place:03}"} for place in range(120)])
    refuse_all(store)
    refusals = Refusals(store)
    assert refusals.count() == 120
    assert [one.title for one in refusals.newest(3)] == ["村民119", "村民118", "村民117"]
    assert len(refusals.newest(500)) == 120


def test_a_refused_entry_of_the_ledger_is_written_once_more_in_its_place(store: Store) -> None:
    subject = PointsSubjects(store).add({"name": "张素芬"})
    ledger = PointsLedger(store)
    entry = ledger.add({"subject": subject, "points": "50", "reason": "环境整治"})
    send_all(store, Outcome("accepted", 0, 1, 1), Outcome("rejected", 1, reason="要写复核人"))
    (found,) = Refusals(store).newest()
    assert (found.written, found.operation) == (True, "create")
    again = {"subject": subject, "points": "50", "reason": "环境整治", "witness": "李会计"}
    new = ledger.rewrite(entry, again)
    assert Refusals(store).count() == 0
    assert ledger.balances([subject]) == {subject: 50}, "not counted twice"
    assert [row["record"] for row in outbox_of(store)] == [new]


def test_what_breaks_a_rule_is_not_written_anew_and_the_refused_one_stays(store: Store) -> None:
    subject = PointsSubjects(store).add({"name": "张素芬"})
    ledger = PointsLedger(store)
    entry = ledger.add({"subject": subject, "points": "50", "reason": "环境整治"})
    refuse_all(store)
    with pytest.raises(RecordInvalid, match="分值不能是0"):
        ledger.rewrite(entry, {"subject": subject, "points": "0"})
    assert Register(store, PointsEntry).get(entry).values["points"] == 50
    assert "points_entry" in {one.kind for one in Refusals(store).newest()}


def snapshot(store: Store) -> dict[str, list[dict[str, object]]]:
    """All that giving up touches."""
    tables = ("resident", "outbox", "standing", "search_index", "history")
    with store.read() as connection:
        return {
            table: [
                {k: v for k, v in dict(row).items() if k != "row"}
                for row in connection.exec_driver_sql(f"SELECT * FROM {table}").mappings()
            ]
            for table in tables
        }


EDITS = st.lists(
    st.dictionaries(
        st.sampled_from(["phone", "address", "note"]),
        st.sampled_from(["13800000001", "13900000002", "13700000003"]),
        min_size=1,
    ),
    min_size=1,
    max_size=4,
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(known=st.booleans(), refused=EDITS, after=st.lists(EDITS.map(lambda e: e[0]), max_size=2))
def test_giving_up_can_be_taken_back_as_if_it_had_not_been(
    store: Store, known: bool, refused: list[dict[str, str]], after: list[dict[str, str]]
) -> None:
    with store.change() as connection:
        for table in ("resident", "outbox", "standing", "search_index", "reworded", "history"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    if known:
        row: Values = {"id": "r1", "revision": 7, "name": "王建国", "phone": "13600000009"}
        receive(store, county_rows(Resident, row))
    with store.write() as writing:
        record = "r1" if known else writing.create(Resident, {"name": "王建国"})
        for values in refused:
            writing.edit(Resident, record, values)
    if not outbox_of(store):
        return
    refuse_all(store)
    if known:
        # Waits on top of what was refused, as an answer under way leaves it.
        with store.change() as connection:
            for place, values in enumerate(after):
                text = json.dumps(values, ensure_ascii=False)
                connection.exec_driver_sql(
                    "INSERT INTO outbox (change, area, kind, record, operation, base, values_json,"
                    " previous_json, by, at) SELECT ?, area, kind, record, 'edit', base, ?, '{}',"
                    " by, at FROM outbox LIMIT 1",
                    (f"later.{place}", text),
                )
        receive(store, county_rows(Resident, {**row, "revision": 8}))
    follow_up(store)
    before = snapshot(store)
    given_up = Refusals(store).give_up("resident", record)
    assert Refusals(store).count() == 0
    assert "given_up" in {step["code"] for step in snapshot(store)["history"]}
    assert Refusals(store).take_back(given_up)
    assert snapshot(store) == before
    assert standing_of(store, record) == "refused"
    assert not check(store).problems
    assert not Refusals(store).take_back(given_up), "and only once"


def test_what_was_given_up_lies_under_what_came_from_the_county_since(store: Store) -> None:
    number = id_number()
    person = Residents(store).add({"name": "王建国", "id_number": number})
    refuse_all(store)
    given_up = Refusals(store).give_up("resident", person)
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM resident").scalar() == 0
    assert Refusals(store).take_back(given_up)
    assert Residents(store).get(person).values["id_number"] == number
    assert Refusals(store).count() == 1


def test_what_was_given_up_is_taken_back_though_its_place_was_given_to_others_since(
    store: Store,
) -> None:
    person = Residents(store).add({"name": "王建国"})
    refuse_all(store)
    given_up = Refusals(store).give_up("resident", person)
    others: list[Values] = [{"id": f"r{n}", "revision": n, "name": "李强"} for n in (1, 2, 3)]
    receive(store, county_rows(Resident, *others))
    Outbox(store).fall_back({VILLAGE: Era(1, 0)})
    assert Refusals(store).take_back(given_up)
    assert [entry["record"] for entry in outbox_of(store)] == ["r1", "r2", "r3", person]
    assert standing_of(store, person) == "refused"
    assert not check(store).problems


def test_what_was_given_up_of_a_record_that_is_told_again_since_is_not_taken_back(
    store: Store,
) -> None:
    receive(store, county_rows(Resident, {"id": "r1", "revision": 7, "name": "王建国"}))
    Residents(store).edit("r1", {"address": "3组"})
    refuse_all(store)
    given_up = Refusals(store).give_up("resident", "r1")
    Outbox(store).fall_back({VILLAGE: Era(1, 0)})
    before = snapshot(store)
    assert not Refusals(store).take_back(given_up)
    assert snapshot(store) == before
