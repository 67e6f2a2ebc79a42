"""Family doctors: teams at home here, pairings of every general grid, key residents and visits."""

from __future__ import annotations

from sync.records import Value
from sync.records.doctors import (
    DoctorPairing,
    DoctorTeam,
    DoctorTeamMember,
    DoctorVisit,
    KeyResident,
)
from tests.support.whole_county.made import Made

_ROLES = ("leader", "general_practitioner", "nurse", "public_health", "village_doctor")
_CATEGORIES = ("elderly", "hypertension", "diabetes", "child", "disabled")


def write(made: Made) -> None:
    """A village without a team of its own is paired with one from the town."""
    counts = made.plan.counts
    teams = made.write(
        DoctorTeam,
        [
            {"name": f"{made.plan.name}家庭医生团队", "institution": "中心卫生院"}
            for _number in range(counts["doctor_team"])
        ],
    )
    members = made.write(
        DoctorTeamMember,
        [
            {
                "team": teams[number % len(teams)],
                "name": f"医生{number + 1}",
                "role": f"doctor_role.{_ROLES[number % len(_ROLES)]}",
            }
            for number in range(counts["doctor_team_member"])
        ],
    )
    made.write(DoctorPairing, [_pairing(made, grid, teams) for grid in made.general])
    _write_visits(made, teams, members)


def _pairing(made: Made, grid: str, teams: list[str]) -> dict[str, Value]:
    values: dict[str, Value] = {"grid": grid, "tier": "doctor_tier.general"}
    values |= {"team": teams[0]} if teams else {"name": "镇卫生院第一团队"}
    if made.chance.random() < 0.9:
        values |= {"grid_side_by": "王主任", "grid_side_on": made.day(100, 200)}
    if made.chance.random() < 0.8:
        values |= {"team_side_by": "李医生", "team_side_on": made.day(50, 99)}
    return values


def _write_visits(made: Made, teams: list[str], members: list[str]) -> None:
    looked_after = made.chance.sample(made.residents, len(made.residents) // 10)
    team: dict[str, Value] = {"team": teams[0]} if teams else {}
    made.write(
        KeyResident,
        [
            {
                "resident": resident,
                "category": f"key_resident_category.{made.chance.choice(_CATEGORIES)}",
                "since": made.day(100, 700),
                **team,
            }
            for resident in looked_after
        ],
    )
    made.write(
        DoctorVisit,
        [
            {
                "resident": resident,
                "visited_on": made.day(1, 90),
                "way": "visit_way.home",
                "text": "血压平稳，按时吃药",
                **team,
                **({"member": made.chance.choice(members)} if members else {}),
            }
            for resident in looked_after
        ],
    )
