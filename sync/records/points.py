"""Points (积分): who earns, and each entry of the ledger. A balance is always derived."""

from __future__ import annotations

from dataclasses import dataclass

from sync.records import tidy
from sync.records.base import Kept, Values, Written
from sync.records.fields import Choice, Day, Number, Reference, Words

#: Entries that take points away, by their list.
SPENDING = ("negative", "redemption", "donation")


class PointsSubject(Kept):
    """Who earns points, of one of four kinds (四分): each kind earns differently."""

    label = "积分对象"
    title = "name"
    named_after = "resident"

    name = Words("名称", required=True, longest=60, tidy=tidy.person_name, aliases=("姓名",))
    subject_type = Choice(
        "类别",
        required=True,
        default="resident",
        options=(
            ("organisation", "党组织"),
            ("member", "党员"),
            ("worker", "社区工作者"),
            ("resident", "居民"),
        ),
    )
    resident = Reference("对应居民", to="resident", hint="选了居民就不用填名称")
    grid = Reference("所在网格", to="grid")
    note = Words("备注", longest=500, multiline=True)


class PointsEntry(Written):
    """One entry of the points ledger (积分流水): earned, taken off, redeemed, given or reversed."""

    label = "积分记录"
    title = "reason"

    subject = Reference("积分对象", required=True, to="points_subject", aliases=("姓名",))
    entry_type = Choice(
        "类型",
        required=True,
        default="positive",
        options=(
            ("positive", "正面加分"),
            ("negative", "负面扣分"),
            ("redemption", "服务兑换"),
            ("donation", "积分捐赠"),
            ("reversal", "冲正"),
        ),
    )
    points = Number(
        "分值", required=True, least=-100_000, most=100_000, unit="分", total="points_total"
    )
    reason = Words("事由", longest=200, aliases=("项目", "加分事由"))
    occurred_on = Day("发生日期", aliases=("日期",))
    evidence = Words("依据", longest=500, multiline=True, hint="会议记录、照片编号、经办人等")
    witness = Words("复核人", longest=50, tidy=tidy.person_name, aliases=("审核人",))
    reverses = Reference("冲正哪一笔", to="points_entry")
    #: Whose right to spend the entry changes: the PC that wrote it, but of a reversal that gives
    #: points back the PC of the entry it reverses. Nothing: the county's pool. Filled in by the
    #: program, and again by the county, whatever it was sent.
    device = Words("记账电脑", longest=64, inner=True)

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """The sign follows the type, and only a reversal names what it reverses."""
        points, entry_type = values.get("points"), values.get("entry_type") or "positive"
        if not isinstance(points, int) or points == 0:
            return {"points": "分值不能是0"}
        if entry_type == "positive" and points < 0:
            return {"points": "加分应是正数；要扣分请选“负面扣分”"}
        if entry_type in SPENDING and points > 0:
            return {"points": "扣分、兑换和捐赠应是负数"}
        if (entry_type == "reversal") != bool(values.get("reverses")):
            return {"reverses": "冲正要指明冲哪一笔，其他记录不填"}
        return {}


@dataclass(frozen=True)
class Purse:
    """What a subject has: its balance, and how much of it may be spent on the PC in question.

    ``elsewhere`` says in Chinese where the rest of the balance may be spent.
    """

    balance: int = 0
    right: int = 0
    elsewhere: str = ""


@dataclass(frozen=True)
class Reversed:
    """The entry that a reversal names: its points, and whether it is reversed already."""

    points: int
    before: bool = False


def ledger_problem(values: Values, purse: Purse, reverses: Reversed | None) -> dict[str, str]:
    """Check an entry against the ledger it joins; return Chinese sentences by field name.

    ``purse`` is what the subject has before the entry, ``reverses`` the entry of the same subject
    that a reversal names (None: there is none). Whatever takes points away - spending, taking off,
    reversing what was earned - needs the right of the PC on which it is written, so that no sum of
    rights, and no balance, goes below zero on any end.
    """
    points, entry_type = values.get("points"), values.get("entry_type")
    if not isinstance(points, int):
        return {"points": "分值没有填"}
    if entry_type == "reversal":
        if reverses is None:
            return {"reverses": "要冲正的那一笔不在这位积分对象名下"}
        if reverses.before:
            return {"reverses": "那一笔已经冲正过了"}
        if points != -reverses.points:
            return {"points": f"冲正的分值应是{-reverses.points}分"}
    if points >= 0:
        return {}
    if purse.balance + points < 0:
        if entry_type == "reversal":
            return {"points": f"冲正以后积分会不够：现有{purse.balance}分，要冲掉{-points}分"}
        return {"points": f"积分不够：现有{purse.balance}分，要扣{-points}分"}
    if purse.right + points < 0:
        return {
            "points": f"这位积分对象在本机只能用{max(purse.right, 0)}分",
            "device": f"另外{purse.elsewhere}。连上网同步一次，或请那台电脑移交过来再记",
        }
    return {}
