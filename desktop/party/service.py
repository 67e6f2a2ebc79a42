"""What one may do with organisations, groups, members, commitments and deeds. No Qt."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from types import MappingProxyType

from sqlalchemy import Connection, select

from desktop.party import facts, figures
from desktop.party.importing import MemberRegister
from desktop.party.public_sheet import PublicSheets
from desktop.register.service import RecordInvalid, Register, Row
from desktop.storage.listing import areas
from desktop.storage.store import Store
from sync.records import (
    KINDS,
    Grid,
    PartyCommitment,
    PartyDeed,
    PartyGroup,
    PartyMember,
    PartyOrganisation,
    Record,
    Value,
)
from sync.records.fields import Reference
from sync.records.party import Stand

_Values = Mapping[str, Value]


class _Related(Register, ABC):
    """Records that must fit to what they point to. What only one PC can know at once - two PCs may
    write two halves that do not fit - is asked here and refused nowhere else."""

    def add(self, raw: Mapping[str, object]) -> str:
        """Write a new record; return its id. Raises RecordInvalid."""
        return super().add(self._fitted(raw, {}))

    def edit(self, record_id: str, raw: Mapping[str, object]) -> bool:
        """Change fields; whether anything was different. Raises RecordInvalid, RecordMissing."""
        return super().edit(record_id, self._fitted(raw, self.get(record_id).values))

    def rewrite(self, record_id: str, raw: Mapping[str, object]) -> str:
        """Write a record anew in place of one that was sent back; return the new id. Raises
        RecordInvalid, RecordMissing."""
        return super().rewrite(record_id, self._fitted(raw, {}))

    def check(self, raw: Mapping[str, object]) -> dict[str, str]:
        """What is wrong with a form as it stands; what follows from the rest need not be filled."""
        found = super().check(raw)
        for name, source in self.follows().items():
            if raw.get(source) and not raw.get(name):
                found.pop(name, None)
        return found

    def follows(self) -> Mapping[str, str]:
        """Fields that follow from a record another field points to, where they are left empty."""
        return {}

    @abstractmethod
    def unfit(self, connection: Connection, touched: _Values, whole: _Values) -> dict[str, str]:
        """Why the touched fields do not fit: Chinese sentences by field name."""

    def _fitted(self, raw: Mapping[str, object], before: _Values) -> Mapping[str, object]:
        touched = self._cleaned(raw)
        whole = {**before, **touched}
        with self.store.read() as connection:
            for name, source in self.follows().items():
                if whole.get(name) is None and whole.get(source) is not None:
                    named = self.record.fields[source]
                    assert isinstance(named, Reference)  # noqa: S101 (only these follow)
                    followed = _field_of(connection, named.to, whole[source], name)
                    whole[name] = touched[name] = followed
            if problems := self.unfit(connection, touched, whole):
                raise RecordInvalid(problems)
        filled = {name: touched[name] for name in self.follows() if touched.get(name) is not None}
        return {**raw, **filled}


class Organisations(_Related):
    """The party organisations of general grids."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PartyOrganisation)

    def unfit(self, connection: Connection, touched: _Values, whole: _Values) -> dict[str, str]:
        """An organisation stands on a general or an exclusive grid."""
        if _level(connection, touched.get("grid")) == "micro":
            return {"grid": "党组织建在一般网格或专属网格上；微网格上建的是党小组"}
        return {}

    def secretaries(self, organisations: list[str]) -> dict[str, str]:
        """Who leads each of these organisations, by the roles of its members."""
        with self.store.read() as connection:
            return figures.secretaries(connection, organisations)

    def groups(self, organisations: list[str]) -> dict[str, int]:
        """How many groups each of these organisations has."""
        with self.store.read() as connection:
            return _each(organisations, figures.groups_of(connection, organisations))

    def members(self, organisations: list[str]) -> dict[str, int]:
        """How many present members each of these organisations has."""
        with self.store.read() as connection:
            found = figures.members_of(connection, self.record, organisations)
        return _each(organisations, found)

    def facts(self, row: Row) -> list[tuple[str, str]]:
        """Who leads it, its groups, and the micro grids of its grid that have none yet."""
        with self.store.read() as connection:
            return facts.of_organisation(connection, row)

    def advice(self, raw: Mapping[str, str]) -> str:
        """That a grid has an organisation already; nothing is forbidden by that."""
        return _already(self, raw.get("grid", ""), raw.get("name", ""), "党组织")


class Groups(_Related):
    """The party groups of micro grids."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PartyGroup)

    def unfit(self, connection: Connection, touched: _Values, whole: _Values) -> dict[str, str]:
        """A group stands on a micro grid."""
        if _level(connection, touched.get("grid")) == "general":
            return {"grid": "党小组建在微网格或专属网格上；一般网格上建的是党组织"}
        return {}

    def leaders(self, groups: list[str]) -> dict[str, str]:
        """Who leads each of these groups, by the roles of its members."""
        with self.store.read() as connection:
            return figures.leaders(connection, groups)

    def members(self, groups: list[str]) -> dict[str, int]:
        """How many present members each of these groups has."""
        with self.store.read() as connection:
            return _each(groups, figures.members_of(connection, self.record, groups))

    def facts(self, row: Row) -> list[tuple[str, str]]:
        """The members of the group, with their roles."""
        with self.store.read() as connection:
            return facts.of_group(connection, row)

    def advice(self, raw: Mapping[str, str]) -> str:
        """That a micro grid has a group already; nothing is forbidden by that."""
        return _already(self, raw.get("grid", ""), raw.get("name", ""), "党小组")


class Members(_Related):
    """The members. A full view of one is noted, as everywhere."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PartyMember)

    def follows(self) -> Mapping[str, str]:
        """Whoever is put into a group belongs to its organisation."""
        return {"organisation": "party_group"}

    def unfit(self, connection: Connection, touched: _Values, whole: _Values) -> dict[str, str]:
        """The group is one of the member's organisation."""
        group = whole.get("party_group")
        if group is None or not touched.keys() & {"party_group", "organisation"}:
            return {}
        theirs = _field_of(connection, PartyGroup.kind, group, "organisation")
        if theirs is not None and theirs != whole.get("organisation"):
            return {"party_group": "这个党小组不属于所选的党组织，请改一个"}
        return {}

    def facts(self, row: Row) -> list[tuple[str, str]]:
        """How to reach the member, and what was promised and done, in the order of time."""
        with self.store.read() as connection:
            return facts.of_member(connection, row)

    def register_of(self, organisation: str) -> MemberRegister:
        """What imports an office's sheet of members into one organisation."""
        return MemberRegister(self.store, organisation)


class Commitments(Register):
    """What members promised."""

    conditions = MappingProxyType({"stand": figures.standing_so})

    def __init__(self, store: Store) -> None:
        super().__init__(store, PartyCommitment)

    def stands(self, commitments: list[str]) -> dict[str, Stand]:
        """Where each of these commitments stands."""
        with self.store.read() as connection:
            return figures.stands(connection, commitments)

    def facts(self, row: Row) -> list[tuple[str, str]]:
        """What was done on it, in the order of time, and whether it may be shown in public."""
        with self.store.read() as connection:
            return facts.of_commitment(connection, row)


class Deeds(_Related):
    """What members did: written once, only followed."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, PartyDeed)

    def follows(self) -> Mapping[str, str]:
        """Whoever promised is who did it."""
        return {"member": "commitment"}

    def unfit(self, connection: Connection, touched: _Values, whole: _Values) -> dict[str, str]:
        """The commitment is the member's own and was not taken back."""
        commitment = whole.get("commitment")
        if commitment is None:
            return {}
        table = PartyCommitment.table.c
        statement = select(table.member, table.withdrawn_on)
        here = (table.area.in_(areas(connection)), table.id == commitment)
        found = connection.execute(statement.where(*here)).first()
        if found is not None and found.member != whole.get("member"):
            return {"commitment": "这条承诺是别的党员作的，请改一条"}
        if found is not None and found.withdrawn_on:
            return {"commitment": f"这条承诺已在{found.withdrawn_on}撤回，不能再往上记"}
        return {}

    def choices(self, field: Reference, search: str, limit: int = 30) -> list[tuple[str, str]]:
        """As everywhere; a commitment is told with who made it."""
        found = super().choices(field, search, limit)
        if field.to != PartyCommitment.kind:
            return found
        with self.store.read() as connection:
            names = figures.promised_by(connection, [commitment for commitment, _ in found])
        return [(i, f"{names[i]}：{text}" if i in names else text) for i, text in found]

    def corrected(self, deeds: list[str]) -> set[str]:
        """Those of these deeds that another one corrects, so that they count no more."""
        with self.store.read() as connection:
            return figures.corrected(connection, deeds)

    def photos(self, deeds: list[str]) -> dict[str, int]:
        """How many photos and documents hang under each of these deeds."""
        with self.store.read() as connection:
            return figures.attached(connection, PartyDeed, deeds)


class Party:
    """All that the page of the party needs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.organisations, self.groups = Organisations(store), Groups(store)
        self.members, self.commitments = Members(store), Commitments(store)
        self.deeds, self.sheets = Deeds(store), PublicSheets(store)

    def gaps(self) -> dict[str, int]:
        """How many grids have no organisation or group yet, by the kind of what is missing."""
        with self._store.read() as connection:
            return figures.gaps(connection)


def _each(ids: list[str], counted: Mapping[str, int]) -> dict[str, int]:
    return {record_id: counted.get(record_id, 0) for record_id in ids}


def _already(register: Register, grid: str, own: str, what: str) -> str:
    if not grid:
        return ""
    table = register.record.table.c
    with register.store.read() as connection:
        here = (table.area.in_(areas(connection)), table.grid == grid, table.deleted == 0)
        names = connection.execute(select(table.name).where(*here).limit(3)).scalars().all()
    others = [name for name in names if name != own]
    return f"这个网格已经有{what}：{'、'.join(others)}。" if others else ""


def _level(connection: Connection, grid: Value) -> Value:
    return None if grid is None else _field_of(connection, Grid.kind, grid, "level")


def _field_of(connection: Connection, kind: str, record_id: Value, name: str) -> Value:
    record: type[Record] = KINDS[kind]
    table = record.table.c
    here = (table.area.in_(areas(connection)), table.id == record_id, table.deleted == 0)
    found: Value = connection.execute(select(table[name]).where(*here)).scalar()
    return found
