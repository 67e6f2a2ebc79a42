"""Promise 7, photos too: they go to the village they belong to, and with the records that move."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from desktop.attachments.limits import ALWAYS, NEVER
from desktop.attachments.service import Incoming
from desktop.storage.errors import RecordMissing
from sync.records import Grid
from sync.server.devices import move_device
from sync.server.settings import open_folder
from sync.server.villages import merge_villages, split_village
from tests.support.photos import photo
from tests.support.server import County, county_process
from tests.sync.test_photos import OTHER_VILLAGE, VILLAGE, Pc

pytestmark = pytest.mark.promise(7)
NEW_VILLAGE = "510183001777"


@pytest.fixture
def county(tmp_path: Path) -> Iterator[County]:
    county = County(tmp_path / "county")
    with county_process(county):
        yield county


@pytest.fixture
def pcs(tmp_path: Path, county: County) -> Iterator[list[Pc]]:
    """Two PCs of one village and one of another."""
    with ExitStack() as closing:
        made = []
        for number, village in enumerate((VILLAGE, VILLAGE, OTHER_VILLAGE)):
            pc = Pc(tmp_path / f"pc{number}", county, village)
            closing.callback(pc.store.close)
            made.append(pc)
        yield made


def original(pc: Pc, attachment: str) -> bytes:
    """The whole photo, fetched where it is not here."""
    pc.attachments.fetch(attachment)
    with pc.attachments.open(attachment) as source:
        return source.read()


def test_photos_of_a_pc_that_moves_are_handed_in_first_and_none_stays(
    county: County, pcs: list[Pc]
) -> None:
    leaving, colleague, _ = pcs
    leaving.write()
    (attachment,) = leaving.attach(photo())
    # They were to wait; a PC that leaves does not keep another village's pictures that long.
    leaving.store.set(photos=NEVER)
    leaving.syncing.run()
    assert leaving.syncing.status().photos_waiting.number == 1
    engine = open_folder(county.folder)
    move_device(engine, leaving.store.setting("device"), OTHER_VILLAGE)
    engine.dispose()
    leaving.syncing.run()
    assert leaving.store.setting("area") == OTHER_VILLAGE
    assert leaving.syncing.status().photos_waiting.number == 0
    assert [file for file in leaving.store.files.folder.rglob("*") if file.is_file()] == []
    colleague.syncing.run()
    assert original(colleague, attachment)[:2] == b"\xff\xd8"
    with pytest.raises(RecordMissing):
        original(leaving, attachment)


def test_a_village_is_not_left_while_a_photo_cannot_go(county: County, pcs: list[Pc]) -> None:
    leaving = pcs[0]
    leaving.write()
    leaving.attach(photo())
    leaving.store.set(photos=NEVER)
    leaving.syncing.run()
    engine = open_folder(county.folder)
    move_device(engine, leaving.store.setting("device"), OTHER_VILLAGE)
    engine.dispose()
    folder = county.folder / "files"
    folder.mkdir(exist_ok=True)
    (folder / "arriving").write_text("in the way")
    leaving.syncing.run()
    assert leaving.store.setting("area") == VILLAGE
    assert leaving.syncing.status().photos_waiting.number == 1
    (folder / "arriving").unlink()
    leaving.syncing.run()
    assert leaving.store.setting("area") == OTHER_VILLAGE


def test_a_photo_goes_with_its_record_when_a_village_is_split(
    county: County, pcs: list[Pc]
) -> None:
    here, _, _ = pcs
    with here.store.write() as writing:
        here.resident = writing.create(Grid, {"name": "一组", "level": "general"})
    incoming = here.attachments.attach_many(
        "grid", here.resident, [_incoming("before.jpg"), _incoming("after.jpg")]
    )
    first, second = incoming.ids
    here.syncing.run()
    engine = open_folder(county.folder)
    split_village(engine, VILLAGE, NEW_VILLAGE, [here.resident], name="新分的村")
    engine.dispose()
    there = Pc(here.store.folder.parent / "new", county, NEW_VILLAGE)
    there.syncing.run()
    for attachment in (first, second):
        assert original(there, attachment)[:2] == b"\xff\xd8"
    here.syncing.run()
    assert here.attachments.of("grid", here.resident) == []
    there.store.close()


def _incoming(name: str) -> Incoming:
    return Incoming(name, photo(seed=len(name)))


def test_a_photo_that_had_not_gone_yet_still_reaches_the_village_that_its_record_moved_to(
    county: County, pcs: list[Pc]
) -> None:
    here, _, _ = pcs
    with here.store.write() as writing:
        here.resident = writing.create(Grid, {"name": "一组", "level": "general"})
    added = here.attachments.attach_many("grid", here.resident, [_incoming("before.jpg")])
    here.store.set(photos=NEVER)
    here.syncing.run()
    engine = open_folder(county.folder)
    split_village(engine, VILLAGE, OTHER_VILLAGE, [here.resident])
    engine.dispose()
    # It learns of the move, and only then has a line for photos.
    here.syncing.run()
    assert here.syncing.status().photos_waiting.number == 1
    here.store.set(photos=ALWAYS)
    here.syncing.run()
    assert here.syncing.status().photos_waiting.number == 0
    there = pcs[2]
    there.syncing.run()
    assert original(there, added.ids[0])[:2] == b"\xff\xd8"


def test_no_original_of_what_moved_stays_on_a_pc_of_the_old_village(
    county: County, pcs: list[Pc]
) -> None:
    here, colleague, _ = pcs
    with here.store.write() as writing:
        here.resident = writing.create(Grid, {"name": "一组", "level": "general"})
    added = here.attachments.attach_many("grid", here.resident, [_incoming("before.jpg")])
    here.write()
    stays = here.attach(photo(seed=77))
    here.syncing.run()
    colleague.syncing.run()
    assert original(colleague, added.ids[0])
    engine = open_folder(county.folder)
    grid = here.attachments.get(added.ids[0]).values["record"]
    split_village(engine, VILLAGE, OTHER_VILLAGE, [str(grid)])
    engine.dispose()
    for pc, left in ((here, 1), (colleague, 0)):
        pc.syncing.run()
        files = [file for file in pc.store.files.folder.rglob("*") if file.is_file()]
        assert len(files) == left
        assert pc.syncing.status().photos_waiting.number == 0
    assert original(here, stays[0])


def test_a_photo_is_found_however_often_its_record_moves_on(
    county: County, pcs: list[Pc], tmp_path: Path
) -> None:
    here, _, there = pcs
    with here.store.write() as writing:
        here.resident = writing.create(Grid, {"name": "一组", "level": "general"})
    added = here.attachments.attach_many("grid", here.resident, [_incoming("before.jpg")])
    here.syncing.run()
    engine = open_folder(county.folder)
    split_village(engine, VILLAGE, NEW_VILLAGE, [here.resident], name="新分的村")
    merge_villages(engine, NEW_VILLAGE, OTHER_VILLAGE)
    engine.dispose()
    there.syncing.run()
    assert original(there, added.ids[0])[:2] == b"\xff\xd8"


def test_a_photo_that_is_damaged_on_this_pc_keeps_nobody_in_a_village(
    county: County, pcs: list[Pc]
) -> None:
    leaving = pcs[0]
    leaving.write()
    leaving.attach(photo())
    leaving.store.set(photos=NEVER)
    leaving.syncing.run()
    (lies,) = [file for file in leaving.store.files.folder.rglob("*") if file.is_file()]
    lies.write_bytes(lies.read_bytes()[:-40] + b"\0" * 40)
    engine = open_folder(county.folder)
    move_device(engine, leaving.store.setting("device"), OTHER_VILLAGE)
    engine.dispose()
    leaving.syncing.run()
    assert leaving.store.setting("area") == OTHER_VILLAGE
