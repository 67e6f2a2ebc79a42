"""A person is entered once: whoever repeats a resident's name is named after the resident."""

from __future__ import annotations

import pytest

from desktop.register.service import Listing, Register
from desktop.storage.errors import RecordInvalid
from desktop.storage.store import Store
from sync.protocol import Outcome
from sync.records import PartyMember, PartyOrganisation, PointsSubject, Resident
from tests.support.store import outbox_of, send_all


@pytest.fixture
def members(store: Store) -> Register:
    return Register(store, PartyMember)


@pytest.fixture
def residents(store: Store) -> Register:
    return Register(store, Resident)


@pytest.fixture
def organisation(store: Store) -> str:
    return Register(store, PartyOrganisation).add({"name": "第一党支部"})


def test_who_is_chosen_from_the_residents_needs_no_name_typed(
    members: Register, residents: Register, organisation: str
) -> None:
    resident = residents.add({"name": "王芳"})
    raw = {"resident": resident, "organisation": organisation}
    assert members.check(raw) == {}
    assert members.get(members.add(raw)).values["name"] == "王芳"


def test_who_comes_from_outside_needs_a_name(members: Register, organisation: str) -> None:
    assert members.check({"organisation": organisation}) == {"name": "姓名没有填"}
    with pytest.raises(RecordInvalid):
        members.add({"organisation": organisation})
    assert members.add({"organisation": organisation, "name": "李军"})


def test_a_corrected_name_is_followed_and_sent_and_found(
    store: Store, members: Register, residents: Register, organisation: str
) -> None:
    resident = residents.add({"name": "单丹"})
    member = members.add({"resident": resident, "organisation": organisation})
    residents.edit(resident, {"name": "单　红"})
    assert members.get(member).values["name"] == "单红"
    assert [e["record"] for e in outbox_of(store) if e["operation"] == "edit"] == [resident, member]
    found = members.rows(members.order(Listing("party_member", search="shanhong")))
    assert [row.id for row in found] == [member]


def test_the_name_of_a_resident_is_corrected_with_the_resident_only(
    members: Register, residents: Register, organisation: str
) -> None:
    resident = residents.add({"name": "王芳"})
    member = members.add({"resident": resident, "organisation": organisation})
    with pytest.raises(RecordInvalid) as refused:
        members.edit(member, {"name": "王方"})
    assert "请到居民里改" in refused.value.problems["name"]
    assert members.edit(member, {"resident": "", "name": "王方"}), "no resident any more"


def test_another_resident_brings_another_name(
    members: Register, residents: Register, organisation: str
) -> None:
    one, other = residents.add({"name": "王芳"}), residents.add({"name": "曾荣"})
    member = members.add({"resident": one, "organisation": organisation})
    members.edit(member, {"resident": other})
    assert members.get(member).values["name"] == "曾荣"


def test_a_name_is_corrected_also_where_a_record_that_repeats_it_is_out_of_order(
    store: Store, members: Register, residents: Register, organisation: str
) -> None:
    resident = residents.add({"name": "王芳"})
    member = members.add({"resident": resident, "organisation": organisation})
    with store.change() as connection:
        # Another PC deleted it while this one had no line.
        connection.exec_driver_sql("UPDATE party_organisation SET deleted = 1")
    assert residents.edit(resident, {"name": "王方"})
    assert residents.get(resident).values["name"] == "王方"
    assert members.get(member).values["name"] == "王芳", "it gets the name once it is mended"


def test_what_an_office_had_called_otherwise_keeps_its_name(
    store: Store, residents: Register
) -> None:
    """An account of points of before names were repeated: nobody asked for another name."""
    subjects = Register(store, PointsSubject)
    resident = residents.add({"name": "王芳"})
    subject = subjects.add({"resident": resident, "subject_type": "resident"})
    with store.change() as connection:
        connection.exec_driver_sql("UPDATE points_subject SET name = '王芳家'")
    subjects.edit(subject, {"note": "三口人"})
    residents.edit(resident, {"name": "王方"})
    assert subjects.get(subject).values["name"] == "王芳家"
    assert subjects.edit(subject, {"name": "王方"})


def test_a_name_that_the_county_refused_and_somebody_gives_up_is_given_up_everywhere(
    store: Store, members: Register, residents: Register, organisation: str
) -> None:
    resident = residents.add({"name": "王芳"})
    member = members.add({"resident": resident, "organisation": organisation})
    send_all(store, Outcome("accepted", 0, 3, 1))
    residents.edit(resident, {"name": "王方"})
    send_all(store, Outcome("rejected", 0, reason="县里不收"), Outcome("accepted", 1, 1, 4))
    with store.write() as writing:
        given_up = writing.give_up(Resident, resident)
    assert members.get(member).values["name"] == "王芳"
    with store.write() as writing:
        assert writing.take_back(given_up)
    assert members.get(member).values["name"] == "王方"
