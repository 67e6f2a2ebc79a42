"""Events without a screen, as real processes: four verbs, exit codes, one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.desktop.test_cli import Pc
from tests.support.store import new_store

LAMP = json.dumps({"what": "路灯不亮", "event_kind": "facility", "phone": "13800001234"})


@pytest.fixture
def pc(tmp_path: Path) -> Pc:
    """A PC of a village."""
    new_store(tmp_path / "village").close()
    return Pc(tmp_path / "village")


def test_an_event_goes_its_way_by_verbs(pc: Pc) -> None:
    reported = pc.says("event", "report", "--json", LAMP)
    assert reported["state"] == "reported"
    event = reported["id"]
    assert pc.says("event", "step", event, "accept")["state"] == "accepted"
    text = json.dumps({"text": "换了灯泡"})
    assert pc.says("event", "step", event, "dispose", "--json", text)["state"] == "disposed"
    shown = pc.says("event", "show", event, "--json")
    assert (shown["state"], shown["phone"]) == ("disposed", "138******34")
    assert [entry["word"] for entry in shown["timeline"]] == ["发现", "上报", "受理", "处置"]
    assert "feed_back" in shown["may"]
    listed = pc.says("event", "list", "--view", "feedback", "--json")
    assert [each["id"] for each in listed] == [event]
    assert pc.says("event", "list", "--view", "overdue", "--json") == []
    code, printed, _ = pc.run("event", "show", event)
    assert code == 0
    assert "待反馈" in printed
    assert "13800001234" not in printed


def test_a_trifle_is_closed_by_one_verb(pc: Pc) -> None:
    settled = pc.says("event", "report", "--json", LAMP, "--settled", "当场拧紧")
    assert settled["state"] == "closed"


def test_what_cannot_be_done_fails_with_one_sentence(pc: Pc) -> None:
    event = pc.says("event", "report", "--json", LAMP)["id"]
    assert "不能“办结”" in pc.fails("event", "step", event, "close")
    assert "没有“fly”这一步" in pc.fails("event", "step", event, "fly")
    assert "没有这些项：colour" in pc.fails(
        "event", "step", event, "accept", "--json", '{"colour": "red"}'
    )
    assert "没有“all”这种列法" in pc.fails("event", "list", "--view", "all")
    assert pc.fails("event", "show", "nobody")
