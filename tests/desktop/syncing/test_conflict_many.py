"""Promise 3: many conflicts chosen at once leave what choosing one after the other leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from desktop.storage.store import Store
from desktop.storage.writing import Writing
from desktop.syncing import conflicts as module
from desktop.syncing.conflict_writing import choose_whole
from desktop.syncing.conflicts import COUNTY, OTHER, Conflicts, OpenConflict
from sync.protocol import Outcome
from sync.records import Conflict, Grid, PartyMember, PartyOrganisation, Resident, Value
from tests.support.picture import left, statements, undone
from tests.support.store import VILLAGE, county_rows, id_number, new_store, receive, send_all

pytestmark = pytest.mark.promise(3)

NUMBERS = [id_number(sequence=sequence) for sequence in (165, 203)]
#: By its id: the record that a conflict is about, and what the other version says.
ABOUT: dict[str, tuple[str, dict[str, Value]]] = {
    **{f"moved{n}": (f"r{n}", {"grid": "two"}) for n in range(4)},
    "called": ("r0", {"phone": "13900000002"}),
    "named": ("r4", {"name": "王方"}),
    "taken": ("r5", {"id_number": NUMBERS[1]}),
    "freed": ("r6", {"id_number": None}),
    "nowhere": ("r7", {"grid": "nobody knows it"}),
    "brought": ("gone", {"phone": "13900000002"}),
    "dropped": ("r7", {}),
    "needed": ("r4", {}),
    "unknown": ("never received", {"grid": "two"}),
}


def conflict(name: str, number: int) -> dict[str, Value]:
    record, other = ABOUT[name]
    return {
        "id": name,
        "revision": number,
        "record_kind": "resident",
        "record": record,
        "fields_in_conflict": ",".join(other) or "phone",
        "county_values": "{}",
        "other_values": json.dumps(other),
        "other_by": "李会计",
        "state": "open",
    }


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A PC with conflicts of all sorts, on whose records some waits and some was sent back."""
    opened = new_store(tmp_path_factory.mktemp("many") / "village")
    people: list[dict[str, Value]] = [
        {"id": f"r{n}", "revision": n + 1, "name": f"村民{n}", "grid": "one"} for n in range(8)
    ]
    people[5]["id_number"] = None
    people[6]["id_number"] = NUMBERS[1]
    grids = [{"id": n, "revision": 1, "name": n, "level": "micro"} for n in ("one", "two")]
    receive(
        opened,
        county_rows(Grid, *grids),
        county_rows(Resident, *people, {"id": "gone", "name": "已删", "deleted": 1, "revision": 9}),
        county_rows(PartyOrganisation, {"id": "o", "revision": 1, "name": "支部"}),
        county_rows(
            PartyMember,
            {"id": "p", "revision": 1, "name": "村民4", "resident": "r4", "organisation": "o"},
        ),
    )
    with opened.write() as writing:
        for one in ("r1", "r2"):
            writing.edit(Resident, one, {"address": "一组"})
    send_all(opened, Outcome("accepted", 0, 1, 20), Outcome("rejected", 1, reason="不行"))
    with opened.write() as writing:
        writing.edit(Resident, "r3", {"address": "二组"})
    receive(opened, county_rows(Conflict, *(conflict(n, 30 + p) for p, n in enumerate(ABOUT))))
    yield opened
    opened.close()


@given(
    names=st.lists(st.sampled_from(sorted(ABOUT)), unique=True),
    side=st.sampled_from([OTHER, OTHER, COUNTY]),
)
@example(names=["moved0", "called"], side=OTHER)
@example(names=["taken", "freed"], side=OTHER)
@example(names=["freed", "taken"], side=OTHER)
@example(names=["moved0", "nowhere", "moved1", "moved2", "needed", "dropped"], side=OTHER)
@settings(max_examples=60)
def test_many_choices_leave_what_the_same_choices_one_by_one_leave(
    store: Store, names: list[str], side: str
) -> None:
    seen = Conflicts(store).some(names)
    with undone(store) as connection:
        alone = chosen(connection, [[one] for one in seen], side)
        assert chosen(connection, [seen], side) == alone


def chosen(
    connection: Connection, parts: Sequence[Sequence[OpenConflict]], side: str
) -> tuple[Mapping[str, str], object]:
    """Why some could not be chosen, and what is there then; it is taken back."""
    savepoint, why = connection.begin_nested(), dict[str, str]()
    for part in parts:
        why |= choose_whole(Writing(connection, VILLAGE, "王会计"), part, side, "开会")
    found = why, left(connection, Conflict.kind)
    savepoint.rollback()
    return found


def test_more_choices_take_no_more_statements(store: Store) -> None:
    names = [f"moved{n}" for n in (0, 1, 3)]
    seen = Conflicts(store).some(names)
    with undone(store) as connection:
        writing = Writing(connection, VILLAGE, "王会计")
        with statements(store.engine) as one:
            assert choose_whole(writing, seen[:1], OTHER, "") == {}
        with statements(store.engine) as two:
            assert choose_whole(writing, seen[1:], OTHER, "") == {}
    assert two == one


def test_what_is_deleted_or_entered_anew_is_written_in_smaller_parts(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One by one, so that a form that is saved meanwhile waits no longer."""
    monkeypatch.setattr(module, "PART_OF_WHOLES", 1)
    told: list[tuple[int, int]] = []
    whole, plain = (Conflicts(store).some(names) for names in (["needed", "dropped"], ["named"]))
    for seen in ([*plain, *whole], plain * 3):
        # Nothing is chosen of what the cadre has not seen so.
        strange = [OpenConflict(s.id, s.kind_label, "?", differences=s.differences) for s in seen]
        Conflicts(store).choose_many(strange, OTHER, progress=lambda *far: told.append(far))
    assert told == [(1, 3), (2, 3), (3, 3), (3, 3)]
