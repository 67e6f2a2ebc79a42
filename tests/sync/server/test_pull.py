"""Promise 5, the reading half: all of it, in pages, each record once and as it stands."""

import time

import pytest
from sqlalchemy import Engine

from sync.server.database import writing
from sync.server.divisions import load_divisions, read_divisions
from sync.server.numbering import Numbers
from tests.support.server import DIVISIONS
from tests.sync.server.pcs import (
    COUNTY,
    VILLAGE,
    Pc,
    at_county,
    codes,
    create,
    delete,
    edit,
    revisions,
)

pytestmark = pytest.mark.promise(5)


def test_a_second_pc_reads_all_page_by_page_each_record_once(county: Engine) -> None:
    writer, reader = Pc(county, "writer"), Pc(county, "reader")
    writer.send(*(create("resident", f"r{i}", name=f"张{i}") for i in range(25)))
    writer.send(*(create("grid", f"g{i}", name=f"{i}组", level="micro") for i in range(5)))
    pages = []
    while True:
        answer = reader.send(page=7)
        pages.append((sum(map(len, answer.rows)), answer.remaining))
        if not answer.remaining:
            break
    assert pages == [(7, 23), (7, 16), (7, 9), (7, 2), (2, 0)]
    assert len(reader.received) == len(set(reader.received)) == 30
    row = reader.row("resident", "r3")
    assert (row["name"], row["made_by"], row["deleted"]) == ("张3", "李会计", 0)
    assert list(row)[:5] == ["id", "revision", "deleted", "made_by", "made_at"]


def test_what_the_county_fills_in_is_read_whatever_was_sent_behind_it(county: Engine) -> None:
    writer = Pc(county, "writer")
    writer.send(
        create("grid", "g1", name="一组", level="micro"),
        create("grid", "g2", name="二组", level="micro"),
        edit("grid", "g1", 0, leader="王芳"),
        delete("grid", "g2", 0),
    )
    for grid in ("g1", "g2"):
        shown, there = writer.row("grid", grid), at_county(county, "grid", grid)
        assert shown == {name: there[name] for name in shown}
        assert shown["code"]


def test_a_record_changed_ten_times_is_read_once_as_it_stands(county: Engine) -> None:
    writer, reader = Pc(county, "writer"), Pc(county, "reader")
    writer.send(create("resident", "r", name="张三"), create("resident", "s", name="李四"))
    writer.send(*(edit("resident", "r", 0, note=f"{i}") for i in range(10)))
    writer.send(delete("resident", "s", 0))
    reader.read_all(page=3)
    assert sorted(reader.received) == [("resident", "r"), ("resident", "s")]
    assert reader.row("resident", "r")["note"] == "9"
    assert reader.row("resident", "s")["deleted"] == 1


def test_a_record_that_changes_between_two_pages_is_still_read(county: Engine) -> None:
    writer, reader = Pc(county, "writer"), Pc(county, "reader")
    writer.send(*(create("resident", f"r{i}", name="张三") for i in range(10)))
    reader.send(page=4)
    writer.send(edit("resident", "r1", 2, note="读过"), edit("resident", "r8", 9, note="没读"))
    reader.read_all(page=4)
    assert len(reader.rows) == 10
    assert {reader.row("resident", r)["note"] for r in ("r1", "r8")} == {"读过", "没读"}


def test_a_lost_page_comes_again(county: Engine) -> None:
    writer, reader = Pc(county, "writer"), Pc(county, "reader")
    writer.send(*(create("resident", f"r{i}", name="张三") for i in range(10)))
    lost = reader.send_and_lose(page=4)
    assert reader.send(page=4).rows == lost.rows


def test_what_a_pc_wrote_itself_does_not_come_back(county: Engine) -> None:
    pc = Pc(county, "one")
    answer = pc.send(create("resident", "r", name="张三"), edit("resident", "r", 0, note="新"))
    assert (answer.rows, answer.remaining, answer.cursors[VILLAGE]) == ([], 0, 2)
    assert pc.send().rows == []


def test_its_own_changes_do_not_hide_those_of_others_between_them(county: Engine) -> None:
    one, two = Pc(county, "one"), Pc(county, "two")
    lost = create("resident", "own", name="张三")
    one.send_and_lose(lost)
    two.send(create("resident", "other", name="李四"))
    one.send(lost, create("resident", "new", name="王五"))
    assert one.received == [("resident", "other")]
    assert one.cursors[VILLAGE] == 3


def test_its_own_record_comes_back_where_somebody_changed_it_meanwhile(county: Engine) -> None:
    one, two = Pc(county, "one"), Pc(county, "two")
    lost = create("resident", "r", name="张三")
    one.send_and_lose(lost)
    two.read_all()
    two.send(edit("resident", "r", 1, note="改过"))
    assert codes(one.send(lost)) == ["accepted"]
    assert one.row("resident", "r")["note"] == "改过"


def test_a_merged_record_is_shown_also_to_a_pc_that_has_read_past_it(county: Engine) -> None:
    one, two = Pc(county, "one"), Pc(county, "two")
    one.send(create("resident", "r", name="张三"))
    two.read_all()
    two.send(edit("resident", "r", 1, note="改过"))
    one.read_all()
    one.received.clear()
    answer = one.send(edit("resident", "r", 1, relation="户主"), page=0)
    assert codes(answer) == ["merged"]
    assert one.row("resident", "r")["revision"] == revisions(answer)[0]
    assert one.received == [("resident", "r")]


def test_the_county_gives_no_more_than_its_own_limit(county: Engine) -> None:
    writer, reader = Pc(county, "writer"), Pc(county, "reader")
    writer.send(*(create("resident", f"r{i}", name="张三") for i in range(5100)))
    answer = reader.send(page=10**12)
    assert (sum(map(len, answer.rows)), answer.remaining) == (5000, 100)


def test_a_wild_cursor_is_taken_for_the_head(county: Engine) -> None:
    Pc(county, "writer").send(create("resident", "r", name="张三"))
    pc = Pc(county, "one")
    for wild in (10**9, 10**30, -(10**30)):
        pc.cursors = {VILLAGE: wild, COUNTY: wild}
        answer = pc.send()
        assert (answer.cursors, answer.remaining) == ({VILLAGE: 1, COUNTY: 0}, 0)


def test_the_countys_list_comes_whole_to_a_pc_that_writes_before_it_ever_read(
    county: Engine,
) -> None:
    load_divisions(county, read_divisions(DIVISIONS))
    pc = Pc(county, "one")
    answer = pc.send(*(create("resident", f"r{i}", name="张三") for i in range(9)))
    assert {(rows.kind, rows.area, len(rows)) for rows in answer.rows} == {
        ("division", COUNTY, 204)
    }


def test_an_idle_pc_is_told_so_in_one_small_answer(county: Engine) -> None:
    answer = Pc(county, "one").send()
    assert (answer.outcomes, answer.rows, answer.remaining) == ([], [], 0)
    assert answer.cursors == {VILLAGE: 0, COUNTY: 0}
    assert answer.county_time.endswith("+00:00")


def test_a_county_that_forgot_begins_an_era_above_all_numbers_and_tells(county: Engine) -> None:
    # The county was set up again from a backup older than what the PC has read.
    Pc(county, "writer").send(create("resident", "r", name="张三"))
    pc = Pc(county, "one")
    pc.cursors = {VILLAGE: 99, COUNTY: 0}
    answer = pc.send_and_lose(edit("resident", "r", 98, name="李四"))
    assert (answer.outcomes, answer.rows, answer.cursors) == ([], [], {})
    era = answer.eras[VILLAGE]
    assert (list(answer.eras), era.since) == ([VILLAGE], 1)
    assert era.number > 99
    pc.cursors, pc.eras = {VILLAGE: 1, COUNTY: 0}, {VILLAGE: era.number}
    answer = pc.send(edit("resident", "r", 1, name="李四"))
    assert (codes(answer), answer.remaining) == (["accepted"], 0)
    assert revisions(answer)[0] > 99
    assert answer.cursors[VILLAGE] == revisions(answer)[0]


@pytest.mark.parametrize("clock", [0, 1_800_000_000_000, 4_000_000_000_000])
def test_whatever_the_countys_clock_says_an_era_lies_above_all_that_was_shown(
    county: Engine, monkeypatch: pytest.MonkeyPatch, clock: int
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: clock * 1_000_000)
    era, seen = 1_900_000_000_000, 1_900_000_000_040
    with writing(county) as connection:
        numbers = Numbers(connection, VILLAGE)
        numbers.begin_era(seen, era)
    assert numbers.take() == numbers.known.era >= max(clock, seen + 1)


def test_a_pc_that_comes_later_reads_over_the_gap_between_two_eras(county: Engine) -> None:
    Pc(county, "writer").send(*(create("resident", f"r{i}", name="张三") for i in range(5)))
    early = Pc(county, "early")
    early.cursors = {VILLAGE: 7, COUNTY: 0}
    era = early.send_and_lose().eras[VILLAGE]
    writer = Pc(county, "writer")
    writer.cursors, writer.eras = {VILLAGE: 5}, {VILLAGE: era.number}
    writer.send(*(create("resident", f"s{i}", name="李四") for i in range(3)))
    late = Pc(county, "late")
    late.eras = {VILLAGE: era.number}
    left: list[int] = []
    while not left or left[-1]:
        left.append(late.send(page=2).remaining)
    assert [record for _, record in late.received] == [
        *(f"r{i}" for i in range(5)),
        *(f"s{i}" for i in range(3)),
    ]
    assert left == [6, 4, 3, 1, 0]
