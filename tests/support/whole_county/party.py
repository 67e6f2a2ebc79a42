"""The party: organisations, groups and members, what they promised and what they did."""

from __future__ import annotations

from sync.records import Value
from sync.records.party import (
    PartyCommitment,
    PartyDeed,
    PartyGroup,
    PartyMember,
    PartyOrganisation,
)
from tests.support.whole_county.made import Made

_PROMISES = ("带头清理房前屋后", "每周巡查一次水渠", "联系独居老人", "参加义务植树", "调解邻里纠纷")


def write(made: Made) -> None:
    """One organisation a general grid, groups in as many micro grids as planned."""
    counts = made.plan.counts
    organisations = made.write(
        PartyOrganisation,
        [
            {
                "name": f"{made.plan.name}第{number}党支部",
                "organisation_type": "party_organisation_type.branch",
                "grid": made.general[number - 1],
            }
            for number in range(1, counts["party_organisation"] + 1)
        ],
    )
    groups = made.write(
        PartyGroup,
        [
            {
                "name": f"{number + 1}组党小组",
                "organisation": organisations[number % len(organisations)],
                "grid": made.micro[number],
            }
            for number in range(counts["party_group"])
        ],
    )
    members = made.write(
        PartyMember,
        [
            {
                "resident": made.residents[number],
                "organisation": organisations[number % len(groups) % len(organisations)],
                "party_group": groups[number % len(groups)],
                "role": "party_role.group_leader" if number < len(groups) else "party_role.member",
                "status": "full",
                "joined_on": made.day(1_000, 12_000),
                **_shown(made),
            }
            for number in range(counts["party_member"])
        ],
    )
    _write_promises(made, members)


def _shown(made: Made) -> dict[str, Value]:
    if made.chance.random() < 0.2:
        return {}
    return {"shown_on": made.day(10, 800), "shown_how": "identity_showing.badge"}


def _write_promises(made: Made, members: list[str]) -> None:
    promising = [member for member in members if made.chance.random() < 0.6]
    promises = made.write(
        PartyCommitment,
        [
            {
                "member": member,
                "text": made.chance.choice(_PROMISES),
                "made_on": made.day(60, 300),
                "made_public": "yes",
            }
            for member in promising
        ],
    )
    made.write(
        PartyDeed,
        [
            {
                "member": member,
                "commitment": promise,
                "text": "做了，群众都在场",
                "done_on": made.day(1, 59),
                "fulfils": made.chance.choice(("yes", "no")),
            }
            for member, promise in zip(promising, promises, strict=True)
            if made.chance.random() < 0.7
        ],
    )
