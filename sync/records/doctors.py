"""Family doctors (家庭医生): teams, what they are paired with, key residents and visits.

A team works in several villages, but a record lies in one village's area, and nobody reads that of
another. So a team is entered where it is at home; another village that is paired with it names it
in words (``DoctorPairing.name``, ``phone``) and holds no reference.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import groupby

from sync.records import tidy
from sync.records.base import Kept, Values, Written
from sync.records.fields import Day, Privacy, Published, Reference, Words
from sync.records.phones import phone_problem

#: The steps of a pairing, each with its fields: whose day is written, that step has been made.
GRID_SIDE = ("grid_side_on", "grid_side_by")
TEAM_SIDE = ("team_side_on", "team_side_by")
ENDED = ("ended_on", "ended_by", "end_reason")
STEPS = (GRID_SIDE, TEAM_SIDE, ENDED)

#: Where a pairing can stand, in the order of its life.
PAIRING_STATES = (
    ("open", "待双方确认"),
    ("grid_side", "等团队方确认"),
    ("team_side", "等网格方确认"),
    ("paired", "已结对"),
    ("ended", "已结束"),
)


class DoctorTeam(Kept):
    """A team of family doctors (家庭医生团队), entered in the village where it is at home."""

    label = "家庭医生团队"
    title = "name"
    searched = ("institution",)

    name = Words("团队名称", required=True, longest=60, aliases=("名称", "家庭医生团队"))
    institution = Words(
        "所属机构", longest=60, hint="乡镇卫生院、社区卫生服务中心、医院", aliases=("机构", "医院")
    )
    #: What the team has made public for whoever needs it, so it is not masked.
    phone = Words(
        "服务电话",
        longest=60,
        tidy=tidy.digits,
        validator=phone_problem,
        hint="对外公布的号码，公示牌上会印",
        aliases=("团队电话", "联系电话"),
    )
    tier = Published("服务层级", list="doctor_tier")
    note = Words("备注", longest=500, multiline=True)


class DoctorTeamMember(Kept):
    """A member of a team (团队成员). The phone is a resident's own where the member is one."""

    label = "团队成员"
    title = "name"
    named_after = "resident"

    team = Reference("家庭医生团队", required=True, to="doctor_team", aliases=("团队", "团队名称"))
    resident = Reference("对应居民", to="resident")
    name = Words("姓名", required=True, longest=50, tidy=tidy.person_name, aliases=("成员姓名",))
    role = Published("角色", list="doctor_role", aliases=("岗位", "职务"))
    phone = Words(
        "电话",
        longest=60,
        privacy=Privacy.PERSONAL,
        tidy=tidy.digits,
        validator=phone_problem,
        hint="选了居民的不用填",
        aliases=("手机号",),
    )
    note = Words("备注", longest=500, multiline=True)


class DoctorPairing(Kept):
    """A grid and a team that acknowledge each other (互认结对): each side confirms for itself.

    Who is paired with whom, on which tier, never changes, so that a confirmation means for ever
    what it meant when it was made. Each step (the grid's confirmation, the team's, the end) is said
    once and stands. So the steps of two PCs come to the same in any order, and nothing is taken
    back unseen: what was wrong is ended, with the reason, and entered anew. For the same reason no
    village deletes a pairing.
    """

    label = "结对"
    title = "name"
    named_after = "team"
    villages_may = ("create", "edit")

    grid = Reference("网格", required=True, fixed=True, to="grid", aliases=("所在网格", "微网格"))
    team = Reference("本村团队", fixed=True, to="doctor_team")
    name = Words(
        "团队名称",
        required=True,
        longest=60,
        hint="团队登记在别的村时，直接写名称",
        aliases=("家庭医生团队", "团队"),
    )
    phone = Words(
        "团队电话",
        longest=60,
        tidy=tidy.digits,
        validator=phone_problem,
        hint="团队登记在别的村时填",
        aliases=("服务电话", "联系电话"),
    )
    tier = Published("结对层级", fixed=True, list="doctor_tier", aliases=("层级",))
    grid_side_by = Words("网格方确认人", longest=50, tidy=tidy.person_name)
    grid_side_on = Day("网格方确认日期")
    team_side_by = Words("团队方确认人", longest=50, tidy=tidy.person_name)
    team_side_on = Day("团队方确认日期")
    ended_on = Day("结束日期")
    ended_by = Words("由谁结束", longest=50, tidy=tidy.person_name)
    end_reason = Words("结束原因", longest=200)
    note = Words("备注", longest=500, multiline=True)

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """A step says all of itself: a day, who made it, and of an end why."""
        said = [step for step in STEPS if any(values.get(name) for name in step)]
        missing = [name for step in said for name in step if not values.get(name)]
        return {name: f"{cls.fields[name].label}没有填" for name in missing}

    @classmethod
    def rule_of_edit(cls, before: Values, after: Values) -> dict[str, str]:
        """A step that was made stands; after the end there is none; and an outside team that
        somebody has confirmed keeps its name."""
        found = {
            name: f"{cls.fields[name].label}已经记下，不能改；不对就结束这个结对，另记一个"
            for step in STEPS
            if _made(step, before)
            for name in step
            if after.get(name) != before.get(name)
        }
        if _made(ENDED, before):
            late = [s for s in (GRID_SIDE, TEAM_SIDE) if _made(s, after) and not _made(s, before)]
            found |= {step[0]: "这个结对已经结束，不能再确认" for step in late}
        renamed = after.get("name") != before.get("name") and not before.get("team")
        if renamed and pairing_state(before) != "open":
            found["name"] = "已经有一方确认过，团队名称不能再改"
        return found

    @classmethod
    def still_said(cls, values: Values, county: Values) -> Values:
        """Whoever makes a step that somebody else has made says nothing new, and nobody confirms
        what has ended meanwhile."""
        idle = {name for step in STEPS if _made(step, values) for name in _idle(step, county)}
        return {name: value for name, value in values.items() if name not in idle}


class KeyResident(Kept):
    """A resident whom a team looks after in particular (重点人员); why is nobody else's matter."""

    label = "重点人员"
    title = "name"
    named_after = "resident"

    resident = Reference("居民", required=True, fixed=True, to="resident")
    name = Words("姓名", required=True, longest=50, tidy=tidy.person_name)
    category = Published(
        "人群类别", required=True, privacy=Privacy.SENSITIVE, list="key_resident_category"
    )
    team = Reference("负责团队", to="doctor_team")
    since = Day("列入日期")
    until = Day("移出日期")
    note = Words("备注", longest=500, multiline=True, privacy=Privacy.SENSITIVE)

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """Nobody leaves before having come."""
        return _not_before(values, "since", "until", "移出日期不能早于列入日期")


class DoctorVisit(Written):
    """A visit to a resident (随访): never edited; what was wrong is corrected by another visit."""

    label = "随访"
    title = "name"
    named_after = "resident"

    resident = Reference("居民", required=True, to="resident")
    name = Words("姓名", required=True, longest=50, tidy=tidy.person_name)
    team = Reference("随访团队", to="doctor_team")
    member = Reference("随访人", to="doctor_team_member")
    visited_on = Day("随访日期", required=True)
    way = Published("方式", list="visit_way")
    text = Words("随访记录", required=True, longest=2000, multiline=True, privacy=Privacy.SENSITIVE)
    next_on = Day("下次随访")
    corrects = Reference("更正哪一次", to="doctor_visit")

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """The next visit is not before this one."""
        return _not_before(values, "visited_on", "next_on", "下次随访不能早于这次")


def pairing_state(values: Values) -> str:
    """Where a pairing stands: a code of ``PAIRING_STATES``."""
    if _made(ENDED, values):
        return "ended"
    grid, team = _made(GRID_SIDE, values), _made(TEAM_SIDE, values)
    if grid and team:
        return "paired"
    return "grid_side" if grid else "team_side" if team else "open"


def doubles_of(pairings: Mapping[str, Values]) -> set[str]:
    """The ids of pairings that share grid and tier with another that has not ended either."""
    live: dict[tuple[object, object], list[str]] = {}
    for pairing, values in pairings.items():
        if pairing_state(values) != "ended":
            live.setdefault((values.get("grid"), values.get("tier")), []).append(pairing)
    return {pairing for same in live.values() if len(same) > 1 for pairing in same}


def next_visits(visits: Iterable[Values]) -> dict[str, Values]:
    """The newest visit of each resident, by resident, where it says when the next one is.

    ``visits`` have ``id`` and ``made_at`` beside their fields. One that was corrected does not
    count; of two on the same day the later written does.
    """
    found = list(visits)
    corrected: Collection[object] = {visit.get("corrects") for visit in found}
    counted = [visit for visit in found if visit.get("id") not in corrected]
    counted.sort(key=_when)
    newest = {
        str(resident): list(theirs)[-1]
        for resident, theirs in groupby(counted, key=lambda visit: visit.get("resident"))
    }
    return {resident: visit for resident, visit in newest.items() if visit.get("next_on")}


def _when(visit: Values) -> tuple[str, ...]:
    return tuple(str(visit.get(name) or "") for name in ("resident", "visited_on", "made_at", "id"))


def _made(step: tuple[str, ...], values: Values) -> bool:
    return values.get(step[0]) is not None


def _idle(step: tuple[str, ...], county: Values) -> tuple[str, ...]:
    """The fields of a step that is no news at the county: it was made, or all has ended."""
    over = _made(ENDED, county) and step is not ENDED
    return step if over or _made(step, county) else ()


def _not_before(values: Values, start: str, end: str, sentence: str) -> dict[str, str]:
    first, last = values.get(start), values.get(end)
    too_early = isinstance(first, str) and isinstance(last, str) and last < first
    return {end: sentence} if too_early else {}
