"""Teams of grids: a person is entered once, a seat is handed over in one step, and what is empty or
double is shown."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.grids.service import Grids
from desktop.storage.checking import check
from desktop.storage.errors import RecordInvalid
from desktop.storage.listing import Listing
from desktop.storage.store import Store
from desktop.team.service import Postings, Successor, Switches, today
from desktop.team.teams import CROWDED, EMPTY, TWICE, Teams
from sync.protocol import Outcome
from sync.records import Division, Grid, Posting, ReadinessSwitch, Resident, Value, Values
from sync.records.teams import EMERGENCY, LEADER, PEACETIME
from tests.support.store import (
    COUNTY,
    VILLAGE,
    county_rows,
    outbox_of,
    receive,
    send_all,
)

WORKER, BACKBONE, VOLUNTEER = (f"grid_seat.{code}" for code in ("worker", "backbone", "volunteer"))
DAY = "2026-11-25"


@pytest.fixture
def postings(store: Store) -> Postings:
    return Postings(store)


@pytest.fixture
def teams(store: Store) -> Teams:
    return Teams(store)


@pytest.fixture
def switches(store: Store) -> Switches:
    return Switches(store)


@pytest.fixture
def first(store: Store) -> str:
    return make(store, Grid, name="第一微网格")


@pytest.fixture
def second(store: Store) -> str:
    return make(store, Grid, name="第二微网格")


def make(store: Store, record: type, **values: Value) -> str:
    with store.write() as writing:
        return writing.create(record, values)


def close(store: Store, grid: str) -> None:
    with store.write() as writing:
        writing.edit(Grid, grid, {"state": "closed"})


def post(postings: Postings, grid: str, name: str, seat: str = LEADER, **more: object) -> str:
    return postings.add({"grid": grid, "seat": seat, "name": name, **more})


def names(teams: Teams, grid: str, day: str = DAY, seat: str = LEADER) -> list[str]:
    board = teams.team(grid, day).manned.seats
    return [one.name for filled in board if filled.seat.id == seat for one in filled.stands]


def found(teams: Teams, **asked: Value) -> list[str]:
    numbers = teams.order(Listing(Grid.kind, filters=tuple(asked.items())))
    return [str(row.values["name"]) for row in teams.rows(numbers)]


def test_a_resident_is_posted_by_choosing_them_and_nothing_is_typed_again(
    store: Store, postings: Postings, teams: Teams, first: str
) -> None:
    wang = make(store, Resident, name="王芳", phone="13800000001")
    posting = postings.add({"grid": first, "seat": LEADER, "resident": wang})
    assert postings.get(posting).values["name"] == "王芳"
    assert postings.phones([posting]) == {posting: "138******01"}
    assert teams.team(first).people[posting].phone == "138******01"
    with store.write() as writing:
        writing.edit(Resident, wang, {"name": "王方", "phone": "13900000002"})
    assert names(teams, first) == ["王方"]
    assert teams.phones([posting]) == {posting: "13900000002"}


def test_somebody_from_outside_has_a_telephone_of_their_own(postings: Postings, first: str) -> None:
    posting = post(postings, first, "赵队长", phone="028-87654321")
    assert postings.phones([posting]) == {posting: "028******21"}


def test_full_telephones_are_noted(
    store: Store, teams: Teams, postings: Postings, first: str
) -> None:
    posting = post(postings, first, "王芳", phone="13800000001")
    assert teams.phones([posting]) == {posting: "13800000001"}
    with store.read() as connection:
        noted = connection.exec_driver_sql("SELECT kind, purpose, count FROM view_log").all()
    assert [tuple(row) for row in noted] == [("posting", "查看队伍电话", 1)]


def test_a_seat_is_handed_over_in_one_step(
    store: Store, postings: Postings, teams: Teams, first: str
) -> None:
    before = post(postings, first, "王芳", started_on="2025-01-01")
    sent = len(outbox_of(store))
    Successor(store, before).add(
        {"grid": first, "seat": LEADER, "name": "李强", "started_on": "2026-06-01"}
    )
    changes = outbox_of(store)[sent:]
    assert {str(c["change"]).partition(".")[0] for c in changes} == {
        str(changes[0]["change"]).partition(".")[0]
    }, "one transaction"
    assert [names(teams, first, day) for day in ("2025-01-01", "2026-05-31", "2026-06-01")] == [
        ["王芳"],
        ["王芳"],
        ["李强"],
    ]
    assert [one.name for one in teams.team(first).past] == ["王芳", "李强"]


def test_a_handover_that_cannot_be_leaves_everything_as_it_was(
    store: Store, postings: Postings, teams: Teams, first: str
) -> None:
    before = post(postings, first, "王芳", started_on="2026-01-01")
    follows = Successor(store, before)
    with pytest.raises(RecordInvalid, match="不能早于前一位的到岗日期"):
        follows.add({"grid": first, "seat": LEADER, "name": "李强", "started_on": "2025-06-01"})
    with pytest.raises(RecordInvalid, match="姓名没有填"):
        follows.add({"grid": first, "seat": LEADER, "name": ""})
    assert postings.get(before).values["ended_on"] is None
    assert names(teams, first) == ["王芳"]


def test_who_leaves_today_stands_there_no_more_and_may_be_brought_back(
    postings: Postings, teams: Teams, first: str
) -> None:
    posting = post(postings, first, "王芳")
    assert postings.end(posting) == today()
    assert names(teams, first, today()) == []
    assert names(teams, first, "2020-01-01") == ["王芳"]
    postings.come_back(posting)
    assert names(teams, first, today()) == ["王芳"]


def test_empty_and_double_seats_are_found_and_said_in_plain_words(
    store: Store, postings: Postings, teams: Teams, first: str, second: str
) -> None:
    wang = make(store, Resident, name="王芳")
    for grid in (first, second):
        postings.add({"grid": grid, "seat": LEADER, "resident": wang})
    for name in ("李强", "张伟"):
        post(postings, first, name, WORKER)
    assert teams.team(first, DAY).notes == (
        "网格员有2人，名额1人",
        "王芳一人多岗：本网格微网格长、第二微网格微网格长",
    )
    assert found(teams, look=EMPTY) == ["第一微网格", "第二微网格"]
    assert found(teams, look=EMPTY, seat=WORKER) == ["第二微网格"]
    assert found(teams, look=CROWDED) == ["第一微网格"]
    assert found(teams, look=TWICE, seat=LEADER) == ["第一微网格", "第二微网格"]
    assert found(teams, look=TWICE, seat=WORKER) == []
    assert found(teams, seat=WORKER) == ["第一微网格"]
    assert found(teams, seat=WORKER, day="2020-01-01") == ["第一微网格"]
    tally = teams.tally(DAY)
    assert (tally.grids, tally.missing, tally.crowded, tally.emergency) == (2, 3, 2, 0)


_people = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.sampled_from((LEADER, WORKER, VOLUNTEER)),
        st.sampled_from(("王芳", "李强", "赵敏")),
        st.sampled_from(("both", PEACETIME, EMERGENCY)),
        st.sampled_from((None, "2026-01-01", "2027-01-01")),
    ),
    max_size=14,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_people, st.sets(st.integers(0, 3)))
def test_what_is_counted_is_what_the_boards_show(
    store: Store, people: list[tuple[int, str, str, str, str | None]], alarmed: set[int]
) -> None:
    with store.change() as connection:
        for table in ("posting", "grid", "readiness_switch", "outbox", "search_index", "standing"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
    teams, postings = Teams(store), Postings(store)
    levels = ("micro", "micro", "exclusive", "general")
    grids = [make(store, Grid, name=f"{n}号", level=level) for n, level in enumerate(levels)]
    for place, seat, name, mode, start in people:
        phone = f"1380000000{len(name.encode()) % 10}"
        post(postings, grids[place], name, seat, mode=mode, started_on=start, phone=phone)
    for place in alarmed:
        Switches(store).switch(EMERGENCY, "预警", grids[place])
    boards = [teams.team(row.id).manned for row in teams.rows(teams.order(Listing(Grid.kind)))]
    tally = teams.tally()
    assert tally.grids == len(boards)
    assert tally.missing == sum(filled.missing for board in boards for filled in board.seats)
    assert tally.crowded == sum(bool(board.crowded or board.twice) for board in boards)
    assert tally.emergency == sum(board.standing.mode == EMERGENCY for board in boards)


def test_two_pcs_that_fill_one_seat_are_both_kept_and_shown_as_double(
    store: Store, postings: Postings, teams: Teams, first: str
) -> None:
    post(postings, first, "王芳")
    theirs: Values = {"id": "p2", "revision": 9, "grid": first, "seat": LEADER, "mode": "both"}
    receive(store, county_rows(Posting, {**theirs, "name": "李强"}))
    assert sorted(names(teams, first)) == ["李强", "王芳"]
    assert "微网格长有2人，名额1人" in teams.team(first, DAY).notes


def test_the_same_person_put_there_by_two_pcs_is_named(
    store: Store, postings: Postings, teams: Teams, first: str
) -> None:
    wang = make(store, Resident, name="王芳")
    postings.add({"grid": first, "seat": LEADER, "resident": wang})
    theirs: Values = {"id": "p2", "revision": 9, "grid": first, "seat": LEADER, "mode": "both"}
    receive(store, county_rows(Posting, {**theirs, "name": "王芳", "resident": wang}))
    assert "王芳在本网格微网格长上记了2次" in teams.team(first, DAY).notes


def test_a_grid_shows_where_its_team_stands_between_here_and_the_county(
    store: Store, postings: Postings, teams: Teams, first: str, second: str
) -> None:
    send_all(store, Outcome("accepted", 0, 2, 1))
    post(postings, first, "王芳")
    numbers = teams.order(Listing(Grid.kind))
    states = {row.id: row.state for row in teams.rows(numbers)}
    assert states == {first: "waiting", second: "synced"}
    waiting = teams.order(Listing(Grid.kind, state="waiting"))
    assert [row.id for row in teams.rows(waiting)] == [first]


def test_the_list_has_open_grids_that_people_live_in_and_any_where_somebody_is_posted(
    store: Store, postings: Postings, teams: Teams, first: str
) -> None:
    general = make(store, Grid, name="一般网格", level="general")
    make(store, Grid, name="旧网格", state="closed")
    left = make(store, Grid, name="没走的网格")
    post(postings, left, "王芳")
    close(store, left)
    assert found(teams) == ["第一微网格", "没走的网格"]
    assert teams.team(left).notes[0] == "这个网格已经关闭，还有人在岗"
    post(postings, general, "李强", WORKER)
    assert set(found(teams)) == {"第一微网格", "没走的网格", "一般网格"}


# The leader that the grid's own form names


def test_leaders_written_in_the_grids_are_taken_over_once(
    store: Store, postings: Postings, teams: Teams, second: str
) -> None:
    wang = make(store, Resident, name="王芳", phone="13800000001")
    for phone in ("13800000003", "13800000004"):
        make(store, Resident, name="李强", phone=phone)
    one = make(store, Grid, name="甲", leader="王芳", leader_phone="13800000001")
    two = make(store, Grid, name="乙", leader="李强", leader_phone="13800000009")
    led = make(store, Grid, name="丙", leader="赵敏")
    post(postings, led, "钱进")
    assert teams.written_leaders() == 2
    assert teams.team(one).written is not None
    assert teams.take_leaders() == 2
    assert teams.written_leaders() == 0
    assert teams.take_leaders() == 0
    with store.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT grid, resident, name, phone FROM posting WHERE grid <> ?", (led,)
        ).all()
        grids = connection.exec_driver_sql("SELECT leader FROM grid WHERE leader NOTNULL").all()
    assert {tuple(row) for row in rows} == {
        (one, wang, "王芳", None),
        (two, None, "李强", "13800000009"),
    }
    assert [row[0] for row in grids] == ["赵敏"], "a seat that is held was not touched"
    leaders = teams.leaders([one, two, led, second])
    assert {grid: leader.name for grid, leader in leaders.items()} == {
        one: "王芳",
        two: "李强",
        led: "钱进",
    }
    assert leaders[one].phone == "138******01"


# Switching


def test_a_grid_goes_over_and_comes_back_with_who_and_why(
    store: Store, teams: Teams, switches: Switches, first: str, second: str
) -> None:
    switch = switches.switch(EMERGENCY, "山洪预警，转移避险", first)
    standing = teams.team(first).manned.standing
    assert (standing.mode, standing.since and standing.since.by) == (EMERGENCY, "王会计")
    assert teams.team(second).manned.standing.mode == PEACETIME
    assert found(teams, mode=EMERGENCY) == ["第一微网格"]
    assert [(a.where, a.switch.reason) for a in switches.alerts()] == [
        ("第一微网格", "山洪预警，转移避险")
    ]
    assert switches.places([switch]) == {switch: "第一微网格"}
    switches.switch(PEACETIME, "预警解除", first)
    assert teams.team(first).manned.standing.mode == PEACETIME
    assert switches.alerts() == []


def test_a_grid_that_was_closed_in_an_emergency_is_named_no_more(
    store: Store, switches: Switches, first: str
) -> None:
    switches.switch(EMERGENCY, "山洪预警", first)
    close(store, first)
    assert switches.alerts() == []


def test_a_switch_that_changes_nothing_is_refused(switches: Switches, first: str) -> None:
    with pytest.raises(RecordInvalid, match="已经是平时，不用再转"):
        switches.switch(PEACETIME, "预警解除", first)
    switches.switch(EMERGENCY, "山洪预警", first)
    with pytest.raises(RecordInvalid, match="已经是战时，不用再转"):
        switches.switch(EMERGENCY, "山洪预警", first)
    switches.switch(PEACETIME, "预警解除")
    with pytest.raises(RecordInvalid, match="已经是平时"):
        switches.switch(PEACETIME, "预警解除")


def test_the_whole_village_comes_back_when_only_some_of_its_grids_were_in_emergency(
    teams: Teams, switches: Switches, first: str
) -> None:
    switches.switch(EMERGENCY, "山洪预警", first)
    switches.switch(PEACETIME, "预警解除")
    assert teams.team(first).manned.standing.mode == PEACETIME


def test_a_village_switch_names_its_village_and_what_it_had_seen(
    store: Store, switches: Switches, first: str
) -> None:
    storm(store, 7, "510183001000")
    switch = switches.switch(PEACETIME, "本村没有灾情")
    values = switches.get(switch).values
    assert (values["area_code"], values["seen"]) == (VILLAGE, 7)
    assert switches.get(switches.switch(EMERGENCY, "塌方", first)).values["area_code"] is None


def test_no_village_switches_its_town(store: Store) -> None:
    with pytest.raises(RecordInvalid, match="由县里转换"):
        make(store, ReadinessSwitch, scope="town", area_code="510183001000", reason="暴雨")


def storm(store: Store, revision: int, code: str, mode: str = EMERGENCY) -> None:
    """The county's switch of one of its areas comes by sync."""
    scope = "county" if code == COUNTY else "town"
    row: Values = {"id": f"c{revision}", "revision": revision, "scope": scope, "area_code": code}
    rows = county_rows(
        ReadinessSwitch, {**row, "mode": mode, "reason": "暴雨红色预警"}, area=COUNTY
    )
    receive(store, rows)


def test_the_countys_switch_reaches_the_grids_that_it_covers_and_no_other_is_listed(
    store: Store, teams: Teams, switches: Switches, first: str
) -> None:
    town: Values = {"id": "510183001000", "revision": 1, "code": "510183001000", "name": "文君街道"}
    receive(store, county_rows(Division, {**town, "level": "town"}, area=COUNTY))
    storm(store, 7, "510183001000")
    storm(store, 8, "510183002000")
    assert teams.team(first).manned.standing.mode == EMERGENCY
    assert [a.where for a in switches.alerts()] == ["文君街道"]
    numbers = switches.order(Listing(ReadinessSwitch.kind))
    assert [row.id for row in switches.rows(numbers)] == ["c7"]
    assert switches.places(["c7"]) == {"c7": "文君街道"}
    switches.switch(PEACETIME, "本格没有灾情", first)
    assert teams.team(first).manned.standing.mode == PEACETIME
    storm(store, 9, "510183001000", PEACETIME)
    storm(store, 10, COUNTY)
    assert teams.team(first).manned.standing.mode == EMERGENCY


def test_a_switch_that_the_county_refused_counts_no_more(
    store: Store, teams: Teams, switches: Switches, first: str
) -> None:
    send_all(store, Outcome("accepted", 0, 1, 1))
    switches.switch(EMERGENCY, "山洪预警", first)
    assert teams.team(first).manned.standing.mode == EMERGENCY
    send_all(store, Outcome("rejected", 0, reason="网格不在了"))
    assert teams.team(first).manned.standing.mode == PEACETIME


def test_a_switch_is_never_edited_and_a_store_with_teams_is_whole(
    store: Store, postings: Postings, switches: Switches, first: str
) -> None:
    switch = switches.switch(EMERGENCY, "山洪预警", first)
    with pytest.raises(RecordInvalid, match="记下以后不能改"):
        switches.edit(switch, {"reason": "别的"})
    post(postings, first, "王芳")
    assert not check(store).problems


def test_on_a_day_that_has_passed_a_grid_is_shown_as_it_stood_then(
    teams: Teams, switches: Switches, first: str
) -> None:
    switches.switch(EMERGENCY, "山洪预警", first)
    assert teams.team(first, "2020-01-01").manned.standing.mode == PEACETIME
    assert teams.team(first, today()).manned.standing.mode == EMERGENCY


def test_the_list_and_the_tree_of_grids_name_who_is_posted_else_whom_their_form_names(
    store: Store, postings: Postings, teams: Teams
) -> None:
    posted = make(store, Grid, name="甲", leader="单小芳")
    written = make(store, Grid, name="乙", leader="曾国强")
    post(postings, posted, "王芳")
    grids = Grids(store, teams.leader_names)
    assert grids.leaders([posted, written]) == {posted: "王芳", written: "曾国强"}
    tree = grids.tree(Listing(Grid.kind), closed=False)
    (village,) = tree.roots
    assert {node.name: node.leader for node in village.children} == {"甲": "王芳", "乙": "曾国强"}
