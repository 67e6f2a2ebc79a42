"""Moves and pushes at the same moment: both areas are locked in one order, and nothing is lost."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from sync.protocol import VERSION, ExchangeRequest, VerifyRequest, to_blocks
from sync.records import KINDS
from sync.server.accounts import device_of
from sync.server.database import writing
from sync.server.devices import move_device
from sync.server.errors import Refusal
from sync.server.exchange import exchange
from sync.server.numbering import lock_areas
from sync.server.verify import verify
from sync.server.villages import merge_villages, split_village
from tests.sync.server.enrolled import (
    THIRD_VILLAGE,
    EnrolledPc,
    all_of,
    live,
    load_villages,
)
from tests.sync.server.pcs import COUNTY, OTHER_VILLAGE, VILLAGE, codes, create, edit
from tests.sync.server.test_areas import ids, wild_changes
from tests.sync.server.test_no_gap import is_held_up

PATIENCE_S = 60


@pytest.fixture
def county(county: Engine) -> Engine:
    load_villages(county)
    return county


def grids(pc: EnrolledPc, *names: str) -> None:
    pc.send(*(create("grid", name, name=name, level="general") for name in names))
    pc.send(*(create("resident", f"of-{name}", name=name, grid=name) for name in names))


def test_moves_in_both_directions_and_pushes_never_wait_for_each_other_in_a_circle(
    county: Engine,
) -> None:
    names = [f"g{n}" for n in range(6)]
    here, there = EnrolledPc(county, "here"), EnrolledPc(county, "there", OTHER_VILLAGE)
    grids(here, *(f"a-{name}" for name in names))
    grids(there, *(f"b-{name}" for name in names))
    start = threading.Barrier(4)

    def over(source: str, into: str, prefix: str) -> None:
        start.wait(PATIENCE_S)
        for name in names:
            split_village(county, source, into, [f"{prefix}-{name}"])

    def push(pc: EnrolledPc, prefix: str) -> list[str]:
        start.wait(PATIENCE_S)
        told: list[str] = []
        for turn in range(4):
            for name in names:
                # Sometimes at home still, sometimes in the other village already.
                told += codes(pc.send(edit("resident", f"of-{prefix}-{name}", 0, note=f"{turn}")))
        return told

    with ThreadPoolExecutor(4) as pool:
        work: list[Any] = [
            pool.submit(over, VILLAGE, OTHER_VILLAGE, "a"),
            pool.submit(over, OTHER_VILLAGE, VILLAGE, "b"),
            pool.submit(push, here, "a"),
            pool.submit(push, there, "b"),
        ]
        told = [one.result(PATIENCE_S) for one in work]
    assert set(told[2] + told[3]) == {"accepted"}
    for area, prefix in ((VILLAGE, "b"), (OTHER_VILLAGE, "a")):
        wanted = {(kind, f"{start}{prefix}-{n}") for n in names for kind, start in KINDS_AND_STARTS}
        assert live(county, area) == wanted
        rows = [row for row in all_of(county, area) if row["kind"] == "resident"]
        assert {row["note"] for row in rows if not row["deleted"]} == {"3"}


KINDS_AND_STARTS = (("grid", ""), ("resident", "of-"))


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgresql"], indirect=True)
def test_whoever_locks_several_areas_takes_them_in_the_order_of_their_codes(
    county: Engine,
) -> None:
    pc = EnrolledPc(county, "here")
    pc.send(create("grid", "g", name="g", level="general"))
    third = EnrolledPc(county, "third", THIRD_VILLAGE)
    third.send(create("resident", "t", name="t"))
    with ThreadPoolExecutor(1) as pool, county.connect() as watch:
        with writing(county) as connection:
            # Someone holds the last of the locks: who wants all waits with the first in hand.
            lock_areas(connection, [THIRD_VILLAGE])
            moving: Any = pool.submit(split_village, county, VILLAGE, THIRD_VILLAGE, ["g"])
            assert is_held_up(moving, watch)
            # And holds up nobody else's village.
            other = EnrolledPc(county, "other", OTHER_VILLAGE)
            assert codes(other.send(create("resident", "o", name="o"))) == ["accepted"]
        moving.result(PATIENCE_S)
    assert live(county, THIRD_VILLAGE) == {("grid", "g"), ("resident", "t")}


def test_a_push_that_meets_a_merge_is_taken_in_on_one_side_of_it(county: Engine) -> None:
    pcs = [EnrolledPc(county, f"pc{n}") for n in range(3)]
    start = threading.Barrier(4)

    def push(pc: EnrolledPc) -> list[str]:
        start.wait(PATIENCE_S)
        told: list[str] = []
        for n in range(8):
            told += codes(pc.send(create("resident", f"{pc.device.name}-{n}", name="人")))
        return told

    def merge() -> None:
        start.wait(PATIENCE_S)
        merge_villages(county, VILLAGE, OTHER_VILLAGE)

    with ThreadPoolExecutor(4) as pool:
        merging = pool.submit(merge)
        told = [one.result(PATIENCE_S) for one in [pool.submit(push, pc) for pc in pcs]]
        merging.result(PATIENCE_S)
    assert {code for codes_ in told for code in codes_} == {"accepted"}
    assert live(county, VILLAGE) == set()
    assert len(live(county, OTHER_VILLAGE)) == 24


@pytest.fixture
def border(county: Engine) -> tuple[Engine, EnrolledPc]:
    """A grid went to another village; that one has a secret of its own, and a PC has moved on."""
    liar = EnrolledPc(county, "liar")
    grids(liar, "grid-1", "stays")
    split_village(county, VILLAGE, OTHER_VILLAGE, ["grid-1"])
    neighbour = EnrolledPc(county, "neighbour", OTHER_VILLAGE)
    neighbour.send(create("household", "household-1", head="机密"))
    neighbour.send(create("resident", "resident-1", name="机密"))
    EnrolledPc(county, "third", THIRD_VILLAGE).send(create("resident", "resident-1", name="机密"))
    return county, liar


towns = st.sampled_from((VILLAGE, OTHER_VILLAGE, THIRD_VILLAGE, COUNTY))


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    changes=st.lists(wild_changes, max_size=6),
    reaching=st.booleans(),
    cursors=st.dictionaries(ids | towns, st.integers(-5, 2**40)),
    area=st.just("") | towns | st.text(max_size=20),
    moved=st.booleans(),
)
def test_a_pc_that_lies_never_reads_or_writes_outside_whatever_it_claims(
    border: tuple[Engine, EnrolledPc],
    changes: list[Any],
    reaching: bool,
    cursors: dict[str, int],
    area: str,
    moved: bool,
) -> None:
    county, liar = border
    if reaching:
        # By way of the grid that went over, at records that never were its own.
        changes += [
            create("household", "household-1", head="偷改", grid="grid-1", note="偷改"),
            edit("household", "household-1", 0, head="偷改"),
        ]
    move_device(county, liar.id, THIRD_VILLAGE if moved else VILLAGE)
    foreign = {OTHER_VILLAGE} if moved else {OTHER_VILLAGE, THIRD_VILLAGE}
    before = {one: _secrets(county, one) for one in foreign}
    device = device_of(county, liar.token)
    request = ExchangeRequest(VERSION, cursors, to_blocks(changes), 100, area)
    with suppress(Refusal):
        answer = exchange(county, device, request)
        allowed = {VILLAGE, COUNTY} if not moved else {THIRD_VILLAGE, VILLAGE, COUNTY}
        assert {rows.area for rows in answer.rows} <= allowed
        assert {told.area for told in answer.histories} <= allowed
        if answer.move is not None:
            assert (answer.rows, answer.histories, answer.holdings) == ([], [], [])
        if not moved:
            assert "机密" not in str(answer)
    for one in foreign:
        assert _secrets(county, one) == before[one]
        with pytest.raises(Refusal):
            verify(county, device, VerifyRequest(VERSION, one, {"resident": ["name"]}))


def _secrets(county: Engine, area: str) -> list[dict[str, Any]]:
    """What an area has that never lay in the liar's own village."""
    theirs = {"household-1", "resident-1"}
    return sorted(
        (row for row in all_of(county, area) if row["id"] in theirs), key=lambda row: row["id"]
    )


def test_every_kind_has_one_rule_for_what_it_belongs_to() -> None:
    """A kind that must point to two records could not be split: there is none."""
    for record in KINDS.values():
        required = [reference for reference in record.references() if reference.required]
        assert len(required) <= 1, record.kind
