"""A list shows what a plain Python model of it says, whatever was done before."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from desktop.storage.checking import check
from desktop.storage.listing import (
    Listing,
    counts,
    find_anywhere,
    order_of,
    row_of,
    rows_at,
)
from desktop.storage.outbox import Outbox
from desktop.storage.searching import fresh
from desktop.storage.store import Store
from desktop.syncing.service import Syncing
from sync.client.ports import Tally
from sync.protocol import Outcome
from sync.records import KINDS, Grid, PointsSubject, Resident, Value
from tests.support.store import answer, county_rows, id_number, new_store, receive, send_all

#: Names with their readings, as a surname first; written down here, not asked of the program.
READINGS = {
    "单雄信": ("shan xiong xin", "dan xiong xin"),
    "曾小贤": ("zeng xiao xian", "ceng xiao xian"),
    "仇英": ("qiu ying", "chou ying"),
    "查良镛": ("zha liang yong", "cha liang yong"),
    "解缙": ("xie jin", "jie jin"),
    "覃海洋": ("qin hai yang", "tan hai yang"),
    "欧阳䶮": ("ou yang yan",),
    "王芳": ("wang fang",),
    "Anna": ("a n n a",),
}
ADDRESSES = (None, "一组3号", "二组12号", "10%_村")
PHONES = (None, "13812345678", "13912345679", "8886666")
NUMBERS = (None, *(id_number(sequence=n) for n in range(3)))
SEARCHES = (
    "", " ", "王", "英", "zeng", "ZENG", "ceng", "sxx", "dxx", "qy", "xj", "qinhai", "oyy", "anna",
    "一组", "3号", "10%", "_村", "%", "345678", "13812345678", "x", "5", *(n for n in NUMBERS if n),
)  # fmt: skip
FILTERS = ((), (("sex", "male"),), (("sex", None),), (("address", "一组3号"), ("sex", "male")))
SORTS = (None, "name", "address", "phone", "sex", "made_by")
STATES = (None, "synced", "waiting", "sending", "refused", "merged")

listings = st.builds(
    Listing,
    kind=st.just("resident"),
    search=st.sampled_from(SEARCHES),
    filters=st.sampled_from(FILTERS),
    state=st.sampled_from(STATES),
    sort=st.sampled_from(SORTS),
    descending=st.booleans(),
)


@dataclass
class Person:
    """A resident of the model: values, where it stands, and when it came relative to others."""

    number: int
    values: dict[str, Value]
    state: str
    made_by: str = "王会计"
    deleted: bool = False

    def found_by(self, search: str) -> bool:
        needle = search.strip().lower()
        if len(needle) > 6 and needle[:-1].isdigit():
            needle = needle[-6:]
        name = str(self.values["name"])
        keys = [name.lower(), str(self.values.get("address") or "")]
        for reading in READINGS[name]:
            keys.append(reading.replace(" ", ""))
            keys.append("".join(syllable[0] for syllable in reading.split()))
        for personal in ("phone", "id_number"):
            keys.append(str(self.values.get(personal) or "")[-6:].lower())
        return any(needle in key for key in keys)

    def sorts_by(self, sort: str | None) -> tuple[int, str]:
        if sort in (None, "name"):
            name = str(self.values["name"])
            return (1, f"{READINGS[name][0]} {name}")
        value = self.made_by if sort == "made_by" else self.values.get(sort or "")
        return (0, "") if value is None else (1, str(value))


class Lists(RuleBasedStateMachine):
    """Adding, editing, deleting, taking back, sending and receiving, and then looking."""

    people = Bundle("people")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="shige-lists-"))
        self.store = new_store(self.folder / "village")
        self.model: dict[str, Person] = {}
        self.came = 0

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(
        target=people,
        name=st.sampled_from(list(READINGS)),
        address=st.sampled_from(ADDRESSES),
        phone=st.sampled_from(PHONES),
        number=st.sampled_from(NUMBERS),
    )
    def add(self, name: str, address: str | None, phone: str | None, number: str | None) -> Any:
        if number is not None and self.holder_of(number):
            return multiple()
        values: dict[str, Value] = {"name": name, "address": address, "phone": phone}
        with self.store.write() as writing:
            record = writing.create(Resident, {**values, "id_number": number})
        if number is not None:
            values |= {"id_number": number, "sex": "male" if int(number[16]) % 2 else "female"}
        self.came += 1
        self.model[record] = Person(self.came, values, "waiting")
        return record

    @rule(target=people, name=st.sampled_from(list(READINGS)), address=st.sampled_from(ADDRESSES))
    def come_from_the_county(self, name: str, address: str | None) -> str:
        self.came += 1
        record = f"theirs{self.came}"
        values: dict[str, Value] = {"name": name, "address": address}
        row: dict[str, Value] = {"id": record, "revision": 1000 + self.came, **values}
        receive(self.store, county_rows(Resident, row))
        self.model[record] = Person(self.came, values, "synced", made_by="李主任")
        return record

    @rule(
        record=people,
        name=st.sampled_from([None, *READINGS]),
        address=st.sampled_from(ADDRESSES),
    )
    def be_edited_elsewhere(self, record: str, name: str | None, address: str | None) -> None:
        person = self.model[record]
        if person.deleted or person.state != "synced":
            return
        self.came += 1
        person.values |= {"name": name or person.values["name"], "address": address}
        row = {"id": record, "revision": 1000 + self.came, **person.values}
        receive(self.store, county_rows(Resident, row))
        person.made_by = "李主任"

    @rule()
    def follow_up(self) -> None:
        Syncing(self.store).follow_up()
        with self.store.read() as connection:
            assert not fresh(connection, KINDS)

    @rule(
        record=people,
        name=st.sampled_from(list(READINGS)),
        address=st.sampled_from(ADDRESSES),
    )
    def edit(self, record: str, name: str, address: str | None) -> None:
        person = self.model[record]
        if person.deleted:
            return
        with self.store.write() as writing:
            changed = writing.edit(Resident, record, {"name": name, "address": address})
        person.values |= {"name": name, "address": address}
        if changed:
            person.state = "waiting"

    @rule(record=people)
    def delete(self, record: str) -> None:
        person = self.model[record]
        if person.deleted:
            return
        with self.store.write() as writing:
            writing.delete(Resident, record)
        person.deleted, person.state = True, "waiting"

    @rule(record=people)
    def take_back(self, record: str) -> None:
        person = self.model[record]
        if not person.deleted or self.holder_of(person.values.get("id_number")):
            return
        with self.store.write() as writing:
            taken_back = writing.undelete(Resident, record)
        assert taken_back == (person.state == "waiting")
        if taken_back:
            person.deleted = False
            with self.store.read() as connection:
                row = row_of(connection, "resident", record)
            assert row is not None
            person.state = row.state

    @rule(fates=st.lists(st.sampled_from(["accepted", "merged"]), min_size=1, max_size=3))
    def sync(self, fates: list[Any]) -> None:
        outbox = Outbox(self.store)
        batch = outbox.take(1000)
        numbers = range(len(batch.numbers))
        told = [Outcome(fates[n % len(fates)], n, 1, self.came + n + 1) for n in numbers]
        outbox.settle(batch, answer(told), Tally())
        self.came += len(told)
        records = [record for block in batch.blocks for record in block.records]
        for record in records:
            self.model[record].state = "synced"
        for outcome, record in zip(told, records, strict=True):
            if outcome.code == "merged":
                self.model[record].state = "merged"

    @rule(listing=listings)
    def look(self, listing: Listing) -> None:
        self.agrees(listing)
        # Most searches and filters leave next to nothing to put in order.
        self.agrees(replace(listing, search="", filters=(), state=None))

    def agrees(self, listing: Listing) -> None:
        with self.store.read() as connection:
            order = order_of(connection, listing)
            rows = rows_at(connection, "resident", order)
        wanted = [
            (record, person)
            for record, person in self.model.items()
            if not person.deleted
            and person.found_by(listing.search)
            and all(person.values.get(name) == value for name, value in listing.filters)
            and listing.state in (None, person.state)
        ]
        wanted.sort(key=lambda each: each[1].number)
        wanted.sort(key=lambda each: each[1].sorts_by(listing.sort), reverse=listing.descending)
        assert [row.id for row in rows] == [record for record, _ in wanted]
        assert [row.state for row in rows] == [person.state for _, person in wanted]

    @invariant()
    def counts_agree(self) -> None:
        with self.store.read() as connection:
            assert counts(connection)["resident"] == sum(
                not person.deleted for person in self.model.values()
            )

    def holder_of(self, number: Value) -> bool:
        return number is not None and any(
            person.values.get("id_number") == number and not person.deleted
            for person in self.model.values()
        )


def test_lists_agree_with_a_plain_model_whatever_was_done_before() -> None:
    # Shrinking a failure on real stores takes minutes: take Phase.shrink in when there is one.
    few = settings(max_examples=30, stateful_step_count=30, phases=[Phase.generate])
    run_state_machine_as_test(Lists, settings=few)


# --- what people type into the search box --------------------------------------------------------


@pytest.fixture
def village(store: Store) -> Store:
    """A few people with names that are read otherwise as surnames."""
    with store.write() as writing:
        writing.create_many(
            Resident,
            [
                {"name": name, "phone": f"138{n:08d}", "id_number": id_number(sequence=n)}
                for n, name in enumerate(READINGS)
            ],
        )
    return store


def found(store: Store, search: str) -> list[Value]:
    with store.read() as connection:
        order = order_of(connection, Listing("resident", search=search))
        return [row.values["name"] for row in rows_at(connection, "resident", order)]


@pytest.mark.parametrize("name", list(READINGS))
def test_a_person_is_found_by_every_reading_of_the_name_and_its_initials(
    village: Store, name: str
) -> None:
    for reading in READINGS[name]:
        assert name in found(village, reading.replace(" ", ""))
        assert name in found(village, "".join(s[0] for s in reading.split()).upper())
    assert found(village, name) == [name]
    assert found(village, f" {name} ") == [name]


def test_a_person_is_found_by_the_tail_of_phone_or_id_number_and_by_the_whole(
    village: Store,
) -> None:
    number = id_number(sequence=1)
    for search in (number, number[-6:], number[-4:].lower(), "13800000001", "000001"):
        assert "曾小贤" in found(village, search)
    assert found(village, number) == ["曾小贤"]


def test_the_middle_of_a_personal_number_finds_nobody(village: Store) -> None:
    """What is masked on the screen cannot be guessed by searching for it."""
    assert found(village, "19880") == []
    assert found(village, "1380") == []


@pytest.mark.parametrize("search", ["%", "_", "'", '"', "\\", "王%", "*", "?", "王;", "王\0%"])
def test_what_means_something_to_sql_means_nothing_here(village: Store, search: str) -> None:
    assert found(village, search) == []


@pytest.mark.parametrize("search", ["", "  ", "\0", "\ud800", "\u3000"])
def test_searching_for_nothing_that_can_be_seen_finds_everybody(
    village: Store, search: str
) -> None:
    assert len(found(village, search)) == len(READINGS)


def test_several_words_must_all_be_found_and_full_width_is_half_width(village: Store) -> None:
    for search in ("ou yang", "yang ou", "欧阳 䶮", "oyy 000006", "ＯＵ　ｙａｎｇ"):
        assert found(village, search) == ["欧阳䶮"]
    assert found(village, "ouyang 王") == []
    assert found(village, "１３８００００００００６") == ["欧阳䶮"]


def test_the_search_for_everything_finds_kinds_side_by_side(village: Store) -> None:
    with village.write() as writing:
        writing.create(Grid, {"name": "王芳组"})
        writing.create(PointsSubject, {"name": "王芳"})
    with village.read() as connection:
        kinds = [kind for kind, _ in find_anywhere(connection, "wangfang")]
        assert sorted(kinds) == ["grid", "points_subject", "resident"]
        assert len(find_anywhere(connection, "w", limit=2)) == 2


# --- rows ----------------------------------------------------------------------------------------


def test_rows_are_read_in_the_order_asked_for_and_deleted_ones_are_left_out(village: Store) -> None:
    with village.read() as connection:
        order = order_of(connection, Listing("resident"))
        names = [row.values["name"] for row in rows_at(connection, "resident", order)]
        turned = rows_at(connection, "resident", order[::-1])
    assert [row.values["name"] for row in turned] == names[::-1]
    with village.write() as writing:
        writing.delete(Resident, turned[3].id)
    with village.read() as connection:
        left = rows_at(connection, "resident", order)
    assert [row.values["name"] for row in left] == [n for n in names if n != names[::-1][3]]


def test_an_edited_row_stays_at_its_number_until_the_list_is_ordered_anew(village: Store) -> None:
    with village.read() as connection:
        order = order_of(connection, Listing("resident"))
        first = rows_at(connection, "resident", order)[0]
    with village.write() as writing:
        writing.edit(Resident, first.id, {"name": "最后"})
    with village.read() as connection:
        assert rows_at(connection, "resident", order)[0].values["name"] == "最后"


def test_a_list_of_nothing_and_of_every_kind_can_be_asked_for(store: Store) -> None:
    with store.read() as connection:
        for kind, record in KINDS.items():
            for sort in (None, "made_at", *record.fields):
                assert len(order_of(connection, Listing(kind, sort=sort, descending=True))) == 0
            assert row_of(connection, kind, "nobody") is None
        assert rows_at(connection, "resident", []) == []
        assert counts(connection) == dict.fromkeys(KINDS, 0)
        with pytest.raises(ValueError, match="no column"):
            order_of(connection, Listing("resident", sort="revision; --"))


def test_who_was_edited_elsewhere_is_found_by_the_new_words_before_the_index_has_them(
    store: Store,
) -> None:
    mine = {"id": "p1", "name": "王芳", "address": "一组3号"}
    receive(store, county_rows(Resident, {**mine, "revision": 1}))
    receive(store, county_rows(Resident, {**mine, "revision": 2, "address": "二组12号"}))

    def finds() -> list[list[Value]]:
        with store.read() as connection:
            anywhere: list[Value] = [r for _, r in find_anywhere(connection, "二组12号")]
        return [found(store, "一组"), found(store, "二组12号"), anywhere]

    before = finds()
    with store.read() as connection:
        assert fresh(connection, ["resident"])
    Syncing(store).follow_up()
    assert before == finds() == [[], ["王芳"], ["p1"]]


def test_a_check_makes_the_search_index_anew_where_it_went_astray(village: Store) -> None:
    with village.change() as connection:
        connection.exec_driver_sql("DELETE FROM search_index WHERE sort LIKE 'wang%'")
        connection.exec_driver_sql(
            "INSERT INTO search_index (kind, row, sort, text) VALUES ('resident', 99, 'x', 'x')"
        )
    assert check(village).healed == ["搜索目录与记录对不上，已重新整理"]
    assert found(village, "wangfang") == ["王芳"]
    assert found(village, "x") != [None]
    assert check(village).healed == []


@pytest.mark.promise(8)
def test_a_list_filters_by_where_records_stand(store: Store) -> None:
    with store.write() as writing:
        ids = writing.create_many(Resident, [{"name": name} for name in ("甲", "乙", "丙")])
    outcomes = [Outcome("accepted", 0, 1, 1), Outcome("rejected", 1, reason="不行")]
    send_all(store, *outcomes, Outcome("merged", 2, 1, 2))
    with store.read() as connection:
        stands = {
            state: [row.id for row in rows_at(connection, "resident", order_of(
                connection, Listing("resident", state=state)))]
            for state in ("synced", "refused", "merged", "waiting", "conflict")
        }  # fmt: skip
    assert stands == {
        "synced": [ids[0]], "refused": [ids[1]], "merged": [ids[2]], "waiting": [], "conflict": [],
    }  # fmt: skip
