"""Changes of records that moved to another area while a PC wrote them offline.

The PC sends them to the area it knows; they are judged where the record is now, on what the PC had
before its eyes, and the PC is told the outcome and given the tombstone. It reads nothing of the
other area, not even in a reason.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from sync.protocol import Block, Change, Code, from_block, to_blocks
from sync.records import KINDS
from sync.records.belonging import Named, owner_of
from sync.server.apply import take_in
from sync.server.asking import among, ask, askable
from sync.server.forms import block_problem, change_problem
from sync.server.log import Answer, answers_of, rows_at
from sync.server.moving import Side, note_moved
from sync.server.rights import release_rights
from sync.server.tables import change_log, merged_area, moved_record
from sync.server.tables import device as devices

_NOT_TAKEN = "这条记录已经划到别的村，那边没有收下这次修改；填的内容县里留着，要用请与县里联系"


_ANY_MOVED = (
    "SELECT EXISTS (SELECT 1 FROM moved_record WHERE area = ?)"
    " OR EXISTS (SELECT 1 FROM merged_area WHERE area = ?)"
)
_REFUSED: tuple[Code, int, str, bool] = ("rejected", 0, "", False)
_THERE = "那边已经有同一条记录"


class Hop(NamedTuple):
    """One move of a record: from where on which number, to where under which."""

    area: str
    revision: int
    new_area: str
    new_revision: int


class Routes:
    """Where the changes of one request go that do not stay in the area they were sent to.

    ``areas`` are the other areas; empty where all stay, which is the rule and costs one query.
    """

    def __init__(self, connection: Connection, area: str, blocks: Sequence[Block]) -> None:
        self._connection = connection
        self._area = area
        self._hops: dict[Named, list[Hop]] = {}
        self._merged = ""
        #: New records of this request that went elsewhere with what they belong to.
        self._made: dict[Named, str] = {}
        #: By place in the request.
        self.elsewhere: dict[int, str] = {}
        if blocks and _any_moved(connection, area):
            self._find(blocks)

    @property
    def areas(self) -> set[str]:
        """The other areas that changes go to."""
        return set(self.elsewhere.values())

    def has_moved(self, change: Change) -> bool:
        """Whether the record of a change was here before it went elsewhere."""
        return (change.kind, change.record) in self._hops

    def translate(self, change: Change, area: str) -> Change:
        """The change as a PC of ``area`` would have sent it: on the number there that the PC saw,
        without references to what stayed behind."""
        values = dict(change.values)
        for reference in KINDS[change.kind].references():
            value = values.get(reference.name)
            if isinstance(value, str) and self._area_of((reference.to, value)) != area:
                del values[reference.name]
        return Change(
            change.id,
            change.kind,
            change.record,
            change.operation,
            self._base(change),
            values,
            change.by,
            change.at,
        )

    def _find(self, blocks: Sequence[Block]) -> None:
        changes = _placed(blocks)
        self._merged = _successor(self._connection, self._area)
        known = answers_of(
            self._connection, self._area, askable(change.id for _, change in changes)
        )
        changes = [(p, c) for p, c in changes if c.id not in known and not change_problem(c)]
        names = {(c.kind, c.record) for _, c in changes}
        pointed = {
            (reference.to, value)
            for _, change in changes
            for reference in KINDS[change.kind].references()
            if isinstance(value := change.values.get(reference.name), str)
        }
        owners = {owner for _, c in changes if (owner := owner_of(KINDS[c.kind], c.values))}
        self._load_hops(names | pointed | owners)
        here = self._here(c for _, c in changes if c.operation == "create")
        for place, change in changes:
            if area := self._route(change, here):
                self.elsewhere[place] = area

    def _route(self, change: Change, here: set[Named]) -> str:
        key = (change.kind, change.record)
        area = self._area_of(key)
        if not area and change.operation == "create" and key not in here:
            owner = owner_of(KINDS[change.kind], change.values)
            area = (self._area_of(owner) if owner else "") or self._merged
            if area:
                self._made[key] = area
        return area or self._merged

    def _area_of(self, key: Named) -> str:
        """The other area that a record of this one lies in now; '' where it did not move."""
        hops = self._hops.get(key)
        return hops[-1].new_area if hops else self._made.get(key, "")

    def _base(self, change: Change) -> int:
        base = change.base
        for hop in self._hops.get((change.kind, change.record), []):
            if base >= hop.revision:
                base = hop.new_revision
            elif base:
                base = _same_change(self._connection, change, base, hop)
        return base

    def _load_hops(self, wanted: set[Named]) -> None:
        """Follow each record from area to area until it moved no further."""
        moved = moved_record.c
        at: dict[str, set[Named]] = {self._area: wanted}
        while at:
            onward: defaultdict[str, set[Named]] = defaultdict(set)
            for area, keys in at.items():
                ids = askable(record for _, record in keys)
                found = self._connection.execute(
                    select(moved_record).where(
                        moved.area == area, among(self._connection, moved.record, ids)
                    )
                )
                for row in found:
                    if (key := (row.kind, row.record)) in keys:
                        hop = Hop(area, row.revision, row.new_area, row.new_revision)
                        self._hops.setdefault(key, []).append(hop)
                        onward[row.new_area].add(key)
            at = dict(onward)

    def _here(self, creates: Iterable[Change]) -> set[Named]:
        """Those new records that are in the area already, deleted ones too."""
        asked: defaultdict[str, set[str]] = defaultdict(set)
        for change in creates:
            asked[change.kind].add(change.record)
        found: set[Named] = set()
        for kind, ids in asked.items():
            table = KINDS[kind].table.c
            here = (table.area == self._area, among(self._connection, table.id, ids))
            rows = self._connection.execute(select(table.id).where(*here))
            found.update((kind, record) for record in rows.scalars())
        return found


def take_in_elsewhere(
    connection: Connection, here: Side, blocks: Sequence[Block], routes: Routes
) -> None:
    """Take in a request of which some changes go elsewhere, with the outcomes of all in their order
    on the sender's side. The caller holds all locks and commits."""
    take_in(here, list(_staying(blocks, routes)))
    count = sum(len(block.ids) for block in blocks)
    staying = [place for place in range(count) if place not in routes.elsewhere]
    outcomes = dict(zip(staying, here.outcomes, strict=True))
    changes = dict(_placed(blocks))
    for area in sorted(routes.areas):
        places = [place for place, to in routes.elsewhere.items() if to == area]
        side, at_home = here.beyond(area), _works_for(connection, here.device.id, area)
        barred: set[int] = set()
        if not at_home:
            barred = _barred(side, {place: changes[place] for place in places}, routes)
        take_in(
            side, to_blocks(routes.translate(changes[p], area) for p in places if p not in barred)
        )
        told = iter(side.outcomes)
        answers: list[tuple[Change, Code, int]] = []
        for place in places:
            code, revision, *_ = _REFUSED if place in barred else next(told)
            answers.append((changes[place], code, revision))
        outcomes |= zip(places, _tell(connection, here, area, answers), strict=True)
        if not at_home:
            # Points that were earned on this PC are spent by those of the other village.
            release_rights(connection, area, here.device.id, here.received_at)
    here.outcomes = [outcomes[place] for place in range(count)]
    here.save()


def _barred(side: Side, changes: Mapping[int, Change], routes: Routes) -> set[int]:
    """Refuse what would reach a record of the other village that never was one of the sender's: a
    new record under an id that is in use there. Returns the places."""
    new = {place: c for place, c in changes.items() if not routes.has_moved(c)}
    for kind in {change.kind for change in new.values()}:
        side.find(kind, [change.record for change in new.values() if change.kind == kind])
    barred = {place for place, c in new.items() if side.village.row(c.kind, c.record)}
    for place in sorted(barred):
        side.reject(changes[place], _THERE)
    side.outcomes.clear()
    return barred


def _tell(
    connection: Connection, here: Side, area: str, answers: Sequence[tuple[Change, Code, int]]
) -> list[tuple[Code, int, str, bool]]:
    """Write down at home what changes were answered elsewhere; return their outcomes for the PC,
    which gets the tombstones."""
    for kind in {change.kind for change, _, _ in answers}:
        here.find(kind, [change.record for change, _, _ in answers if change.kind == kind])
    went: list[tuple[str, str, int, int]] = []
    outcomes: list[tuple[Code, int, str, bool]] = []
    for change, code, revision in answers:
        kind, record = change.kind, change.record
        if code != "rejected" and here.village.row(kind, record) is None:
            same = revision if code == "accepted" else 0
            went.append((kind, record, here.bury_unseen(kind, record), same))
        # The county's own reason may name somebody of the other village.
        answer = Answer(code, 0, _NOT_TAKEN if code == "rejected" else "")
        here.note_elsewhere(change, answer)
        here.shown[kind].add(record)
        outcomes.append((*answer, False))
    note_moved(connection, here.device.area, area, went)
    return outcomes


def _works_for(connection: Connection, device: str, area: str) -> bool:
    mine = select(devices.c.area).where(devices.c.id == device)
    return connection.execute(mine).scalar() == area


def _placed(blocks: Sequence[Block]) -> list[tuple[int, Change]]:
    """The changes that may be looked at, each with its place in the request."""
    placed: list[tuple[int, Change]] = []
    start = 0
    for block in blocks:
        if not block_problem(block):
            placed += enumerate(from_block(block), start)
        start += len(block.ids)
    return placed


def _staying(blocks: Sequence[Block], routes: Routes) -> Iterator[Block]:
    """The blocks without what goes elsewhere."""
    start = 0
    for block in blocks:
        places = range(start, start + len(block.ids))
        if routes.elsewhere.keys().isdisjoint(places):
            yield block
        else:
            placed = enumerate(from_block(block), start)
            yield from to_blocks(c for place, c in placed if place not in routes.elsewhere)
        start += len(block.ids)


def _any_moved(connection: Connection, area: str) -> bool:
    ((any_moved,),) = ask(connection, _ANY_MOVED, (area, area))
    return bool(any_moved)


def _successor(connection: Connection, area: str) -> str:
    """The village that an area was merged into, and that one, if it was; '' for none."""
    merged, into = merged_area.c, ""
    while area:
        found = select(merged.new_area).where(merged.area == area)
        area = connection.execute(found).scalar() or ""
        into = area or into
    return into


def _same_change(connection: Connection, change: Change, base: int, hop: Hop) -> int:
    """The number that the change numbered ``base`` has where the record went; 0 for none."""
    log, own = change_log.c, (change.kind, change.record)
    old = rows_at(connection, hop.area, [base])
    if not old or (old[0]["kind"], old[0]["record"]) != own:
        return 0
    new = select(log.revision).where(
        log.area == hop.new_area,
        log.change == old[0]["change"],
        log.kind == change.kind,
        log.record == change.record,
    )
    return connection.execute(new).scalar() or 0
