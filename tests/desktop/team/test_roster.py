"""The duty roster: everybody with a telephone in full, what is empty, why it is an emergency."""

from __future__ import annotations

from desktop.reports.paper import Facts, Grid, Paper, Words
from desktop.storage.store import Store
from desktop.team.roster import Rosters
from desktop.team.service import Postings, Switches
from sync.records import Grid as GridRecord
from sync.records import Resident
from sync.records.teams import EMERGENCY, LEADER
from tests.support.store import VILLAGE

DAY = "2026-11-25"


def village(store: Store) -> list[str]:
    """Two grids: one led by a resident, with a guest among its volunteers, and an empty one."""
    with store.write() as writing:
        grids = [
            writing.create(GridRecord, {"name": name, "code": code})
            for name, code in (("后山微网格", f"{VILLAGE}0002"), ("河边微网格", f"{VILLAGE}0001"))
        ]
        wang = writing.create(Resident, {"name": "王芳", "phone": "13800000001"})
    postings = Postings(store)
    postings.add({"grid": grids[0], "seat": LEADER, "resident": wang, "started_on": "2026-01-01"})
    postings.add(
        {"grid": grids[0], "seat": "grid_seat.volunteer", "name": "赵敏", "phone": "13900000002"}
    )
    return grids


def table(paper: Paper) -> list[tuple[str, ...]]:
    return [row for part in paper.parts if isinstance(part, Grid) for row in part.rows]


def test_everybody_is_on_it_with_a_telephone_and_empty_seats_are_too(store: Store) -> None:
    village(store)
    paper = Rosters(store).paper(DAY)
    assert (paper.village, paper.title, paper.period) == (
        "文脉坊社区",
        "网格队伍值班表",
        "2026-11-25　平时",
    )
    assert table(paper) == [
        ("河边微网格", "微网格长", "（空缺）", "", ""),
        ("", "网格员", "（空缺）", "", ""),
        ("", "党员骨干", "（空缺）", "", ""),
        ("后山微网格", "微网格长", "王芳", "13800000001", "2026-01-01"),
        ("", "网格员", "（空缺）", "", ""),
        ("", "党员骨干", "（空缺）", "", ""),
        ("", "志愿者", "赵敏", "13900000002", ""),
    ]
    (facts,) = [part for part in paper.parts if isinstance(part, Facts)]
    assert dict(facts.pairs) == {"网格": "2个", "在岗": "2人次", "空缺": "5人"}


def test_one_grid_has_a_roster_of_its_own(store: Store) -> None:
    back, _ = village(store)
    paper = Rosters(store).paper(DAY, [back])
    assert paper.title == "后山微网格值班表"
    assert len(table(paper)) == 4


def test_an_emergency_says_since_when_why_and_by_whom(store: Store) -> None:
    back, _ = village(store)
    switches = Switches(store)
    switch = switches.get(switches.switch(EMERGENCY, "山洪预警，转移避险", back))
    day = switch.made_at[:10]
    paper = Rosters(store).paper(day)
    assert paper.period == f"{day}　平时、战时"
    assert [part.text for part in paper.parts if isinstance(part, Words)] == [
        f"{day}起转入战时：山洪预警，转移避险（王会计）"
    ]
    assert "后山微网格（战时）" in [row[0] for row in table(paper)]


def test_that_telephones_were_printed_in_full_is_noted(store: Store) -> None:
    village(store)
    Rosters(store).paper(DAY)
    with store.read() as connection:
        noted = connection.exec_driver_sql("SELECT kind, purpose, count FROM view_log").all()
    assert [tuple(row) for row in noted] == [("posting", "打印值班表", 2)]


def test_a_village_without_grids_says_so(store: Store) -> None:
    paper = Rosters(store).paper(DAY)
    assert [part for part in paper.parts if isinstance(part, Words)]
    assert not table(paper)
