"""The promises of sync, tried by sequences that nobody thought of; and what they once found."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from sync.records import Grid, Resident
from tests.support.store import VILLAGE
from tests.support.village import Write
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
