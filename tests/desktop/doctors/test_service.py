"""Teams, key residents and visits: what is derived of them, and what stays hidden."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from desktop.doctors.service import (
    LEFT,
    LISTED,
    DoctorPairings,
    DoctorTeamMembers,
    DoctorTeams,
    DoctorVisits,
    KeyResidents,
)
from desktop.grids.service import Grids
from desktop.register.service import Listing, RecordInvalid, Register
from desktop.residents.service import Residents
from desktop.storage.store import Store
from sync.records import DoctorVisit, KeyResident, Resident, Value
from sync.records.doctors import next_visits
from tests.support.store import county_rows, receive


@pytest.fixture
def visits(store: Store) -> DoctorVisits:
    return DoctorVisits(store)


@pytest.fixture
def keys(store: Store, visits: DoctorVisits) -> KeyResidents:
    return KeyResidents(store, visits)


@pytest.fixture
def grid(store: Store) -> str:
    return Grids(store).add({"name": "一组"})


@pytest.fixture
def wang(store: Store, grid: str) -> str:
    return Residents(store).add({"name": "王芳", "phone": "13800000001", "grid": grid})


@pytest.fixture
def team(store: Store) -> str:
    return DoctorTeams(store).add({"name": "龙潭团队"})


def visit(visits: DoctorVisits, resident: str, on: str, **values: str) -> str:
    return visits.add({"resident": resident, "visited_on": on, "text": "血压平稳", **values})


def test_a_member_who_is_a_resident_is_entered_once(store: Store, wang: str, team: str) -> None:
    members = DoctorTeamMembers(store)
    own = members.add({"team": team, "resident": wang, "role": "village_doctor"})
    outside = members.add({"team": team, "name": "李医生", "phone": "13900000002"})
    assert members.get(own).values["name"] == "王芳"
    assert members.phones([own, outside]) == {own: "138******01", outside: "139******02"}
    Residents(store).edit(wang, {"name": "王方", "phone": "13700000003"})
    assert members.get(own).values["name"] == "王方"
    assert members.phones([own]) == {own: "137******03"}


def test_a_team_shows_its_members_grids_and_key_residents(
    store: Store, keys: KeyResidents, wang: str, team: str, grid: str
) -> None:
    teams = DoctorTeams(store)
    assert dict(teams.facts(teams.get(team))) == {
        "成员": "", "结对的网格": "", "负责的重点人员": "0 人",
    }  # fmt: skip
    DoctorTeamMembers(store).add({"team": team, "name": "李医生", "role": "nurse"})
    DoctorPairings(store).add({"grid": grid, "team": team, "tier": "micro"})
    for category in ("hypertension", "diabetes"):
        keys.add({"resident": wang, "category": category, "team": team})
    assert dict(teams.facts(teams.get(team))) == {
        "成员": "李医生（护士）", "结对的网格": "一组", "负责的重点人员": "1 人",
    }  # fmt: skip
    assert (teams.members([team]), teams.grids([team])) == ({team: "1"}, {team: "1"})


def test_key_residents_are_counted_by_the_grid_they_live_in(
    store: Store, keys: KeyResidents, wang: str, grid: str
) -> None:
    keys.add({"resident": wang, "category": "hypertension"})
    keys.add({"resident": wang, "category": "diabetes"})
    somewhere = Residents(store).add({"name": "李强"})
    keys.add({"resident": somewhere, "category": "elderly"})
    gone = Residents(store).add({"name": "张伟", "grid": grid})
    left = keys.add({"resident": gone, "category": "elderly", "until": "2026-10-01"})
    assert keys.by_grid() == [("一组", 1), ("", 1)]
    assert keys.grids([left]) == {left: "一组"}

    def count(**asked: str) -> int:
        return len(keys.order(Listing(KeyResident.kind, filters=tuple(asked.items()))))

    assert count(grid=grid) == 3
    assert count(grid=grid, listed=LISTED) == 2
    assert count(listed=LEFT) == 1


def test_somebody_entered_twice_for_the_same_reason_is_told(keys: KeyResidents, wang: str) -> None:
    wanted = {"resident": wang, "category": "key_resident_category.elderly"}
    assert keys.advice(wanted) == ""
    keys.add({**wanted, "since": "2026-01-05"})
    assert keys.advice(wanted) == "这位居民已经登记在这一类里（2026-01-05 列入），不用再登记。"
    assert keys.advice({**wanted, "category": "key_resident_category.child"}) == ""


def test_a_visit_is_corrected_by_another_and_never_edited(visits: DoctorVisits, wang: str) -> None:
    wrong = visit(visits, wang, "2026-11-20")
    with pytest.raises(RecordInvalid, match="不能改"):
        visits.edit(wrong, {"text": "血压偏高"})
    visit(visits, wang, "2026-11-19", corrects=wrong)
    assert visits.corrected([wrong]) == {wrong: "已更正（2026-11-19）"}


def test_the_visit_keeps_the_name_that_was_true_then(
    store: Store, visits: DoctorVisits, wang: str
) -> None:
    written = visit(visits, wang, "2026-11-20")
    Residents(store).edit(wang, {"name": "王方"})
    assert visits.get(written).values["name"] == "王芳"
    assert Residents(store).get(wang).values["name"] == "王方"


def test_a_visit_is_due_from_the_day_that_was_promised_until_the_next_is_written(
    visits: DoctorVisits, wang: str, team: str
) -> None:
    first = visit(visits, wang, "2026-10-01", next_on="2026-11-01", team=team)
    assert visits.due_visits("2026-10-31") == []
    (due,) = visits.due_visits("2026-11-01")
    assert (due.visit, due.resident, due.name) == (first, wang, "王芳")
    assert (due.next_on, due.grid, due.team) == ("2026-11-01", "一组", "龙潭团队")
    visit(visits, wang, "2026-11-02")
    assert visits.due_visits("2027-01-01") == []


def test_nobody_is_asked_to_visit_who_is_no_key_resident_any_more(
    visits: DoctorVisits, keys: KeyResidents, wang: str
) -> None:
    visit(visits, wang, "2026-10-01", next_on="2026-11-01")
    one = keys.add({"resident": wang, "category": "hypertension"})
    other = keys.add({"resident": wang, "category": "diabetes"})
    keys.edit(one, {"until": "2026-10-15"})
    assert len(visits.due_visits("2026-11-25")) == 1
    keys.edit(other, {"until": "2026-10-15"})
    assert visits.due_visits("2026-11-25") == []


def test_the_list_of_key_residents_shows_the_last_and_the_next_visit(
    visits: DoctorVisits, keys: KeyResidents, wang: str
) -> None:
    key = keys.add({"resident": wang, "category": "hypertension"})
    assert (keys.last_visits([key]), keys.next_visits([key])) == ({}, {})
    visit(visits, wang, "2026-10-01", next_on="2026-11-01")
    assert keys.last_visits([key]) == {key: "2026-10-01"}
    assert keys.next_visits([key]) == {key: "2026-11-01"}


_days = st.sampled_from(("2026-09-01", "2026-09-02", "2026-09-03"))
_visits = st.lists(
    st.tuples(st.sampled_from("rs"), _days, _days | st.none(), st.integers(0, 9) | st.none()),
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(_visits)
def test_what_the_database_finds_due_is_what_the_rule_says(
    store: Store, visits: DoctorVisits, wanted: list[tuple[str, str, str | None, int | None]]
) -> None:
    with store.engine.begin() as connection:
        for kind in ("doctor_visit", "resident"):
            connection.exec_driver_sql(f"DELETE FROM {kind}")
    people: list[dict[str, Value]] = [{"id": one, "revision": 1, "name": one} for one in "rs"]
    written: list[dict[str, Value]] = [
        {
            "id": f"v{place}",
            "revision": place + 2,
            "made_at": f"2026-09-0{1 + place % 2}T10:00:00+08:00",
            "resident": resident,
            "name": resident,
            "visited_on": on,
            "next_on": next_on if next_on and next_on >= on else None,
            "text": "平稳",
            "corrects": None if corrects is None or corrects >= place else f"v{corrects}",
        }
        for place, (resident, on, next_on, corrects) in enumerate(wanted)
    ]
    receive(store, county_rows(Resident, *people), county_rows(DoctorVisit, *written))
    due = {one.resident: one.visit for one in visits.due_visits("2026-09-02")}
    expected = {
        resident: visit["id"]
        for resident, visit in next_visits(written).items()
        if str(visit["next_on"]) <= "2026-09-02"
    }
    assert due == expected


def test_why_somebody_is_looked_after_is_hidden_wherever_it_may_be_read(
    keys: KeyResidents, visits: DoctorVisits
) -> None:
    for register in (keys, visits):
        assert isinstance(register, Register)
    for field in (
        KeyResident.fields["category"], KeyResident.fields["note"], DoctorVisit.fields["text"],
    ):  # fmt: skip
        assert field.mask("高血压") == "***"


def test_lists_are_narrowed_to_what_is_due(
    store: Store, visits: DoctorVisits, keys: KeyResidents, wang: str
) -> None:
    li = Residents(store).add({"name": "李强"})
    due = keys.add({"resident": wang, "category": "hypertension"})
    keys.add({"resident": li, "category": "hypertension"})
    visit(visits, wang, "2020-01-01", next_on="2020-02-01")
    late = visit(visits, wang, "2020-03-01", next_on="2020-04-01")
    visit(visits, li, "2020-01-01", next_on="2199-01-01")
    asked = (("due", "due"),)
    (row,) = keys.rows(keys.order(Listing(KeyResident.kind, filters=asked)))
    assert row.id == due
    (row,) = visits.rows(visits.order(Listing(DoctorVisit.kind, filters=asked)))
    assert row.id == late
