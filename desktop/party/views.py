"""Which fields of the party's records are shown where; forms and tables follow from it."""

from __future__ import annotations

from collections.abc import Mapping

from desktop.party.facts import STATES
from desktop.party.service import Commitments, Deeds, Groups, Members, Organisations
from desktop.widgets import tokens
from desktop.widgets.plan_table import PlanColumns
from desktop.widgets.states import State
from desktop.widgets.view import Action, Derived, EmptyWords, View
from sync.records import PartyMember
from sync.records.fields import Choice

Actions = tuple[Action, ...]

#: What is shown of a row of an office's register of members before it is imported.
IMPORTED = PlanColumns(
    PartyMember,
    (("name", 120), ("phone", 130)),
    "从居民里找",
    lambda row: "；".join(row.warnings) or "对上了居民登记",
    crowded_out="phone",
)

#: How it is shown where a commitment stands; nothing here is red, for nobody must do anything.
_SHOWN = {
    "open": State(STATES["open"], "clock", tokens.PRIMARY, tokens.PRIMARY_PALE),
    "kept": State(STATES["kept"], "tick", tokens.GOOD, tokens.GOOD_PALE),
    "withdrawn": State(STATES["withdrawn"], "undo", tokens.QUIET, tokens.HOVER),
}


def organisations_view(organisations: Organisations, actions: Actions) -> View:
    """The organisations of general grids."""

    def groups(ids: list[str]) -> Mapping[str, str]:
        return {i: str(number) for i, number in organisations.groups(ids).items()}

    def members(ids: list[str]) -> Mapping[str, str]:
        return {i: str(number) for i, number in organisations.members(ids).items()}

    return View(
        register=organisations,
        icon="party",
        new_word="新增党组织",
        counted="个党组织",
        columns=("name", "organisation_type", "grid"),
        derived=(
            Derived("secretary", "书记", organisations.secretaries, width=120, number=False),
            Derived("groups", "党小组", groups),
            Derived("members", "党员", members),
        ),
        form=("name", "organisation_type", "grid", "phone", "note"),
        filters=("organisation_type", "grid"),
        actions=actions,
        facts=organisations.facts,
        advice=organisations.advice,
        empty=EmptyWords(
            "party",
            "还没有党组织",
            "先把一般网格上的党组织写上，再加它的党小组和党员。书记、委员在党员的“党内职务”里选。",
        ),
    )


def groups_view(groups: Groups, actions: Actions) -> View:
    """The groups of micro grids."""

    def members(ids: list[str]) -> Mapping[str, str]:
        return {i: str(number) for i, number in groups.members(ids).items()}

    return View(
        register=groups,
        icon="party_group",
        new_word="新增党小组",
        counted="个党小组",
        columns=("name", "organisation", "grid"),
        derived=(
            Derived("leader", "党小组长", groups.leaders, width=120, number=False),
            Derived("members", "党员", members),
        ),
        form=("name", "organisation", "grid", "note"),
        filters=("organisation", "grid"),
        actions=actions,
        facts=groups.facts,
        advice=groups.advice,
        empty=EmptyWords(
            "party_group",
            "还没有党小组",
            "微网格上的党小组写在这里，归在一个党组织下面；党小组长在党员的“党内职务”里选。",
        ),
    )


def members_view(members: Members, actions: Actions) -> View:
    """The members: what tells more than the name and the role is masked."""
    return View(
        register=members,
        icon="party_member",
        new_word="新增党员",
        counted="名党员",
        columns=("name", "organisation", "party_group", "role", "shown_on", "shown_how", "status"),
        form=(
            "resident",
            "name",
            "party_group",
            "organisation",
            "role",
            "status",
            "joined_on",
            "away",
            "shown_on",
            "shown_how",
            "phone",
            "left_on",
            "note",
        ),
        filters=("organisation", "party_group", "role"),
        actions=actions,
        facts=members.facts,
        empty=EmptyWords(
            "party_member",
            "还没有党员",
            "先从“居民”里选人，姓名就自动填上；再选党组织和党小组。亮了身份的写上日期和方式。",
        ),
    )


def commitments_view(commitments: Commitments, actions: Actions) -> View:
    """What was promised, and where each stands."""

    def states(ids: list[str]) -> Mapping[str, str]:
        return {i: stand.state for i, stand in commitments.stands(ids).items()}

    def deeds(ids: list[str]) -> Mapping[str, str]:
        return {i: str(stand.deeds) for i, stand in commitments.stands(ids).items()}

    return View(
        register=commitments,
        icon="party_commitment",
        new_word="写承诺",
        counted="条承诺",
        columns=("text", "member", "commitment_kind", "made_on", "due_on", "made_public"),
        derived=(
            Derived("deeds", "做了几次", deeds),
            Derived("stand", "进展", states, width=92, number=False, states=_SHOWN),
        ),
        asked={"stand": Choice("进展", options=tuple(STATES.items()))},
        form=(
            "member",
            "commitment_kind",
            "text",
            "made_on",
            "due_on",
            "made_public",
            "withdrawn_on",
            "withdrawn_why",
            "note",
        ),
        filters=("member", "commitment_kind", "made_public"),
        actions=actions,
        facts=commitments.facts,
        sort="made_on",
        descending=True,
        empty=EmptyWords(
            "party_commitment",
            "还没有承诺",
            "党员答应做的事写在这里。本人同意公开的选“公开”，才会印在承诺公示表上。",
        ),
    )


def deeds_view(deeds: Deeds, actions: Actions) -> View:
    """What was done: written for good, with photos."""

    def counts(ids: list[str]) -> Mapping[str, str]:
        gone = deeds.corrected(ids)
        return {i: "已更正" if i in gone else "" for i in ids}

    def photos(ids: list[str]) -> Mapping[str, str]:
        return {i: str(number) for i, number in deeds.photos(ids).items()}

    return View(
        register=deeds,
        icon="party_deed",
        new_word="写践诺",
        counted="条践诺",
        columns=("text", "member", "commitment", "done_on", "fulfils"),
        derived=(
            Derived("photos", "照片文件", photos),
            Derived("corrected", "更正", counts, width=80, number=False),
        ),
        form=(
            "member",
            "commitment",
            "text",
            "done_on",
            "beneficiary",
            "fulfils",
            "corrects",
        ),
        filters=("member", "commitment", "fulfils"),
        actions=actions,
        sort="done_on",
        descending=True,
        empty=EmptyWords(
            "party_deed",
            "还没有践诺",
            "做了什么、哪天做的写在这里，保存以后加照片。写下以后不能改，写错了就“更正”。",
        ),
    )
