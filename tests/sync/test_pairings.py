"""Pairings of grids and family doctors: two PCs confirm and end offline, and all come to one state.

Through the real sync: real stores, the county's real rules, also where PCs meet in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync.protocol import VERSION, Change, ExchangeRequest, by_outcome, to_blocks
from sync.records import Conflict, DoctorPairing, Grid
from sync.records.doctors import ENDED, GRID_SIDE, TEAM_SIDE, pairing_state
from sync.server.accounts import device_of
from sync.server.exchange import exchange
from tests.support.store import COUNTY, VILLAGE
from tests.support.village import VillagePc, Write
from tests.sync.agreement import Villages
from tests.sync.scenes import answers

STEPS = {"grid_side": GRID_SIDE, "team_side": TEAM_SIDE, "ended": ENDED}


@pytest.fixture(scope="module")
def villages() -> Iterator[Villages]:
    made = Villages((VILLAGE, VILLAGE))
    yield made
    made.close()


@pytest.fixture
def liars() -> Iterator[Villages]:
    """Villages of their own: what is sent behind the programs' backs no second account hears."""
    made = Villages((VILLAGE, VILLAGE))
    yield made
    made.close()


def pair(villages: Villages) -> str:
    """A new grid, paired with a team of another village; both PCs know it."""
    pc = villages.pcs[0]
    grid = villages.write(pc, Write("create", Grid.kind, 0, (("name", "一组"),)))
    outside = (("grid", grid), ("name", "兴隆团队"), ("tier", "doctor_tier.micro"))
    pairing = villages.write(pc, Write("create", DoctorPairing.kind, 0, outside))
    assert pairing is not None
    for each in villages.pcs:
        assert villages.sync(each)
    return pairing


def make(villages: Villages, pc: VillagePc, pairing: str, step: str) -> bool:
    """Let a cadre make a step, if the program lets them; whether it did."""
    which = villages.ids(pc, DoctorPairing).index(pairing)
    said = zip(STEPS[step], ("2026-11-25", f"{pc.name}的人", "重复了"), strict=False)
    return villages.write(pc, Write("edit", DoctorPairing.kind, which, tuple(said))) is not None


def stands(villages: Villages, pairing: str) -> str:
    """The one state in which all ends have the pairing."""
    rows: list[dict[str, Any]] = [
        pc.rows(DoctorPairing.kind)[VILLAGE, pairing] for pc in villages.pcs
    ]
    rows.append(villages.county.rows()[DoctorPairing.kind][VILLAGE, pairing])
    (state,) = {pairing_state(row) for row in rows}
    return state


def asked_nobody(villages: Villages) -> bool:
    """Whether nothing became a conflict, and nothing was sent back."""
    found = answers(villages)
    troubled = found.get("edit conflict", 0) + found.get("edit rejected", 0)
    return not troubled and not villages.county.rows()[Conflict.kind]


@pytest.mark.promise(3)
def test_each_side_confirms_on_its_own_pc_without_a_line_and_the_grid_is_paired(
    villages: Villages,
) -> None:
    pairing = pair(villages)
    one, other = villages.pcs
    assert make(villages, one, pairing, "grid_side")
    assert make(villages, other, pairing, "team_side")
    villages.rest()
    assert stands(villages, pairing) == "paired"
    assert asked_nobody(villages)


@pytest.mark.promise(3)
def test_what_one_pc_ends_while_the_other_confirms_is_ended(villages: Villages) -> None:
    one, other = villages.pcs
    for first in (one, other):
        pairing = pair(villages)
        assert make(villages, one, pairing, "ended")
        assert make(villages, other, pairing, "team_side")
        assert villages.sync(first)
        villages.rest()
        assert stands(villages, pairing) == "ended"
    assert asked_nobody(villages)


def test_the_same_side_confirmed_twice_stands_as_it_was_said_first(villages: Villages) -> None:
    pairing = pair(villages)
    one, other = villages.pcs
    assert make(villages, one, pairing, "grid_side")
    assert make(villages, other, pairing, "grid_side")
    assert villages.sync(other)
    villages.rest()
    assert stands(villages, pairing) == "grid_side"
    for pc in villages.pcs:
        assert pc.rows(DoctorPairing.kind)[VILLAGE, pairing]["grid_side_by"] == f"{other.name}的人"
    assert asked_nobody(villages)


def test_the_county_takes_no_confirmation_back_whatever_a_pc_claims(liars: Villages) -> None:
    villages, pairing = liars, pair(liars)
    assert make(villages, villages.pcs[0], pairing, "grid_side")
    villages.rest()
    row = villages.county.rows()[DoctorPairing.kind][VILLAGE, pairing]
    liar = villages.pcs[1]
    device = device_of(villages.county.engine, liar.token)
    lies: list[dict[str, Any]] = [
        dict.fromkeys(GRID_SIDE),
        {"grid_side_by": "别人", "grid_side_on": "2026-11-25"},
        {"grid_side_by": "别人"},
    ]
    for place, values in enumerate(lies):
        # On what stands there, and on what stood before: an old number excuses nothing.
        for base in (row["revision"], row["revision"] - 1):
            lie = f"lie.{place}.{base}"
            change = Change(lie, DoctorPairing.kind, pairing, "edit", base, values, "", "")
            asked = ExchangeRequest(VERSION, {VILLAGE: 0, COUNTY: 0}, to_blocks([change]), 1000)
            exchange(villages.county.engine, device, asked)
            now = villages.county.rows()[DoctorPairing.kind][VILLAGE, pairing]
            assert {n: now[n] for n in GRID_SIDE} == {n: row[n] for n in GRID_SIDE}
    knowing = Change("lie", DoctorPairing.kind, pairing, "edit", now["revision"], lies[1], "", "")
    asked = ExchangeRequest(VERSION, {VILLAGE: 0, COUNTY: 0}, to_blocks([knowing]), 1000)
    answer = exchange(villages.county.engine, device, asked)
    ((_, code, _, reason),) = by_outcome(answer.outcomes)
    assert code == "rejected"
    assert "不能改" in reason


_actions = st.tuples(st.integers(0, 1), st.sampled_from((*STEPS, "sync")))


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(_actions, max_size=10))
def test_whatever_two_pcs_do_in_whatever_order_all_ends_come_to_one_state(
    villages: Villages, actions: list[tuple[int, str]]
) -> None:
    pairing = pair(villages)
    made = set()
    for place, action in actions:
        pc = villages.pcs[place]
        if action == "sync":
            assert villages.sync(pc)
        elif make(villages, pc, pairing, action):
            made.add(action)
    villages.rest()
    sides = made & {"grid_side", "team_side"}
    expected = "paired" if len(sides) == 2 else next(iter(sides), "open")
    assert stands(villages, pairing) == ("ended" if "ended" in made else expected)
    assert asked_nobody(villages)
