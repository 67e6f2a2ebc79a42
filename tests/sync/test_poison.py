"""Promise 4: one poisonous record among a thousand is told, and holds up nobody."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from desktop.syncing.service import Syncing
from sync.records import Grid, Resident, Value
from tests.support.village import Plan, VillagePc, Write
from tests.sync.agreement import Villages
from tests.sync.scenes import count

pytestmark = pytest.mark.promise(4)

THOUSAND = 1000
PLACE = 617

#: What an older, newer or broken program may have left in the outbox, and nobody can read.
POISONS: dict[str, Callable[[dict[str, Value]], object]] = {
    "a name without end": lambda values: values | {"name": "长" * 20_000},
    "a field nobody knows": lambda values: values | {"nickname": "小王"},
    "no name": lambda values: {"note": "没有姓名"},
    "a number for a name": lambda values: values | {"name": 7},
    "a false id number": lambda values: values | {"id_number": "510183198809210000"},
    "a grid that is not there": lambda values: values | {"grid": "nowhere"},
    "a zero byte": lambda values: values | {"name": "王\0芳"},
}


@pytest.mark.parametrize("poison", POISONS)
def test_one_poisonous_record_among_a_thousand_is_refused_with_a_reason_and_the_rest_arrive(
    village: Villages, poison: str
) -> None:
    here, there = village.pcs
    village.county.truth.honest = False
    ids = thousand(here)
    spoil(here, ids[PLACE], POISONS[poison])
    assert village.sync(here, Plan(page=250))
    assert count(village) == THOUSAND - 1
    (refused,) = here.outbox()
    assert (refused["record"], refused["state"]) == (ids[PLACE], "refused")
    assert any("\u4e00" <= letter <= "\u9fff" for letter in refused["reason"])
    village.sync(there)
    assert len(there.rows(Resident.kind)) == THOUSAND - 1
    # Again and again: the poison is not sent by itself, and nothing else is in its way.
    more = village.write(here, Write("create", Resident.kind, 0, (("name", "后来的"),)))
    assert village.sync(here)
    village.sync(there)
    assert (there.area, str(more)) in there.rows(Resident.kind)
    assert len(here.outbox()) == 1


def test_a_refused_record_is_seen_mended_and_sent_again(village: Villages) -> None:
    here, there = village.pcs
    village.write(there, Write("create", Grid.kind, 0, (("name", "一组"), ("code", "G1"))))
    village.sync(there)
    record = village.write(here, Write("create", Grid.kind, 0, (("name", "二组"), ("code", "G1"))))
    village.sync(here)
    ((row, reason),) = Syncing(here.store).refused()
    assert row.id == record
    assert "G1" in reason or "编号" in reason
    here.write(Grid, row.id, lambda w: w.edit(Grid, row.id, {"code": f"{here.area}G2"}), "")
    village.rest()
    codes = sorted(grid["code"] for grid in there.rows(Grid.kind).values())
    assert codes == [f"{here.area}G1", f"{here.area}G2"]


def thousand(pc: VillagePc) -> list[str]:
    rows = [{"name": f"居民{n}"} for n in range(THOUSAND)]
    ids: list[str] = pc.write(Resident, "", lambda w: w.create_many(Resident, rows), "")
    return ids


def spoil(pc: VillagePc, record: str, poison: Callable[[dict[str, Value]], object]) -> None:
    """Change what waits behind the program's back, as a broken one might have."""
    with pc.store.change() as connection:
        before = connection.exec_driver_sql(
            "SELECT values_json FROM outbox WHERE record = ?", (record,)
        ).scalar_one()
        connection.exec_driver_sql(
            "UPDATE outbox SET values_json = ? WHERE record = ?",
            (json.dumps(poison(json.loads(before))), record),
        )
