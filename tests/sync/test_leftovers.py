"""Promise 7: the files of what has left a PC go too, whatever comes in between."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from desktop.attachments.service import Attachments, Incoming
from desktop.storage import leftovers
from desktop.storage.store import Store
from sync.records import Grid, Resident
from sync.server.devices import move_device
from sync.server.villages import split_village
from tests.support.store import VILLAGE
from tests.support.village import OTHER_VILLAGE
from tests.sync.offices import Office

pytestmark = pytest.mark.promise(7)


class PowerCut(BaseException):
    """The plug is pulled."""


@pytest.fixture
def office(county: Engine, tmp_path: Path) -> Iterator[Office]:
    """A PC of the village with a resident, synced, a photo and a copy that an upgrade made."""
    office = Office(county, tmp_path, "一号机")
    office.add(Resident, name="张三")
    office.sync()
    office.store.files.put(io.BytesIO(b"the face of Zhang San"))
    copy_of(office).parent.mkdir()
    copy_of(office).write_bytes(b"the old village")
    yield office
    office.store.close()


def copy_of(office: Office) -> Path:
    return office.store.folder / "backup" / "shige-20261124-090000.db"


def photos_of(office: Office) -> list[str]:
    return sorted(path.name for path in office.store.files.folder.rglob("*") if path.is_file())


def cut_behind_leaving(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The PC leaves its village, and the plug is pulled before any file has gone."""

    def cut(_store: Store) -> None:
        raise PowerCut

    with monkeypatch.context() as patched:
        patched.setattr(leftovers, "take_away", cut)
        with pytest.raises(PowerCut):
            office.sync()
    assert office.area == OTHER_VILLAGE


def test_photos_and_copies_that_could_not_go_at_once_go_with_the_next_sync(
    county: Engine, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_device(county, office.id, OTHER_VILLAGE)
    cut_behind_leaving(office, monkeypatch)
    assert photos_of(office)
    assert copy_of(office).exists()
    office.sync()
    assert photos_of(office) == []
    assert not copy_of(office).exists()
    assert office.store.setting("leftovers") == ""


def test_they_go_without_a_line_too(
    county: Engine, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_device(county, office.id, OTHER_VILLAGE)
    cut_behind_leaving(office, monkeypatch)
    office.syncing.follow_up()
    assert photos_of(office) == []
    assert not copy_of(office).exists()


def test_what_the_new_village_has_by_then_is_let_be(
    county: Engine, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    same = b"the same notice in both villages"
    office.store.files.put(io.BytesIO(same))
    office.store.files.arriving("a" * 64, 10).close()
    move_device(county, office.id, OTHER_VILLAGE)
    cut_behind_leaving(office, monkeypatch)
    attachments, resident = Attachments(office.store), office.add(Resident, name="新村的人")
    for name, data in (("a.txt", b"words of the new village"), ("b.txt", same)):
        attachments.attach(Resident.kind, resident, Incoming(name, data))
    drafted = attachments.take(Incoming("c.txt", b"for a form that is half written"))
    office.register(Resident).keep_draft("", {"photos": f'[{{"sha256": "{drafted.sha256}"}}]'})
    office.syncing.follow_up()
    kept = [each.row.values["sha256"] for each in attachments.of(Resident.kind, resident)]
    assert len(kept) == 2
    names = [office.store.files.name_of(str(sha256)) for sha256 in (*kept, drafted.sha256)]
    assert photos_of(office) == sorted(names)
    assert office.store.setting("leftovers") == ""


def test_a_file_that_is_open_elsewhere_holds_back_nothing_and_goes_when_it_is_closed(
    county: Engine, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_device(county, office.id, OTHER_VILLAGE)
    other = office.store.files.put(io.BytesIO(b"another face"))
    is_open = {copy_of(office).name, office.store.files.name_of(other)}
    unlink = Path.unlink

    def unlink_unless_open(path: Path, missing_ok: bool = False) -> None:
        if path.name in is_open:
            raise PermissionError(13, "used by another process")
        unlink(path, missing_ok)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", unlink_unless_open)
        assert office.sync().notice
        for _ in range(3):
            assert office.sync().finished
        assert photos_of(office) == [office.store.files.name_of(other)]
        assert office.store.setting("traces") == ""
    office.sync()
    assert photos_of(office) == []
    assert not copy_of(office).exists()


def test_copies_from_before_an_upgrade_go_with_records_that_leave_the_village(
    county: Engine, office: Office
) -> None:
    grid = office.add(Grid, name="一组", level="general")
    office.add(Resident, name="划走的人", grid=grid)
    office.sync()
    office.syncing.follow_up()
    assert copy_of(office).exists()
    split_village(county, VILLAGE, OTHER_VILLAGE, [grid])
    office.sync()
    office.syncing.follow_up()
    assert not copy_of(office).exists()
    # A copy that a later upgrade makes holds nobody who has left: it stays.
    copy_of(office).write_bytes(b"without those who left")
    office.settle()
    office.syncing.follow_up()
    assert copy_of(office).exists()
