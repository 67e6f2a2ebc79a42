"""Grids (网格): general, micro and exclusive, below a village; and what was done to them.

The tree has two levels below a village: a general grid, and micro and exclusive grids that belong
to one or stand alone. A grid is never deleted once people lived in it: it is closed, and a
``GridChange`` says where they went.
"""

from __future__ import annotations

import re

from sync.records import tidy
from sync.records.base import Kept, Values, Written
from sync.records.divisions import CODE_LENGTH
from sync.records.fields import Choice, Day, Number, Privacy, Reference, Value, Words
from sync.records.phones import phone_problem

GENERAL, MICRO, EXCLUSIVE = "general", "micro", "exclusive"
OPEN, CLOSED = "open", "closed"
#: How many digits the county's own number of a grid has behind its village's.
SERIAL_DIGITS = 4

LEVELS = ((GENERAL, "一般网格"), (MICRO, "微网格"), (EXCLUSIVE, "专属网格"))
DIVIDE, MERGE, CLOSE, REOPEN = "divide", "merge", "close", "reopen"

_OWN_CODE = re.compile(r"[0-9A-Za-z-]+")


class Grid(Kept):
    """A general grid (一般网格), a micro grid (微网格) of it, or an exclusive grid (专属网格).

    The county gives the ``code`` when it takes a new grid in, unless the office has typed one.
    """

    label = "网格"
    title = "name"
    searched = ("code", "leader")

    name = Words("网格名称", required=True, longest=60, aliases=("名称", "微网格名称"))
    level = Choice("类型", required=True, default=MICRO, options=LEVELS)
    code = Words(
        "网格编号",
        longest=24,
        unique=True,
        tidy=tidy.code,
        aliases=("编号", "网格编码"),
        hint="空着就由县里编",
        absent="同步后由县里编号",
    )
    parent = Reference("所属一般网格", to="grid", aliases=("上级网格",))
    scene = Choice("场景", options=(("urban", "城市"), ("rural", "农村")))
    terrain = Choice("地形", options=(("mountain", "山区"), ("hill", "丘区"), ("plain", "坝区")))
    state = Choice("网格状态", default=OPEN, options=((OPEN, "在用"), (CLOSED, "已关闭")))
    opened_on = Day("启用日期")
    closed_on = Day("关闭日期")
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


class GridChange(Written):
    """What was done to a grid (网格变更): divided, merged into another, closed or opened again.

    ``grid`` is the one it was done to; for a merger the one that took the others in. ``sources``
    and ``results`` are ids, separated by spaces: which grids ended or gave people away, and which
    have them now. ``summary`` says the same in words that stay true when a grid is renamed.
    """

    label = "网格变更"
    title = "summary"

    grid = Reference("网格", required=True, to="grid")
    change_type = Choice(
        "做了什么",
        required=True,
        options=((DIVIDE, "划分"), (MERGE, "合并"), (CLOSE, "关闭"), (REOPEN, "重新启用")),
    )
    LONGEST_SUMMARY = 1000
    summary = Words("变更内容", required=True, longest=LONGEST_SUMMARY)
    changed_on = Day("变更日期", required=True)
    reason = Words("原因", longest=500)
    basis = Words("议定依据", longest=500, hint="村民会议、镇街批复等")
    households = Number("移走户数", most=100_000, unit="户")
    residents = Number("移走人数", most=1_000_000, unit="人")
    sources = Words("从哪些网格", longest=4000, inner=True)
    results = Words("到哪些网格", longest=4000, inner=True)


def is_closed(values: Values) -> bool:
    """Whether a grid is closed; one that says nothing (an older program wrote it) is open."""
    return values.get("state") == CLOSED


def ids_in(value: Value) -> list[str]:
    """The ids that ``sources`` or ``results`` of a change names."""
    return str(value or "").split()


def tree_problem(values: Values, parent: Values | None, *, has_members: bool) -> dict[str, str]:
    """Check a grid's place in the tree; a Chinese sentence by field name.

    ``values`` is the whole grid, ``parent`` the whole grid that it names, None where that is not
    known. ``has_members`` tells whether live grids name this one as theirs. A grid above another is
    a general one and stands below none: so no grid is ever above itself.
    """
    if values.get("level") == GENERAL:
        return {"parent": "一般网格上面没有别的网格"} if values.get("parent") else {}
    if has_members:
        return {"level": "它下面还有网格，先把那些改到别的一般网格下面"}
    if values.get("parent") and parent is not None and parent.get("level") != GENERAL:
        return {"parent": f"“{parent.get('name')}”不是一般网格，下面不能再有网格"}
    return {}


def code_problem(code: Value, village: str) -> str:
    """Why a typed code cannot be that of a grid of ``village``; empty where it can.

    A code extends the 12 digits of the village, so that it tells by itself where the grid is.
    """
    text = str(code)
    own = text.removeprefix(village)
    if len(village) == CODE_LENGTH and (own == text or not _OWN_CODE.fullmatch(own)):
        return f"网格编号要以本村代码{village}开头，后面再接几位；空着就由县里编"
    return ""
