"""How a step of a history is told: what was done, and how it came. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.register.steps import Step
from desktop.widgets import tokens
from desktop.widgets.words import when

_OPERATIONS = {
    "create": "新记",
    "edit": "修改",
    "delete": "删除",
    "back": "恢复",
    "choose": "选定",
    "keep": "选定留着，不删",
    "leave_deleted": "选定不恢复",
}
_OF_PARTS = {
    "photo": {"create": "添加", "edit": "改", "delete": "删除", "back": "恢复"},
    "document": {"create": "添加", "edit": "改", "delete": "删除", "back": "恢复"},
    "boundary": {"create": "画", "edit": "重画", "delete": "去掉", "back": "重画"},
}
_PARTS = {"photo": "照片", "document": "文件", "boundary": "边界"}


@dataclass(frozen=True)
class How:
    """How a change came, always as icon, word and colour together."""

    word: str
    icon: str
    colour: str


_HOWS = {
    "accepted": How("直接采用", "tick", tokens.GOOD),
    "merged": How("合并", "merge", tokens.PRIMARY),
    "conflict": How("冲突，没有采用", "sheets", tokens.QUIET),
    "chosen": How("从冲突里选定", "sheets", tokens.PRIMARY),
    "given_up": How("被退回后放弃", "return", tokens.QUIET),
    "waiting": How("待同步", "clock", tokens.WAIT),
    "refused": How("被退回", "return", tokens.ACT),
}
_IN_PART = How("冲突，一部分没有采用", "sheets", tokens.QUIET)
_BESIDES = {"merged": "与别处的修改合并", "chosen": "从冲突里选定的"}


def head_of(step: Step) -> str:
    """What was done, by whom, when, and on which PC."""
    parts = (_operation(step), step.by, when(step.at), step.device)
    return " · ".join(part for part in parts if part)


def how_of(step: Step) -> How:
    """How it came about."""
    how = _HOWS.get(step.how, _HOWS["accepted"])
    if step.how == "conflict" and step.changes and step.lost:
        how = _IN_PART
    besides = _BESIDES.get(step.besides)
    return How(f"{how.word}，{besides}", how.icon, how.colour) if besides else how


def part_of(step: Step) -> tuple[str, str] | None:
    """Which photo or document a step is about, as a line; None for the record itself."""
    return (_PARTS.get(step.part, "附件"), step.name) if step.name else None


def reason_of(step: Step) -> tuple[str, str] | None:
    """Why, as a line: the county's reason for sending something back, or a person's."""
    if not step.reason:
        return None
    return ("县里说" if step.county_says else "理由", step.reason)


def _operation(step: Step) -> str:
    if step.part:
        done = _OF_PARTS.get(step.part, {}).get(step.operation)
        return f"{done or _OPERATIONS.get(step.operation, '修改')}{_PARTS.get(step.part, '附件')}"
    return _OPERATIONS.get(step.operation, "修改")
