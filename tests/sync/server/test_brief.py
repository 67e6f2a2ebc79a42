"""Of a record that a PC has no more is told than what others edited since: it comes to the same."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from sync.protocol import Rows
from sync.server.villages import merge_villages
from tests.sync.server.enrolled import EnrolledPc, load_villages
from tests.sync.server.pcs import OTHER_VILLAGE, VILLAGE, Pc, at_county, create, delete, edit

pytestmark = pytest.mark.promise(5)

RECORDS = ("r1", "r2", "r3")
FIELDS = ("note", "relation", "address")

writes = st.tuples(
    st.sampled_from(("create", "edit", "edit", "edit", "delete")),
    st.tuples(st.sampled_from(RECORDS), st.sampled_from(FIELDS)),
)
steps = st.lists(writes | st.tuples(st.just("read"), st.integers(1, 4)), min_size=4, max_size=25)
_areas = count(510185_000001)


def told(pc: Pc) -> list[Rows]:
    return pc.send().rows


def pcs_of(county: Engine) -> Iterator[Pc]:
    yield Pc(county, "writer")
    yield Pc(county, "reader", brief=True)


def one_record(county: Engine) -> Iterator[Pc]:
    """A writer and a reader who has all of what the writer wrote."""
    writer, reader = pcs_of(county)
    writer.send(create("resident", "r1", name="张三", note="旧"))
    reader.read_all()
    return iter((writer, reader))


def test_of_an_edit_only_what_was_touched_is_told(county: Engine) -> None:
    writer, reader = one_record(county)
    writer.send(edit("resident", "r1", 1, note="新"), edit("resident", "r1", 0, relation="户主"))
    (rows,) = told(reader)
    assert rows.names == ["id", "revision", "note", "relation"]
    assert (rows.columns, rows.since) == ([["r1"], [3], ["新"], ["户主"]], [1])
    there = at_county(county, "resident", "r1")
    assert all(there[name] == value for name, value in reader.row("resident", "r1").items())


@pytest.mark.parametrize("brief", [False, True])
def test_whoever_does_not_ask_for_less_or_has_not_all_is_told_the_whole(
    county: Engine, brief: bool
) -> None:
    writer, reader = one_record(county)
    writer.send(*(create("resident", f"s{n}", name="李四") for n in range(4)))
    writer.send(edit("resident", "r1", 1, note="新"))
    reader.brief = brief
    if brief:
        # It stopped half-way: what lies before its cursor it need not have.
        reader.send(page=2)
        reader.whole = False
    rows = [rows for rows in told(reader) if "r1" in rows.columns[0]]
    assert "name" in rows[0].names
    assert not rows[0].since


def test_what_was_made_since_is_told_whole_with_its_edits(county: Engine) -> None:
    writer, reader = one_record(county)
    writer.send(create("resident", "r2", name="李四"))
    writer.send(edit("resident", "r2", 2, note="新"))
    (rows,) = told(reader)
    assert rows.since == []
    assert reader.row("resident", "r2")["note"] == "新"


def test_what_was_made_in_a_run_and_edited_since_is_told_whole(county: Engine) -> None:
    writer, reader = one_record(county)
    many = (create("resident", f"m{n}", name="李四") for n in range(20))
    writer.send(*(msgspec.structs.replace(c, id=f"run.{n}") for n, c in enumerate(many)))
    writer.send(edit("resident", "m7", 9, note="新"))
    assert all(not rows.since for rows in told(reader))
    assert reader.row("resident", "m7")["note"] == "新"


def test_what_its_own_change_was_merged_with_is_told_whole(county: Engine) -> None:
    writer, reader = one_record(county)
    writer.send(edit("resident", "r1", 1, note="新"))
    answer = reader.send(edit("resident", "r1", 1, relation="户主"))
    assert [rows.since for rows in answer.rows] == [[]]
    row = reader.row("resident", "r1")
    assert (row["note"], row["relation"]) == ("新", "户主")


def test_what_was_deleted_or_entered_anew_is_told_whole(county: Engine) -> None:
    writer, reader = one_record(county)
    writer.send(edit("resident", "r1", 1, note="新"), delete("resident", "r1", 0))
    (rows,) = told(reader)
    assert (rows.since, reader.row("resident", "r1")["deleted"]) == ([], 1)
    writer.send(msgspec.structs.replace(create("resident", "r1", name="张三"), base=3))
    (rows,) = told(reader)
    assert (rows.since, reader.row("resident", "r1")["deleted"]) == ([], 0)


def test_what_came_from_another_village_is_told_whole(county: Engine) -> None:
    load_villages(county)
    reader, there = EnrolledPc(county, "one"), EnrolledPc(county, "two", OTHER_VILLAGE)
    reader.brief = True
    reader.send(create("household", "r1", head="张三"))
    reader.read_all()
    there.send(create("household", "r9", head="王五"))
    there.send(edit("household", "r9", 1, note="新"))
    merge_villages(county, OTHER_VILLAGE, VILLAGE)
    rows = [rows for rows in reader.send().rows if "r9" in rows.columns[0]]
    assert (rows[0].since, reader.row("household", "r9")["note"]) == ([], "新")


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps, page=st.integers(1, 6))
def test_whatever_is_done_a_brief_reader_has_what_a_plain_one_has(
    county: Engine, steps: list[tuple[str, Any]], page: int
) -> None:
    area = str(next(_areas))
    writers = [Pc(county, f"{area}-{n}", area) for n in range(2)]
    plain, brief = Pc(county, f"{area}-p", area), Pc(county, f"{area}-b", area, brief=True)
    for number, (what, value) in enumerate(steps):
        writer = writers[number % 2]
        if what == "read":
            # It may stop before it has all.
            for _ in range(value):
                brief.send(page=page)
            continue
        record, field = value
        base = int(str(plain.rows.get(("resident", record), {}).get("revision", 0)))
        if what == "create":
            writer.send(create("resident", record, name=f"张{number}"))
        elif what == "edit":
            writer.send(edit("resident", record, base, **{field: f"{number}"}))
        else:
            writer.send(delete("resident", record, base))
        plain.read_all()
    brief.read_all(page)
    # One that conflicts may be told twice, whole and as it stands.
    assert brief.rows == plain.rows
