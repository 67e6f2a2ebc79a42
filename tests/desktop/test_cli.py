"""The program without a screen, as real processes: exit codes, one sentence, never a traceback."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from desktop.storage.store import DATABASE, KEY_FILE, Store
from sync.protocol import Fault, Outcome, pack
from sync.records import Grid, Record, Resident, Values
from tests.support.photos import photo
from tests.support.store import (
    COUNTY_TIME,
    PASSWORD,
    VILLAGE,
    answer,
    county_rows,
    id_number,
    new_store,
)
from tests.sync.client.line import says, serving

ROOT = Path(__file__).parents[2]
NUMBER = id_number("19880921", 164)


def environment(password: str | None) -> dict[str, str]:
    """What a shell hands on: a password or none, and buffers as Python has them by itself."""
    ours = {k: v for k, v in os.environ.items() if k not in ("PYTHONUNBUFFERED", "VILLAGE_KEY")}
    return ours if password is None else {**ours, "VILLAGE_KEY": password}


class Pc:
    """A data folder and the program that works on it, a process each time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, *arguments: str, password: str | None = PASSWORD) -> tuple[int, str, str]:
        """Exit code, what was printed, what was complained of."""
        done = subprocess.run(
            self.command(*arguments),
            cwd=ROOT,
            env=environment(password),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def command(self, *arguments: str) -> list[str]:
        """The command line of a verb; the password stands in ``VILLAGE_KEY``."""
        options = ["--data", str(self.folder), "--password-env", "VILLAGE_KEY"]
        return [sys.executable, "-m", "desktop", *options, *arguments]

    def says(self, *arguments: str) -> Any:
        """What a verb that must succeed printed, as JSON."""
        code, printed, complained = self.run(*arguments)
        assert (code, complained) == (0, "")
        return json.loads(printed)

    def fails(self, *arguments: str, password: str | None = PASSWORD, code: int = 1) -> str:
        """The one sentence with which a verb fails, and nothing printed."""
        returned, printed, complained = self.run(*arguments, password=password)
        assert (returned, printed) == (code, ""), complained
        (sentence,) = complained.splitlines()
        assert sum("\u4e00" <= character <= "\u9fff" for character in sentence) > 5
        return sentence

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store itself, between two verbs."""
        opened = Store.open(self.folder, PASSWORD)
        try:
            yield opened
        finally:
            opened.close()

    def asks(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database holds."""
        with self.store() as store, store.read() as connection:
            return [tuple(row) for row in connection.exec_driver_sql(sql)]

    def has(self, record: type[Record], *rows: Values) -> None:
        """Let records be there."""
        with self.store() as store, store.write() as writing:
            writing.create_many(record, rows)

    def knows(self, server: str) -> None:
        """Let the PC be enrolled at a server."""
        with self.store() as store:
            store.set(server=server, token="token-1")


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    """A PC with a store that belongs to a village, but not enrolled."""
    new_store(tmp_path / "village").close()
    return Pc(tmp_path / "village")


# --- a day's work ----------------------------------------------------------------------------


def test_a_store_is_made_worked_in_and_looked_over(tmp_path: Path) -> None:
    pc = Pc(tmp_path / "new")
    code, printed, complained = pc.run("init", "--operator", "王会计")
    assert (code, complained) == (0, "")
    assert "请记住密码" in printed
    person = pc.says("add", "resident", "--json", '{"name": "王 芳", "phone": 13800000000}')["id"]
    changed = pc.says("edit", "resident", person, "--json", '{"address": "一组", "phone": null}')
    assert changed == {"id": person, "changed": True}
    (row,) = pc.says("list", "resident", "--json")
    assert (row["id"], row["name"], row["address"], row["phone"]) == (person, "王芳", "一组", None)
    assert (row["sync_state"], row["made_by"]) == ("waiting", "王会计")
    code, printed, _ = pc.run("check")
    assert (code, "居民：1" in printed, "没有发现问题" in printed) == (0, True, True)


def test_a_list_masks_personal_fields_unless_told_and_then_notes_it(pc: Pc) -> None:
    person = {"name": "王芳", "id_number": NUMBER, "phone": "13812345678"}
    pc.has(Resident, person)
    (masked,) = pc.says("list", "resident", "--json")
    assert masked["id_number"] == f"510183{'*' * 10}{NUMBER[-2:]}"
    assert masked["phone"] == "138******78"
    assert (masked["name"], masked["birth_date"], masked["sex"]) == ("王芳", "1988-09-21", "female")
    _, in_words, _ = pc.run("list", "resident")
    assert NUMBER not in in_words
    assert pc.asks("SELECT * FROM view_log") == []
    (whole,) = pc.says("list", "resident", "--json", "--unmask")
    assert {name: whole[name] for name in person} == person
    assert pc.asks('SELECT "by", kind, record, count FROM view_log') == [
        ("王会计", "resident", None, 1)
    ]
    _, in_words, _ = pc.run("list", "resident", "--unmask")
    assert NUMBER in in_words
    assert len(pc.asks("SELECT * FROM view_log")) == 2
    assert pc.says("list", "grid", "--json", "--unmask") == []
    assert len(pc.asks("SELECT * FROM view_log")) == 2, "nothing personal was shown"


def test_money_is_given_and_shown_in_yuan(pc: Pc) -> None:
    settlement = pc.says("add", "settlement", "--json", '{"name": "文脉小区"}')["id"]
    project = {"settlement": settlement, "name": "一期", "money_planned": 1234.5}
    pc.says("add", "project", "--json", json.dumps(project))
    (row,) = pc.says("list", "project", "--json")
    assert row["money_planned"] == 1234.5


def test_a_list_that_nobody_reads_to_its_end_ends_quietly(pc: Pc) -> None:
    pc.has(Grid, *({"name": f"{n}组", "note": "长" * 400} for n in range(600)))
    for verb, lines in (("status", 0), ("list grid", 0), ("list grid --json", 1)):
        with subprocess.Popen(
            pc.command(*verb.split()),
            cwd=ROOT,
            env=environment(PASSWORD),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            for _ in range(lines):
                process.stdout.readline()
            process.stdout.close()
            assert process.stderr.read() == b""


def test_the_status_tells_what_waits(pc: Pc) -> None:
    pc.has(Grid, {"name": "一组"})
    status = pc.says("status", "--json")
    assert status["counts"]["grid"] == 1
    assert {k: v for k, v in status.items() if k != "counts"} == {
        "enrolled": False,
        "area": VILLAGE,
        "area_name": "文脉坊社区",
        "waiting": 1,
        "conflicts": 0,
        "refused": 0,
        "last_sync": None,
        "photos_waiting": 0,
        "photos_bytes": 0,
        "clock": None,
        "trouble": None,
    }
    _, in_words, _ = pc.run("status")
    assert in_words == "文脉坊社区：1条待同步，0条有冲突，0条被退回。县里最近收到：从未\n"


def test_photos_are_attached_listed_and_written_out_again(pc: Pc, tmp_path: Path) -> None:
    resident = pc.says("add", "resident", "--json", '{"name": "郭忠珍"}')["id"]
    good, bad, out = tmp_path / "a.jpg", tmp_path / "b.mp4", tmp_path / "out.jpg"
    good.write_bytes(photo(1))
    bad.write_bytes(b"film")
    code, said, told = pc.run("attach", "resident", resident, str(good), str(bad))
    assert code == 1, "one was refused"
    assert "视频太大" in told
    (attachment,) = json.loads(said)["ids"]
    waiting = pc.says("files", "--json")
    assert waiting["waiting"] == 1
    assert waiting["bytes"] == waiting["files"][0]["size"]
    assert "1张照片或文件没有送到县里" in pc.run("files")[1]
    assert pc.run("fetch", attachment, str(out))[0] == 0
    assert len(out.read_bytes()) == waiting["bytes"]
    assert "找不到" in pc.fails("attach", "resident", "nobody", str(good))
    assert "找不到" in pc.fails("fetch", "nothing", str(out))


# --- what goes wrong -------------------------------------------------------------------------


def test_without_a_store_every_verb_says_so(tmp_path: Path) -> None:
    pc = Pc(tmp_path / "nowhere")
    for verb in ("status", "sync"):
        assert pc.fails(verb) == "这里还没有建立数据。请先新建（init），并设一个密码。"
    assert not (tmp_path / "nowhere").exists()


def test_a_wrong_or_missing_password_is_told(pc: Pc) -> None:
    assert pc.fails("status", password="something else").startswith("密码不对")
    assert pc.fails("status", password="").startswith("密码不对")
    assert "VILLAGE_KEY 里没有密码" in pc.fails("status", password=None)


def test_a_store_is_not_made_twice_nor_with_a_short_password(pc: Pc, tmp_path: Path) -> None:
    assert "这里已经有数据了" in pc.fails("init")
    assert "密码太短" in Pc(tmp_path / "new").fails("init", password="12345")


def test_damage_is_told(pc: Pc) -> None:
    content = bytearray((pc.folder / DATABASE).read_bytes())
    content[4096:] = os.urandom(len(content) - 4096)
    (pc.folder / DATABASE).write_bytes(content)
    assert "数据库文件损坏" in pc.fails("status")
    (pc.folder / KEY_FILE).write_bytes(b"{")
    assert "数据库文件损坏" in pc.fails("status")


MISTAKES = [
    (["add", "grid", "--json", "{name: 一组}"], "--json 后面要写成"),
    (["add", "grid", "--json", "[1]"], "--json 后面要写成"),
    (["add", "grid", "--json", "[" * 20_000], "--json 后面要写成"),
    (["add", "grid", "--json", '{"name": ["一组"]}'], "--json 后面要写成"),
    (["add", "grid", "--json", '{"name": {"a": 1}}'], "--json 后面要写成"),
    (["add", "parcel", "--json", "{}"], "没有“parcel”这种记录"),
    (["list", "parcel"], "没有“parcel”这种记录"),
    (["add", "grid", "--json", '{"nickname": "x"}'], "网格没有“nickname”这一项"),
    (["add", "grid", "--json", "{}"], "网格名称没有填"),
    (["add", "resident", "--json", '{"name": "王", "id_number": "1"}'], "身份证号码应为18位"),
    (["add", "grid", "--json", '{"name": "\\ud800"}'], "网格名称没有填"),
    (["add", "grid", "--json", '{"name": "一", "planned_households": 1e999}'], "户数应是数字"),
    (["add", "division", "--json", "{}"], "区划由县里统一维护"),
    (["edit", "grid", "nobody", "--json", '{"name": "x"}'], "找不到这条网格"),
    (["sync"], "这台电脑还没有在县里登记"),
    (["enroll", "--server", "http://10.0.0.7", "--code", "A"], "必须以 https:// 开头"),
    (["enroll", "--server", "[", "--code", "A"], "服务器地址不对"),
]


def test_each_mistake_is_one_sentence(pc: Pc) -> None:
    with ThreadPoolExecutor(os.cpu_count()) as together:
        told = list(together.map(lambda mistake: pc.fails(*mistake[0]), MISTAKES))
    for (_, sentence), complaint in zip(MISTAKES, told, strict=True):
        assert sentence in complaint
    assert pc.asks("SELECT count(*) FROM outbox") == [(0,)]


@pytest.mark.parametrize("verb", [["fly"], ["add", "grid"], ["sync", "--fast"]])
def test_a_call_that_is_off_is_told_in_chinese(pc: Pc, verb: list[str]) -> None:
    assert pc.fails(*verb, code=2).startswith("命令写得不对：")


def test_a_check_that_finds_something_says_what_and_fails(pc: Pc) -> None:
    pc.has(Grid, {"name": "一组"})
    with pc.store() as store, store.change() as connection:
        connection.exec_driver_sql("DELETE FROM outbox")
        connection.exec_driver_sql("DELETE FROM search_index")
    code, printed, _ = pc.run("check", "--json")
    found = json.loads(printed)
    assert code == 1
    assert found["problems"] == ["有1条记录的同步状态与待发送的内容对不上"]
    assert found["healed"] == ["搜索目录与记录对不上，已重新整理"]


# --- the line --------------------------------------------------------------------------------


def test_no_line_is_exit_code_three_and_everything_stays(pc: Pc) -> None:
    pc.has(Grid, {"name": "一组"})
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        pc.knows(f"http://127.0.0.1:{nobody.getsockname()[1]}")
    sentence = pc.fails("sync", "--json", code=3)
    assert "连不上县里的服务器" in sentence
    assert "您填的都在本机" in sentence
    assert pc.asks("SELECT state FROM standing") == [("waiting",)]


@pytest.mark.parametrize(
    ("outcome", "code"),
    [
        (Outcome("accepted", 0, 1, 1), 0),
        (Outcome("merged", 0, 1, 1), 0),
        (Outcome("rejected", 0, reason="不行"), 4),
        (Outcome("conflict", 0, 1, 1), 4),
    ],
)
def test_a_sync_prints_its_receipt_and_says_whether_a_person_is_needed(
    pc: Pc, outcome: Outcome, code: int
) -> None:
    pc.has(Grid, {"name": "一组"})
    theirs = county_rows(Grid, {"id": "g9", "revision": 9, "name": "九组"})
    with serving(says(pack(answer([outcome], theirs, cursor=9)))) as county:
        pc.knows(county.url)
        returned, printed, complained = pc.run("sync", "--json")
    assert (returned, complained) == (code, "")
    receipt = json.loads(printed)
    told = {name: receipt[name] for name in ("sent", "received", "waiting", "county_time")}
    assert told == {"sent": 1, "received": 1, "waiting": 0, "county_time": COUNTY_TIME}
    assert receipt["merged"] + receipt["refused"] + receipt["conflicts"] == (
        outcome.code != "accepted"
    )
    assert b"Authorization: Bearer token-1" in county.requests[0]


def test_the_receipts_that_are_kept_are_listed_newest_first(pc: Pc) -> None:
    assert pc.says("receipts", "--json") == []
    pc.has(Grid, {"name": "一组"})
    first = answer([Outcome("accepted", 0, 1, 1)], cursor=1)
    with serving(says(pack(first)), says(pack(answer(cursor=1)))) as county:
        pc.knows(county.url)
        for _ in range(2):
            assert pc.run("sync")[0] == 0
    listed = pc.says("receipts", "--json")
    assert [(one["number"], one["sent"], one["by"]) for one in listed] == [
        (2, 0, "line"),
        (1, 1, "line"),
    ]
    code, in_words, _ = pc.run("receipts")
    assert code == 0
    newest, oldest = in_words.splitlines()
    assert "没有新的往来" in newest
    assert oldest.startswith("第1次\t")
    assert "送出 1" in oldest


def test_a_refusal_of_the_whole_request_is_the_county_s_own_sentence(pc: Pc) -> None:
    fault = Fault("unknown_device", "县里已停用这台电脑，请联系县里。")
    with serving(says(pack(fault), "401 Unauthorized")) as county:
        pc.knows(county.url)
        assert pc.fails("sync") == fault.sentence
