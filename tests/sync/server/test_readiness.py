"""The county switches one of its areas to emergency and back; a village switches only itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from sync.protocol import Change
from sync.records.teams import EMERGENCY, PEACETIME
from sync.server.cli import main
from sync.server.divisions import load_divisions, read_divisions
from sync.server.errors import ServerError
from sync.server.readiness import Switched, switch_area
from tests.support.server import DIVISIONS, County
from tests.sync.server.pcs import COUNTY, OTHER_VILLAGE, VILLAGE, Pc, codes, create, reasons

TOWN, OTHER_TOWN = "510183001000", "510183002000"


@pytest.fixture
def county(county: Engine) -> Engine:
    """A county with all its divisions."""
    load_divisions(county, read_divisions(DIVISIONS))
    return county


def switched(pc: Pc) -> list[tuple[object, ...]]:
    """The county's switches that a PC has received: what, where to, who and why."""
    return [
        (row["scope"], row["area_code"], row["mode"], row["made_by"], row["reason"])
        for (kind, _), row in pc.rows.items()
        if kind == "readiness_switch" and row["scope"] != "grid"
    ]


def own(scope: str = "village", **values: str) -> Change:
    """A village's own switch to emergency."""
    return create("readiness_switch", "", 0, scope=scope, mode=EMERGENCY, reason="塌方", **values)


def test_every_village_receives_the_countys_switch_with_who_and_why(county: Engine) -> None:
    done = switch_area(county, TOWN, EMERGENCY, "暴雨红色预警，转移避险", "应急局")
    assert done.name == "文君街道"
    assert done.villages > 1
    for village in (VILLAGE, OTHER_VILLAGE):
        pc = Pc(county, village, village)
        pc.read_all()
        assert switched(pc) == [("town", TOWN, EMERGENCY, "应急局", "暴雨红色预警，转移避险")]


def test_the_scope_follows_from_the_area(county: Engine) -> None:
    whole = switch_area(county, COUNTY, EMERGENCY, "地震", "县里")
    assert whole.villages == 189
    assert switch_area(county, VILLAGE, PEACETIME, "无灾情", "县里").villages == 1
    assert switch_area(county, COUNTY, PEACETIME, "解除", "县里") == Switched("邛崃市", 188)
    pc = Pc(county, "one")
    pc.read_all()
    assert [row[:3] for row in switched(pc)] == [
        ("county", COUNTY, EMERGENCY),
        ("village", VILLAGE, PEACETIME),
        ("county", COUNTY, PEACETIME),
    ]


def test_a_switch_that_would_change_nothing_is_refused(county: Engine) -> None:
    with pytest.raises(ServerError, match="文君街道已经是平时，不用再转"):
        switch_area(county, TOWN, PEACETIME, "解除", "县里")
    switch_area(county, COUNTY, EMERGENCY, "地震", "县里")
    with pytest.raises(ServerError, match="文君街道已经是战时"):
        switch_area(county, TOWN, EMERGENCY, "暴雨", "县里")
    assert switch_area(county, OTHER_TOWN, PEACETIME, "解除", "县里").villages


def test_the_county_calls_off_what_villages_and_grids_began(county: Engine) -> None:
    pc, other = Pc(county, "one"), Pc(county, "two", OTHER_VILLAGE)
    pc.send(own())
    other.send(create("grid", "g", name="一组", level="micro"))
    other.send(own("grid", grid="g"))
    assert switch_area(county, TOWN, PEACETIME, "解除", "县里").villages == 2
    with pytest.raises(ServerError, match="已经是平时"):
        switch_area(county, TOWN, PEACETIME, "解除", "县里")


@pytest.mark.parametrize(
    ("area", "reason", "by", "sentence"),
    [
        ("510183999000", "暴雨", "县里", "区划表里没有"),
        ("文君街道", "暴雨", "县里", "区划表里没有"),
        (TOWN, " ", "县里", "事由没有填"),
        (TOWN, "暴" * 201, "县里", "事由最多200个字"),
        (TOWN, "暴雨", "县" * 61, "经办人的名字最多60个字"),
    ],
)
def test_what_cannot_be_switched_is_said(
    county: Engine, area: str, reason: str, by: str, sentence: str
) -> None:
    with pytest.raises(ServerError, match=sentence):
        switch_area(county, area, EMERGENCY, reason, by)


@pytest.mark.parametrize("scope", ["town", "county"])
def test_a_village_that_says_it_switches_its_town_is_refused(county: Engine, scope: str) -> None:
    pc = Pc(county, "one")
    answer = pc.send(own(scope, area_code=TOWN), own())
    assert codes(answer) == ["rejected", "accepted"]
    assert "由县里转换" in reasons(answer)[0]


def test_a_switch_is_never_edited_and_of_no_grid_that_is_not_there(county: Engine) -> None:
    pc = Pc(county, "one")
    answer = pc.send(own("grid", grid="nowhere"))
    assert codes(answer) == ["rejected"]


def test_the_verb_says_what_it_did(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = County(tmp_path / "county").folder
    words = ["readiness", "--data", str(folder), "--area", TOWN, "--reason", "暴雨红色预警"]
    assert main([*words, "--to", EMERGENCY]) == 0
    assert "文君街道已转入战时" in capsys.readouterr().out
    assert main([*words, "--to", EMERGENCY]) == 1
    assert capsys.readouterr().err.strip() == "文君街道已经是战时，不用再转"
    assert main([*words, "--to", PEACETIME]) == 0
