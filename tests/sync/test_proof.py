"""Promise 6: both ends can prove that they hold the same; what differs is healed, and told."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.storage import settings
from desktop.storage.outbox import Outbox
from desktop.syncing import service
from desktop.syncing.service import Receipt, Syncing
from sync import proof
from sync.client.engine import synchronise
from sync.protocol import Holding
from sync.records import Conflict, Grid, Resident
from sync.server.database import writing
from sync.server.numbering import begin_eras
from tests.support.store import COUNTY
from tests.support.truth import Unasked
from tests.support.village import FaultyLine, VillagePc, Write
from tests.sync.agreement import Villages

pytestmark = pytest.mark.promise(6)

HERE, THERE = 0, 1


@pytest.fixture
def villages() -> Iterator[Villages]:
    villages = Villages()
    yield villages
    villages.close()


def people(villages: Villages, pc: VillagePc, count: int) -> list[str]:
    names = [(("name", f"居民{n}"), ("note", "常住")) for n in range(count)]
    found = [villages.write(pc, Write("create", Resident.kind, 0, name)) for name in names]
    return [str(record) for record in found]


def synced(pc: VillagePc, *, thorough: bool = False) -> Receipt:
    syncing = Syncing(pc.store, lambda *_: FaultyLine(pc.county, pc.token))
    return syncing.run(thorough=thorough)


def on_pc(pc: VillagePc, sql: str, *values: object) -> None:
    with pc.store.change() as connection:
        connection.exec_driver_sql(sql, values)


def at_county(villages: Villages, sql: str, *values: object) -> None:
    with villages.county.engine.begin() as connection:
        connection.exec_driver_sql(sql, values)


def test_a_sync_tells_that_both_ends_hold_the_same(villages: Villages) -> None:
    pc = villages.pcs[HERE]
    people(villages, pc, 5)
    receipt = synced(pc)
    assert (receipt.proof, receipt.healed, receipt.sent) == ("equal", {}, 5)
    assert (synced(pc).proof, synced(pc).round_trips) == ("equal", 1)


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM resident WHERE id = ?",
        "UPDATE resident SET revision = revision - 1 WHERE id = ?",
    ],
)
def test_a_record_lost_or_grown_old_on_the_pc_comes_back_with_the_next_sync(
    villages: Villages, damage: str
) -> None:
    pc = villages.pcs[HERE]
    records = people(villages, pc, 5)
    synced(pc)
    on_pc(pc, damage, records[2])
    receipt = synced(pc)
    assert (receipt.proof, receipt.healed) == ("healed", {"resident": 1})
    villages.rest()


def test_a_field_changed_behind_the_programs_back_is_found_by_a_thorough_sync(
    villages: Villages,
) -> None:
    pc = villages.pcs[HERE]
    records = people(villages, pc, 5)
    synced(pc)
    on_pc(pc, "UPDATE resident SET note = '别的' WHERE id = ?", records[3])
    receipt = synced(pc, thorough=True)
    assert (receipt.proof, receipt.healed) == ("healed", {"resident": 1})
    villages.rest()


def test_sums_that_were_wrong_are_no_record_that_differs(
    villages: Villages, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As with more records than are counted at the beginning of each sync.
    monkeypatch.setattr(service, "_FEW", -1)
    pc = villages.pcs[HERE]
    people(villages, pc, 5)
    synced(pc)
    on_pc(pc, "UPDATE holding SET checksum = checksum + 1 WHERE kind = 'resident'")
    people(villages, pc, 1)
    receipt = synced(pc, thorough=True)
    assert (receipt.proof, receipt.healed) == ("equal", {})


def test_the_first_sync_of_a_day_is_thorough_by_itself(villages: Villages) -> None:
    pc = villages.pcs[HERE]
    records = people(villages, pc, 5)
    synced(pc)
    on_pc(pc, "UPDATE resident SET note = '别的' WHERE id = ?", records[3])
    assert synced(pc).proof == "equal"
    pc.store.set(**{settings.LAST_PROOF: "2026-01-01T00:00:00+00:00"})
    assert synced(pc).healed == {"resident": 1}


def test_healing_does_not_touch_what_still_waits(villages: Villages) -> None:
    pc = villages.pcs[HERE]
    records = people(villages, pc, 5)
    synced(pc)
    on_pc(pc, "UPDATE resident SET note = '别的' WHERE id = ?", records[1])
    # Refused, it waits for a person and lies on the record: of one name two grids cannot be.
    for name, owner in (("一组", THERE), ("二组", HERE)):
        grid = Write("create", Grid.kind, 0, (("name", name), ("code", "G1")))
        villages.write(villages.pcs[owner], grid)
        synced(villages.pcs[owner])
    waiting = pc.outbox()
    assert [entry["state"] for entry in waiting] == ["refused"]
    assert synced(pc, thorough=True).healed == {"resident": 1}
    assert pc.outbox() == waiting
    assert [row["name"] for row in pc.rows("grid").values() if not row["revision"]] == ["二组"]


def test_a_record_that_the_county_lost_is_sent_to_it_again(villages: Villages) -> None:
    here, there = villages.pcs[HERE], villages.pcs[THERE]
    records = people(villages, here, 5)
    synced(here)
    synced(there)
    before = here.rows("resident")
    at_county(villages, "DELETE FROM resident WHERE id = ?", records[2])
    villages.county.truth = Unasked()
    receipt = synced(here, thorough=True)
    assert (receipt.proof, receipt.healed) == ("healed", {"resident": 1})
    synced(there)
    after = villages.county.rows()["resident"]
    for key, row in before.items():
        assert {**after[key], "revision": 0} == {**row, "revision": 0}
    assert here.rows("resident") == there.rows("resident") == after


def test_wrong_sums_alone_are_set_right_on_either_end_and_nothing_else_happens(
    villages: Villages,
) -> None:
    pc = villages.pcs[HERE]
    people(villages, pc, 5)
    synced(pc)
    for spoil in (partial_of(on_pc, pc), partial_of(at_county, villages)):
        spoil("UPDATE holding SET checksum = 1, records = 7 WHERE kind = 'resident'")
        before = pc.rows("resident")
        receipt = synced(pc)
        assert (receipt.proof, receipt.healed) in (("equal", {}), ("healed", {}))
        assert pc.rows("resident") == before
        assert synced(pc).round_trips == 1


def partial_of(function: Callable[..., None], first: Any) -> Callable[[str], None]:
    return lambda sql: function(first, sql)


def test_a_county_list_that_differs_is_healed_too(villages: Villages) -> None:
    pc = villages.pcs[HERE]
    synced(pc)
    on_pc(pc, "DELETE FROM division WHERE rowid = (SELECT min(rowid) FROM division)")
    assert synced(pc).healed == {"division": 1}
    villages.rest()


def test_a_thousand_spoiled_records_are_fetched_in_parts(villages: Villages) -> None:
    pc = villages.pcs[HERE]
    with pc.store.write() as writing:
        writing.create_many(Resident, [{"name": f"居民{n}"} for n in range(1500)])
    line = FaultyLine(pc.county, pc.token)
    synchronise(Outbox(pc.store), line)
    on_pc(pc, "DELETE FROM resident WHERE rowid % 3 <> 0")
    result = synchronise(Outbox(pc.store), line, thorough=lambda _: True)
    assert (result.proof, result.healed) == ("healed", {"resident": 1000})
    assert len(pc.rows("resident")) == 1500


records = st.lists(st.tuples(st.text(min_size=1), st.integers(1, 2**40)), unique_by=lambda r: r[0])


@given(records, st.randoms(use_true_random=False))
def test_the_sum_of_a_kind_follows_from_what_is_held_alone(
    held: list[tuple[str, int]], chance: random.Random
) -> None:
    whole = proof.moved((record, revision, 0) for record, revision in held)
    records = checksum = 0
    shuffled = chance.sample(held, len(held))
    for record, revision in shuffled:
        # Held at another revision before, or let go and taken again.
        for step in ((record, 7, 0), (record, 0, 7), (record, revision, 0)):
            more, added = proof.moved([step])
            records, checksum = records + more, (checksum + added) % proof.MODULUS
    assert (records, checksum) == whole


@given(records.filter(bool))
def test_one_version_more_or_less_or_other_is_another_sum(held: list[tuple[str, int]]) -> None:
    whole = proof.moved((record, revision, 0) for record, revision in held)
    (record, revision), rest = held[0], held[1:]
    for other in ([], [(record, revision + 1)], [(record + "x", revision)]):
        assert proof.moved((r, n, 0) for r, n in [*rest, *other]) != whole


def test_a_seal_tells_every_difference_but_what_is_empty() -> None:
    one = [Holding(COUNTY, "division", 4, 9), Holding("a", "grid", 1, 5)]
    assert proof.seal(one) == proof.seal([*reversed(one), Holding("a", "resident", 0, 0)])
    others = [Holding("b", "grid", 1, 5), Holding("a", "grid", 2, 5), Holding("a", "grid", 1, 6)]
    assert len({proof.seal([one[0], other]) for other in (one[1], *others)}) == 4


def restored(villages: Villages, folder: Path, work: Callable[[], None]) -> None:
    """Let the county go back to how it stood before ``work``."""
    engine = villages.county.engine
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute(f"VACUUM INTO '{folder / 'backup.sqlite3'}'")
    work()
    engine.dispose()
    source = str(engine.url.database)
    for part in Path(source).parent.glob(Path(source).name + "*"):
        part.unlink()
    Path(source).write_bytes((folder / "backup.sqlite3").read_bytes())
    villages.county.truth = Unasked()


def edit(villages: Villages, pc: VillagePc, record: str, **values: str) -> None:
    with pc.store.write() as writing:
        writing.edit(Resident, record, values)


def rest(villages: Villages) -> list[Receipt]:
    return [synced(pc) for _ in range(3) for pc in villages.pcs[:2]]


def test_a_county_restored_from_yesterdays_backup_is_told_again_what_it_forgot(
    villages: Villages, tmp_path: Path
) -> None:
    here, there = villages.pcs[HERE], villages.pcs[THERE]
    old = people(villages, here, 4)
    rest(villages)
    made: list[str] = []

    def a_day() -> None:
        made.extend(people(villages, here, 3))
        edit(villages, here, old[0], note="改过")
        villages.write(here, Write("create", Grid.kind, 0, (("name", "一组"),)))
        rest(villages)
        grid = villages.ids(there, Grid)[0]
        with there.store.write() as writing:
            writing.edit(Resident, made[0], {"grid": grid, "note": "那边改的"})
            writing.delete(Resident, old[1])
        rest(villages)

    restored(villages, tmp_path, a_day)
    before = here.rows("resident"), here.rows("grid")
    edit(villages, here, made[1], note="断线时改的")
    receipts = rest(villages)
    assert [receipt.refused for receipt in receipts] == [0] * len(receipts)
    assert {receipt.proof for receipt in receipts[-2:]} == {"equal"}
    rows = villages.county.rows()
    for kind, known in zip(("resident", "grid"), before, strict=True):
        assert rows[kind].keys() == known.keys()
        for key, row in known.items():
            expected = {**row, "revision": 0}
            if key[1] == made[1]:
                expected["note"] = "断线时改的"
            if not row["deleted"]:
                assert {**rows[kind][key], "revision": 0} == expected
            else:
                assert rows[kind][key]["deleted"] == 1
        assert here.rows(kind) == there.rows(kind) == rows[kind]
    assert not rows["conflict"]


def test_what_two_pcs_knew_differently_of_a_forgotten_record_is_merged_or_asked(
    villages: Villages, tmp_path: Path
) -> None:
    here, there = villages.pcs[HERE], villages.pcs[THERE]
    (record,) = people(villages, here, 1)
    rest(villages)

    def a_day() -> None:
        edit(villages, here, record, note="上午改的")
        rest(villages)
        edit(villages, here, record, note="下午改的", address="一组")
        synced(here)

    restored(villages, tmp_path, a_day)
    # This PC has seen the morning only; it comes first.
    synced(there)
    rest(villages)
    county = villages.county.rows()
    (row,) = [r for r in county["resident"].values() if r["id"] == record]
    assert row["address"] == "一组"
    (conflict,) = county[Conflict.kind].values()
    told = {row["note"], "下午改的" if "下午改的" in conflict["other_values"] else ""}
    assert told == {"上午改的", "下午改的"}, "neither version is lost"
    assert here.rows("resident") == there.rows("resident") == county["resident"]


def test_an_open_conflict_that_the_county_forgot_stays_open_for_all(
    villages: Villages, tmp_path: Path
) -> None:
    here, there = villages.pcs[HERE], villages.pcs[THERE]
    (record,) = people(villages, here, 1)
    rest(villages)

    def a_day() -> None:
        edit(villages, here, record, note="这边")
        edit(villages, there, record, note="那边")
        rest(villages)
        assert len(here.rows(Conflict.kind)) == 1

    restored(villages, tmp_path, a_day)
    before = {key: {**row, "revision": 0} for key, row in here.rows(Conflict.kind).items()}
    rest(villages)
    after = villages.county.rows()[Conflict.kind]
    assert {key: {**row, "revision": 0} for key, row in after.items()} == before
    assert here.rows(Conflict.kind) == there.rows(Conflict.kind) == after


def test_numbers_that_the_county_forgot_are_never_given_again(
    villages: Villages, tmp_path: Path
) -> None:
    here = villages.pcs[HERE]
    people(villages, here, 1)
    synced(here)

    def a_day() -> None:
        people(villages, here, 5)
        synced(here)

    restored(villages, tmp_path, a_day)
    highest = max(row["revision"] for row in here.rows("resident").values())
    synced(here)
    numbers = [row["revision"] for row in villages.county.rows()["resident"].values()]
    assert sorted(n > highest for n in numbers) == [False, *[True] * 5]


def test_whoever_restores_the_county_says_so_and_nothing_of_the_day_is_missed(
    villages: Villages, tmp_path: Path
) -> None:
    here, there = villages.pcs[HERE], villages.pcs[THERE]
    people(villages, there, 1)
    rest(villages)
    made: list[str] = []

    def a_day() -> None:
        made.extend(people(villages, here, 2))
        synced(here)

    restored(villages, tmp_path, a_day)
    with writing(villages.county.engine) as connection:
        begin_eras(connection)
    # A PC that has not read further than the backup comes first, and writes.
    made.extend(people(villages, there, 4))
    rest(villages)
    rows = villages.county.rows()["resident"]
    assert {key[1] for key in rows} >= set(made)
    assert here.rows("resident") == there.rows("resident") == rows
