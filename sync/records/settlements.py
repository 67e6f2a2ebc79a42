"""Settlements (集中居住区) and their renewal: projects, milestones and progress reports."""

from __future__ import annotations

from sync.records import tidy
from sync.records.base import Kept, Values, Written
from sync.records.fields import Choice, Day, Money, Number, Reference, Words

#: Default stages of a renovation (摸底 … 管护).
STAGES = (
    ("survey", "摸底"),
    ("plan", "方案"),
    ("notice", "公示"),
    ("works", "施工"),
    ("acceptance", "验收"),
    ("upkeep", "管护"),
)


class Settlement(Kept):
    """A rural concentrated settlement (乡村集中居住区) or an old courtyard (老旧院落)."""

    label = "集中居住区"
    title = "name"
    searched = ("address",)

    name = Words("名称", required=True, longest=60, aliases=("小区名称", "居住区名称"))
    settlement_type = Choice(
        "类型",
        required=True,
        default="rural",
        options=(("rural", "乡村集中居住区"), ("courtyard", "老旧院落")),
    )
    address = Words("地址", longest=200)
    grid = Reference("所在网格", to="grid")
    households = Number("户数", most=100_000, unit="户")
    people = Number("人数", most=1_000_000, unit="人")
    built_on = Day("建成时间", partial=True, aliases=("建成年月",))
    property_service = Words("物业服务", longest=100, hint="物业公司、自管小组等")
    note = Words("备注", longest=500, multiline=True)


class Project(Kept):
    """The renovation of one settlement (改造项目): where it stands, dates and money planned."""

    label = "改造项目"
    title = "name"

    settlement = Reference("集中居住区", required=True, to="settlement")
    name = Words("项目名称", required=True, longest=100)
    stage = Choice("阶段", required=True, default="survey", options=STAGES)
    planned_start = Day("计划开工")
    planned_end = Day("计划完工")
    actual_start = Day("实际开工")
    actual_end = Day("实际完工")
    money_planned = Money("计划资金", total="money_planned")
    note = Words("备注", longest=500, multiline=True)

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """An end is not before its start."""
        return _end_before_start(values, "planned") or _end_before_start(values, "actual")


class Milestone(Kept):
    """One stage of a project with its planned and actual day (节点)."""

    label = "节点"
    title = "stage"

    project = Reference("改造项目", required=True, fixed=True, to="project")
    stage = Choice("阶段", required=True, options=STAGES)
    planned_on = Day("计划日期")
    reached_on = Day("实际日期")
    note = Words("备注", longest=500, multiline=True)


class ProgressReport(Written):
    """A report of progress (进度报告): never edited, only followed by another."""

    label = "进度报告"
    title = "text"

    project = Reference("改造项目", required=True, to="project")
    stage = Choice("阶段", options=STAGES)
    reported_on = Day("报告日期")
    percent = Number("完成比例", most=100, unit="%")
    money_spent = Money(
        "本次支出",
        least=-10_000_000_000_00,
        total="money_spent",
        hint="自上次报告以来，单位：元；更正多报的写负数",
    )
    text = Words("进展", longest=2000, multiline=True)
    problems = Words("问题", longest=2000, multiline=True)
    reporter = Words("报告人", longest=50, tidy=tidy.person_name)
    corrects = Reference("更正哪一次", to="progress_report")


def _end_before_start(values: Values, which: str) -> dict[str, str]:
    start, end = values.get(f"{which}_start"), values.get(f"{which}_end")
    if isinstance(start, str) and isinstance(end, str) and end < start:
        return {f"{which}_end": "完工不能早于开工"}
    return {}
