"""Promise 7: a PC writes its own village and reads nothing of another, whatever it claims."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from sync.protocol import Change
from sync.records import KINDS, SYSTEM_COLUMNS, Value
from sync.server.database import bring_up_to_date, open_engine
from tests.support.postgres import fresh_database
from tests.sync.server.pcs import (
    ID_NUMBERS,
    OTHER_VILLAGE,
    VILLAGE,
    Pc,
    codes,
    create,
    delete,
    edit,
    reasons,
)

pytestmark = pytest.mark.promise(7)

SECRET = "不给别村看"
KINDS_HERE: dict[str, dict[str, Value]] = {
    "grid": {"name": SECRET, "level": "micro"},
    "household": {"head": SECRET},
    "resident": {"name": SECRET, "id_number": ID_NUMBERS[0], "household": "household-1"},
    "points_subject": {"name": SECRET, "subject_type": "resident"},
    "points_entry": {"subject": "points_subject-1", "entry_type": "positive", "points": 9},
    "settlement": {"name": SECRET, "settlement_type": "rural"},
    "project": {"settlement": "settlement-1", "name": SECRET, "stage": "survey"},
    "milestone": {"project": "project-1", "stage": "plan"},
    "progress_report": {"project": "project-1", "text": SECRET},
}


def fill(pc: Pc) -> None:
    pc.send(*(create(kind, f"{kind}-1", 0, **values) for kind, values in KINDS_HERE.items()))


def everything(county: Engine, area: str) -> dict[str, list[tuple[Any, ...]]]:
    with county.connect() as connection:
        return {
            kind: [tuple(r) for r in connection.execute(_all_of(record.table, area))]
            for kind, record in KINDS.items()
        }


def _all_of(table: Any, area: str) -> Any:
    return select(table).where(table.c.area == area).order_by(table.c.id)


def test_one_village_reads_nothing_of_another_whatever_cursors_it_sends(county: Engine) -> None:
    fill(Pc(county, "owner"))
    stranger = Pc(county, "stranger", area=OTHER_VILLAGE)
    stranger.cursors = {VILLAGE: 0, OTHER_VILLAGE: 0, "": 0, "510183": 0, "%": 0}
    answer = stranger.send()
    assert answer.rows == []
    assert VILLAGE not in answer.cursors


def test_one_village_changes_nothing_of_another(county: Engine) -> None:
    fill(Pc(county, "owner"))
    before = everything(county, VILLAGE)
    stranger = Pc(county, "stranger", area=OTHER_VILLAGE)
    for kind, values in KINDS_HERE.items():
        answer = stranger.send(
            edit(kind, f"{kind}-1", 1, **values),
            delete(kind, f"{kind}-1", 1),
            create(kind, f"{kind}-1", 0, **values),
        )
        # To the stranger there is no such record; one of its own with that id is another one.
        assert codes(answer) == ["rejected", "rejected", "accepted"]
    assert everything(county, VILLAGE) == before


def test_one_person_registered_in_two_villages_is_two_records(county: Engine) -> None:
    # Both have the same id, which follows from the ID number, and here the same revision too.
    here, there = Pc(county, "here"), Pc(county, "there", area=OTHER_VILLAGE)
    here.send(create("resident", "same", name=SECRET, note="一"))
    there.send(create("resident", "same", name="李四", note="二"))
    assert codes(here.send(edit("resident", "same", 1, note="三"))) == ["accepted"]
    again = Pc(county, "again", area=OTHER_VILLAGE)
    assert codes(again.send(edit("resident", "same", 1, name="李肆"))) == ["accepted"]
    assert codes(there.send(edit("resident", "same", 1, note="四"))) == ["merged"]
    reader = Pc(county, "reader", area=OTHER_VILLAGE)
    reader.read_all()
    assert reader.received == [("resident", "same")]
    assert reader.row("resident", "same")["name"] == "李肆"


def test_a_change_id_of_another_village_does_not_answer_for_this_one(county: Engine) -> None:
    change = create("resident", "r", name="张三")
    Pc(county, "owner").send(change)
    answer = Pc(county, "stranger", area=OTHER_VILLAGE).send(change)
    assert not answer.outcomes[0].again


ids = st.sampled_from([f"{kind}-1" for kind in KINDS_HERE]) | st.text(max_size=70)
values = st.dictionaries(
    st.sampled_from([*SYSTEM_COLUMNS, *{f for r in KINDS.values() for f in r.fields}]),
    st.one_of(
        st.none(),
        st.integers(),
        ids,
        st.sampled_from([VILLAGE, ID_NUMBERS[0], "micro", "positive", "rural"]),
    ),
    max_size=4,
)
wild_changes = st.builds(
    Change,
    id=st.text(max_size=70),
    kind=st.sampled_from([*KINDS]) | st.text(max_size=10),
    record=ids,
    operation=st.sampled_from(["create", "edit", "delete"]),
    base=st.integers(),
    values=values,
    by=st.text(max_size=70),
    at=st.text(max_size=50),
)


@pytest.fixture(
    scope="module",
    params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)],
)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('county') / 'county.sqlite3'}"
        else:
            url = stack.enter_context(fresh_database(request.getfixturevalue("postgres")))
        engine = open_engine(url)
        stack.callback(engine.dispose)
        bring_up_to_date(engine)
        fill(Pc(engine, "owner"))
        yield engine


@given(st.lists(wild_changes, max_size=6), st.dictionaries(ids, st.integers(), max_size=3))
def test_no_made_up_change_reaches_into_another_village(
    filled: Engine, changes: list[Change], cursors: dict[str, int]
) -> None:
    before = everything(filled, VILLAGE)
    stranger = Pc(filled, "stranger", area=OTHER_VILLAGE)
    stranger.cursors = cursors | {VILLAGE: 0}
    answer = stranger.send(*changes)
    assert sum(outcome.count for outcome in answer.outcomes) == len(changes)
    assert {rows.area for rows in answer.rows} <= {OTHER_VILLAGE}
    assert SECRET not in f"{answer.rows} {reasons(answer)}"
    assert everything(filled, VILLAGE) == before
