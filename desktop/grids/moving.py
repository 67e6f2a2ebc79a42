"""Moving what is in a grid to another: part by part, counted, and stopped in time. No Qt."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from desktop.grids.members import Member, goes_along, people_of_households, pointing_at
from desktop.reports.faults import Stopped
from desktop.reports.register import Cancelled, Progress
from desktop.storage.writing import Writing
from sync.records import KINDS, Grid, Household, Record, Resident

#: So many are moved until it is told how far it is, and looked whether it is to stop.
PART = 200


@dataclass(frozen=True)
class Move:
    """A record that is to name another grid through one of its references."""

    record: type[Record]
    id: str
    reference: str
    to: str


@dataclass
class Moves:
    """The moves of one change, in its transaction: how many were made, and who went where.

    ``progress`` is told of each; where ``cancelled`` holds, ``Stopped`` leaves the transaction, and
    with it nothing is written.
    """

    writing: Writing
    progress: Progress | None = None
    cancelled: Cancelled | None = None
    moved: Counter[str] = field(default_factory=Counter)
    #: Who went, also with a household and without a grid on their own record.
    people: set[str] = field(default_factory=set)
    #: Which new grid each household or resident went to.
    places: dict[str, str] = field(default_factory=dict)
    _asked: int = 0
    _looked_at: int = 0

    @property
    def connection(self) -> Connection:
        """The transaction in which it is read and written."""
        return self.writing.connection

    def make(self, moves: Sequence[Move]) -> None:
        """Make some moves, kind by kind. Raises RecordInvalid, RecordMissing, Stopped."""
        self._asked += len(moves)
        self._stop_if_asked()
        kinds: defaultdict[type[Record], list[Move]] = defaultdict(list)
        for move in moves:
            kinds[move.record].append(move)
        for record, alike in kinds.items():
            for start in range(0, len(alike), PART):
                part = alike[start : start + PART]
                self._make(record, part)
                self._looked_at += len(part)
                if self.progress:
                    self.progress(self._looked_at, self._asked)
                self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        if self.cancelled and self.cancelled():
            raise Stopped

    def _make(self, record: type[Record], moves: Sequence[Move]) -> None:
        edits = [(move.id, {move.reference: move.to}) for move in moves]
        for move, moved in zip(moves, self.writing.edit_many(record, edits), strict=True):
            if moved:
                self.moved[record.kind] += 1
                self.places[move.id] = move.to
                if record is Resident:
                    self.people.add(move.id)


def place(
    moves: Moves, area: str, grid: str, members: Iterable[Member], places: Mapping[str, str]
) -> None:
    """Move households with their people, single people and grids to where they were placed."""
    placed = [member for member in members if member.id in places]
    homes = [member.id for member in placed if member.kind == Household.kind]
    followers = people_of_households(moves.connection, area, grid, homes)
    for resident, (household, _) in followers.items():
        moves.places[resident] = places[household]
        moves.people.add(resident)
    moves.make(
        [_of_member(member, places[member.id]) for member in placed]
        + [
            Move(Resident, resident, "grid", places[household])
            for resident, (household, names_it) in followers.items()
            if names_it
        ]
    )


def take_along(moves: Moves, area: str, grid: str) -> None:
    """Move what names the grid and somebody who has gone to a new one."""
    along = []
    for record, reference, row in pointing_at(moves.connection, area, grid):
        if not (record.follows_resident and goes_along(record, reference, row)):
            continue
        people = [r.name for r in record.references() if r.to in (Household.kind, Resident.kind)]
        went = [to for name in people if (to := moves.places.get(str(row[name])))]
        if went:
            along.append(Move(record, row["id"], reference.name, went[0]))
    moves.make(along)


def move_all(moves: Moves, olds: Iterable[Mapping[str, Any]], into: str) -> None:
    """Move all that is in force from some grids to another."""
    wanted = []
    for old in olds:
        area, grid = old["area"], old["id"]
        moving = [
            Move(record, row["id"], reference.name, into)
            for record, reference, row in pointing_at(moves.connection, area, grid)
            if goes_along(record, reference, row)
        ]
        homes = [move.id for move in moving if move.record is Household]
        moves.people |= people_of_households(moves.connection, area, grid, homes).keys()
        wanted += moving
    moves.make(wanted)


def _of_member(member: Member, to: str) -> Move:
    record = KINDS[member.kind]
    return Move(record, member.id, "parent" if record is Grid else "grid", to)
