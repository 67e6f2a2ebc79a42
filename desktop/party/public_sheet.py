"""The sheet of commitments that hangs on a wall (承诺公示表), as it is printed. No Qt.

On it stands only what was made public, of members who show who they are: the sheet itself says of
everybody on it that he is a member.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from desktop.party import figures
from desktop.party.facts import STATES
from desktop.party.figures import here
from desktop.reports.paper import Column, Facts, Grid, Paper, Words
from desktop.storage import settings
from desktop.storage.errors import RecordMissing
from desktop.storage.lists import names_of_items
from desktop.storage.store import Store
from desktop.storage.writing import now
from sync.records import KINDS, PartyCommitment, PartyGroup, PartyMember, PartyOrganisation, Values
from sync.records.party import MEMBER, Stand, may_be_shown

_COLUMNS = (
    Column("序号", 2, number=True),
    Column("姓名", 3),
    Column("党内职务", 4),
    Column("承诺内容", 10),
    Column("完成期限", 4),
    Column("践诺情况", 5),
)
_SIGNATURES = ("制表人签字", "负责人签字", "党组织盖章")
_NOTE = "表上只有已经亮身份的党员公开作出的承诺。大家可以监督，有不实的请向村（社区）反映。"


@dataclass(frozen=True)
class PublicSheet:
    """The paper, how many commitments stand on it, and how many may not."""

    paper: Paper
    shown: int
    left_out: int


class PublicSheets:
    """Makes the sheets of organisations and groups. Every method is one transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def sheet(self, kind: str, record_id: str) -> PublicSheet:
        """The sheet of one organisation or group. Raises RecordMissing."""
        with self._store.read() as connection:
            named = KINDS[kind].table.c
            record = KINDS[kind]
            statement = select(record.table).where(here(connection, record), named.id == record_id)
            row = connection.execute(statement).mappings().first()
            if row is None:
                raise RecordMissing(record.label)
            promised = _promised(connection, kind, record_id)
            public = [(m, i, c) for m, i, c in promised if may_be_shown(m, c)]
            ids = [own for _member, own, _values in public]
            rows = _rows(connection, public, figures.stands(connection, ids))
            at = now()
            paper = Paper(
                village=settings.read(connection, settings.AREA_NAME),
                title="党员承诺公示表",
                period=f"{row['name']}　截至 {at[:10]}",
                parts=(
                    Facts(_heads(connection, kind, dict(row))),
                    Grid(_COLUMNS, rows),
                    Words(_NOTE),
                ),
                printed_by=settings.read(connection, settings.OPERATOR),
                printed_at=at,
                signatures=_SIGNATURES,
            )
        return PublicSheet(paper, len(public), len(promised) - len(public))


def _heads(connection: Connection, kind: str, row: Values) -> tuple[tuple[str, str], ...]:
    if kind == PartyOrganisation.kind:
        return (("党组织", str(row["name"])),)
    organisation = PartyOrganisation.table.c
    statement = select(organisation.name).where(
        here(connection, PartyOrganisation), organisation.id == row["organisation"]
    )
    over = connection.execute(statement).scalar()
    return (("党组织", str(over or "")), ("党小组", str(row["name"])))


def _promised(
    connection: Connection, kind: str, record_id: str
) -> list[tuple[Values, str, Values]]:
    """Member, id and commitment of all that those who belong here have promised, by name and day.

    What was taken back is no promise any more.
    """
    member, promise = PartyMember.table, PartyCommitment.table
    column = member.c.party_group if kind == PartyGroup.kind else member.c.organisation
    statement = (
        select(member, promise)
        .join(promise, promise.c.member == member.c.id)
        .where(here(connection, PartyMember), here(connection, PartyCommitment))
        .where(column == record_id, promise.c.withdrawn_on.is_(None), member.c.left_on.is_(None))
        .order_by(member.c.name, member.c.id, promise.c.made_on, promise.c.id)
    )
    found = connection.execute(statement).all()
    width = len(member.c)
    return [
        (
            dict(zip(member.c.keys(), row[:width], strict=True)),
            str(row[width + list(promise.c.keys()).index("id")]),
            dict(zip(promise.c.keys(), row[width:], strict=True)),
        )
        for row in found
    ]


def _rows(
    connection: Connection, public: list[tuple[Values, str, Values]], stands: dict[str, Stand]
) -> tuple[tuple[str, ...], ...]:
    held = {str(member["role"]) for member, _own, _promise in public if member["role"]}
    roles = names_of_items(connection, held - {MEMBER})
    return tuple(
        (
            str(number),
            str(member["name"]),
            roles.get(str(member["role"]), "—"),
            str(promise["text"]),
            str(promise["due_on"] or "长期"),
            _stand_words(stands[own]),
        )
        for number, (member, own, promise) in enumerate(public, 1)
    )


def _stand_words(stand: Stand) -> str:
    if stand.state == "kept":
        return f"已兑现 {stand.kept_on}".strip()
    return f"{STATES[stand.state]}，做了{stand.deeds}次" if stand.deeds else STATES[stand.state]
