"""Grids (网格): general, micro and exclusive, below a village."""

from __future__ import annotations

from sync.records import tidy
from sync.records.base import Kept
from sync.records.fields import Choice, Number, Privacy, Reference, Words
from sync.records.phones import phone_problem


class Grid(Kept):
    """A general grid (一般网格), a micro grid (微网格) of it, or an exclusive grid (专属网格)."""

    label = "网格"
    title = "name"
    searched = ("code", "leader")

    name = Words("网格名称", required=True, longest=60, aliases=("名称", "微网格名称"))
    level = Choice(
        "类型",
        required=True,
        default="micro",
        options=(("general", "一般网格"), ("micro", "微网格"), ("exclusive", "专属网格")),
    )
    code = Words("网格编号", longest=24, unique=True, tidy=tidy.code, aliases=("编号", "网格编码"))
    parent = Reference("所属一般网格", to="grid", aliases=("上级网格",))
    scene = Choice("场景", options=(("urban", "城市"), ("rural", "农村")))
    terrain = Choice("地形", options=(("mountain", "山区"), ("hill", "丘区"), ("plain", "坝区")))
    planned_households = Number("户数", most=100_000, unit="户", aliases=("总户数",))
    leader = Words("微网格长", longest=50, tidy=tidy.person_name, aliases=("网格长",))
    leader_phone = Words(
        "网格长电话",
        longest=20,
        privacy=Privacy.PERSONAL,
        tidy=tidy.digits,
        validator=phone_problem,
        aliases=("联系电话",),
    )
    note = Words("备注", longest=500, multiline=True)
