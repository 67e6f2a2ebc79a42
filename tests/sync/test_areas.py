"""Promise 7 on real PCs: what is no longer theirs goes, after what waits was sent; nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from desktop.storage import leaving
from desktop.storage import settings as facts
from desktop.storage.checking import check
from desktop.storage.listing import Listing
from sync.client.engine import synchronise
from sync.client.ports import LineFault, NoLine, Refused, Tally
from sync.protocol import VERSION, ExchangeRequest
from sync.records import (
    Conflict,
    Grid,
    GridChange,
    Household,
    PointsEntry,
    PointsSubject,
    Project,
    Resident,
    Settlement,
)
from sync.server.accounts import new_code
from sync.server.database import writing
from sync.server.devices import move_device, revoke_device
from sync.server.numbering import begin_eras
from sync.server.tables import change_log
from sync.server.villages import split_village
from tests.support.store import VILLAGE, id_number
from tests.sync.offices import Door, Office, agree, nothing_of, rows_of, the

pytestmark = pytest.mark.promise(7)

OTHER = "510183001003"
NEW = "510183001777"


@pytest.fixture
def office(county: Engine, tmp_path: Path) -> Iterator[Office]:
    """A PC of the village with something of everything, synced."""
    office = Office(county, tmp_path, "一号机")
    fill(office)
    office.sync()
    yield office
    office.store.close()


@pytest.fixture
def there(county: Engine, tmp_path: Path) -> Iterator[Office]:
    """A PC of the other village, with a resident of its own."""
    office = Office(county, tmp_path, "邻村机", OTHER)
    office.add(Resident, name="邻村的人")
    office.sync()
    yield office
    office.store.close()


def fill(office: Office) -> dict[str, str]:
    grid = office.add(Grid, name="一组", level="general")
    household = office.add(Household, head="张三", grid=grid)
    resident = office.add(
        Resident, name="张三", household=household, id_number=id_number(), phone="13800000001"
    )
    subject = office.add(PointsSubject, name="张三", resident=resident)
    office.add(PointsEntry, subject=subject, entry_type="positive", points=9)
    place = office.add(Settlement, name="新村", grid=grid)
    office.add(Project, settlement=place, name="改造")
    return {"grid": grid, "household": household, "resident": resident, "subject": subject}


def test_what_waits_is_sent_for_the_old_village_and_then_all_of_it_goes(
    county: Engine, office: Office, there: Office
) -> None:
    colleague = Office(county, office.store.folder.parent, "二号机")
    office.add(Resident, name="最后添的")
    office.register(Resident).keep_draft("", {"name": "没填完"})
    office.register(Resident).log_full_view(the(office, Resident, "张三"), 1, "看")
    move_device(county, office.id, OTHER)
    receipt = office.sync()
    assert (receipt.sent, receipt.finished) == (1, True)
    assert receipt.notice == (
        "这台电脑已改属东街社区，文脉坊社区的资料已从本机移走，县里都有。"
        "没填完的 1 张表单也清掉了。"
    )
    nothing_of(office, VILLAGE)
    status = office.syncing.status()
    assert (status.area, status.area_name, status.waiting) == (OTHER, "东街社区", 0)
    assert status.last_sync == ""
    assert office.register(Resident).order(Listing("resident")).tolist() == []
    office.settle()
    colleague.settle()
    agree(county, office, there, colleague)
    assert "最后添的" in {row["name"] for row in rows_of(county).values() if "name" in row}
    with office.store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM view_log").scalar() == 1
    colleague.store.close()


def test_nothing_goes_while_something_still_waits(county: Engine, office: Office) -> None:
    office.add(Resident, name="等着的")
    before = office.rows()
    move_device(county, office.id, OTHER)
    office.lose = 1
    with pytest.raises(NoLine):
        office.sync()
    assert (office.rows(), office.area) == (before, VILLAGE)
    # The answer was lost, the change was not: it is answered again, and then all of it goes.
    assert office.sync().notice
    nothing_of(office, VILLAGE)
    assert sum(row.get("name") == "等着的" for row in rows_of(county).values()) == 1


def test_what_is_written_while_the_pc_learns_of_its_move_is_sent_first(
    county: Engine, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_device(county, office.id, OTHER)
    settle = office.outbox().settle

    def meanwhile(self: Any, *arguments: Any) -> None:
        settle(*arguments)
        monkeypatch.undo()
        office.add(Resident, name="正好在写")

    monkeypatch.setattr(type(office.outbox()), "settle", meanwhile)
    assert office.sync().notice == ""
    assert office.area == VILLAGE
    assert office.sync().notice
    nothing_of(office, VILLAGE)
    assert [key[0] for key, row in rows_of(county).items() if row.get("name") == "正好在写"] == [
        VILLAGE
    ]


def test_a_pc_that_is_moved_back_before_it_has_left_gets_the_code_of_what_it_handed_in(
    county: Engine, office: Office
) -> None:
    move_device(county, office.id, OTHER)
    grid = office.add(Grid, name="二组")
    # The power goes between the answer and the leaving.
    assert synchronise(office.outbox(), Door(county, office.store.setting(facts.TOKEN))).move
    assert office.rows()[VILLAGE, "grid", grid]["code"] is None
    move_device(county, office.id, VILLAGE)
    office.sync()
    assert office.rows()[VILLAGE, "grid", grid]["code"] == f"{VILLAGE}0002"
    agree(county, office)


def test_what_the_county_refused_is_left_to_it_with_every_value(
    county: Engine, office: Office
) -> None:
    colleague = Office(county, office.store.folder.parent, "二号机")
    colleague.add(Grid, name="二组", code=f"{VILLAGE}01")
    colleague.sync()
    office.add(Grid, name="三组", code=f"{VILLAGE}01", leader="王组长")
    assert office.sync().refused == 1
    move_device(county, office.id, OTHER)
    receipt = office.sync()
    assert "县里没有收下的 1 处修改，内容留在县里" in receipt.notice
    nothing_of(office, VILLAGE)
    log = change_log.c
    with county.connect() as connection:
        kept = select(log.fields).where(log.code == "rejected", log.area == VILLAGE)
        values = json.loads(connection.execute(kept).scalar_one())
    assert {name: new for name, (_, new) in values.items()} == {
        "name": "三组",
        "code": f"{VILLAGE}01",
        "leader": "王组长",
        "level": "micro",
        "state": "open",
    }
    assert office.syncing.status().refused == 0
    colleague.store.close()


def test_an_answer_that_was_asked_for_in_the_old_village_is_not_written_in_the_new_one(
    county: Engine, office: Office
) -> None:
    colleague = Office(county, office.store.folder.parent, "二号机")
    door = office._line("", office.store.setting(facts.TOKEN))
    late = door.exchange(ExchangeRequest(VERSION, {VILLAGE: 0}, area=VILLAGE))
    move_device(county, office.id, OTHER)
    office.sync()
    office.outbox().settle(office.outbox().take(10), late, Tally())
    nothing_of(office, VILLAGE)
    colleague.store.close()


def test_old_copies_of_the_database_go_with_the_village(county: Engine, office: Office) -> None:
    copies = office.store.folder / "backup"
    copies.mkdir()
    (copies / "shige-20261124-090000.db").write_bytes(b"the old village")
    move_device(county, office.id, OTHER)
    office.sync()
    assert list(copies.iterdir()) == []


def test_no_page_that_a_village_was_written_on_stays_in_the_file(
    county: Engine, office: Office
) -> None:
    with office.store.write() as writing:
        writing.create_many(Resident, [{"name": f"{n}号", "note": "长" * 200} for n in range(300)])
    office.sync()
    move_device(county, office.id, OTHER)
    office.sync()
    with office.store.read() as connection:
        free, used, size = (
            int(connection.exec_driver_sql(f"PRAGMA {what}").scalar_one())
            for what in ("freelist_count", "page_count", "page_size")
        )
    assert free == 0
    assert (office.store.folder / "shige.db").stat().st_size == used * size
    assert check(office.store).problems == check(office.store).healed == []


def test_pages_that_could_not_go_at_once_go_with_the_next_sync(
    county: Engine, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    with office.store.write() as writing:
        writing.create_many(Resident, [{"name": f"{n}号"} for n in range(300)])
    office.sync()
    move_device(county, office.id, OTHER)
    # Something else has the file, or the plug is pulled.
    with monkeypatch.context() as patched:
        patched.setattr(leaving, "leave_no_trace", lambda _store: None)
        office.sync()

    def free() -> int:
        with office.store.read() as connection:
            return int(connection.exec_driver_sql("PRAGMA freelist_count").scalar_one())

    assert free() > 0
    office.sync()
    assert free() == 0
    assert office.store.setting("traces") == ""


def test_a_backup_of_the_old_village_is_refused_until_the_county_says_otherwise(
    county: Engine, office: Office, there: Office
) -> None:
    move_device(county, office.id, OTHER)
    office.settle()
    # As if a copy from before the move had been put back.
    office.store.set(area=VILLAGE)
    office.add(Resident, name="备份里又添的")
    with pytest.raises(Refused) as refused:
        office.sync()
    assert refused.value.code == "wrong_area"
    assert "您填的都在本机" in refused.value.sentence
    move_device(county, office.id, VILLAGE)
    move_device(county, office.id, OTHER)
    assert office.sync().notice
    office.settle()
    agree(county, office, there)
    assert [
        key[0] for key, row in rows_of(county).items() if row.get("name") == "备份里又添的"
    ] == [VILLAGE]


def test_a_revoked_pc_keeps_what_it_has_and_may_come_back_by_a_new_code(
    county: Engine, office: Office
) -> None:
    office.add(Resident, name="停用后添的")
    revoke_device(county, office.id)
    with pytest.raises(Refused) as refused:
        office.sync()
    assert refused.value.code == "revoked"
    assert office.syncing.status().waiting == 1
    with pytest.raises(LineFault, match="另一个村"):
        office.syncing.enrol("http://county", new_code(county, OTHER))
    office.syncing.enrol("http://county", new_code(county, VILLAGE))
    assert office.sync().sent == 1
    agree(county, office)


def test_of_records_that_moved_a_pc_keeps_a_tombstone_and_nothing_that_hangs_on_it(
    county: Engine, office: Office
) -> None:
    resident = the(office, Resident)
    office.edit(Resident, resident, note="一次")
    office.sync()
    grid = the(office, Grid)
    office.register(Resident).keep_draft(resident, {"name": "改到一半"})
    office.register(GridChange).keep_draft(f"{grid}/divide", {"division": "改到一半"})
    office.register(Resident).keep_draft("", {"name": "新填到一半"})
    split_village(county, VILLAGE, NEW, [grid], "新立社区")
    office.sync()
    row = office.rows()[VILLAGE, "resident", resident]
    assert {n for n, v in row.items() if v} == {"area", "id", "revision", "deleted"}
    said = json.dumps(office.tables(), ensure_ascii=False, default=str)
    for secret in ("张三", "13800000001", id_number(), "改到一半", "一次"):
        assert secret not in said
    kept = [record for _kind, record, *_ in office.tables()["draft"]]
    assert kept == [""], "what is new stays with the village"
    assert office.register(Resident).order(Listing("resident")).tolist() == []
    assert office.syncing.status().counts["resident"] == 0
    office.settle()
    agree(county, office)
    assert check(office.store).problems == []


def test_what_a_pc_wrote_on_moved_records_reaches_them_and_leaves_no_trace_here(
    county: Engine, office: Office
) -> None:
    grid, resident = the(office, Grid), the(office, Resident)
    office.edit(Resident, resident, phone="13800000009")
    office.add(Resident, name="新生儿", household=the(office, Household))
    office.add(PointsEntry, subject=the(office, PointsSubject), entry_type="positive", points=4)
    split_village(county, VILLAGE, NEW, [grid], "新立社区")
    receipt = office.sync()
    assert (receipt.sent, receipt.refused, receipt.conflicts) == (3, 0, 0)
    office.settle()
    new = Office(county, office.store.folder.parent, "新村机", NEW)
    new.settle()
    agree(county, office, new)
    there = new.rows()
    assert there[NEW, "resident", resident]["phone"] == "13800000009"
    assert sorted(r["points"] for k, r in there.items() if k[1] == "points_entry") == [4, 9]
    assert the(new, Resident, "新生儿")
    assert "新生儿" not in json.dumps(office.tables(), ensure_ascii=False, default=str)
    assert office.syncing.status().waiting == 0
    new.store.close()


def test_a_change_written_after_the_tombstone_was_asked_for_still_reaches_its_record(
    county: Engine, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    resident = the(office, Resident)
    split_village(county, VILLAGE, NEW, [the(office, Grid)], "新立社区")
    settle = office.outbox().settle

    def meanwhile(self: Any, *arguments: Any) -> None:
        monkeypatch.undo()
        office.edit(Resident, resident, note="正好在写")
        settle(*arguments)

    monkeypatch.setattr(type(office.outbox()), "settle", meanwhile)
    office.sync()
    assert office.syncing.status().waiting == 1
    office.settle()
    assert rows_of(county)[NEW, "resident", resident]["note"] == "正好在写"
    agree(county, office)
    assert "正好在写" not in json.dumps(office.tables(), ensure_ascii=False, default=str)


def test_a_refused_change_of_a_moved_record_goes_with_it(county: Engine, office: Office) -> None:
    grid = the(office, Grid)
    other = office.add(Grid, name="别的组", code=f"{VILLAGE}01")
    office.sync()
    office.edit(Grid, grid, note="要被拒绝的")
    with office.store.change() as connection:
        connection.exec_driver_sql("UPDATE outbox SET state = 'refused', reason = '不行'")
    split_village(county, VILLAGE, NEW, [grid], "新立社区")
    office.settle()
    assert office.syncing.status().refused == 0
    agree(county, office)
    assert the(office, Grid) == other


def test_an_open_conflict_leaves_the_pcs_of_the_old_village(county: Engine, office: Office) -> None:
    colleague = Office(county, office.store.folder.parent, "二号机")
    colleague.settle()
    resident = the(office, Resident)
    office.edit(Resident, resident, note="甲")
    colleague.edit(Resident, resident, note="乙")
    office.sync()
    colleague.sync()
    office.sync()
    assert office.syncing.status().conflicts == 1
    split_village(county, VILLAGE, NEW, [the(office, Grid)], "新立社区")
    new = Office(county, office.store.folder.parent, "新村机", NEW)
    for pc in (office, colleague, new):
        pc.settle()
    agree(county, office, colleague, new)
    assert [pc.syncing.status().conflicts for pc in (office, colleague, new)] == [0, 0, 1]
    assert the(new, Conflict)
    for pc in (colleague, new):
        pc.store.close()


def test_the_new_village_has_the_history_and_the_old_one_no_longer(
    county: Engine, office: Office
) -> None:
    resident = the(office, Resident)
    office.edit(Resident, resident, note="改过一次")
    office.sync()
    split_village(county, VILLAGE, NEW, [the(office, Grid)], "新立社区")
    new = Office(county, office.store.folder.parent, "新村机", NEW)
    late = Office(county, office.store.folder.parent, "新来的")
    for pc in (office, new, late):
        pc.settle()
    told = {
        pc: [
            row
            for name in ("history", "fresh_history")
            for row in pc.tables()[name]
            if resident in str(row)
        ]
        for pc in (office, new, late)
    }
    assert told[office] == told[late] == []
    assert "改过一次" in str(told[new])
    for pc in (new, late):
        pc.store.close()


def test_no_pc_deletes_what_moved_when_the_county_goes_back_to_before_the_move(
    county: Engine, office: Office, tmp_path: Path
) -> None:
    before = rows_of(county)
    backup = tmp_path / "county.sqlite3"
    with county.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = backup.read_bytes()
    split_village(county, VILLAGE, NEW, [the(office, Grid)], "新立社区")
    office.settle()
    county.dispose()
    for rest in tmp_path.glob("county.sqlite3*"):
        rest.unlink()
    backup.write_bytes(kept)
    with writing(county) as connection:
        begin_eras(connection)
    office.settle()
    live = {key for key, row in rows_of(county).items() if not row["deleted"]}
    assert live >= {key for key, row in before.items() if not row["deleted"]}
    agree(county, office)
