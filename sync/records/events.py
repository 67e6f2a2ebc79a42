"""Events (事件): what is found in a grid, and each step of the loop that closes it.

How steps follow one another is ``sync.records.event_loop``, until when each has to be done
``sync.records.event_limits``. What stands of an event is always derived from its steps.
"""

from __future__ import annotations

from sync.records import tidy
from sync.records.base import Kept, Values, Written
from sync.records.event_loop import ACTION_WORDS, rule_of_step
from sync.records.fields import Choice, Moment, Privacy, Published, Reference, Words
from sync.records.phones import phone_problem

#: The lists that the county edits and publishes (双线、三分; the two speeds are in the limits).
LINES, KINDS_OF_EVENT, LEVELS, DUTIES = "event_line", "event_kind", "event_level", "event_duty"

#: How the person who reported an event found its outcome, or that nobody could be asked.
SATISFACTION = (
    ("satisfied", "满意"),
    ("mostly", "基本满意"),
    ("dissatisfied", "不满意"),
    ("not_reached", "联系不上"),
    ("nobody", "没有反映人"),
)


class Event(Kept):
    """Something found that has to be seen to (事件): what, where, of which kind, how grave."""

    label = "事件"
    title = "what"
    searched = ("place", "reported_by", "phone")

    what = Words(
        "什么事", required=True, longest=500, multiline=True, aliases=("事件描述", "内容", "事由")
    )
    event_kind = Published("分类", required=True, list=KINDS_OF_EVENT, aliases=("事件类别", "类别"))
    level = Published(
        "分级",
        required=True,
        default="event_level.ordinary",
        list=LEVELS,
        aliases=("事件等级", "等级"),
    )
    duty = Published("分责", list=DUTIES, aliases=("责任",))
    line = Published("线上线下", list=LINES, aliases=("来源",))
    grid = Reference("所在网格", to="grid")
    place = Words("地点", longest=200, aliases=("事发地点", "地址"))
    resident = Reference("涉及居民", to="resident")
    reporter = Reference("反映人是哪位居民", to="resident")
    reported_by = Words("反映人", longest=50, tidy=tidy.person_name, aliases=("上报人",))
    phone = Words(
        "反映人电话",
        longest=20,
        privacy=Privacy.PERSONAL,
        tidy=tidy.digits,
        validator=phone_problem,
    )
    found_at = Moment("发现时间", aliases=("时间", "发生时间"))
    note = Words("备注", longest=500, multiline=True)


class EventStep(Written):
    """One step of an event's loop (事件处理步骤): who did what, and when."""

    label = "处理步骤"
    title = "text"

    event = Reference("事件", required=True, to="event")
    action = Choice("做了什么", required=True, options=tuple(ACTION_WORDS.items()))
    #: The last step that whoever made this one had before their eyes; nothing for the first one.
    #: Filled in by the program.
    follows = Reference("接在哪一步后面", to="event_step", inner=True)
    person = Words("经办人", longest=50, tidy=tidy.person_name)
    #: By this PC's clock as corrected by the county's time of the last sync.
    at = Moment("时间", required=True)
    text = Words("说明", longest=2000, multiline=True)
    to_whom = Words("转给谁", longest=100, hint="网格员、部门或单位")
    joined_to = Reference("并入哪一件", to="event")
    satisfaction = Choice("满意度", options=SATISFACTION)

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """A step says what its action needs to be understood, and nothing that is none of it."""
        return rule_of_step(values)
