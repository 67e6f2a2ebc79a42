"""Many edits at once leave what they leave one by one, and ask no more for more of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from desktop.events.service import Events
from desktop.storage.checking import check
from desktop.storage.errors import RecordInvalid, RecordMissing
from desktop.storage.standing import restate
from desktop.storage.store import Store
from desktop.storage.writing import Writing
from sync.records import (
    Event,
    Grid,
    PartyMember,
    PartyOrganisation,
    PointsEntry,
    PointsSubject,
    Record,
    Resident,
    Value,
    Values,
)
from tests.support.picture import all_of, left, statements, undone
from tests.support.store import VILLAGE, county_rows, id_number, new_store, receive

pytestmark = pytest.mark.promise(1)

Edits = Sequence[tuple[type[Record], str, Values]]

GRIDS = ["general", "second", "third", "micro", "below", "waiting", "closed", "nowhere"]
PEOPLE = ["r0", "r1", "r2", "r3", "r4", "new0", "new1", "gone", "nobody"]
#: Those of them that there are.
ALIVE = PEOPLE[:7]
MEMBERS = ["p0", "p1", "p2"]
EVENTS = ["e0", "e1", "new"]
NUMBERS = [id_number(sequence=sequence) for sequence in (165, 203, 217)]


class Village:
    """A village of which the county knows some, and of which some waits: its ids by short names."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._ids: dict[str, str] = {}
        known: list[tuple[type[Record], list[dict[str, Value]]]] = [
            (
                Grid,
                [
                    {"id": "general", "name": "一格", "level": "general"},
                    {"id": "second", "name": "二格", "level": "general", "code": f"{VILLAGE}02"},
                    {"id": "micro", "name": "一组", "level": "micro", "parent": "general"},
                    {"id": "below", "name": "二组", "level": "micro", "parent": "general"},
                    {"id": "third", "name": "三格", "level": "general"},
                    {"id": "closed", "name": "旧组", "level": "general", "state": "closed"},
                ],
            ),
            (
                Resident,
                [
                    {"id": "r0", "name": "王芳", "id_number": NUMBERS[0], "grid": "micro"},
                    {"id": "r1", "name": "曾荣", "id_number": NUMBERS[1], "grid": "micro"},
                    {"id": "r2", "name": "单丹", "phone": "13800000001"},
                    {"id": "r3", "name": "查理", "grid": "closed"},
                    {"id": "r4", "name": "独居", "birth_date": "1950"},
                    {"id": "gone", "name": "已删", "deleted": 1},
                ],
            ),
            (
                PartyOrganisation,
                [{"id": "o0", "name": "支部"}, {"id": "o1", "name": "撤了", "deleted": 1}],
            ),
            (
                PartyMember,
                [
                    {"id": "p0", "name": "王芳", "resident": "r0", "organisation": "o0"},
                    # With this one something else is not right.
                    {"id": "p1", "name": "曾荣", "resident": "r1", "organisation": "o1"},
                    {"id": "p2", "name": "外来", "organisation": "o0"},
                ],
            ),
            (
                PointsSubject,
                [
                    {"id": "s0", "name": "王芳", "resident": "r0", "subject_type": "resident"},
                    {"id": "s2", "name": "单家", "resident": "r2", "subject_type": "resident"},
                ],
            ),
            (
                Event,
                [
                    {
                        "id": f"e{n}",
                        "what": "路灯不亮",
                        "event_kind": "event_kind.facility",
                        "level": "event_level.ordinary",
                    }
                    for n in range(2)
                ],
            ),
        ]
        for record, rows in known:
            numbered: list[Values] = [{**row, "revision": n + 1} for n, row in enumerate(rows)]
            receive(store, county_rows(record, *numbered))
        with store.write() as writing:
            self._ids["waiting"] = writing.create(Grid, {"name": "新组", "parent": "second"})
            for n in range(2):
                values: Values = {"name": f"新人{n}", "grid": "micro"}
                self._ids[f"new{n}"] = writing.create(Resident, values)
            writing.create(
                PointsSubject, {"resident": self._ids["new0"], "subject_type": "resident"}
            )
            writing.connection.exec_driver_sql(
                "INSERT INTO standing (record, kind, state) VALUES ('r4', 'resident', 'conflict')"
            )
        events = Events(store)
        self._ids["new"] = events.report({"what": "井盖", "event_kind": "event_kind.facility"})
        events.step("e0", "report")

    def ids_of(self, edits: Edits) -> list[tuple[type[Record], str, dict[str, Any]]]:
        """The same edits with the ids that the store gave."""
        known = self._ids
        return [
            (record, known.get(one, one), {n: known.get(str(v), v) for n, v in values.items()})
            for record, one, values in edits
        ]


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Village]:
    store = new_store(tmp_path_factory.mktemp("many") / "village")
    yield Village(store)
    store.close()


def fields(**some: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Some of these fields, none for an edit that says nothing."""
    return st.fixed_dictionaries({}, optional=some)


def of(record: type[Record], ids: Sequence[str], values: st.SearchStrategy[Any]) -> Any:
    return st.lists(
        st.tuples(st.just(record), st.sampled_from(ids), values), min_size=1, max_size=8
    )


names = st.sampled_from(["王芳", "王方", "曾荣", "单丹", "新 名", "查理", "新人", "长" * 61])
grids = st.sampled_from([None, *GRIDS])
residents = of(
    Resident,
    [*PEOPLE, *ALIVE, *ALIVE],
    fields(
        name=names,
        grid=st.sampled_from([None, "micro", "micro", "below", "waiting", "closed", "nowhere"]),
        id_number=st.sampled_from([None, *NUMBERS]),
        phone=st.sampled_from([None, "13800000001", "13900000002", "12"]),
        birth_date=st.sampled_from([None, "1988-09-21", "1950"]),
        unknown=st.just("没有这一项"),
    ),
)
of_grids = of(
    Grid,
    GRIDS,
    fields(
        name=names,
        parent=grids,
        level=st.sampled_from(["general", "micro"]),
        state=st.sampled_from(["open", "closed"]),
        code=st.sampled_from([None, f"{VILLAGE}01", f"{VILLAGE}02", "12"]),
    ),
)
members = of(
    PartyMember,
    MEMBERS,
    fields(
        name=names,
        resident=st.sampled_from([None, "r0", "r1", "r2", "new0", "gone"]),
        role=st.sampled_from([None, "party_role.member", "party_role.nothing"]),
        note=st.sampled_from([None, "好"]),
    ),
)
events_ = of(
    Event,
    EVENTS,
    fields(
        what=st.sampled_from(["路灯", "井盖"]),
        level=st.sampled_from(["event_level.ordinary", "event_level.urgent"]),
        resident=st.sampled_from([None, "r0", "nobody"]),
    ),
)
written = of(PointsEntry, ["nobody"], fields(reason=st.just("改")))
#: Of one kind at a time, as they are made.
lists = st.one_of(residents, of_grids, members, events_, written, residents, of_grids)


Outcome = tuple[object, list[bool], object]
Way = Callable[[Writing, Edits], list[bool]]


def bearing(*edits: tuple[type[Record], str, Values], over: Sequence[Edits] = ()) -> Any:
    """Edits of which one bears upon what is checked of the next, ``over`` others that the county
    refused."""
    return example(before=list(over), refused=set(range(20)) if over else set(), edits=list(edits))


# A number, a code, a place in the tree that becomes free, or is taken.
@bearing((Resident, "r0", {"id_number": None}), (Resident, "r2", {"id_number": NUMBERS[0]}))
@bearing((Resident, "r0", {"id_number": NUMBERS[2]}), (Resident, "r2", {"id_number": NUMBERS[2]}))
@bearing((Resident, "r0", {"name": "王方"}), (Resident, "r2", {"id_number": NUMBERS[0]}))
@bearing(
    (Grid, "micro", {"parent": None}),
    (Grid, "below", {"parent": "second"}),
    (Grid, "general", {"level": "micro"}),
)
@bearing((Grid, "waiting", {"parent": None}), (Grid, "second", {"level": "micro"}))
@bearing((Grid, "micro", {"parent": "third"}), (Grid, "third", {"level": "micro"}))
@bearing((Grid, "third", {"level": "micro"}), (Grid, "micro", {"parent": "third"}))
@bearing((Grid, "second", {"state": "closed"}), (Grid, "micro", {"parent": "second"}))
@bearing((Grid, "closed", {"state": "open"}), (Grid, "micro", {"parent": "closed"}))
@bearing(
    (Grid, "below", {"level": "general", "parent": None}), (Grid, "micro", {"parent": "below"})
)
@bearing((Resident, "r2", {"phone": None}), (Resident, "r2", {"phone": "13900000002"}))
@bearing(
    (Resident, "r2", {"phone": None}),
    (Resident, "r3", {"name": "新名"}),
    (Resident, "r4", {"grid": "below"}),
    over=[[(Resident, "r3", {"phone": "13900000002"}), (Resident, "r2", {"grid": "below"})]],
)
@given(before=st.lists(lists, max_size=2), refused=st.sets(st.integers(0, 12)), edits=lists)
@settings(max_examples=80)
def test_many_edits_leave_what_the_same_edits_one_by_one_leave(
    village: Village, before: list[Edits], refused: set[int], edits: Edits
) -> None:
    """Over layers of all sorts; where one of them cannot be, it is told as it is told alone."""
    with undone(village.store) as connection:
        prepared(connection, village, before, refused)
        asked = village.ids_of(edits)
        alone = outcome(connection, one_by_one, asked)
        assert outcome(connection, at_once, asked) == alone
        while alone[0]:
            # What came before the one that cannot be.
            asked = asked[:-1]
            alone = outcome(connection, one_by_one, asked)
        assert outcome(connection, at_once, asked) == alone


@given(before=st.lists(lists, max_size=1), refused=st.sets(st.integers(0, 12)), edits=lists)
@settings(max_examples=60)
def test_those_of_many_edits_that_cannot_be_hold_up_no_other(
    village: Village, before: list[Edits], refused: set[int], edits: Edits
) -> None:
    with undone(village.store) as connection:
        prepared(connection, village, before, refused)
        asked = village.ids_of(edits)
        assert outcome(connection, what_may, asked) == outcome(connection, each_alone, asked)


def test_more_edits_take_no_more_statements(store: Store) -> None:
    """Also where their records are of all sorts, and their names are repeated elsewhere."""
    with store.write() as writing:
        grids = [writing.create(Grid, {"name": name}) for name in ("一组", "二组")]
        organisation = writing.create(PartyOrganisation, {"name": "支部"})
        residents = writing.create_many(
            Resident,
            [
                {"name": f"村民{n}", "id_number": id_number(sequence=n), "grid": grids[0]}
                for n in range(200)
            ],
        )
        members = [{"resident": one, "organisation": organisation} for one in residents]
        writing.create_many(PartyMember, members)

        def taken(some: list[str], word: str) -> int:
            edits = [
                (one, {"name": f"{word}{n}", "phone": f"138{n:08}", "grid": grids[n % 2]})
                for n, one in enumerate(some)
            ]
            with statements(store.engine) as counted:
                assert all(writing.edit_many(Resident, edits))
            return counted[0]

        few = taken(residents[:2], "甲")
        assert taken(residents[2:], "乙") == few
        grids = writing.create_many(Grid, [{"name": f"{n}组"} for n in range(40)])
        close = [(one, {"state": "closed", "closed_on": "2026-11-26"}) for one in grids]
        with statements(store.engine) as one:
            writing.edit_many(Grid, close[:1])
        with statements(store.engine) as many:
            writing.edit_many(Grid, close[1:])
        assert many == one
    assert not check(store).problems


def test_one_edit_takes_few_statements(store: Store) -> None:
    with store.write() as writing:
        grid = writing.create(Grid, {"name": "一组"})
        resident = writing.create(Resident, {"name": "王芳", "grid": grid})
        with statements(store.engine) as counted:
            writing.edit(Resident, resident, {"phone": "13800000001"})
    assert counted[0] <= 10


def prepared(
    connection: Connection, village: Village, before: Sequence[Edits], refused: set[int]
) -> None:
    """Let layers lie over what the county has, some of them refused."""
    for some in before:
        each_alone(Writing(connection, VILLAGE, "王会计"), village.ids_of(some))
    refuse(connection, refused)


def one_by_one(writing: Writing, edits: Edits) -> list[bool]:
    return [writing.edit(record, one, values) for record, one, values in edits]


def at_once(writing: Writing, edits: Edits) -> list[bool]:
    if not edits:
        return []
    return writing.edit_many(edits[0][0], [(one, values) for _, one, values in edits])


def each_alone(writing: Writing, edits: Edits) -> list[bool]:
    """Whether each could be; what cannot be is left."""
    could = []
    for record, one, values in edits:
        could.append(False)
        with suppress(RecordInvalid, RecordMissing), writing.connection.begin_nested():
            writing.edit(record, one, values)
            could[-1] = True
    return could


def what_may(writing: Writing, edits: Edits) -> list[bool]:
    record = edits[0][0]
    faults = writing.edit_what_may(record, [(one, values) for _, one, values in edits])
    return [fault is None for fault in faults]


def outcome(connection: Connection, way: Way, edits: Edits) -> Outcome:
    """What some edits raise, which of them changed anything, and what they leave; then they are
    taken back."""
    savepoint = connection.begin_nested()
    try:
        different = way(Writing(connection, VILLAGE, "王会计"), edits)
        return None, different, left(connection, edits[0][0].kind if edits else "")
    except RecordInvalid as error:
        return error.problems, [], None
    except RecordMissing as error:
        return str(error), [], None
    finally:
        savepoint.rollback()


def refuse(connection: Connection, places: set[int]) -> None:
    """Let the county have refused what lies at some places of the outbox."""
    waiting = all_of(connection, "outbox ORDER BY number")
    refused = [entry for place, entry in enumerate(waiting) if place in places]
    for entry in refused:
        connection.exec_driver_sql(
            "UPDATE outbox SET state = 'refused', reason = '不行' WHERE number = ?",
            (entry["number"],),
        )
    restate(connection, {entry["record"] for entry in refused})
