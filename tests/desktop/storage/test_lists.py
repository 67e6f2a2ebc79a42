"""Published lists on the PC: the program's own until the county's have come."""

from __future__ import annotations

import pytest

from desktop.register.service import Register
from desktop.storage.errors import RecordInvalid
from desktop.storage.lists import items_of, names_of_items
from desktop.storage.store import Store
from sync.records import ListItem, PartyMember, PartyOrganisation
from tests.support.store import COUNTY, county_rows, receive

LIST = "party_role"
ROLE = PartyMember.published()[0]


def from_the_county(store: Store, *items: tuple[str, str, str | None]) -> None:
    rows = [
        {"id": f"{LIST}.{code}", "revision": n, "list_name": LIST, "code": code, "name": name,
         "place": n, "retired": retired}
        for n, (code, name, retired) in enumerate(items, start=1)
    ]  # fmt: skip
    receive(store, county_rows(ListItem, *rows, area=COUNTY))


def names(store: Store, *, retired: bool = False) -> list[str]:
    with store.read() as connection:
        return [item.name for item in items_of(connection, LIST, retired=retired)]


def test_a_pc_without_a_line_has_the_lists_the_program_comes_with(store: Store) -> None:
    assert names(store)[0] == "书记"


def test_the_countys_list_takes_the_place_of_the_programs_whole(store: Store) -> None:
    from_the_county(store, ("chief", "第一书记", None), ("secretary", "支书", None))
    assert names(store) == ["第一书记", "支书"]


def test_a_retired_item_is_not_offered_and_old_records_still_show_its_name(store: Store) -> None:
    from_the_county(store, ("chief", "第一书记", None), ("secretary", "书记", "yes"))
    assert names(store) == ["第一书记"]
    assert names(store, retired=True) == ["第一书记", "书记"]
    with store.read() as connection:
        assert names_of_items(connection, [f"{LIST}.secretary"]) == {f"{LIST}.secretary": "书记"}


def test_an_item_is_found_by_words_pinyin_and_initials(store: Store) -> None:
    members = Register(store, PartyMember)
    secretary = (f"{LIST}.secretary", "书记")
    for typed in ("书", "shuji", "sj"):
        assert secretary in members.choices(ROLE, typed)
    assert members.choices(ROLE, "zzz") == []


def test_what_is_on_no_list_is_not_kept(store: Store) -> None:
    organisation = Register(store, PartyOrganisation).add({"name": "第一党支部"})
    with pytest.raises(RecordInvalid) as refused:
        Register(store, PartyMember).add(
            {"name": "王芳", "organisation": organisation, "role": "king"}
        )
    assert refused.value.problems == {"role": "党内职务不在县里公布的清单里"}


def test_a_program_may_leave_the_list_out_of_a_code(store: Store) -> None:
    organisation = Register(store, PartyOrganisation).add({"name": "第一党支部"})
    members = Register(store, PartyMember)
    member = members.add({"name": "王芳", "organisation": organisation, "role": "secretary"})
    assert members.get(member).values["role"] == f"{LIST}.secretary"
