"""Clocks lie (promise 9): with a clock a year wrong either way sync does what it always does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import ROOT, County, running_county
from tests.support.store import PASSWORD, VILLAGE, new_store

pytestmark = pytest.mark.promise(9)

YEAR = 365 * 86400


class Pc:
    """A PC whose clock is behind by so many seconds (less than 0: ahead); a process each verb."""

    def __init__(self, folder: Path, county: County, behind: int) -> None:
        self.folder, self.behind = folder, behind
        new_store(folder).close()
        self.says("enroll", "--server", county.url, "--code", county.enrol_code(VILLAGE))

    def says(self, *arguments: str) -> Any:
        where = ["--data", str(self.folder), "--password-env", "VILLAGE_KEY"]
        program = ["-m", "tests.support.wrong_clock", str(self.behind)]
        done = subprocess.run(
            [sys.executable, *program, *where, *arguments],
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

    def edit(self, record: str, **values: str) -> None:
        self.says("edit", "resident", record, "--json", json.dumps(values))

    def sync(self) -> dict[str, Any]:
        return dict(self.says("sync", "--json"))

    def people(self) -> dict[str, dict[str, Any]]:
        """What is here by id, without where each stands."""
        rows = self.says("list", "resident", "--json", "--unmask")
        return {row.pop("id"): row for row in rows if row.pop("sync_state")}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with running_county(tmp_path_factory.mktemp("clocks") / "county") as served:
        yield served


@pytest.mark.slow
def test_with_clocks_a_year_wrong_either_way_nothing_changes_but_what_is_told(
    county: County, tmp_path: Path
) -> None:
    slow, fast = Pc(tmp_path / "slow", county, YEAR), Pc(tmp_path / "fast", county, -YEAR)
    person = slow.says("add", "resident", "--json", '{"name": "王芳", "address": "一组"}')["id"]
    other = fast.says("add", "resident", "--json", '{"name": "李明"}')["id"]
    receipts = [slow.sync(), fast.sync(), slow.sync()]
    assert [(r["sent"], r["received"], r["conflicts"]) for r in receipts] == [
        (1, 0, 0),
        (1, 1, 0),
        (0, 1, 0),
    ]
    assert [round(r["clock_behind"] / YEAR) for r in receipts] == [1, -1, 1]

    # Other fields merge, whoever's clock is ahead; the same field is a conflict for the second to
    # come, not for the one whose clock says it wrote earlier.
    slow.edit(person, phone="13800000001")
    fast.edit(person, note="留守")
    assert fast.sync()["conflicts"] == 0
    assert slow.sync()["merged"] == 1
    fast.sync()
    slow.edit(other, phone="13800000002")
    fast.edit(other, phone="13800000003")
    assert slow.sync()["conflicts"] == 0
    assert fast.sync()["conflicts"] == 1, "the county's order decides, not the clocks"
    slow.sync()

    people = slow.people()
    assert people == fast.people()
    assert (people[person]["phone"], people[person]["note"]) == ("13800000001", "留守")
    assert people[other]["phone"] == "13800000002"
    assert "本机时间慢：315" in slow.says("support")
    assert "没有发现问题" in slow.says("check")

    for pc, words in ((slow, "慢了1年"), (fast, "快了1年")):
        status = pc.says("status", "--json")
        assert status["clock"] == f"这台电脑的时间{words}，请校准；不影响同步。"
        assert status["waiting"] == 0


@pytest.mark.slow
def test_a_clock_that_is_right_is_not_spoken_of(county: County, tmp_path: Path) -> None:
    pc = Pc(tmp_path / "right", county, 0)
    assert abs(pc.sync()["clock_behind"]) < 60
    assert pc.says("status", "--json")["clock"] is None
    assert "时间" not in pc.says("status")
