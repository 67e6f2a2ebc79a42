"""Old and new live together: real processes of this program, of the next, and of the one before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop.storage.knowing import fingerprint, read_anew_after_upgrade
from desktop.storage.outbox import Outbox
from desktop.syncing.conflicts import Conflicts
from desktop.syncing.service import Receipt, Syncing
from sync.client.ports import LineFault
from sync.records import Resident
from sync.server.settings import open_folder
from tests.support.server import ROOT, County, county_process
from tests.support.store import PASSWORD, VILLAGE, new_store, outbox_of, standing_of

pytestmark = pytest.mark.promise(11)

NEWER_COUNTY = ("tests.support.newer", "server")
OLDER_COUNTY = ("tests.support.older_server",)


class Older:
    """A PC with this program, which to the newer county is an older one."""

    def __init__(self, folder: Path, county: County) -> None:
        self.store = new_store(folder)
        self.syncing = Syncing(self.store)
        self.syncing.enrol(county.url, county.enrol_code(VILLAGE))

    def sync(self) -> Receipt:
        return self.syncing.run()

    def row(self, record: str) -> dict[str, Any]:
        with self.store.read() as connection:
            found = connection.exec_driver_sql("SELECT * FROM resident WHERE id = ?", (record,))
            return dict(found.mappings().one())


class Newer:
    """A PC with the next program; each verb is a process."""

    def __init__(self, folder: Path, county: County | None = None) -> None:
        self.folder = folder
        if county is not None:
            new_store(folder).close()
            self.says("enroll", "--server", county.url, "--code", county.enrol_code(VILLAGE))

    def says(self, *arguments: str) -> Any:
        """What a verb that must succeed printed, as JSON where it is."""
        where = ["--data", str(self.folder), "--password-env", "VILLAGE_KEY"]
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.newer", "desktop", *where, *arguments],
            cwd=ROOT,
            env={**os.environ, "VILLAGE_KEY": PASSWORD},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        assert done.returncode in (0, 4), done.stderr
        return json.loads(done.stdout) if done.stdout[:1] in "{[" else done.stdout

    def add(self, kind: str, **values: str) -> str:
        return str(self.says("add", kind, "--json", json.dumps(values))["id"])

    def edit(self, record: str, **values: str | None) -> None:
        self.says("edit", "resident", record, "--json", json.dumps(values))

    def sync(self) -> None:
        self.says("sync", "--json")

    def row(self, record: str) -> dict[str, Any]:
        rows = self.says("list", "resident", "--json", "--unmask")
        return next(dict(row) for row in rows if row["id"] == record)


@pytest.fixture
def newer_county(tmp_path: Path) -> Iterator[County]:
    county = County(tmp_path / "county", program=NEWER_COUNTY)
    with county_process(county):
        yield county


@pytest.fixture
def older(tmp_path: Path, newer_county: County) -> Iterator[Older]:
    made = Older(tmp_path / "older", newer_county)
    yield made
    made.store.close()


@pytest.fixture
def newer(tmp_path: Path, newer_county: County) -> Newer:
    return Newer(tmp_path / "newer", newer_county)


def at_county(county: County, record: str) -> dict[str, Any]:
    """A resident as the county's database has it, all columns."""
    engine = open_folder(county.folder)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT * FROM resident WHERE id = '{record}'")
        row = dict(found.mappings().one())
    engine.dispose()
    return row


# --- a county that knows more than this desktop --------------------------------------------------


@pytest.mark.slow
def test_an_older_desktop_neither_loses_nor_clears_a_field_it_does_not_know(
    older: Older, newer: Newer, newer_county: County
) -> None:
    person = newer.add("resident", name="王芳", school="中心校", address="一组", note="留守")
    newer.add("parcel", name="东坡地")
    newer.sync()
    older.sync()
    assert older.row(person)["name"] == "王芳"

    with older.store.write() as writing:
        writing.edit(Resident, person, {"address": "二组"})
    older.sync()
    row = at_county(newer_county, person)
    assert (row["address"], row["school"]) == ("二组", "中心校"), "edited"

    with older.store.write() as writing:
        writing.delete(Resident, person)
    older.sync()
    row = at_county(newer_county, person)
    assert (row["deleted"], row["school"]) == (1, "中心校"), "deleted"

    with older.store.write() as writing:
        writing.bring_back(Resident, person, {"phone": "13800000001", "note": None})
    receipt = older.sync()
    assert (receipt.refused, receipt.conflicts) == (0, 0)
    row = at_county(newer_county, person)
    told = {name: row[name] for name in ("deleted", "phone", "note", "address", "school")}
    assert told == {
        "deleted": 0,
        "phone": "13800000001",
        "note": None,
        "address": "二组",
        "school": "中心校",
    }, "brought back as it was, but for what was changed; emptied is emptied"
    newer.sync()
    assert newer.row(person)["school"] == "中心校"
    assert outbox_of(older.store) == []


@pytest.mark.slow
@pytest.mark.promise(2)
@pytest.mark.parametrize("first", ["older", "newer"])
def test_what_an_older_desktop_does_not_know_is_not_lost_by_a_county_that_went_back(
    tmp_path: Path, first: str
) -> None:
    county = County(tmp_path / "county", program=NEWER_COUNTY)
    with county_process(county):
        older, newer = Older(tmp_path / "older", county), Newer(tmp_path / "newer", county)
        older.sync()
        newer.sync()
    shutil.copytree(county.folder, tmp_path / "backup")
    with county_process(county):
        person = newer.add("resident", name="王芳", school="中心校", address="一组")
        newer.sync()
        older.sync()
    shutil.rmtree(county.folder)
    (tmp_path / "backup").rename(county.folder)
    with county_process(county):
        for sync in (older.sync, newer.sync)[:: 1 if first == "older" else -1]:
            sync()
        told = newer.says("sync", "--json", "--thorough")
        assert (told["proof"], told["healed"], told["conflicts"]) == ("equal", {}, 0)
        assert older.syncing.run(thorough=True).proof == "equal"
    row, shown = at_county(county, person), newer.row(person)
    assert (row["school"], row["address"], shown["school"]) == ("中心校", "一组", "中心校")
    older.store.close()


@pytest.mark.slow
def test_an_older_desktop_resolves_a_conflict_on_such_a_record_and_the_field_stays(
    older: Older, newer: Newer, newer_county: County
) -> None:
    person = newer.add("resident", name="王芳", school="中心校", phone="13800000001")
    newer.sync()
    older.sync()
    newer.edit(person, phone="13900000001", school="镇中学")
    newer.sync()
    with older.store.write() as writing:
        writing.edit(Resident, person, {"phone": "13700000001"})
    assert older.sync().conflicts == 1
    conflicts = Conflicts(older.store)
    (conflict,) = conflicts.open()
    conflicts.choose(conflict.id, {"phone": "other"})
    older.sync()
    row = at_county(newer_county, person)
    assert (row["phone"], row["school"]) == ("13700000001", "镇中学")
    assert conflicts.open() == []


@pytest.mark.slow
def test_an_older_desktop_does_not_decide_between_two_values_it_cannot_show(
    older: Older, newer: Newer, newer_county: County, tmp_path: Path
) -> None:
    other = Newer(tmp_path / "other", newer_county)
    person = newer.add("resident", name="王芳", school="中心校")
    newer.sync()
    other.sync()
    newer.edit(person, school="镇中学")
    newer.sync()
    other.edit(person, school="县中学", phone="13700000001")
    other.sync()
    older.sync()
    (conflict,) = Conflicts(older.store).open()
    assert not conflict.ready, "it says that the program must be upgraded first"
    assert at_county(newer_county, person)["school"] == "镇中学"


@pytest.mark.slow
def test_an_older_desktop_that_brings_back_what_a_newer_one_edited_hands_that_edit_on(
    older: Older, newer: Newer, newer_county: County
) -> None:
    person = newer.add("resident", name="王芳", school="中心校")
    newer.sync()
    older.sync()
    with older.store.write() as writing:
        writing.delete(Resident, person)
    older.sync()
    newer.edit(person, school="镇中学", phone="13700000001")
    newer.sync()
    older.sync()
    conflicts = Conflicts(older.store)
    (conflict,) = conflicts.open()
    assert conflict.ready
    conflicts.choose(conflict.id, {"deleted": "other"})
    receipt = older.sync()
    assert receipt.refused == 0
    row = at_county(newer_county, person)
    assert (row["deleted"], row["school"], row["phone"]) == (0, "镇中学", "13700000001")


@pytest.mark.slow
def test_what_an_older_desktop_passed_over_is_read_once_it_is_upgraded(
    older: Older, newer: Newer
) -> None:
    person = newer.add("resident", name="王芳", school="中心校")
    newer.add("parcel", name="东坡地")
    newer.sync()
    older.sync()
    with older.store.write() as writing:
        writing.edit(Resident, person, {"phone": "13700000001"})
    folder = older.store.folder
    older.store.close()

    upgraded = Newer(folder)
    assert upgraded.row(person)["school"] is None, "not here yet"
    upgraded.sync()
    row = upgraded.row(person)
    assert (row["school"], row["phone"]) == ("中心校", "13700000001")
    assert [parcel["name"] for parcel in upgraded.says("list", "parcel", "--json")] == ["东坡地"]
    receipt = upgraded.says("sync", "--json")
    assert receipt["received"] == 0, "it is read again once, not each time"


def test_only_another_program_reads_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(fingerprint.cache_clear)
    store = new_store(tmp_path / "village")
    with store.write() as writing:
        record = writing.create(Resident, {"name": "王芳"})
    with store.change() as connection:
        connection.exec_driver_sql("INSERT INTO cursor (area, revision) VALUES (?, 7)", (VILLAGE,))
    assert read_anew_after_upgrade(store), "a store of a program that kept no note of it"
    with store.change() as connection:
        connection.exec_driver_sql("UPDATE cursor SET revision = 7")
    assert not read_anew_after_upgrade(store)
    assert Outbox(store).standpoint().cursors == {VILLAGE: 7}
    before = fingerprint()
    monkeypatch.delitem(Resident.fields, "note")
    # As a program that was started anew.
    fingerprint.cache_clear()
    assert fingerprint() != before
    assert read_anew_after_upgrade(store)
    assert Outbox(store).standpoint().cursors == {VILLAGE: 0}
    assert standing_of(store, record) == "waiting", "what waits is not touched"
    store.close()


# --- a desktop that is newer than the county -----------------------------------------------------


def test_a_desktop_newer_than_the_county_waits_says_so_and_goes_on_after_the_upgrade(
    tmp_path: Path,
) -> None:
    county = County(tmp_path / "county")
    with county_process(county):
        pc = Older(tmp_path / "pc", county)
    with pc.store.write() as writing:
        record = writing.create(Resident, {"name": "王芳"})

    county.program = OLDER_COUNTY
    with county_process(county):
        with pytest.raises(LineFault) as caught:
            pc.sync()
        assert (caught.value.code, caught.value.again) == ("county_too_old", True)
        assert "等县里升级" in caught.value.sentence
        assert "您填的都在本机" in caught.value.sentence
        status = pc.syncing.status()
        assert (status.waiting, standing_of(pc.store, record)) == (1, "waiting")
        assert status.trouble is not None
        assert status.trouble.words == "等县里升级"

    county.program = ("sync.server",)
    with county_process(county):
        receipt = pc.sync()
    assert (receipt.sent, receipt.waiting) == (1, 0)
    assert pc.syncing.status().trouble is None, "what is over is not told any more"
    pc.store.close()


def test_a_desktop_too_old_for_the_county_is_told_to_upgrade(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    county = County(tmp_path / "county")
    with county_process(county):
        pc = Older(tmp_path / "pc", county)
        monkeypatch.setattr("sync.client.engine.VERSION", 0)
        monkeypatch.setattr("sync.client.http.VERSION", 0)
        with pytest.raises(LineFault) as caught:
            pc.sync()
    assert (caught.value.code, caught.value.again) == ("program_too_old", False)
    assert "请升级" in caught.value.sentence
    pc.store.close()
