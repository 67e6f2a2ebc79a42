"""The team of a grid (1+2+N): who stands on which seat from when to when, and in which mode a grid
stands, peacetime (平时) or emergency (战时).

Seats are the county's list ``grid_seat``: ``number`` is how many persons a seat needs (none: any,
the N of 1+2+N), ``parent`` an item of the list ``readiness_mode`` where a seat is there in one mode
only. Empty and double seats are facts that follow from postings; nobody is measured by them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sync.records import tidy
from sync.records.base import Kept, Values, Written
from sync.records.divisions import CODE_LENGTH, prefix_of
from sync.records.fields import Choice, Day, Number, Privacy, Published, Reference, Words
from sync.records.phones import phone_problem

PEACETIME, EMERGENCY, BOTH = "peacetime", "emergency", "both"
MODES = ((PEACETIME, "平时"), (EMERGENCY, "战时"))
MODE_WORDS = dict(MODES)
#: The seat of who leads a micro grid (微网格长), the 1 of 1+2+N.
LEADER = "grid_seat.leader"

GRID, VILLAGE, TOWN, COUNTY = "grid", "village", "town", "county"
#: Scopes that only the county may switch.
_WIDE = (TOWN, COUNTY)
#: Behind every number that the county has given.
_NOT_YET = 1 << 62


class Posting(Kept):
    """Somebody stands on a seat of a grid (上岗), from a day on and until they leave it.

    On the day of ``ended_on`` they stand there no more, so that who follows may begin on it.
    """

    label = "上岗记录"
    title = "name"
    searched = ("phone",)
    named_after = "resident"
    # The seat is of the grid, wherever whoever stands on it lives.
    follows_resident = False

    grid = Reference("网格", required=True, to="grid", aliases=("微网格", "所在网格"))
    seat = Published("岗位", required=True, list="grid_seat")
    mode = Choice(
        "平战",
        required=True,
        default=BOTH,
        options=((BOTH, "平时战时都在"), (PEACETIME, "平时"), (EMERGENCY, "战时")),
    )
    resident = Reference("居民", to="resident", hint="村里的人在这里选，姓名自己带出来")
    name = Words("姓名", required=True, longest=50, tidy=tidy.person_name)
    phone = Words(
        "外来人电话",
        longest=60,
        privacy=Privacy.PERSONAL,
        sought=True,
        tidy=tidy.digits,
        validator=phone_problem,
        aliases=("电话", "联系电话", "手机"),
        hint="不在居民里的人才填",
    )
    started_on = Day("到岗日期", aliases=("上岗日期",))
    ended_on = Day("离岗日期", aliases=("卸任日期",), hint="还在岗的空着")
    note = Words("备注", longest=500, multiline=True)

    @classmethod
    def goes_along(cls, values: Values) -> bool:
        """Who has left their seat stood on it in the grid that was."""
        return values.get("ended_on") is None

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """Nobody leaves before they came."""
        start, end = values.get("started_on"), values.get("ended_on")
        if isinstance(start, str) and isinstance(end, str) and end < start:
            return {"ended_on": "离岗日期不能早于到岗日期"}
        return {}


class ReadinessSwitch(Written):
    """A grid, a village, a town or the county goes over to emergency or back (平战转换).

    Villages switch their grids and themselves. Wider ones lie in the county's area, written by the
    county, and count where they cover. ``area_code`` is the division that is switched; of a
    village's own switch it may be empty: the village where it lies. ``seen`` is the county's number
    of the newest of its switches that the village knew when it wrote its own (0: none).
    """

    label = "平战转换"
    title = "reason"

    scope = Choice(
        "范围",
        required=True,
        default=GRID,
        options=((GRID, "一个网格"), (VILLAGE, "全村"), (TOWN, "全镇街"), (COUNTY, "全县市")),
    )
    grid = Reference("网格", to="grid")
    area_code = Words("区划代码", longest=CODE_LENGTH, inner=True)
    mode = Choice("转入", required=True, default=EMERGENCY, options=MODES)
    # Its commas stay as they are typed: it is read out loud and printed.
    reason = Words(
        "事由",
        required=True,
        longest=200,
        tidy=tidy.paragraph,
        hint="如：暴雨红色预警，转移避险",
    )
    seen = Number("所见县里转换", most=10**15, inner=True)

    @classmethod
    def rule(cls, values: Values) -> dict[str, str]:
        """What a village may say: of its own grids, and of itself."""
        scope = values.get("scope")
        if scope in _WIDE:
            return {"scope": "全镇街、全县市由县里转换，村里不能转"}
        if (scope == GRID) != bool(values.get("grid")):
            sentence = "选一下是哪个网格" if scope == GRID else "转换全村时不用选网格"
            return {"grid": sentence}
        code = values.get("area_code")
        if code is not None and not is_area_code(code):
            return {"area_code": f"区划代码应是{CODE_LENGTH}位数字"}
        return {}


def is_area_code(code: object) -> bool:
    """Whether this is a division's code in full."""
    return isinstance(code, str) and len(code) == CODE_LENGTH and code.isdecimal()


# Who stands where -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Seat:
    """A seat as the county's list has it. ``needs`` persons, None for any number; ``only`` in this
    mode, or in both where it is empty."""

    id: str
    name: str
    needs: int | None = None
    only: str = ""

    def stands_in(self, mode: str) -> bool:
        """Whether there is such a seat in a mode."""
        return self.only in ("", mode)


@dataclass(frozen=True)
class Stand:
    """One person on one seat of one grid: what ``board_of`` asks of a ``Posting``.

    ``person`` tells people apart: it is the same for two postings of one person, and empty where
    nobody can tell.
    """

    id: str
    grid: str
    seat: str
    name: str = field(repr=False)
    mode: str = BOTH
    person: str = field(default="", repr=False)
    started_on: str = ""
    ended_on: str = ""

    def on(self, day: str, mode: str) -> bool:
        """Whether they stand there on a day (``YYYY-MM-DD``) when the grid is in this mode."""
        return (
            self.mode in (BOTH, mode)
            and self.started_on <= day
            and (not self.ended_on or day < self.ended_on)
        )


@dataclass(frozen=True)
class Filled:
    """One seat of a grid with who stands there. ``missing`` persons, or ``spare`` ones too many."""

    seat: Seat
    stands: tuple[Stand, ...] = ()

    @property
    def missing(self) -> int:
        """How many persons the seat still needs."""
        return max((self.seat.needs or 0) - len(self.stands), 0)

    @property
    def spare(self) -> int:
        """How many stand there beyond what the seat needs; never any where any number may."""
        return max(len(self.stands) - self.seat.needs, 0) if self.seat.needs is not None else 0


def board_of(
    seats: Sequence[Seat], stands: Iterable[Stand], day: str, mode: str
) -> tuple[Filled, ...]:
    """The seats of one grid in the order of the list, each with who stands there on a day.

    A seat that the list has no more is shown last as long as somebody stands there.
    """
    by_seat: defaultdict[str, list[Stand]] = defaultdict(list)
    for stand in stands:
        if stand.on(day, mode):
            by_seat[stand.seat].append(stand)
    known = [seat for seat in seats if seat.stands_in(mode)]
    names = {seat.id: seat.name for seat in seats}
    unknown = [
        Seat(seat, names.get(seat, "（已取消的岗位）"))
        for seat in by_seat
        if seat not in {one.id for one in known}
    ]
    return tuple(Filled(seat, tuple(by_seat[seat.id])) for seat in [*known, *unknown])


def twice_there(stands: Iterable[Stand]) -> dict[str, tuple[Stand, ...]]:
    """Who stands on more than one seat among these, by person; also twice on the same one."""
    by_person: defaultdict[str, list[Stand]] = defaultdict(list)
    for stand in stands:
        if stand.person:
            by_person[stand.person].append(stand)
    return {person: tuple(found) for person, found in by_person.items() if len(found) > 1}


# Peacetime or emergency -----------------------------------------------------------------------


@dataclass(frozen=True)
class Switch:
    """What ``mode_of`` asks of a ``ReadinessSwitch``. ``by_county`` tells that it lies in the
    county's area; ``revision`` is its number in its own area, 0 while it waits to be sent."""

    id: str
    scope: str
    mode: str
    grid: str = ""
    area_code: str = ""
    by_county: bool = False
    revision: int = 0
    seen: int = 0
    reason: str = ""
    by: str = ""
    at: str = ""

    def covers(self, grids: Collection[str], village: str) -> bool:
        """Whether it speaks of a grid (named with the grids it belongs to) of a village; without
        grids, whether it speaks of the village as a whole."""
        if self.scope == GRID:
            return self.grid in grids
        if self.by_county:
            return bool(self.area_code) and village.startswith(prefix_of(self.area_code))
        return self.scope == VILLAGE and self.area_code in ("", village)


@dataclass(frozen=True)
class Standing:
    """In which mode a grid or a village stands, and the switch that brought it there (None: it has
    always stood so)."""

    mode: str = PEACETIME
    since: Switch | None = None


def in_order(switches: Iterable[Switch]) -> list[Switch]:
    """Switches in the one order in which every PC, and the county, takes them.

    A village's own stand in the order of the county's numbers, those that wait last, as they were
    written. Numbers of the county's area tell nothing beside those of a village, so each village's
    switch names what it had seen: the county's switches up to there come before it, and before
    whatever the village wrote after it; newer ones come later. No clock is asked.
    """
    county: list[Switch] = []
    own: list[Switch] = []
    for switch in switches:
        (county if switch.by_county else own).append(switch)
    county.sort(key=lambda switch: switch.revision, reverse=True)
    own.sort(key=lambda switch: switch.revision or _NOT_YET)
    ordered: list[Switch] = []
    for switch in own:
        while county and county[-1].revision <= switch.seen:
            ordered.append(county.pop())
        ordered.append(switch)
    return ordered + county[::-1]


def mode_of(switches: Sequence[Switch], grids: Collection[str], village: str) -> Standing:
    """In which mode a grid stands: the last switch that covers it says so.

    ``switches`` are in order (``in_order``); ``grids`` are the grid and those it belongs to, none
    for the village as a whole. A switch to the mode that stands already changes nothing, not even
    since when.
    """
    standing = Standing()
    for switch in switches:
        if switch.mode != standing.mode and switch.covers(grids, village):
            standing = Standing(switch.mode, switch)
    return standing


def modes_of(
    switches: Iterable[Switch], parents: Mapping[str, str], grids: Iterable[str], village: str
) -> dict[str, Standing]:
    """In which mode each of many grids stands. ``parents`` is the grid that a grid belongs to."""
    ordered = in_order(switches)
    named = {switch.grid for switch in ordered if switch.scope == GRID}
    everywhere = mode_of(ordered, (), village)
    found: dict[str, Standing] = {}
    for grid in grids:
        line = lineage(grid, parents)
        found[grid] = everywhere if named.isdisjoint(line) else mode_of(ordered, line, village)
    return found


def lineage(grid: str, parents: Mapping[str, str]) -> tuple[str, ...]:
    """A grid and those it belongs to, from below; a ring of grids ends where it began."""
    line = [grid]
    while (above := parents.get(line[-1])) and above not in line:
        line.append(above)
    return tuple(line)


def switch_problem(mode: str, standing: Iterable[Standing]) -> dict[str, str]:
    """Check that a switch changes something of what it covers; a Chinese sentence by field name."""
    if all(each.mode == mode for each in standing):
        return {"mode": f"已经是{MODE_WORDS.get(mode, mode)}，不用再转"}
    return {}
