"""Both versions of a conflict say who wrote them, when and on which PC, offline and on both PCs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desktop.syncing.conflicts import Conflicts, OpenConflict, Who
from sync.records import Resident
from tests.support.store import id_number
from tests.support.village import VillagePc, Write
from tests.sync.agreement import Villages, unasked
from tests.sync.scenes import person as entered


@pytest.fixture
def villages() -> Iterator[Villages]:
    with unasked() as made:
        yield made


def person(villages: Villages) -> str:
    values = (("name", "王芳"), ("birth_date", "1990-01-01"))
    record = villages.write(villages.pcs[0], Write("create", Resident.kind, 0, values))
    rest(villages)
    return str(record)


def edit(pc: VillagePc, record: str, **values: str) -> None:
    pc.write(Resident, record, lambda w: w.edit(Resident, record, values), "")


def rest(villages: Villages) -> None:
    for pc in (*villages.pcs[:2], *villages.pcs[:2]):
        villages.sync(pc)


def shown(pc: VillagePc) -> OpenConflict:
    conflicts = Conflicts(pc.store)
    (listed,) = conflicts.open()
    found = conflicts.one(listed.id)
    assert found is not None
    return found


def without_time(who: Who | None) -> tuple[str, str] | None:
    return (who.by, who.device) if who else None


def test_both_sides_name_their_maker_and_pc_on_both_pcs(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    edit(here, record, phone="13800000001", address="一组")
    villages.sync(here)
    edit(there, record, phone="13800000002", address="二组")
    rest(villages)
    for pc in (here, there):
        found = shown(pc)
        assert without_time(found.county) == ("电脑0的会计", "电脑0")
        assert (found.by, found.device) == ("电脑1的会计", "电脑1")
        assert found.county is not None
        assert found.county.at
        assert ("出生日期", "1990-01-01") in [(label, told.full) for label, told in found.same]
        assert not {"联系电话", "住址"} & {label for label, _ in found.same}


def test_each_line_names_who_wrote_what_stands_in_it(
    villages: Villages,
) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    edit(here, record, phone="13800000001")
    villages.sync(here)
    villages.sync(there)
    edit(there, record, address="二组")
    villages.sync(there)
    # The first PC has not heard of the address when it writes both.
    edit(here, record, address="三组")
    villages.sync(here)
    found = shown(here)
    assert without_time(found.county) == ("电脑1的会计", "电脑1")
    edit(there, record, phone="13800000009")
    edit(here, record, note="x")
    rest(villages)
    (address,) = shown(there).differences
    assert (address.who.by, address.other.full) == ("电脑1的会计", "三组")


def test_an_edit_against_a_deletion_names_who_did_which(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    here.write(Resident, record, lambda w: w.delete(Resident, record), "")
    villages.sync(here)
    edit(there, record, phone="13800000002")
    rest(villages)
    for pc in (here, there):
        found = shown(pc)
        assert without_time(found.county) == ("电脑0的会计", "电脑0")
        assert found.differences[0].county.full == "已删除"
        assert "13800000002" in found.differences[0].other.full
        assert (found.by, found.device) == ("电脑1的会计", "电脑1")


def test_what_is_chosen_by_now_is_not_shown_any_more(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    record = person(villages)
    edit(here, record, phone="13800000001")
    villages.sync(here)
    edit(there, record, phone="13800000002")
    rest(villages)
    found = shown(here)
    Conflicts(here.store).choose(found.id, {"phone": "other"}, seen=found)
    assert Conflicts(here.store).one(found.id) is None
    assert Conflicts(here.store).count() == 0


def test_a_person_whom_two_pcs_entered_names_who_entered_her_where_and_when_on_both_pcs(
    villages: Villages,
) -> None:
    here, there = villages.pcs[:2]
    for pc, address in ((here, "一组"), (there, "二组")):
        villages.write(pc, entered(name="王芳", address=address))
    rest(villages)
    for pc in (here, there):
        found = shown(pc)
        assert without_time(found.county) == ("电脑0的会计", "电脑0")
        assert found.county is not None
        assert found.county.at
        assert (found.by, found.device) == ("电脑1的会计", "电脑1")
        alike = Conflicts(pc.store).alike(found.id)
        assert alike is not None
        assert alike.county_device == "电脑0"


def test_a_person_whom_two_pcs_imported_together_with_others_does_too(villages: Villages) -> None:
    here, there = villages.pcs[:2]
    people = [
        {"id_number": id_number(sequence=n), "name": f"村民{n}", "phone": None, "address": "一组"}
        for n in range(1, 31)
    ]
    villages.import_register(here, people)
    villages.import_register(there, [{**one, "address": "二组"} for one in people])
    rest(villages)
    for pc in (here, there):
        conflicts = Conflicts(pc.store)
        for listed in conflicts.open():
            found = conflicts.one(listed.id)
            assert found is not None
            assert without_time(found.county) == ("电脑0的会计", "电脑0")


def test_what_a_losing_entry_filled_in_names_who_filled_it_in(villages: Villages) -> None:
    here, there, new = villages.pcs[:3]
    record = str(villages.write(here, entered(name="王芳", address="一组")))
    villages.sync(here)
    villages.sync(new)
    # It loses the address, and its phone stands.
    villages.write(there, entered(name="王芳", address="二组", phone="13800000002"))
    villages.sync(there)
    edit(new, record, phone="13800000003")
    villages.sync(new)
    by_field = {
        one.label: one.who
        for listed in Conflicts(new.store).open()
        if (found := Conflicts(new.store).one(listed.id))
        for one in found.differences
    }
    assert without_time(by_field["联系电话"]) == ("电脑1的会计", "电脑1")
    assert without_time(by_field["住址"]) == ("电脑0的会计", "电脑0")
