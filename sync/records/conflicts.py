"""Open conflicts (冲突): two PCs wrote one field, the county's value stands, the other is kept."""

from __future__ import annotations

from sync.records.base import Kept
from sync.records.fields import Choice, Privacy, Words


class Conflict(Kept):
    """The losing side of a hard conflict, kept whole until a cadre chooses.

    The county opens it; every PC of the village receives it like any other record. Values are JSON
    objects of field name → stored value: ``county_values`` what stood at the county,
    ``other_values`` all that the refused change had touched.
    """

    label = "冲突"
    title = "record_title"
    county_only = True

    record_kind = Words("记录种类", required=True, fixed=True, longest=40)
    record = Words("记录", required=True, fixed=True, longest=64)
    record_title = Words("名称", longest=200)
    fields_in_conflict = Words("冲突的字段", required=True, fixed=True, longest=2000)
    county_values = Words("县里的内容", privacy=Privacy.PERSONAL, longest=100_000, multiline=True)
    other_values = Words("另一份内容", privacy=Privacy.PERSONAL, longest=100_000, multiline=True)
    other_by = Words("另一份由谁填", longest=50)
    other_at = Words("填写时间", longest=40)
    other_device = Words("哪台电脑", longest=60)
    state = Choice(
        "状态", required=True, default="open", options=(("open", "待处理"), ("chosen", "已选定"))
    )
