"""What the panel tells over a record's own fields: who belongs there, what was promised and done.

A member's page lists promises and deeds in the order of time; nothing is counted up against anybody
else. No Qt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select

from desktop.party import figures
from desktop.party.figures import here
from desktop.register.service import Row
from desktop.storage.lists import items_of
from sync.records import (
    PartyCommitment,
    PartyDeed,
    PartyGroup,
    PartyMember,
    Resident,
    Value,
    Values,
)
from sync.records.party import MEMBER, State, may_be_shown, stands_of

Facts = list[tuple[str, str]]

STATES: dict[State, str] = {"open": "在办", "kept": "已兑现", "withdrawn": "已撤回"}

#: How much of a panel names and steps may take; the lists have the rest.
_PEOPLE, _GROUPS, _STEPS, _WORDS = 40, 20, 20, 60
_UNDATED = "没写日期"


def of_organisation(connection: Connection, row: Row) -> Facts:
    """Who has a role, which groups there are, which micro grids of its grid have none."""
    member, group = PartyMember.table.c, PartyGroup.table.c
    office = [
        f"{role} {name}"
        for name, role in _people(connection, member.organisation == row.id, member.role != MEMBER)
        if role
    ]
    groups = select(group.name).where(here(connection, PartyGroup), group.organisation == row.id)
    names = connection.execute(groups.order_by(group.name).limit(_GROUPS + 1)).scalars().all()
    lines = [("班子", "；".join(office)), ("各党小组", _listed(names, _GROUPS))]
    if (grid := row.values["grid"]) is not None:
        bare = figures.without_group(connection, grid, _GROUPS + 1)
        if bare:
            lines.append(("还没建党小组", _listed(bare, _GROUPS)))
    return lines


def of_group(connection: Connection, row: Row) -> Facts:
    """The members, with their roles."""
    people = _people(connection, PartyMember.table.c.party_group == row.id)
    told = [f"{name}（{role}）" if role else name for name, role in people]
    return [("名单", _listed(told, _PEOPLE))]


def of_member(connection: Connection, row: Row) -> Facts:
    """The resident's telephone, then promises and deeds, oldest first."""
    lines: Facts = []
    if row.values["resident"] is not None:
        phone = _phone(connection, row.values["resident"])
        lines.append(("居民电话", Resident.fields["phone"].mask(phone)))
    return [*lines, *_course(connection, row.id)]


def of_commitment(connection: Connection, row: Row) -> Facts:
    """Whether it is shown in public, then what was done on it, oldest first."""
    member = PartyMember.table
    found = connection.execute(select(member).where(member.c.id == row.values["member"]))
    deeds = figures.deeds_on(connection, [row.id])
    return [
        ("公示", _shown(dict(found.mappings().first() or {}), row.values)),
        *_last(_deed(own, values, deeds) for own, values in _by_day(deeds, "done_on")),
    ]


def _course(connection: Connection, member: str) -> Facts:
    """What a member promised and did, the newest twenty of it."""
    promised = figures.values_of(
        connection, PartyCommitment, PartyCommitment.table.c.member == member
    )
    deeds = figures.values_of(connection, PartyDeed, PartyDeed.table.c.member == member)
    stands = stands_of(dict(promised), deeds)
    told = [
        (str(v["made_on"] or ""), f"承诺：{_short(v['text'])}（{STATES[stands[own].state]}）")
        for own, v in promised
    ]
    told += [(str(v["done_on"] or ""), _deed(own, v, deeds)[1]) for own, v in deeds]
    return _last((day or _UNDATED, words) for day, words in sorted(told, key=lambda t: t[0]))


def _deed(own: str, values: Values, deeds: Sequence[tuple[str, Values]]) -> tuple[str, str]:
    corrected = any(other.get("corrects") == own for _own, other in deeds)
    end = "（已更正，不算）" if corrected else "（承诺兑现）" if values["fulfils"] == "yes" else ""
    return str(values["done_on"] or _UNDATED), f"践诺：{_short(values['text'])}{end}"


def _shown(member: Values, commitment: Values) -> str:
    if may_be_shown(member, commitment):
        return "印在承诺公示表上"
    if commitment.get("withdrawn_on"):
        return "已撤回，不印在公示表上"
    if commitment.get("made_public") != "yes":
        return "没有公开，不印在公示表上"
    return "本人没有亮身份，不印在公示表上"


def _people(connection: Connection, *held: object) -> list[tuple[str, str]]:
    """Names and roles of present members: by the order of the county's list of roles, then name."""
    roles = {item.id: item.name for item in items_of(connection, "party_role", retired=True)}
    ranks = {role: place for place, role in enumerate(roles)}
    member = PartyMember.table.c
    statement = select(member.name, member.role).where(
        here(connection, PartyMember),
        member.left_on.is_(None),
        *held,  # type: ignore[arg-type]
    )
    found = connection.execute(statement.order_by(member.name).limit(_PEOPLE * 5)).all()
    found = sorted(found, key=lambda person: ranks.get(person.role, len(ranks)))
    return [(p.name, roles.get(p.role, "") if p.role != MEMBER else "") for p in found]


def _phone(connection: Connection, resident: Value) -> Value:
    table = Resident.table.c
    found: Value = connection.execute(
        select(table.phone).where(here(connection, Resident), table.id == resident)
    ).scalar()
    return found


def _by_day(records: Iterable[tuple[str, Values]], name: str) -> list[tuple[str, Values]]:
    return sorted(records, key=lambda record: (str(record[1][name] or ""), record[0]))


def _last(lines: Iterable[tuple[str, str]]) -> Facts:
    """The newest lines, and how many older ones the lists have."""
    told = list(lines)
    older = len(told) - _STEPS
    first = [("更早的", f"还有 {older} 条，在“承诺”和“践诺”里")] if older > 0 else []
    return [*first, *told[-_STEPS:]]


def _listed(names: Sequence[str], most: int) -> str:
    more = f"等 {len(names)} 个" if len(names) > most else ""
    return "、".join(names[:most]) + more


def _short(text: Value) -> str:
    words = " ".join(str(text or "").split())
    return words if len(words) <= _WORDS else f"{words[:_WORDS]}…"
