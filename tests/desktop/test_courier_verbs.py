"""The stick without a screen, as real processes: three verbs, exit codes, one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.syncing.service import Syncing
from sync.records import Grid, Resident
from tests.desktop.test_cli import Pc
from tests.support.server import County, running_county
from tests.support.store import VILLAGE, new_store

pytestmark = pytest.mark.promise(12)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    with running_county(tmp_path_factory.mktemp("one") / "county") as county:
        yield county


@pytest.fixture
def pc(tmp_path: Path, county: County) -> Pc:
    """A PC that was enrolled once, by line."""
    store = new_store(tmp_path / "village")
    Syncing(store).enrol(county.url, county.enrol_code(VILLAGE))
    store.close()
    return Pc(tmp_path / "village")


@pytest.fixture
def town(tmp_path: Path) -> Pc:
    """A town office without a village: there is no store at all."""
    return Pc(tmp_path / "nothing")


def test_a_town_office_without_data_carries_and_the_village_reads(
    pc: Pc, town: Pc, county: County, tmp_path: Path
) -> None:
    pc.has(Resident, {"name": "张三"}, {"name": "李四"})
    exported = pc.says("courier", "export", str(tmp_path), "--json")
    assert (exported["changes"], exported["left"]) == (2, 0)
    carry = ("courier", "carry", str(tmp_path), "--server", county.url, "--json")
    code, printed, complained = town.run(*carry, password=None)
    assert (code, complained) == (0, "")
    (carried,) = json.loads(printed)
    assert carried["file"] == exported["file"]
    assert not town.folder.exists()
    taken = pc.says("courier", "import", carried["answer"], "--json")
    assert (taken["sent"], taken["waiting"], taken["remaining"], taken["by"]) == (
        2,
        0,
        0,
        "courier",
    )
    assert "已经读过" in pc.fails("courier", "import", carried["answer"])
    assert "都已经送过" in town.fails(*carry, password=None)


def test_the_three_verbs_say_in_words_what_to_do_next(
    pc: Pc, county: County, tmp_path: Path
) -> None:
    pc.has(Resident, {"name": "张三"})
    file = tmp_path / "带走.shige-out"
    code, printed, _ = pc.run("courier", "export", str(file))
    assert (code, "拿到有网的电脑上送" in printed) == (0, True)
    # A village PC with a line knows the address by itself.
    code, printed, _ = pc.run("courier", "carry", str(file))
    assert (code, "带回村里读" in printed) == (0, True)
    code, printed, _ = pc.run("courier", "import", str(file.with_suffix(".shige-back")))
    assert (code, "送出1条" in printed) == (0, True)


def test_a_refusal_that_comes_back_needs_a_person(pc: Pc, county: County, tmp_path: Path) -> None:
    other = new_store(tmp_path / "other")
    Syncing(other).enrol(county.url, county.enrol_code(VILLAGE))
    with other.write() as writing:
        writing.create(Grid, {"name": "一组", "code": f"{VILLAGE}01"})
    Syncing(other).run()
    other.close()
    pc.has(Grid, {"name": "二组", "code": f"{VILLAGE}01"})
    file = tmp_path / "f.shige-out"
    assert pc.run("courier", "export", str(file))[0] == 0
    assert pc.run("courier", "carry", str(file))[0] == 0
    code, printed, _ = pc.run("courier", "import", str(file.with_suffix(".shige-back")))
    assert (code, "退回1条" in printed) == (4, True)


def test_no_line_has_its_own_exit_code_and_the_file_stays(pc: Pc, town: Pc, tmp_path: Path) -> None:
    pc.has(Resident, {"name": "张三"})
    file = tmp_path / "f.shige-out"
    pc.run("courier", "export", str(file))
    carry = ("courier", "carry", str(file), "--server", "http://127.0.0.1:9")
    assert "还在U盘上" in town.fails(*carry, password=None, code=3)
    assert file.exists()
    assert not file.with_suffix(".shige-back").exists()


def test_one_bad_file_does_not_keep_the_others_from_the_county(
    pc: Pc, town: Pc, county: County, tmp_path: Path
) -> None:
    pc.has(Resident, {"name": "张三"})
    stick = tmp_path / "stick"
    stick.mkdir()
    (stick / "a.shige-out").write_bytes(b"SHIGE\r\n\1broken")
    pc.run("courier", "export", str(stick / "b.shige-out"))
    carry = ("courier", "carry", str(stick), "--server", county.url)
    code, printed, complained = town.run(*carry, password=None)
    assert code == 4
    assert "a.shige-out" in complained
    assert "Traceback" not in complained
    assert "b.shige-back" in printed


def test_faults_of_file_and_stick_are_one_sentence(pc: Pc, tmp_path: Path) -> None:
    assert "拔了" in pc.fails("courier", "import", str(tmp_path / "gone.shige-back"))
    (tmp_path / "x").write_bytes(b"hello")
    assert "不是实格的" in pc.fails("courier", "import", str(tmp_path / "x"))
    assert "拔了" in pc.fails("courier", "export", str(tmp_path / "gone" / "f"))
