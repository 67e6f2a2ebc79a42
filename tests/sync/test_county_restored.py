"""Promises 2, 3 and 6: the county's database goes back to yesterday's backup, and forgets a day.

PCs know what it forgot: they send it again by themselves, and each record is there once.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from desktop.events.service import Events
from desktop.storage.outbox import Outbox
from desktop.syncing.service import Receipt, Syncing
from sync.client.engine import synchronise
from sync.client.pace import Pace
from sync.records import (
    Conflict,
    Event,
    EventStep,
    PointsEntry,
    PointsSubject,
    Resident,
    Values,
)
from tests.support.server import County, county_process
from tests.support.store import COUNTY
from tests.support.truth import Unasked
from tests.support.village import Fault, FaultyLine, Plan, VillagePc, Write
from tests.support.working import all_agree, enrolled, wait_for_growth, working, written
from tests.sync.agreement import Villages
from tests.sync.scenes import DELETE, conflicts, edit, known_to_all, resident, someone

pytestmark = [pytest.mark.promise(2), pytest.mark.promise(3), pytest.mark.promise(6)]


def forget(village: Villages, day: Callable[[], None]) -> None:
    """Let a day pass, and the county go back to how it stood before."""
    engine = village.county.engine
    path = Path(str(engine.url.database))
    backup = path.with_name("backup.sqlite3")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(path, backup)
    day()
    engine.dispose()
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()
    backup.rename(path)
    # What crossed the line is no account any more of what the county has.
    village.county.truth = Unasked()


def synced(pc: VillagePc) -> Receipt:
    return Syncing(pc.store, lambda *_: FaultyLine(pc.county, pc.token)).run()


def rest(village: Villages) -> None:
    """All sync until nothing moves; every PC holds what the county holds, and can prove it."""
    receipts = [synced(pc) for pc in village.pcs * 3]
    assert {receipt.proof for receipt in receipts[-len(village.pcs) :]} == {"equal"}
    there = village.county.rows()
    for pc in village.pcs:
        assert pc.outbox() == []
        for kind, rows in there.items():
            mine = {key: row for key, row in rows.items() if key[0] in (pc.area, COUNTY)}
            assert pc.rows(kind) == mine, f"{pc.name}: {kind} differs from the county"


def give(village: Villages, pc: VillagePc, kind: str, points: int) -> None:
    values = (("entry_type", kind), ("points", points), ("subject", 0))
    assert village.write(pc, Write("create", PointsEntry.kind, 0, values))


def test_points_given_and_spent_on_the_forgotten_day_stand_once_each(village: Villages) -> None:
    here, there = village.pcs
    village.write(here, Write("create", PointsSubject.kind, 0, (("name", "王芳"),)))
    give(village, here, "positive", 5)
    for pc in (here, there):
        village.sync(pc)

    def day() -> None:
        give(village, here, "positive", 4)
        village.sync(here)
        village.sync(there)
        # What was earned on a PC may be spent there, and nowhere else without a line.
        give(village, here, "redemption", -7)
        village.sync(here)
        village.sync(there)

    forget(village, day)
    rest(village)
    entries = village.county.rows()[PointsEntry.kind].values()
    assert sorted(entry["points"] for entry in entries) == [-7, 4, 5]


@pytest.mark.parametrize("first", [0, 1], ids=["its own PC", "another PC"])
def test_a_chain_written_offline_meanwhile_stands_on_what_is_brought_again(
    village: Villages, first: int
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))

    def day() -> None:
        village.write(here, edit(address="一组"))
        village.sync(here)
        village.sync(there)

    forget(village, day)
    for address in ("二组", "三组", "四组"):
        village.write(here, edit(address=address))
    village.write(there, edit(phone="13800000001"))
    # Whoever comes first brings back what both had before their eyes.
    pc = village.pcs[first]
    synchronise(Outbox(pc.store), FaultyLine(pc.county, pc.token), pace=Pace(1))
    rest(village)
    row = resident(there, record)
    assert (row["address"], row["phone"]) == ("四组", "13800000001")
    assert conflicts(here) == []


def test_what_was_deleted_on_the_forgotten_day_stays_deleted(village: Villages) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))

    def day() -> None:
        village.write(here, DELETE)
        village.sync(here)
        village.sync(there)

    forget(village, day)
    rest(village)
    assert resident(there, record)["deleted"] == 1


@pytest.mark.parametrize("side", ["county", "other"])
def test_a_choice_made_on_the_forgotten_day_is_not_asked_for_again(
    village: Villages, side: str
) -> None:
    here, there = village.pcs
    record = known_to_all(village, someone(name="王芳"))
    village.write(here, edit(address="一组"))
    village.write(there, edit(address="二组"))
    for pc in (here, there, here):
        village.sync(pc)

    def day() -> None:
        village.choose(here, side)
        village.sync(here)
        village.sync(there)

    forget(village, day)
    rest(village)
    assert resident(there, record)["address"] == ("一组" if side == "county" else "二组")
    assert [row["state"] for row in here.rows(Conflict.kind).values()] == ["chosen"]


def test_a_pc_and_the_county_that_both_went_back_lose_nothing_that_a_third_knows(
    villages: Villages,
) -> None:
    first, second, third, _ = villages.pcs
    record = known_to_all(villages, someone(name="王芳"))
    backup = first.back_up()

    def day() -> None:
        villages.write(first, edit(address="一组"))
        villages.write(first, someone(name="李强"))
        for pc in (first, second, third):
            villages.sync(pc)

    forget(villages, day)
    first.restore(backup)
    rest(villages)
    assert resident(first, record)["address"] == "一组"
    assert {row["name"] for row in first.rows(Resident.kind).values()} == {"王芳", "李强"}


@pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def test_pcs_at_work_go_on_with_a_county_that_went_back_and_each_record_is_there_once(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_database") if database == "postgresql" else None
    county = County(tmp_path / "county", database=url)
    folders = [tmp_path / "first", tmp_path / "second"]
    with county_process(county):
        for folder in folders:
            enrolled(folder, county)
        all_agree(county, folders)
    put_aside(county)
    with ExitStack() as work:
        with county_process(county) as server:
            for folder in folders:
                work.enter_context(working(folder))
            wait_for_growth(folders, rounds=2)
            server.kill()
        put_back(county)
        county.verb("restored")
        with county_process(county):
            wait_for_growth(folders, rounds=2)
            work.close()
            rows = all_agree(county, folders)
    assert set.union(*map(written, folders)) <= set(rows["resident"])


def put_aside(county: County) -> None:
    """Make the evening's backup of a county whose server does not run."""
    if county.database_url.startswith("sqlite"):
        shutil.copytree(county.folder, county.folder.with_name("backup"))
    else:
        _on_postgres(county, 'CREATE DATABASE "{name}-backup" TEMPLATE "{name}"')


def put_back(county: County) -> None:
    """Put the backup in the county's place."""
    if county.database_url.startswith("sqlite"):
        shutil.rmtree(county.folder)
        county.folder.with_name("backup").rename(county.folder)
    else:
        _on_postgres(county, 'DROP DATABASE "{name}" WITH (FORCE)')
        _on_postgres(county, 'ALTER DATABASE "{name}-backup" RENAME TO "{name}"')


def _on_postgres(county: County, sql: str) -> None:
    url = sa.make_url(county.database_url).set(drivername="postgresql")
    server = url.set(database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.format(name=url.database).encode())


def test_what_was_done_stays_done_where_its_answer_was_lost_before_the_county_went_back(
    village: Villages,
) -> None:
    here, there = village.pcs
    lamp = (("what", "路灯不亮"), ("event_kind", "event_kind.facility"))
    event = known_to_all(village, Write("create", Event.kind, 0, lamp))

    def step(pc: VillagePc, action: str) -> None:
        said: Values = {"event": event, "action": action, "text": "办了"}
        pc.write(EventStep, "", lambda w: w.create(EventStep, said), "")

    def day() -> None:
        step(here, "report")
        village.sync(here, Plan(faults=(Fault.LOSE_ANSWER,)))
        village.sync(there)
        step(there, "accept")
        village.sync(there)

    forget(village, day)
    assert [entry["operation"] for entry in here.outbox()] == ["create"], "nobody answered"
    synced(there)
    rest(village)
    for pc in village.pcs:
        standing = Events(pc.store).standings([event])[event]
        assert (standing.state, standing.without_effect) == ("accepted", 0)
