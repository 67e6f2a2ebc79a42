"""Grids are divided, merged and closed as wholes: everybody lands somewhere, and it is told."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from desktop.cli import main
from desktop.grids import moving
from desktop.grids.changing import GridChanges, Part, Words
from desktop.grids.members import group_of, proposal
from desktop.register.service import Register
from desktop.reports.faults import Stopped
from desktop.storage.errors import RecordInvalid
from desktop.storage.store import Store
from sync.records import (
    Grid,
    GridChange,
    Household,
    PointsSubject,
    Posting,
    Resident,
    Settlement,
)
from sync.records.grids import ids_in
from tests.desktop.grids.village import Village, add, rows, snapshot
from tests.support.picture import statements
from tests.support.store import PASSWORD, outbox_of

EAST_WEST = (Part("一组东", "赵组长", "13800000001"), Part("一组西"))
WORDS = Words("2026-11-25", "户数太多", "11月20日村民会议")


@pytest.fixture
def village(store: Store) -> Village:
    return Village(store)


@pytest.fixture
def changes(store: Store) -> GridChanges:
    return GridChanges(store)


def places(village: Village) -> dict[str, int]:
    """The first two households to the first part, the third and the one alone to the second."""
    first, second, third = village.homes
    return {first: 0, second: 0, third: 1, village.alone: 1}


def test_a_division_places_households_with_their_people_and_closes_the_old_grid(
    village: Village, changes: GridChanges
) -> None:
    done = changes.divide(village.micro, EAST_WEST, places(village), WORDS)
    east, west = done.grids
    assert (done.households, done.residents) == (3, 7), "who names no grid follows unwritten"
    assert village.grids_of_people() == {east: 4, west: 3}
    old, new = village.grid(village.micro), village.grid(east)
    assert (old["state"], old["closed_on"]) == ("closed", "2026-11-25")
    assert (new["parent"], new["terrain"], new["leader"]) == (village.general, "hill", "赵组长")
    assert (new["level"], new["state"], new["opened_on"]) == ("micro", "open", "2026-11-25")


def test_a_division_is_told_in_words_and_by_ids(village: Village, changes: GridChanges) -> None:
    done = changes.divide(village.micro, EAST_WEST, places(village), WORDS)
    (told,) = village.changes()
    assert told["summary"] == "“一组”划分为“一组东”（2户4人）、“一组西”（1户3人）"
    assert (told["change_type"], told["grid"]) == ("divide", village.micro)
    assert (told["reason"], told["basis"]) == ("户数太多", "11月20日村民会议")
    assert (ids_in(told["sources"]), ids_in(told["results"])) == ([village.micro], done.grids)


def test_a_division_is_one_transaction(village: Village, changes: GridChanges) -> None:
    before = len(outbox_of(village.store))
    changes.divide(village.micro, EAST_WEST, places(village))
    ids = {str(e["change"]).partition(".")[0] for e in outbox_of(village.store)[before:]}
    assert len(ids) == 1


@pytest.mark.parametrize(
    ("parts", "placed", "words"),
    [
        (EAST_WEST, {}, "没有归到新网格"),
        (EAST_WEST[:1], None, "要分成2到"),
        ((Part("东"), Part(" ")), None, "网格名称没有填"),
        ((Part("东"), Part("西", "", "12")), None, "电话"),
    ],
    ids=["somebody is placed nowhere", "one part", "no name", "no telephone number"],
)
def test_a_division_that_cannot_be_leaves_all_as_it_was(
    village: Village, changes: GridChanges, parts: tuple[Part, ...], placed: object, words: str
) -> None:
    before = snapshot(village.store)
    where = places(village) if placed is None else {}
    with pytest.raises(RecordInvalid, match=words):
        changes.divide(village.micro, parts, where)
    assert snapshot(village.store) == before


def test_what_names_somebody_goes_along_and_the_rest_waits_in_the_closed_grid(
    village: Village, changes: GridChanges
) -> None:
    store = village.store
    wang = village.people[2]
    subject = add(store, PointsSubject, name="人0", resident=wang, grid=village.micro)
    settlement = add(store, Settlement, name="新村", grid=village.micro)
    # Their seat is of the grid, wherever they live.
    seat = {"grid": village.micro, "seat": "grid_seat.leader", "resident": wang}
    posting = add(store, Posting, **seat)
    _, west = changes.divide(village.micro, EAST_WEST, places(village)).grids
    assert rows(store, "points_subject")[subject]["grid"] == west
    assert rows(store, "settlement")[settlement]["grid"] == village.micro
    assert rows(store, "posting")[posting]["grid"] == village.micro
    assert changes.left_in(village.micro) == {"集中居住区": 1, "上岗记录": 1}
    changes.move_rest(village.micro, west)
    assert rows(store, "settlement")[settlement]["grid"] == west
    assert changes.left_in(village.micro) == {}


def test_a_merger_takes_all_that_is_in_force_along_and_leaves_what_is_over(
    village: Village, changes: GridChanges
) -> None:
    store = village.store
    settlement = add(store, Settlement, name="新村", grid=village.micro)
    seat = {"grid": village.micro, "seat": "grid_seat.leader", "name": "老组长"}
    gone = add(store, Posting, **seat, ended_on="2025-01-01")
    stands = add(store, Posting, **(seat | {"name": "新组长"}))
    done = changes.merge([village.micro], village.other, WORDS)
    assert done.grids == [village.other]
    assert village.grids_of_people() == {village.other: 7}
    assert rows(store, "settlement")[settlement]["grid"] == village.other
    postings = rows(store, "posting")
    assert (postings[gone]["grid"], postings[stands]["grid"]) == (village.micro, village.other)
    assert village.grid(village.micro)["state"] == "closed"
    (told,) = village.changes()
    assert told["summary"] == "“一组”并入“二组”，移走3户7人"
    assert ids_in(told["sources"]) == [village.micro]


def test_many_merged_grids_are_told_by_the_first_and_their_number(
    village: Village, changes: GridChanges
) -> None:
    more = [add(village.store, Grid, name=f"{n}组", parent=village.general) for n in range(3, 30)]
    changes.merge([village.other, *more], village.micro)
    (told,) = village.changes()
    assert told["summary"] == ("“二组”“3组”“4组”“5组”“6组”“7组”等28个网格并入“一组”，移走0户0人")
    assert len(ids_in(told["sources"])) == 28, "each is kept by its id"


@pytest.mark.parametrize(
    ("part", "stands"), [(1, range(1, 8)), (2, (2, 3, 5, 7)), (moving.PART, (3, 7))]
)
def test_a_change_tells_how_far_it_is(
    village: Village,
    changes: GridChanges,
    monkeypatch: pytest.MonkeyPatch,
    part: int,
    stands: Sequence[int],
) -> None:
    monkeypatch.setattr(moving, "PART", part)
    told: list[tuple[int, int]] = []
    watched = changes.watched(lambda done, total: told.append((done, total)), lambda: False)
    watched.merge([village.micro], village.other)
    # Three households, three of their people who name the grid themselves, and the one alone.
    assert told == [(moved, 7) for moved in stands]


def test_a_grid_of_many_merges_by_as_few_statements_as_one_of_few(
    village: Village, changes: GridChanges
) -> None:
    taken = []
    for people in (2, 150):
        with village.store.write() as writing:
            grid = writing.create(Grid, {"name": f"{people}人", "parent": village.general})
            home = writing.create(Household, {"head": "户主", "grid": grid})
            rows = [{"name": f"村民{n}", "household": home, "grid": grid} for n in range(people)]
            writing.create_many(Resident, rows)
        with statements(village.store.engine) as counted:
            assert changes.merge([grid], village.other).residents == people
        taken.append(counted[0])
    assert taken[0] == taken[1]


@pytest.mark.parametrize("moves", [0, 1, 3])
def test_a_change_that_is_stopped_has_written_nothing(
    village: Village, changes: GridChanges, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    monkeypatch.setattr(moving, "PART", 1)
    before, told = snapshot(village.store), list[int]()
    watched = changes.watched(lambda done, _total: told.append(done), lambda: len(told) >= moves)
    for change in (
        lambda: watched.merge([village.micro], village.other),
        lambda: watched.merge_into_new([village.micro, village.other], Part("合组")),
        lambda: watched.close(village.micro, village.other),
        lambda: watched.move_rest(village.micro, village.other),
        lambda: watched.divide(village.micro, EAST_WEST, places(village)),
    ):
        told.clear()
        with pytest.raises(Stopped):
            change()
        assert len(told) == moves
        assert snapshot(village.store) == before


def test_several_grids_merge_into_a_new_one(village: Village, changes: GridChanges) -> None:
    (new,) = changes.merge_into_new([village.micro, village.other], Part("合组"), WORDS).grids
    assert village.grids_of_people() == {new: 7}
    assert village.grid(new)["parent"] == village.general
    assert [village.grid(g)["state"] for g in (village.micro, village.other)] == ["closed"] * 2
    assert village.changes()[0]["summary"] == "“一组”“二组”并入“合组”，移走3户7人"


def test_general_grids_merge_with_the_grids_below_them(
    village: Village, changes: GridChanges
) -> None:
    second = add(village.store, Grid, name="第二网格", level="general")
    changes.merge([village.general], second)
    assert village.grid(village.micro)["parent"] == second
    with pytest.raises(RecordInvalid, match="不是同一类"):
        changes.merge([village.micro], second)


def test_a_general_grid_is_divided_by_the_grids_below_it(
    village: Village, changes: GridChanges
) -> None:
    at = {village.micro: 0, village.other: 1}
    north, south = changes.divide(village.general, [Part("北"), Part("南")], at).grids
    assert village.grid(village.micro)["parent"] == north
    assert village.grid(village.other)["parent"] == south
    assert village.grid(north)["level"] == "general"
    assert village.grids_of_people() == {village.micro: 7}


def test_micro_grids_are_cut_out_of_a_general_grid_that_stays(
    store: Store, changes: GridChanges
) -> None:
    general = add(store, Grid, name="第一网格", level="general")
    homes = [add(store, Household, head=f"户{n}", grid=general) for n in range(3)]
    (new,) = changes.divide(general, [Part("微")], {homes[0]: 0}, below=True).grids
    found = rows(store, "grid")
    assert (found[general]["state"], found[new]["parent"]) == ("open", general)
    grids = [rows(store, "household")[home]["grid"] for home in homes]
    assert grids == [new, general, general]


def test_an_empty_grid_is_closed_and_one_with_people_only_into_another(
    village: Village, changes: GridChanges
) -> None:
    changes.close(village.other, words=WORDS)
    assert village.grid(village.other)["state"] == "closed"
    with pytest.raises(RecordInvalid, match="里还有"):
        changes.close(village.micro)
    with pytest.raises(RecordInvalid, match="已经关闭"):
        changes.close(village.micro, village.other)
    changes.reopen(village.other)
    changes.close(village.micro, village.other)
    assert village.grids_of_people() == {village.other: 7}
    assert [told["change_type"] for told in village.changes()] == ["close", "reopen", "close"]
    assert village.changes()[-1]["summary"] == "关闭“一组”，3户7人移到“二组”"


def test_a_closed_grid_takes_nobody_new_but_keeps_whom_it_has(
    village: Village, changes: GridChanges
) -> None:
    changes.close(village.other)
    with pytest.raises(RecordInvalid, match="“二组”已经关闭"):
        add(village.store, Resident, name="新来的", grid=village.other)
    with pytest.raises(RecordInvalid, match="已经关闭"):
        Register(village.store, Household).edit(village.homes[0], {"grid": village.other})
    # Another PC did not know: whom the county brings may be mended in everything else.
    with village.store.change() as connection:
        connection.exec_driver_sql(
            "UPDATE resident SET grid = ? WHERE id = ?", (village.other, village.alone)
        )
    Register(village.store, Resident).edit(village.alone, {"phone": "13800000009"})
    assert changes.left_in(village.other) == {"居民": 1}


def test_a_form_offers_grids_in_use_only_and_above_a_grid_general_ones(
    village: Village, changes: GridChanges
) -> None:
    changes.close(village.other)
    residents, grids = Register(village.store, Resident), Register(village.store, Grid)
    for_people = [name for _, name in residents.choices(Resident.grid, "")]
    assert sorted(for_people) == ["一组", "第一网格"]
    assert [name for _, name in grids.choices(Grid.parent, "")] == ["第一网格"]


def test_a_grid_is_below_a_general_one_only_on_the_pc_too(village: Village) -> None:
    store = village.store
    with pytest.raises(RecordInvalid, match="不是一般网格"):
        add(store, Grid, name="小组", parent=village.micro)
    with pytest.raises(RecordInvalid, match="上面没有别的网格"):
        add(store, Grid, name="大组", level="general", parent=village.general)
    with pytest.raises(RecordInvalid, match="它下面还有网格"):
        Register(store, Grid).edit(village.general, {"level": "micro"})
    with pytest.raises(RecordInvalid, match="要以本村代码"):
        add(store, Grid, name="三组", code="G-3")


def test_a_change_of_a_grid_is_never_edited(village: Village, changes: GridChanges) -> None:
    changes.close(village.other)
    (told,) = village.changes()
    with pytest.raises(RecordInvalid, match="记下以后不能改"):
        Register(village.store, GridChange).edit(told["id"], {"reason": "别的"})


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("花楸村3组12号", "3组"),
        ("平乐镇花楸村十二组", "12组"),
        ("文脉路8号2栋1单元", "2栋"),
        ("花楸村第5村民小组", "5村民小组"),
        ("某路8号", ""),
        ("", ""),
    ],
)
def test_the_neighbourhood_is_found_in_an_address(address: str, group: str) -> None:
    assert group_of(address) == group


def test_the_proposal_keeps_neighbourhoods_together_and_in_order(
    village: Village, changes: GridChanges
) -> None:
    proposed = proposal(changes.members(village.micro), 2)
    assert proposed == {
        village.homes[0]: 0,
        village.homes[1]: 0,
        village.homes[2]: 1,
        village.alone: 1,
    }


def test_the_verbs_divide_merge_and_close(
    village: Village, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PASSWORD", PASSWORD)

    def verb(*arguments: str) -> list[str]:
        folder = str(village.store.folder)
        assert main(["--data", folder, "--password-env", "PASSWORD", "grid", *arguments]) == 0
        return list(json.loads(capsys.readouterr().out)["grids"])

    plan = json.dumps({"parts": [{"name": "东"}, {"name": "西"}], "reason": "太大"})
    east, west = verb("divide", village.micro, "--json", plan)
    assert village.grids_of_people() == {east: 4, west: 3}
    assert verb("merge", east, "--into", west) == [west]
    assert verb("close", west, "--into", village.other, "--reason", "并组") == [village.other]
    assert village.grids_of_people() == {village.other: 7}
