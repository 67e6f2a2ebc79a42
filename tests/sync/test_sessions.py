"""Promise 7: what begins in a village is written there, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from sqlalchemy import Engine

from desktop.attachments.service import Attachments, Incoming
from desktop.register.service import Register
from desktop.residents.service import Residents
from desktop.storage.errors import OtherVillage
from desktop.storage.files import Files
from desktop.syncing.service import Syncing
from sync.records import Resident
from sync.server.accounts import new_code
from sync.server.devices import move_device
from tests.support.store import VILLAGE, new_store
from tests.support.village import OTHER_VILLAGE as OTHER
from tests.sync.offices import Door, Office, agree, nothing_of, rows_of, the

pytestmark = pytest.mark.promise(7)


@pytest.fixture
def office(county: Engine, tmp_path: Path) -> Iterator[Office]:
    """A PC of the village with a resident, synced."""
    office = Office(county, tmp_path, "一号机")
    office.add(Resident, name="张三", phone="13800000001")
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


def test_an_import_under_way_while_the_pc_moves_writes_nothing_into_the_new_village(
    county: Engine, office: Office, tmp_path: Path
) -> None:
    people = "\n".join(f"导入的{number},一组" for number in range(2500))
    (tmp_path / "names.csv").write_text(f"姓名,住址\n{people}\n", encoding="utf-8")
    residents = Residents(office.store)
    moved: list[int] = []

    def move(done: int, _total: int) -> None:
        if not moved:
            moved.append(done)
            move_device(county, office.id, OTHER)
            office.sync()

    with pytest.raises(OtherVillage):
        residents.carry_out(residents.preview(tmp_path / "names.csv"), move)
    assert office.area == OTHER
    assert not office.rows() or not any(row["area"] == VILLAGE for row in office.rows().values())
    office.settle()
    nothing_of(office, VILLAGE)
    here = [row for (area, _, _), row in office.rows().items() if area == OTHER]
    assert not any(str(row.get("name", "")).startswith("导入的") for row in here)
    at_county = [r for (area, _, _), r in rows_of(county).items() if area == VILLAGE]
    assert sum(str(r.get("name", "")).startswith("导入的") for r in at_county) == moved[0]


def test_what_begins_in_a_village_is_not_written_into_the_next_one(
    county: Engine, office: Office, there: Office
) -> None:
    shown = Register(office.store.for_this_village(), Resident)
    record = the(office, Resident)
    move_device(county, office.id, OTHER)
    office.sync()
    for write in (
        lambda: shown.add({"name": "老村的人"}),
        lambda: shown.edit(record, {"name": "改名"}),
        lambda: shown.delete(record),
        lambda: shown.keep_draft("", {"name": "没填完"}),
    ):
        with pytest.raises(OtherVillage):
            write()
    nothing_of(office, VILLAGE)
    anew = Register(office.store.for_this_village(), Resident)
    anew.add({"name": "新村的人"})
    office.settle()
    there.settle()
    agree(county, office, there)


def test_a_village_that_was_left_and_came_back_is_another_one(
    county: Engine, office: Office
) -> None:
    shown = Register(office.store.for_this_village(), Resident)
    for area in (OTHER, VILLAGE):
        move_device(county, office.id, area)
        office.settle()
    assert office.area == VILLAGE
    with pytest.raises(OtherVillage):
        shown.add({"name": "老村的人"})


def test_a_pc_that_is_enrolled_while_a_form_is_open_writes_what_stands_there(
    county: Engine, tmp_path: Path
) -> None:
    store = new_store(tmp_path / "新机", area="")
    shown = Register(store.for_this_village(), Resident)
    shown.add({"name": "登记前的"})
    syncing = Syncing(store, lambda _server, token: Door(county, token))
    syncing.enrol("http://county", new_code(county, VILLAGE))
    shown.add({"name": "登记后的"})
    assert syncing.run().sent == 2
    store.close()


def test_no_photo_is_taken_in_for_a_village_that_was_left(
    county: Engine, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, record = Attachments(office.store.for_this_village()), the(office, Resident)
    move_device(county, office.id, OTHER)
    put = Files.put

    def put_late(files: Files, source: BinaryIO) -> str:
        office.sync()
        return put(files, source)

    with monkeypatch.context() as patched:
        patched.setattr(Files, "put", put_late)
        with pytest.raises(OtherVillage):
            shown.attach(Resident.kind, record, Incoming("a.txt", b"words"))
    assert office.area == OTHER
    with pytest.raises(OtherVillage):
        shown.take(Incoming("a.txt", b"words"))
    assert [f for f in office.store.files.folder.rglob("*") if f.is_file()] == []
