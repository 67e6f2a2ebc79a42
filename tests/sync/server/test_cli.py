"""The server's verbs, as support and scripts use them."""

import json
import socket
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from sync.client.http import HttpLine
from sync.client.ports import Refused
from sync.protocol import VERSION, EnrolRequest, ExchangeRequest, to_blocks
from sync.records import KINDS
from sync.server.cli import main
from tests.support.server import DIVISIONS, County, county_process
from tests.sync.server.pcs import COUNTY, VILLAGE, create, edit

TOWN = "510183001000"
OTHER_TOWN = "510183002000"


@pytest.fixture
def county(database: str, tmp_path: Path) -> County:
    given = None if database.startswith("sqlite") else database
    return County(tmp_path / "county", database=given)


@pytest.fixture
def alone(tmp_path: Path) -> County:
    """A county over its own file, for what no database has a part in."""
    return County(tmp_path / "county")


Verb = Callable[..., str]


@pytest.fixture
def verb(county: County, capsys: pytest.CaptureFixture[str]) -> Verb:
    """Runs a verb and gives what it printed, without a process of its own."""

    def run(name: str, *arguments: str) -> str:
        assert main([name, "--data", str(county.folder), *arguments]) == 0
        return capsys.readouterr().out.strip()

    return run


def numbers(verb: Verb, *arguments: str) -> dict[str, int]:
    return dict(json.loads(verb("totals", "--json", *arguments)))


@pytest.fixture
def fails(alone: County, capsys: pytest.CaptureFixture[str]) -> Verb:
    """Runs a verb that cannot do its work; gives its one sentence."""

    def run(verb: str, *arguments: str) -> str:
        assert main([verb, "--data", str(alone.folder), *arguments]) != 0
        said = capsys.readouterr()
        assert said.out == ""
        assert len(said.err.strip().splitlines()) == 1
        assert not said.err.isascii()
        return said.err

    return run


def test_totals_count_every_kind_and_add_up_what_fields_declare(county: County, verb: Verb) -> None:
    with county_process(county):
        line = HttpLine(county.url)
        token = line.enrol(EnrolRequest(VERSION, county.enrol_code(VILLAGE), "一号机")).token
        line = HttpLine(county.url, token)
        changes = [
            create("points_subject", "s", name="张三", subject_type="resident"),
            create("points_entry", "e", subject="s", entry_type="positive", points=30),
            create("points_entry", "f", subject="s", entry_type="redemption", points=-12),
            create("points_entry", "h", subject="s", entry_type="positive", points=40),
            create(
                "points_entry", "g", subject="s", entry_type="reversal", points=-30, reverses="e"
            ),
            create("settlement", "t", name="新村", settlement_type="rural"),
            create(
                "project", "p", settlement="t", name="改造", stage="works", money_planned=10_050
            ),
            create("progress_report", "q", project="p", money_spent=7_001),
            create("progress_report", "r", project="p", money_spent=-1),
            create("resident", "x", name="张三"),
            create("resident", "y", name="李四"),
            edit("resident", "y", 0, note="搬走"),
        ]
        answer = line.exchange(ExchangeRequest(VERSION, {}, to_blocks(changes)))
        assert {outcome.code for outcome in answer.outcomes} == {"accepted"}
        found = numbers(verb)
    assert set(KINDS) <= set(found)
    assert {kind: found[kind] for kind in ("division", "resident", "points_entry", "grid")} == {
        "division": 204,
        "resident": 2,
        "points_entry": 4,
        "grid": 0,
    }
    sums = ("points_total", "points_earned", "points_spent", "money_planned", "money_spent")
    assert [found[name] for name in sums] == [28, 70, 12, 100.5, 70]
    for area in (COUNTY, TOWN, VILLAGE):
        assert numbers(verb, "--area", area)["resident"] == 2
    assert numbers(verb, "--area", OTHER_TOWN)["resident"] == 0
    assert numbers(verb, "--area", VILLAGE)["division"] == 1
    listed = verb("totals")
    assert "居民：2" in listed
    assert "计划资金合计：100.50元" in listed


def test_init_again_takes_over_new_names_and_loses_nothing(
    county: County, verb: Verb, tmp_path: Path
) -> None:
    sheet = tmp_path / "divisions.csv"
    lines = DIVISIONS.read_text(encoding="utf-8").splitlines()
    renamed = [line.replace("文君街道", "文君新街道") for line in lines if VILLAGE not in line]
    renamed.append("510183001999,新设社区,community,510183001000")
    sheet.write_text("\n".join(renamed), encoding="gb18030")
    said = verb("init", "--divisions", str(sheet))
    assert said == "准备好了：区划新增1个，改动1个"
    assert numbers(verb)["division"] == 205
    assert county.enrol_code(VILLAGE)
    assert county.enrol_code("510183001999")
    assert verb("init", "--divisions", str(sheet)) == "准备好了：区划新增0个，改动0个"


def test_pcs_are_listed_moved_and_revoked_by_verbs(county: County, verb: Verb) -> None:
    assert verb("devices") == "还没有登记的电脑"
    with county_process(county):
        line = HttpLine(county.url)
        told = line.enrol(EnrolRequest(VERSION, county.enrol_code(VILLAGE), "一号机"))
        (listed,) = json.loads(verb("devices", "--json", "--village", VILLAGE))
        assert (listed["id"], listed["name"], listed["village"]) == (told.device, "一号机", VILLAGE)
        line = HttpLine(county.url, told.token)
        grid = create("grid", "g", name="一组", level="general")
        line.exchange(ExchangeRequest(VERSION, {}, to_blocks([grid]), area=VILLAGE))
        into = ("--from", VILLAGE, "--into", "510183001777")
        said = verb("split-village", *into, "--grids", "g", "--name", "新立社区")
        assert said.startswith("已划到510183001777：记录1条")
        assert numbers(verb, "--area", "510183001777")["grid"] == 1
        assert "新立社区" in verb("move-device", "--device", told.device, "--village", into[3])
        assert "正在改属" in verb("devices")
        answer = line.exchange(ExchangeRequest(VERSION, {}, area=VILLAGE))
        assert answer.move is not None
        assert (answer.move.area, answer.move.area_name) == ("510183001777", "新立社区")
        assert "电脑0台" in verb("merge-villages", *into)
        assert "已停用" in verb("revoke-device", "--device", told.device)
        with pytest.raises(Refused) as refused:
            line.exchange(ExchangeRequest(VERSION, {}, area=into[3]))
        assert refused.value.code == "revoked"


@pytest.mark.parametrize(
    ("sheet", "sentence"),
    [
        ("code,name\n1,a", "缺少这些列：level、parent_code"),
        ("code,name,level,parent_code\n51018,a,county,", "第2行：区划代码应是12位数字"),
        ("code,name,level,parent_code\n510183000000,,county,", "第2行：名称没有填"),
        ("code,name,level,parent_code\n510183000000,a,land,", "第2行：级别只能是"),
        ("code,name,level,parent_code\n", "应有一个县"),
        (
            "code,name,level,parent_code\n510183000000,a,county,\n510183001000,b,town,510183009000",
            "不在区划表里",
        ),
        (
            "code,name,level,parent_code\n510183000000,a,county,\n510184001000,b,town,510183000000",
            "不在县",
        ),
        (
            "code,name,level,parent_code\n510183000000,a,county,\n510183000000,b,county,",
            "出现了两次",
        ),
    ],
)
def test_a_wrong_division_table_is_refused_with_its_line(
    fails: Verb, tmp_path: Path, sheet: str, sentence: str
) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(sheet, encoding="utf-8")
    assert sentence in fails("init", "--divisions", str(path))


def test_errors_are_one_chinese_sentence(alone: County, fails: Verb, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "nowhere")
    assert "读不到区划表" in fails("init", "--divisions", nowhere)
    assert "区划表里没有" in fails("enroll-code", "--village", "510183999999")
    assert "区划表里没有" in fails("totals", "--area", "1")
    fresh = ["init", "--divisions", str(DIVISIONS), "--database"]
    assert "另一个数据库" in fails(*fresh, "sqlite:///other.sqlite3")
    alone.folder = tmp_path / "empty"
    for words in (["serve"], ["totals"], ["enroll-code", "--village", VILLAGE]):
        assert "请先运行 init" in fails(*words)
    nobody = "postgresql://nobody@127.0.0.1:1/none"
    assert "数据库用不了" in fails(*fresh, nobody)
    alone.folder = tmp_path / "third"
    assert "只能是 SQLite 或 PostgreSQL" in fails(*fresh, "mysql://a/b")


def test_an_address_in_use_is_told(fails: Verb) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert "已被别的程序占用" in fails("serve", "--port", str(port))


@pytest.mark.promise(11)
def test_a_newer_database_is_refused_by_every_verb(alone: County, fails: Verb) -> None:
    with sqlite3.connect(alone.folder / "county.sqlite3") as connection:
        connection.execute("UPDATE history_records SET version_num = 'records_9999'")
    connection.close()
    verbs = (["serve"], ["totals"], ["enroll-code", "--village", VILLAGE])
    for verb in (*verbs, ["init", "--divisions", str(DIVISIONS)]):
        assert "请先升级本程序" in fails(*verb)


def test_an_error_ends_the_process_without_a_traceback(alone: County) -> None:
    done = alone.run("totals", "--area", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "区划表里没有代码为“1”的地方\n"


def test_nobody_else_on_the_machine_reads_the_data(alone: County) -> None:
    for file in alone.folder.iterdir():
        assert file.stat().st_mode & 0o077 == 0


def test_what_a_village_passed_up_is_answered_by_a_verb(county: County, verb: Verb) -> None:
    with county_process(county):
        line = HttpLine(county.url)
        token = line.enrol(EnrolRequest(VERSION, county.enrol_code(VILLAGE), "一号机")).token
        line = HttpLine(county.url, token)
        at = "2026-11-25T01:00:00+00:00"
        event = {
            "what": "河堤塌了",
            "event_kind": "event_kind.hazard",
            "level": "event_level.urgent",
        }
        step = {"event": "v", "at": at, "text": "要镇街出面"}
        changes = [
            create("event", "v", 0, **event),
            create("event_step", "1", 0, action="report", **step),
            create("event_step", "2", 0, action="pass_up_town", follows="1", **step),
        ]
        answer = line.exchange(ExchangeRequest(VERSION, {}, to_blocks(changes), 100))
        assert [outcome.code for outcome in answer.outcomes] == ["accepted"]
    of = ("--village", VILLAGE, "--event", "v", "--action", "dispose")
    said = verb("event-step", *of, "--text", "已抢修", "--person", "李镇长")
    assert said == "记下了，这件事现在是“待反馈”，村里下次同步时收到"
    assert numbers(verb)["event_step"] == 3


def test_a_list_that_is_given_out_opens_in_offices_programs_and_comes_back_unchanged(
    alone: County, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["show-list", "--data", str(alone.folder), "event_kind"]) == 0
    given_out = capsys.readouterr().out
    assert given_out.startswith("\ufeffcode,label"), "or Excel takes it for GBK"
    sheet = tmp_path / "event_kind.csv"
    sheet.write_text(given_out, encoding="utf-8")
    assert main(["publish-list", "--data", str(alone.folder), str(sheet)]) == 0
    assert "新增0项，改动0项" in capsys.readouterr().out
