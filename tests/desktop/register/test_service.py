"""What a list and a form ask of a register: reading what was typed, drafts, names, full views."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.grids.service import Grids
from desktop.register.service import Draft, Listing, Register
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.store import Store
from sync.protocol import Outcome
from sync.records import KINDS, Grid, Household, PointsEntry, Resident
from tests.support.store import county_rows, id_number, receive, send_all

GRID = next(field for field in Resident.references() if field.name == "grid")


@pytest.fixture
def residents(store: Store) -> Register:
    return Register(store, Resident)


def test_what_was_typed_is_read_with_forgiveness_and_written(residents: Register) -> None:
    number = id_number("19880921", 164)
    record = residents.add(
        {"name": " 王　芳 ", "id_number": number.lower(), "phone": "138 0000-0000", "sex": "",
         "birth_date": "88年9月", "note": ""},
    )  # fmt: skip
    row = residents.get(record)
    assert {name: value for name, value in row.values.items() if value is not None} == {
        "name": "王芳",
        "id_number": number,
        "phone": "13800000000",
        "sex": "female",
        "birth_date": "1988-09-21",
    }
    assert (row.kind, row.state, row.made_by) == ("resident", "waiting", "王会计")


def test_every_field_that_cannot_be_read_is_told_at_once(residents: Register) -> None:
    with pytest.raises(RecordInvalid) as caught:
        residents.add({"name": "王芳", "sex": "保密", "birth_date": "不详", "nickname": "x"})
    assert set(caught.value.problems) == {"sex", "birth_date", "nickname"}
    assert caught.value.problems["nickname"] == "居民没有“nickname”这一项"


def test_a_form_is_checked_as_it_stands(residents: Register) -> None:
    assert residents.check({"name": "王芳", "phone": ""}) == {}
    assert residents.check({}) == {"name": "姓名没有填"}
    problems = residents.check({"name": "", "phone": "无", "sex": "保密", "id_number": "1"})
    assert set(problems) == {"name", "phone", "sex", "id_number"}
    assert Register(residents.store, PointsEntry).check({"subject": "s", "points": "-5"}) == {
        "points": "加分应是正数；要扣分请选“负面扣分”"
    }


@given(st.sampled_from(list(KINDS.values())), st.data())
def test_whatever_is_typed_into_a_form_is_answered(record: type, data: st.DataObject) -> None:
    typed = st.text() | st.none() | st.integers() | st.floats() | st.booleans()
    raw = {name: data.draw(typed) for name in [*record.fields, "nickname"]}  # type: ignore[attr-defined]
    register = Register.__new__(Register)  # checking needs no store
    register.record = record
    assert all(isinstance(sentence, str) for sentence in register.check(raw).values())


def test_an_edit_empties_a_field_that_may_be_empty_and_no_other(residents: Register) -> None:
    record = residents.add({"name": "王芳", "phone": "13800000000"})
    assert residents.edit(record, {"phone": " "})
    assert residents.get(record).values["phone"] is None
    with pytest.raises(RecordInvalid, match="姓名没有填"):
        residents.edit(record, {"name": ""})


def test_a_record_that_is_gone_is_told(residents: Register) -> None:
    record = residents.add({"name": "王芳"})
    residents.delete(record)
    for ask in (residents.get, residents.delete, lambda r: residents.edit(r, {"name": "x"})):
        with pytest.raises(RecordMissing, match="找不到这条居民，可能已经删除"):
            ask(record)
    assert residents.undelete(record)
    assert residents.get(record).values["name"] == "王芳"


def test_a_half_written_form_is_there_after_a_power_cut(store: Store, residents: Register) -> None:
    assert residents.draft("") is None
    residents.keep_draft("", {"name": "王", "phone": "138"})
    residents.keep_draft("r1", {"name": "李"})
    residents.keep_draft("", {"name": "王芳", "phone": "1380\ud800"})
    again = Register(store, Resident)
    kept = again.draft("")
    assert isinstance(kept, Draft)
    assert kept.values == {"name": "王芳", "phone": "1380\ud800"}
    assert kept.at
    assert Register(store, Household).draft("") is None, "each kind has its own"
    again.drop_draft("")
    assert residents.draft("") is None
    assert residents.draft("r1") is not None
    residents.drop_draft("nobody")


def test_a_full_view_is_noted_with_who_and_what(store: Store, residents: Register) -> None:
    residents.log_full_view("r1", 1, "修改")
    residents.log_full_view(None, 300, "导出名册")
    with store.read() as connection:
        found = connection.exec_driver_sql(
            'SELECT "by", kind, record, purpose, count FROM view_log ORDER BY number'
        )
        assert [tuple(row) for row in found] == [
            ("王会计", "resident", "r1", "修改", 1),
            ("王会计", "resident", None, "导出名册", 300),
        ]


def test_choices_are_found_by_name_and_pinyin_and_named_again_by_id(store: Store) -> None:
    grids = Register(store, Grid)
    first, second = grids.add({"name": "一组"}), grids.add({"name": "单家院子"})
    residents = Register(store, Resident)
    assert residents.choices(GRID, "shan") == [(second, "单家院子")]
    assert {choice[0] for choice in residents.choices(GRID, "")} == {first, second}
    assert len(residents.choices(GRID, "", limit=1)) == 1
    assert residents.titles("grid", [first, second, "nowhere"]) == {
        first: "一组",
        second: "单家院子",
    }
    assert residents.titles("grid", []) == {}


def test_a_refusal_is_told_with_all_its_reasons(store: Store, residents: Register) -> None:
    record = residents.add({"name": "王芳"})
    residents.edit(record, {"phone": "13800000000"})
    assert residents.refusal(record) == ""
    reasons = [
        Outcome("rejected", 0, reason="没有这个网格"),
        Outcome("rejected", 1, reason="没有这人"),
    ]
    send_all(store, *reasons)
    assert residents.refusal(record) == "没有这个网格；没有这人"


def test_a_list_is_ordered_once_and_read_in_slices(residents: Register) -> None:
    for name in ("王芳", "单丹", "曾荣"):
        residents.add({"name": name})
    order = residents.order(Listing("resident"))
    assert [row.values["name"] for row in residents.rows(order[:2])] == ["单丹", "王芳"]
    assert [row.values["name"] for row in residents.rows(order[2:])] == ["曾荣"]


def test_people_of_a_grid_are_counted_from_the_people(store: Store, residents: Register) -> None:
    grids = Grids(store)
    grid = grids.add({"name": "一组"})
    ids = [residents.add({"name": name, "grid": grid}) for name in "甲乙丙"]
    residents.add({"name": "丁"})
    residents.delete(ids[0])
    receive(store, county_rows(Resident, {"id": "r9", "revision": 1, "name": "戊", "grid": grid}))
    assert grids.people() == {grid: 3}
