"""Each kept record tells its changes: who, when, on which PC, old and new, and how."""

from __future__ import annotations

import pytest

from desktop.syncing.conflicts import OTHER, Conflicts
from sync.records import Grid, Resident
from tests.desktop.register.two_offices import edit, person, rest, steps, told
from tests.support.store import VILLAGE
from tests.support.village import Write
from tests.sync.agreement import Villages

pytestmark = pytest.mark.promise(3)


def test_an_edit_is_told_alike_where_it_was_made_and_where_it_arrived(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    edit(here, record, phone="13800000001")
    assert [told(step)[3] for step in steps(here, record)] == ["waiting", "accepted"]
    rest(villages)
    newest, made = steps(here, record)
    assert steps(there, record)[0] == newest
    assert told(newest) == ("电脑0的会计", "电脑0", "edit", "accepted")
    assert newest.changes == (("phone", None, "13800000001"),)
    assert told(made) == ("电脑0的会计", "电脑0", "create", "accepted")


def test_a_merge_a_conflict_and_the_choice_are_told_as_such_on_both_pcs(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    edit(here, record, phone="13800000001")
    edit(there, record, address="二组")
    rest(villages)
    assert [step.how for step in steps(here, record)] == ["merged", "accepted", "accepted"]
    edit(here, record, note="这边")
    edit(there, record, note="那边")
    rest(villages)
    (conflict,) = Conflicts(here.store).open()
    assert [step.how for step in steps(there, record)][:2] == ["conflict", "accepted"]
    assert steps(there, record)[0].lost == (("note", "这边", "那边"),)
    assert steps(here, record)[0].lost == (("note", "这边", "那边"),)
    Conflicts(here.store).choose(conflict.id, {"note": OTHER})
    rest(villages)
    for pc in (here, there):
        newest = steps(pc, record)[0]
        assert told(newest) == ("电脑0的会计", "电脑0", "edit", "chosen")
        assert newest.changes == (("note", "这边", "那边"),)


def test_a_deletion_is_told(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    here.write(Resident, record, lambda w: w.delete(Resident, record), "")
    rest(villages)
    assert told(steps(there, record)[0]) == ("电脑0的会计", "电脑0", "delete", "accepted")


def test_what_was_refused_and_given_up_stays_told_with_its_reason(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    for pc, code in ((there, f"{VILLAGE}01"), (here, f"{VILLAGE}02")):
        villages.write(pc, Write("create", Grid.kind, 0, (("name", "一组"), ("code", code))))
    rest(villages)
    (record,) = [
        key[1] for key, row in here.rows(Grid.kind).items() if row["code"] == f"{VILLAGE}02"
    ]
    # Offline, this PC cannot know that the other one has taken the code meanwhile.
    (other,) = [
        key[1] for key, row in there.rows(Grid.kind).items() if row["code"] == f"{VILLAGE}01"
    ]
    there.write(Grid, other, lambda w: w.edit(Grid, other, {"code": f"{VILLAGE}03"}), "")
    here.write(Grid, record, lambda w: w.edit(Grid, record, {"code": f"{VILLAGE}09"}), "")
    there.write(Grid, other, lambda w: w.edit(Grid, other, {"code": f"{VILLAGE}09"}), "")
    villages.sync(there)
    villages.sync(here)
    refused = steps(here, record, Grid.kind)[0]
    assert (refused.how, refused.changes) == (
        "refused",
        (("code", f"{VILLAGE}02", f"{VILLAGE}09"),),
    )
    assert "已登记在" in refused.reason
    here.write(Grid, record, lambda w: w.give_up(Grid, record), "")
    given_up = steps(here, record, Grid.kind)[0]
    assert (given_up.how, given_up.changes) == ("given_up", refused.changes)
    assert given_up.reason == refused.reason
    assert here.rows(Grid.kind)[here.area, record]["code"] == f"{VILLAGE}02"


def test_a_pc_that_comes_new_to_the_village_learns_the_whole_history(villages: Villages) -> None:
    here, _, new, _ = villages.pcs
    record = person(villages)
    for number in range(5):
        edit(here, record, note=f"第{number}次")
        villages.sync(here)
    villages.sync(new)
    assert steps(new, record)[:-1] == steps(here, record)[:-1]
    assert len(steps(new, record)) == 6


def test_history_of_another_village_never_arrives(villages: Villages) -> None:
    record = person(villages)
    edit(villages.pcs[0], record, note="本村的")
    villages.sync(villages.pcs[0])
    stranger = villages.pcs[3]
    villages.sync(stranger)
    assert steps(stranger, record) == []
