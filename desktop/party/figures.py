"""What is counted and looked up for one page of a list: a query a column, not a row. No Qt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, exists, func, select

from desktop.storage.constraints import parts_of
from desktop.storage.listing import areas
from sync.records import (
    Attachment,
    Grid,
    PartyCommitment,
    PartyDeed,
    PartyGroup,
    PartyMember,
    PartyOrganisation,
    Record,
    Value,
    Values,
)
from sync.records.grids import CLOSED, GENERAL, MICRO
from sync.records.party import GROUP_LEADER, SECRETARY, Stand, stands_of

#: How many names a column has room for.
_NAMES = 3


def secretaries(connection: Connection, organisations: Sequence[str]) -> dict[str, str]:
    """The names of the secretaries of each of these organisations."""
    return _leaders(connection, PartyMember.table.c.organisation, organisations, SECRETARY)


def leaders(connection: Connection, groups: Sequence[str]) -> dict[str, str]:
    """The names of the leaders of each of these groups."""
    return _leaders(connection, PartyMember.table.c.party_group, groups, GROUP_LEADER)


def groups_of(connection: Connection, organisations: Sequence[str]) -> dict[str, int]:
    """How many groups each of these organisations has."""
    return _counted(connection, PartyGroup, PartyGroup.table.c.organisation, organisations)


def members_of(connection: Connection, record: type[Record], ids: Sequence[str]) -> dict[str, int]:
    """How many present members each of these organisations or groups has."""
    member = PartyMember.table.c
    column = member.party_group if record is PartyGroup else member.organisation
    return _counted(connection, PartyMember, column, ids, member.left_on.is_(None))


def stands(connection: Connection, commitments: Sequence[str]) -> dict[str, Stand]:
    """Where each of these commitments stands, by their deeds and what corrects those."""
    found: dict[str, Stand] = {}
    for part in parts_of(commitments):
        promised = values_of(connection, PartyCommitment, PartyCommitment.table.c.id.in_(part))
        found |= stands_of(dict(promised), deeds_on(connection, part))
    return found


def standing_so(state: Value) -> ColumnElement[bool]:
    """The condition on commitments that they stand so, as ``stands_of`` says it."""
    promised = PartyCommitment.table.c
    deed, later = PartyDeed.table.alias("deed"), PartyDeed.table.alias("later")
    is_corrected = exists().where(
        later.c.area == deed.c.area, later.c.corrects == deed.c.id, later.c.deleted == 0
    )
    kept = exists().where(
        deed.c.area == promised.area,
        deed.c.commitment == promised.id,
        deed.c.fulfils == "yes",
        deed.c.deleted == 0,
        ~is_corrected,
    )
    if state == "kept":
        return kept
    withdrawn = promised.withdrawn_on.is_not(None)
    return ~kept & (withdrawn if state == "withdrawn" else ~withdrawn)


def deeds_on(connection: Connection, commitments: Sequence[Value]) -> list[tuple[str, Values]]:
    """All deeds that name one of these commitments, and all that correct one of those."""
    deed = PartyDeed.table.c
    found = dict(values_of(connection, PartyDeed, deed.commitment.in_(commitments)))
    # One by the index on what is corrected: both in one statement would read every deed.
    for part in parts_of(list(found)):
        found |= values_of(connection, PartyDeed, deed.corrects.in_(part))
    return list(found.items())


def promised_by(connection: Connection, commitments: Sequence[str]) -> dict[str, str]:
    """Who made each of these commitments."""
    promised, member = PartyCommitment.table.c, PartyMember.table.c
    statement = select(promised.id, member.name).where(
        here(connection, PartyCommitment),
        here(connection, PartyMember),
        promised.id.in_(commitments),
        member.id == promised.member,
    )
    return dict(connection.execute(statement).all())


def corrected(connection: Connection, deeds: Sequence[str]) -> set[str]:
    """Those of these deeds that another one corrects."""
    deed = PartyDeed.table.c
    statement = select(deed.corrects).where(here(connection, PartyDeed), deed.corrects.in_(deeds))
    return set(connection.execute(statement).scalars())


def attached(connection: Connection, record: type[Record], ids: Sequence[str]) -> dict[str, int]:
    """How many photos and documents hang under each of these records."""
    table = Attachment.table.c
    of_kind = table.record_kind == record.kind
    return _counted(connection, Attachment, table.record, ids, of_kind)


def gaps(connection: Connection) -> dict[str, int]:
    """How many general grids have no organisation, and how many micro grids no group, by kind of
    what is missing; closed grids want neither."""
    return {
        PartyOrganisation.kind: _without(connection, GENERAL, PartyOrganisation),
        PartyGroup.kind: _without(connection, MICRO, PartyGroup),
    }


def without_group(connection: Connection, general: Value, limit: int) -> list[str]:
    """The names of the micro grids under a general grid that have no group yet."""
    grid = Grid.table.c
    statement = select(grid.name).where(grid.parent == general, *_bare(connection, MICRO))
    return list(connection.execute(statement.order_by(grid.name).limit(limit)).scalars())


def here(connection: Connection, record: type[Record]) -> ColumnElement[bool]:
    """What is live of a kind on this PC; the key of every index begins with the area."""
    table = record.table.c
    return table.area.in_(areas(connection)) & (table.deleted == 0)


def _without(connection: Connection, level: str, record: type[Record]) -> int:
    statement = select(func.count()).select_from(Grid.table)
    bare = _bare(connection, level, record)
    return int(connection.execute(statement.where(*bare)).scalar_one())


def _bare(
    connection: Connection, level: str, record: type[Record] = PartyGroup
) -> tuple[ColumnElement[bool], ...]:
    """What holds of open grids of a level on which no record of a kind stands."""
    grid, table = Grid.table.c, record.table.c
    stands_there = exists().where(
        table.area == grid.area, table.grid == grid.id, table.deleted == 0
    )
    # An older program wrote no state: such a grid is open.
    is_open = func.coalesce(grid.state, "") != CLOSED
    return here(connection, Grid), grid.level == level, is_open, ~stands_there


def _leaders(
    connection: Connection, column: ColumnElement[str], ids: Sequence[str], role: str
) -> dict[str, str]:
    member = PartyMember.table.c
    statement = select(column, member.name).where(
        here(connection, PartyMember),
        column.in_(ids),
        member.role == role,
        member.left_on.is_(None),
    )
    found: dict[str, list[str]] = defaultdict(list)
    for record_id, name in connection.execute(statement.order_by(member.name)):
        found[record_id].append(name)
    return {i: "、".join(names[:_NAMES]) for i, names in found.items()}


def _counted(
    connection: Connection,
    record: type[Record],
    column: ColumnElement[str],
    ids: Sequence[str],
    *held: ColumnElement[bool],
) -> dict[str, int]:
    statement = select(column, func.count()).where(here(connection, record), column.in_(ids), *held)
    return dict(connection.execute(statement.group_by(column)).all())


def values_of(
    connection: Connection, record: type[Record], *held: ColumnElement[bool]
) -> list[tuple[str, Values]]:
    """Ids and whole rows of live records."""
    statement = select(record.table).where(here(connection, record), *held)
    rows: Sequence[Mapping[str, Value]] = [
        dict(row) for row in connection.execute(statement).mappings()
    ]
    return [(str(row["id"]), row) for row in rows]
