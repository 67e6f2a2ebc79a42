"""The sheet that hangs in the village (结对公示牌): which team looks after which grid. No Qt.

Only what both sides have confirmed is on it, and only the phone that a team has made public.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from desktop.reports.paper import Column, Grid, Paper, Words
from desktop.storage import settings
from desktop.storage.listing import areas
from desktop.storage.lists import names_of_items
from desktop.storage.store import Store
from desktop.storage.writing import now
from sync.records import DoctorPairing, DoctorTeam, DoctorTeamMember
from sync.records import Grid as GridRecord
from sync.records.doctors import pairing_state

#: Whose names stand on the sheet, and how many of them.
_NAMED = ("doctor_role.leader", "doctor_role.general_practitioner", "doctor_role.village_doctor")
_MOST = 3
_COLUMNS = (
    Column("网格", 3),
    Column("结对层级", 3),
    Column("家庭医生团队", 4),
    Column("所属机构", 4),
    Column("医生", 3),
    Column("服务电话", 4),
)
_ASK = "身体不舒服、要签约或者要上门随访，打服务电话找本网格的家庭医生团队。"


@dataclass(frozen=True)
class Board:
    """The sheet, how many pairings stand on it, and how many still wait to be confirmed."""

    paper: Paper
    shown: int
    waiting: int


def board_of(store: Store) -> Board:
    """The sheet of this village as it stands today."""
    with store.read() as connection:
        theirs = areas(connection)
        pairing, team, grid = DoctorPairing.table, DoctorTeam.table, GridRecord.table
        joined = pairing.join(
            grid, (grid.c.area == pairing.c.area) & (grid.c.id == pairing.c.grid)
        ).outerjoin(team, (team.c.area == pairing.c.area) & (team.c.id == pairing.c.team))
        statement = (
            select(
                pairing,
                grid.c.name.label("grid_name"),
                team.c.name.label("team_name"),
                team.c.institution,
                team.c.phone.label("team_phone"),
            )
            .select_from(joined)
            .where(pairing.c.area.in_(theirs), pairing.c.deleted == 0)
            .where(pairing.c.ended_on.is_(None))
            .order_by(grid.c.name, pairing.c.made_at, pairing.c.id)
        )
        rows = [dict(row) for row in connection.execute(statement).mappings()]
        paired = [row for row in rows if pairing_state(row) == "paired"]
        tiers = names_of_items(connection, {str(row["tier"]) for row in paired if row["tier"]})
        doctors = _doctors(connection, theirs, [row["team"] for row in paired if row["team"]])
        lines = tuple(
            (
                str(row["grid_name"]),
                tiers.get(str(row["tier"]), ""),
                str(row["team_name"] or row["name"]),
                str(row["institution"] or ""),
                "、".join(doctors[row["team"]]),
                str(row["team_phone"] or row["phone"] or ""),
            )
            for row in paired
        )
        at = now()
        paper = Paper(
            village=settings.read(connection, settings.AREA_NAME),
            title="家庭医生结对公示",
            period=at[:10],
            parts=(Words(_ASK), Grid(_COLUMNS, lines)),
            printed_by=settings.read(connection, settings.OPERATOR),
            printed_at=at,
            signatures=("村（社区）负责人签字", "团队负责人签字", "单位盖章"),
        )
        return Board(paper, len(paired), len(rows) - len(paired))


def _doctors(
    connection: Connection, theirs: Sequence[str], teams: Sequence[str]
) -> defaultdict[str, list[str]]:
    """The first names of each team, its leader first."""
    member = DoctorTeamMember.table.c
    statement = (
        select(member.team, member.name, member.role)
        .where(member.area.in_(theirs), member.deleted == 0, member.role.in_(_NAMED))
        .order_by(member.made_at, member.id)
    )
    wanted = set(teams)
    found = sorted(connection.execute(statement), key=lambda one: _NAMED.index(one.role))
    named: defaultdict[str, list[str]] = defaultdict(list)
    for team, name, _role in found:
        if team in wanted and len(named[team]) < _MOST and name not in named[team]:
            named[team].append(str(name))
    return named
