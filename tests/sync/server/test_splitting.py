"""A village is split or merged: each record lies in one of them then, with all it points to."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine, select

from sync.protocol import EnrolRequest
from sync.records import Value
from sync.server.accounts import enrol, new_code
from sync.server.errors import Refusal, ServerError
from sync.server.tables import change_log
from sync.server.totals import totals
from sync.server.villages import merge_villages, split_village
from tests.sync.server.enrolled import (
    NEW_VILLAGE,
    THIRD_VILLAGE,
    EnrolledPc,
    all_of,
    live,
    load_villages,
)
from tests.sync.server.pcs import (
    COUNTY,
    ID_NUMBERS,
    OTHER_VILLAGE,
    VILLAGE,
    at_county,
    codes,
    create,
    delete,
    edit,
    reasons,
    revisions,
)

pytestmark = pytest.mark.promise(7)

#: A general grid with a micro grid in it, and what belongs to both.
GOES: dict[str, tuple[str, dict[str, Value]]] = {
    "g": ("grid", {"name": "一般网格", "level": "general"}),
    "m": ("grid", {"name": "微网格", "level": "micro", "parent": "g"}),
    "h": ("household", {"head": "张三", "grid": "m"}),
    "r": ("resident", {"name": "张三", "household": "h", "id_number": ID_NUMBERS[0]}),
    "r2": ("resident", {"name": "没有户的人", "grid": "m"}),
    "s": ("points_subject", {"name": "张三", "subject_type": "resident", "resident": "r"}),
    "e": ("points_entry", {"subject": "s", "entry_type": "positive", "points": 9}),
    "v": (
        "points_entry",
        {"subject": "s", "entry_type": "reversal", "points": -9, "reverses": "e"},
    ),
    "e2": ("points_entry", {"subject": "s", "entry_type": "positive", "points": 5}),
    "t": ("settlement", {"name": "新村", "settlement_type": "rural", "grid": "m"}),
    "p": ("project", {"settlement": "t", "name": "改造", "stage": "survey"}),
    "k": ("milestone", {"project": "p", "stage": "plan"}),
    "q": ("progress_report", {"project": "p", "text": "开工"}),
    "q2": ("progress_report", {"project": "p", "text": "更正", "corrects": "q"}),
}
STAYS: dict[str, tuple[str, dict[str, Value]]] = {
    "G": ("grid", {"name": "别的网格", "level": "general"}),
    "H": ("household", {"head": "李四", "grid": "G"}),
    "R": ("resident", {"name": "李四", "household": "H", "grid": "G"}),
    "S": ("points_subject", {"name": "李四", "subject_type": "resident", "resident": "R"}),
    "E": ("points_entry", {"subject": "S", "entry_type": "positive", "points": 7}),
    "N": ("resident", {"name": "哪也不属于"}),
}


@pytest.fixture
def county(county: Engine) -> Engine:
    load_villages(county)
    return county


@pytest.fixture
def pc(county: Engine) -> EnrolledPc:
    pc = EnrolledPc(county, "one")
    records = [(id_, *rest) for id_, rest in {**GOES, **STAYS}.items()]
    answer = pc.send(*(create(kind, id_, 0, **values) for id_, kind, values in records))
    assert set(codes(answer)) == {"accepted"}
    pc.read_anew()
    return pc


def keys(records: dict[str, tuple[str, dict[str, Value]]]) -> set[tuple[str, str]]:
    return {(kind, id_) for id_, (kind, _) in records.items()}


def number(pc: EnrolledPc, record: str) -> int:
    """The number under which a PC has a resident."""
    return int(pc.row("resident", record)["revision"] or 0)


def contents(row: dict[str, Any]) -> dict[str, Any]:
    """What a record says, but for what tells where it lies; a grid's code does."""
    own = ("area", "revision", "code") if row["kind"] == "grid" else ("area", "revision")
    return {n: v for n, v in row.items() if n not in own}


def test_a_grid_takes_all_that_belongs_to_it_and_leaves_the_rest(
    county: Engine, pc: EnrolledPc
) -> None:
    before = {(row["kind"], row["id"]): contents(row) for row in all_of(county, VILLAGE)}
    sums = totals(county)
    tally = split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    assert (tally.records, tally.emptied, tally.conflicts) == (len(GOES), 0, 0)
    rows = [row for row in all_of(county, NEW_VILLAGE) if row["kind"] != "points_handover"]
    after = {(row["kind"], row["id"]): contents(row) for row in rows}
    assert after == {key: before[key] for key in keys(GOES)}
    assert live(county, VILLAGE) == keys(STAYS)
    # What was earned on the PC that stays behind is for those of the new village to spend.
    given = {"points_handover": 1}
    assert totals(county) == sums | given | {"division": sums["division"] + 1}
    assert totals(county, NEW_VILLAGE)["points_total"] == 5


def test_of_what_moved_nothing_stays_in_the_old_village_but_its_id(
    county: Engine, pc: EnrolledPc
) -> None:
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    pc.read_all()
    for where in (
        all_of(county, VILLAGE),
        pc.rows.values(),
        EnrolledPc(county, "x").read_anew().values(),
    ):
        gone = [row for row in where if row["id"] in GOES]
        assert len(gone) == len(GOES)
        for row in gone:
            held = {n for n, v in row.items() if v and n not in ("area", "kind", "id", "revision")}
            assert (row["deleted"], held) == (2, {"deleted"})


def test_a_pc_of_the_new_village_reads_what_came_and_its_history(
    county: Engine, pc: EnrolledPc
) -> None:
    pc.send(edit("resident", "r", number(pc, "r"), note="第一次改"))
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    there = EnrolledPc(county, "new", NEW_VILLAGE)
    county_made = ("division", "list_item", "points_handover")
    rows = {key: row for key, row in there.read_anew().items() if key[0] not in county_made}
    assert set(rows) == keys(GOES)
    assert rows["resident", "r"]["note"] == "第一次改"
    log = change_log.c
    with county.connect() as connection:
        told = connection.execute(
            select(log.operation, log.by, log.device, log.fields)
            .where(log.area == NEW_VILLAGE, log.record == "r")
            .order_by(log.revision)
        ).all()
    assert [(op, by, device) for op, by, device, _ in told] == [
        ("create", "李会计", pc.id),
        ("edit", "李会计", pc.id),
    ]
    assert json.loads(told[1].fields) == {"note": [None, "第一次改"]}


def test_references_across_the_border_are_emptied_on_their_side(
    county: Engine, pc: EnrolledPc
) -> None:
    pc.send(
        create("household", "h3", head="王五", grid="G"),
        # Belongs to the household that stays, and points to the grid that goes.
        create("resident", "r3", name="王五", household="h3", grid="m"),
        # Goes with its household, and points to the grid that stays.
        create("resident", "r4", name="张小三", household="h", grid="G"),
        # Goes by itself, without the general grid around it.
        create("grid", "m2", name="单独的", level="micro", parent="G"),
    )
    pc.read_all()
    tally = split_village(county, VILLAGE, NEW_VILLAGE, ["g", "m2"], "新立社区")
    assert tally.emptied == 3
    assert at_county(county, "resident", "r3")["grid"] is None
    assert at_county(county, "resident", "r3")["household"] == "h3"
    assert at_county(county, "resident", "r4", NEW_VILLAGE)["household"] == "h"
    assert at_county(county, "resident", "r4", NEW_VILLAGE)["grid"] is None
    assert at_county(county, "grid", "m2", NEW_VILLAGE)["parent"] is None
    pc.read_all()
    assert pc.row("resident", "r3")["grid"] is None


def test_what_was_deleted_stays_deleted_when_its_reference_across_the_border_is_emptied(
    county: Engine, pc: EnrolledPc
) -> None:
    pc.send(
        create("household", "h3", head="王五", grid="G"),
        create("resident", "r3", name="王五", household="h3", grid="m"),
    )
    reader = EnrolledPc(county, "two")
    reader.brief = True
    pc.send(delete("resident", "r3", 0))
    reader.read_all()
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    there = at_county(county, "resident", "r3")
    assert (there["grid"], there["deleted"]) == (None, 1)
    reader.read_all()
    shown = reader.row("resident", "r3")
    assert shown == {name: there[name] for name in shown}


def test_an_open_conflict_goes_with_its_record(county: Engine, pc: EnrolledPc) -> None:
    base = number(pc, "r")
    EnrolledPc(county, "two").send(edit("resident", "r", base, note="甲"))
    assert codes(pc.send(edit("resident", "r", base, note="乙"))) == ["conflict"]
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    (conflict,) = [key for key in live(county, NEW_VILLAGE) if key[0] == "conflict"]
    assert at_county(county, *conflict, NEW_VILLAGE)["other_values"] == '{"note": "乙"}'
    tombstone = at_county(county, *conflict)
    assert (tombstone["deleted"], tombstone["other_values"]) == (2, None)


def test_a_change_made_offline_on_what_moved_meanwhile_reaches_it(
    county: Engine, pc: EnrolledPc
) -> None:
    base = number(pc, "r")
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    answer = pc.send(edit("resident", "r", base, phone="13800000001"))
    assert (codes(answer), revisions(answer)) == (["accepted"], [0])
    assert at_county(county, "resident", "r", NEW_VILLAGE)["phone"] == "13800000001"
    assert pc.row("resident", "r")["deleted"] == 2
    there = EnrolledPc(county, "new", NEW_VILLAGE)
    assert there.read_anew()["resident", "r"]["phone"] == "13800000001"


def test_an_older_base_is_judged_by_the_histories_of_both_villages(
    county: Engine, pc: EnrolledPc
) -> None:
    base = number(pc, "r")
    EnrolledPc(county, "two").send(edit("resident", "r", base, note="村里改的"))
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    there = EnrolledPc(county, "new", NEW_VILLAGE)
    moved = int(there.read_anew()["resident", "r"]["revision"])
    there.send(edit("resident", "r", moved, address="新村改的"))
    # One field nobody touched, one that was touched before the move, one after it.
    answer = pc.send(
        edit("resident", "r", base, phone="13800000001"),
        edit("resident", "r", base, note="离线改的"),
        edit("resident", "r", base, address="离线改的"),
    )
    assert codes(answer) == ["merged", "conflict", "conflict"]
    row = at_county(county, "resident", "r", NEW_VILLAGE)
    assert (row["phone"], row["note"], row["address"]) == ("13800000001", "村里改的", "新村改的")
    conflicts = [key for key in live(county, NEW_VILLAGE) if key[0] == "conflict"]
    assert len(conflicts) == 2
    assert {rows.area for rows in answer.rows} <= {VILLAGE, COUNTY}


def test_a_pc_is_not_in_conflict_with_its_own_earlier_change_across_the_border(
    county: Engine, pc: EnrolledPc
) -> None:
    base = number(pc, "r")
    pc.send_and_lose(edit("resident", "r", base, note="一"))
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    answer = pc.send(edit("resident", "r", base, note="二"), edit("resident", "r", base, note="三"))
    assert codes(answer) == ["accepted", "accepted"]
    assert at_county(county, "resident", "r", NEW_VILLAGE)["note"] == "三"


def test_new_records_of_what_moved_go_there_and_leave_their_pc(
    county: Engine, pc: EnrolledPc
) -> None:
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    answer = pc.send(
        create("points_entry", "e9", subject="s", entry_type="positive", points=4),
        create("household", "h9", head="新户", grid="m"),
        create("resident", "r9", name="新人", household="h9", grid="G"),
        edit("resident", "r9", 0, note="又改了"),
        create("resident", "r8", name="留下的", household="H"),
    )
    assert codes(answer) == ["accepted"] * 5
    made = {("points_entry", "e9"), ("household", "h9"), ("resident", "r9")}
    there = {key for key in live(county, NEW_VILLAGE) if key[0] != "points_handover"}
    assert there == keys(GOES) | made
    row = at_county(county, "resident", "r9", NEW_VILLAGE)
    assert (row["note"], row["household"], row["grid"]) == ("又改了", "h9", None)
    assert all(pc.rows[key]["deleted"] == 2 for key in made)
    assert live(county, VILLAGE) == keys(STAYS) | {("resident", "r8")}
    later = pc.send(edit("resident", "r9", 0, note="下一次"), delete("household", "H", 0))
    assert codes(later) == ["accepted", "rejected"]
    assert at_county(county, "resident", "r9", NEW_VILLAGE)["note"] == "下一次"


def test_a_change_sent_again_after_the_move_is_answered_the_same_and_written_once(
    county: Engine, pc: EnrolledPc
) -> None:
    base = number(pc, "r")
    lost = edit("resident", "r", base, note="移动前")
    pc.send_and_lose(lost)
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    changes = (
        edit("resident", "r", base, phone="13800000001"),
        create("points_entry", "e9", subject="s", entry_type="positive", points=4),
    )
    first = pc.send_and_lose(*changes)
    again = pc.send(lost, *changes)
    assert codes(first) == ["accepted", "accepted"]
    assert codes(again) == ["accepted", "accepted", "accepted"]
    assert all(outcome.again for outcome in again.outcomes)
    assert totals(county, NEW_VILLAGE)["points_total"] == 9
    assert at_county(county, "resident", "r", NEW_VILLAGE)["note"] == "移动前"
    # Whatever was lost, the PC has the tombstones in the end.
    assert pc.rows["resident", "r"]["deleted"] == pc.rows["points_entry", "e9"]["deleted"] == 2


def test_what_the_new_village_refuses_is_kept_whole_at_the_county_and_names_nobody(
    county: Engine, pc: EnrolledPc
) -> None:
    base = number(pc, "r2")
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    there = EnrolledPc(county, "new", NEW_VILLAGE)
    there.send(create("resident", "n", name="机密的人", id_number=ID_NUMBERS[1]))
    answer = pc.send(edit("resident", "r2", base, id_number=ID_NUMBERS[1]))
    assert codes(answer) == ["rejected"]
    assert "机密" not in reasons(answer)[0]
    assert "县里留着" in reasons(answer)[0]
    log = change_log.c
    with county.connect() as connection:
        kept = select(log.fields).where(log.area == NEW_VILLAGE, log.code == "rejected")
        assert json.loads(connection.execute(kept).scalar_one()) == {
            "id_number": [None, ID_NUMBERS[1]]
        }


def test_what_was_refused_is_kept_at_the_county_with_its_values(
    county: Engine, pc: EnrolledPc
) -> None:
    long = "长" * 9000 + "\ud800\0"
    pc.send(create("resident", "bad", name=None, note=long), create("resident", "bad2", phone=5))
    log = change_log.c
    with county.connect() as connection:
        kept = select(log.record, log.fields).where(log.code == "rejected")
        values = {record: json.loads(fields) for record, fields in connection.execute(kept)}
    assert values["bad"] == {"name": [None, None], "note": [None, "长" * 5000]}
    assert values["bad2"] == {"phone": [None, 5]}


def test_a_merged_village_goes_over_whole_with_its_pcs(county: Engine, pc: EnrolledPc) -> None:
    before = {(row["kind"], row["id"]): contents(row) for row in all_of(county, VILLAGE)}
    sums = totals(county)
    tally = merge_villages(county, VILLAGE, OTHER_VILLAGE)
    assert (tally.records, tally.devices, tally.conflicts) == (len(before), 1, 0)
    after = {(row["kind"], row["id"]): contents(row) for row in all_of(county, OTHER_VILLAGE)}
    assert after == before
    assert live(county, VILLAGE) == set()
    assert totals(county) == sums | {"division": sums["division"] - 1}
    answer = pc.send(
        edit("resident", "r", number(pc, "r"), note="离线改的"),
        create("resident", "n9", name="离线添的"),
    )
    assert (codes(answer), answer.rows) == (["accepted", "accepted"], [])
    pc.take_up(answer)
    rows = pc.read_anew()
    assert rows["resident", "r"]["note"] == "离线改的"
    assert rows["resident", "n9"]["name"] == "离线添的"


def test_a_closed_village_lets_nobody_in(county: Engine) -> None:
    code = new_code(county, VILLAGE)
    merge_villages(county, VILLAGE, OTHER_VILLAGE)
    with pytest.raises(Refusal) as refusal:
        enrol(county, EnrolRequest(2, code, "迟到的"))
    assert refusal.value.fault.code == "bad_code"
    with pytest.raises(ServerError):
        new_code(county, VILLAGE)
    with pytest.raises(ServerError):
        merge_villages(county, VILLAGE, OTHER_VILLAGE)


def test_one_person_in_both_villages_becomes_one_and_what_differs_is_asked(
    county: Engine, pc: EnrolledPc
) -> None:
    there = EnrolledPc(county, "there", OTHER_VILLAGE)
    there.send(create("resident", "r", name="张三", id_number=ID_NUMBERS[0], phone="13800000002"))
    pc.send(edit("resident", "r", number(pc, "r"), note="甲村的备注", phone="13800000001"))
    pc.read_anew()
    tally = merge_villages(county, VILLAGE, OTHER_VILLAGE)
    assert tally.conflicts == 1
    row = at_county(county, "resident", "r", OTHER_VILLAGE)
    assert (row["phone"], row["note"], row["household"]) == ("13800000002", "甲村的备注", "h")
    (conflict,) = [key for key in live(county, OTHER_VILLAGE) if key[0] == "conflict"]
    kept = at_county(county, *conflict, OTHER_VILLAGE)
    assert json.loads(kept["other_values"]) == {"phone": "13800000001"}
    assert json.loads(kept["county_values"]) == {"phone": "13800000002"}
    # Nobody of the old village saw the other number: the edit is a question, not an overwriting.
    answer = pc.send(edit("resident", "r", number(pc, "r"), phone="13800000009"))
    assert codes(answer) == ["conflict"]


def test_a_value_that_may_stand_once_is_asked_about_where_both_villages_have_it(
    county: Engine, pc: EnrolledPc
) -> None:
    there = EnrolledPc(county, "there", OTHER_VILLAGE)
    number = ID_NUMBERS[2]
    there.send(create("resident", "there", name="他们的张三", id_number=number))
    pc.send(create("resident", "here", name="我们的张三", id_number=number))
    tally = merge_villages(county, VILLAGE, OTHER_VILLAGE)
    assert tally.conflicts == 1
    assert at_county(county, "resident", "there", OTHER_VILLAGE)["id_number"] == number
    row = at_county(county, "resident", "here", OTHER_VILLAGE)
    assert (row["id_number"], row["name"], row["deleted"]) == (None, "我们的张三", 0)
    (conflict,) = [key for key in live(county, OTHER_VILLAGE) if key[0] == "conflict"]
    kept = at_county(county, *conflict, OTHER_VILLAGE)
    assert (kept["record"], json.loads(kept["other_values"])) == ("here", {"id_number": number})


def test_a_record_may_go_on_and_come_back(county: Engine, pc: EnrolledPc) -> None:
    base = number(pc, "r")
    split_village(county, VILLAGE, THIRD_VILLAGE, ["g"])
    split_village(county, THIRD_VILLAGE, OTHER_VILLAGE, ["g"])
    # Sent to where it was two moves ago.
    assert codes(pc.send(edit("resident", "r", base, note="追上了"))) == ["accepted"]
    assert at_county(county, "resident", "r", OTHER_VILLAGE)["note"] == "追上了"
    split_village(county, OTHER_VILLAGE, VILLAGE, ["g"])
    back = {key for key in live(county, VILLAGE) if key[0] != "points_handover"}
    assert back == keys(GOES) | keys(STAYS)
    pc.read_all()
    row = pc.row("resident", "r")
    assert (row["deleted"], row["note"], row["made_by"]) == (0, "追上了", "李会计")
    answer = pc.send(edit("resident", "r", int(row["revision"] or 0), note="回来了"))
    assert codes(answer) == ["accepted"]
    assert live(county, THIRD_VILLAGE) == live(county, OTHER_VILLAGE) == set()
    assert totals(county, VILLAGE)["points_total"] == 12


def test_a_merged_village_may_be_merged_on(county: Engine, pc: EnrolledPc) -> None:
    base = number(pc, "r")
    merge_villages(county, VILLAGE, OTHER_VILLAGE)
    merge_villages(county, OTHER_VILLAGE, THIRD_VILLAGE)
    answer = pc.send(edit("resident", "r", base, note="追上了"), create("resident", "n", name="新"))
    assert codes(answer) == ["accepted", "accepted"]
    assert answer.move is not None
    assert answer.move.area == THIRD_VILLAGE
    assert at_county(county, "resident", "r", THIRD_VILLAGE)["note"] == "追上了"
    assert ("resident", "n") in live(county, THIRD_VILLAGE)


def test_what_was_deleted_goes_along_and_can_be_entered_anew(
    county: Engine, pc: EnrolledPc
) -> None:
    pc.send(delete("resident", "r2", number(pc, "r2")))
    colleague = EnrolledPc(county, "two")
    gone = int(colleague.read_anew()["resident", "r2"]["revision"])
    split_village(county, VILLAGE, NEW_VILLAGE, ["g"], "新立社区")
    assert at_county(county, "resident", "r2", NEW_VILLAGE)["deleted"] == 1
    answer = colleague.send(create("resident", "r2", gone, name="又来了", grid="m"))
    assert codes(answer) == ["accepted"]
    assert at_county(county, "resident", "r2", NEW_VILLAGE)["name"] == "又来了"


def test_nothing_moves_where_a_village_or_a_grid_does_not_exist(
    county: Engine, pc: EnrolledPc
) -> None:
    before = all_of(county, VILLAGE)
    for source, into, grids, name in (
        (VILLAGE, VILLAGE, ["g"], ""),
        (VILLAGE, NEW_VILLAGE, ["g"], ""),
        (VILLAGE, NEW_VILLAGE, ["g", "nowhere"], "新立社区"),
        (VILLAGE, OTHER_VILLAGE, ["g"], "改名"),
        (VILLAGE, "510184001001", ["g"], "外县"),
        ("510183999999", OTHER_VILLAGE, ["g"], ""),
    ):
        with pytest.raises(ServerError):
            split_village(county, source, into, grids, name)
    with pytest.raises(ServerError):
        merge_villages(county, VILLAGE, NEW_VILLAGE)
    assert all_of(county, VILLAGE) == before
