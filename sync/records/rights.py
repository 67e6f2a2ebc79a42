"""The right to spend points on a PC (积分可用权): handed over from one PC to another, or asked for.

What may be spent on a PC is what was earned there, less what was spent there, with what was handed
over. All rights together are the balance; where no PC spends more than its right, no balance goes
below zero, also while no PC has a line.
"""

from __future__ import annotations

from sync.records.base import Values, Written
from sync.records.fields import Number, Reference, Words

MOST = 1_000_000_000


class PointsHandover(Written):
    """The right to spend some of a subject's points goes from one PC to another (移交).

    Written by the PC that gives, of what it has; out of the pool by the county. ``from_device`` and
    ``to_device`` are ids of PCs, nothing stands for the county's pool.
    """

    label = "积分移交"
    title = "note"

    subject = Reference("积分对象", required=True, to="points_subject")
    from_device = Words("移出电脑", longest=64, inner=True)
    to_device = Words("移入电脑", longest=64, inner=True)
    points = Number("分值", required=True, least=1, most=MOST, unit="分")
    note = Words("说明", longest=200)

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """Nobody hands over to himself."""
        if values.get("from_device") == values.get("to_device"):
            return {"to_device": "移出和移入的是同一台电脑"}
        return {}


class PointsRequest(Written):
    """A PC asks for the right to spend some of a subject's points (请求移交).

    The county gives what lies in its pool at once, the other PCs of the village what they have at
    their next sync. Of the requests of one PC for one subject the newest counts.
    """

    label = "积分移交请求"
    title = "note"

    subject = Reference("积分对象", required=True, to="points_subject")
    device = Words("哪台电脑要", longest=64, inner=True)
    points = Number("分值", required=True, least=1, most=MOST, unit="分")
    note = Words("说明", longest=200)


def handover_problem(values: Values, right: int) -> dict[str, str]:
    """Check that a PC hands over what it has; a Chinese sentence by field name."""
    points = values.get("points")
    if not isinstance(points, int) or points > right:
        return {"points": f"本机只有{max(right, 0)}分可以移交"}
    return {}
