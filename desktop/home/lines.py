"""What the home page says to do, line by line: icon, words, and where one click leads. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desktop.home.desk import News, Pressing, Today
from desktop.widgets import tokens
from desktop.widgets.words import photos_words, when
from sync.records import KINDS, Attachment, Event, EventStep, Grid, GridBoundary, ListItem


@dataclass(frozen=True)
class Goal:
    """Where a line leads: a page; on it a record of a kind, or one of its views."""

    page: str = ""
    kind: str = ""
    record: str = ""
    view: str = ""


@dataclass(frozen=True)
class Line:
    """One line: its name, icon and colour, its words, and what the button says ('' for none)."""

    name: str
    icon: str
    colour: str
    words: str
    act: str = ""
    goal: Goal = Goal()


_SYNC = Goal("syncing")
_EVENTS = "events"
#: News that is looked at where another kind is; '' for what has no list anywhere.
_LOOKED_AT = {
    EventStep.kind: Event.kind,
    GridBoundary.kind: Grid.kind,
    Attachment.kind: "",
    ListItem.kind: "",
}
#: More kinds than these are told together.
_MOST_NEWS = 4


def lines_of(today: Today | None, status: Any) -> list[Line]:
    """Everything that waits for a person, what is most urgent first."""
    lines = [*_refusals(status), *(_events(today) if today else [])]
    lines += _line_to_county(status)
    if not lines:
        lines = [Line("none", "tick", tokens.GOOD, "都办完了，本机和县里一致")]
    return lines


def first_steps() -> list[Line]:
    """What to begin with where nothing is written yet."""
    return [
        Line(
            "grids",
            "grid",
            tokens.PRIMARY,
            "第一步：写上本村的网格",
            "去写网格",
            Goal("grids"),
        ),
        Line(
            "residents",
            "resident",
            tokens.PRIMARY,
            "第二步：导入现成的居民名册，或者一个一个添加",
            "去加居民",
            Goal("residents"),
        ),
    ]


def news_line(news: News) -> Line:
    """What came from the county, and the way to the first of it that has a list."""
    told = [f"{_label(kind)} {count:,} 条" for kind, count in news.counts[:_MOST_NEWS]]
    if len(news.counts) > _MOST_NEWS:
        told.append("等")
    led = (_LOOKED_AT.get(kind, kind) for kind, _count in news.counts if kind in KINDS)
    kind = next(filter(None, led), "")
    words = f"{'、'.join(told)}　{when(news.at)}收到"
    act = "去看" if kind else ""
    return Line("news", "cloud", tokens.PRIMARY, words, act, Goal("", kind))


def _label(kind: str) -> str:
    record = KINDS.get(kind)
    return record.label if record else "其他"


def _refusals(status: Any) -> list[Line]:
    lines = []
    if status.refused:
        words = f"{status.refused} 条被县里退回，要改好再送"
        lines.append(Line("refused", "return", tokens.ACT, words, "去改", _SYNC))
    if status.conflicts:
        words = f"{status.conflicts} 条有冲突：两台电脑填得不一样"
        lines.append(Line("conflicts", "sheets", tokens.ACT, words, "去选", _SYNC))
    return lines


def _events(today: Today) -> list[Line]:
    lines = [_pressing(place, each) for place, each in enumerate(today.pressing)]
    due, told = today.due, len(today.pressing)
    more = due.overdue + due.today - told
    if more > 0:
        late = due.overdue > told
        view, colour = ("overdue", tokens.ACT) if late else ("today", tokens.WAIT)
        words = f"还有 {more:,} 件已超时或今天到期"
        lines.append(Line("more", "event", colour, words, "看全部", _view(view)))
    for count, view, words in (
        (due.waiting_feedback, "feedback", "件处置完了，要告诉反映人"),
        (due.above, "above", "件在镇街或县里办"),
        (due.later, "open", "件在办，还没到期"),
    ):
        if count > 0:
            words = f"{count:,} {words}"
            lines.append(Line(view, "event", tokens.QUIET, words, "去看", _view(view)))
    if today.visits:
        words = f"{today.visits:,} 位重点人员到了约好的随访日子"
        goal = Goal("doctors", "doctor_visit")
        lines.append(Line("visits", "doctor", tokens.WAIT, words, "去看", goal))
    return lines


def _pressing(place: int, each: Pressing) -> Line:
    sign, colour = ("warning", tokens.ACT) if each.overdue else ("clock", tokens.WAIT)
    words = f"{_short(each.what)}　{each.due}"
    return Line(f"event{place}", sign, colour, words, "去办", Goal(_EVENTS, "event", each.event))


def _line_to_county(status: Any) -> list[Line]:
    if not status.enrolled:
        words = "这台电脑还没有接入县里；有了县里给的登记码就能接入"
        return [Line("enrol", "link", tokens.PRIMARY, words, "接入县里", _SYNC)]
    if status.waiting:
        words = f"{status.waiting:,} 条还没送到县里，有网就会自动送"
        return [Line("waiting", "clock", tokens.WAIT, words, "看同步", _SYNC)]
    if photos := photos_words(status.photos_waiting):
        words = f"记录都送到县里了，{photos}"
        return [Line("waiting", "clock", tokens.WAIT, words, "看同步", _SYNC)]
    return []


def _view(view: str) -> Goal:
    return Goal(_EVENTS, "event", view=view)


_LONGEST = 40


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}……"
