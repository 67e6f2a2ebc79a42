"""Settlements (集中居住区) and their renovation on the screen."""

from __future__ import annotations

from desktop.background import Lanes
from desktop.register.service import Row
from desktop.renovation.service import Milestones, ProgressReports, Projects, Settlements
from desktop.widgets.memory import Memory
from desktop.widgets.register_page import RegisterPage
from desktop.widgets.view import Action, Derived, EmptyWords, View
from sync.records import ProgressReport
from sync.records.fields import Field


class RenovationPage(RegisterPage):
    """Settlements, their projects, the milestones and the reports of progress."""

    def __init__(
        self,
        settlements: Settlements,
        projects: Projects,
        milestones: Milestones,
        reports: ProgressReports,
        lanes: Lanes,
        memory: Memory,
    ) -> None:
        views = [
            self._settlements(settlements),
            self._projects(projects),
            _milestones(milestones),
            _reports(reports),
        ]
        super().__init__("renovation", "集中居住区", "settlement", views, lanes, memory)
        self.add_actions()

    def _settlements(self, settlements: Settlements) -> View:
        return View(
            register=settlements,
            icon="settlement",
            new_word="新增居住区",
            counted="个居住区",
            columns=("name", "settlement_type", "grid", "address", "households", "people"),
            form=(
                "name",
                "settlement_type",
                "address",
                "grid",
                "households",
                "people",
                "built_on",
                "property_service",
                "note",
            ),
            filters=("settlement_type", "grid"),
            actions=(Action("addProject", "立改造项目", "project", self._write_project),),
            empty=EmptyWords(
                "settlement",
                "还没有居住区",
                "把本村的集中居住区和老旧院落写上，再为要改造的立项目，进度和资金就自动算出来。",
            ),
        )

    def _projects(self, projects: Projects) -> View:
        spent = ProgressReport.fields["money_spent"]

        def percent(ids: list[str]) -> dict[str, str]:
            return {i: f"{stand.percent}%" for i, stand in projects.standings(ids).items()}

        def money(ids: list[str]) -> dict[str, str]:
            found = projects.standings(ids)
            return {i: _yuan(spent, stand.money_spent) for i, stand in found.items()}

        return View(
            register=projects,
            icon="project",
            new_word="新增项目",
            counted="个项目",
            columns=("name", "settlement", "stage", "planned_end", "money_planned"),
            derived=(
                Derived("money_spent", "已用资金", money, width=136),
                Derived("percent", "进度", percent, width=72),
            ),
            form=(
                "settlement",
                "name",
                "stage",
                "money_planned",
                "planned_start",
                "planned_end",
                "actual_start",
                "actual_end",
                "note",
            ),
            filters=("stage", "settlement"),
            actions=(
                Action("addMilestone", "加节点", "milestone", self._write_milestone),
                Action("addReport", "写进度", "report", self._write_report),
            ),
            empty=EmptyWords(
                "project",
                "还没有改造项目",
                "一个居住区的一次改造是一个项目：摸底、方案、公示、施工、验收、管护。",
            ),
        )

    def _write_project(self, settlement: Row) -> None:
        self.new_of("project", {"settlement": settlement.id})

    def _write_milestone(self, project: Row) -> None:
        self.new_of("milestone", {"project": project.id})

    def _write_report(self, project: Row) -> None:
        known = {"project": project.id, "stage": str(project.values["stage"] or "")}
        self.new_of("progress_report", known)


def _milestones(milestones: Milestones) -> View:
    return View(
        register=milestones,
        icon="milestone",
        new_word="新增节点",
        counted="个节点",
        columns=("stage", "project", "planned_on", "reached_on", "note"),
        form=("project", "stage", "planned_on", "reached_on", "note"),
        filters=("stage", "project"),
        sort="planned_on",
        empty=EmptyWords(
            "milestone", "还没有节点", "给项目的每个阶段定一个计划日期，到了再填实际日期。"
        ),
    )


def _reports(reports: ProgressReports) -> View:
    return View(
        register=reports,
        icon="report",
        new_word="写进度报告",
        counted="份报告",
        columns=("text", "project", "stage", "percent", "money_spent", "reported_on"),
        form=(
            "project",
            "stage",
            "reported_on",
            "percent",
            "money_spent",
            "reporter",
            "text",
            "problems",
        ),
        filters=("project", "stage"),
        sort="made_at",
        descending=True,
        empty=EmptyWords(
            "report",
            "还没有进度报告",
            "写下做到哪一步、花了多少钱。写下以后不能改，写错了再写一份更正，项目进度自动算。",
        ),
    )


def _yuan(field: Field, fen: int) -> str:
    return f"{field.show(fen)} 元"
