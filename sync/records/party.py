"""The party (党建) in the grids: organisations, groups, members, promises and deeds.

A general grid has its party organisation (一般网格党组织), a micro grid its group (微网格党小组).
Members show who they are (亮身份), make commitments (承诺) and carry them out (践诺). That somebody
is a member is sensitive (PIPL, 个人信息保护法), so what tells more than the name is masked, and a
commitment is made public only by choice. Whether one was kept is never stored: it follows from
what was done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sync.records import tidy
from sync.records.base import Kept, Values, Written
from sync.records.fields import Choice, Day, Privacy, Published, Reference, Words
from sync.records.phones import phone_problem

YES_NO = (("yes", "是"), ("no", "否"))
#: Roles that are shown beside an organisation and a group; the county may call them otherwise.
SECRETARY, GROUP_LEADER = "party_role.secretary", "party_role.group_leader"
#: The role of those who have none.
MEMBER = "party_role.member"

#: Where a commitment stands.
State = Literal["open", "kept", "withdrawn"]
Deeds = Iterable[tuple[str, Values]]


class PartyOrganisation(Kept):
    """A party organisation (党组织) of a general grid, or of the whole village where it names none.

    Who leads it is told by the roles of its members, so that a person is entered once.
    """

    label = "党组织"
    title = "name"

    name = Words("党组织名称", required=True, longest=80, aliases=("名称", "党支部名称"))
    organisation_type = Published("党组织类型", list="party_organisation_type")
    grid = Reference("所在网格", to="grid", aliases=("网格", "一般网格"))
    phone = Words(
        "联系电话",
        longest=60,
        privacy=Privacy.PERSONAL,
        tidy=tidy.digits,
        validator=phone_problem,
        aliases=("电话",),
    )
    note = Words("备注", longest=500, multiline=True)


class PartyGroup(Kept):
    """A party group (党小组) of a micro grid, under one organisation."""

    label = "党小组"
    title = "name"

    name = Words("党小组名称", required=True, longest=80, aliases=("名称",))
    organisation = Reference(
        "所属党组织", required=True, to="party_organisation", aliases=("党组织", "党支部")
    )
    grid = Reference("所在网格", to="grid", aliases=("网格", "微网格"))
    note = Words("备注", longest=500, multiline=True)


class PartyMember(Kept):
    """A party member (党员) of an organisation: role, and whether and how the member shows it.

    A resident is a member once. Who went elsewhere (``left_on``) stays, with what was promised.
    """

    label = "党员"
    title = "name"
    named_after = "resident"
    natural_key = "resident"

    name = Words(
        "姓名",
        required=True,
        longest=50,
        tidy=tidy.person_name,
        aliases=("党员姓名", "名字", "人员姓名"),
    )
    resident = Reference("居民", to="resident", unique=True, hint="先从这里找，姓名自动填")
    organisation = Reference(
        "所在党组织",
        required=True,
        to="party_organisation",
        aliases=("党组织", "所在党支部", "党支部", "所属党组织", "所属党支部", "组织关系所在单位"),
    )
    party_group = Reference("所在党小组", to="party_group", aliases=("党小组", "所属党小组"))
    role = Published("党内职务", list="party_role", aliases=("职务",))
    status = Choice(
        "党员类别",
        privacy=Privacy.SENSITIVE,
        options=(("full", "正式党员"), ("probationary", "预备党员")),
        also=(
            ("正式", "full"),
            ("预备", "probationary"),
            ("中共党员", "full"),
            ("中共正式党员", "full"),
            ("中共预备党员", "probationary"),
        ),
        aliases=("人员类别", "党员身份"),
    )
    joined_on = Day(
        "入党时间",
        partial=True,
        privacy=Privacy.SENSITIVE,
        aliases=("入党日期", "入党年月", "加入党组织日期"),
    )
    away = Choice("流动党员", privacy=Privacy.SENSITIVE, options=YES_NO, aliases=("是否流动党员",))
    phone = Words(
        "联系电话",
        longest=60,
        privacy=Privacy.PERSONAL,
        tidy=tidy.digits,
        validator=phone_problem,
        aliases=("电话", "手机", "手机号", "手机号码", "联系方式"),
        hint="本村居民不用填，用居民登记的电话",
    )
    shown_on = Day("亮身份日期", partial=True, aliases=("亮身份时间",), hint="没有亮身份就空着")
    shown_how = Published("亮身份方式", list="identity_showing")
    left_on = Day(
        "离开日期", partial=True, aliases=("转出日期",), hint="转出、去世等；填了就不算现有党员"
    )
    note = Words("备注", longest=500, multiline=True)

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """A way of showing belongs to a day; nobody leaves or shows it before joining."""
        if values.get("shown_how") and not values.get("shown_on"):
            return {"shown_on": "选了亮身份方式，就要写亮身份日期"}
        if _before(values.get("shown_on"), values.get("joined_on")):
            return {"shown_on": "亮身份不能早于入党"}
        if _before(values.get("left_on"), values.get("joined_on")):
            return {"left_on": "离开不能早于入党"}
        return {}


class PartyCommitment(Kept):
    """What a member promised (承诺). Whether it was kept follows from the deeds (``stands_of``)."""

    label = "承诺"
    title = "text"

    member = Reference("承诺人", required=True, fixed=True, to="party_member", aliases=("党员",))
    text = Words("承诺内容", required=True, longest=300, multiline=True, aliases=("承诺事项",))
    commitment_kind = Published("承诺类别", list="commitment_kind")
    made_on = Day("承诺日期", aliases=("日期",))
    due_on = Day("完成期限", hint="长期的可以空着")
    made_public = Choice(
        "是否公开",
        required=True,
        default="no",
        options=YES_NO,
        hint="选“是”才会印在承诺公示表上",
    )
    withdrawn_on = Day("撤回日期")
    withdrawn_why = Words("撤回原因", longest=200)
    note = Words("备注", longest=500, multiline=True)

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """A limit is not before the promise; whoever takes one back says when and why."""
        for name, what in (("due_on", "完成期限"), ("withdrawn_on", "撤回")):
            if _before(values.get(name), values.get("made_on")):
                return {name: f"{what}不能早于承诺日期"}
        if values.get("withdrawn_on") and not values.get("withdrawn_why"):
            return {"withdrawn_why": "撤回承诺要写明原因"}
        if values.get("withdrawn_why") and not values.get("withdrawn_on"):
            return {"withdrawn_on": "写了撤回原因，就要写撤回日期"}
        return {}


class PartyDeed(Written):
    """What a member did (践诺): on a commitment, or without one (志愿服务). Photos hang under it.

    Never edited. A deed that was written wrongly is followed by one that ``corrects`` it, and then
    counts no more.
    """

    label = "践诺"
    title = "text"

    member = Reference("党员", required=True, to="party_member", aliases=("姓名",))
    commitment = Reference("哪一条承诺", to="party_commitment", hint="没有承诺的志愿服务可以空着")
    text = Words("做了什么", required=True, longest=1000, multiline=True, aliases=("践诺情况",))
    done_on = Day("日期", required=True)
    beneficiary = Words(
        "服务对象", longest=100, privacy=Privacy.PERSONAL, hint="为谁做的，可以空着"
    )
    fulfils = Choice(
        "承诺兑现了",
        required=True,
        default="no",
        options=YES_NO,
        hint="还要接着做的选“否”",
    )
    corrects = Reference("更正哪一次", to="party_deed")

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """Only what was promised can be fulfilled."""
        if values.get("fulfils") == "yes" and not values.get("commitment"):
            return {"commitment": "要说承诺兑现了，先选是哪一条承诺"}
        return {}


@dataclass(frozen=True)
class Stand:
    """Where a commitment stands: its state, how many deeds count, and the day it was kept on."""

    state: State = "open"
    deeds: int = 0
    kept_on: str = ""


def standing_deeds(deeds: Deeds) -> list[tuple[str, Values]]:
    """The deeds (id and values) that no other of them corrects, by day and id."""
    found = dict(deeds)
    corrected = {values.get("corrects") for values in found.values()}
    left = [(own, values) for own, values in found.items() if own not in corrected]
    return sorted(left, key=lambda deed: (str(deed[1].get("done_on") or ""), deed[0]))


def stands_of(commitments: Mapping[str, Values], deeds: Deeds) -> dict[str, Stand]:
    """Where each of these commitments (values by id) stands, in whatever order the deeds came.

    ``deeds`` are all that name one of them, and all that correct one of those. What was done is
    done: a commitment that one PC takes back while another writes that it was fulfilled is kept.
    """
    done: dict[object, list[Values]] = {}
    for _own, values in standing_deeds(deeds):
        done.setdefault(values.get("commitment"), []).append(values)
    return {own: _stand(values, done.get(own, [])) for own, values in commitments.items()}


def _stand(commitment: Values, deeds: Sequence[Values]) -> Stand:
    days = [str(v.get("done_on") or "") for v in deeds if v.get("fulfils") == "yes"]
    if days:
        return Stand("kept", len(deeds), days[0])
    return Stand("withdrawn" if commitment.get("withdrawn_on") else "open", len(deeds))


def may_be_shown(member: Values, commitment: Values) -> bool:
    """Whether a commitment may stand on a public sheet under the member's name: the member shows
    who he is, the commitment was made public, and neither was taken back."""
    return bool(
        member.get("shown_on")
        and not member.get("left_on")
        and commitment.get("made_public") == "yes"
        and not commitment.get("withdrawn_on")
    )


def _before(value: object, other: object) -> bool:
    """Whether a day lies before another; of days of which only the month is known, by month."""
    if not isinstance(value, str) or not isinstance(other, str):
        return False
    known = min(len(value), len(other))
    return value[:known] < other[:known]
