"""Pairings on a village's PC: each side confirms for itself, and doubles are told."""

from __future__ import annotations

import pytest

from desktop.doctors.pairings import DOUBLE
from desktop.doctors.service import DoctorPairings, DoctorTeamMembers, DoctorTeams
from desktop.grids.service import Grids
from desktop.register.service import Listing, RecordInvalid, Register
from desktop.storage.store import Store
from desktop.team.teams import Teams
from sync.records import DoctorPairing, Grid, Posting
from sync.records.doctors import PAIRING_STATES


@pytest.fixture
def pairings(store: Store) -> DoctorPairings:
    return DoctorPairings(store)


@pytest.fixture
def grid(store: Store) -> str:
    return Grids(store).add({"name": "一组", "leader": "王芳"})


@pytest.fixture
def team(store: Store) -> str:
    return DoctorTeams(store).add({"name": "龙潭团队", "phone": "028-88760120"})


@pytest.fixture
def pairing(pairings: DoctorPairings, grid: str, team: str) -> str:
    return pairings.add({"grid": grid, "team": team, "tier": "micro"})


def state(pairings: DoctorPairings, pairing: str) -> str:
    return pairings.states([pairing])[pairing]


def listed(pairings: DoctorPairings, asked: str) -> int:
    return len(pairings.order(Listing(DoctorPairing.kind, filters=(("pairing_state", asked),))))


def test_a_pairing_is_named_after_its_team(pairings: DoctorPairings, pairing: str) -> None:
    row = pairings.get(pairing)
    assert row.values["name"] == "龙潭团队"
    assert pairings.phones([pairing]) == {pairing: "02888760120"}
    DoctorTeams(pairings.store).edit(str(row.values["team"]), {"name": "兴隆团队"})
    assert pairings.get(pairing).values["name"] == "兴隆团队"


def test_a_team_of_another_village_is_named_in_words(pairings: DoctorPairings, grid: str) -> None:
    outside = pairings.add({"grid": grid, "name": "火井中心卫生院团队", "phone": "88750120"})
    assert pairings.phones([outside]) == {outside: "88750120"}
    with pytest.raises(RecordInvalid) as caught:
        pairings.add({"grid": grid})
    assert caught.value.problems == {"name": "团队名称没有填"}


def test_two_confirmations_make_one_pairing(pairings: DoctorPairings, pairing: str) -> None:
    assert state(pairings, pairing) == "open"
    pairings.make(pairing, "grid_side", "王芳")
    assert state(pairings, pairing) == "grid_side"
    pairings.make(pairing, "team_side", "李医生")
    assert state(pairings, pairing) == "paired"
    facts = dict(pairings.facts(pairings.get(pairing)))
    assert facts["网格方"].startswith("王芳 · 20")
    assert facts["团队方"].endswith("确认")


def test_a_side_confirms_once(pairings: DoctorPairings, pairing: str) -> None:
    pairings.make(pairing, "grid_side", "王芳")
    with pytest.raises(RecordInvalid, match="已经记下，不能改"):
        pairings.make(pairing, "grid_side", "李强")
    assert pairings.get(pairing).values["grid_side_by"] == "王芳"


def test_nobody_confirms_or_ends_without_a_name_or_a_reason(
    pairings: DoctorPairings, pairing: str
) -> None:
    with pytest.raises(RecordInvalid) as caught:
        pairings.make(pairing, "team_side", " ")
    assert caught.value.problems == {"team_side_by": "团队方确认人没有填"}
    with pytest.raises(RecordInvalid) as caught:
        pairings.make(pairing, "ended", "王芳")
    assert caught.value.problems == {"end_reason": "结束原因没有填"}


def test_an_end_is_an_end(pairings: DoctorPairings, pairing: str) -> None:
    pairings.make(pairing, "ended", "王芳", "团队撤并")
    assert state(pairings, pairing) == "ended"
    assert dict(pairings.facts(pairings.get(pairing)))["结束原因"] == "团队撤并"
    with pytest.raises(RecordInvalid, match="已经结束"):
        pairings.make(pairing, "grid_side", "王芳")


def test_a_pairing_is_not_deleted(pairings: DoctorPairings, pairing: str) -> None:
    with pytest.raises(RecordInvalid, match="结对记下以后不能删"):
        pairings.delete(pairing)


def test_a_second_pairing_of_a_grid_on_one_tier_is_told_before_and_after(
    pairings: DoctorPairings, pairing: str, grid: str
) -> None:
    assert pairings.advice({"grid": grid, "tier": "doctor_tier.village"}) == ""
    told = pairings.advice({"grid": grid, "tier": "doctor_tier.micro"})
    assert told.startswith("这个网格在这一层已经有“龙潭团队”（待双方确认）")
    second = pairings.add({"grid": grid, "name": "兴隆团队", "tier": "micro"})
    assert state(pairings, pairing) == f"open {DOUBLE}"
    assert listed(pairings, DOUBLE) == 2
    assert "兴隆团队" in dict(pairings.facts(pairings.get(pairing)))["同层级还有"]
    pairings.make(second, "ended", "王芳", "重复了")
    assert state(pairings, pairing) == "open"
    assert listed(pairings, DOUBLE) == 0


def test_two_pairings_without_a_tier_are_doubles_too(pairings: DoctorPairings, grid: str) -> None:
    one, other = (pairings.add({"grid": grid, "name": name}) for name in ("甲队", "乙队"))
    assert set(pairings.states([one, other]).values()) == {f"open {DOUBLE}"}
    assert listed(pairings, DOUBLE) == 2


def test_the_list_is_narrowed_to_each_state(pairings: DoctorPairings, store: Store) -> None:
    steps: dict[str, tuple[str, ...]] = {
        "open": (),
        "grid_side": ("grid_side",),
        "team_side": ("team_side",),
        "paired": ("grid_side", "team_side"),
        "ended": ("team_side", "ended"),
    }
    assert list(steps) == [code for code, _word in PAIRING_STATES]
    for place, (wanted, made) in enumerate(steps.items()):
        grid = Grids(store).add({"name": f"{place}组"})
        pairing = pairings.add({"grid": grid, "name": "兴隆团队"})
        for step in made:
            pairings.make(pairing, step, "王芳", "搬走了")
        assert state(pairings, pairing) == wanted
    for wanted in steps:
        order = pairings.order(Listing(DoctorPairing.kind, filters=(("pairing_state", wanted),)))
        (row,) = pairings.rows(order)
        assert state(pairings, row.id) == wanted


def test_who_confirms_is_proposed(pairings: DoctorPairings, pairing: str, team: str) -> None:
    row = pairings.get(pairing)
    assert pairings.who_confirms(row, "grid_side") == "王芳"
    assert pairings.who_confirms(row, "team_side") == ""
    DoctorTeamMembers(pairings.store).add({"team": team, "name": "李医生", "role": "leader"})
    assert pairings.who_confirms(row, "team_side") == "李医生"
    assert pairings.who_confirms(row, "ended") == "王会计"


def test_who_is_posted_to_lead_a_grid_is_who_probably_confirms_for_it(store: Store) -> None:
    grid = Register(store, Grid).add({"name": "一组", "level": "micro"})
    Register(store, Posting).add({"grid": grid, "seat": "leader", "name": "单小芳"})
    pairings = DoctorPairings(store, Teams(store).leader_names)
    pairing = pairings.get(pairings.add({"grid": grid, "name": "镇卫生院第一团队"}))
    assert pairings.who_confirms(pairing, "grid_side") == "单小芳"
