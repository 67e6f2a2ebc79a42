"""What the page shows of postings, of switches, and of grids with their teams."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from desktop.register.service import Row
from desktop.team.occupancy import Manned, leader_of
from desktop.team.service import COMING, HELD, OVER, Postings, Switches
from desktop.team.teams import CROWDED, EMPTY, TWICE, Teams
from desktop.widgets import tokens
from desktop.widgets.states import State
from desktop.widgets.view import Action, Derived, EmptyWords, View
from desktop.widgets.words import when
from sync.records.fields import Choice, Published
from sync.records.teams import EMERGENCY, GRID, LEADER, MODES, PEACETIME, VILLAGE

MODE_STATES = {
    EMERGENCY: State("战时", "emergency", tokens.WAIT, tokens.WAIT_PALE),
    PEACETIME: State("平时", "peacetime", tokens.QUIET, tokens.PAPER),
}
_LOOKS = ((EMPTY, "有空缺"), (CROWDED, "人多于名额"), (TWICE, "一人多岗"))
_ON_POST = ((HELD, "在岗"), (OVER, "已离岗"), (COMING, "还没到岗"))
#: So many people of a seat are named in a column; more are counted.
_NAMED = 2


class TeamView(View):
    """A view of grids that is called otherwise than that of the grids' own page."""

    @property
    def kind(self) -> str:
        """What widgets and remembered chips are named by."""
        return "team"


def teams_view(teams: Teams) -> View:
    """The grids with who stands where."""

    def column(shown: Callable[[Manned], str]) -> Callable[[list[str]], Mapping[str, str]]:
        return lambda ids: {i: shown(one) for i, one in teams.of_page(ids).items()}

    return TeamView(
        register=teams,
        icon="team",
        new_word="安排人",
        counted="个网格",
        columns=("name",),
        derived=(
            Derived(
                "mode",
                "平战",
                column(lambda m: m.standing.mode),
                width=84,
                number=False,
                states=MODE_STATES,
            ),
            Derived("leader", "微网格长", column(_leader), width=110, number=False),
            Derived("empty", "空缺", column(_empty), width=150, number=False),
            Derived("others", "其他在岗", column(_others), width=260, number=False),
            Derived("look", "要看一看", column(_look), width=150, number=False),
        ),
        form=(),
        filters=(),
        asked={
            "mode": Choice("平战", options=MODES, name="mode"),
            "seat": Published("岗位", list="grid_seat", name="seat"),
            "look": Choice("在岗情况", options=_LOOKS, name="look"),
        },
        empty=EmptyWords(
            "team",
            "还没有微网格",
            "先在“网格”里把微网格写上，再在这里给每个岗位安排人：平时谁在、战时谁上，一看就清楚。",
        ),
    )


def postings_view(postings: Postings, hand_over: Action, leave: Action) -> View:
    """Who stood where from when to when."""
    return View(
        register=postings,
        icon="posting",
        new_word="安排人",
        counted="条上岗记录",
        columns=("name", "seat", "grid", "started_on", "ended_on", "mode"),
        derived=(Derived("reach", "联系电话", postings.phones, width=118, number=False),),
        form=(
            "resident",
            "name",
            "phone",
            "mode",
            "grid",
            "seat",
            "started_on",
            "ended_on",
            "note",
        ),
        filters=("seat", "grid", "mode"),
        asked={"on_post": Choice("在不在岗", options=_ON_POST, name="on_post")},
        actions=(hand_over, leave),
        empty=EmptyWords(
            "posting",
            "还没有上岗记录",
            "谁在哪个网格、哪个岗位、从哪天到哪天，都记在这里。村里的人从居民里选，不用再填一遍。",
        ),
    )


def switches_view(switches: Switches) -> View:
    """What went over to emergency and back, by whom, when and why."""

    def who(ids: list[str]) -> dict[str, str]:
        return {i: f"{by} {when(at)}".strip() for i, (by, at) in switches.who(ids).items()}

    return View(
        register=switches,
        icon="readiness_switch",
        new_word="转入战时",
        counted="次转换",
        columns=("reason", "mode", "scope"),
        derived=(
            Derived("where", "哪里", switches.places, width=160, number=False),
            Derived("who", "谁、什么时候", who, width=190, number=False),
        ),
        form=("scope", "grid", "mode", "reason"),
        # The wider ones are the county's to switch; they are read here, and filtered by.
        offered={"scope": (GRID, VILLAGE)},
        filters=("mode", "scope"),
        sort="made_at",
        descending=True,
        empty=EmptyWords(
            "readiness_switch",
            "一直是平时",
            "遇到汛情、火情这样的急事，把一个网格或全村转入战时，谁上哪个岗就按战时的来。"
            "谁转的、为什么，都记在这里。镇街和县里的转换会自己送到。",
        ),
    )


def is_held(row: Row) -> bool:
    """Whether a posting has not ended."""
    return not row.values["ended_on"]


def _leader(one: Manned) -> str:
    there = leader_of(one)
    return "、".join(stand.name for stand in there)


def _empty(one: Manned) -> str:
    return "、".join(
        filled.seat.name + (f"{filled.missing}人" if filled.missing > 1 else "")
        for filled in one.empty
    )


def _others(one: Manned) -> str:
    words = []
    for filled in one.seats:
        if filled.seat.id == LEADER or not filled.stands:
            continue
        names = "、".join(stand.name for stand in filled.stands[:_NAMED])
        more = f"等{len(filled.stands)}人" if len(filled.stands) > _NAMED else ""
        words.append(f"{filled.seat.name} {names}{more}")
    return "；".join(words)


def _look(one: Manned) -> str:
    words = [f"{f.seat.name}{len(f.stands)}人" for f in one.crowded]
    words += [f"{stands[0].name}一人多岗" for stands in one.twice.values()]
    return "、".join(words)
