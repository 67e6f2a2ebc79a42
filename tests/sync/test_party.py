"""Promise 3 for the party: two PCs write about one member, and all ends come to the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from desktop.attachments.service import Incoming
from desktop.party.service import Party
from desktop.residents.service import Residents
from sync.records import Attachment, PartyCommitment, PartyDeed, PartyMember
from sync.records.party import GROUP_LEADER, MEMBER, SECRETARY, stands_of
from tests.support.photos import photo
from tests.support.store import VILLAGE
from tests.support.village import VillagePc
from tests.sync.agreement import Villages
from tests.sync.scenes import at_county, conflicts

pytestmark = pytest.mark.promise(3)


def at(village: Villages, pc: VillagePc, work: Callable[[Party], str]) -> str:
    """Let a cadre do something with the party's records on a PC."""
    village.touched.add(pc)
    with pc.noting():
        return work(Party(pc.store))


def edit(village: Villages, pc: VillagePc, member: str, **values: str) -> None:
    village.touched.add(pc)
    with pc.noting(PartyMember.kind):
        Party(pc.store).members.edit(member, values)


@pytest.fixture
def branch(village: Villages) -> str:
    """An organisation and a resident that both PCs know."""
    here, _there = village.pcs
    with here.noting():
        Residents(here.store).add({"name": "郭忠珍"})
    branch = at(village, here, lambda p: p.organisations.add({"name": "第一网格党支部"}))
    village.rest()
    return branch


def the_resident(pc: VillagePc) -> str:
    ((_area, resident),) = pc.rows("resident")
    return resident


def here_and_there(village: Villages, branch: str, *values: Mapping[str, str]) -> list[str]:
    """Both PCs enter the resident as a member before they hear of each other."""
    entered = []
    for pc, said in zip(village.pcs, values, strict=True):
        known = {"resident": the_resident(pc), "organisation": branch, **said}
        entered.append(at(village, pc, lambda p, known=known: p.members.add(known)))  # type: ignore[misc]
    village.rest()
    return entered


def member(pc: VillagePc, record: str) -> dict[str, Any]:
    return pc.rows(PartyMember.kind)[VILLAGE, record]


def test_a_resident_entered_as_a_member_on_two_pcs_is_one_member(
    village: Villages, branch: str
) -> None:
    first, second = here_and_there(
        village, branch, {"status": "full", "role": MEMBER}, {"shown_on": "2026-07"}
    )
    assert first == second
    row = at_county(village, first, PartyMember.kind)
    assert (row["name"], row["status"], row["shown_on"]) == ("郭忠珍", "full", "2026-07")
    for pc in village.pcs:
        assert len(pc.rows(PartyMember.kind)) == 1
        assert member(pc, first)["status"] == "full"
        assert conflicts(pc) == []


def test_two_fields_of_one_member_are_merged_and_one_field_becomes_a_choice(
    village: Villages, branch: str
) -> None:
    here, there = village.pcs
    made = at(village, here, lambda p: p.members.add({"name": "王建国", "organisation": branch}))
    village.rest()
    edit(village, here, made, role=SECRETARY)
    edit(village, there, made, shown_on="2026-07", shown_how="identity_showing.badge")
    village.rest()
    row = at_county(village, made, PartyMember.kind)
    assert (row["role"], row["shown_on"]) == (SECRETARY, "2026-07")
    assert conflicts(here) == []

    edit(village, here, made, role=MEMBER)
    edit(village, there, made, role=GROUP_LEADER)
    village.rest()
    for pc in village.pcs:
        (conflict,) = conflicts(pc)
        assert conflict["fields_in_conflict"] == "role"
        kept = {member(pc, made)["role"], conflict["other_values"]["role"]}
        assert kept == {MEMBER, GROUP_LEADER}, "both are kept"
    village.choose(there, "other")
    village.rest()
    rows = [member(pc, made)["role"] for pc in village.pcs]
    assert rows[0] == rows[1] == at_county(village, made, PartyMember.kind)["role"]
    assert conflicts(here) == []


@pytest.mark.parametrize("first", [0, 1])
def test_a_commitment_taken_back_here_and_fulfilled_there_stands_the_same_on_all_ends(
    village: Villages, branch: str, first: int
) -> None:
    here, there = village.pcs
    made = at(village, here, lambda p: p.members.add({"name": "王建国", "organisation": branch}))
    promise = at(village, here, lambda p: p.commitments.add({"member": made, "text": "扫院坝"}))
    village.rest()
    with here.noting(PartyCommitment.kind):
        Party(here.store).commitments.edit(
            promise, {"withdrawn_on": "2026-11-01", "withdrawn_why": "外出务工"}
        )
    village.touched.add(here)
    done = {"commitment": promise, "text": "做完了", "done_on": "2026-11-01", "fulfils": "yes"}
    deed = at(village, there, lambda p: p.deeds.add(done))
    with there.noting():
        there.attach(PartyDeed.kind, deed, Incoming("院坝.jpg", photo(1)))
    village.sync(village.pcs[first])
    village.rest()
    stands = [Party(pc.store).commitments.stands([promise])[promise] for pc in village.pcs]
    county = village.county.rows()
    deeds = [(own, row) for (_area, own), row in county[PartyDeed.kind].items()]
    promised = county[PartyCommitment.kind][VILLAGE, promise]
    assert stands == [stands_of({promise: promised}, deeds)[promise]] * 2
    assert stands[0].state == "kept"
    (attached,) = here.rows(Attachment.kind).values()
    assert (attached["record_kind"], attached["record"]) == (PartyDeed.kind, deed)


def test_who_is_put_into_a_group_that_was_deleted_elsewhere_waits_for_a_cadre(
    village: Villages, branch: str
) -> None:
    here, there = village.pcs
    group = at(
        village, here, lambda p: p.groups.add({"name": "一组党小组", "organisation": branch})
    )
    village.rest()
    made = at(village, here, lambda p: p.members.add({"name": "王建国", "party_group": group}))
    with there.noting():
        Party(there.store).groups.delete(group)
    village.touched.add(there)
    village.sync(there)
    village.sync(here)
    (refused,) = [entry for entry in here.outbox() if entry["state"] == "refused"]
    assert refused["record"] == made
    assert "所在党小组指向的记录不存在或已删除" in refused["reason"]
    edit(village, here, made, party_group="")
    village.rest()
    assert at_county(village, made, PartyMember.kind)["organisation"] == branch


def rename(village: Villages, pc: VillagePc, name: str) -> None:
    village.touched.add(pc)
    with pc.noting(PartyMember.kind):
        Residents(pc.store).edit(the_resident(pc), {"name": name})


def test_who_was_entered_under_a_name_that_was_corrected_meanwhile_gets_the_new_one(
    village: Villages, branch: str
) -> None:
    here, there = village.pcs
    rename(village, here, "郭忠贞")
    entered = at(
        village,
        there,
        lambda p: p.members.add({"resident": the_resident(there), "organisation": branch}),
    )
    village.rest()
    assert member(here, entered)["name"] == "郭忠珍", "nobody knew better"
    # Both find it at their next sync.
    assert [pc.put_names_right() for pc in village.pcs] == [1, 1]
    village.touched.update(village.pcs)
    village.rest()
    assert at_county(village, entered, PartyMember.kind)["name"] == "郭忠贞"
    assert [pc.put_names_right() for pc in village.pcs] == [0, 0]
    assert [conflicts(pc) for pc in village.pcs] == [[], []]


def test_a_name_that_cannot_be_given_to_a_record_out_of_order_is_not_tried_as_news(
    village: Villages, branch: str
) -> None:
    here, there = village.pcs
    rename(village, here, "郭忠贞")
    at(
        village,
        there,
        lambda p: p.members.add({"resident": the_resident(there), "organisation": branch}),
    )
    village.rest()
    with here.store.change() as connection:
        connection.exec_driver_sql("UPDATE party_organisation SET deleted = 1")
    assert here.put_names_right() == 0, "there is nothing to send, so no second sync"
    with here.store.change() as connection:
        connection.exec_driver_sql("UPDATE party_organisation SET deleted = 0")


def test_two_pcs_do_not_rename_to_and_fro_where_only_one_has_the_new_name(
    village: Villages, branch: str
) -> None:
    here, there = village.pcs
    entered = at(
        village,
        here,
        lambda p: p.members.add({"resident": the_resident(here), "organisation": branch}),
    )
    village.rest()
    rename(village, here, "郭忠贞")
    assert [pc.put_names_right() for pc in village.pcs] == [0, 0], "one waits to be sent"
    assert village.sync(here)
    assert village.sync(there)
    assert [member(pc, entered)["name"] for pc in village.pcs] == ["郭忠贞"] * 2
    assert [pc.put_names_right() for pc in village.pcs] == [0, 0]
