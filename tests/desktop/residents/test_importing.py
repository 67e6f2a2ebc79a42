"""An import adds what is new, once, and says of every other row why not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.reports.plan import ImportPlan, ImportResult
from desktop.reports.register import Cancelled, Progress, read_register
from desktop.reports.sheets import write_refused
from desktop.residents.importing import carry_out, plan_import
from sync.records import Value
from sync.records.base import Values
from tests.desktop.reports.books import DATA, id_number, register_xlsx, save_xlsx

KINDS = {
    "没有姓名": "no name",
    "应为18位": "id length",
    "校验不符": "id checksum",
    "已有人用": "dup",
}


class Village:
    """The residents of one PC, kept in a list."""

    def __init__(self, *residents: dict[str, Value]) -> None:
        self.residents = list(residents)

    def by_id_numbers(self, numbers: Sequence[str]) -> dict[str, tuple[str, str]]:
        return {
            str(values["id_number"]): (str(place), str(values["name"]))
            for place, values in enumerate(self.residents)
            if values.get("id_number") in numbers
        }

    def by_names(self, names: Sequence[str]) -> list[Values]:
        return [
            values
            for values in self.residents
            if values["name"] in names and not values.get("id_number")
        ]

    def add_many(
        self,
        rows: list[dict[str, Value]],
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> int:
        for done, row in enumerate(rows):
            if cancelled and cancelled():
                return done
            self.residents.append(row)
            if progress:
                progress(done + 1, len(rows))
        return len(rows)


def plan(village: Village, file: Path) -> ImportPlan:
    return plan_import(read_register(file), village)


def imported(village: Village, file: Path) -> ImportResult:
    return carry_out(plan(village, file), village)


def lines(rows: Sequence) -> list[int]:
    return [row.origin.line for row in rows]


@pytest.mark.parametrize("name", ["residents_ledger_1.xlsx", "residents_gb_csv_2.csv"])
def test_the_sample_registers_give_exactly_what_is_expected_and_nothing_twice(name):
    expected = json.loads((DATA / name).with_suffix(".expect.json").read_text())
    village = Village()
    first = imported(village, DATA / name).to_json()
    assert (first["imported"], first["already"]) == (expected["good"], 0)
    refused = first["refused"]
    assert isinstance(refused, list)
    found = [
        [row["sheet"], row["line"], next(KINDS[w] for w in KINDS if w in row["reason"])]
        for row in refused
    ]
    stem = name.partition(".")[0]
    assert found == [row if len(row) == 3 else [stem, *row] for row in expected["refused"]]
    assert all(set(row) == {"sheet", "line", "reason"} for row in refused)

    second = imported(village, DATA / name)
    assert (second.imported, second.already) == (0, expected["good"])
    assert len(village.residents) == expected["good"]


def test_a_number_the_pc_has_under_another_name_is_refused_with_that_name(tmp_path):
    number = id_number()
    village = Village({"name": "李四", "id_number": number})
    file = register_xlsx(tmp_path / "a.xlsx", (1, "张三", "男", None, number))
    (refused,) = plan(village, file).refused
    assert "李四" in refused.reason
    assert number not in refused.reason
    assert refused.origin.cells[1] == "张三"


def test_a_number_used_earlier_in_the_file_is_refused_with_name_and_place(tmp_path):
    number = id_number()
    rows = ["姓名", "身份证号码"], ["张三", number], ["李 四", number], ["张 三", number.lower()]
    found = plan(Village(), save_xlsx(tmp_path / "a.xlsx", {"甲": rows}))
    assert lines(found.new) == [2]
    assert lines(found.already) == [4]
    assert lines(found.refused) == [3]
    assert "“甲”第2行的“张三”" in found.refused[0].reason
    assert number not in found.refused[0].reason


def test_a_row_refused_for_its_name_takes_no_number_from_the_next(tmp_path):
    number = id_number()
    village = Village({"name": "王五", "id_number": number})
    rows = ["姓名", "身份证号码"], ["张三", number], ["王五", number]
    found = plan(village, save_xlsx(tmp_path / "a.xlsx", {"甲": rows}))
    assert (lines(found.refused), lines(found.already), found.new) == ([2], [3], [])


def test_somebody_without_a_number_is_already_there_only_if_all_else_is_equal(tmp_path):
    village = Village(
        {"name": "张三", "phone": "13800000000", "address": "1组", "birth_date": "1966-01"}
    )
    file = register_xlsx(
        tmp_path / "a.xlsx",
        (1, "张三", "男", "1966.1", None, "13800000000", "2组"),
        (2, "张三", "男", "1966年1月", None, "13800000000", "1组", "备注不算"),
        (3, "张三", None, None, None, "13800000000", "1组"),
        (4, "张三", None, "1966年1月", None, "13800000001", "1组"),
        (5, "张三", None, None, None, "13800000000", "1组"),
        (6, "张三", None, "1966年1月", id_number("19660101"), "13800000000", "1组"),
    )
    found = plan(village, file)
    assert (lines(found.already), lines(found.new)) == ([3, 6], [2, 4, 5, 7])


def test_what_is_refused_comes_in_the_order_of_the_file(tmp_path):
    number = id_number()
    first = ["姓名", "身份证号码"], ["张三", number], ["李四", number], [None, "x"]
    second = ["姓名", "身份证号码"], [None, "x"], ["王五", number]
    found = plan(Village(), save_xlsx(tmp_path / "a.xlsx", {"乙": first, "甲": second}))
    places = [(row.origin.sheet, row.origin.line) for row in found.refused]
    assert places == [("乙", 3), ("乙", 4), ("甲", 2), ("甲", 3)]


def test_warnings_are_told_with_their_place_and_only_of_people_who_come_in(tmp_path):
    number = id_number()
    file = register_xlsx(
        tmp_path / "a.xlsx", (1, "张三", "女", None, number), (2, "张三", "女", None, number)
    )
    (warning,) = plan(Village(), file).warnings
    assert (warning.sheet, warning.line) == ("登记表", 2)


def test_planning_writes_nothing():
    village = Village()
    plan(village, DATA / "residents_ledger_1.xlsx")
    assert village.residents == []


def test_people_a_sync_brought_during_the_preview_are_not_added_twice(tmp_path):
    number, other = id_number(), id_number(sequence=7)
    file = register_xlsx(
        tmp_path / "a.xlsx", (1, "张三", "男", None, number), (2, "李四", "男", None, other)
    )
    village = Village()
    seen = plan(village, file)
    village.residents += [
        {"name": "张三", "id_number": number},
        {"name": "王五", "id_number": other},
    ]
    result = carry_out(seen, village)
    assert (result.imported, result.already, lines(result.refused)) == (0, 1, [3])


def test_a_cancelled_import_says_how_many_came_in_and_can_be_finished_later(tmp_path):
    file = register_xlsx(tmp_path / "a.xlsx", *((n, f"张{n}", "男") for n in range(10)))
    village = Village()
    told: list[tuple[int, int]] = []
    seen = plan(village, file)
    result = carry_out(
        seen, village, lambda *step: told.append(step), cancelled=lambda: len(told) == 4
    )
    assert (result.imported, told[-1]) == (4, (4, 10))
    rest = imported(village, file)
    assert (rest.imported, rest.already, len(village.residents)) == (6, 4, 10)


def test_rows_refused_for_a_number_in_use_can_be_saved_and_corrected(tmp_path):
    number = id_number()
    file = register_xlsx(
        tmp_path / "a.xlsx", (1, "张三", None, None, number), (2, "李四", None, None, number)
    )
    write_refused(tmp_path / "b.xlsx", plan(Village(), file).refused)
    assert lines(plan(Village(), tmp_path / "b.xlsx").new) == [3]


names = st.sampled_from(["张三", "李四", "张 三", "", "王五"])
numbers = st.sampled_from(["", id_number(), id_number(sequence=8).lower(), "51018", "无"])
phones = st.sampled_from(["", "13800000000", "１３８００００００００", "没有", "12345"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(names, numbers, phones), max_size=12), st.data())
def test_importing_twice_or_in_parts_adds_nothing_twice(tmp_path, rows, data):
    header = ("姓名", "身份证号码", "电话")
    part = data.draw(st.lists(st.sampled_from(rows), unique=True) if rows else st.just([]))
    whole = save_xlsx(tmp_path / "whole.xlsx", {"甲": [header, *rows]})
    village = Village()
    if part:
        imported(village, save_xlsx(tmp_path / "part.xlsx", {"甲": [header, *part]}))
    before = len(village.residents)
    first = imported(village, whole)
    assert len(village.residents) == before + first.imported
    assert imported(village, whole).imported == 0
    used = [v["id_number"] for v in village.residents if v.get("id_number")]
    assert len(used) == len(set(used))
    filled = sum(any(cell for cell in row) for row in rows)
    assert first.imported + first.already + len(first.refused) == filled
