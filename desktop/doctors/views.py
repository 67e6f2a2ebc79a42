"""Which fields of family doctors are shown where."""

from __future__ import annotations

from collections.abc import Callable

from desktop.doctors.service import (
    DOUBLE,
    LEFT,
    LISTED,
    DoctorPairings,
    DoctorTeamMembers,
    DoctorTeams,
    DoctorVisits,
    KeyResidents,
)
from desktop.register.service import Row
from desktop.widgets import tokens
from desktop.widgets.states import State
from desktop.widgets.view import Action, Derived, EmptyWords, View
from sync.records.doctors import PAIRING_STATES, pairing_state
from sync.records.fields import Choice, Reference

_WORDS = dict(PAIRING_STATES)
_LOOKS = {
    "open": ("clock", tokens.WAIT, tokens.WAIT_PALE),
    "grid_side": ("clock", tokens.WAIT, tokens.WAIT_PALE),
    "team_side": ("clock", tokens.WAIT, tokens.WAIT_PALE),
    "paired": ("tick", tokens.GOOD, tokens.GOOD_PALE),
    "ended": ("stop", tokens.QUIET, tokens.PAPER),
}
#: How a pairing is shown, also where another lives beside it: that asks for a person.
STATES = {code: State(_WORDS[code], *look) for code, look in _LOOKS.items()} | {
    f"{code} {DOUBLE}": State(f"重复 · {_WORDS[code]}", "sheets", tokens.ACT, tokens.ACT_PALE)
    for code in _LOOKS
}
_ASKED_STATE = Choice(
    "结对情况", options=(*PAIRING_STATES, (DOUBLE, "重复的")), name="pairing_state"
)
_ASKED_GRID = Reference("所在网格", to="grid", name="grid")
_ASKED_DUE = Choice("到期随访", options=(("due", "到日子了还没去"),), name="due")
_ASKED_LISTED = Choice("在不在册", options=((LISTED, "还在册"), (LEFT, "已移出")), name="listed")

Do = Callable[[Row], None]


def teams_view(teams: DoctorTeams, add_member: Do, pair: Do) -> View:
    """The teams that are at home here."""
    return View(
        register=teams,
        icon="doctor",
        new_word="新增团队",
        counted="个团队",
        columns=("name", "institution", "phone", "tier"),
        derived=(
            Derived("members", "人数", teams.members, width=64),
            Derived("grids", "网格数", teams.grids, width=72),
        ),
        form=("name", "institution", "phone", "tier", "note"),
        filters=("tier",),
        actions=(
            Action("addDoctor", "加成员", "person", add_member),
            Action("pairTeam", "结对", "pairing", pair),
        ),
        facts=teams.facts,
        empty=EmptyWords(
            "doctor",
            "还没有家庭医生团队",
            "把常驻本村的团队写上，再加成员、与网格结对。团队登记在别的村的，直接到“结对”里写名称。",
        ),
    )


def members_view(members: DoctorTeamMembers) -> View:
    """Who is in the teams."""
    return View(
        register=members,
        icon="person",
        new_word="新增成员",
        counted="个成员",
        columns=("name", "role", "team"),
        derived=(Derived("phones", "联系电话", members.phones, width=128, number=False),),
        form=("team", "resident", "name", "role", "phone", "note"),
        filters=("team", "role"),
        empty=EmptyWords(
            "person",
            "还没有成员",
            "先有团队，再加成员。成员是本村居民的，选上居民，姓名和电话就跟着走，不用再写。",
        ),
    )


def pairings_view(pairings: DoctorPairings, step: Callable[[str, Row], None]) -> View:
    """What grid has which team, and who has confirmed it."""

    def may(*states: str) -> Callable[[Row], bool]:
        return lambda row: pairing_state(row.values) in states

    return View(
        register=pairings,
        icon="pairing",
        new_word="新增结对",
        counted="个结对",
        columns=("name", "grid", "tier"),
        derived=(
            Derived("standing", "结对情况", pairings.states, 184, number=False, states=STATES),
            Derived("phones", "服务电话", pairings.phones, width=124, number=False),
        ),
        asked={"pairing_state": _ASKED_STATE},
        form=("grid", "tier", "team", "name", "phone", "note"),
        filters=("grid", "tier", "team"),
        actions=(
            Action(
                "confirmGrid",
                "网格方确认",
                "tick",
                lambda row: step("grid_side", row),
                wanted=may("open", "team_side"),
            ),
            Action(
                "confirmTeam",
                "团队方确认",
                "tick",
                lambda row: step("team_side", row),
                wanted=may("open", "grid_side"),
            ),
            Action(
                "endPairing",
                "结束结对",
                "stop",
                lambda row: step("ended", row),
                wanted=may("open", "grid_side", "team_side", "paired"),
            ),
        ),
        facts=pairings.facts,
        advice=pairings.advice,
        empty=EmptyWords(
            "pairing",
            "还没有结对",
            "写上哪个网格归哪个团队管，再由网格方、团队方各确认一次：两方都确认了，才算结对。",
        ),
    )


def key_residents_view(keys: KeyResidents, write_visit: Do) -> View:
    """Who is looked after in particular; why is shown by the panel alone, when it is asked for."""
    return View(
        register=keys,
        icon="key_resident",
        new_word="登记重点人员",
        counted="条登记",
        columns=("name", "team"),
        derived=(
            Derived("grids", "所在网格", keys.grids, width=130, number=False),
            Derived("next", "下次随访", keys.next_visits, width=108, number=False),
            Derived("last", "上次随访", keys.last_visits, width=108, number=False),
        ),
        asked={"due": _ASKED_DUE, "grid": _ASKED_GRID, "listed": _ASKED_LISTED},
        form=("resident", "category", "team", "since", "until", "note"),
        filters=("team",),
        actions=(Action("writeVisit", "写随访", "visit", write_visit),),
        advice=keys.advice,
        empty=EmptyWords(
            "key_resident",
            "还没有重点人员",
            "老人、孕产妇、慢性病人这些要多关照的居民，登记在这里。人群类别平时遮住，看一次留一条记录。",
        ),
    )


def visits_view(visits: DoctorVisits, correct: Do) -> View:
    """The visits, newest first."""
    return View(
        register=visits,
        icon="visit",
        new_word="写随访",
        counted="次随访",
        columns=("name", "visited_on", "way", "team", "member", "next_on"),
        derived=(Derived("corrected", "更正", visits.corrected, width=150, number=False),),
        form=(
            "resident",
            "visited_on",
            "way",
            "next_on",
            "team",
            "member",
            "text",
            "corrects",
        ),
        asked={"due": _ASKED_DUE},
        filters=("resident", "way", "team"),
        actions=(Action("correctVisit", "更正这一次", "undo", correct),),
        sort="visited_on",
        descending=True,
        empty=EmptyWords(
            "visit",
            "还没有随访",
            "看过一次写一次。写下以后不能改，写错了再写一次更正，两次都留着。",
        ),
    )
