"""Where a project stands follows from its reports, and from nothing else."""

from __future__ import annotations

import pytest

from desktop.renovation.service import (
    Milestones,
    ProgressReports,
    Projects,
    Settlements,
    Standing,
)
from desktop.storage.errors import RecordInvalid
from desktop.storage.store import Store
from tests.support.store import county_rows, receive


@pytest.fixture
def settlement(store: Store) -> str:
    return Settlements(store).add({"name": "文脉小区", "households": "120户"})


@pytest.fixture
def project(store: Store, settlement: str) -> str:
    return Projects(store).add(
        {"settlement": settlement, "name": "一期", "money_planned": "500,000元"}
    )


def report(store: Store, project: str, **values: object) -> str:
    return ProgressReports(store).add({"project": project, **values})


def standing(store: Store, project: str) -> Standing:
    return Projects(store).standings([project])[project]


def test_a_new_project_stands_at_nothing(store: Store, project: str) -> None:
    assert standing(store, project) == Standing(0, 0, 0)
    assert Projects(store).get(project).values["money_planned"] == 50_000_000
    assert Projects(store).get(project).values["stage"] == "survey"


def test_the_newest_report_says_how_far_and_all_of_them_what_was_spent(
    store: Store, project: str
) -> None:
    report(store, project, reported_on="2026-09-30", percent=60, money_spent="1000.50")
    report(store, project, reported_on="2026-08-31", percent=30, money_spent="2000")
    report(store, project, reported_on="2026-10-31", money_spent="-0.50", text="更正多报的")
    report(store, project, percent=99, text="没有写日期")
    assert standing(store, project) == Standing(60, 300_000, 4)


def test_one_project_s_reports_never_count_for_another(
    store: Store, settlement: str, project: str
) -> None:
    other = Projects(store).add({"settlement": settlement, "name": "二期"})
    report(store, other, reported_on="2026-09-30", percent=60, money_spent="1")
    assert standing(store, project) == Standing(0, 0, 0)


def test_reports_of_other_pcs_count_as_soon_as_they_are_here(store: Store, project: str) -> None:
    rows = county_rows(
        ProgressReports(store).record,
        {"id": "p1", "revision": 5, "project": project, "percent": 40, "money_spent": 700,
         "reported_on": "2026-11-01"},
    )  # fmt: skip
    receive(store, rows)
    assert standing(store, project) == Standing(40, 700, 1)


def test_a_report_is_followed_by_a_correction_and_never_changed(store: Store, project: str) -> None:
    first = report(store, project, percent=80, reported_on="2026-09-30")
    with pytest.raises(RecordInvalid, match="进度报告记下以后不能改"):
        ProgressReports(store).edit(first, {"percent": 70})
    report(store, project, percent=70, reported_on="2026-10-01", corrects=first)
    assert standing(store, project).percent == 70


def test_a_milestone_stays_with_its_project(store: Store, settlement: str, project: str) -> None:
    other = Projects(store).add({"settlement": settlement, "name": "二期"})
    milestone = Milestones(store).add({"project": project, "stage": "方案"})
    with pytest.raises(RecordInvalid, match="改造项目写下以后不能改"):
        Milestones(store).edit(milestone, {"project": other})
    assert Milestones(store).edit(milestone, {"reached_on": "2026年11月25日"})
    assert Milestones(store).get(milestone).values["reached_on"] == "2026-11-25"


def test_an_end_before_its_start_is_refused_in_both_orders(store: Store, project: str) -> None:
    projects = Projects(store)
    projects.edit(project, {"planned_start": "2026-05-01", "planned_end": "2026-06-01"})
    for wrong in ({"planned_end": "2026-04-30"}, {"planned_start": "2026-06-02"}):
        with pytest.raises(RecordInvalid, match="完工不能早于开工"):
            projects.edit(project, wrong)


def test_what_something_else_stands_on_is_not_deleted(
    store: Store, settlement: str, project: str
) -> None:
    report(store, project, percent=1)
    with pytest.raises(RecordInvalid, match="还有别的记录在“改造项目”里连着它"):
        Projects(store).delete(project)
    with pytest.raises(RecordInvalid, match="还有别的记录在“集中居住区”里连着它"):
        Settlements(store).delete(settlement)
