"""Who belongs where, what was promised and done: written, fitted together and told."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.attachments.service import Attachments, Incoming
from desktop.grids.service import Grids
from desktop.party.service import Party
from desktop.register.service import Listing, RecordInvalid
from desktop.residents.service import Residents
from desktop.storage.store import Store
from sync.records.party import GROUP_LEADER, MEMBER, SECRETARY, Stand
from tests.support.photos import photo
from tests.support.store import id_number


@pytest.fixture
def party(store: Store) -> Party:
    return Party(store)


@pytest.fixture
def general(store: Store) -> str:
    return Grids(store).add({"name": "第一网格", "level": "general"})


@pytest.fixture
def micro(store: Store, general: str) -> str:
    return Grids(store).add({"name": "一组", "level": "micro", "parent": general})


@pytest.fixture
def branch(party: Party, general: str) -> str:
    kind = "party_organisation_type.branch"
    return party.organisations.add(
        {"name": "第一网格党支部", "organisation_type": kind, "grid": general}
    )


@pytest.fixture
def group(party: Party, branch: str, micro: str) -> str:
    return party.groups.add({"name": "一组党小组", "organisation": branch, "grid": micro})


@pytest.fixture
def wang(party: Party, group: str) -> str:
    return party.members.add({"name": "王建国", "party_group": group, "role": GROUP_LEADER})


@pytest.fixture
def promise(party: Party, wang: str) -> str:
    return party.commitments.add(
        {"member": wang, "text": "每周打扫一次院坝", "made_on": "2026-07-01"}
    )


def refused(work: object, *arguments: object) -> dict[str, str]:
    with pytest.raises(RecordInvalid) as caught:
        work(*arguments)  # type: ignore[operator]
    return caught.value.problems


def test_an_organisation_stands_on_a_general_grid_and_a_group_on_a_micro_one(
    party: Party, general: str, micro: str, branch: str
) -> None:
    wrong = refused(party.organisations.add, {"name": "一组党支部", "grid": micro})
    assert wrong == {"grid": "党组织建在一般网格或专属网格上；微网格上建的是党小组"}
    wrong = refused(
        party.groups.add, {"name": "第一党小组", "organisation": branch, "grid": general}
    )
    assert wrong == {"grid": "党小组建在微网格或专属网格上；一般网格上建的是党组织"}
    assert "grid" in refused(party.organisations.edit, branch, {"grid": micro})
    # A village's own organisation stands on no grid.
    assert party.organisations.add({"name": "花楸村党总支"})


def test_a_second_organisation_on_a_grid_is_told_of_and_not_forbidden(
    party: Party, branch: str, group: str, general: str, micro: str
) -> None:
    assert party.organisations.advice({"grid": general, "name": ""}) == (
        "这个网格已经有党组织：第一网格党支部。"
    )
    assert party.organisations.advice({"grid": general, "name": "第一网格党支部"}) == ""
    assert party.groups.advice({"grid": micro, "name": ""}) == "这个网格已经有党小组：一组党小组。"
    assert party.groups.advice({"grid": ""}) == ""


def test_whoever_is_put_into_a_group_belongs_to_its_organisation(
    party: Party, branch: str, group: str, wang: str
) -> None:
    assert party.members.get(wang).values["organisation"] == branch
    assert party.members.check({"name": "李四", "party_group": group}) == {}
    assert "organisation" in party.members.check({"name": "李四"})
    other = party.organisations.add({"name": "第二网格党支部"})
    both = {"name": "李四", "party_group": group, "organisation": other}
    assert refused(party.members.add, both) == {
        "party_group": "这个党小组不属于所选的党组织，请改一个"
    }
    assert "party_group" in refused(party.members.edit, wang, {"organisation": other})
    assert party.members.edit(wang, {"organisation": other, "party_group": ""})


def test_a_resident_is_a_member_once_and_the_name_follows_the_resident(
    store: Store, party: Party, branch: str
) -> None:
    resident = Residents(store).add({"name": "郭忠珍", "id_number": id_number()})
    member = party.members.add({"resident": resident, "organisation": branch})
    assert party.members.get(member).values["name"] == "郭忠珍"
    again = refused(party.members.add, {"resident": resident, "organisation": branch})
    assert again == {"resident": "居民已登记在“郭忠珍”名下"}
    Residents(store).edit(resident, {"name": "郭忠贞"})
    assert party.members.get(member).values["name"] == "郭忠贞"
    assert "name" in refused(Residents(store).delete, resident)


def test_who_leads_and_who_belongs_is_counted_from_the_members(
    party: Party, branch: str, group: str, wang: str
) -> None:
    party.members.add({"name": "陈书记", "organisation": branch, "role": SECRETARY})
    gone = {"name": "李走", "party_group": group, "left_on": "2026-03", "role": GROUP_LEADER}
    party.members.add(gone)
    assert party.organisations.secretaries([branch]) == {branch: "陈书记"}
    assert party.organisations.groups([branch, "nobody"]) == {branch: 1, "nobody": 0}
    assert party.organisations.members([branch]) == {branch: 2}
    assert party.groups.leaders([group]) == {group: "王建国"}
    assert party.groups.members([group]) == {group: 1}


def test_an_organisation_tells_its_officers_its_groups_and_where_groups_are_missing(
    store: Store, party: Party, branch: str, group: str, wang: str, general: str
) -> None:
    Grids(store).add({"name": "二组", "level": "micro", "parent": general})
    closed = {"name": "老组", "level": "micro", "parent": general, "state": "closed"}
    Grids(store).add(closed)
    party.members.add({"name": "陈书记", "organisation": branch, "role": SECRETARY})
    party.members.add({"name": "刘党员", "organisation": branch, "role": MEMBER})
    facts = dict(party.organisations.facts(party.organisations.get(branch)))
    assert facts["班子"] == "书记 陈书记；党小组长 王建国"
    assert facts["各党小组"] == "一组党小组"
    assert facts["还没建党小组"] == "二组"
    assert dict(party.groups.facts(party.groups.get(group)))["名单"] == "王建国（党小组长）"


def test_grids_without_an_organisation_or_a_group_are_plain_numbers(
    store: Store, party: Party, group: str, general: str
) -> None:
    assert party.gaps() == {"party_organisation": 0, "party_group": 0}
    Grids(store).add({"name": "第二网格", "level": "general"})
    Grids(store).add({"name": "二组", "level": "micro", "parent": general})
    Grids(store).add({"name": "学校", "level": "exclusive"})
    assert party.gaps() == {"party_organisation": 1, "party_group": 1}


def test_a_deed_belongs_to_who_promised_and_to_nobody_else(
    party: Party, wang: str, promise: str, branch: str
) -> None:
    done = party.deeds.add({"commitment": promise, "text": "打扫了", "done_on": "2026-07-08"})
    assert party.deeds.get(done).values["member"] == wang
    li = party.members.add({"name": "李四", "organisation": branch})
    wrong = {"member": li, "commitment": promise, "text": "打扫了", "done_on": "2026-07-08"}
    assert refused(party.deeds.add, wrong) == {"commitment": "这条承诺是别的党员作的，请改一条"}


def test_nothing_more_is_written_on_a_commitment_that_was_taken_back(
    party: Party, promise: str
) -> None:
    party.commitments.edit(promise, {"withdrawn_on": "2026-08-01", "withdrawn_why": "外出务工"})
    done = {"commitment": promise, "text": "打扫了", "done_on": "2026-08-08"}
    assert refused(party.deeds.add, done) == {
        "commitment": "这条承诺已在2026-08-01撤回，不能再往上记"
    }


def test_where_a_commitment_stands_follows_from_its_deeds_and_their_corrections(
    party: Party, wang: str, promise: str
) -> None:
    assert party.commitments.stands([promise])[promise] == Stand("open")
    kept = party.deeds.add(
        {"commitment": promise, "text": "做完了", "done_on": "2026-07-08", "fulfils": "yes"}
    )
    assert party.commitments.stands([promise])[promise] == Stand("kept", 1, "2026-07-08")
    undone = {"member": wang, "text": "记错了", "done_on": "2026-07-08", "corrects": kept}
    party.deeds.add(undone)
    assert party.commitments.stands([promise])[promise] == Stand("open")
    assert party.deeds.corrected([kept]) == {kept}


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("withdrawn", [True, False])
def test_a_list_is_narrowed_to_where_commitments_stand(
    party: Party, promise: str, kept: bool, withdrawn: bool
) -> None:
    done = {"commitment": promise, "text": "做完了", "done_on": "2026-07-08", "fulfils": "yes"}
    wrong = party.deeds.add(done)
    party.deeds.add({**done, "corrects": wrong, "fulfils": "yes" if kept else "no"})
    if withdrawn:
        party.commitments.edit(promise, {"withdrawn_on": "2026-08-01", "withdrawn_why": "外出"})
    stand = party.commitments.stands([promise])[promise].state
    assert stand == ("kept" if kept else "withdrawn" if withdrawn else "open")
    for state in ("open", "kept", "withdrawn"):
        wanted = Listing("party_commitment", filters=(("stand", state),))
        assert len(party.commitments.order(wanted)) == (state == stand)


def test_a_member_s_page_tells_promises_and_deeds_in_the_order_of_time(
    store: Store, party: Party, wang: str, promise: str
) -> None:
    party.deeds.add({"member": wang, "text": "帮独居老人\n买药", "done_on": "2026-06-30"})
    party.deeds.add(
        {"commitment": promise, "text": "打扫", "done_on": "2026-07-08", "fulfils": "yes"}
    )
    assert party.members.facts(party.members.get(wang)) == [
        ("2026-06-30", "践诺：帮独居老人 买药"),
        ("2026-07-01", "承诺：每周打扫一次院坝（已兑现）"),
        ("2026-07-08", "践诺：打扫（承诺兑现）"),
    ]


def test_a_member_s_page_has_room_for_twenty_steps_and_says_how_many_are_older(
    party: Party, wang: str
) -> None:
    for day in range(1, 26):
        done = {"member": wang, "text": f"第{day}次", "done_on": f"2026-07-{day:02d}"}
        party.deeds.add(done)
    told = party.members.facts(party.members.get(wang))
    assert told[0] == ("更早的", "还有 5 条，在“承诺”和“践诺”里")
    assert [words for _day, words in told[1:]] == [f"践诺：第{n}次" for n in range(6, 26)]


def test_a_resident_s_telephone_is_shown_masked(store: Store, party: Party, branch: str) -> None:
    resident = Residents(store).add({"name": "郭忠珍", "phone": "13800001234"})
    member = party.members.add({"resident": resident, "organisation": branch})
    assert party.members.facts(party.members.get(member)) == [("居民电话", "138******34")]


def test_a_commitment_tells_why_it_is_not_on_the_public_sheet(
    party: Party, wang: str, promise: str
) -> None:
    def said() -> str:
        return dict(party.commitments.facts(party.commitments.get(promise)))["公示"]

    assert said() == "没有公开，不印在公示表上"
    party.commitments.edit(promise, {"made_public": "yes"})
    assert said() == "本人没有亮身份，不印在公示表上"
    party.members.edit(wang, {"shown_on": "2026-07"})
    assert said() == "印在承诺公示表上"
    party.commitments.edit(promise, {"withdrawn_on": "2026-08-01", "withdrawn_why": "外出"})
    assert said() == "已撤回，不印在公示表上"


def test_evidence_hangs_under_a_deed_that_is_never_edited(
    store: Store, party: Party, promise: str, tmp_path: Path
) -> None:
    done = party.deeds.add({"commitment": promise, "text": "打扫了", "done_on": "2026-07-08"})
    Attachments(store).attach("party_deed", done, Incoming("院坝.jpg", photo(1)))
    assert party.deeds.photos([done]) == {done: 1}
    assert "text" in refused(party.deeds.edit, done, {"text": "没打扫"})


def test_a_commitment_is_offered_with_who_made_it(party: Party, promise: str) -> None:
    field = party.deeds.record.fields["commitment"]
    assert party.deeds.choices(field, "院坝") == [(promise, "王建国：每周打扫一次院坝")]  # type: ignore[arg-type]


def test_the_public_sheet_has_what_was_made_public_and_says_how_many_are_not(
    party: Party, branch: str, group: str, wang: str, promise: str
) -> None:
    party.members.edit(wang, {"shown_on": "2026-07"})
    party.commitments.edit(promise, {"made_public": "yes"})
    party.commitments.add({"member": wang, "text": "心里的话"})
    party.deeds.add({"commitment": promise, "text": "打扫了", "done_on": "2026-07-08"})
    li = party.members.add({"name": "李四", "organisation": branch})
    party.commitments.add({"member": li, "text": "巡逻", "made_public": "yes"})
    whole = party.sheets.sheet("party_organisation", branch)
    assert (whole.shown, whole.left_out) == (1, 2)
    _heads, table, _words = whole.paper.parts
    assert table.rows == (("1", "王建国", "党小组长", "每周打扫一次院坝", "长期", "在办，做了1次"),)  # type: ignore[union-attr]
    assert whole.paper.period.startswith("第一网格党支部　截至 20")
    assert "李四" not in str(whole.paper), "what was promised does not tell who is a member"
    theirs = party.sheets.sheet("party_group", group)
    assert (theirs.shown, theirs.left_out) == (1, 1)
    assert theirs.paper.parts[0].pairs == (("党组织", "第一网格党支部"), ("党小组", "一组党小组"))  # type: ignore[union-attr]


def test_a_member_who_promised_something_cannot_be_deleted_only_leave(
    party: Party, group: str, wang: str, promise: str
) -> None:
    assert "承诺人" in refused(party.members.delete, wang)["name"]
    assert party.groups.members([group]) == {group: 1}
    party.members.edit(wang, {"left_on": "2026-11"})
    assert party.groups.members([group]) == {group: 0}
    party.commitments.delete(promise)
    party.members.delete(wang)
