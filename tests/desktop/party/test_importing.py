"""An office's register of members comes in: the ID number finds the resident, nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from desktop.party.service import Party
from desktop.register.service import Listing, Row
from desktop.reports.faults import UnreadableFile
from desktop.reports.plan import ImportPlan
from desktop.residents.service import Residents
from desktop.storage.store import Store
from sync.records.party import GROUP_LEADER, SECRETARY
from tests.support.store import id_number

WANG, LI = id_number("19700101", 11), id_number("19800202", 22)
HEAD = [
    "序号",
    "姓名",
    "性别",
    "身份证号码",
    "入党时间",
    "党员类别",
    "党内职务",
    "党小组",
    "联系电话",
]


@pytest.fixture
def party(store: Store) -> Party:
    return Party(store)


@pytest.fixture
def branch(party: Party) -> str:
    branch = party.organisations.add({"name": "第一网格党支部"})
    party.groups.add({"name": "一组党小组", "organisation": branch})
    return branch


@pytest.fixture
def wang(store: Store) -> str:
    return Residents(store).add({"name": "王建国", "id_number": WANG, "phone": "13800001234"})


def sheet(folder: Path, *rows: list[Any], head: list[str] = HEAD) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    page.append(["花楸村第一网格党支部党员花名册"])
    for row in (head, *rows):
        page.append(list(row))
    path = folder / "党员名册.xlsx"
    book.save(path)
    return path


def names(plan: ImportPlan) -> list[object]:
    return [row.values["name"] for row in plan.new]


def test_a_resident_is_found_by_the_number_and_role_and_group_by_their_names(
    party: Party, branch: str, wang: str, tmp_path: Path
) -> None:
    path = sheet(
        tmp_path,
        [1, "王建国", "男", WANG, "2001年7月", "正式党员", "书记", "一组党小组", "13800001234"],
        [2, "外来人", "女", "", "2010-05-04", "预备", "", "", "13900005678"],
    )
    register = party.members.register_of(branch)
    plan = register.preview(path)
    assert names(plan) == ["王建国", "外来人"]
    assert [remark.text for remark in plan.register.unknown_columns] == ["性别"]
    result = register.carry_out(plan)
    assert (result.imported, result.already, result.refused) == (2, 0, [])
    rows = {row.values["name"]: row.values for row in everybody(party)}
    first = rows["王建国"]
    assert (first["resident"], first["organisation"]) == (wang, branch)
    assert (first["role"], first["status"], first["joined_on"]) == (SECRETARY, "full", "2001-07")
    assert first["party_group"] is not None
    assert first["phone"] is None, "the resident's own telephone is not kept twice"
    other = rows["外来人"]
    assert (other["resident"], other["phone"], other["status"]) == (
        None,
        "13900005678",
        "probationary",
    )
    assert WANG not in str(rows), "the number stays with the resident alone"


def everybody(party: Party) -> list[Row]:
    return party.members.rows(party.members.order(Listing("party_member")))


def test_the_same_sheet_twice_adds_nobody_twice(
    party: Party, branch: str, wang: str, tmp_path: Path
) -> None:
    row = [1, "王建国", "男", WANG, "2001年7月", "正式党员", "", "", ""]
    path = sheet(tmp_path, row, row, [2, "外来人", "", "", "2010-05-04", "", "", "", ""])
    register = party.members.register_of(branch)
    plan = register.preview(path)
    assert (len(plan.new), len(plan.already)) == (2, 1)
    register.carry_out(plan)
    again = register.preview(path)
    assert (len(again.new), len(again.already)) == (0, 3)
    # What a sync brought while the cadre looked at the preview counts too.
    assert register.carry_out(plan).imported == 0
    assert len(everybody(party)) == 2


def test_a_number_of_somebody_of_another_name_is_refused_with_the_reason(
    store: Store, party: Party, branch: str, wang: str, tmp_path: Path
) -> None:
    register = party.members.register_of(branch)
    plan = register.preview(sheet(tmp_path, [1, "王建军", "男", WANG, "", "", "", "", ""]))
    (refused,) = plan.refused
    assert "登记在居民“王建国”名下" in refused.reason
    register.save_refused(tmp_path / "退回.xlsx", plan)
    assert (tmp_path / "退回.xlsx").exists()


def test_what_is_not_understood_goes_into_the_note_and_is_told(
    store: Store, party: Party, branch: str, tmp_path: Path
) -> None:
    Residents(store).add({"name": "李秀英"})
    for _ in range(2):
        Residents(store).add({"name": "张伟"})
    path = sheet(
        tmp_path,
        [1, "李秀英", "", "", "建国初", "", "妇联主席", "九组党小组", ""],
        [2, "张伟", "", LI[:-1] + "?", "2001-07", "", "党小组长", "", ""],
        [3, "张伟", "", "", "2002-07", "", "", "", ""],
        [4, "没登记的", "", LI, "2003-07", "", "", "", ""],
    )
    plan = party.members.register_of(branch).preview(path)
    first, second, third, fourth = plan.new
    assert first.values["resident"] is not None
    assert first.values["note"] == (
        "入党时间原填：建国初；党内职务原填：妇联主席；所在党小组原填：九组党小组"
    )
    assert second.values["role"] == GROUP_LEADER
    assert "没有对上居民" in second.warnings[0]
    assert third.warnings == ("居民里有2个“张伟”，没有对上",)
    assert fourth.warnings == ("居民里没有这个身份证号码，只记姓名",)
    assert len(plan.warnings) == sum(len(row.warnings) for row in plan.new)


def test_a_sheet_without_names_is_told_to_be_the_wrong_one(
    party: Party, branch: str, tmp_path: Path
) -> None:
    with pytest.raises(UnreadableFile):
        party.members.register_of(branch).preview(sheet(tmp_path, ["1"], head=["数量"]))
