"""Imports the register of an organisation's members (党员名册): who is new, who is there already.

An office's sheet has residents' columns and the party's own in one row. The ID number finds the
resident and is not kept a second time; role and group are found by their names. No Qt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sqlalchemy import Connection, select

from desktop.party.figures import here
from desktop.reports.cells import read_cell, shown
from desktop.reports.headers import essence, plain
from desktop.reports.plan import ImportPlan, ImportResult
from desktop.reports.register import (
    Cancelled,
    Progress,
    RefusedRow,
    Register,
    RegisterRow,
    Remark,
    read_register,
)
from desktop.reports.sheets import write_refused
from desktop.reports.workbooks import Cell
from desktop.storage.constraints import parts_of
from desktop.storage.lists import items_of
from desktop.storage.store import Store
from sync.records import Field, FieldError, PartyGroup, PartyMember, Resident, Value

#: Rows written in one transaction.
_PART = 2000
_NUMBER = Resident.fields["id_number"]
_ROLE, _GROUP = PartyMember.fields["role"], PartyMember.fields["party_group"]
#: Columns that say something to the import, though no field of a member reads them.
_LOOKED_AT = (_NUMBER, _ROLE, _GROUP, PartyMember.fields["organisation"])


class MemberRegister:
    """Imports sheets into one organisation."""

    def __init__(self, store: Store, organisation: str) -> None:
        self._store, self._organisation = store, organisation

    def preview(
        self, path: Path, progress: Progress | None = None, cancelled: Cancelled | None = None
    ) -> ImportPlan:
        """Read a sheet and say what importing it would do; nothing is written.

        Raises UnreadableFile, or Stopped when cancelled.
        """
        register = read_register(path, PartyMember, progress, cancelled)
        register.unknown_columns = [
            remark for remark in register.unknown_columns if not _names(remark.text, _LOOKED_AT)
        ]
        return self._plan(register)

    def carry_out(
        self,
        plan: ImportPlan,
        progress: Progress | None = None,
        cancelled: Cancelled | None = None,
    ) -> ImportResult:
        """Write what a preview promised; it is planned anew, for a sync may have come between."""
        plan = self._plan(plan.register)
        rows = [{**row.values, "organisation": self._organisation} for row in plan.new]
        store, written = self._store.for_this_village(), 0
        while written < len(rows) and not (cancelled and cancelled()):
            part = rows[written : written + _PART]
            with store.write() as writing:
                writing.create_many(PartyMember, part)
            written += len(part)
            if progress:
                progress(written, len(rows))
        return ImportResult(written, len(plan.already), plan.refused)

    def save_refused(self, path: Path, plan: ImportPlan | ImportResult) -> None:
        """Save the refused rows as a sheet to correct and import again. Raises UnwritableFile."""
        write_refused(path, plan.refused)

    def _plan(self, register: Register) -> ImportPlan:
        plan = ImportPlan(register, refused=list(register.refused))
        with self._store.read() as connection:
            known = _Known.read(connection, self._organisation, register)
        for row in register.rows:
            try:
                member = known.member(row)
            except FieldError as error:
                plan.refused.append(RefusedRow(row.origin, str(error)))
                continue
            if known.has(member):
                plan.already.append(member)
            else:
                known.add(member)
                plan.new.append(member)
                origin = row.origin
                plan.warnings += [Remark(origin.sheet, origin.line, w) for w in member.warnings]
        plan.in_the_order_of_the_file()
        return plan


@dataclass
class _Known:
    """What this PC knows of the people in a sheet, and the names that its cells may hold."""

    by_number: dict[str, tuple[str, str, Value]]
    by_name: dict[str, list[tuple[str, Value]]]
    roles: dict[str, str]
    groups: dict[str, str]
    residents: set[Value] = field(default_factory=set)
    others: set[tuple[Value, Value]] = field(default_factory=set)

    @classmethod
    def read(cls, connection: Connection, organisation: str, register: Register) -> _Known:
        """Look up all at once, in parts that one statement takes."""
        person, member, group = Resident.table.c, PartyMember.table.c, PartyGroup.table.c
        columns = select(person.id, person.name, person.phone, person.id_number)
        by_number: dict[str, tuple[str, str, Value]] = {}
        by_name: dict[str, list[tuple[str, Value]]] = defaultdict(list)
        for part in parts_of(sorted({n for row in register.rows if (n := _number(row)[0])})):
            found = columns.where(here(connection, Resident), person.id_number.in_(part))
            for own, name, phone, number in connection.execute(found):
                by_number[number] = (own, name, phone)
        names = sorted({str(row.values["name"]) for row in register.rows})
        for part in parts_of(names):
            found = columns.where(here(connection, Resident), person.name.in_(part))
            for own, name, phone, _ in connection.execute(found):
                by_name[name].append((own, phone))
        roles = {item.name: item.id for item in items_of(connection, "party_role")}
        theirs = select(group.name, group.id).where(
            here(connection, PartyGroup), group.organisation == organisation
        )
        groups = dict(connection.execute(theirs).all())
        known = cls(by_number, by_name, roles, groups)
        for part in parts_of(names):
            kept = select(member.resident, member.name, member.joined_on, member.organisation)
            theirs = kept.where(here(connection, PartyMember), member.name.in_(part))
            for row in connection.execute(theirs).mappings():
                known.residents.add(row["resident"])
                if row["resident"] is None and row["organisation"] == organisation:
                    known.others.add((row["name"], row["joined_on"]))
        return known

    def member(self, row: RegisterRow) -> RegisterRow:
        """The row with the resident, role and group it names. Raises FieldError where the number is
        somebody else's."""
        values, said = dict(row.values), list(row.warnings)
        found = self._resident(row, said)
        if found is not None:
            values["resident"] = found[0]
            if values.get("phone") == found[1]:
                values.pop("phone", None)
        for declared, known in ((_ROLE, self.roles), (_GROUP, self.groups)):
            text = _text(row, declared)
            if text in known:
                values[declared.name] = known[text]
            elif text:
                kept = f"{declared.label}原填：{text}"
                values["note"] = "；".join(filter(None, (str(values.get("note") or ""), kept)))
                said.append(f"{declared.label}“{text}”不认得，已放进备注")
        if sentence := PartyMember.fields["note"].problem(values.get("note")):
            raise FieldError(sentence)
        return replace(row, values=values, warnings=tuple(said))

    def has(self, member: RegisterRow) -> bool:
        """Whether this person is a member already, or stands further up in the sheet."""
        resident = member.values.get("resident")
        if resident is not None:
            return resident in self.residents
        return _other(member) in self.others

    def add(self, member: RegisterRow) -> None:
        """Remember a member that will be imported."""
        if (resident := member.values.get("resident")) is not None:
            self.residents.add(resident)
        else:
            self.others.add(_other(member))

    def _resident(self, row: RegisterRow, said: list[str]) -> tuple[str, Value] | None:
        number, fault = _number(row)
        name = str(row.values["name"])
        if fault:
            said.append(f"{fault}，没有对上居民")
            return None
        if number:
            if number not in self.by_number:
                said.append("居民里没有这个身份证号码，只记姓名")
                return None
            own, whose, phone = self.by_number[number]
            if whose != name:
                raise FieldError(
                    f"这个身份证号码登记在居民“{whose}”名下，这里写的是“{name}”。请核对姓名和号码"
                )
            return own, phone
        same = self.by_name.get(name, [])
        if len(same) == 1:
            said.append("按姓名对上了居民，请核对")
            return same[0]
        said.append(
            f"居民里有{len(same)}个“{name}”，没有对上" if same else "居民里没有这个人，只记姓名"
        )
        return None


def _other(member: RegisterRow) -> tuple[Value, Value]:
    """By what somebody is known who is no resident: two may have one name."""
    return member.values["name"], member.values.get("joined_on")


def _number(row: RegisterRow) -> tuple[str, str]:
    """The ID number that a row says, and what is wrong with it."""
    raw = _cell(row, _NUMBER)
    try:
        return str(read_cell(_NUMBER, raw) or ""), ""
    except FieldError as error:
        return "", str(error)


def _text(row: RegisterRow, declared: Field) -> str:
    raw = _cell(row, declared)
    return shown(raw) if raw != "" else ""


def _cell(row: RegisterRow, declared: Field) -> Cell:
    """What stands under one of a field's headers; empty where there is no such column."""
    for header, cell in zip(row.origin.headers, row.origin.cells, strict=False):
        if cell != "" and _names(header, (declared,)):
            return cell
    return ""


def _names(header: str, fields: Sequence[Field] | Collection[Field]) -> bool:
    """Whether a header is a name that offices use for one of these fields."""
    bare = essence(plain(header))
    return any(bare == essence(plain(n)) for f in fields for n in (f.label, *f.aliases))
