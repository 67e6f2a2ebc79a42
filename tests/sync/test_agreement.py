"""The promises of sync, tried by sequences that nobody thought of; and what they once found."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from desktop.syncing.conflicts import Conflicts
from sync.records import Grid, Household, Resident
from sync.server.accounts import device_of
from tests.support.store import VILLAGE
from tests.support.village import OTHER_VILLAGE, Plan, Write
from tests.sync.agreement import Villages
from tests.sync.machine import Agreement
from tests.sync.scenes import edit as change
from tests.sync.scenes import person

pytestmark = [
    pytest.mark.promise(2),
    pytest.mark.promise(3),
    pytest.mark.promise(5),
    pytest.mark.promise(7),
    pytest.mark.promise(9),
    pytest.mark.promise(10),
]

SEED = 20261125
CLOCK = "1999-01-01T00:00:00+08:00"


@pytest.mark.slow
def test_all_ends_agree_at_rest_whatever_line_power_and_clock_do() -> None:
    brief = settings(
        max_examples=20,
        stateful_step_count=25,
        deadline=None,
        database=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
        # What breaks is printed whole; ``tests.soak --shrink`` makes it short.
        phases=(Phase.generate,),
    )
    run_state_machine_as_test(seed(SEED)(Agreement), settings=brief)


def test_a_pc_never_conflicts_with_its_own_earlier_change_of_one_request(
    villages: Villages,
) -> None:
    here, there = villages.pcs[:2]
    villages.write(there, person(name="王芳"))
    villages.sync(there)
    villages.write(here, person(name="王芳"))
    villages.write(here, change(address="一组"))
    villages.write(here, change(address="二组"))
    villages.rest()
    assert not villages.county.truth.conflicts
    assert [row["address"] for row in there.rows(Resident.kind).values()] == ["二组"]


def test_a_change_that_merges_does_not_hide_an_open_conflict(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    villages.write(here, person(name="王芳"))
    for pc in (here, there):
        villages.sync(pc)
    villages.write(here, change(address="一组"))
    villages.write(there, change(address="二组"))
    villages.sync(here)
    villages.sync(there)
    villages.write(here, change(phone="13800000001"))
    villages.write(there, change(note="常住"))
    villages.sync(here)
    villages.sync(there)
    villages.rest()
    assert len(villages.county.truth.conflicts) == 1


def test_a_refused_record_sent_again_has_one_maker_and_time_on_all_ends(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    for pc, name in ((there, "二组"), (here, "一组")):
        villages.write(
            pc, Write("create", Grid.kind, 0, (("name", name), ("code", f"{VILLAGE}01")))
        )
        villages.sync(pc)
    (refused,) = here.outbox()
    record = refused["record"]
    here.store.set(operator="换了的会计")
    here.write(Grid, record, lambda w: w.edit(Grid, record, {"code": f"{VILLAGE}02"}), CLOCK)
    villages.rest()
    row = there.rows(Grid.kind)[there.area, record]
    assert (row["made_by"], row["made_at"]) == ("换了的会计", CLOCK)


def test_what_is_emptied_in_a_refused_record_is_empty_on_all_ends(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    taken = (("name", "二组"), ("code", f"{VILLAGE}01"))
    villages.write(there, Write("create", Grid.kind, 0, taken))
    villages.write(here, Write("create", Grid.kind, 0, (*taken, ("leader", "王芳"))))
    for pc in (there, here):
        villages.sync(pc)
    (refused,) = here.outbox()
    record = refused["record"]
    here.write(Grid, record, lambda w: w.edit(Grid, record, {"code": None, "leader": None}), "")
    shown = here.rows(Grid.kind)[here.area, record]
    assert (shown["code"], shown["leader"]) == (None, None)
    villages.rest()
    assert there.rows(Grid.kind)[there.area, record]["code"] == f"{VILLAGE}0001", (
        "the county gives one"
    )


@pytest.mark.promise(7)
@pytest.mark.promise(12)
def test_an_old_file_on_a_stick_does_not_tell_the_county_that_a_pc_has_come_back(
    village: Villages,
) -> None:
    pc = village.pcs[0]
    village.write(pc, Write("create", Grid.kind, 0, (("name", "一组"),)))
    village.sync(pc)
    # The first file of a program says that it reads all anew, the second how far it has read.
    old = [pc.courier_out()]
    village.sync(pc)
    old.append(pc.courier_out())
    village.move(pc, OTHER_VILLAGE)
    village.sync(pc)
    village.sync(pc)
    # It goes back to where it was, but has not heard of that yet.
    village.move(pc, VILLAGE)
    village.write(pc, Write("create", Grid.kind, 0, (("name", "二组"),)))
    for file in old:
        pc.courier_carry(file)
    assert pc.area == OTHER_VILLAGE
    village.rest()
    assert pc.area == VILLAGE
    assert [row["name"] for row in pc.rows(Grid.kind).values()] == ["一组"]


@pytest.mark.promise(12)
def test_a_pc_that_has_no_line_arrives_by_stick(village: Villages) -> None:
    pc = village.pcs[0]
    village.write(pc, Write("create", Grid.kind, 0, (("name", "一组"),)))
    assert pc.courier_in(pc.courier_carry(pc.courier_out()))
    village.move(pc, OTHER_VILLAGE)
    for _ in range(2):
        assert pc.courier_in(pc.courier_carry(pc.courier_out()))
    assert pc.area == OTHER_VILLAGE
    assert not device_of(village.county.engine, pc.token).moved


@pytest.mark.promise(3)
def test_what_is_brought_back_late_meets_what_another_wrote_who_brought_it_back_first(
    village: Villages,
) -> None:
    here, there = village.pcs
    new = (("head", "王芳"), ("address", "一组"))
    record = village.write(here, Write("create", Household.kind, 0, new))
    for pc in (here, there):
        village.sync(pc)
    village.write(here, Write("delete", Household.kind, 0))
    for pc in (here, there):
        village.sync(pc)
    assert record is not None
    for pc in (here, there):
        village.touched.add(pc)
        with pc.noting(Household.kind), pc.store.write() as writing:
            writing.bring_back(Household, record, {})
    village.sync(here)
    village.write(here, Write("edit", Household.kind, 0, (("address", "二组"),)))
    village.sync(here)
    village.write(here, Write("edit", Household.kind, 0, (("address", None),)))
    for pc in (here, there):
        village.sync(pc)
    village.rest()
    assert there.rows(Household.kind)[VILLAGE, record]["address"] is None, "what stood stays"
    assert len(Conflicts(there.store).open()) == 1, "and the village is asked"


def test_a_grid_has_its_code_as_soon_as_the_answer_to_it_is_settled(village: Villages) -> None:
    here, there = village.pcs
    for _ in range(6):
        village.write(there, person(name="王芳"))
    village.sync(there)
    village.write(here, Write("create", Grid.kind, 0, (("name", "一组"),)))
    # The power goes while what the other wrote is still unread, or the cadre stops the sync.
    for plan in (Plan(page=1, cancel_after=1), Plan(page=1, cut_at=2), Plan(page=1, cut_at=2)):
        village.sync(here, plan)
        village.check()
    village.rest()
