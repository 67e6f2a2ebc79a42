"""Open conflicts (冲突): two PCs wrote one field, the county's value stands, the other is kept."""

from __future__ import annotations

import json

from sync.records.base import Kept, Values
from sync.records.fields import Choice, Privacy, Words

#: What a cadre may choose of a field, or of ``WHOLE``.
COUNTY, OTHER = "county", "other"
#: Stands in a choice for the record as a whole, where the question is whether it is there at all.
WHOLE = "deleted"


class Conflict(Kept):
    """The losing side of a hard conflict, kept whole until a cadre chooses.

    The county opens it; every PC of the village receives it like any other record, and may write
    down what was chosen, nothing else. Values are JSON objects of field name → stored value:
    ``county_values`` what stood at the county, ``other_values`` all that the refused change had
    touched (nothing for a deletion). ``choice`` is one of field name → ``county`` or ``other``.
    """

    label = "冲突"
    title = "record_title"
    villages_may = ("edit",)

    record_kind = Words("记录种类", required=True, fixed=True, longest=40)
    record = Words("记录", required=True, fixed=True, longest=64)
    LONGEST_TITLE = 200
    record_title = Words("名称", fixed=True, longest=LONGEST_TITLE)
    fields_in_conflict = Words("冲突的字段", required=True, fixed=True, longest=2000)
    county_values = Words(
        "县里的内容", fixed=True, privacy=Privacy.PERSONAL, longest=100_000, multiline=True
    )
    other_values = Words(
        "另一份内容", fixed=True, privacy=Privacy.PERSONAL, longest=100_000, multiline=True
    )
    other_by = Words("另一份由谁填", fixed=True, longest=60)
    other_at = Words("填写时间", fixed=True, longest=40)
    other_device = Words("哪台电脑", fixed=True, longest=60)
    state = Choice(
        "状态", required=True, default="open", options=(("open", "待处理"), ("chosen", "已选定"))
    )
    choice = Words("选定的内容", longest=4000)
    chosen_by = Words("由谁选定", longest=60)
    reason = Words("理由", longest=500)

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """What is chosen says what, in words that every PC understands."""
        if values.get("choice") is None:
            return {"choice": "还没有选定用哪一份"} if values.get("state") == "chosen" else {}
        return {} if choice_of(values) else {"choice": "选定的内容看不懂"}

    @classmethod
    def still_said(cls, values: Values, county: Values) -> Values:
        """Whoever chooses what was chosen already adds nothing but a reason where none stands."""
        if values.get("choice") is None or values["choice"] != county.get("choice"):
            return values
        told = ("choice", "chosen_by", *(("reason",) if county.get("reason") else ()))
        return {name: value for name, value in values.items() if name not in told}


def choice_of(values: Values) -> dict[str, str]:
    """What a conflict's ``choice`` says, by field name; nothing where it says nothing."""
    try:
        chosen = json.loads(str(values.get("choice")))
    except ValueError:
        return {}
    sound = isinstance(chosen, dict) and all(side in (COUNTY, OTHER) for side in chosen.values())
    return chosen if sound else {}
