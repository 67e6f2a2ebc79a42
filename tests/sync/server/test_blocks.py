"""Whole blocks at once come to the same as one change after another, only faster."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from sync.protocol import Change, Operation, by_outcome
from sync.records import KINDS, ListItem, Value
from sync.records.lists import default_lists
from sync.server.creates import runs
from sync.server.database import bring_up_to_date, open_engine, writing
from sync.server.publishing import publish
from tests.sync.server.pcs import ID_NUMBERS, Pc

pytestmark = pytest.mark.promise(4)

_areas = count(510184_000001)
_changes = count(1)


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("county") / "county.sqlite3"
    engine = open_engine(f"sqlite:///{path}")
    bring_up_to_date(engine)
    with writing(engine) as connection:
        for items in default_lists().values():
            publish(connection, COUNTY, ListItem, items)
    yield engine
    engine.dispose()


def some(*options: Value) -> st.SearchStrategy[Value]:
    return st.sampled_from(options)


FIELDS: dict[str, dict[str, st.SearchStrategy[Value]]] = {
    "household": {"head": some("张三", "李四", None), "note": some("甲", "乙", None)},
    "resident": {
        "name": some("张三", "李四", 7),
        "id_number": some(*ID_NUMBERS, "x", None),
        "household": some("h1", "h2", "nowhere", None),
    },
    "points_subject": {"name": some("张三"), "subject_type": some("resident")},
    "points_entry": {
        "subject": some("s1", "s2", "nowhere"),
        "entry_type": some("positive", "redemption", "reversal"),
        "points": some(5, 3, -3, -5, 0),
        "reverses": some("e1", "e2", None, None),
        "device": some(None, "device-one", "device-other"),
    },
    "points_handover": {
        "subject": some("s1", "s2"),
        "to_device": some("device-other", None),
        "points": some(1, 3, 0),
    },
    "points_request": {"subject": some("s1", "s2"), "points": some(2, 8)},
    "event": {
        "what": some("路灯不亮"),
        "event_kind": some("event_kind.fire", "event_kind.fire", "event_kind.nothing"),
        "level": some("event_level.ordinary"),
    },
    "event_step": {
        "event": some("v1", "v1", "v2", "nowhere"),
        "action": some("report", "accept", "dispose", "join", "note", "close"),
        "follows": some(None, "t1", "t2", "t3"),
        "at": some("2026-11-25T01:00:00+00:00"),
        "text": some("说明"),
        "joined_to": some(None, None, "v2"),
    },
}
RECORDS = {
    "household": ("h1", "h2"),
    "resident": ("r1", "r2", "r3"),
    "points_subject": ("s1", "s2"),
    "points_entry": ("e1", "e2", "e3", "e4"),
    "points_handover": ("o1", "o2"),
    "points_request": ("q1", "q2"),
    "event": ("v1", "v2"),
    "event_step": ("t1", "t2", "t3", "t4"),
}
COUNTY = "510184000000"

#: Creates are what blocks are for.
OPERATIONS: tuple[Operation, ...] = ("create", "create", "create", "edit", "delete")


@st.composite
def changes(draw: st.DrawFn) -> Change:
    kind = draw(st.sampled_from(list(FIELDS)))
    operation = draw(st.sampled_from(OPERATIONS))
    values = draw(st.fixed_dictionaries(FIELDS[kind]))
    if operation == "edit":
        chosen = draw(st.sets(st.sampled_from(list(values)), min_size=1))
        values = {name: values[name] for name in chosen}
    if operation == "delete":
        values = {}
    record = draw(st.sampled_from(RECORDS[kind]))
    base = draw(st.integers(0, 4))
    return Change(f"c{next(_changes)}", kind, record, operation, base, values, "李", "")


def everything(county: Engine, area: str) -> dict[str, list[dict[str, Any]]]:
    found = {}
    with county.connect() as connection:
        for kind, record in KINDS.items():
            statement = select(record.table).where(record.table.c.area == area)
            rows = connection.execute(statement.order_by("revision")).mappings()
            # What the county makes by itself has a random id and its own time.
            found[kind] = [
                {n: v for n, v in row.items() if n not in _unlike(row["made_by"])} for row in rows
            ]
    return found


def _unlike(made_by: str) -> set[str]:
    return {"area"} if made_by else {"area", "id", "made_at"}


@given(st.lists(changes(), max_size=12), st.lists(changes(), max_size=40))
def test_one_request_comes_to_the_same_as_a_request_for_each_change(
    county: Engine, of_another: list[Change], mine: list[Change]
) -> None:
    whole, single = (str(next(_areas)) for _ in "ab")
    for area in (whole, single):
        Pc(county, "other", area).send(*of_another)
    at_once = Pc(county, "one", whole).send(*mine)
    one = Pc(county, "one", single)
    one_by_one = [one.send(change) for change in mine]
    outcomes = [outcome[1:] for outcome in by_outcome(at_once.outcomes)]
    assert outcomes == [next(by_outcome(answer.outcomes))[1:] for answer in one_by_one]
    assert everything(county, whole) == everything(county, single)


@given(st.integers(0, 20), st.data())
def test_runs_cover_each_place_once(height: int, data: st.DataObject) -> None:
    unusual = data.draw(st.sets(st.integers(0, height - 1))) if height else set()
    found = list(runs(height, unusual))
    assert [place for start, stop in found for place in range(start, stop)] == list(range(height))
    assert all(stop - start == 1 for start, stop in found if start in unusual)
