"""Dividing, merging and closing grids: one transaction each, and a ``GridChange`` that says so.

What moves, everywhere the same:

- **Dividing**: households and people go where somebody placed them; the people of a household go
  with it. What names somebody who moved (a points subject) goes along. Everything else that named
  the grid stays with the closed one until somebody chooses (``left_in`` counts it, ``move_rest``
  moves it).
- **Merging and closing into another grid**: all that is in force goes to that grid.
- **Never**: what was written for good, what names its grid for good (a boundary), and what is over.

Moves are ordinary edits of each record, so they merge like any. Two PCs that divide one grid
offline make two divisions, and both are kept: the new grids of both are there, the old one is
closed, and whoever was placed differently is in conflict, to be chosen like any other. The county
does not refuse the second as a whole: a change has its own outcome (promise 4), and a hundred
refusals would be worse to mend than the grids that were made too much are to merge.

Somebody may put people into a grid that another PC has closed meanwhile. The county takes that in:
they stand in the closed grid, which the tree shows in any case, until somebody moves the rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, select

from desktop.grids.counting import count_by_grid
from desktop.grids.members import Member, goes_along, members_of, pointing_at
from desktop.grids.moving import Moves, move_all, place, take_along
from desktop.reports.register import Cancelled, Progress
from desktop.storage import settings
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.store import Store
from desktop.storage.writing import Writing, now
from sync.records import Grid, GridChange, Household, Resident, Value, Values
from sync.records.grids import CLOSE, CLOSED, DIVIDE, GENERAL, MERGE, MICRO, OPEN, REOPEN, is_closed

#: More parts than this nobody divides a grid into, and their ids fit into one field.
MOST_PARTS = 50
#: So many merged grids are named one by one.
_NAMED = 6


@dataclass(frozen=True)
class Words:
    """What is written down of a change: the day, why, and on which decision."""

    day: str = field(default_factory=lambda: now()[:10])
    reason: str = ""
    basis: str = ""


@dataclass(frozen=True)
class Part:
    """One of the grids that come out of a division."""

    name: str
    leader: str = ""
    leader_phone: str = ""


@dataclass(frozen=True)
class Done:
    """What a change did: the grids that people are in now, and how many moved."""

    grids: list[str]
    households: int
    residents: int
    others: int

    def to_json(self) -> dict[str, object]:
        """For the verbs."""
        return {
            "grids": self.grids,
            "households": self.households,
            "residents": self.residents,
            "others": self.others,
        }


class GridChanges:
    """Divides, merges, closes and opens again the grids of one village."""

    def __init__(
        self,
        store: Store,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> None:
        self._store = store
        self._progress, self._cancelled = progress, cancelled

    def watched(self, progress: Progress, cancelled: Cancelled) -> GridChanges:
        """The same changes, which tell how many records they have moved of how many, and which
        raise Stopped as soon as ``cancelled`` holds; then nothing is written."""
        return GridChanges(self._store, progress, cancelled)

    def members(self, grid: str) -> list[Member]:
        """The grids, households and single people that a division has to place."""
        with self._store.read() as connection:
            return members_of(connection, _area(connection), grid)

    def left_in(self, grid: str) -> dict[str, int]:
        """What is still in a grid and could go to another one: how many, by the kind's label."""
        left: Counter[str] = Counter()
        with self._store.read() as connection:
            area = _area(connection)
            for record, reference, row in pointing_at(connection, area, grid):
                if goes_along(record, reference, row):
                    left[record.label] += 1
            if people := count_by_grid(connection, area).people[grid]:
                left[Resident.label] = people
        return dict(left)

    def divide(
        self,
        grid: str,
        parts: Sequence[Part],
        places: Mapping[str, int],
        words: Words | None = None,
        *,
        below: bool = False,
    ) -> Done:
        """Divide a grid into new ones. ``places`` tells the part (from 0) of each household, single
        person and grid below it.

        The old grid is closed and everybody must be placed; with ``below`` a general grid stays,
        the parts are micro grids below it, and who is not placed stays in it. Raises RecordInvalid,
        RecordMissing; then nothing is written.
        """
        words = words or Words()
        with self._store.write() as writing:
            old = _open_grid(writing, grid)
            _check_parts(parts, below=below, level=old["level"])
            area = old["area"]
            members = members_of(writing.connection, area, grid)
            if below:
                members = [member for member in members if member.kind != Grid.kind]
            _check_places(members, places, len(parts), all_of_them=not below)
            made = writing.create_many(Grid, [_new(old, p, words, below=below) for p in parts])
            moves = self._moves(writing)
            place(moves, area, grid, members, {i: made[at] for i, at in places.items()})
            take_along(moves, area, grid)
            if not below:
                _close(writing, [grid], words)
            ends = _summary_of_parts(parts, members, places)
            how = "下面划出" if below else "划分为"
            summary = f"“{old['name']}”{how}{ends}"
            done = _done(moves, made)
            _note(writing, DIVIDE, grid, [grid], made, summary, words, done)
        return done

    def merge(self, grids: Sequence[str], into: str, words: Words | None = None) -> Done:
        """Let all of some grids go to another of the same level, and close them. Raises
        RecordInvalid, RecordMissing."""
        words = words or Words()
        with self._store.write() as writing:
            target = _open_grid(writing, into)
            return self._merge(writing, grids, target, words)

    def merge_into_new(self, grids: Sequence[str], part: Part, words: Words | None = None) -> Done:
        """The same into a grid that is made for it, below the one that the first is below."""
        words = words or Words()
        with self._store.write() as writing:
            first = _open_grid(writing, _first(grids))
            made = writing.create(Grid, _new(first, part, words, below=False))
            return self._merge(writing, grids, _open_grid(writing, made), words)

    def close(self, grid: str, into: str | None = None, words: Words | None = None) -> Done:
        """Close a grid: an empty one, or one from which all goes ``into`` another. Raises
        RecordInvalid, RecordMissing."""
        words = words or Words()
        with self._store.write() as writing:
            old = _open_grid(writing, grid)
            moves = self._moves(writing)
            if into is None:
                _must_be_empty(writing.connection, old)
            else:
                _must_differ(grid, into)
                target = _open_grid(writing, into)
                move_all(moves, [old], into)
            _close(writing, [grid], words)
            done = _done(moves, [] if into is None else [into])
            moved = "" if into is None else f"，{_counted(done)}移到“{target['name']}”"
            summary = f"关闭“{old['name']}”{moved}"
            _note(writing, CLOSE, grid, [grid], done.grids, summary, words, done)
        return done

    def reopen(self, grid: str, words: Words | None = None) -> Done:
        """Open a closed grid again; who lived there stays where they are now. Raises RecordInvalid,
        RecordMissing."""
        words = words or Words()
        with self._store.write() as writing:
            old = _grid(writing.connection, grid)
            if not is_closed(old):
                raise RecordInvalid({"state": f"“{old['name']}”没有关闭"})
            writing.edit(Grid, grid, {"state": OPEN, "closed_on": None})
            done = Done([grid], 0, 0, 0)
            summary = f"重新启用“{old['name']}”"
            _note(writing, REOPEN, grid, [grid], [grid], summary, words, done)
        return done

    def move_rest(self, grid: str, into: str) -> Done:
        """Let all that still stands in a grid, mostly a closed one, go to another. Raises
        RecordInvalid, RecordMissing."""
        with self._store.write() as writing:
            _must_differ(grid, into)
            old, moves = _grid(writing.connection, grid), self._moves(writing)
            _open_grid(writing, into)
            move_all(moves, [old], into)
        return _done(moves, [into])

    def _moves(self, writing: Writing) -> Moves:
        return Moves(writing, self._progress, self._cancelled)

    def _merge(
        self, writing: Writing, grids: Sequence[str], target: Mapping[str, Any], words: Words
    ) -> Done:
        moves, into = self._moves(writing), target["id"]
        olds = [_open_grid(writing, grid) for grid in dict.fromkeys(grids)]
        for old in olds:
            _must_differ(old["id"], into)
            if old["level"] != target["level"]:
                sentence = f"“{old['name']}”和“{target['name']}”不是同一类网格，不能合并"
                raise RecordInvalid({"level": sentence})
        move_all(moves, olds, into)
        _close(writing, [old["id"] for old in olds], words)
        done = _done(moves, [into])
        summary = f"{_named(olds)}并入“{target['name']}”，移走{_counted(done)}"
        _note(writing, MERGE, into, [old["id"] for old in olds], [into], summary, words, done)
        return done


def _done(moves: Moves, grids: Sequence[str]) -> Done:
    households = moves.moved[Household.kind]
    others = moves.moved.total() - households - moves.moved[Resident.kind]
    return Done(list(grids), households, len(moves.people), others)


def _area(connection: Connection) -> str:
    return settings.read(connection, settings.AREA)


def _grid(connection: Connection, grid: str) -> Mapping[str, Any]:
    table = Grid.table
    here = (table.c.area == _area(connection), table.c.id == grid, table.c.deleted == 0)
    row = connection.execute(select(table).where(*here)).mappings().first()
    if row is None:
        raise RecordMissing(Grid.label)
    return dict(row)


def _open_grid(writing: Writing, grid: str) -> Mapping[str, Any]:
    row = _grid(writing.connection, grid)
    if is_closed(row):
        raise RecordInvalid({"state": f"“{row['name']}”已经关闭"})
    return row


def _first(grids: Sequence[str]) -> str:
    if not grids:
        raise RecordInvalid({"state": "还没有选要合并的网格"})
    return grids[0]


def _must_differ(grid: str, into: str) -> None:
    if grid == into:
        raise RecordInvalid({"state": "请选另一个网格"})


def _must_be_empty(connection: Connection, old: Mapping[str, Any]) -> None:
    for record, reference, row in pointing_at(connection, old["area"], old["id"]):
        if goes_along(record, reference, row):
            sentence = f"“{old['name']}”里还有{record.label}，先选移到哪个网格再关闭"
            raise RecordInvalid({"state": sentence})


def _check_parts(parts: Sequence[Part], *, below: bool, level: Value) -> None:
    if below and level != GENERAL:
        raise RecordInvalid({"level": "只有一般网格下面能划出微网格"})
    if not (1 if below else 2) <= len(parts) <= MOST_PARTS:
        raise RecordInvalid({"name": f"要分成2到{MOST_PARTS}个网格"})


def _check_places(
    members: Sequence[Member], places: Mapping[str, int], parts: int, *, all_of_them: bool
) -> None:
    if any(not 0 <= place < parts for place in places.values()):
        raise RecordInvalid({"name": "有人归到了没有的网格"})
    unplaced = [member for member in members if member.id not in places]
    if unplaced and all_of_them:
        first = unplaced[0].name
        sentence = f"还有{len(unplaced)}个没有归到新网格，例如“{first}”"
        raise RecordInvalid({"name": sentence})


def _new(old: Mapping[str, Any], part: Part, words: Words, *, below: bool) -> dict[str, Value]:
    values: dict[str, object] = {
        "name": part.name,
        "leader": part.leader,
        "leader_phone": part.leader_phone,
        "opened_on": words.day,
    }
    cleaned = {name: Grid.fields[name].clean(typed) for name, typed in values.items()}
    kept = {name: old[name] for name in ("scene", "terrain")}
    level, parent = (MICRO, old["id"]) if below else (old["level"], old["parent"])
    return {**cleaned, **kept, "level": level, "parent": parent}


def _close(writing: Writing, grids: Sequence[str], words: Words) -> None:
    closed: Values = {"state": CLOSED, "closed_on": words.day}
    writing.edit_many(Grid, [(grid, closed) for grid in grids])


def _note(
    writing: Writing,
    change_type: str,
    grid: str,
    sources: Sequence[str],
    results: Sequence[str],
    summary: str,
    words: Words,
    done: Done,
) -> None:
    values: dict[str, object] = {
        "changed_on": words.day,
        "reason": words.reason,
        "basis": words.basis,
    }
    cleaned = {name: GridChange.fields[name].clean(typed) for name, typed in values.items()}
    writing.create(
        GridChange,
        {
            **cleaned,
            "summary": summary[: GridChange.LONGEST_SUMMARY],
            "grid": grid,
            "change_type": change_type,
            "sources": " ".join(sources),
            "results": " ".join(results) or None,
            "households": done.households,
            "residents": done.residents,
        },
    )


def _summary_of_parts(
    parts: Sequence[Part], members: Sequence[Member], places: Mapping[str, int]
) -> str:
    homes: Counter[int] = Counter()
    people: Counter[int] = Counter()
    for member in members:
        if (place := places.get(member.id)) is not None:
            homes[place] += member.kind == Household.kind
            people[place] += member.people
    names = [Grid.fields["name"].clean(part.name) for part in parts]
    told = (f"“{name}”（{homes[at]}户{people[at]}人）" for at, name in enumerate(names))
    return "、".join(told)


def _named(grids: Sequence[Mapping[str, Any]]) -> str:
    """Grids by their names, so many that one still reads on to where they went."""
    names = "".join(f"“{grid['name']}”" for grid in grids[:_NAMED])
    return names if len(grids) <= _NAMED else f"{names}等{len(grids)}个网格"


def _counted(done: Done) -> str:
    return f"{done.households}户{done.residents}人"
