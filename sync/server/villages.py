"""A village that is merged into another, or from which grids go to another, in one transaction.

Both areas are locked, and the county's, in the order of their codes. What goes and what stays is
decided by ``sync.records.belonging``: a grid takes its sub-grids, households and residents, what
belongs to those, and so on; a reference that would cross the border is emptied on its side.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from sqlalchemy import Connection, Engine, insert, select, update
from uuid_utils import uuid7

from sync.protocol import Change, Operation
from sync.records import KINDS, Division, Grid, PointsEntry, PointsHandover, Value
from sync.records.belonging import MOVED, names_records, owner_of
from sync.records.checks import problems_of
from sync.records.divisions import CODE_LENGTH, county_of, town_of
from sync.server.accounts import Device, village_name
from sync.server.database import writing
from sync.server.devices import leave_for
from sync.server.errors import ServerError
from sync.server.exchange import county_time
from sync.server.moving import Side, Tally, move_records
from sync.server.numbering import lock_areas
from sync.server.rights import release_rights
from sync.server.tables import device, merged_area

#: Records moved at a time, so that a large village does not have to fit into memory.
_PART = 500

Key = tuple[str, str]


@dataclass
class _Border:
    """Which records go, by kind; which references of which record cross the border, by key."""

    leaving: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    crossing: dict[Key, list[str]] = field(default_factory=dict)

    def crossed_by(self, kind: str, records: Iterable[str]) -> dict[str, list[str]]:
        """The crossing references of those of ``records`` that have any."""
        return {r: names for r in records if (names := self.crossing.get((kind, r)))}


def merge_villages(engine: Engine, source: str, into: str) -> Tally:
    """Let all that a village has, and its devices, belong to another one, and close it.

    Raises ServerError where one of the two does not exist.
    """
    tally = Tally()
    with writing(engine) as connection:
        _begin(connection, source, into)
        _must_exist(connection, source, into)
        for kind in KINDS:
            records = _ids(connection, source, kind)
            _move(connection, source, into, kind, records, _Border(), tally)
        merged = {"area": source, "new_area": into, "merged_at": county_time()}
        connection.execute(insert(merged_area).values(merged))
        going = select(device.c.id).where(device.c.area == source)
        for one in connection.execute(going).scalars().all():
            leave_for(connection, one, source, into)
            tally.devices += 1
        connection.execute(update(device).where(device.c.area == source).values(area=into))
        _free_points(connection, into)
        _close(connection, source)
    return tally


def split_village(
    engine: Engine, source: str, into: str, grids: Sequence[str], name: str = ""
) -> Tally:
    """Let some grids of a village, and what belongs to them, belong to another one.

    With a ``name`` that village is new and is entered into the division table. Raises ServerError
    where a village or a grid does not exist.
    """
    tally = Tally()
    with writing(engine) as connection:
        _begin(connection, source, into)
        if name:
            _found(connection, source, into, name)
        _must_exist(connection, source, into)
        border = _border(connection, source, set(_live_grids(connection, source, grids)))
        _let_go(connection, source, border, tally)
        for kind in KINDS:
            _move(connection, source, into, kind, border.leaving[kind], border, tally)
        _free_points(connection, into)
    return tally


def _free_points(connection: Connection, area: str) -> None:
    """Let the PCs of a village spend what was earned on PCs that do not work there."""
    entries, handovers = PointsEntry.table.c, PointsHandover.table.c
    earned = select(entries.device).where(entries.area == area)
    taken = select(handovers.to_device).where(handovers.area == area)
    holders = set(connection.execute(earned.union(taken)).scalars()) - {None}
    at_home = set(connection.execute(select(device.c.id).where(device.c.area == area)).scalars())
    for holder in sorted(holders - at_home):
        release_rights(connection, area, holder, county_time())


def _begin(connection: Connection, source: str, into: str) -> None:
    if source == into:
        raise ServerError("两个村的代码是同一个")
    lock_areas(connection, (county_of(source), source, into))


def _must_exist(connection: Connection, *villages: str) -> None:
    for code in villages:
        if village_name(connection, code) is None:
            raise ServerError(f"区划表里没有代码为“{code}”的村或社区")


def _live_grids(connection: Connection, area: str, grids: Sequence[str]) -> Iterator[Key]:
    table = Grid.table.c
    for grid in grids:
        here = (table.area == area, table.id == grid, table.deleted == 0)
        if connection.execute(select(table.id).where(*here)).first() is None:
            raise ServerError(f"这个村里没有编号为“{grid}”的网格")
        yield Grid.kind, grid


def _ids(connection: Connection, area: str, kind: str) -> list[str]:
    table = KINDS[kind].table.c
    here = select(table.id).where(table.area == area, table.deleted != MOVED)
    return list(connection.execute(here.order_by(table.revision)).scalars())


def _border(connection: Connection, area: str, roots: set[Key]) -> _Border:
    """Draw the border: who belongs to one of ``roots`` goes, with all that belongs to them."""
    owners: dict[Key, Key | None] = {}
    pointing: dict[Key, list[tuple[str, Key]]] = {}
    for key, owner, references in _pointers(connection, area):
        owners[key] = owner
        if references:
            pointing[key] = references
    goes = _followers(owners, roots)
    border = _Border()
    for kind, record in owners:
        if (kind, record) in goes:
            border.leaving[kind].append(record)
    for key, references in pointing.items():
        # What points to nothing that is here is none of ours where it stays, and left where not.
        crossing = [
            name
            for name, to in references
            if (key in goes) != (to in goes) and (key in goes or to in owners)
        ]
        if crossing:
            border.crossing[key] = crossing
            _refuse_required(key, crossing)
    return border


def _followers(owners: Mapping[Key, Key | None], roots: set[Key]) -> set[Key]:
    goes: dict[Key, bool] = dict.fromkeys(roots, True)
    for key in owners:
        path: list[Key] = []
        at: Key | None = key
        # A circle of grids that hold each other belongs to nobody.
        while at is not None and at not in goes and at not in path:
            path.append(at)
            at = owners.get(at)
        goes.update(dict.fromkeys(path, at is not None and goes.get(at, False)))
    return {key for key, leaves in goes.items() if leaves}


def _pointers(
    connection: Connection, area: str
) -> Iterator[tuple[Key, Key | None, list[tuple[str, Key]]]]:
    """Each record, what it belongs to, and all that it points to; those of a kind in the order of
    their numbers, in which they keep on following one another where they go."""
    for kind, record in KINDS.items():
        references, table = record.references(), record.table.c
        named = ("record_kind", "record") if names_records(record) else ()
        columns = [table[name] for name in (*(r.name for r in references), *named)]
        here = (table.area == area, table.deleted != MOVED)
        statement = select(table.id, *columns).where(*here).order_by(table.revision)
        for row in connection.execute(statement).mappings():
            points = [(r.name, (r.to, str(row[r.name]))) for r in references if row[r.name]]
            yield (kind, row["id"]), owner_of(record, dict(row)), points


def _refuse_required(key: Key, names: Sequence[str]) -> None:
    fields = KINDS[key[0]].fields
    for name in names:
        if fields[name].required:
            label = KINDS[key[0]].label
            raise ServerError(f"分不开：有{label}的“{fields[name].label}”在另一边，必须填")


def _let_go(connection: Connection, area: str, border: _Border, tally: Tally) -> None:
    """Empty what stays of references to what goes."""
    gone = {(kind, record) for kind, records in border.leaving.items() for record in records}
    staying: defaultdict[str, list[str]] = defaultdict(list)
    for kind, record in border.crossing:
        if (kind, record) not in gone:
            staying[kind].append(record)
    for kind, records in staying.items():
        for part in _parts(records):
            side = _side(connection, area)
            side.find(kind, part)
            for record, names in border.crossed_by(kind, part).items():
                side.edit(kind, record, dict.fromkeys(names))
                tally.emptied += len(names)
            side.save()


def _move(
    connection: Connection,
    source: str,
    into: str,
    kind: str,
    records: Sequence[str],
    border: _Border,
    tally: Tally,
) -> None:
    for part in _parts(records):
        sides = _side(connection, source), _side(connection, into)
        move_records(connection, *sides, kind, part, border.crossed_by(kind, part), tally)


def _side(connection: Connection, area: str) -> Side:
    return Side(connection, Device("", area, ""), county_time())


def _parts(records: Iterable[str]) -> Iterator[list[str]]:
    left = iter(records)
    while part := list(islice(left, _PART)):
        yield part


def _found(connection: Connection, source: str, into: str, name: str) -> None:
    """Enter a new village into the division table, of the same sort as the one it comes from."""
    table = Division.table
    if connection.execute(select(table.c.id).where(table.c.id == into)).first() is not None:
        raise ServerError(f"区划表里已经有代码“{into}”，不用再给名称")
    if not (into.isdecimal() and len(into) == CODE_LENGTH and county_of(into) == county_of(source)):
        raise ServerError(f"区划代码应是本县的{CODE_LENGTH}位数字，现在是“{into}”")
    level = connection.execute(select(table.c.level).where(table.c.id == source)).scalar()
    values: dict[str, Value] = {
        "code": into,
        "name": Division.fields["name"].clean(name),
        "level": level or "village",
        "parent_code": town_of(into),
    }
    if problems := problems_of(Division, values):
        raise ServerError(next(iter(problems.values())))
    county = _side(connection, county_of(source))
    county.add(_change(into, "create", values))
    county.save()


def _close(connection: Connection, village: str) -> None:
    county = _side(connection, county_of(village))
    county.find(Division.kind, [village])
    county.write(_change(village, "delete", {}), "accepted", {}, deleted=1)
    county.save()


def _change(code: str, operation: Operation, values: dict[str, Value]) -> Change:
    return Change(str(uuid7()), Division.kind, code, operation, 0, values, "", county_time())
