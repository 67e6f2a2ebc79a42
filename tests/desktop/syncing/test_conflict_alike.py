"""Promise 3: conflicts that ask the same are chosen together, each as it would be alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from desktop.residents.service import Residents
from desktop.storage.errors import RecordInvalid
from desktop.storage.writing import Writing
from desktop.syncing import conflict_writing
from desktop.syncing import conflicts as module
from desktop.syncing.conflicts import COUNTY, OTHER, Alike, OpenConflict
from sync.records import Conflict, Household, Project, Resident, Settlement
from tests.desktop.syncing.divided import divide
from tests.desktop.syncing.two_pcs import Pc, no_conflict, settled
from tests.support.store import id_number, outbox_of, standing_of

pytestmark = pytest.mark.promise(3)


def alike(pc: Pc, place: int = 0) -> Alike:
    """What is like one of the open conflicts, itself among it."""
    found = pc.conflicts.alike(pc.conflicts.open()[place].id)
    assert found is not None
    return found


def listed(pc: Pc) -> list[OpenConflict]:
    return pc.conflicts.some(alike(pc).ids)


def grids(pc: Pc, residents: Sequence[str]) -> list[object]:
    """In which grid each resident is, by its name."""
    with pc.store.read() as connection:
        found = connection.exec_driver_sql("SELECT id, name FROM grid").all()
        names = {row.id: row.name for row in found}
    return [names[str(pc.row(Resident, one)["grid"])] for one in residents]


def written(pc: Pc) -> list[tuple[object, ...]]:
    """What waits to be sent, without what is each record's own."""
    return [
        tuple(entry[name] for name in ("kind", "operation", "values_json", "previous_json", "by"))
        for entry in outbox_of(pc.store)
    ]


def test_all_whom_two_pcs_placed_differently_ask_the_same_and_are_chosen_at_once(
    one: Pc, two: Pc
) -> None:
    residents = divide(one, two, 12)
    for pc in (one, two):
        found = alike(pc)
        assert len(found.ids) == 12
        assert (found.kind_label, found.labels) == ("居民", ("所在网格",))
        assert (found.county_device, found.other_device) == ("一号电脑", "二号电脑")
    assert two.conflicts.choose_many(listed(two), OTHER, "村里开会定的").count == 12
    assert no_conflict(two)
    settled(two, one)
    assert no_conflict(one, two)
    assert grids(one, residents) == grids(two, residents) == ["坡上", "坡下"] * 6
    assert {standing_of(pc.store, r) for pc in (one, two) for r in residents} == {"synced"}


def test_each_is_the_same_change_as_if_it_were_chosen_alone(one: Pc, two: Pc) -> None:
    divide(one, two, 4)
    first, _, third, _ = listed(one)
    one.conflicts.choose(first.id, {"grid": OTHER}, "开会", seen=first)
    alone = written(one)
    assert [entry[:2] for entry in alone] == [("resident", "edit"), ("conflict", "edit")]
    one.conflicts.choose_many([third], OTHER, "开会")
    assert written(one) == alone * 2
    chosen = one.row(Conflict, third.id)
    assert json.loads(str(chosen["choice"])) == {"grid": OTHER}
    assert (chosen["chosen_by"], chosen["reason"]) == ("王主任", "开会")


def test_two_imports_of_one_register_ask_the_same(one: Pc, two: Pc, tmp_path: Path) -> None:
    for pc, homes in ((one, "一组"), (two, "二组")):
        lines = [f"村民{n},{id_number(sequence=200 + n)},{homes}{n}号" for n in range(5)]
        path = tmp_path / "register.csv"
        path.write_text("\n".join(["姓名,身份证号码,住址", *lines]), encoding="utf-8")
        residents = Residents(pc.store)
        residents.carry_out(residents.preview(path))
    settled(one, two)
    for pc in (one, two):
        found = alike(pc)
        assert (len(found.ids), found.labels) == (5, ("住址",))
        assert found.other_device == "二号电脑"
    two.conflicts.choose_many(listed(two), OTHER, "二号电脑抄的是新名册")
    settled(two, one)
    assert no_conflict(one, two)
    with one.store.read() as connection:
        addresses = connection.exec_driver_sql(
            "SELECT address FROM resident ORDER BY name"
        ).scalars()
        assert addresses.all() == [f"二组{n}号" for n in range(5)]


def test_to_leave_what_the_county_has_writes_nothing_into_the_records(one: Pc, two: Pc) -> None:
    residents = divide(one, two, 4)
    one.conflicts.choose_many(listed(one), COUNTY)
    assert {entry[0] for entry in written(one)} == {"conflict"}
    settled(one, two)
    assert no_conflict(one, two)
    assert grids(two, residents) == ["河东", "河西"] * 2


def test_another_field_another_kind_and_another_pc_do_not_ask_the_same(
    one: Pc, two: Pc, open_pc: Callable[[str, str], Pc]
) -> None:
    third = open_pc("三号电脑", "陈书记")
    homes = [one.add(Household, head="户主", address="一组")]
    people = [one.add(Resident, name=f"村民{n}", address="一组") for n in range(5)]
    settled(one, two, third)
    for pc, words in ((one, "二组"), (two, "三组"), (third, "四组")):
        if pc is not third:
            pc.edit(Household, homes[0], address=words)
            for person in people[:2]:
                pc.edit(Resident, person, address=words)
            pc.edit(Resident, people[2], address=words, note=words)
            pc.edit(Resident, people[3], note=words)
        if pc is not two:
            pc.edit(Resident, people[4], address=words)
        pc.sync()
    settled(one, two, third)
    titles = {c.id: f"{c.kind_label}{c.title}" for c in one.conflicts.open()}
    assert len(titles) == 6
    groups = {tuple(sorted(titles[i] for i in alike(one, n).ids)) for n in range(6)}
    assert groups == {
        ("家庭户户主",),
        ("居民村民0", "居民村民1"),
        ("居民村民2",),
        ("居民村民3",),
        ("居民村民4",),
    }


def test_who_wrote_the_countys_version_on_another_pc_does_not_ask_the_same(
    one: Pc, two: Pc, open_pc: Callable[[str, str], Pc]
) -> None:
    third = open_pc("三号电脑", "陈书记")
    people = [one.add(Resident, name=f"村民{n}", address="一组") for n in range(2)]
    settled(one, two, third)
    one.edit(Resident, people[0], address="二组")
    third.edit(Resident, people[1], address="四组")
    for person in people:
        two.edit(Resident, person, address="三组")
    settled(one, third, two)
    assert one.conflicts.count() == 2
    assert [len(alike(one, n).ids) for n in range(2)] == [1, 1]


def test_an_edited_one_that_was_deleted_does_not_ask_what_a_deleted_one_that_was_edited_does(
    one: Pc, two: Pc
) -> None:
    people = [one.add(Resident, name=f"村民{n}", phone="13800000000") for n in range(4)]
    settled(one, two)
    for pc, gone in ((one, people[:2]), (two, people[2:])):
        for person in people:
            if person in gone:
                pc.delete(Resident, person)
            else:
                pc.edit(Resident, person, address="二组")
        pc.sync()
    settled(one, two)
    assert [len(alike(one, n).ids) for n in range(4)] == [2, 2, 2, 2]
    assert alike(one).labels == ()
    one.conflicts.choose_many(listed(one), OTHER)
    one.conflicts.choose_many(listed(one), OTHER)
    settled(one, two)
    assert no_conflict(one, two)
    for pc in (one, two):
        assert [pc.row(Resident, person)["deleted"] for person in people] == [0, 0, 1, 1]


def test_what_another_pc_chose_or_changed_meanwhile_is_left_and_told(one: Pc, two: Pc) -> None:
    residents = divide(one, two, 4)
    seen = listed(one)
    two.conflicts.choose(seen[0].id, {"grid": COUNTY}, "已问过", seen=two.conflicts.open()[0])
    other = two.row(Resident, residents[2])["grid"]
    two.edit(Resident, residents[1], grid=other)
    settled(two, one)
    done = one.conflicts.choose_many(seen, OTHER, "开会")
    assert (done.count, done.stopped) == (2, False)
    assert [(left.title, left.sentence) for left in done.left] == [
        ("村民0000", "这一条已经选定了"),
        ("村民0001", "刚收到了新的内容，请再看一遍再定"),
    ]
    assert grids(one, residents) == ["河东", "河东", "坡上", "坡下"]
    assert one.row(Conflict, seen[0].id)["reason"] == "已问过"
    assert [c.title for c in one.conflicts.open()] == ["村民0001"]


def test_one_that_breaks_a_rule_is_left_whole_and_holds_up_no_other(one: Pc, two: Pc) -> None:
    settlement = one.add(Settlement, name="花楸小区")
    projects = [one.add(Project, name=f"管网{n}", settlement=settlement) for n in range(3)]
    settled(one, two)
    for pc, end in ((one, "2026-05-01"), (two, "2026-03-01")):
        for project in projects:
            pc.edit(Project, project, planned_end=end)
        pc.sync()
    settled(two, one)
    one.edit(Project, projects[1], planned_start="2026-04-01")
    before = written(one)
    done = one.conflicts.choose_many(listed(one), OTHER)
    assert done.count == 2
    (left,) = done.left
    assert (left.title, "完工不能早于开工" in left.sentence) == ("管网1", True)
    ends = [one.row(Project, project)["planned_end"] for project in projects]
    assert ends == ["2026-03-01", "2026-05-01", "2026-03-01"]
    assert len(written(one)) == len(before) + 4
    assert [c.title for c in one.conflicts.open()] == ["管网1"]


def test_one_that_fails_half_way_leaves_nothing_of_itself(
    one: Pc, two: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    residents = divide(one, two, 2)

    def refuse(*_: object) -> None:
        raise RecordInvalid({"reason": "不行"})

    monkeypatch.setattr(conflict_writing, "_close", refuse)
    done = one.conflicts.choose_many(listed(one), OTHER)
    assert (done.count, len(done.left)) == (0, 2)
    assert written(one) == []
    assert grids(one, residents) == ["河东", "河西"]


def test_thousands_are_written_part_by_part_and_what_is_written_stays_where_one_stops(
    one: Pc, two: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART", 3)
    divide(one, two, 8)
    told: list[tuple[int, int]] = []
    seen = listed(one)
    done = one.conflicts.choose_many(
        seen, OTHER, progress=lambda *far: told.append(far), cancelled=lambda: len(told) == 2
    )
    assert told == [(3, 8), (6, 8)]
    assert (done.count, done.left, done.stopped) == (6, (), True)
    assert [c.id for c in one.conflicts.open()] == [c.id for c in seen[6:]]
    assert one.conflicts.choose_many(listed(one), OTHER).count == 2
    settled(one, two)
    assert no_conflict(one, two)


def test_a_form_is_saved_while_many_are_chosen(
    one: Pc, two: Pc, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PART", 20)
    divide(one, two, 120)
    choose_part, chosen, begun = conflict_writing.choose_whole, list[str](), threading.Event()

    def noted(
        writing: Writing, seen: Sequence[OpenConflict], side: str, reason: str
    ) -> dict[str, str]:
        chosen.extend(one.id for one in seen)
        begun.set()
        return choose_part(writing, seen, side, reason)

    monkeypatch.setattr(conflict_writing, "choose_whole", noted)
    choose = partial(one.conflicts.choose_many, listed(one), OTHER)
    work = threading.Thread(target=choose)
    work.start()
    assert begun.wait(60)
    one.add(Resident, name="新来的")
    saved_after = len(chosen)
    work.join()
    assert saved_after < len(chosen) == 120, "it had to wait until all was chosen"


def test_two_pcs_that_choose_differently_at_once_are_asked_once_more_at_once(
    one: Pc, two: Pc
) -> None:
    residents = divide(one, two, 4)
    one.conflicts.choose_many(listed(one), OTHER, "甲")
    two.conflicts.choose_many(listed(two), COUNTY, "乙")
    settled(one, two)
    for pc in (one, two):
        assert len(alike(pc).ids) == 4
    two.conflicts.choose_many(listed(two), COUNTY)
    settled(two, one)
    assert no_conflict(one, two)
    assert grids(one, residents) == grids(two, residents) == ["坡上", "坡下"] * 2


def test_what_this_pc_cannot_show_is_not_among_those_to_choose(one: Pc, two: Pc) -> None:
    divide(one, two, 3)
    gone, *_ = one.conflicts.open()
    with one.store.change() as connection:
        connection.exec_driver_sql(
            "DELETE FROM resident WHERE id = (SELECT record FROM conflict WHERE id = ?)", (gone.id,)
        )
    assert one.conflicts.alike(gone.id) is None
    assert len(alike(one, 1).ids) == 2
    assert one.conflicts.some([gone.id]) == []
